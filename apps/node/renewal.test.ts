/** N38 Versions of the roots with another key, without somebody, with somebody who has no machine: made, taken by a node, refused. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { systemClock } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { generateDeviceKey } from '@salus/crypto/keys'
import { type Consortium, followRoots, type Roots, signRoots } from '@salus/directory/consortium'
import { foundConsortium } from './consortium.ts'
import { type RootsSignature, rootsDigest } from './proposal.ts'
import { admitRoots, checkEnd, endNow, endSince, finishRoots, leaveRoots, rekeyRoots } from './renewal.ts'
import { replaceRoots } from './succeeded.ts'
import { checkSuccessor, nextRoots } from './successor.ts'

const names = ['saint-roch', 'cabinet-lilas', 'hopital-nord'] as const
const [ROCH, LILAS, NORD] = names
const refusedWith = (code: string) => (error: unknown) => isAppError(error) && error.code === code
type Key = Awaited<ReturnType<typeof generateDeviceKey>>

/** Three hospitals, founded together; `dir`: the first one's node. */
async function founded() {
  const base = mkdtempSync(join(tmpdir(), 'salus-renewal-'))
  const keys = await Promise.all(names.map(() => generateDeviceKey()))
  const hospitals = keys.map(({ publicKey: key }, i) => {
    const org = names[i] ?? ''
    const card = { org: org as never, name: `Hospital ${i} (sample)`, kind: 'hospital', country: 'FR', key } as const
    return { ...card, dir: join(base, org), origin: `journal.${org}.example`, url: `https://${org}.example` }
  })
  const sign = (document: Roots) => signaturesOf(document, keys)
  const roots = await foundConsortium(hospitals, { chain: 'test-chain', time: systemClock(), sign })
  return { dir: hospitals[0]?.dir ?? '', keys: keys as [Key, Key, Key], roots, until: endNow(systemClock()) }
}
const signaturesOf = (document: Roots, by: readonly Key[]) =>
  Promise.all(by.map((one) => signRoots(document, one.privateKey, one.publicKey)))

/** What the desks of `by` write; `old`: the key that the first of them had before. */
const given = async (document: Roots, by: readonly Key[], old?: Key): Promise<RootsSignature[]> => {
  const all = await signaturesOf(document, by)
  const [vote] = old ? await signaturesOf(document, [old]) : []
  const orgOf = ({ publicKey }: Key) => document.organisations.find(({ key }) => key === publicKey)?.org as never
  const digest = rootsDigest(document)
  const one = (signature: string, i: number) => ({ org: orgOf(by[i] as Key), roots: digest, signature })
  return all.map((each, i) => ({ ...one(each, i), ...(i === 0 && vote ? { previous: vote } : {}) }))
}
const bytes = (file: Consortium) => utf8(JSON.stringify(file))

test('N38 another key, then one organisation less: made again the same, signed, taken by a node and by a device', async () => {
  const { dir, keys, roots, until } = await founded()
  const [roch, lilas, nord] = keys
  const fresh = await generateDeviceKey()
  const second = rekeyRoots(roots, { org: ROCH, key: fresh.publicKey, until })
  assert.deepEqual(checkSuccessor({ roots: second, previous: roots }), {
    ...{ what: 'rekeys', org: ROCH, key: fresh.publicKey, until },
  })
  const rekeyed = await finishRoots({ roots: second, previous: roots }, await given(second, [fresh, lilas, nord], roch))
  const third = leaveRoots(second, { orgs: [NORD], until })
  assert.deepEqual(checkSuccessor({ roots: third, previous: second }), { what: 'leaves', orgs: [NORD], until })
  const left = await finishRoots({ roots: third, previous: second }, await given(third, [fresh, lilas]))
  assert.deepEqual((await replaceRoots(dir, [bytes(rekeyed), bytes(left)])).after, third)
  assert.deepEqual(await followRoots(roots, [JSON.stringify(rekeyed), JSON.stringify(left)]), third)
  assert.deepEqual(third.journals, roots.journals, 'the journal of who left stays, for its receipts')
  assert.deepEqual(
    third.former?.map(({ org, key }) => [org, key]),
    [[NORD, nord.publicKey]],
  )
})

test('N38 who signs: the new key for itself, of two the old one too; who left is asked for nothing, and two leave at once', async () => {
  const { keys, roots, until } = await founded()
  const [roch, lilas, nord] = keys
  const fresh = await generateDeviceKey()
  const second = rekeyRoots(roots, { org: ROCH, key: fresh.publicKey, until })
  const made = { roots: second, previous: roots }
  const missing = refusedWith('founding-signature-missing')
  await assert.rejects(finishRoots(made, await given(second, [lilas, nord])), missing)
  const [lost] = await given(second, [roch])
  await assert.rejects(finishRoots(made, [{ ...lost, org: ROCH } as never]), refusedWith('founding-signature-other'))
  const pair = leaveRoots(roots, { orgs: [NORD], until })
  const two = rekeyRoots(pair, { org: ROCH, key: fresh.publicKey, until })
  const both = { roots: two, previous: pair }
  await assert.rejects(finishRoots(both, await given(two, [fresh, lilas])), refusedWith('roots-minority'))
  assert.equal((await finishRoots(both, await given(two, [fresh, lilas], roch))).previous?.length, 1)
  await assert.rejects(finishRoots(both, await given(two, [fresh, lilas], nord)), (error) => {
    // A vote that is nobody's there: whose file it came with is said, so that the others' need not be signed again.
    return isAppError(error) && error.code === 'founding-signature-other' && error.facts.org === ROCH
  })
  const alone = leaveRoots(roots, { orgs: [LILAS, NORD], until })
  assert.equal(checkSuccessor({ roots: alone, previous: roots }).what, 'leaves')
  await assert.rejects(
    finishRoots({ roots: alone, previous: roots }, await given(alone, [roch])),
    refusedWith('roots-minority'),
  )
})

test('N38 what a desk signs changes one thing: a second change beside it is refused, wherever it hides', async () => {
  const { roots, until } = await founded()
  const [key, other] = [(await generateDeviceKey()).publicKey, (await generateDeviceKey()).publicKey]
  const [card] = roots.organisations as [Roots['organisations'][0]]
  const newcomer = { ...card, org: 'cabinet-roses' as never, name: 'Roses (sample)', key }
  const lawful = [
    rekeyRoots(roots, { org: ROCH, key, until }),
    leaveRoots(roots, { orgs: [NORD], until }),
    admitRoots(roots, newcomer),
  ]
  for (const next of lawful) {
    checkSuccessor({ roots: next, previous: roots })
    const [first, second, ...rest] = next.organisations as Roots['organisations']
    const smuggled: Partial<Roots>[] = [
      { version: 3 },
      { policy: 'quorum none\n' },
      { suite: 2 },
      { journals: next.journals.slice(1) },
      { organisations: [first, { ...second, key: other }, ...rest] as never },
      { organisations: [first, { ...second, name: 'Other (sample)' }, ...rest] as never },
      { organisations: [first, { ...second, past: [{ key: other, until }] }, ...rest] as never },
      { organisations: next.organisations.toReversed() },
      { organisations: next.organisations.slice(0, -1) },
      { former: [...(next.former ?? []), { ...card, org: 'nobody' as never, key: other, until: until - 9 }] },
    ]
    for (const change of smuggled)
      assert.throws(
        () => checkSuccessor({ roots: { ...next, ...change }, previous: roots }),
        refusedWith('proposal-wrong'),
        JSON.stringify(change),
      )
  }
  assert.throws(
    () => checkSuccessor({ roots: { ...roots, version: 2 }, previous: roots }),
    refusedWith('proposal-wrong'),
  )
})

test('N38 nobody comes back under a name or with a key that somebody has or had; a key ends neither later nor long ago', async () => {
  const { roots, until, keys } = await founded()
  const key = (await generateDeviceKey()).publicKey
  const second = rekeyRoots(roots, { org: ROCH, key, until })
  const third = leaveRoots(second, { orgs: [NORD], until })
  const card = { ...(roots.organisations[0] as Roots['organisations'][0]), org: 'cabinet-roses' as never }
  const old = [keys[0].publicKey, keys[2].publicKey, key]
  for (const used of old) {
    assert.throws(() => admitRoots(third, { ...card, key: used }), refusedWith('founding-wrong'))
    assert.throws(() => rekeyRoots(third, { org: LILAS, key: used, until }), refusedWith('founding-wrong'))
  }
  const free = (await generateDeviceKey()).publicKey
  assert.throws(() => admitRoots(third, { ...card, org: NORD as never, key: free }), refusedWith('founding-wrong'))
  const [journal] = roots.journals as [Roots['journals'][0]]
  const { origin, operator, vkey: log } = journal
  const joining = { card: { ...card, org: NORD as never, key: free }, origin, operator, log }
  assert.throws(() => nextRoots(third, joining), refusedWith('founding-wrong'))
  for (const orgs of [[NORD], ['nobody'], [], [ROCH, ROCH], [ROCH, LILAS]])
    assert.throws(() => leaveRoots(third, { orgs, until }), refusedWith('founding-wrong'), orgs.join())
  const now = systemClock()
  checkEnd(endNow(now), now)
  for (const end of [endNow(now) + 3_600, endNow(now) - 31 * 24 * 3_600])
    assert.throws(() => checkEnd(end, now), refusedWith('proposal-end'))
})

test('N38 a rotation that not all signed within thirty days can still be proposed; one more key than the roots can name is not begun', async () => {
  const { roots, until } = await founded()
  const now = until * 1_000
  const day = 24 * 3_600
  for (const days of [0, 1, 28]) assert.equal(endSince(until - days * day, now), until - days * day)
  for (const days of [29, 31, 400]) {
    const moved = endSince(until - days * day, now)
    assert.equal(moved, until - 15 * day)
    checkEnd(moved, now)
    assert.equal(endSince(moved, now + 13 * day * 1_000), moved, 'and stays so while the desks sign')
  }
  const [first, ...rest] = roots.organisations as [Roots['organisations'][0], ...Roots['organisations']]
  const fresh = async () => ({ key: (await generateDeviceKey()).publicKey, until })
  const past = await Promise.all(Array.from({ length: 100 }, fresh))
  const full = { ...roots, organisations: [{ ...first, past }, ...rest] }
  const { key } = await fresh()
  assert.throws(() => rekeyRoots(full, { org: ROCH, key, until }), refusedWith('founding-wrong'))
  assert.equal(rekeyRoots(full, { org: LILAS, key, until }).version, 2)
})

test('N34 a node takes no version that forgets a key of the past or who left, or lets one of them sign for longer', async () => {
  const { dir, keys, roots, until } = await founded()
  const [roch, lilas, nord] = keys
  const fresh = await generateDeviceKey()
  const second = rekeyRoots(roots, { org: ROCH, key: fresh.publicKey, until })
  const third = leaveRoots(second, { orgs: [NORD], until })
  const signed = async (document: Roots, by: readonly Key[], previous?: Key): Promise<Uint8Array> =>
    bytes({
      ...{ roots: document, signatures: await signaturesOf(document, by) },
      ...(previous ? { previous: await signaturesOf(document, [previous]) } : {}),
    })
  const [first, ...rest] = second.organisations as [Roots['organisations'][0], ...Roots['organisations']]
  const { past: _, ...forgetful } = first
  const narrow = { ...second, organisations: [forgetful, ...rest] }
  await assert.rejects(replaceRoots(dir, [await signed(narrow, [fresh, lilas, nord])]), refusedWith('roots-narrower'))
  await replaceRoots(dir, [await signed(second, [fresh, lilas, nord], roch), await signed(third, [fresh, lilas])])
  const later = (until_: number) => [{ ...first, past: [{ key: roch.publicKey, until: until_ }] }, rest[0]] as never
  const { former: __, ...unsaid } = third
  const cases: [string, Roots][] = [
    ['who left is forgotten', unsaid],
    ['who left signs for longer', { ...third, former: third.former?.map((one) => ({ ...one, until: until + 1 })) }],
    ['a past key signs for longer', { ...third, organisations: later(until + 1) }],
    [
      'a past key is another one',
      {
        ...third,
        organisations: [{ ...first, past: [{ key: nord.publicKey, until }] }, rest[0]] as never,
        former: third.former?.map((one) => ({ ...one, key: roch.publicKey })),
      },
    ],
    ['who left is back', { ...unsaid, organisations: [...third.organisations, rest[1] as never] }],
  ]
  for (const [what, change] of cases) {
    const by = change.organisations.length > 2 ? [fresh, lilas, nord] : [fresh, lilas]
    const file = await signed({ ...change, version: 4 }, by)
    await assert.rejects(replaceRoots(dir, [file]), refusedWith('roots-narrower'), what)
  }
  // Sooner is no widening: where a theft came to light, less counts.
  const sooner = { ...third, version: 4, organisations: later(until - 60) }
  assert.equal((await replaceRoots(dir, [await signed(sooner, [fresh, lilas])])).after.version, 4)
})
