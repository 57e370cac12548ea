import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { type Bytes, base64url, fromHex, hex } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { needsShared } from '@salus/base/testing'
import { assertPacketKey } from './keys.ts'
import { decapsulate, encapsulate, importMlKem, isMlKemPublic, isNative, ML_KEM_PUBLIC, mlKemPublic } from './mlkem.ts'
import { readVectors } from './testing.ts'
import {
  importXWing,
  isXWingPublic,
  XWING_CIPHERTEXT,
  XWING_PUBLIC,
  xwingDecapsulate,
  xwingEncapsulate,
  xwingPublic,
} from './xwing.ts'

type Opening = { seed: string; ek: string; c: string }
type Case = { tcId: number; seed: string; ek: string; c: string; K: string; result: 'valid' | 'invalid' }

test(
  'C15 ML-KEM-768 decides all 193 Wycheproof cases as stated, on the platform and by @noble',
  needsShared('vectors/wycheproof'),
  async () => {
    const { testGroups } = readVectors<{ testGroups: { tests: Case[] }[] }>('wycheproof/mlkem_768_test.json')
    const cases = testGroups.flatMap((one) => one.tests)
    assert.equal(cases.length, 193)
    assert.ok(await isNative(), 'this Node has ML-KEM of its own')
    const tried = { valid: 0, invalid: 0 }
    for (const { tcId, K, result, ...one } of cases) {
      const wanted = result === 'valid'
      const outcomes: boolean[] = []
      for (const open of [openNative, openNoble]) {
        const got = await open(one).catch(() => undefined)
        outcomes.push(got !== undefined && hex(got) === K)
      }
      assert.deepEqual(outcomes, [wanted, wanted], `case ${tcId}`)
      tried[result]++
    }
    assert.deepEqual(tried, { valid: 153, invalid: 40 })
  },
)

/** A case is whole: the seed gives that key, the key passes, and the ciphertext opens. */
function seedOf({ seed, ek }: Opening): Bytes {
  const bytes = fromHex(seed)
  if (bytes.length !== 64 || !isMlKemPublic(fromHex(ek)) || hex(mlKemPublic(bytes)) !== ek) throw new Error('key')
  return bytes
}
const openNative = async (one: Opening) => decapsulate(await importMlKem(seedOf(one)), fromHex(one.c))
const openNoble = async (one: Opening) => decapsulate(ml_kem768.keygen(seedOf(one)).secretKey, fromHex(one.c))

test('C15 X-Wing agrees with another implementation, both ways', async () => {
  for (let i = 0; i < 5; i++) {
    const seed = systemRandom(32)
    const theirs = ml_kem768_x25519.keygen(seed)
    const publicKey = xwingPublic(seed)
    assert.deepEqual(publicKey, theirs.publicKey)
    const ours = await xwingEncapsulate(publicKey)
    assert.deepEqual([ours.secret.length, ours.ciphertext.length], [32, XWING_CIPHERTEXT])
    assert.deepEqual(ml_kem768_x25519.decapsulate(ours.ciphertext, theirs.secretKey), ours.secret)
    const other = ml_kem768_x25519.encapsulate(publicKey)
    assert.deepEqual(await xwingDecapsulate(await importXWing(seed), other.cipherText), other.sharedSecret)
  }
})

test('C15 each half counts: a changed byte of either gives another secret, or none', async () => {
  const key = await importXWing(systemRandom(32))
  const seed = systemRandom(32)
  const own = await importXWing(seed)
  const { secret, ciphertext } = await xwingEncapsulate(xwingPublic(seed))
  for (const at of [0, 700, 1087, 1088, 1119]) {
    const bent = ciphertext.slice()
    bent[at] = (bent[at] ?? 0) ^ 1
    const got = await xwingDecapsulate(own, bent).catch(() => new Uint8Array(32))
    assert.notDeepEqual(got, secret, `byte ${at}`)
  }
  assert.notDeepEqual(await xwingDecapsulate(key, ciphertext), secret)
  await assert.rejects(xwingDecapsulate(own, ciphertext.slice(1)))
  await assert.rejects(xwingEncapsulate(new Uint8Array(XWING_PUBLIC - 1)))
})

test('C1 a key whose ML-KEM half is out of range, or whose X25519 half is weak, is refused where it is registered', async () => {
  const good = xwingPublic(systemRandom(32))
  assertPacketKey(base64url(good))
  const wide = good.slice()
  wide.fill(0xff, 0, 3)
  assert.equal(isXWingPublic(wide), false)
  assert.throws(() => assertPacketKey(base64url(wide)), { code: 'key-weak' })
  await assert.rejects(encapsulate(wide.subarray(0, ML_KEM_PUBLIC)))
  for (const u of [0, 1]) {
    const weak = good.slice()
    weak.fill(0, ML_KEM_PUBLIC)
    weak[ML_KEM_PUBLIC] = u
    assert.throws(() => assertPacketKey(base64url(weak)), { code: 'key-weak' })
  }
})
