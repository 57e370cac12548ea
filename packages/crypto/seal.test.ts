import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import { type Bytes, base64url, fromBase64url, text, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import type { Json } from '@salus/base/json'
import { seededRandom } from '@salus/base/testing'
import fc from 'fast-check'
import { encryptJwe, splitJwe } from './jwe.ts'
import { pad } from './pad.ts'
import { newContentKey, openContent, sealContent } from './seal.ts'

const refused = { name: 'AppError', code: 'cannot-open', message: 'cannot-open', facts: {} }
const key = newContentKey(systemRandom)
const NONE = new Uint8Array(0)
const derived = (from: Bytes, name: string) =>
  new Uint8Array(hkdfSync('sha256', from, NONE, `salus/content/v1/${name}`, 32))

test('default: content opens to the bytes that were sealed', async () => {
  const run = fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (plaintext) => {
    assert.deepEqual(await openContent(key, await sealContent(key, plaintext, systemRandom)), new Uint8Array(plaintext))
  })
  await fc.assert(run, { numRuns: 40 })
})

test('default: the format is the documented one, opened here by other code', async () => {
  const jwe = await sealContent(key, utf8('a sample'), systemRandom)
  const [head, encryptedKey, iv, ciphertext, tag] = jwe.split('.') as [string, string, string, string, string]
  const header = JSON.parse(text(fromBase64url(head)))
  const kc = base64url(derived(key, 'commitment'))
  assert.deepEqual(header, { alg: 'dir', enc: 'A256GCM', suite: 1, typ: 'salus-content+jwe', kc })
  assert.equal(encryptedKey, '')
  const decipher = createDecipheriv('aes-256-gcm', derived(key, 'encryption'), fromBase64url(iv))
  decipher.setAAD(utf8(head)).setAuthTag(fromBase64url(tag))
  assert.equal(
    Buffer.concat([decipher.update(fromBase64url(ciphertext)), decipher.final()]).toString('latin1'),
    'a sample\x80\0',
  )
})

test('default: what other code seals in that format opens', async () => {
  const header = {
    enc: 'A256GCM',
    alg: 'dir',
    typ: 'salus-content+jwe',
    kc: base64url(derived(key, 'commitment')),
    suite: 1,
  }
  const head = base64url(utf8(JSON.stringify(header)))
  const iv = systemRandom(12)
  const cipher = createCipheriv('aes-256-gcm', derived(key, 'encryption'), iv).setAAD(utf8(head))
  const ciphertext = Buffer.concat([cipher.update('a sample\x80\0', 'latin1'), cipher.final()])
  const jwe = [head, '', base64url(iv), base64url(ciphertext), base64url(cipher.getAuthTag())].join('.')
  assert.equal(text(await openContent(key, jwe)), 'a sample')
})

test('behavior: sealing the same twice gives two texts; the randomness handed in decides', async () => {
  const again = () => sealContent(key, utf8('a sample'), systemRandom)
  assert.notEqual(await again(), await again())
  const repeatable = () => sealContent(key, utf8('a sample'), seededRandom(1))
  assert.equal(await repeatable(), await repeatable())
})

// Seals with any header and any commitment, as someone could who breaks the rules.
async function crafted(members: Record<string, Json | undefined>, encryptedKey = NONE): Promise<string> {
  const header = {
    alg: 'dir',
    enc: 'A256GCM',
    suite: 1,
    typ: 'salus-content+jwe',
    kc: base64url(derived(key, 'commitment')),
    ...members,
  }
  return encryptJwe(
    derived(key, 'encryption'),
    header as Record<string, Json>,
    encryptedKey,
    systemRandom(12),
    pad(utf8('x')),
  )
}

test('C3 a text that decrypts but commits to another key is refused', async () => {
  assert.equal(text(await openContent(key, await crafted({}))), 'x')
  const other = base64url(derived(systemRandom(32), 'commitment'))
  await assert.rejects(async () => openContent(key, await crafted({ kc: other })), refused)
})

test('C3 the commitment is refused before anything is decrypted', async (t) => {
  const jwe = await sealContent(key, utf8('a sample'), systemRandom)
  const decrypt = t.mock.method(crypto.subtle, 'decrypt')
  await assert.rejects(openContent(systemRandom(32), jwe), refused)
  assert.equal(decrypt.mock.callCount(), 0)
  await openContent(key, jwe)
  assert.equal(decrypt.mock.callCount(), 1)
})

test('C7 a header of any other shape is refused although it decrypts', async () => {
  const members: Record<string, Json | undefined>[] = [
    { alg: 'A256KW' },
    { enc: 'A128GCM' },
    { suite: 2 },
    { suite: '1' },
    { typ: 'salus-keychain+jwe' },
    { kc: undefined },
    { zip: 'DEF' },
    { crit: ['kc'] },
    { kid: 'k' },
  ]
  for (const changed of members) {
    await assert.rejects(async () => openContent(key, await crafted(changed)), refused, JSON.stringify(changed))
  }
  await assert.rejects(async () => openContent(key, await crafted({}, utf8('not empty'))), refused)
})

test('C4 every failure is the same error, whatever went wrong', async () => {
  const jwe = await sealContent(key, utf8('a sample'), systemRandom)
  const parts = jwe.split('.')
  const flipped = splitJwe(jwe).sealed
  flipped[0] = flipped[0]! ^ 1
  const ciphertext = base64url(flipped.subarray(0, -16))
  const failures = [
    openContent(systemRandom(32), jwe),
    openContent(key.subarray(1), jwe),
    openContent(key, [...parts.slice(0, 3), ciphertext, parts[4]].join('.')),
    openContent(key, `${jwe}=`),
    openContent(key, 'not a jwe'),
    openContent(key, undefined as unknown as string),
    openContent('key' as unknown as Bytes, jwe),
  ]
  const errors = await Promise.all(
    failures.map((failure) =>
      failure.then(
        () => assert.fail(),
        (error) => error,
      ),
    ),
  )
  for (const error of errors) {
    assert.deepEqual(
      [error.code, error.message, error.facts, error.cause],
      ['cannot-open', 'cannot-open', {}, undefined],
    )
  }
})

test('error: a content key that is not 32 bytes seals nothing', async () => {
  for (const length of [0, 16, 31, 33]) {
    await assert.rejects(sealContent(new Uint8Array(length), utf8('x'), systemRandom), { code: 'key-invalid' })
  }
})
