/** kill -9 of the keeper's process at random moments while people break the glass: each emergency is answered, once. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import {
  type BenchNode,
  benchKeeper,
  benchPatient,
  benchPro,
  makeDeposits,
  startBenchNode,
} from '@salus/cli/bench/world'
import { openDesk } from '@salus/cli/people'
import { logKeys } from '@salus/directory/consortium'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { breakGlass, findGlass, second } from '@salus/grants/emergency/device'
import { submit } from '@salus/journal/device'
import { chooseEmergency } from '@salus/records/device/emergency'
import { type PatientDevice, sync } from '@salus/records/device/patient'
import { read, whatIsGranted } from '@salus/records/device/reader'
import { checkSurvivors, recorded } from '../tests/crashed.ts'
import { patientLink } from '../tests/relink.ts'
import { createChance, timeLeft } from './budget.ts'

const KILLS = 50
const MAIN = resolve(import.meta.dirname, '../apps/cli/main.ts')

type Pro = Awaited<ReturnType<typeof benchPro>>

/** The keeper as people start it; `kill` is kill -9, and waits until it is gone. */
function startKeeper(dir: string): { child: ChildProcess; kill: () => Promise<void> } {
  const words = ['--disable-warning=ExperimentalWarning', MAIN, 'keeper', '--device', dir]
  const env = { ...process.env, SALUS_KEEPER_EVERY: '50' }
  const child = spawn(process.execPath, words, { env, stdio: 'ignore' })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  return {
    child,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** One emergency: broken by one, seconded by another. Undefined where the node's fall cut it off. */
async function emergency([asker, other]: readonly [Pro, Pro], patient: PatientDevice['keys']['handle']) {
  const { keyring } = await findKeyring(asker.link, asker.keys.handle)
  const by = async (pro: Pro) => ({ handle: pro.keys.handle, signer: await signerOf(pro.keys.device) })
  const until = Math.floor(systemClock() / 1000) + 3_600
  const made = await breakGlass(
    asker.link,
    { ...(await by(asker)), keyring },
    { patient, reason: 'unconscious', until },
  )
  await submit(asker.link.call, asker.link.logs, [made.item])
  const item = await second(other.link, await by(other), await findGlass(other.link, made.id))
  await submit(other.link.call, other.link.logs, [item])
  return { glass: made.id as string, asker, patient }
}
type Emergency = Awaited<ReturnType<typeof emergency>>

/** What a fall of the node can make of an errand. */
const cut: ReadonlySet<string> = new Set(['node-unreachable', 'node-answer-unreadable', 'emergency-unknown'])

async function people(node: BenchNode, patients: readonly PatientDevice[], pros: readonly Pro[], into: Emergency[]) {
  let going = true
  const ended: string[] = []
  const loop = async (at: number) => {
    const pair = [pros[at % pros.length], pros[(at + 1) % pros.length]] as [Pro, Pro]
    for (let i = 0; going; i++) {
      const { handle } = (patients[(at + i) % patients.length] as PatientDevice).keys
      try {
        into.push(await emergency(pair, handle))
        const [one] = await makeDeposits(node, handle, 1)
        if (one) await submit(node.desk.link.call, node.desk.link.logs, [one.item])
      } catch (error) {
        if (!isAppError(error) || !cut.has(error.code)) ended.push(isAppError(error) ? error.code : String(error))
      }
      await wait(250)
    }
  }
  const running = Promise.all([loop(0), loop(1)])
  return {
    ended,
    async stop() {
      going = false
      await running
    },
  }
}

/** Every seconded emergency answered within a minute of quiet. */
async function allReleased(all: readonly Emergency[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let i = 0; i < 600 && found.size < all.length; i++) {
    for (const one of all.filter((each) => !found.has(each.glass))) {
      const { release } = await findGlass(one.asker.link, one.glass)
      if (release) found.set(one.glass, release)
    }
    await wait(100)
  }
  return found
}

test('fifty kills of the keeper: every emergency is answered, once, and opens; nothing acknowledged is lost', async (t) => {
  const chance = createChance()
  t.diagnostic(`seed ${chance.seed}`)
  const real = await startBenchNode({ advanceMs: 150 })
  const { reach, heard } = recorded(real.reach)
  const node = { ...real, reach, desk: await openDesk(join(real.dir, 'desk'), reach) }
  let keeper: ReturnType<typeof startKeeper> | undefined
  try {
    const { dir, handle } = await benchKeeper(node)
    const patients = [await benchPatient(node), await benchPatient(node)]
    const pros = [await benchPro(node), await benchPro(node), await benchPro(node)]
    for (const one of patients) await chooseEmergency(one, ['results'])
    const all: Emergency[] = []
    const load = await people(node, patients, pros, all)
    let kills = 0
    for (; kills < KILLS && timeLeft(0.6); kills++) {
      keeper = startKeeper(dir)
      // Now while it is getting up, now in the middle of an answer, now after many.
      await wait(chance.below(chance.pick([400, 1_500, 3_000])))
      await keeper.kill()
      // Every tenth time the node falls too, with whatever the keeper had sent.
      if (kills % 10 === 9) await node.crash()
    }
    await load.stop()
    assert.deepEqual(load.ended, [], 'what ended an errand was the fall of the node')
    keeper = startKeeper(dir)
    const releases = await allReleased(all)
    await keeper.kill()
    t.diagnostic(`${kills} kills, ${all.length} emergencies, ${releases.size} releases`)
    assert.equal(releases.size, all.length, 'every emergency was answered')
    assert.equal(new Set(releases.values()).size, releases.size)
    assert.ok(all.length > kills / 2)
    for (const patient of patients) {
      Object.assign(patient, { link: await patientLink(patient, node) })
      await sync(patient)
      const lines = patient.book.log.filter((one) => one.type === 'EmergencyReleased')
      assert.ok(lines.every((one) => one.who === handle))
      assert.equal(new Set(lines.map((one) => one.request)).size, lines.length, 'one release for each emergency')
    }
    for (const one of all.slice(-5)) await opens(one, releases.get(one.glass) ?? '')
    const seen = await checkSurvivors(real.dir, heard, logKeys(node.desk.device.roots))
    t.diagnostic(`verified: ${JSON.stringify(seen)}`)
    await t.test(`all ${KILLS} kills`, (rest) => {
      if (kills < KILLS) rest.skip(`${KILLS - kills} kills left, the time was used up`)
    })
  } finally {
    keeper?.child.kill('SIGKILL')
    await real.stop()
  }
})

/** What was released opens, author checked, under its own id. */
async function opens({ asker, patient }: Emergency, release: string): Promise<void> {
  const { records } = await whatIsGranted(asker.link, release)
  assert.ok(records.length > 0)
  const few = records.slice(-3)
  let opened = 0
  for await (const page of read(asker.link, await asker.reader(), { id: release, patient }, few)) {
    assert.equal(page.refused.length, 0)
    opened += page.records.length
  }
  assert.equal(opened, few.length)
}
