import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { base64url, fromHex, utf8 } from '@salus/base/bytes'
import { needsShared } from '@salus/base/testing'
import { decodeJws, signJws, verifyEd25519 } from './jws.ts'
import { generateDeviceKey } from './keys.ts'
import { columns, platformTable } from './platforms.ts'
import { type CctvCase, readVectors } from './testing.ts'
import { verifyEd25519Pooled, verifyEd25519Sync } from './verify.ts'

type Case = { tcId: number; msg: string; sig: string; result: string }
type File = { testGroups: { publicKey: { pk: string }; tests: Case[] }[] }

test(
  'C6 Wycheproof Ed25519: 151 cases, the pinned verifier and WebCrypto decide as stated',
  needsShared('vectors/wycheproof'),
  async () => {
    let ran = 0
    for (const { publicKey, tests } of readVectors<File>('wycheproof/ed25519_test.json').testGroups) {
      const key = base64url(fromHex(publicKey.pk))
      for (const { tcId, msg, sig, result } of tests) {
        const [message, signature] = [fromHex(msg), fromHex(sig)]
        assert.equal(verifyEd25519Sync(key, message, signature), result === 'valid', `pinned, tcId ${tcId}`)
        assert.equal(await verifyEd25519Pooled(key, message, signature), result === 'valid', `pooled, tcId ${tcId}`)
        assert.equal(await verifyEd25519(key, message, signature), result === 'valid', `WebCrypto, tcId ${tcId}`)
        ran++
      }
    }
    assert.equal(ran, 151)
  },
)

test(
  'C6 under a registered key the pinned verifier and WebCrypto agree on every CCTV case',
  needsShared('vectors/cctv-ed25519'),
  async () => {
    let registered = 0
    for (const { key, msg, sig, number } of readVectors<CctvCase[]>('cctv-ed25519/ed25519vectors.json')) {
      if (!(await columns.registration!(key, utf8(msg), fromHex(sig)))) continue
      const pinned = verifyEd25519Sync(base64url(fromHex(key)), utf8(msg), fromHex(sig))
      assert.equal(await verifyEd25519(base64url(fromHex(key)), utf8(msg), fromHex(sig)), pinned, `case ${number}`)
      registered++
    }
    assert.equal(registered, 28)
  },
)

test(
  'C6 the table of platforms in the README is the one computed here',
  needsShared('vectors/cctv-ed25519'),
  async () => {
    const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
    // The formatter pads Markdown cells: blanks and dashes are compared as one.
    const plain = (markdown: string) => markdown.replace(/ +/g, ' ').replace(/-{3,}/g, '---')
    assert.ok(plain(readme).includes(plain(await platformTable())), 'print it with: node packages/crypto/platforms.ts')
  },
)

test('behavior: both verifiers take the same token, and refuse another message, key or signature', async () => {
  const [own, other] = await Promise.all([generateDeviceKey(), generateDeviceKey()])
  const jws = decodeJws(await signJws(own.privateKey, { typ: 't' }, utf8('a sample')), 't')
  const flipped = jws.signature.slice()
  flipped[0] = flipped[0]! ^ 1
  const cases: [string, Uint8Array, Uint8Array, boolean][] = [
    [own.publicKey, jws.signingInput, jws.signature, true],
    [other.publicKey, jws.signingInput, jws.signature, false],
    [own.publicKey, utf8('another'), jws.signature, false],
    [own.publicKey, jws.signingInput, flipped, false],
    [own.publicKey, jws.signingInput, jws.signature.subarray(1), false],
    [own.publicKey, jws.signingInput, new Uint8Array(0), false],
  ]
  for (const [key, message, signature, expected] of cases) {
    assert.equal(verifyEd25519Sync(key, message, signature), expected)
    assert.equal(await verifyEd25519(key, message, signature), expected)
  }
})

test('C2 a key in another spelling verifies nothing, also after the right one was kept', async () => {
  const { publicKey, privateKey } = await generateDeviceKey()
  const jws = decodeJws(await signJws(privateKey, { typ: 't' }, utf8('a sample')), 't')
  assert.ok(verifyEd25519Sync(publicKey, jws.signingInput, jws.signature))
  const last = String.fromCharCode(publicKey.charCodeAt(42) + 1)
  for (const key of [`${publicKey}=`, ` ${publicKey}`, publicKey.slice(0, 42) + last, '', 'AAAA']) {
    assert.equal(verifyEd25519Sync(key, jws.signingInput, jws.signature), false)
    assert.equal(await verifyEd25519(key, jws.signingInput, jws.signature), false)
  }
})

test('behavior: more keys than are kept still verify', async () => {
  const { publicKey, privateKey } = await generateDeviceKey()
  const message = utf8('a sample')
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))
  for (let i = 0; i < 600; i++) {
    const bytes = new Uint8Array(32)
    new DataView(bytes.buffer).setUint32(0, i)
    assert.equal(verifyEd25519Sync(base64url(bytes), message, signature), false)
  }
  assert.ok(verifyEd25519Sync(publicKey, message, signature))
})

test('C6 on the thread pool the verdict is the pinned one, for malformed keys too, and never a throw', async () => {
  const { publicKey, privateKey } = await generateDeviceKey()
  const message = utf8('sample')
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))
  const wrong = Uint8Array.from(signature, (byte, i) => (i === 0 ? byte ^ 1 : byte))
  for (const key of [publicKey, '', 'A', `${publicKey}=`, publicKey.slice(1)])
    for (const one of [signature, wrong, signature.slice(1)])
      assert.equal(await verifyEd25519Pooled(key, message, one), verifyEd25519Sync(key, message, one))
  assert.equal(await verifyEd25519Pooled(publicKey, message, signature), true)
})
