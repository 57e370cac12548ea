/** The life of records on a whole node: versions, the inbox, hiding, leavers, rubbish, exports; R rules end to end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { packetHeader } from '@salus/crypto/packet'
import { personKeys } from '@salus/crypto/testing'
import { changeTeam, startTeam } from '@salus/directory/device/desk'
import { sign } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { emptyBook } from '@salus/records/device/own'
import { approve, hide, openOwn, type PatientDevice, sync, takeBack } from '@salus/records/device/patient'
import { listGranted, read } from '@salus/records/device/reader'
import { recordEndpoints } from '@salus/records/endpoints'
import { emptyLoot, openable, steal } from './attack.ts'
import { adding, endEpochs, file, replace } from './craft.ts'
import { startDay } from './day.ts'
import {
  type Author,
  deskOf,
  linkTo,
  newPatient,
  newPro,
  type Pro,
  proAuthor,
  readAll,
  request,
  write,
} from './people.ts'

const { advance, at, w, desk, doctor } = await startDay()
const nurse = await newPro(w, 'nurse')
const second = () => advance(2_000)

async function allowed(pro: Pro, patient: PatientDevice, categories: string[], standing = false) {
  second()
  const id = await request(w, pro, patient.keys.handle, categories)
  return (await approve(patient, id, { standing })).grant
}

const asAuthor = async (patient: PatientDevice): Promise<Author> => ({
  ...{ iss: patient.keys.handle, signer: await signerOf(patient.keys.device), link: patient.link },
})

test('R2 a new version supersedes; the old one stays, and whoever was given it still opens it', async () => {
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  const made = await write(desk, handle, 'results', { n: 1 })
  const early = await allowed(doctor, patient, ['results'])
  await replace(desk, handle, 'results', made, { n: 2 })
  const late = await allowed(nurse, patient, ['results'])
  const seen = async (pro: Pro, grant: string) =>
    (await readAll(pro, grant, handle)).map((one) => [one.row.version, one.row.superseded, JSON.parse(one.fhir).n])
  assert.deepEqual(await seen(doctor, early), [[1, true, 1]])
  assert.deepEqual(await seen(nurse, late), [[2, false, 2]])
  const own = []
  for await (const one of openOwn(patient, true)) own.push(JSON.parse(one.fhir).n)
  assert.deepEqual(own, [1, 2])
})

test('R2 a patient adds to the own record, and replaces nothing that others wrote', async () => {
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  const made = await write(desk, handle, 'results', { by: 'desk' })
  const me = await asAuthor(patient)
  await assert.rejects(replace(me, handle, 'results', made, { by: 'patient' }), { code: 'author-other' })
  const own = await write(me, handle, 'social', { by: 'patient' })
  await replace(me, handle, 'social', own, { by: 'patient', n: 2 })
  await assert.rejects(replace(desk, handle, 'social', own, {}), { code: 'author-other' })
  const other = await newPatient(w)
  await assert.rejects(write(me, other.keys.handle, 'social', {}), { code: 'credential-missing' })
})

test('R7 the same signed read, sent again after a revocation, opens nothing', async () => {
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  await write(desk, handle, 'allergies', { n: 1 })
  const grant = await allowed(doctor, patient, ['allergies'])
  const records = (await listGranted(doctor.link, grant)).map(({ record, version }) => ({ record, version }))
  const draft = { type: 'RecordRead', iss: doctor.keys.handle, sub: handle, body: { grant, records } }
  const statement = await sign(doctor.link, doctor.signer, draft)
  const send = (token = statement) => doctor.link.call(recordEndpoints.read, { input: { statement: token } })
  assert.equal((await send()).records.length, 1)
  assert.equal((await send()).receipt.index, (await send()).receipt.index, 'told once')
  const mine = await sign(nurse.link, nurse.signer, { ...draft, iss: nurse.keys.handle })
  await assert.rejects(send(mine), { code: 'grant-other-reader' })
  await takeBack(patient, grant)
  await assert.rejects(send(), { code: 'grant-revoked' })
  const reads = patient.book.log.filter((one) => one.type === 'RecordRead')
  assert.deepEqual(
    reads.map((one) => [one.who, one.count]),
    [[doctor.keys.handle, 1]],
  )
})

test('R7 a signed read that has expired opens nothing, though its receipt is there', async () => {
  const patient = await newPatient(w)
  await write(desk, patient.keys.handle, 'allergies', { n: 1 })
  const grant = await allowed(doctor, patient, ['allergies'])
  const records = (await listGranted(doctor.link, grant)).map(({ record, version }) => ({ record, version }))
  const draft = { type: 'RecordRead', iss: doctor.keys.handle, sub: patient.keys.handle, body: { grant, records } }
  const statement = await sign(doctor.link, doctor.signer, draft)
  const send = () => doctor.link.call(recordEndpoints.read, { input: { statement } })
  await send()
  advance(601_000)
  await assert.rejects(send(), { code: 'not-granted' })
})

test('G7 who leaves a team is refused at once; after the patient’s next contact the old keys open nothing new', async () => {
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  const { desk: officer, link } = await deskOf(w)
  const [first, next] = await personKeys(2)
  const [stays, leaves] = [nurse, doctor]
  const members = [stays.keys.handle, leaves.keys.handle]
  const team = await startTeam(link, officer, { name: 'Ward (sample)', members, pair: first as never })
  await write(desk, handle, 'vitals', { n: 1 })
  second()
  const id = await request(w, stays, handle, ['vitals'], { team: team.handle })
  const { grant } = await approve(patient, id, { standing: true })
  assert.equal((await readAll(leaves, grant, handle)).length, 1)
  const kept = (await leaves.reader()).keys
  const loot = await steal(at, emptyLoot())
  const before = await openable(loot, kept)
  second()
  await changeTeam(link, officer, {
    handle: team.handle,
    members: [stays.keys.handle],
    keys: team.keys,
    pair: next as never,
  })
  await assert.rejects(readAll(leaves, grant, handle), { code: 'not-found' })
  await assert.rejects(request(w, leaves, handle, ['vitals'], { team: team.handle }), { code: 'team-not-member' })
  second()
  await sync(patient)
  await write(desk, handle, 'vitals', { n: 2 })
  await steal(at, loot)
  assert.deepEqual(await openable(loot, kept), before)
  assert.equal((await readAll(stays, grant, handle)).length, 2, 'whoever stays goes on')
})

test('R12 a hidden record is given by no category, nor is its next version once the device has heard of it', async () => {
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  const made = await write(desk, handle, 'social', { n: 1 })
  await write(desk, handle, 'social', { other: true })
  await sync(patient)
  await hide(patient, [made.record])
  const grant = await allowed(doctor, patient, ['social'], true)
  const seen = async () => (await readAll(doctor, grant, handle)).map((one) => one.row.record === made.record)
  assert.deepEqual(await seen(), [false])
  second()
  await replace(desk, handle, 'social', made, { n: 2 })
  assert.deepEqual(await seen(), [false, true], 'until the device hears of it')
  await sync(patient)
  assert.deepEqual(await seen(), [false])
  assert.deepEqual((await listGranted(nurse.link, await allowed(nurse, patient, ['social']))).length, 1)
  const single = await request(w, doctor, handle, ['social'])
  const given = await approve(patient, single, { records: [made.record] })
  assert.deepEqual(
    (await readAll(doctor, given.grant, handle)).map((one) => JSON.parse(one.fhir).n),
    [2],
  )
})

test('R6 sealing again destroys the packet it replaces: the old key opens nothing that the node still has', async () => {
  const patient = await newPatient(w)
  const { record } = await write(desk, patient.keys.handle, 'social', { n: 1 })
  const packets = async () =>
    [...(await steal(at, emptyLoot())).packets].filter((one) => packetHeader(one).bind.record === record)
  await sync(patient)
  const [before] = await packets()
  await hide(patient, [record])
  const left = await packets()
  assert.deepEqual(
    left.map((one) => packetHeader(one).bind.compartment),
    ['hidden'],
  )
  assert.ok(before && !left.includes(before))
})

test('R13 while no epoch runs the inbox takes deposits; readers wait for the patient’s device', async () => {
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  const once = await allowed(nurse, patient, ['results'])
  const standing = await allowed(doctor, patient, ['results'], true)
  await endEpochs(w, advance, patient, 'results')
  const { record } = await write(desk, handle, 'results', { n: 1 })
  assert.deepEqual(await listGranted(doctor.link, standing), [])
  const rows = [{ record, version: 1 }] as never
  const reading = async (pro: Pro, grant: string) =>
    read(pro.link, await pro.reader(), { id: grant, patient: handle }, rows).next()
  await assert.rejects(reading(doctor, standing), { code: 'waits-for-patient-device' })
  const opens = await openable(await steal(at, emptyLoot()), (await doctor.reader()).keys)
  await sync(patient)
  assert.ok(!opens.has(patient.book.records[`${record}:1`]?.content ?? ''), 'no key of the reader opened the inbox')
  assert.equal(patient.book.records[`${record}:1`]?.epoch !== 0, true)
  assert.deepEqual(
    (await readAll(doctor, standing, handle)).map((one) => JSON.parse(one.fhir).n),
    [1],
  )
  assert.deepEqual(await listGranted(nurse.link, once), [], 'a one-off grant does not grow by it')
  await assert.rejects(reading(nurse, once), { code: 'not-granted' })
  const { keyring } = await findKeyring(patient.link, handle)
  await sync(patient)
  assert.equal((await findKeyring(patient.link, handle)).keyring.n, keyring.n, 'opened once')
})

test('R9 rubbish from one author locks nobody out: it is named, left out of grants, and the rest opens', async () => {
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  const author = proAuthor(nurse)
  const standing = await allowed(doctor, patient, ['results'], true)
  second()
  await write(desk, handle, 'results', { resourceType: 'Basic', id: 'good' })
  const bad = [
    await file(author, handle, 'results', { key: systemRandom(16) }),
    await file(author, handle, 'results', { content: 'no ciphertext' }),
    await file(author, handle, 'results', { document: 'no document' }),
  ]
  const pages = []
  const rows = await listGranted(doctor.link, standing)
  const reader = await doctor.reader()
  for await (const page of read(doctor.link, reader, { id: standing, patient: handle }, rows)) pages.push(page)
  assert.deepEqual(pages.flatMap((one) => one.refused.map((row) => row.record as string)).sort(), bad.toSorted())
  assert.equal(pages[0]?.records.length, 1)
  await sync(patient)
  const own = []
  for await (const one of openOwn(patient)) own.push(JSON.parse(one.fhir).id)
  assert.deepEqual(own, ['good'])
  const broken = Object.values(patient.book.records).filter((one) => one.broken)
  assert.deepEqual(broken.map((one) => one.record).sort(), bad.toSorted())
  assert.equal((await readAll(nurse, await allowed(nurse, patient, ['results']), handle)).length, 1)
})

test('R11 the node cannot put words into somebody’s mouth', async () => {
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  await sync(patient)
  let extra = ''
  const lying: typeof at.fetch = async (url, init) => {
    const response = await at.fetch(url, init)
    if (!extra || new URL(url).pathname !== '/chain') return response
    const page = (await response.json()) as Parameters<typeof adding>[1]
    return Response.json(
      page.entries.length > 0 ? await adding(at, page, extra) : { ...page, head: page.entries.length },
    )
  }
  const link = await linkTo({ ...w, at: { ...at, fetch: lying } }, await signerOf(patient.keys.device), handle)
  const fresh = (): PatientDevice => ({ ...patient, link, book: emptyBook() })
  const said = {
    type: 'AccessRequested',
    iss: doctor.keys.handle,
    sub: handle,
    body: { request: 'A'.repeat(22), reason: 'other' },
  }
  extra = await sign(doctor.link, nurse.signer, said)
  await assert.rejects(sync(fresh()), { code: 'signature-invalid' })
  extra = await sign(doctor.link, { ...nurse.signer, kid: doctor.signer.kid }, said)
  await assert.rejects(sync(fresh()), { code: 'signature-invalid' })
})

test('R15 keys kept for a submission that never arrived do not stand in the way of those that did', async () => {
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  await sync(patient)
  let down = true
  const failing: typeof at.fetch = (url, init) =>
    down && new URL(url).pathname === '/statements' ? Promise.reject(new Error('no route')) : at.fetch(url, init)
  const link = await linkTo({ ...w, at: { ...at, fetch: failing } }, await signerOf(patient.keys.device), handle)
  const device: PatientDevice = { ...patient, link }
  const id = await request(w, doctor, handle, ['plans'])
  await assert.rejects(approve(device, id, { standing: true }), { code: 'node-unreachable' })
  down = false
  const { grant } = await approve(device, id, { standing: true })
  second()
  const { record } = await write(desk, handle, 'plans', { n: 1 })
  await sync(device)
  assert.equal(device.book.records[`${record}:1`]?.broken, undefined)
  assert.ok(device.book.records[`${record}:1`]?.key)
  assert.equal((await readAll(doctor, grant, handle)).length, 1)
})
