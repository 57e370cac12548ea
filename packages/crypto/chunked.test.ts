import assert from 'node:assert/strict'
import { createCipheriv, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { type Bytes, concat, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { seededRandom } from '@salus/base/testing'
import fc from 'fast-check'
import { CHUNK, chunkCount, decryptChunked, encryptChunked, openChunk } from './chunked.ts'

const refused = { name: 'AppError', code: 'cannot-open', message: 'cannot-open', facts: {} }
const key = systemRandom(32)
const context = utf8('a sample attachment')
const SEALED = CHUNK + 16
const sample = (length: number) => seededRandom(length)(length)
const encrypt = (plaintext: Uint8Array) => encryptChunked(key, plaintext, context, systemRandom)
const open = (file: Uint8Array) => decryptChunked(key, file, context)

// The specification read a second time, with other primitives: node:crypto, one chunk after another.
function reference(plaintext: Uint8Array, salt: Uint8Array): Buffer {
  const info = Buffer.concat([
    Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM'),
    Buffer.of(0),
    salt,
    context,
  ])
  const first = createHmac('sha512', key).update(info).update(Buffer.of(1)).digest()
  const second = createHmac('sha512', key).update(first).update(info).update(Buffer.of(2)).digest()
  const okm = Buffer.concat([first, second])
  const parts: Uint8Array[] = [salt, okm.subarray(44, 76)]
  for (let k = 0; k * CHUNK <= plaintext.length; k++) {
    const nonce = Buffer.from(okm.subarray(32, 44))
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ k) >>> 0, 8)
    const cipher = createCipheriv('aes-256-gcm', okm.subarray(0, 32), nonce)
    parts.push(cipher.update(plaintext.subarray(k * CHUNK, (k + 1) * CHUNK)), cipher.final(), cipher.getAuthTag())
  }
  return Buffer.concat(parts)
}

const LENGTHS = [0, 1, 1024, CHUNK - 1, CHUNK, CHUNK + 1, 20 * 1024, 2 * CHUNK, 70 * CHUNK + 5]

test('default: a file equals the specification read a second time, at every edge of a chunk', async () => {
  for (const length of LENGTHS) {
    const file = await encrypt(sample(length))
    assert.ok(reference(sample(length), file.subarray(0, 24)).equals(file), `length ${length}`)
    assert.equal(file.length, 56 + length + (Math.floor(length / CHUNK) + 1) * 16)
  }
})

test('default: a file decrypts to the bytes that were encrypted', async () => {
  for (const length of LENGTHS) assert.deepEqual(await open(await encrypt(sample(length))), sample(length))
  const run = fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (plaintext) => {
    assert.deepEqual(await open(await encrypt(plaintext)), new Uint8Array(plaintext))
  })
  await fc.assert(run, { numRuns: 30 })
})

test('default: a chunk opens alone', async () => {
  const plaintext = sample(2 * CHUNK + 10)
  const file = await encrypt(plaintext)
  for (let k = 0; k < 3; k++) {
    const expected = plaintext.subarray(k * CHUNK, (k + 1) * CHUNK)
    assert.deepEqual(await openChunk(key, file, context, k), new Uint8Array(expected))
  }
  for (const k of [-1, 3, 0.5, Number.NaN, 2 ** 53]) await assert.rejects(openChunk(key, file, context, k), refused)
})

test('C10 a file cut anywhere is refused', async () => {
  const file = await encrypt(sample(2 * CHUNK + 100))
  const cuts = [0, 1, 24, 55, 56, 57, 71, 72, 100, 56 + SEALED, 56 + SEALED + 1, 56 + SEALED + 16, 56 + 2 * SEALED]
  for (const length of [...cuts, file.length - 1, file.length - 16]) {
    await assert.rejects(open(file.subarray(0, length)), refused, `cut to ${length}`)
  }
})

test('C10 an even multiple of chunks cannot lose its empty last chunk', async () => {
  const file = await encrypt(sample(2 * CHUNK))
  assert.equal(file.length, 56 + 2 * SEALED + 16)
  assert.equal(chunkCount(file.length), 3)
  await assert.rejects(open(file.subarray(0, 56 + 2 * SEALED)), refused)
  await assert.rejects(openChunk(key, file.subarray(0, 56 + 2 * SEALED), context, 0), refused)
})

test('C10 chunks cannot be swapped, repeated or dropped', async () => {
  const file = await encrypt(sample(3 * CHUNK + 7))
  const head = file.subarray(0, 56)
  const chunk = (k: number) => file.subarray(56 + k * SEALED, 56 + (k + 1) * SEALED)
  const orders = [
    [1, 0, 2, 3],
    [0, 0, 2, 3],
    [0, 1, 3],
    [0, 1, 2, 2, 3],
    [0, 1, 2, 3, 3],
  ]
  assert.deepEqual(await open(concat(head, ...[0, 1, 2, 3].map(chunk))), sample(3 * CHUNK + 7))
  for (const order of orders) await assert.rejects(open(concat(head, ...order.map(chunk))), refused, order.join())
})

test('C10 a file extended by any bytes is refused', async () => {
  const file = await encrypt(sample(100))
  for (const more of [1, 16, 17, SEALED]) await assert.rejects(open(concat(file, new Uint8Array(more))), refused)
})

test('C10 one changed byte anywhere is refused', async () => {
  const file = await encrypt(sample(CHUNK + 50))
  const run = fc.asyncProperty(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
    const other = file.slice()
    other[at] = other[at]! ^ by
    await assert.rejects(open(other), refused)
  })
  await fc.assert(run, { numRuns: 60 })
})

test('C3 another key or context is refused by the commitment, before anything is decrypted', async (t) => {
  const file = await encrypt(sample(100))
  const decrypt = t.mock.method(crypto.subtle, 'decrypt')
  await assert.rejects(decryptChunked(systemRandom(32), file, context), refused)
  await assert.rejects(decryptChunked(key, file, utf8('another')), refused)
  await assert.rejects(openChunk(key, file, utf8('another'), 0), refused)
  await assert.rejects(decryptChunked(key.subarray(1), file, context), refused)
  assert.equal(decrypt.mock.callCount(), 0)
  assert.deepEqual(await open(file), sample(100))
})

test('behavior: each file has its own salt; the key is 32 bytes', async () => {
  const [a, b] = await Promise.all([encrypt(sample(10)), encrypt(sample(10))])
  assert.notDeepEqual(a.subarray(0, 24), b.subarray(0, 24))
  await assert.rejects(encryptChunked(new Uint8Array(16) as Bytes, sample(1), context, systemRandom), {
    code: 'key-invalid',
  })
})
