/** Mistakes on a whole node: the wrong patient's document is taken back, a wrong one is disputed and answered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signerOf } from '@salus/directory/device/patient'
import { dispute, withdraw } from '@salus/records/device/mend'
import { approve, openOwn, type PatientDevice, sync } from '@salus/records/device/patient'
import { recordEndpoints } from '@salus/records/endpoints'
import { emptyLoot, openable, steal } from './attack.ts'
import { byPatient, outcome, replace } from './craft.ts'
import { startDay } from './day.ts'
import {
  deskAuthor,
  deskOf,
  enrolled,
  linkTo,
  newPatient,
  newPro,
  proAuthor,
  readAll,
  request,
  write,
} from './people.ts'

const { advance, at, w, desk, doctor } = await startDay()

const texts = async (patient: PatientDevice) => {
  await sync(patient)
  const out = []
  for await (const one of openOwn(patient)) out.push(JSON.parse(one.fhir).n)
  return out
}

test('R23 a withdrawn record is gone from the store with every version; the notice stays, and readers find nothing', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const made = await write(desk, handle, 'results', { n: 1 })
  advance(2_000)
  const { grant } = await approve(patient, await request(w, doctor, handle, ['results']), { standing: true })
  await replace(desk, handle, 'results', made, { n: 2 })
  await write(desk, handle, 'results', { n: 3 })
  assert.equal((await readAll(doctor, grant, handle)).length, 3)
  const loot = await steal(at, emptyLoot())
  const contents = new Set(loot.contents.keys())
  await withdraw(desk.link, desk, { patient: handle, record: made.record, reason: 'wrong-patient' })
  const left = await steal(at, emptyLoot())
  assert.equal([...contents].filter((one) => !left.contents.has(one)).length, 2, 'both versions’ ciphertexts are gone')
  const keys = (await doctor.reader()).keys
  assert.equal((await openable(left, keys)).size, 1)
  assert.deepEqual(
    (await readAll(doctor, grant, handle)).map((one) => JSON.parse(one.fhir).n),
    [3],
  )
  assert.deepEqual(await texts(patient), [3])
  assert.equal(patient.book.withdrawn?.[made.record]?.reason, 'wrong-patient')
  const line = patient.book.log.find((one) => one.type === 'RecordWithdrawn')
  assert.deepEqual(line?.records, [made.record])
})

test('R23 only whoever may write the next version withdraws, and a withdrawn id does not come back', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const made = await write(desk, handle, 'results', { n: 1 })
  const what = { patient: handle, record: made.record, reason: 'entered-in-error' } as const
  const lilas = await deskAuthor(w, 'cabinet-lilas')
  await assert.rejects(withdraw(lilas.link, lilas, what), { code: 'author-other' })
  const me = { iss: handle, signer: await signerOf(patient.keys.device) }
  await assert.rejects(withdraw(patient.link, me, what), { code: 'author-other' })
  const other = await newPatient(w)
  await assert.rejects(withdraw(desk.link, desk, { ...what, patient: other.keys.handle }), { code: 'record-unknown' })
  const colleague = await newPro(w)
  await withdraw(colleague.link, proAuthor(colleague), what)
  await assert.rejects(withdraw(desk.link, desk, what), { code: 'record-unknown' })
  await assert.rejects(replace(desk, handle, 'results', { ...made, version: 0 }, { n: 9 }), { code: 'record-exists' })
  const own = await write({ ...me, link: patient.link }, handle, 'social', { n: 2 })
  await withdraw(patient.link, me, { patient: handle, record: own.record, reason: 'entered-in-error' })
  assert.deepEqual(await texts(patient), [])
})

test('R24 a dispute reaches the author’s organisation and nobody else; a new version answers it', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const made = await write(proAuthor(doctor), handle, 'allergies', { n: 1 })
  await dispute(patient, made.record, 'wrong')
  assert.equal(patient.book.disputes?.[made.record]?.reason, 'wrong')
  await assert.rejects(dispute(patient, made.record, 'outdated'), { code: 'dispute-open' })
  const seen = async (link: typeof desk.link) =>
    (await link.call(recordEndpoints.disputes)).disputes.filter((one) => one.patient === handle)
  const [open] = await seen(doctor.link)
  assert.deepEqual([open?.record, open?.version, open?.reason], [made.record, 1, 'wrong'])
  const { desk: officer, link } = await deskOf(w, 'cabinet-lilas')
  assert.deepEqual(await seen(await linkTo(w, officer.signer, officer.org)), [])
  await assert.rejects(
    seen((await enrolled(w)).link),
    { code: 'credential-missing' },
    'nobody has vouched for this one',
  )
  assert.ok(link && open)
  await replace(proAuthor(doctor), handle, 'allergies', { ...made, statement: open.statement as never }, { n: 2 })
  assert.deepEqual(await seen(doctor.link), [])
  assert.deepEqual(await texts(patient), [2])
  assert.deepEqual(patient.book.disputes, {})
  await dispute(patient, made.record, 'outdated')
  await withdraw(doctor.link, proAuthor(doctor), { patient: handle, record: made.record, reason: 'entered-in-error' })
  assert.deepEqual(await seen(doctor.link), [])
})

test('R24 one disputes the newest version of what others wrote in one’s own record', async () => {
  const [patient, other] = [await newPatient(w), await newPatient(w)]
  const { handle } = patient.keys
  const made = await write(desk, handle, 'results', { n: 1 })
  await replace(desk, handle, 'results', made, { n: 2 })
  const body = { record: made.record, reason: 'wrong' }
  const by = async (who: PatientDevice, version: number) =>
    outcome(at, [await byPatient(who, 'RecordDisputed', { ...body, version })])
  assert.equal(await by(patient, 1), 'version-wrong')
  assert.equal(await by(other, 2), 'record-unknown')
  const me = { iss: handle, signer: await signerOf(patient.keys.device), link: patient.link }
  const own = await write(me, handle, 'social', { n: 3 })
  await assert.rejects(dispute(patient, own.record, 'wrong'), { code: 'dispute-own' })
  assert.equal(await by(patient, 2), 'accepted')
})
