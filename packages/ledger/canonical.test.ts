import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from '@salus/base/json'
import fc from 'fast-check'
import { canonical, isCanonical } from './canonical.ts'

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

test('L2 the quick answer is the slow one: a text is canonical, or it is not', () => {
  const said = (any: unknown, source: string): boolean => {
    try {
      return isCanonical(any, source)
    } catch {
      return false
    }
  }
  fc.assert(
    fc.property(value, (any) => {
      const positive = JSON.parse(JSON.stringify(any))
      const source = canonical(positive)
      assert.ok(said(positive, source))
      const other = JSON.stringify(reversed(positive))
      assert.equal(said(JSON.parse(other), other), other === source)
      assert.ok(!said(positive, `${source} `) && !said(positive, JSON.stringify(positive, null, 1).concat('\n')))
    }),
  )
  // The platform puts keys like array indexes first, whatever the text said.
  const texts: [string, boolean][] = [
    ['{"10":1,"2":2}', true],
    ['{"2":2,"10":1}', false],
    ['{"a":1.0}', false],
    ['{"a":1e2}', false],
    ['{"a":0.5}', false],
    ['{"a":-0}', false],
    ['[9007199254740993]', false],
    ['{"a":"\\ud800"}', false],
    ['{"\\ud800":1}', false],
    ['{"a":"\\u0041"}', false],
    ['{"":1,"a":[{"c":1,"b":1}]}', false],
    ['{"":1,"a":[{"b":1,"c":1}]}', true],
  ]
  for (const [text, good] of texts) assert.equal(said(JSON.parse(text), text), good, text)
})

test('L9 keys are sorted by code unit, absent fields left out', () => {
  assert.equal(canonical({ b: 1, a: [true, null], Z: 'é"', absent: undefined }), '{"Z":"é\\"","a":[true,null],"b":1}')
})

test('L9 what has no one text is refused: floats, unsafe integers, -0, lone surrogates, functions', () => {
  for (const bad of [0.5, 2 ** 53, -0, Number.NaN, '\ud800', () => 1, 10n, [undefined]]) {
    assert.throws(() => canonical(bad), { code: 'value-invalid' })
  }
})
