/** A referral on a whole node: a professional proposes a colleague, the patient approves, the colleague alone reads. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revokeCredential } from '@salus/directory/device/desk'
import { findKeyring } from '@salus/directory/device/verify'
import { grantEndpoints } from '@salus/grants/endpoints'
import { whoAsks } from '@salus/records/device/asker'
import { approve, sync } from '@salus/records/device/patient'
import { emptyLoot, openable, steal } from './attack.ts'
import { startDay } from './day.ts'
import { deskOf, enrolled, newPatient, newPro, readAll, request, write } from './people.ts'

const { advance, at, w, desk } = await startDay()
const asker = await newPro(w)
const colleague = await newPro(w)

test('G15 a colleague is proposed, the patient sees who, and the colleague alone reads', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  await write(desk, handle, 'results', { n: 1 })
  await write(desk, handle, 'allergies', { n: 2 })
  advance(2_000)
  const id = await request(w, asker, handle, ['results'], { colleague: colleague.keys.handle })
  await sync(patient)
  const who = await whoAsks(patient, patient.book.requests[id] as never)
  assert.equal(who.asker.keyring.handle, asker.keys.handle)
  assert.equal(who.reader.keyring.handle, colleague.keys.handle)
  assert.deepEqual(
    (await colleague.link.call(grantEndpoints.requests)).requests,
    [],
    'nothing is told before the answer',
  )
  const { grant } = await approve(patient, id, { standing: true })
  const [given] = (await colleague.link.call(grantEndpoints.requests)).requests
  assert.deepEqual([given?.id, given?.asker, given?.grant?.id], [id, asker.keys.handle, grant])
  assert.deepEqual(
    (await readAll(colleague, grant, handle)).map((one) => JSON.parse(one.fhir).n),
    [1],
  )
  await write(desk, handle, 'results', { n: 3 })
  assert.equal((await readAll(colleague, grant, handle)).length, 2, 'what comes later too: it is standing')
  await assert.rejects(readAll(asker, grant, handle), { code: 'not-found' })
  const loot = await steal(at, emptyLoot())
  assert.equal((await openable(loot, (await asker.reader()).keys)).size, 0, 'nor with every byte the node has')
  await sync(patient)
  const read = patient.book.log.findLast((one) => one.type === 'RecordRead')
  assert.equal(read?.who, colleague.keys.handle)
})

test('G15 the matrix of both holds, and the colleague must be vouched for', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const pharmacist = await newPro(w, 'pharmacist')
  const ask = (from: typeof asker, to: string, categories = ['imaging']) =>
    request(w, from, handle, categories, { colleague: to as never })
  await assert.rejects(ask(asker, pharmacist.keys.handle), { code: 'category-not-for-role' })
  await assert.rejects(ask(pharmacist, asker.keys.handle), { code: 'category-not-for-role' })
  const nobody = await enrolled(w)
  await assert.rejects(ask(asker, nobody.keys.handle), { code: 'referral-wrong' })
  await assert.rejects(ask(asker, asker.keys.handle), { code: 'referral-wrong' })
})

test('G14 G15 nothing is given once the colleague lost the credential', async () => {
  const patient = await newPatient(w)
  const leaving = await newPro(w)
  const id = await request(w, asker, patient.keys.handle, ['results'], { colleague: leaving.keys.handle })
  const { desk: officer, link } = await deskOf(w)
  const { credentials } = await findKeyring(link, leaving.keys.handle)
  await revokeCredential(link, officer, leaving.keys.handle, credentials[0]?.id ?? '')
  await assert.rejects(approve(patient, id, {}), { code: 'credential-missing' })
})
