/** Who keeps a copy, and what is taken back, as somebody types it: three hospitals on ports of this machine, a device in its folder. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openPort, type TestHospital } from '@salus/node-app/testing'
import { approve, type PatientDevice, sync } from '@salus/records/device/patient'
import { createCommands, inFolder } from './commands.ts'
import { onPorts, quiet } from './hospitals.ts'
import { newPatient, newPro, request, world } from './people.ts'

const names = ['saint-roch', 'cabinet-lilas', 'hopital-nord'] as const
const { run, root } = await createCommands('circle')
const french = { LANG: 'fr_FR.UTF-8' }
const folder = join(root, 'ada')
const mine = ['--device', folder]
let hospitals: TestHospital[] = []
const ports: (() => Promise<void>)[] = []
let patient: PatientDevice

const close = async (which: number) => ports[which]?.()

/** A permission for somebody. */
async function grant(): Promise<string> {
  const [a] = hospitals as [TestHospital]
  const w = world(a)
  const pro = await newPro(w)
  await sync(patient)
  return (await approve(patient, await request(w, pro, patient.keys.handle, ['allergies']), {})).grant
}

before(async () => {
  const opened = await onPorts(names)
  hospitals = opened.all
  ports.push(...opened.ports)
  const [a] = hospitals as [TestHospital]
  patient = await newPatient(world(a))
  await inFolder(folder, patient, a)
})
after(async () => {
  for (const one of ports) await one()
  for (const one of hospitals) await one.node.close().catch(() => undefined)
})

test('D40 circle shows who keeps a copy and changes it, in both languages; a mistyped name is told what there is', async () => {
  const shown = await run(['patient', 'circle', ...mine])
  assert.equal(shown.code, 0, shown.err)
  assert.match(shown.out, /^saint-roch {2}saint-roch: your hospital, keeps your record$/m)
  const added = await run(['patient', 'circle', 'add', 'hopital-nord', ...mine])
  assert.match(added.out, /^hopital-nord {2}hopital-nord: you named it; no copy yet$/m)
  const [, , c] = hospitals
  assert.ok(c)
  await quiet(c)
  const fr = await run(['patient', 'circle', ...mine], '', french)
  assert.match(fr.out, /hopital-nord : vous l’avez désigné ; garde une copie/)
  const wrong = await run(['patient', 'circle', 'add', 'hopital-nor', ...mine])
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /“hopital-nor” is no organisation of the consortium\. There are: saint-roch/)
  const misused = await run(['patient', 'circle', 'drop', 'hopital-nord', ...mine])
  assert.match(misused.err, /circle set, add or remove/)
})

test('D41 revoke says of each store that it acknowledged, or that it will be tried again, which the next command does', async () => {
  const [first, second] = [await grant(), await grant()]
  const [, , c] = hospitals as [TestHospital, TestHospital, TestHospital]
  await quiet(c)
  const ended = await run(['patient', 'revoke', first, ...mine])
  assert.equal(ended.code, 0, ended.err)
  assert.match(ended.out, /hopital-nord: acknowledged, /)
  await close(2)
  const away = await run(['patient', 'revoke', second, ...mine], '', french)
  assert.match(away.out, /hopital-nord : pas joint, sera réessayé/)
  ports[2] = await openPort(c)
  const again = await run(['patient', 'circle', ...mine])
  assert.equal([...again.out.matchAll(/hopital-nord: acknowledged, /g)].length, 2)
  assert.doesNotMatch(again.out, /not reached/)
})

test('D41 while the home is down revoke reaches the stores all the same and says that the home will be told; it is', async () => {
  const id = await grant()
  const [a, , c] = hospitals as [TestHospital, TestHospital, TestHospital]
  await quiet(c)
  await run(['patient', 'circle', ...mine])
  await close(0)
  const ended = await run(['patient', 'revoke', id, ...mine])
  assert.equal(ended.code, 0, ended.err)
  assert.match(ended.out, /hopital-nord: acknowledged/)
  assert.match(ended.out, /Your own hospital was not reached: it is told at your next command/)
  ports[0] = await openPort(a)
  const again = await run(['patient', 'circle', ...mine, '--json'])
  assert.equal(again.code, 0, again.err)
  assert.doesNotMatch(again.out, /not reached/)
  const known = await a.node.sources.tx((s) => s.all("SELECT 1 FROM statement WHERE type = 'GrantRevoked'"))
  assert.equal(known.length, 3)
})

test('D41 erase says of each store that it stopped; circle tells whoever was not reached afterwards', async () => {
  const [, , c] = hospitals as [TestHospital, TestHospital, TestHospital]
  await quiet(c)
  await close(2)
  const out = join(root, 'receipt.json')
  const gone = await run(['patient', 'erase', ...mine, '--out', out], 'ERASE\n')
  assert.equal(gone.code, 0, gone.err)
  assert.match(gone.out, /hopital-nord: not reached, will be tried again/)
  assert.ok(existsSync(out) && !readFileSync(out, 'utf8').includes('"stores"'))
  ports[2] = await openPort(c)
  const later = await run(['patient', 'circle', ...mine])
  assert.equal(later.code, 0, later.err)
  assert.match(later.out, /Erased on[\s\S]*hopital-nord: acknowledged, /)
  assert.equal((await run(['patient', 'log', ...mine, '--json'])).json.code, 'record-erased')
})
