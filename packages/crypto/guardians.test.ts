import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import fc from 'fast-check'
import { joinShares, MAX_GUARDIANS, sharesNeeded, splitSecret } from './guardians.ts'

const secret = systemRandom(32)

test('C12 property: any shares that suffice, in any order, give the secret back', async () => {
  const sets = fc
    .integer({ min: 2, max: MAX_GUARDIANS })
    .chain((of) => fc.tuple(fc.integer({ min: 2, max: of }), fc.constant(of)))
  const run = fc.asyncProperty(
    sets,
    fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    async ([need, of], r) => {
      const shares = await splitSecret(secret, need, of)
      const order = shares.map((share) => ({ share, at: r.next().value as number })).sort((a, b) => a.at - b.at)
      const some = order.slice(0, need).map((one) => one.share)
      assert.deepEqual(await joinShares(some), secret)
      assert.deepEqual(await joinShares(shares), secret)
      await assert.rejects(joinShares(some.slice(1)), { code: 'shares-missing' })
      await assert.rejects(joinShares([...some.slice(1), some[1] as string]), { code: 'shares-missing' })
    },
  )
  await fc.assert(run, { numRuns: 30 })
})

test('C12 fewer shares say nothing: one less, forged up to the number, gives other bytes', async () => {
  const shares = await splitSecret(secret, 3, 5)
  const others = await splitSecret(systemRandom(32), 3, 5)
  let joined = 0
  for (const forged of others) {
    // Each share stands at a place drawn by chance: one at a place that is taken already is refused.
    const bytes = await joinShares([shares[0], shares[1], forged] as string[]).catch(() => undefined)
    if (!bytes) continue
    joined++
    assert.equal(bytes.length, 32)
    assert.notDeepEqual(bytes, secret)
  }
  assert.ok(joined >= 3, `${joined}`)
})

test('C12 a share is typed as people type, and a mistake is told', async () => {
  const [first = '', second = ''] = await splitSecret(secret, 2, 3)
  assert.equal(sharesNeeded(first.toLowerCase().replaceAll('-', ' ')), 2)
  assert.deepEqual(await joinShares([first.replaceAll('0', 'o').replaceAll('1', 'l'), second]), secret)
  const at = fc.nat(first.length - 1)
  const mistakes = fc.property(at, fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'), (i, letter) => {
    fc.pre(first[i] !== '-' && first[i] !== letter)
    assert.throws(() => sharesNeeded(first.slice(0, i) + letter + first.slice(i + 1)), { code: 'share-mistyped' })
  })
  fc.assert(mistakes, { numRuns: 200 })
  for (const none of ['', 'x', first.slice(1), `${first}0`]) {
    assert.throws(() => sharesNeeded(none), { code: 'share-mistyped' }, none)
  }
})

test('C12 a set needs two at least and has twenty at most', async () => {
  const wrong: [number, number][] = [
    [1, 3],
    [4, 3],
    [2, 21],
    [2.5, 3],
    [0, 0],
  ]
  for (const [need, of] of wrong) await assert.rejects(splitSecret(secret, need, of), { code: 'guardians-wrong' })
})
