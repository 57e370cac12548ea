import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { utf8 } from './bytes.ts'
import { MAX_DEPTH, parseJson } from './json.ts'

const refused = (code: string) => ({ name: 'AppError', code })
const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth)

/** Values whose keys and texts are what strict JSON takes: no prototype keys, no lone surrogates. */
const word = fc.string({ unit: 'binary' }).filter((one) => !['__proto__', 'constructor', 'prototype'].includes(one))
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    ...[fc.constant(null), fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), word],
    ...[fc.array(tie('value')), fc.dictionary(word, tie('value'), { noNullPrototype: true })],
  ),
}))

test('B3 what is accepted reads as JSON.parse reads it, from text and from bytes', () => {
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1, '\t'), (one, indent) => {
      const source = JSON.stringify(one, null, indent)
      assert.deepEqual(parseJson(source), JSON.parse(source))
      assert.deepEqual(parseJson(utf8(source)), JSON.parse(source))
    }),
  )
})

test('B3 whatever JSON.parse refuses is refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:0-1e.truefalsn\\u \n'.split('')) }), (source) => {
      let read: unknown
      try {
        read = JSON.parse(source)
      } catch {
        assert.throws(() => parseJson(source), refused('json-invalid'))
        return
      }
      try {
        assert.deepEqual(parseJson(source), read)
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'json-duplicate-key')
      }
    }),
    { numRuns: 2_000 },
  )
  for (const source of ['', '{"a":1,}', "{'a':1}", '01', '{"a":1}x', '\ufeff1', 'NaN']) {
    assert.throws(() => parseJson(source), refused('json-invalid'), source)
  }
})

test('B3 a key stands once in its object, however it is written', () => {
  const twice = ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"b":{"x":[],"y":"}","x":0}}]', '{"":1,"":2}']
  for (const source of twice) assert.throws(() => parseJson(source), refused('json-duplicate-key'), source)
  const once = [
    '{"a":{"a":1}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"a"}',
    '{"a":["a","a"],"\\"a":1}',
    '{"a":"\\\\","b":1}',
  ]
  for (const source of once) assert.deepEqual(parseJson(source), JSON.parse(source), source)
})

test('B3 keys that reach for the prototype are refused, as values they are words like any other', () => {
  for (const key of ['__proto__', 'constructor', 'prototype', '__pro\\u0074o__']) {
    assert.throws(() => parseJson(`{"a":[{"${key}":1}]}`), refused('json-invalid'), key)
  }
  assert.deepEqual(parseJson('["__proto__",{"a":"constructor"}]'), ['__proto__', { a: 'constructor' }])
})

test('B3 depth has a limit, in arrays and objects; brackets inside texts are not depth', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const inner = open === '[' ? '' : '1'
    const at = (depth: number) => open.repeat(depth) + inner + close.repeat(depth)
    assert.ok(parseJson(at(MAX_DEPTH)))
    assert.throws(() => parseJson(at(MAX_DEPTH + 1)), refused('json-too-deep'))
  }
  assert.equal(parseJson(JSON.stringify(nested(500, '[{', '}]'))), nested(500, '[{', '}]'))
  assert.throws(() => parseJson(nested(100_000, '[', ']')), { name: 'AppError' })
})

test('B3 lone surrogates are refused, in keys and values, written or escaped; pairs are not', () => {
  for (const source of ['"\ud800"', '"\\ud800"', '{"\\uDC00":1}', '[["\\ud83d x"]]', '"\\ude00\\ud83d"']) {
    assert.throws(() => parseJson(source), refused('json-invalid'), source)
  }
  assert.equal(parseJson('"\\ud83d\\ude00"'), '😀')
  assert.equal(parseJson('"😀"'), '😀')
  assert.throws(() => parseJson(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), refused('encoding-invalid'))
})
