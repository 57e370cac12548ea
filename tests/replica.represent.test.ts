/** Records with copies whose statements rest on chains that have none there: a representative's, and a merged one's (D47). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { setCircle } from '@salus/directory/device/circle'
import { mergeIdentities, unmergeIdentities } from '@salus/directory/device/desk'
import { approve, sync, takeBack } from '@salus/records/device/patient'
import { appoint, dismiss } from '@salus/records/device/represent'
import { entriesOf, given, quiet, type Three, three } from './hospitals.ts'
import { actingFor, deskOf, newPatient, proAuthor, readAll, request, write } from './people.ts'

/** Both other hospitals have all of the chain, and the home what was read there. */
async function copied({ a, b, c }: Three, handle: string): Promise<void> {
  await quiet(a)
  const whole = await entriesOf(a, handle)
  for (const one of [b, c]) {
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
