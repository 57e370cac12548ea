import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, utf8 } from '@salus/base/bytes'
import { type Clock, seconds, systemRandom } from '@salus/base/clock'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { signJws, verifyEd25519 } from '@salus/crypto/jws'
import { answerChallenge, createDpopCheck, dpopProof, readAnswer } from './dpop.ts'
import { newHolder } from './testing.ts'

const device = await newHolder()
const thief = await newHolder()
const token = base64url(systemRandom(32))
const request = { method: 'GET', path: '/requests', token } as const
const invalid = { code: 'session-invalid' }

function checked() {
  const { clock, advance } = manualClock()
  const proof = (of = request, key = device.privateKey, at: Clock = clock) =>
    dpopProof(key, of as typeof request, { clock: at, random: systemRandom })
  return { check: createDpopCheck(verifyEd25519, clock), proof, advance, clock }
}

test('D15 a fresh proof by the session’s key passes once and never again', async () => {
  const { check, proof, advance } = checked()
  const one = await proof()
  await check(one, request, device.publicKey)
  await assert.rejects(check(one, request, device.publicKey), invalid)
  for (let i = 0; i < 6; i++) {
    advance(50_000)
    await check(await proof(), request, device.publicKey)
    await assert.rejects(check(one, request, device.publicKey), invalid)
  }
})

test('D15 of two same proofs at once one passes', async () => {
  const { check, proof } = checked()
  const one = await proof()
  const both = await Promise.allSettled([check(one, request, device.publicKey), check(one, request, device.publicKey)])
  assert.deepEqual(both.map((each) => each.status).sort(), ['fulfilled', 'rejected'])
})

test('D15 a proof is for one method, one path, one token and one key', async () => {
  const { check, proof } = checked()
  const others = [
    { ...request, method: 'POST' },
    { ...request, path: '/me' },
    { ...request, path: '/requests/' },
    { ...request, token: base64url(systemRandom(32)) },
  ]
  for (const other of others) {
    await assert.rejects(check(await proof(), other, device.publicKey), invalid)
    await assert.rejects(check(await proof(other as never), request, device.publicKey), invalid)
  }
  await assert.rejects(check(await proof(), request, thief.publicKey), invalid)
  await assert.rejects(check(await proof(request, thief.privateKey), request, device.publicKey), invalid)
})

test('D15 a proof of two minutes ago, or ahead, counts; an older one does not', async () => {
  const { check, proof, clock } = checked()
  const shifted = (by: number) => proof(request, device.privateKey, () => clock() + by * 1000)
  for (const by of [-120, 120, 0]) await check(await shifted(by), request, device.publicKey)
  for (const by of [-121, 121, -9_999])
    await assert.rejects(check(await shifted(by), request, device.publicKey), invalid)
})

test('D15 property: a proof dated ahead is remembered for as long as it counts', async () => {
  const { check, proof, advance, clock } = checked()
  const ahead = await proof(request, device.privateKey, () => clock() + 120_000)
  await check(ahead, request, device.publicKey)
  for (let second = 0; second < 300; second += 10) {
    advance(10_000)
    await assert.rejects(check(ahead, request, device.publicKey), invalid)
    await check(await proof(), request, device.publicKey)
  }
})

test('D15 a proof that was used stays used when the clock is put forward and back', async () => {
  const { check, proof, advance } = checked()
  const used = await proof()
  await check(used, request, device.publicKey)
  for (const by of [3_600_000, -3_600_000]) {
    advance(by)
    await check(await proof(), request, device.publicKey)
    await assert.rejects(check(used, request, device.publicKey), invalid)
  }
})

test('D15 another type of token, more claims or rubbish is no proof, and none of it fills the memory', async () => {
  const { check, clock } = checked()
  const claims = {
    jti: base64url(systemRandom(16)),
    htm: 'GET',
    htu: '/requests',
    iat: seconds(clock()),
    ath: digest(token),
  }
  const signed = (typ: string, value: object) => signJws(device.privateKey, { typ }, utf8(JSON.stringify(value)))
  await assert.rejects(check(await signed('salus-session+jws', claims), request, device.publicKey), invalid)
  await assert.rejects(check(await signed('dpop+jwt', { ...claims, admin: true }), request, device.publicKey), invalid)
  await assert.rejects(check(await signed('dpop+jwt', { ...claims, jti: '' }), request, device.publicKey), invalid)
  for (const rubbish of ['', 'a.b.c', 'x'.repeat(100)]) {
    await assert.rejects(check(rubbish, request, device.publicKey), invalid)
  }
  const forged = await signJws(thief.privateKey, { typ: 'dpop+jwt' }, utf8(JSON.stringify(claims)))
  await assert.rejects(check(forged, request, device.publicKey), invalid)
  await check(await signed('dpop+jwt', claims), request, device.publicKey)
})

test('D14 an answer says who, to whom and to what; one that says more or less is refused', async () => {
  const claims = { challenge: base64url(systemRandom(32)), aud: 'a', sub: 'saint-roch' as never }
  const { claims: read, kid } = readAnswer(await answerChallenge(device.privateKey, device.kid, claims))
  assert.deepEqual([read, kid], [claims, device.kid])
  const signed = (header: object, value: object) =>
    signJws(device.privateKey, { typ: 'salus-session+jws', ...header }, utf8(JSON.stringify(value)))
  for (const token of [
    await signed({}, claims),
    await signed({ kid: device.kid }, { ...claims, more: 1 }),
    await signed({ kid: device.kid }, { ...claims, sub: 'No Such' }),
    await signed({ kid: device.kid, typ: 'dpop+jwt' }, claims),
  ]) {
    assert.throws(() => readAnswer(token))
  }
})
