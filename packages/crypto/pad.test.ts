import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { parseJson } from '@salus/base/json'
import fc from 'fast-check'
import { pad, paddedJson, padmeLength, unpad } from './pad.ts'
import { newContentKey, openContent, sealContent } from './seal.ts'

const refused = { code: 'cannot-open' }

test('C14 lengths are those of the paper: at most 12 % more, and only few of them', () => {
  // E = floor(log2 L), S = floor(log2 E) + 1; the lowest E - S bits are zero.
  const known: [number, number][] = [
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
    [8, 8],
    [9, 10],
    [100, 104],
    [1_000, 1_024],
    [1_025, 1_088],
    [1_000_000, 1_015_808],
  ]
  for (const [length, padded] of known) assert.equal(padmeLength(length), padded, String(length))
  const seen = new Set<number>()
  for (let length = 1; length <= 65_536; length++) {
    const padded = padmeLength(length)
    assert.ok(padded >= length && padded <= length * 1.12 + 1, String(length))
    assert.ok(padded >= (padmeLength(length - 1) || 0))
    seen.add(padded)
  }
  assert.ok(seen.size < 250, `${seen.size} sizes for 65,536 lengths`)
})

test('C14 property: what was padded comes back, whatever its last bytes are', () => {
  const bytes = fc.uint8Array({ maxLength: 3_000 })
  fc.assert(
    fc.property(bytes, fc.constantFrom([], [0], [0x80], [0x80, 0], [0, 0x80, 0x80, 0, 0]), (body, tail) => {
      const plain = Uint8Array.from([...body, ...tail])
      assert.deepEqual(unpad(pad(plain)), plain)
    }),
  )
})

test('C14 a filling in any other form is refused', () => {
  const good = pad(systemRandom(100))
  for (const bad of [new Uint8Array(0), new Uint8Array(104), good.slice(0, -1), Uint8Array.from([...good, 0])]) {
    assert.throws(() => unpad(bad), refused)
  }
  const marked = Uint8Array.from(good)
  marked[103] = 1
  assert.throws(() => unpad(marked), refused)
})

test('C14 ciphertexts of lengths that differ a little have one size', async () => {
  const key = newContentKey(systemRandom)
  const sizes = new Set<number>()
  for (const length of [2_050, 2_060, 2_080, 2_100, 2_110]) {
    const plain = systemRandom(length)
    const jwe = await sealContent(key, plain, systemRandom)
    assert.deepEqual(await openContent(key, jwe), plain)
    sizes.add(jwe.length)
  }
  assert.equal(sizes.size, 1)
})

test('C14 a list in JSON has a length of the paper, and reads back as it was', () => {
  const sizes = new Set<number>()
  for (let n = 0; n < 400; n++) {
    const value = { keys: Array.from({ length: n }, (_, i) => `sample é ${i}`) }
    const bytes = paddedJson(value)
    assert.equal(bytes.length, padmeLength(bytes.length))
    assert.ok(bytes.length <= JSON.stringify(value).length * 1.2 + 2)
    assert.deepEqual(parseJson(bytes), value)
    sizes.add(bytes.length)
  }
  assert.ok(sizes.size < 140, String(sizes.size))
})
