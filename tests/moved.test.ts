/** A patient's home moves to another hospital: every person goes on there, and no hospital keeps to another story. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { circleOf } from '@salus/directory/circle'
import { sign } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { circleEndpoint, type Store } from '@salus/directory/stores'
import { submit } from '@salus/journal/device'
import { nameStores } from '@salus/records/device/circle'
import { moveHome } from '@salus/records/device/move'
import { approve, erase, type PatientDevice, sync, takeBack } from '@salus/records/device/patient'
import { read, whatIsGranted } from '@salus/records/device/reader'
import { appoint } from '@salus/records/device/represent'
import { at, entriesOf, given, quiet, type Three, three } from './hospitals.ts'
import { linkTo, newPatient, newPro, proAuthor, request, type World, write } from './people.ts'

const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(isAppError(error), String(error))
  assert.equal(error.code, code)
  return true
}

/** The same device, at another hospital's node. */
async function deviceAt(w: World, patient: PatientDevice): Promise<PatientDevice> {
  const { keys, book, save } = patient
  return { link: await linkTo(w, await signerOf(keys.device), keys.handle), keys, book, save }
}

/** Everybody fetches what the others have, until nothing comes. */
async function settle(h: Three): Promise<void> {
  for (let n = 1, round = 0; n > 0 && round < 6; round++) {
    n = 0
    for (const one of [h.a, h.b, h.c]) n += await quiet(one)
  }
}

test('D46 a record moves to another hospital: the device goes on there, and whoever was given something reads on', async () => {
  const h = await three()
  const { patient, handle, grant } = await given(h)
  await assert.rejects(moveHome(patient, 'cabinet-lilas' as never), refusedWith('home-no-copy'))
  await settle(h)
  const before = patient.book.log.length
  await moveHome(patient, 'cabinet-lilas' as never)
  await assert.rejects(sync(patient), refusedWith('home-moved'))
  const moved = await deviceAt(h.wb, patient)
  await assert.rejects(sync(moved), refusedWith('home-arriving'))
  await settle(h)
  await sync(moved)
  assert.equal(moved.keys.org, 'cabinet-lilas')
  assert.ok(moved.book.log.length > before)
  // The grant of before is read at the new home, by the one who had it.
  const doctor = h.doctor
  const { records } = await whatIsGranted(doctor.link, grant)
  const opened = []
  for await (const page of read(doctor.link, await doctor.reader(), { id: grant, patient: handle }, records))
    opened.push(...page.records)
  assert.equal(opened.length, 1)
  // New documents, requests and grants at the new home.
  await write(proAuthor(doctor), handle, 'allergies', { resourceType: 'AllergyIntolerance', note: 'after the move' })
  await sync(moved)
  assert.ok(moved.book.log.some((one) => one.type === 'RecordRead'))
  const more = await approve(moved, await request(h.wb, doctor, handle, ['allergies']), {})
  assert.equal((await whatIsGranted(doctor.link, more.grant)).records.length, 2)
  await takeBack(moved, more.grant)
  await settle(h)
  assert.equal(await entriesOf(h.a, handle), await entriesOf(h.b, handle), 'the old home keeps a copy')
  await h.close()
})

test('D46 what is read at a third hospital before it hears of the move reaches the patient; an erasure reaches every store', async () => {
  const h = await three()
  const { patient, handle } = await given(h)
  const nurse = await newPro(h.wc, 'nurse', 'hopital-nord')
  await settle(h)
  const grant = await approve(patient, await request(h.wa, await at(h.wa, nurse), handle, ['allergies']), {})
  await nameStores(patient, ['hopital-nord', 'cabinet-lilas'] as never)
  await settle(h)
  await moveHome(patient, 'cabinet-lilas' as never)
  // Somebody reads at the third hospital, the new home looks there in vain, then the third hears of the move.
  await quiet(h.b)
  const { records } = await whatIsGranted(nurse.link, grant.grant)
  for await (const _ of read(nurse.link, await nurse.reader(), { id: grant.grant, patient: handle }, records)) {
  }
  await quiet(h.b)
  await quiet(h.c)
  await settle(h)
  const moved = await deviceAt(h.wb, patient)
  await sync(moved)
  assert.equal(moved.book.log.filter((one) => one.type === 'RecordRead').length, 1)
  await erase(moved)
  for (let round = 0; round < 2; round++) for (const one of [h.a, h.b, h.c]) await one.node.replica.pull()
  for (const one of [h.a, h.b, h.c]) assert.equal(await entriesOf(one, handle), 0, one.origin)
  await h.close()
})

test('D46 an old home that names a journal which nobody knows gets no signature for it', async () => {
  const h = await three()
  const { patient } = await given(h)
  await assert.rejects(moveHome(patient, 'cabinet-lilas' as never), refusedWith('home-no-copy'))
  await settle(h)
  const { call } = patient.link
  const lying = (async (row: { name: string }, ...input: never[]) => {
    const said = (await call(row as never, ...input)) as { stores: Store[] }
    if (row.name !== circleEndpoint.name) return said
    return { stores: said.stores.map((one) => (one.home ? one : { ...one, origin: 'journal.nobody.example' })) }
  }) as typeof call
  for (const org of ['cabinet-lilas', 'hopital-nord'])
    await assert.rejects(
      moveHome({ ...patient, link: { ...patient.link, call: lying } }, org as never),
      refusedWith('home-no-node'),
    )
  const named = await h.a.node.views.tx((v) => circleOf(v, patient.keys.handle))
  assert.deepEqual(named, ['cabinet-lilas', 'saint-roch'], 'nothing is left of a wish that cannot be')
  await h.close()
})

test('D46 whoever is acted for does not move: neither by the own device, nor by a word that is sent all the same', async () => {
  const h = await three()
  const { patient, handle } = await given(h)
  const parent = await newPatient(h.wa)
  await appoint(patient, parent.keys.handle, seconds(h.clock()) + 86_400)
  await nameStores(patient, ['cabinet-lilas'] as never)
  await settle(h)
  await assert.rejects(moveHome(patient, 'cabinet-lilas' as never), refusedWith('home-represented'))
  const { link, keys } = patient
  const draft = { type: 'HomeMoved', iss: handle, sub: handle, body: { org: 'cabinet-lilas', origin: h.b.origin } }
  const statement = await sign(link, await signerOf(keys.device), draft)
  await assert.rejects(submit(link.call, link.logs, [{ statement }]), refusedWith('home-represented'))
  await h.close()
})
