import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, fromBase64, utf8 } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import fc from 'fast-check'
import {
  contentDigest,
  createSignatureCheck,
  isCarried,
  type SignatureHeaders,
  type SignedRequest,
  signatureBase,
  signRequest,
} from './httpsig.ts'
import { verifyEd25519 } from './jws.ts'
import { generateDeviceKey } from './keys.ts'

const now = 1_800_000_000
const nonce = 'AAAAAAAAAAAAAAAAAAAAAA'
const refused = (error: unknown) => isAppError(error) && error.code === 'signature-invalid'

/** RFC 9421 §B.1.4: the key test-key-ed25519, as a JWK. */
const jwk = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU',
  x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
}

test('C17 RFC 9421 B.2.6: the base and the signature are the RFC’s, both ways', async () => {
  const covered = [
    ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
    ['@method', 'POST'],
    ['@path', '/foo'],
    ['@authority', 'example.com'],
    ['content-type', 'application/json'],
    ['content-length', '18'],
  ] as const
  const names = covered.map(([one]) => `"${one}"`).join(' ')
  const base = utf8(signatureBase(covered, `(${names});created=1618884473;keyid="test-key-ed25519"`))
  const expected = 'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=='
  const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign'])
  assert.equal(base64(new Uint8Array(await crypto.subtle.sign('Ed25519', key, base))), expected)
  assert.equal(await verifyEd25519(jwk.x, base, fromBase64(expected)), true)
})

test('C17 RFC 9530: the digest of the RFC’s body', () => {
  const expected = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
  assert.equal(contentDigest(utf8('{"hello": "world"}')), expected)
})

const keys = await generateDeviceKey()
const other = await generateDeviceKey()
const keyOf = (keyid: string) => (keyid === 'b-node' ? keys.publicKey : undefined)
const asked: SignedRequest = {
  method: 'GET',
  url: 'https://a.example/replica/entries?after=7',
  to: 'journal.a.example',
}

const headersOf = (made: Record<string, string>): SignatureHeaders => ({
  to: made['salus-to'] ?? '',
  input: made['signature-input'] ?? '',
  signature: made.signature ?? '',
  digest: made['content-digest'],
})

const by = (more: Partial<{ keyid: string; created: number; nonce: string }> = {}) => ({
  ...{ keyid: 'b-node', created: now, nonce },
  ...more,
})

test('C17 a signed request is known by its signer, with and without a body, whatever the scheme', async () => {
  const check = createSignatureCheck(verifyEd25519, keyOf)
  const made = headersOf(await signRequest(keys.privateKey, asked, by()))
  const through = { ...asked, url: asked.url.replace('https', 'http') }
  assert.equal((await check(through, made, now + 59)).keyid, 'b-node')
  const post = { ...asked, method: 'POST', body: utf8('{}') }
  const second = headersOf(await signRequest(keys.privateKey, post, by({ nonce: 'AAAAAAAAAAAAAAAAAAAAAQ' })))
  assert.equal((await check(post, second, now)).keyid, 'b-node')
})

test('C17 what is carried on for somebody is signed with that one’s credentials, and is never taken for the node’s own request', async () => {
  const carried = { authorization: 'DPoP abc', dpop: 'a.b.c' }
  const made = headersOf(await signRequest(keys.privateKey, { ...asked, carried }, by()))
  assert.ok(isCarried(made.input))
  const fresh = () => createSignatureCheck(verifyEd25519, keyOf)
  assert.equal((await fresh()({ ...asked, carried }, made, now)).keyid, 'b-node')
  for (const other of [
    undefined,
    {},
    { dpop: 'a.b.c' },
    { ...carried, dpop: 'a.b.d' },
    { ...carried, authorization: 'DPoP abd' },
  ])
    await assert.rejects(fresh()({ ...asked, carried: other }, made, now), refused, JSON.stringify(other))
  const nobody = headersOf(await signRequest(keys.privateKey, { ...asked, carried: {} }, by()))
  await fresh()({ ...asked, carried: {} }, nobody, now)
  await assert.rejects(fresh()(asked, nobody, now), refused, 'for nobody in particular, but not for itself')
  const own = headersOf(await signRequest(keys.privateKey, asked, by()))
  assert.equal(isCarried(own.input), false)
  await assert.rejects(fresh()({ ...asked, carried: {} }, own, now), refused)
})

test('C18 twice, late, early, for another node, by another key, over anything else: refused', async () => {
  const made = headersOf(await signRequest(keys.privateKey, asked, by()))
  const fresh = () => createSignatureCheck(verifyEd25519, keyOf)
  const once = fresh()
  await once(asked, made, now)
  await assert.rejects(once(asked, made, now + 30), refused, 'twice')
  await assert.rejects(fresh()(asked, made, now + 61), refused, 'late')
  await assert.rejects(fresh()(asked, made, now - 61), refused, 'early')
  for (const changed of [
    { ...asked, to: 'journal.c.example' },
    { ...asked, method: 'POST' },
    { ...asked, url: 'https://a.example/replica/entries?after=8' },
    { ...asked, url: 'https://a.example/replica/content?after=7' },
    { ...asked, url: 'https://c.example/replica/entries?after=7' },
  ])
    await assert.rejects(fresh()(changed, made, now), refused, JSON.stringify(changed))
  await assert.rejects(fresh()(asked, { ...made, to: 'journal.c.example' }, now), refused)
  const digest = contentDigest(utf8('{}'))
  await assert.rejects(fresh()(asked, { ...made, digest }, now), refused, 'a body that was not signed')
  const forged = headersOf(await signRequest(other.privateKey, asked, by()))
  await assert.rejects(fresh()(asked, forged, now), refused, 'another key')
  const stranger = headersOf(await signRequest(other.privateKey, asked, by({ keyid: 'd-node' })))
  await assert.rejects(fresh()(asked, stranger, now), refused, 'a stranger')
})

test('C18 a memory that is full lets nobody in, and is free again when its time is over', async () => {
  const check = createSignatureCheck(verifyEd25519, keyOf, 1)
  const first = headersOf(await signRequest(keys.privateKey, asked, by()))
  await check(asked, first, now)
  const second = headersOf(await signRequest(keys.privateKey, asked, by({ nonce: 'AAAAAAAAAAAAAAAAAAAAAQ' })))
  await assert.rejects(check(asked, second, now), refused)
  const later = now + 200
  const third = await signRequest(keys.privateKey, asked, by({ created: later, nonce: 'AAAAAAAAAAAAAAAAAAAAAg' }))
  await check(asked, headersOf(third), later)
})

test('C18 nothing but the one text is read: any letter that is changed in a header refuses', async () => {
  const made = headersOf(await signRequest(keys.privateKey, asked, by()))
  const letter = fc.constantFrom(...'aZ09"();=:, -+/\\\n')
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('input', 'signature'), fc.nat(), letter, async (which, at, put) => {
      const text = made[which as 'input' | 'signature']
      const place = at % text.length
      const changed = text.slice(0, place) + put + text.slice(place + 1)
      fc.pre(changed !== text)
      const check = createSignatureCheck(verifyEd25519, keyOf)
      await assert.rejects(check(asked, { ...made, [which]: changed }, now), refused)
    }),
    { numRuns: 200 },
  )
  for (const input of ['', `${made.input}, ${made.input}`, made.input.replace('tag="salus-node"', 'tag="other"')])
    await assert.rejects(createSignatureCheck(verifyEd25519, keyOf)(asked, { ...made, input }, now), refused)
})
