import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bytes, base64url, fromBase64url, text, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import type { Json } from '@salus/base/json'
import fc from 'fast-check'
import { concatKdf, ephemeral, sharedSecret } from './agree.ts'
import { encryptJwe } from './jwe.ts'
import {
  generateKeyPair,
  importPersonKey,
  importRsaKey,
  keyThumbprint,
  personThumbprint,
  type RsaPublic,
} from './keys.ts'
import { oaepSeal } from './oaep.ts'
import { type Binding, openWithKey, openWithPerson, packetHeader, sealToKey, sealToPerson } from './packet.ts'
import { personKeys } from './testing.ts'

const refused = { name: 'AppError', code: 'cannot-open', message: 'cannot-open', facts: {} }
const bind: Binding = { kind: 'grant', grant: 'AAAAAAAAAAAAAAAAAAAAAA', epoch: 3 }
const own = generateKeyPair(systemRandom)
const other = generateKeyPair(systemRandom)
const [wide, otherWide] = [generateKeyPair(systemRandom, 2), generateKeyPair(systemRandom, 2)]
const akp = (pub: string) => ({ kty: 'AKP', alg: 'X-Wing', pub }) as const
const NONE = new Uint8Array(0)

async function person(number: number): Promise<{ publicKey: RsaPublic; privateKey: CryptoKey }> {
  const { publicKey, pkcs8 } = (await personKeys(number + 1))[number]!
  return { publicKey, privateKey: await importRsaKey(pkcs8) }
}

// One behaviour suite for both kinds of recipient.
const recipients = {
  X25519: {
    alg: 'ECDH-ES',
    suite: 1,
    seal: (binding: Binding, plaintext: Uint8Array) => sealToKey(own.publicKey, binding, plaintext),
    open: (jwe: string, expected: Partial<Binding>) => openWithKey(own.privateKey, jwe, expected),
    openByAnother: (jwe: string) => openWithKey(other.privateKey, jwe, bind),
    kid: async () => keyThumbprint(own.publicKey),
  },
  'X-Wing': {
    alg: 'X-Wing',
    suite: 2,
    seal: (binding: Binding, plaintext: Uint8Array) => sealToKey(wide.publicKey, binding, plaintext),
    open: (jwe: string, expected: Partial<Binding>) => openWithKey(wide.privateKey, jwe, expected),
    openByAnother: (jwe: string) => openWithKey(otherWide.privateKey, jwe, bind),
    kid: async () => keyThumbprint(wide.publicKey),
  },
  'a person of suite 2': {
    alg: 'X-Wing',
    suite: 2,
    seal: (binding: Binding, plaintext: Uint8Array) => sealToPerson(akp(wide.publicKey), binding, plaintext),
    open: async (jwe: string, expected: Partial<Binding>) =>
      openWithPerson(await importPersonKey(wide.privateKey), jwe, expected),
    openByAnother: async (jwe: string) => openWithPerson(await importPersonKey(otherWide.privateKey), jwe, bind),
    kid: async () => personThumbprint(akp(wide.publicKey)),
  },
  person: {
    suite: 1,
    alg: 'RSA-OAEP-256',
    seal: async (binding: Binding, plaintext: Uint8Array) =>
      sealToPerson((await person(0)).publicKey, binding, plaintext),
    open: async (jwe: string, expected: Partial<Binding>) =>
      openWithPerson((await person(0)).privateKey, jwe, expected),
    openByAnother: async (jwe: string) => openWithPerson((await person(1)).privateKey, jwe, bind),
    kid: async () => personThumbprint((await person(0)).publicKey),
  },
} as const

for (const [name, { alg, suite, seal, open, openByAnother, kid }] of Object.entries(recipients)) {
  test(`default: a packet to ${name} opens to what was sealed`, async () => {
    const run = fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (plaintext) => {
      assert.deepEqual(await open(await seal(bind, plaintext), bind), new Uint8Array(plaintext))
    })
    await fc.assert(run, { numRuns: 12 })
  })

  test(`C5 the header of a packet to ${name} says suite, recipient and binding, readable by stores`, async () => {
    const jwe = await seal(bind, utf8('keys'))
    assert.deepEqual(packetHeader(jwe), { kid: await kid(), suite, bind, alg })
  })

  test(`C5 a packet to ${name} opens for nobody else and for no other purpose`, async () => {
    const jwe = await seal(bind, utf8('keys'))
    await assert.rejects(openByAnother(jwe), refused)
    const wrong: Record<string, unknown>[] = [
      { kind: 'deposit' },
      { kind: 'grant', grant: 'BAAAAAAAAAAAAAAAAAAAAA' },
      { epoch: 4 },
      { epoch: '3' },
      { record: 'AAAAAAAAAAAAAAAAAAAAAA' },
      { grant: undefined },
      { record: undefined },
      { toString: undefined },
    ]
    for (const expected of wrong) await assert.rejects(open(jwe, expected as Partial<Binding>), refused)
    assert.equal(text(await open(jwe, { kind: 'grant' })), 'keys')
  })

  test(`C5 the binding of a packet to ${name} cannot be changed afterwards`, async () => {
    const jwe = await seal(bind, utf8('keys'))
    const [head, ...rest] = jwe.split('.') as [string, ...string[]]
    const header = JSON.parse(text(fromBase64url(head)))
    const forged = [base64url(utf8(JSON.stringify({ ...header, bind: { ...bind, epoch: 4 } }))), ...rest].join('.')
    assert.equal(packetHeader(forged).bind.epoch, 4)
    await assert.rejects(open(forged, { kind: 'grant', epoch: 4 }), refused)
  })

  test(`behavior: two packets to ${name} share neither key nor IV`, async () => {
    const [a, b] = await Promise.all([seal(bind, utf8('keys')), seal(bind, utf8('keys'))])
    const [partsA, partsB] = [a.split('.'), b.split('.')]
    assert.notEqual(partsA[2], partsB[2])
    assert.notEqual(partsA[3], partsB[3])
    assert.notDeepEqual(partsA.slice(0, 2), partsB.slice(0, 2))
  })

  test(`error: a binding to ${name} with an unknown kind, long text or fraction is not sealed`, async () => {
    const many = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`f${i}`, i]))
    const bad: Record<string, unknown>[] = [{}, { kind: 'other' }, { ...bind, x: 'a'.repeat(257) }, { ...bind, x: 0.5 }]
    bad.push({ ...bind, x: null }, { ...bind, x: { y: 1 } }, { kind: 'grant', ...many })
    for (const binding of bad) {
      await assert.rejects(seal(binding as Binding, utf8('x')), { code: 'binding-invalid' }, JSON.stringify(binding))
    }
  })
}

// A packet to `own` made step by step, so that each step can break a rule.
async function crafted(members: Record<string, Json | undefined>, encryptedKey: Uint8Array = NONE): Promise<string> {
  const pair = await ephemeral()
  const key = concatKdf(await sharedSecret(pair.privateKey, fromBase64url(own.publicKey)), 'A256GCM', 256)
  const epk = { kty: 'OKP', crv: 'X25519', x: base64url(pair.publicKey) }
  const kid = keyThumbprint(own.publicKey)
  const header = { alg: 'ECDH-ES', enc: 'A256GCM', typ: 'salus-packet+jwe', suite: 1, kid, bind, epk, ...members }
  return encryptJwe(key, header as Record<string, Json>, encryptedKey, systemRandom(12), utf8('crafted'))
}

test('C7 a header outside the allow-list is refused although it would decrypt', async () => {
  assert.equal(text(await openWithKey(own.privateKey, await crafted({}), bind)), 'crafted')
  const epk = { kty: 'OKP', crv: 'X25519', x: other.publicKey }
  const changes: Record<string, Json | undefined>[] = [
    { alg: 'ECDH-ES+A256KW' },
    { alg: 'RSA-OAEP-256' },
    { enc: 'A128GCM' },
    { suite: 2 },
    { suite: undefined },
    { typ: 'salus-content+jwe' },
    { bind: undefined },
    { bind: { kind: 'grant', nested: {} } },
    { kid: undefined },
    { apu: 'QWxpY2U' },
    { apv: '' },
    { zip: 'DEF' },
    { crit: ['bind'] },
    { epk: { ...epk, crv: 'P-256' } },
    { epk: { ...epk, d: other.publicKey } },
    { epk: { ...epk, x: `${other.publicKey}=` } },
    { epk: undefined },
  ]
  for (const change of changes) {
    const jwe = await crafted(change)
    assert.throws(() => packetHeader(jwe), refused, JSON.stringify(change))
    await assert.rejects(openWithKey(own.privateKey, jwe, {}), refused, JSON.stringify(change))
  }
  assert.throws(() => packetHeader('a.b.c.d.e'), refused)
})

test('C7 direct agreement carries no encrypted key (RFC 7516 §5.2 step 10)', async () => {
  const jwe = await crafted({}, systemRandom(32))
  await assert.rejects(openWithKey(own.privateKey, jwe, bind), refused)
})

test('C5 a packet that names another recipient is refused, although this key opens it', async () => {
  const kid = keyThumbprint(other.publicKey)
  await assert.rejects(async () => openWithKey(own.privateKey, await crafted({ kid }), bind), refused)
  const { publicKey, privateKey } = await person(0)
  const jwe = await sealToPerson(publicKey, bind, utf8('keys'))
  assert.equal(text(await openWithPerson(privateKey, jwe, bind, personThumbprint(publicKey))), 'keys')
  const another = personThumbprint((await person(1)).publicKey)
  await assert.rejects(openWithPerson(privateKey, jwe, bind, another), refused)
})

test('C7 an RSA packet whose inner key is not 256 bits is refused', async () => {
  const { publicKey, privateKey } = await person(0)
  const kid = personThumbprint(publicKey)
  const header = { alg: 'RSA-OAEP-256', enc: 'A256GCM', typ: 'salus-packet+jwe', suite: 1, kid, bind: { ...bind } }
  for (const [length, opens] of [
    [32, true],
    [16, false],
  ] as const) {
    const key = systemRandom(length)
    const jwe = await encryptJwe(key, header, await oaepSeal(publicKey, key), systemRandom(12), utf8('x'))
    const opening = openWithPerson(privateKey, jwe, bind)
    if (opens) assert.equal(text(await opening), 'x')
    else await assert.rejects(opening, refused)
  }
})

test('C1 nothing is sealed to, or opened from, a low-order key', async () => {
  for (const first of [0, 1]) {
    const low = base64url(Uint8Array.of(first, ...new Uint8Array(31)))
    await assert.rejects(sealToKey(low, bind, utf8('x')), { code: 'key-weak' })
    const jwe = await crafted({ epk: { kty: 'OKP', crv: 'X25519', x: low } })
    await assert.rejects(openWithKey(own.privateKey, jwe, bind), refused)
  }
})

test('error: keys of another kind or length', async () => {
  for (const key of ['', 'AAAA', `${own.publicKey}=`]) {
    await assert.rejects(sealToKey(key, bind, utf8('x')), { code: 'key-invalid' })
  }
  const { publicKey, privateKey } = await person(0)
  await assert.rejects(sealToPerson({ ...publicKey, n: 'AQAB' }, bind, utf8('x')), { code: 'key-invalid' })
  const toX25519 = await sealToKey(own.publicKey, bind, utf8('x'))
  await assert.rejects(openWithPerson(privateKey, toX25519, bind), refused)
  await assert.rejects(openWithKey(own.privateKey.subarray(1) as Bytes, toX25519, bind), refused)
  await assert.rejects(openWithKey(own.privateKey, await sealToPerson(publicKey, bind, utf8('x')), bind), refused)
})
