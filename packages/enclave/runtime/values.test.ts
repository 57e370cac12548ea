import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import fc from 'fast-check'
import { decodeValue, encodeParts, encodeValue, type Value } from './values.ts'

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
const key = fc.string({ unit: 'grapheme' }).filter((text) => !['__proto__', 'constructor', 'prototype'].includes(text))
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false),
    finite,
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.double()).map((numbers) => Float64Array.from(numbers)),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

test('U6 what is encoded decodes to the same, and every array lies at a multiple of 8', () => {
  fc.assert(
    fc.property(value, (one) => {
      const bytes = encodeValue(one)
      assert.deepEqual(decodeValue(bytes), one)
      const { size, parts } = encodeParts(one)
      assert.equal(size, bytes.length)
      assert.deepEqual(Buffer.concat(parts), Buffer.from(bytes))
    }),
  )
  const numbers = Float64Array.of(1, Number.NaN, -0)
  const whole = encodeValue({ a: 'x', numbers })
  assert.equal(Buffer.from(whole).indexOf(Buffer.from(numbers.buffer)) % 8, 0)
})

test('U6 the bytes of the arrays are not copied', () => {
  const numbers = new Float64Array(1000)
  const { parts } = encodeParts([numbers])
  assert.ok(parts.some((part) => part.buffer === numbers.buffer))
})

test('U7 any bytes are one value or a named error', () => {
  const ours = (bytes: Uint8Array) => {
    try {
      decodeValue(bytes)
    } catch (error) {
      assert.ok(isAppError(error) && error.code === 'analysis-output-invalid')
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), ours), { numRuns: 2000 })
  fc.assert(
    fc.property(value, fc.nat(), fc.nat(255), (one, at, byte) => {
      const bytes = encodeValue(one)
      bytes[at % bytes.length] = byte
      ours(bytes)
    }),
    { numRuns: 1000 },
  )
})

const broken: readonly (readonly [string, number[]])[] = [
  ['nothing at all', []],
  ['an unknown tag', [9]],
  ['something after the value', [0, 0]],
  ['a number that is none', [3, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]],
  ['a string longer than the bytes', [4, 255, 255, 255, 255, 65]],
  ['a list of more items than there are bytes', [5, 255, 255, 255, 127, 0]],
  ['text that is not UTF-8', [4, 1, 0, 0, 0, 0xff]],
  ['two values for one key', [6, 2, 0, 0, 0, 1, 0, 0, 0, 65, 0, 1, 0, 0, 0, 65, 0]],
  ['a key that is a prototype', [6, 1, 0, 0, 0, 9, 0, 0, 0, ...Buffer.from('__proto__'), 0]],
  ['padding that says something', [7, 0, 0, 0, 0, 1, 0, 0]],
]

for (const [what, bytes] of broken)
  test(`U7 error: ${what}`, () => {
    assert.throws(() => decodeValue(Uint8Array.from(bytes)), { code: 'analysis-output-invalid' })
  })

test('U7 error: nesting without end', () => {
  const deep = Array.from({ length: 100 }, () => [5, 1, 0, 0, 0]).flat()
  assert.throws(() => decodeValue(Uint8Array.from([...deep, 0])), { code: 'analysis-output-invalid' })
  let nested: Value = null
  for (let i = 0; i < 100; i++) nested = [nested]
  assert.throws(() => encodeValue(nested), { code: 'analysis-invalid' })
})
