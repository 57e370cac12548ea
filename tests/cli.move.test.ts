/** A record moves to another hospital as somebody types it: three hospitals on ports of this machine, a device in its folder. */
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { systemRandom } from '@salus/base/clock'
import { openPatient } from '@salus/cli/people'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { issueCredential } from '@salus/directory/device/desk'
import { changeWays } from '@salus/directory/device/keychain'
import { openPort, type TestHospital } from '@salus/node-app/testing'
import { approve, type PatientDevice, sync } from '@salus/records/device/patient'
import { createCommands, inFolder } from './commands.ts'
import { entriesOf, onPorts } from './hospitals.ts'
import { deskOf, newPatient, newPro, request, world } from './people.ts'

const names = ['saint-roch', 'cabinet-lilas', 'hopital-nord'] as const
const { run, root } = await createCommands('move')
const folder = join(root, 'ada')
const mine = ['--device', folder]
let hospitals: TestHospital[] = []
const ports: (() => Promise<void>)[] = []
let patient: PatientDevice
const code = newRecoveryCode(systemRandom)
let rounds: ReturnType<typeof setInterval> | undefined

before(async () => {
  const opened = await onPorts(names)
  hospitals = opened.all
  ports.push(...opened.ports)
  const [a] = hospitals as [TestHospital]
  patient = await newPatient(world(a))
  await changeWays(patient.link, patient.keys, { add: [{ way: 'code', code }], keep: () => true }, patient.save)
  await inFolder(folder, patient, a)
})

/** Looks until there is something; the test's own time bounds it. */
async function until(look: () => Promise<number>): Promise<void> {
  while ((await look()) === 0) await wait(200)
}

/** A physician of the hospital that runs this node, who types. */
async function physician(at: TestHospital, org: string): Promise<string[]> {
  const own = ['--device', join(root, `dr-${org}`)]
  const made = await run([
    ...['pro', 'init', '--org', org, '--name', `Dr ${org} (sample)`, '--role', 'physician'],
    ...['--node', at.url, '--json', ...own],
  ])
  const { desk, link } = await deskOf(world(at), org)
  const person = { handle: made.json.handle, profession: 'physician', name: `Dr ${org} (sample)` }
  await issueCredential(link, desk, { ...person, until: Math.floor(Date.now() / 1000) + 86_400 } as never)
  return own
}

/** Asks for allergies; where that was passed on to. */
async function askedAt(own: string[]): Promise<string> {
  const ask = ['pro', 'request', '--patient', patient.keys.handle, '--categories', 'allergies', ...own]
  const asked = await run(ask)
  assert.equal(asked.code, 0, asked.err)
  return /passes it on to journal\.([a-z-]+)/.exec(asked.out)?.[1] ?? 'here'
}

after(async () => {
  clearInterval(rounds)
  for (const one of ports) await one()
  for (const one of hospitals) await one.node.close().catch(() => undefined)
})

test('D46 move names the hospital, waits for its copy, moves, and opens the record there; the old one may go away', async () => {
  const [a, b] = hospitals as [TestHospital, TestHospital]
  await sync(patient)
  const { grant } = await approve(
    patient,
    await request(world(a), await newPro(world(a)), patient.keys.handle, ['allergies']),
    {},
  )
  const wrong = await run(['patient', 'move', ...mine])
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /move takes one organisation/)
  const never = await run(['patient', 'move', 'hopital-nord', '--wait', 'soon', ...mine])
  assert.equal(never.code, 2)
  assert.match(never.err, /--wait takes a number of minutes/)
  const home = await run(['patient', 'move', 'saint-roch', ...mine, '--json'])
  assert.equal(home.json.code, 'home-already')
  const early = await run(['patient', 'move', 'hopital-nord', '--wait', '0', ...mine, '--json'])
  assert.equal(early.json.code, 'home-no-copy')
  rounds = setInterval(() => {
    for (const one of hospitals) void one.node.replica.pull().catch(() => undefined)
  }, 300)
  const [there, here] = [await physician(b, 'cabinet-lilas'), await physician(a, 'saint-roch')]
  await run(['patient', 'circle', 'add', 'cabinet-lilas', ...mine])
  await until(() => entriesOf(b, patient.keys.handle))
  assert.deepEqual([await askedAt(there), await askedAt(here)], ['saint-roch', 'here'], 'a copy is no home')
  // As another device of the same person knows it, or this one when it was cut off before it wrote anything down.
  const other = join(root, 'before')
  cpSync(folder, other, { recursive: true })
  const moved = await run(['patient', 'move', 'cabinet-lilas', ...mine])
  assert.equal(moved.code, 0, moved.err)
  assert.match(moved.out, /Your record is kept by cabinet-lilas now/)
  const shown = await run(['patient', 'circle', ...mine])
  assert.match(shown.out, /^cabinet-lilas {2}cabinet-lilas: your hospital, keeps your record$/m)
  assert.match(shown.out, /^saint-roch {2}saint-roch: you named it; keeps a copy$/m)
  assert.deepEqual([await askedAt(there), await askedAt(here)], ['here', 'cabinet-lilas'])
  const log = await run(['patient', 'log', ...mine])
  assert.match(log.out, /moved the record to another hospital/)
  const followed = await run(['patient', 'log', '--device', other])
  assert.equal(followed.code, 0, followed.err)
  assert.match(followed.out, /moved the record to another hospital/)
  // The old hospital's node is gone: the record is at the new one.
  await ports[0]?.()
  const ended = await run(['patient', 'revoke', grant, ...mine])
  assert.equal(ended.code, 0, ended.err)
  assert.match(ended.out, /saint-roch: not reached, will be tried again/)
  const [stood] = await b.node.sources.tx((s) => s.all("SELECT 1 AS n FROM statement WHERE type = 'GrantRevoked'"))
  assert.ok(stood)
  ports[0] = await openPort(a)
  const again = await run(['patient', 'circle', ...mine])
  assert.match(again.out, /saint-roch: acknowledged, /)
})

test('D46 whoever lost the device comes back at the old hospital too: the record opens where it is at home', async () => {
  const [a, b] = hospitals as [TestHospital, TestHospital]
  const here = a.url
  const back = join(root, 'back')
  const restored = await run(['patient', 'recover', '--node', here, '--device', back, '--json'], `${code}\n\n`)
  assert.equal(restored.code, 0, restored.err)
  assert.equal(restored.json.handle, patient.keys.handle)
  const [made] = await b.node.sources.tx((s) =>
    s.all("SELECT count(*) AS n FROM statement WHERE type = 'KeyringRenewed'"),
  )
  assert.equal(made?.n, 1)
  // The code that was given last is tried there as well.
  const tried = await run(['patient', 'recovery', 'check', '--device', back], `${restored.json.recovery}\n`)
  assert.equal(tried.code, 0, tried.err)
  const log = await run(['patient', 'log', '--device', back])
  assert.match(log.out, /moved the record to another hospital/, log.err)
  const device = await openPatient(back)
  assert.deepEqual(
    [device.keys.org, device.book.home?.org, device.link.origin],
    ['cabinet-lilas', 'cabinet-lilas', b.origin],
  )
})
