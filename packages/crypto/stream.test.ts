import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bytes, concat, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { seededRandom } from '@salus/base/testing'
import fc from 'fast-check'
import { CHUNK, decryptChunked, encryptChunked, SEALED } from './chunked.ts'
import { openStream, sealStream, type Through } from './stream.ts'

const refused = { name: 'AppError', code: 'cannot-open' }
const key = systemRandom(32)
const context = utf8('a sample data set')
const sample = (length: number) => seededRandom(length + 1)(length)

/** Sends `bytes` through in pieces of `size`. */
function through(at: Through, bytes: Uint8Array, size: number): Bytes {
  const out: Uint8Array[] = []
  for (let i = 0; i < bytes.length; i += size) out.push(at.push(bytes.subarray(i, i + size)))
  return concat(...out, at.end())
}

const lengths = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7]

test('C10 a stream has the very bytes of the file that is encrypted whole, however it comes in', async () => {
  for (const length of lengths) {
    const random = () => seededRandom(7)
    const whole = await encryptChunked(key, sample(length), context, random())
    for (const size of [1_000, CHUNK, 100_000]) {
      assert.deepEqual(through(sealStream(key, context, random()), sample(length), size), whole, `${length} by ${size}`)
    }
  }
})

test('C10 what one of them sealed the other opens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...lengths), fc.integer({ min: 500, max: 70_000 }), async (length, size) => {
      const file = through(sealStream(key, context, systemRandom), sample(length), size)
      assert.deepEqual(await decryptChunked(key, file, context), sample(length))
      assert.deepEqual(through(openStream(key, context), file, size), sample(length))
    }),
    { numRuns: 40 },
  )
})

test('C10 cut short, extended, changed, out of order, under another key or context: it does not open', () => {
  const file = through(sealStream(key, context, systemRandom), sample(2 * CHUNK + 100), 9_999)
  const open =
    (bytes: Uint8Array, at = openStream(key, context)) =>
    () =>
      through(at, bytes, 10_000)
  assert.doesNotThrow(open(file))
  for (const length of [0, 10, 56, 56 + SEALED, 56 + 2 * SEALED, file.length - 1]) {
    assert.throws(open(file.subarray(0, length)), refused, `cut at ${length}`)
  }
  assert.throws(open(concat(file, Uint8Array.of(0))), refused)
  for (const at of [0, 30, 60, 56 + SEALED + 3, file.length - 1]) {
    const changed = file.slice()
    changed[at] = (changed[at] as number) ^ 1
    assert.throws(open(changed), refused, `byte ${at}`)
  }
  const [head, a, b, rest] = [
    file.subarray(0, 56),
    file.subarray(56, 56 + SEALED),
    file.subarray(56 + SEALED, 56 + 2 * SEALED),
    file.subarray(56 + 2 * SEALED),
  ]
  assert.throws(open(concat(head, b, a, rest)), refused)
  assert.throws(open(file, openStream(systemRandom(32), context)), refused)
  assert.throws(open(file, openStream(key, utf8('another'))), refused)
})
