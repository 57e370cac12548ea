/** Records with copies whose statements rest on chains that have none there: a representative's, and a merged one's (D47). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds, systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { type Handle, newId } from '@salus/base/ids'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { setCircle } from '@salus/directory/device/circle'
import { mergeIdentities, unmergeIdentities } from '@salus/directory/device/desk'
import { sign } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { revocation } from '@salus/grants/device'
import { replicaEndpoints } from '@salus/journal/replica'
import { reachIn } from '@salus/node-app/testing'
import { approve, erase, type PatientDevice, sync, takeBack } from '@salus/records/device/patient'
import { renew } from '@salus/records/device/renew'
import { appoint, dismiss } from '@salus/records/device/represent'
import { outcome } from './craft.ts'
import { entriesOf, given, quiet, type Three, three } from './hospitals.ts'
import { actingFor, deskOf, linkTo, newPatient, proAuthor, readAll, request, write } from './people.ts'

/** The other hospitals have all of the chain, and the home what was read there. */
async function copied({ a, b, c }: Three, handle: string, at = [b, c]): Promise<void> {
  await quiet(a)
  const whole = await entriesOf(a, handle)
  for (const one of at) {
    await quiet(one)
    assert.equal(await entriesOf(one, handle), whole)
  }
}

const ended = (error: unknown): boolean => isAppError(error) && ['grant-revoked', 'not-granted'].includes(error.code)

test('D47 a record that somebody acts for has its copies: what a representative signs counts there as at home', async () => {
  const h = await three()
  const { patient: child, handle } = await given(h)
  const parent = await newPatient(h.wa)
  await setCircle(child.link, child.keys, ['hopital-nord'] as never)
  await appoint(child, parent.keys.handle, seconds(h.clock()) + 30 * 86_400)
  await copied(h, handle)
  assert.equal(await entriesOf(h.b, parent.keys.handle), 0, 'the parent has no copy there')
  const device = await actingFor(h.wa, parent, child.keys)
  h.advance(2_000)
  const { grant } = await approve(device, await request(h.wa, h.there, handle, ['allergies']), { standing: true })
  await write(proAuthor(h.there), handle, 'allergies', { resourceType: 'AllergyIntolerance', note: 'later (sample)' })
  await sync(device)
  await copied(h, handle)
  // The physician reads at the own hospital's copy.
  assert.equal((await readAll(h.doctor, grant, handle)).length, 2)
  await takeBack(device, grant)
  await copied(h, handle)
  await assert.rejects(readAll(h.doctor, grant, handle), ended)
  await sync(child)
  await dismiss(child, parent.keys.handle)
  await copied(h, handle)
  await h.close()
})

test('D47 one of two merged records may have its copies alone: they go on, before, while and after it is merged', async () => {
  const h = await three()
  const { patient: kept, handle } = await given(h)
  const old = await newPatient(h.wa)
  const { desk, link } = await deskOf(h.wa)
  await setCircle(kept.link, kept.keys, ['hopital-nord'] as never)
  const both = [old.keys.handle, handle] as const
  const merge = await mergeIdentities(link, desk, ...both)
  await write(proAuthor(h.there), handle, 'allergies', { resourceType: 'AllergyIntolerance', note: 'merged (sample)' })
  await copied(h, handle)
  await unmergeIdentities(link, desk, merge, both)
  await copied(h, handle)
  // The other way round: the copy is of the one that goes on elsewhere.
  await mergeIdentities(link, desk, handle, old.keys.handle)
  await copied(h, handle)
  assert.equal(await entriesOf(h.b, old.keys.handle), 0)
  await h.close()
})

test('D47 merges that were taken back, or ended with who was erased, hold no copy back', async () => {
  const h = await three()
  const { patient: kept, handle } = await given(h)
  const [old, third] = [await newPatient(h.wa), await newPatient(h.wa)]
  const { desk, link } = await deskOf(h.wa)
  const wrong = await mergeIdentities(link, desk, old.keys.handle, handle)
  await unmergeIdentities(link, desk, wrong, [old.keys.handle, handle])
  const right = await mergeIdentities(link, desk, handle, old.keys.handle)
  await copied(h, handle, [h.b])
  // The other one gets its copy later: its merges come after those that followed them.
  await setCircle(old.link, old.keys, ['cabinet-lilas'] as never)
  await copied(h, old.keys.handle, [h.b])
  await unmergeIdentities(link, desk, right, [handle, old.keys.handle])
  await mergeIdentities(link, desk, handle, third.keys.handle)
  await copied(h, handle, [h.b])
  await erase(third)
  await mergeIdentities(link, desk, handle, old.keys.handle)
  await copied(h, handle, [h.b])
  await sync(kept)
  await h.close()
})

test('D47 a lying home and its desk merge nobody into another hospital’s patient', async () => {
  const h = await three()
  const { handle: x } = await given(h)
  const [victim, other] = [await newPatient(h.wb, 'cabinet-lilas'), await newPatient(h.wb, 'cabinet-lilas')]
  const v = victim.keys.handle
  await quiet(h.b)
  // A's own rule is let to believe that the victim is one of its own.
  const row = await h.b.node.views.tx((t) => t.get<{ state: string }>('SELECT state FROM keyring WHERE handle = ?', v))
  const state = JSON.stringify({ ...JSON.parse(row?.state ?? ''), org: 'saint-roch' })
  const sql = "INSERT INTO keyring (handle, org, kind, state) VALUES (?,'saint-roch','patient',?)"
  await h.a.node.views.tx((t) => t.run(sql, v, state))
  const { desk, link } = await deskOf(h.wa)
  const merge = newId<never>(systemRandom)
  const said = { type: 'IdentityMerged', iss: desk.org, sub: x, body: { merge, into: v } }
  assert.equal(await outcome(h.a, [{ statement: await sign(link, desk.signer, said) }]), 'accepted')
  assert.deepEqual((await h.b.node.replica.pull()).held, { 'merge-refused': 1 })
  const atB = await linkTo(h.wb)
  const joined = { type: 'IdentityJoined', iss: desk.org, sub: v, body: { merge, from: x } }
  assert.equal(await outcome(h.b, [{ statement: await sign(atB, desk.signer, joined) }]), 'merge-refused')
  await findKeyring(victim.link, v)
  const own = await deskOf(h.wb, 'cabinet-lilas')
  await mergeIdentities(own.link, own.desk, v, other.keys.handle)
  await h.close()
})

/** What a representative's device signs to end a grant. */
const stopOf = async ({ link, keys }: PatientDevice, handle: Handle, grant: string) =>
  sign(link, await signerOf(keys.device), {
    ...{ type: 'GrantRevoked', iss: handle, sub: handle, body: revocation(handle, grant as never, 9).body },
  })

test('D47 J29 while the home is away a representative ends a permission at a copy, until the appointment is over', async () => {
  const h = await three()
  const { patient: child, handle, grant } = await given(h)
  const parent = await newPatient(h.wa)
  await appoint(child, parent.keys.handle, seconds(h.clock()) + 86_400)
  await copied(h, handle, [h.b])
  const device = await actingFor(h.wa, parent, child.keys)
  const stop = async () =>
    (await linkTo(h.wb)).call(replicaEndpoints.stop, { input: { statement: await stopOf(device, handle, grant) } })
  h.advance(2 * 86_400_000)
  await assert.rejects(stop(), { code: 'signer-unknown' })
  assert.equal(h.b.node.journal.isStopped(handle, grant), false)
  h.advance(-2 * 86_400_000)
  await stop()
  assert.equal(h.b.node.journal.isStopped(handle, grant), true)
  await h.close()
})

test('J29 what a lost phone signs ends nothing at a copy, whichever hospital lists it beside the home', async () => {
  const h = await three()
  const { patient: child, handle, grant } = await given(h)
  const parent = await newPatient(h.wa)
  await setCircle(child.link, child.keys, ['hopital-nord'] as never)
  await appoint(child, parent.keys.handle, seconds(h.clock()) + 30 * 86_400)
  // The parent's record has a copy too, so that its hospital knows which phone is lost.
  await setCircle(parent.link, parent.keys, ['cabinet-lilas'] as never)
  const device = await actingFor(h.wa, parent, child.keys)
  const lost = await stopOf(device, handle, grant)
  await renew(parent, [{ way: 'code', code: newRecoveryCode(h.wa.random) }])
  await copied(h, handle)
  const receipt = (await h.c.node.journal.receiptAt(0))?.receipt
  const real = reachIn([h.a, h.b, h.c])
  const reach = async (url: string, init: RequestInit) => {
    const answer = await real(url, init)
    if (!url.startsWith(`${h.c.url}/replica/entries`) || !url.includes('only=stops')) return answer
    const page = (await answer.json()) as { entries: unknown[] }
    page.entries.push({ statement: lost, at: seconds(h.clock()), packets: [], receipt })
    return Response.json(page)
  }
  const b = await h.b.reopen({ reach })
  await b.node.replica.pull()
  assert.equal(b.node.journal.isStopped(handle, grant), false)
  for (const one of [h.a, b, h.c]) await one.node.close()
})
