import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from '@salus/base/json'
import fc from 'fast-check'
import { canonical } from './canonical.ts'

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie('any'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).any

test('L2 a value has one text: it reads back to itself, whatever the order its keys were written in', () => {
  fc.assert(
    fc.property(value, (any) => {
      const positive = JSON.parse(JSON.stringify(any))
      const source = canonical(positive)
      assert.deepEqual(parseJson(source), positive)
      assert.equal(canonical(reversed(positive)), source)
    }),
  )
})

function reversed(any: unknown): unknown {
  if (Array.isArray(any)) return any.map(reversed)
  if (any === null || typeof any !== 'object') return any
  return Object.fromEntries(
    Object.entries(any)
      .reverse()
      .map(([key, child]) => [key, reversed(child)]),
  )
}

test('L9 keys are sorted by code unit, absent fields left out', () => {
  assert.equal(canonical({ b: 1, a: [true, null], Z: 'é"', absent: undefined }), '{"Z":"é\\"","a":[true,null],"b":1}')
})

test('L9 what has no one text is refused: floats, unsafe integers, -0, lone surrogates, functions', () => {
  for (const bad of [0.5, 2 ** 53, -0, Number.NaN, '\ud800', () => 1, 10n, [undefined]]) {
    assert.throws(() => canonical(bad), { code: 'value-invalid' })
  }
})
