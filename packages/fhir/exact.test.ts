import assert from 'node:assert/strict'
import { test } from 'node:test'
import { text, utf8 } from '@salus/base/bytes'
import fc from 'fast-check'
import { parseExact, writeExact } from './exact.ts'

const again = (source: string) => text(writeExact(parseExact(source)).bytes)

test('F6 a decimal keeps the digits its sender wrote', () => {
  for (const number of ['5.0', '1.10', '0.000', '-0', '-0.0', '1e2', '1.5E-3', '0.0000001', '12345678901.123456']) {
    assert.equal(again(`{"value":${number}}`), `{"value":${number}}`)
  }
  assert.equal(again('{"value":123456789012345678901}'), '{"value":123456789012345678901}')
})

test('F6 any JSON number comes out as it went in', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 })
  const whole = digits.map((value) => value.replace(/^0+(?=\d)/, ''))
  const fraction = fc.option(digits, { nil: '' }).map((value) => (value ? `.${value}` : ''))
  const exponent = fc.constantFrom('', '', '', 'e5', 'E-7', 'e+2')
  const number = fc.tuple(fc.constantFrom('', '-'), whole, fraction, exponent).map((parts) => parts.join(''))
  fc.assert(
    fc.property(number, (source) => assert.equal(again(`[${source}]`), `[${source}]`)),
    { numRuns: 2000 },
  )
})

test('F6 the plain tree beside the bytes holds ordinary numbers', () => {
  const { plain } = writeExact(parseExact('{"value":5.0,"text":"5.0"}'))
  assert.deepEqual(plain, { value: 5, text: '5.0' })
})

test('F6 bytes are compact and keep the order of elements', () => {
  assert.equal(again('{ "b" : [ 1 , true ] ,\n "a" : "é 1.0" }'), '{"b":[1,true],"a":"é 1.0"}')
})

test('F1 what is no strict JSON is refused as such, with the place only', () => {
  const problems: [string | Uint8Array, string][] = [
    ['{"a":1,}', 'json-invalid'],
    ['', 'json-invalid'],
    ['{"a":1,"a":2}', 'json-duplicate-key'],
    ['{"__proto__":{}}', 'json-invalid'],
    ['['.repeat(65) + ']'.repeat(65), 'json-too-deep'],
    [Uint8Array.of(0x22, 0xff, 0x22), 'encoding-invalid'],
  ]
  for (const [input, problem] of problems) {
    assert.throws(() => parseExact(input, { line: 3 }), { code: 'not-json', facts: { problem, line: 3 } })
  }
  assert.deepEqual(parseExact(utf8('[1]')), [1])
})
