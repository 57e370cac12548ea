/** Emergency access on a whole node: what it opens while the patient's devices are off, for whom, and for how long. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@salus/base/testing'
import { createCall } from '@salus/directory/device/http'
import { signerOf } from '@salus/directory/device/patient'
import { openSession, sessionHeaders } from '@salus/directory/device/session'
import { emergencyCategories } from '@salus/grants/emergency/contract'
import { findGlass } from '@salus/grants/emergency/device'
import type { Signer } from '@salus/journal/statement'
import { startNode } from '@salus/node-app/testing'
import { chooseEmergency } from '@salus/records/device/emergency'
import { sync } from '@salus/records/device/patient'
import { listGranted } from '@salus/records/device/reader'
import { emptyLoot, openable, steal } from './attack.ts'
import { answered, broken, newKeeper, seconded } from './keeper.ts'
import { deskAuthor, newPatient, newPro, readAll, world, write } from './people.ts'

test('E5 the patient’s devices are off: two sign, the keeper releases the chosen categories, and nothing else opens', async () => {
  const { clock, advance } = manualClock()
  const at = await startNode({ clock })
  const w = world(at, clock)
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  const desk = await deskAuthor(w)
  for (const category of ['allergies', 'problems', 'results', 'people', 'social']) {
    await write(desk, handle, category, { resourceType: 'Basic', category })
  }
  const keeper = await newKeeper(w)
  await chooseEmergency(patient, emergencyCategories)
  advance(5_000)
  // What comes after the choice, while the patient sleeps.
  for (const category of ['medications', 'devices', 'results']) {
    await write(desk, handle, category, { resourceType: 'Basic', category, later: true })
  }
  const [doctor, nurse] = [await newPro(w, 'emergency-physician'), await newPro(w, 'nurse')]
  const glass = await broken(w, doctor, handle)
  assert.deepEqual(await answered(keeper), [], 'not before somebody else has signed too')
  await seconded(nurse, glass)
  const [release = ''] = await answered(keeper)
  assert.equal((await findGlass(doctor.link, glass)).release, release)
  const seen = await readAll(doctor, release, handle)
  assert.deepEqual(seen.map((one) => one.row.category).sort(), [...emergencyCategories].sort())

  const granted = new Set((await listGranted(doctor.link, release)).map((one) => one.content as string))
  const loot = await steal(at, emptyLoot())
  assert.deepEqual(await openable(loot, (await doctor.reader()).keys), granted, 'with every byte of the node')
  assert.equal((await openable(loot, (await nurse.reader()).keys)).size, 0)
  await assert.rejects(readAll(nurse, release, handle), { code: 'not-found' })

  // Back awake: the log names everybody, in order.
  await sync(patient)
  const lines = patient.book.log.filter((one) => /Glass|Emergency|RecordRead/.test(one.type))
  assert.deepEqual(
    lines.map(({ type, who }) => [type, who]),
    [
      ['EmergencyChosen', handle],
      ['BreakGlass', doctor.keys.handle],
      ['BreakGlassSeconded', nurse.keys.handle],
      ['EmergencyReleased', keeper.keys.handle],
      ['RecordRead', doctor.keys.handle],
    ],
  )
  advance(2 * 3_600_000)
  await assert.rejects(readAll(doctor, release, handle), { code: 'grant-ended' })
  await at.node.close()
})

test('E2 the patient is told at once: each step comes over the event stream', async () => {
  const at = await startNode()
  const w = world(at)
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const keeper = await newKeeper(w)
  await chooseEmergency(patient, emergencyCategories)
  const [doctor, nurse] = [await newPro(w), await newPro(w, 'nurse')]
  const plain = createCall({ fetch: at.fetch, base: 'http://node.test', clock: w.clock, random: w.random })
  const listening = async (signer: Signer, sub: string) => {
    const session = await openSession(plain, signer, sub, at.origin)
    const headers = await sessionHeaders(session, { method: 'GET', path: '/events' }, w)
    const { body } = await at.fetch('http://node.test/events', { headers })
    return body?.pipeThrough(new TextDecoderStream()).getReader()
  }
  const phone = await listening(await signerOf(patient.keys.device), handle)
  const screen = await listening(doctor.signer, doctor.keys.handle)
  const glass = await broken(w, doctor, handle)
  await seconded(nurse, glass)
  await answered(keeper, glass)
  let told = ''
  while (!told.includes('EmergencyReleased')) told += (await phone?.read())?.value ?? assert.fail('the stream ended')
  assert.match(told, /event: BreakGlass\n[\s\S]*event: BreakGlassSeconded\n[\s\S]*event: EmergencyReleased\n/)
  let asker = ''
  while (!asker.includes('EmergencyReleased')) asker += (await screen?.read())?.value ?? assert.fail('the stream ended')
  assert.ok(!asker.includes('BreakGlassSeconded'))
  for (const one of [phone, screen]) await one?.cancel()
  await at.node.close()
})
