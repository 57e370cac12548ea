/** What organisations signed with keys they no longer have, and what those who left signed while they were there (D43, D44). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds, systemRandom } from '@salus/base/clock'
import { parseStatement } from '@salus/journal/statement'
import { circleKind } from './circle.ts'
import {
  type Consortium,
  knownTo,
  openConsortium,
  orgKey,
  orgKeyAt,
  orgKeys,
  orgName,
  type Roots,
  roots,
  signRoots,
  succeedRoots,
} from './consortium.ts'
import { createLink, sign } from './device/link.ts'
import { foldKeyring, issuerKeys } from './device/verify.ts'
import { createSigners } from './slice.ts'
import { claimedKeyring, deskOf, type Holder, newHolder, sampleWorld } from './testing.ts'

const orgs = ['saint-roch', 'cabinet-lilas', 'clinique-sud']
/** Three desks, what one of them signed while it had its first key, and the roots in which it has another, or is gone. */
async function world() {
  const w = await sampleWorld(orgs)
  const made = await claimedKeyring(w)
  w.advance(60_000)
  const until = seconds(w.clock())
  const [roch, ...others] = w.roots.organisations as [Roots['organisations'][0], ...Roots['organisations']]
  const fresh = await newHolder()
  const version = w.roots.version + 1
  const past = [{ key: roch.key, until }]
  const rekeyed: Roots = { ...w.roots, version, organisations: [{ ...roch, key: fresh.publicKey, past }, ...others] }
  // As it is written in the file: what is signed is its text.
  const left = roots.parse({ ...w.roots, version, organisations: others, former: [{ ...roch, until }] })
  return { w, made, until, fresh, rekeyed, left, roch, others }
}
const file = async (document: Roots, by: readonly Holder[], previous: readonly Holder[] = []): Promise<string> => {
  const all = (holders: readonly Holder[]) =>
    Promise.all(holders.map((one) => signRoots(document, one.privateKey, one.publicKey)))
  return JSON.stringify({
    ...{ roots: document, signatures: await all(by) },
    ...(previous.length > 0 ? { previous: await all(previous) } : {}),
  } satisfies Consortium)
}

test('D43 what was signed with a key that was replaced, or by whoever left, still verifies; nothing from its end on does', async () => {
  const { w, made, until, rekeyed, left } = await world()
  for (const one of [rekeyed, left]) {
    const keyring = await foldKeyring(made.entries, made.handle, one)
    assert.equal(keyring.org, 'saint-roch')
  }
  // The thief of the old key signs, at its end and after it.
  const late = await claimedKeyring(w)
  for (const one of [rekeyed, left])
    await assert.rejects(foldKeyring(late.entries, late.handle, one), { code: 'keyring-broken' })
  const { kid } = deskOf(w)
  for (const one of [rekeyed, left]) {
    assert.equal(orgKeyAt(one, 'saint-roch', kid, until - 1), deskOf(w).publicKey)
    assert.equal(orgKeyAt(one, 'saint-roch', kid, until), undefined)
    assert.equal(orgKeyAt(one, 'saint-roch', kid), deskOf(w).publicKey, 'a document tells no time')
    assert.equal(orgKeyAt(one, 'cabinet-lilas', kid, until - 1), undefined, 'nobody else’s')
    assert.notEqual(orgKey(one, 'saint-roch'), deskOf(w).publicKey, 'it signs nothing now')
  }
})

test('D43 the new key signs from when the roots name it, and a device without them takes it for nobody’s', async () => {
  const { w, fresh, rekeyed } = await world()
  const token = await w.sign(fresh, { type: 'ClaimApproved', iss: 'saint-roch', body: {} })
  const { iss, kid, iat } = parseStatement(token)
  const at = { clock: w.clock, random: systemRandom }
  const call = (() => assert.fail('nobody is asked')) as never
  assert.equal(await issuerKeys(createLink(call, rekeyed, at))(iss, kid, iat), fresh.publicKey)
  assert.equal(await issuerKeys(createLink(call, w.roots, at))(iss, kid, iat), undefined)
})

test('D43 a former organisation has a name and no say: its vote does not count, nor its signature among the new ones', async () => {
  const { w, left } = await world()
  const [roch, lilas, sud] = orgs.map((org) => deskOf(w, org)) as [Holder, Holder, Holder]
  assert.deepEqual(await succeedRoots(w.roots, await file(left, [lilas, sud])), left)
  assert.equal(orgName(left, 'saint-roch'), 'saint-roch (sample)')
  assert.equal(orgKey(left, 'saint-roch'), undefined)
  const again: Roots = { ...left, version: 3, organisations: left.organisations.slice(0, 1) }
  await assert.rejects(succeedRoots(left, await file(again, [lilas])), { code: 'roots-minority' })
  const voted = succeedRoots(left, await file(again, [lilas], [roch]))
  await assert.rejects(voted, { code: 'organisation-unknown' })
  await assert.rejects(openConsortium(await file(left, [roch, lilas, sud])), { code: 'organisation-unknown' })
})

test('D43 another key is lawful with its own signature and a majority of the keys before; of two, the old key votes too', async () => {
  const { w, rekeyed, fresh } = await world()
  const [roch, lilas, sud] = orgs.map((org) => deskOf(w, org)) as [Holder, Holder, Holder]
  assert.deepEqual(await succeedRoots(w.roots, await file(rekeyed, [fresh, lilas, sud])), rekeyed)
  await assert.rejects(succeedRoots(w.roots, await file(rekeyed, [roch, lilas, sud])), { code: 'organisation-unknown' })
  await assert.rejects(succeedRoots(w.roots, await file(rekeyed, [lilas, sud], [roch])), {
    code: 'organisation-unknown',
  })
  const two: Roots = { ...w.roots, organisations: w.roots.organisations.slice(0, 2) }
  const next: Roots = { ...rekeyed, organisations: rekeyed.organisations.slice(0, 2) }
  await assert.rejects(succeedRoots(two, await file(next, [fresh, lilas])), { code: 'roots-minority' })
  assert.deepEqual(await succeedRoots(two, await file(next, [fresh, lilas], [roch])), next)
})

test('D43 a key of the past is nobody else’s and never of today; who left is not there too', async () => {
  const { w, rekeyed, left, roch, fresh, others } = await world()
  const [lilas, sud] = others as [typeof roch, typeof roch]
  const bent: [string, Roots][] = [
    [
      'its own key again',
      { ...rekeyed, organisations: [{ ...rekeyed.organisations[0], key: roch.key } as never, lilas] },
    ],
    ['another’s key', { ...rekeyed, organisations: [{ ...roch, past: [{ key: lilas.key, until: 9 }] }, lilas] }],
    ['there and gone', { ...left, organisations: [roch, lilas] }],
    ['gone twice', { ...left, former: [...(left.former ?? []), { ...roch, key: fresh.publicKey, until: 9 }] }],
    ['gone with a key of today', { ...left, organisations: [{ ...sud, key: roch.key }] }],
  ]
  const all = [...Object.values(w.desks), fresh]
  for (const [what, one] of bent)
    await assert.rejects(file(one, all).then(openConsortium), { code: 'schema-mismatch' }, what)
  assert.deepEqual(
    orgKeys(rekeyed, 'saint-roch').map(({ key }) => key),
    [fresh.publicKey, roch.key],
  )
  assert.ok(!JSON.stringify(w.roots).includes('past'), 'roots of before keep their text')
})

test('D43 whoever left is nobody’s choice for what is new; what named it then is still taken from the home that took it', async () => {
  const { left, until } = await world()
  const knows = knownTo(left)
  assert.deepEqual(
    [knows('saint-roch', until - 1), knows('saint-roch', until), knows('nobody', 1)],
    [true, false, false],
  )
  assert.equal(knows('cabinet-lilas', until), true)
  const decide = (now: number) =>
    circleKind(knows).decide({
      ...{ statement: { iss: 'P' }, chain: 'P', now, body: { organisations: ['saint-roch'] } },
    } as never)
  await decide(until - 1)
  await assert.rejects(async () => decide(until), { code: 'organisation-unknown' })
})

test('D43 at the one way in the ledger’s key counts alone; a replica takes what a home took with the one before', async () => {
  const { w, rekeyed, fresh, until } = await world()
  const signers = createSigners({
    key: (org) => (org === 'saint-roch' ? fresh.publicKey : undefined),
    earlier: (...said) => orgKeyAt(rekeyed, ...said),
  })
  const { kid, publicKey } = deskOf(w)
  const none = undefined as never
  assert.equal(await signers.find(none, 'saint-roch', kid as never), undefined)
  assert.equal((await signers.find(none, 'saint-roch', fresh.kid as never))?.publicKey, fresh.publicKey)
  const found = await signers.earlier?.(none, 'saint-roch', kid as never, until - 1)
  assert.deepEqual(found, { publicKey, actor: { role: 'desk', org: 'saint-roch' } })
})

test('D44 a desk signs nothing with a key that the roots it trusts do not name', async () => {
  const { w, fresh, rekeyed } = await world()
  const link = (at: Roots) => createLink((() => {}) as never, at, { clock: w.clock, random: systemRandom })
  const draft = { type: 'ClaimApproved', iss: 'saint-roch', body: {} }
  await assert.rejects(sign(link(w.roots), fresh, draft), { code: 'desk-key-unnamed' })
  await assert.rejects(sign(link(rekeyed), deskOf(w), draft), { code: 'desk-key-unnamed' })
  assert.equal(parseStatement(await sign(link(rekeyed), fresh, draft)).kid, fresh.kid)
  assert.equal(parseStatement(await sign(link(rekeyed), deskOf(w), { ...draft, iss: 'somebody' })).iss, 'somebody')
})
