import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { base64url, concat, fromBase64url, fromHex, hex } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { needsShared, seededRandom } from '@salus/base/testing'
import fc from 'fast-check'
import * as keys from './keys.ts'
import { type CctvCase, personKeys, readVectors } from './testing.ts'

const weak = { name: 'AppError', code: 'key-weak' }
const invalid = { name: 'AppError', code: 'key-invalid' }
const MALFORMED = [
  '',
  'AAAA',
  'A'.repeat(42),
  'A'.repeat(44),
  `${'A'.repeat(42)}B`,
  `${'A'.repeat(42)}=`,
  ' '.repeat(43),
]

test(
  'C1 the CCTV vectors: a weak Ed25519 key is refused, a strong one taken, over 914 cases',
  needsShared('vectors/cctv-ed25519'),
  () => {
    const cases = readVectors<CctvCase[]>('cctv-ed25519/ed25519vectors.json')
    const weakFlags = new Set(['low_order_A', 'low_order_component_A', 'non_canonical_A'])
    const weakKeys = new Map<string, boolean>()
    for (const { key, flags } of cases) {
      const isWeak = (flags ?? []).some((flag) => weakFlags.has(flag))
      assert.equal(weakKeys.get(key) ?? isWeak, isWeak, 'flags of A depend on the key only')
      weakKeys.set(key, isWeak)
    }
    for (const [key, isWeak] of weakKeys) {
      const check = () => keys.assertStrongEd25519(base64url(fromHex(key)))
      if (isWeak) assert.throws(check, weak, key)
      else assert.doesNotThrow(check, key)
    }
    assert.deepEqual([cases.length, weakKeys.size], [914, 22])
    assert.deepEqual([...weakKeys.values()].filter(Boolean).length, 21)
  },
)

test('C1 identity, all eight small-order points and a mixed-order key are refused', () => {
  const torsion = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'
  let point = ed25519.Point.fromHex(torsion)
  const small = ed25519.Point.fromHex(torsion)
  for (let i = 0; i < 8; i++) {
    assert.throws(() => keys.assertStrongEd25519(base64url(point.toBytes())), weak)
    point = point.add(small)
  }
  const mixed = ed25519.Point.BASE.multiply(12345n).add(small)
  assert.throws(() => keys.assertStrongEd25519(base64url(mixed.toBytes())), weak)
  assert.doesNotThrow(() => keys.assertStrongEd25519(base64url(ed25519.Point.BASE.toBytes())))
})

test('C1 bytes that are no point, or y >= p, are refused as weak; other text as invalid', () => {
  assert.throws(() => keys.assertStrongEd25519(base64url(new Uint8Array(32).fill(255))), weak)
  assert.throws(() => keys.assertStrongEd25519(base64url(Uint8Array.of(2, ...new Uint8Array(31)))), weak)
  for (const text of MALFORMED) assert.throws(() => keys.assertStrongEd25519(text), invalid, text)
})

test(
  'C1 X25519: every low-order or non-canonical Wycheproof key is refused, every other taken',
  needsShared('vectors/wycheproof'),
  () => {
    type Case = { tcId: number; public: string; flags: string[] }
    const file = readVectors<{ testGroups: { tests: Case[] }[] }>('wycheproof/x25519_test.json')
    const counts = { refused: 0, taken: 0 }
    for (const { tcId, public: publicHex, flags } of file.testGroups.flatMap((group) => group.tests)) {
      const check = () => keys.assertPacketKey(base64url(fromHex(publicHex)))
      const bad = flags.includes('LowOrderPublic') || flags.includes('NonCanonicalPublic')
      if (bad) assert.throws(check, weak, `tcId ${tcId}`)
      else assert.doesNotThrow(check, `tcId ${tcId}`)
      counts[bad ? 'refused' : 'taken']++
    }
    assert.deepEqual(counts, { refused: 44, taken: 474 })
  },
)

test('C1 X25519: text that is not 32 canonical bytes is refused', () => {
  for (const text of MALFORMED) assert.throws(() => keys.assertPacketKey(text), invalid, text)
})

test('C1 a person key has 3072 bits exactly, is odd, has e = 65537 and no other member', async () => {
  const [pair] = await personKeys(1)
  const good = pair!.publicKey
  assert.doesNotThrow(() => keys.assertPersonPublic(good))
  const n = fromBase64url(good.n)
  const even = n.slice()
  even[383] = even[383]! & 0xfe
  const short = n.slice()
  short[0] = 0x7f
  const bad: unknown[] = [
    null,
    'RSA',
    { ...good, kty: 'EC' },
    { ...good, e: 'AQ' },
    { ...good, e: 'Aw' },
    { ...good, d: 'AQAB' },
    { ...good, alg: 'RSA-OAEP-256' },
    { kty: 'RSA', n: good.n },
    { ...good, n: `${good.n}=` },
    { ...good, n: 5 },
    { ...good, n: base64url(even) },
    { ...good, n: base64url(short) },
    { ...good, n: base64url(n.subarray(1)) },
    { ...good, n: base64url(concat(Uint8Array.of(0), n)) },
  ]
  for (const jwk of bad) assert.throws(() => keys.assertPersonPublic(jwk as keys.PersonPublic), invalid)
})

test('C1 Wycheproof JWK: none of the 28 keys passes as a person key', needsShared('vectors/wycheproof'), () => {
  type Group = { public?: { keys?: object[] }; private?: { keys?: object[] } }
  const file = readVectors<{ testGroups: Group[] }>('wycheproof/json_web_key_test.json')
  const jwks = file.testGroups.flatMap((group) => group.public?.keys ?? group.private?.keys ?? [])
  for (const jwk of jwks) {
    // Without its metadata too: the ROCA, the 1024-bit and the e = 1 key must fall for what they are.
    const { kty, n, e } = jwk as Record<string, unknown>
    assert.throws(() => keys.assertPersonPublic(jwk as keys.PersonPublic), invalid)
    assert.throws(() => keys.assertPersonPublic({ kty, n, e } as keys.PersonPublic), invalid)
  }
  assert.equal(jwks.length, 28)
})

test('default: thumbprints give the known answers of RFC 8037 A.3 and RFC 7638 §3.1', () => {
  const okp = keys.signingThumbprint('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')
  assert.equal(okp, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  assert.notEqual(okp, keys.keyThumbprint('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'))
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3' +
    'oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA' +
    'ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-' +
    'kEgU8awapJzKnqDKgw'
  assert.equal(keys.personThumbprint({ kty: 'RSA', n, e: 'AQAB' }), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
})

test('default: keyPublic gives the known answer of RFC 7748 §6.1', () => {
  const alice = fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')
  const expected = '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'
  assert.equal(hex(fromBase64url(keys.keyPublic(alice))), expected)
})

test('behavior: made keys pass their own checks', async () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => keys.assertPacketKey(keys.generateKeyPair(seededRandom(seed)).publicKey)),
    { numRuns: 20 },
  )
  const { publicKey } = await keys.generateDeviceKey()
  keys.assertStrongEd25519(publicKey)
  assert.throws(() => keys.keyPublic(new Uint8Array(31)), invalid)
})

test('behavior: a device key stays on its device unless it was made extractable', async () => {
  const own = await keys.generateDeviceKey()
  assert.equal(own.privateKey.extractable, false)
  assert.deepEqual(own.privateKey.usages, ['sign'])
  await assert.rejects(keys.exportDeviceKey(own.privateKey), invalid)
  const movable = await keys.generateDeviceKey(true)
  const pkcs8 = await keys.exportDeviceKey(movable.privateKey)
  assert.equal(await keys.devicePublicOf(pkcs8), movable.publicKey)
  assert.equal((await keys.importDeviceKey(pkcs8)).extractable, false)
  await assert.rejects(keys.importDeviceKey(systemRandom(48)), invalid)
  // Each bit counts, the version's too: a key file that was damaged is never read as the key it was.
  for (let bit = 0; bit < pkcs8.length * 8; bit++) {
    const other = pkcs8.slice()
    other[bit >> 3]! ^= 1 << (bit % 8)
    const read = await keys.devicePublicOf(other).catch(() => 'refused')
    assert.notEqual(read, movable.publicKey, `bit ${bit}`)
  }
  await assert.rejects(keys.devicePublicOf(systemRandom(48)), invalid)
})

test('behavior: a person key in use only decrypts and is not extractable; another size is refused', async () => {
  const [pair] = await personKeys(1)
  const key = await keys.importRsaKey(pair!.pkcs8)
  assert.equal(key.extractable, false)
  assert.deepEqual(key.usages, ['decrypt'])
  const wanted = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
  const small = await crypto.subtle.generateKey(wanted, true, ['encrypt', 'decrypt'])
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', small.privateKey))
  await assert.rejects(keys.importRsaKey(pkcs8), invalid)
  await assert.rejects(keys.importRsaKey(pair!.pkcs8.subarray(1)), invalid)
})

test('behavior: generateRsaKey makes a pair that opens its own seal', async () => {
  const { publicKey, pkcs8 } = await keys.generateRsaKey()
  keys.assertPersonPublic(publicKey)
  assert.equal((await keys.importRsaKey(pkcs8)).type, 'private')
})

test('C1 the low-order u-coordinates are exactly those that noble sends to zero among the small multiples', () => {
  const low = [
    0n,
    1n,
    (1n << 255n) - 20n,
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ]
  const text = (u: bigint) => base64url(Uint8Array.from({ length: 32 }, (_, i) => Number((u >> BigInt(8 * i)) & 255n)))
  for (const u of low) {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number((u >> BigInt(8 * i)) & 255n))
    assert.throws(() => x25519.scalarMult(new Uint8Array(32).fill(8), bytes), /private or public key/, String(u))
    assert.throws(() => keys.assertPacketKey(text(u)), { code: 'key-weak' })
  }
  for (const u of [2n, 3n, 9n, 324n]) keys.assertPacketKey(text(u))
})
