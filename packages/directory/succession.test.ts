import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '@salus/crypto/hash'
import { type Consortium, followRoots, openConsortium, type Roots, signRoots, succeedRoots } from './consortium.ts'
import { type Holder, newHolder, sampleWorld } from './testing.ts'

const w = await sampleWorld(['saint-roch', 'cabinet-lilas', 'clinique-sud'])
const [roch, lilas, sud] = Object.values(w.desks) as [Holder, Holder, Holder]
const nord = await newHolder()
const [cardRoch, cardLilas, cardSud] = w.roots.organisations as [Card, Card, Card]
const cardNord: Card = {
  ...cardRoch,
  org: 'clinique-nord' as never,
  name: 'clinique-nord (sample)',
  key: nord.publicKey,
}
type Card = Roots['organisations'][number]

/** The version after `before`, with whatever `change` says otherwise. */
const next = (before: Roots, change: Partial<Roots> = {}): Roots => ({
  ...before,
  version: before.version + 1,
  ...change,
})
const sign = (roots: Roots, holders: readonly Holder[]) =>
  Promise.all(holders.map((one) => signRoots(roots, one.privateKey, one.publicKey)))
/** The file of `roots`: signed by those it names, and by keys of the version before. */
async function file(roots: Roots, by: readonly Holder[], previous: readonly Holder[] = []): Promise<string> {
  const signatures = await sign(roots, by)
  const others = previous.length > 0 ? { previous: await sign(roots, previous) } : {}
  return JSON.stringify({ roots, signatures, ...others } satisfies Consortium)
}
const refused = async (value: string | Promise<string>, code: string, before = w.roots) =>
  assert.rejects(succeedRoots(before, await value), { code })

test('D39 the next version takes the place of the one before when all it names and most of the one before signed it', async () => {
  const admits = next(w.roots, { organisations: [...w.roots.organisations, cardNord] })
  assert.deepEqual(await succeedRoots(w.roots, await file(admits, [roch, lilas, sud, nord])), admits)
  const same = next(w.roots, { policy: 'quorum none\n# reviewed\n' })
  assert.deepEqual(await succeedRoots(w.roots, await file(same, [sud, roch, lilas])), same)
  await refused(file(admits, [roch, lilas, nord]), 'organisation-unknown')
})

test('D39 who leaves need not sign; half is no majority, and newcomers are none of it', async () => {
  const leaves = next(w.roots, { organisations: [cardRoch, cardLilas] })
  assert.deepEqual(await succeedRoots(w.roots, await file(leaves, [roch, lilas])), leaves)
  const alone = next(w.roots, { organisations: [cardRoch] })
  await refused(file(alone, [roch]), 'roots-minority')
  assert.deepEqual(await succeedRoots(w.roots, await file(alone, [roch], [sud])), alone, 'who leaves may vote for it')
  const taken = next(w.roots, { organisations: [cardRoch, cardNord] })
  await refused(file(taken, [roch, nord]), 'roots-minority')
  const even = next(leaves, { organisations: [cardRoch] })
  await refused(file(even, [roch]), 'roots-minority', leaves)
  assert.deepEqual(await succeedRoots(leaves, await file(even, [roch], [lilas])), even)
})

test('D39 a vote is one organisation’s, however often it signs; a key that the version before does not name has none', async () => {
  const alone = next(w.roots, { organisations: [cardRoch] })
  await refused(file(alone, [roch, roch]), 'roots-minority')
  await refused(file(alone, [roch], [roch, roch]), 'roots-minority')
  await refused(file(alone, [roch], [nord]), 'organisation-unknown')
  await refused(file(alone, [roch, sud]), 'organisation-unknown')
  const stranger = JSON.parse(await file(alone, [roch], [sud])) as Consortium
  const forged = await signRoots(alone, nord.privateKey, sud.publicKey)
  await refused(JSON.stringify({ ...stranger, previous: [forged] }), 'organisation-unknown')
  const [ofOther] = await sign(next(w.roots), [sud])
  await refused(JSON.stringify({ ...stranger, previous: [ofOther] }), 'organisation-unknown')
  await refused(JSON.stringify({ ...stranger, previous: ['nonsense'] }), 'jws-invalid')
  await refused(JSON.stringify({ ...stranger, previous: [] }), 'schema-mismatch')
})

test('D39 an organisation changes its key with the vote of its old one; the new one alone is no vote', async () => {
  const fresh = await newHolder()
  const changed = next(w.roots, { organisations: [{ ...cardRoch, key: fresh.publicKey }, cardLilas] })
  await refused(file(changed, [fresh, lilas]), 'roots-minority')
  await refused(file(changed, [lilas], [roch]), 'organisation-unknown')
  assert.deepEqual(await succeedRoots(w.roots, await file(changed, [fresh, lilas], [roch])), changed)
})

test('D39 an older version, the same one, a later one and another chain are refused, whoever signed', async () => {
  const all = [roch, lilas, sud]
  const third = next(next(w.roots))
  const second = await succeedRoots(w.roots, await file(next(w.roots), all))
  await refused(file(w.roots, all), 'roots-older')
  await refused(file(w.roots, all), 'roots-older', second)
  await refused(file(next(w.roots, { policy: 'quorum none\n# other\n' }), all), 'roots-older', second)
  await refused(file(third, all), 'roots-skipped')
  await refused(file(next(w.roots, { chain: 'other-chain' }), all), 'roots-chain')
  await refused(file(next(w.roots, { genesis: digest('another') as never }), all), 'roots-chain')
  const bent = JSON.parse(await file(next(w.roots), all)) as Consortium
  await refused(JSON.stringify({ ...bent, roots: { ...bent.roots, policy: 'quorum all\n' } }), 'organisation-unknown')
})

test('D39 a chain of versions is followed one by one: to a last one that has nobody of the first', async () => {
  const second = next(w.roots, { organisations: [cardRoch, cardLilas, cardNord] })
  const third = next(second, { organisations: [cardNord] })
  const files = [await file(second, [roch, lilas, nord]), await file(third, [nord], [lilas])]
  assert.deepEqual(await followRoots(w.roots, files), third)
  assert.deepEqual(await followRoots(w.roots, []), w.roots)
  await assert.rejects(followRoots(w.roots, files.toReversed()), { code: 'roots-skipped' })
  await assert.rejects(followRoots(w.roots, [...files, ...files]), { code: 'roots-older' })
  await assert.rejects(followRoots(w.roots, files.slice(1)), { code: 'roots-skipped' })
  const opened = await openConsortium(files[1] as string)
  assert.deepEqual(opened, third, 'what is pinned opens by itself, without the version before')
  assert.ok(cardSud.org !== opened.organisations[0]?.org)
})
