/** Merged identities on a whole node: said in both chains, asked for together, and taken back without loss. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeIdentities, unmergeIdentities } from '@salus/directory/device/desk'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { approve, sync } from '@salus/records/device/patient'
import { startDay } from './day.ts'
import { deskAuthor, deskOf, intake, newPatient, proAuthor, readAll, request, write } from './people.ts'

const { advance, w, doctor } = await startDay()
const { desk, link } = await deskOf(w)
const author = await deskAuthor(w)

test('D32 both chains say it, whoever asks finds both, new documents go to the one, and nothing is lost', async () => {
  const [old, kept] = [await newPatient(w), await newPatient(w)]
  const handles = [old.keys.handle, kept.keys.handle] as const
  await write(author, old.keys.handle, 'results', { n: 1 })
  const merge = await mergeIdentities(link, desk, ...handles)
  const { sameAs } = await findKeyring(doctor.link, kept.keys.handle)
  assert.deepEqual(sameAs, [old.keys.handle])
  assert.deepEqual((await findKeyring(doctor.link, old.keys.handle)).sameAs, [])
  await assert.rejects(write(author, old.keys.handle, 'results', { n: 2 }), { code: 'identity-merged' })
  await assert.rejects(write(proAuthor(doctor), old.keys.handle, 'visits', { n: 2 }), { code: 'identity-merged' })
  await write(author, kept.keys.handle, 'results', { n: 3 })
  const me = { iss: old.keys.handle, signer: await signerOf(old.keys.device), link: old.link }
  await write(me, old.keys.handle, 'social', { n: 4 })
  const seen: number[] = []
  for (const one of [old, kept]) {
    advance(2_000)
    const { grant } = await approve(one, await request(w, doctor, one.keys.handle, ['results']), {})
    seen.push(...(await readAll(doctor, grant, one.keys.handle)).map((each) => JSON.parse(each.fhir).n))
  }
  assert.deepEqual(seen, [1, 3])
  for (const one of [old, kept]) await sync(one)
  assert.deepEqual(Object.values(old.book.merges ?? {}), [{ other: kept.keys.handle, goesOn: 'there' }])
  assert.deepEqual(Object.values(kept.book.merges ?? {}), [{ other: old.keys.handle, goesOn: 'here' }])
  await unmergeIdentities(link, desk, merge, handles)
  await write(author, old.keys.handle, 'results', { n: 5 })
  assert.deepEqual((await findKeyring(doctor.link, kept.keys.handle)).sameAs, [])
  for (const one of [old, kept]) {
    await sync(one)
    assert.deepEqual(one.book.merges, {})
  }
})

test('D32 only patients of the desk’s own organisation, once, in no chain or circle; half said it counts for nothing', async () => {
  const [a, b, c] = [(await intake(w)).handle, (await intake(w)).handle, (await intake(w)).handle]
  const elsewhere = (await intake(w, 'cabinet-lilas')).handle
  const refused = { code: 'merge-refused' }
  await assert.rejects(mergeIdentities(link, desk, a, a), refused)
  await assert.rejects(mergeIdentities(link, desk, a, elsewhere), refused)
  await assert.rejects(mergeIdentities(link, desk, elsewhere, a), refused)
  await assert.rejects(mergeIdentities(link, desk, doctor.keys.handle, a), refused)
  const other = await deskOf(w, 'cabinet-lilas')
  await assert.rejects(mergeIdentities(other.link, other.desk, a, b), refused)
  const merge = await mergeIdentities(link, desk, a, b)
  await assert.rejects(mergeIdentities(link, desk, b, c), refused)
  await assert.rejects(mergeIdentities(link, desk, b, a), refused)
  await assert.rejects(mergeIdentities(link, desk, a, c), refused)
  await mergeIdentities(link, desk, c, b)
  await assert.rejects(unmergeIdentities(other.link, other.desk, merge, [a, b]), refused)
  await assert.rejects(unmergeIdentities(link, desk, merge, [c]), refused)
})
