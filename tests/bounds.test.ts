/** What bounds an answer, a reader and a node that remembers less than the patient: R17-R19, G14, D21 on a whole node. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { personKeys } from '@salus/crypto/testing'
import { revokeCredential, startTeam } from '@salus/directory/device/desk'
import { sign } from '@salus/directory/device/link'
import { enrol } from '@salus/directory/device/professional'
import { directoryEndpoints, type KeyringView } from '@salus/directory/endpoints'
import { whoAsks } from '@salus/records/device/asker'
import { approve, openOwn, type PatientDevice, sync, takeBack } from '@salus/records/device/patient'
import { listGranted } from '@salus/records/device/reader'
import { recordEndpoints } from '@salus/records/endpoints'
import { startDay } from './day.ts'
import { deskOf, linkTo, newPatient, newPro, readAll, request, write } from './people.ts'

const { advance, w, desk, doctor } = await startDay()

/** A node that answers what it once said of a keyring, valid receipt and all. */
const saying = (patient: PatientDevice, old: KeyringView): PatientDevice => {
  const call = async (endpoint: never, input: { input?: { handle?: string } }) =>
    endpoint === directoryEndpoints.keyring && input.input?.handle === old.handle
      ? old
      : patient.link.call(endpoint, input as never)
  return { ...patient, link: { ...patient.link, call: call as never } }
}

test('R17 a read names each version once, and an answer is bounded before it is read', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const large = { resourceType: 'Basic', id: 'large', text: 'x'.repeat(9 * 1024 * 1024) }
  for (const _ of [1, 2, 3]) await write(desk, handle, 'documents', large)
  const id = await request(w, doctor, handle, ['documents'])
  const { grant } = await approve(patient, id, {})
  const rows = (await listGranted(doctor.link, grant)).map(({ record, version }) => ({ record, version }))
  const send = async (records: readonly (object | undefined)[]) => {
    const draft = { type: 'RecordRead', iss: doctor.keys.handle, sub: handle, body: { grant, records } }
    const statement = await sign(doctor.link, doctor.signer, draft)
    return doctor.link.call(recordEndpoints.read, { input: { statement } })
  }
  await assert.rejects(send([rows[0], rows[0]]), { code: 'read-twice' })
  await assert.rejects(send(rows), { code: 'answer-too-large' })
  await sync(patient)
  assert.equal(patient.book.log.filter((one) => one.type === 'RecordRead').length, 0, 'a refused read is no read')
  assert.equal((await readAll(doctor, grant, handle)).length, 3, 'a reader asks in smaller parts by itself')
  let own = 0
  for await (const _ of openOwn(patient)) own++
  assert.equal(own, 3)
})

test('R18 the matrix holds for whoever reads: a member of the team whose role may not, reads nothing', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const pharmacist = await newPro(w, 'pharmacist')
  const { desk: officer, link } = await deskOf(w)
  const [pair] = await personKeys(1)
  const members = [doctor.keys.handle, pharmacist.keys.handle]
  const team = await startTeam(link, officer, { name: 'Ward (sample)', members, pair: pair as never })
  await write(desk, handle, 'imaging', { n: 1 })
  await write(desk, handle, 'allergies', { n: 2 })
  const id = await request(w, doctor, handle, ['imaging', 'allergies'], { team: team.handle })
  const { grant } = await approve(patient, id, {})
  assert.equal((await readAll(doctor, grant, handle)).length, 2)
  const seen = await listGranted(pharmacist.link, grant)
  assert.deepEqual(
    seen.map((one) => one.category),
    ['allergies'],
  )
  const records = (await listGranted(doctor.link, grant)).map(({ record, version }) => ({ record, version }))
  const draft = { type: 'RecordRead', iss: pharmacist.keys.handle, sub: handle, body: { grant, records } }
  const statement = await sign(pharmacist.link, pharmacist.signer, draft)
  await assert.rejects(pharmacist.link.call(recordEndpoints.read, { input: { statement } }), { code: 'not-for-role' })
})

test('R19 a node that answers with the own keyring of yesterday is found before anything is sealed to it', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  await write(desk, handle, 'results', { n: 1 })
  const once = await request(w, doctor, handle, ['results'])
  const { grant } = await approve(patient, once, { standing: true })
  const old = await patient.link.call(directoryEndpoints.keyring, { input: { handle } })
  advance(2_000)
  await takeBack(patient, grant)
  const again = await request(w, doctor, handle, ['results'])
  await sync(patient)
  const device = saying(patient, old)
  await assert.rejects(approve(device, again, { standing: true }), { code: 'keyring-moved' })
  assert.ok((await approve(patient, again, { standing: true })).grant)
})

test('G14 nothing is given to somebody whose credential was taken back since the request', async () => {
  const patient = await newPatient(w)
  const leaver = await newPro(w)
  const id = await request(w, leaver, patient.keys.handle, ['results'])
  await sync(patient)
  const { desk: officer, link } = await deskOf(w)
  const { professionals } = await link.call(directoryEndpoints.professionals)
  const credential = professionals.find((one) => one.handle === leaver.keys.handle)?.credential
  const old = await patient.link.call(directoryEndpoints.keyring, { input: { handle: leaver.keys.handle } })
  await revokeCredential(link, officer, leaver.keys.handle, credential?.id ?? '')
  const asked = patient.book.requests[id]
  assert.ok(asked)
  await assert.rejects(whoAsks(patient, asked), { code: 'credential-missing' })
  await assert.rejects(approve(patient, id, {}), { code: 'credential-missing' })
  const deceived = saying(patient, old)
  assert.ok(await whoAsks(deceived, asked), 'a device that hears of no revocation')
  await assert.rejects(approve(deceived, id, {}), { code: 'credential-missing' }, 'is refused by the rule on the node')
})

test('D21 a professional of an organisation that nobody knows founds nothing', async () => {
  const link = await linkTo(w)
  const unknown = { org: 'nowhere' as never, name: 'Dr Nobody (sample)' }
  await assert.rejects(
    enrol(link, unknown, async () => {}),
    { code: 'organisation-unknown' },
  )
})
