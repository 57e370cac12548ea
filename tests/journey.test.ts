/** The main journey, in one process: deposit, ask, approve in part, read exactly that, later records, revoke, erase. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import { manualClock } from '@salus/base/testing'
import { startNode } from '@salus/node-app/testing'
import { approve, erase, openOwn, sync, takeBack, turnDown } from '@salus/records/device/patient'
import { listGranted } from '@salus/records/device/reader'
import { claim, deskAuthor, intake, newPro, proAuthor, readAll, request, world, write } from './people.ts'

const refusedWith = (code: string) => (error: unknown) => isAppError(error) && error.code === code

test('behavior: a record deposited before the claim is read by exactly whom the patient allows', async () => {
  const { clock, advance } = manualClock()
  const at = await startNode({ clock })
  const w = world(at, clock)
  const person = await intake(w)
  const desk = await deskAuthor(w)
  await write(desk, person.handle, 'people', { resourceType: 'Patient', note: 'sample' })
  await write(desk, person.handle, 'allergies', { resourceType: 'AllergyIntolerance', note: 'penicillin' })
  await write(desk, person.handle, 'medications', { resourceType: 'MedicationRequest', note: 'first' })
  await write(desk, person.handle, 'problems', { resourceType: 'Condition', note: 'asthma' })

  const patient = await claim(w, person)
  await sync(patient)
  const own = []
  for await (const one of openOwn(patient)) own.push(JSON.parse(one.fhir).resourceType)
  assert.deepEqual(own.sort(), ['AllergyIntolerance', 'Condition', 'MedicationRequest', 'Patient'])

  const doctor = await newPro(w, 'physician', 'cabinet-lilas')
  const id = await request(w, doctor, patient.keys.handle, ['allergies', 'medications', 'problems'])
  const given = await approve(patient, id, { only: ['allergies', 'problems'] })
  const seen = await readAll(doctor, given.grant, patient.keys.handle)
  assert.deepEqual(seen.map((one) => one.row.category).sort(), ['allergies', 'people', 'problems'])

  advance(60_000)
  await write(proAuthor(doctor), patient.keys.handle, 'problems', {
    resourceType: 'Condition',
    note: 'later',
  })
  assert.equal((await listGranted(doctor.link, given.grant)).length, 3, 'a one-off grant does not grow')

  const again = await request(w, doctor, patient.keys.handle, ['problems'], { hours: 2 })
  advance(5_000)
  const standing = await approve(patient, again, { standing: true })
  advance(5_000)
  await write(desk, patient.keys.handle, 'problems', { resourceType: 'Condition', note: 'after' })
  const later = await readAll(doctor, standing.grant, patient.keys.handle)
  assert.deepEqual(later.map((one) => JSON.parse(one.fhir).note).sort(), ['after', 'asthma', 'later', 'sample'])

  const { opened } = await takeBack(patient, standing.grant)
  assert.equal(
    opened.reduce((sum, one) => sum + (one.count ?? 0), 0),
    4,
  )
  await assert.rejects(readAll(doctor, standing.grant, patient.keys.handle), refusedWith('grant-revoked'))
  assert.equal((await readAll(doctor, given.grant, patient.keys.handle)).length, 3)

  advance(25 * 3_600_000)
  await assert.rejects(readAll(doctor, given.grant, patient.keys.handle), refusedWith('session-invalid'))
  await at.node.close()
})

test('behavior: a refusal is told, an answered request is not answered twice', async () => {
  const at = await startNode()
  const w = world(at)
  const patient = await claim(w, await intake(w))
  const doctor = await newPro(w)
  const id = await request(w, doctor, patient.keys.handle, ['allergies'])
  await turnDown(patient, id, 'not-now')
  await assert.rejects(approve(patient, id, {}), refusedWith('request-answered'))
  await at.node.close()
})

test('behavior: erasing leaves nothing to read, and the journal still grows', async () => {
  const at = await startNode()
  const w = world(at)
  const patient = await claim(w, await intake(w))
  const desk = await deskAuthor(w)
  await write(desk, patient.keys.handle, 'allergies', { resourceType: 'AllergyIntolerance' })
  const before = at.node.journal.log.size()
  const { receipt } = await erase(patient)
  assert.equal(receipt.index, before)
  await assert.rejects(write(desk, patient.keys.handle, 'allergies', {}), refusedWith('keyring-unknown'))
  const open = await at.reopen()
  assert.equal(open.node.journal.log.size(), before + 1)
  await open.node.close()
})
