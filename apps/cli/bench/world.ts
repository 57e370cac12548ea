/** A node in a process of its own, on a free port over a temporary folder, and people to load it with. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { base64url, fromBase64url, utf8 } from '@salus/base/bytes'
import { seconds, systemClock, systemRandom } from '@salus/base/clock'
import type { Handle } from '@salus/base/ids'
import { importDeviceKey } from '@salus/crypto/keys'
import type { SuiteId } from '@salus/crypto/suites'
import { signRoots } from '@salus/directory/consortium'
import { approveClaim, draftIntake, issueCode, issueCredential } from '@salus/directory/device/desk'
import { beginClaim, collectClaim, finishClaim } from '@salus/directory/device/patient'
import { enrol } from '@salus/directory/device/professional'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { submit } from '@salus/journal/device'
import { foundNode, readFounded } from '@salus/node-app/found'
import { type Deposited, deposit } from '@salus/records/device/author'
import { newDeskKeys } from '../desk.keys.ts'
import { makeDevice, plainLink, type Reach, reachOf } from '../device.ts'
import { openDesk, openPatient, openProfessional } from '../people.ts'
import { newCode, tryWay } from '../recovery.ts'
import { initKeeper } from '../verbs/keeper.ts'

export type { Reach } from '../device.ts'

export const ORG = 'bench-hospital'
/** What `salus start` gives its node too (bin/salus.js). */
export const MEMORY = '--max-semi-space-size=4'

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const ok = await fetch(`${url}/health`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the bench node did not start')
}

/** SALUS_BENCH_PROF names a folder: the node then leaves a CPU profile there when it ends. */
const profiling = (): string[] =>
  process.env.SALUS_BENCH_PROF ? ['--cpu-prof', `--cpu-prof-dir=${process.env.SALUS_BENCH_PROF}`] : []

/** What the node's process has used: CPU-seconds since its start, bytes in memory now and at most. */
export type Usage = { readonly cpu: number; readonly memory: number; readonly peak: number }

const usageOf = (child: ChildProcess): Promise<Usage> =>
  new Promise((resolve) => {
    child.once('message', (usage) => resolve(usage as Usage))
    child.send('usage')
  })

/** The node's process. Its standard input is a line to this process: when that breaks, the node ends too. */
function begin(dir: string, port: number, advanceMs?: number): ChildProcess {
  const script = join(import.meta.dirname, 'serve.ts')
  const args = ['--disable-warning=ExperimentalWarning', MEMORY, script, dir, String(port)]
  if (advanceMs !== undefined) args.push(String(advanceMs))
  return spawn(process.execPath, [...profiling(), ...args], { stdio: ['pipe', 'ignore', 'inherit', 'ipc'] })
}

/** The same, once it answers. */
async function serve(dir: string, port: number, url: string, advanceMs?: number): Promise<ChildProcess> {
  const child = begin(dir, port, advanceMs)
  await ready(url)
  return child
}

/** Founds and starts a node; `stop` ends the process and removes the folder. `advanceMs`: see ListenOptions. */
export async function startBenchNode({ advanceMs, suite = 1 }: { advanceMs?: number; suite?: SuiteId } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-'))
  const keys = await newDeskKeys(ORG as never)
  const privateKey = await importDeviceKey(fromBase64url(keys.device.privateKey))
  await foundNode(dir, {
    ...{ chain: 'bench-chain', origin: 'journal.bench.example', operator: 'bench-node', time: systemClock(), suite },
    organisations: [
      { org: ORG as never, name: 'Bench (sample)', kind: 'hospital', country: 'FR', key: keys.device.publicKey },
    ],
    sign: async (roots) => [await signRoots(roots, privateKey, keys.device.publicKey)],
  })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child = await serve(dir, port, url, advanceMs)
  const reach: Reach = reachOf({ base: url })
  const { consortium } = await readFounded(dir)
  const folder = await makeDevice(join(dir, 'desk'), 'desk', reach, consortium)
  await folder.write('keys', keys)
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
  const stop = async () => {
    await end('SIGTERM')
    await rm(dir, { recursive: true, force: true })
  }
  /** kill -9, then the same folder again; with `early`, killed once more so many milliseconds into that start. */
  const crash = async (early?: number) => {
    await end('SIGKILL')
    if (early !== undefined) {
      child = begin(dir, port, advanceMs)
      await new Promise((resolve) => setTimeout(resolve, early))
      await end('SIGKILL')
    }
    child = await serve(dir, port, url, advanceMs)
  }
  const usage = () => usageOf(child)
  return { dir, url, reach, desk: await openDesk(join(dir, 'desk'), reach), stop, crash, usage }
}
export type BenchNode = Awaited<ReturnType<typeof startBenchNode>>
/** Where people of a bench or a drill work: any node, with a desk of its hospital. */
export type Workplace = Pick<BenchNode, 'dir' | 'reach' | 'desk'>

/** A patient who has claimed the record. */
export async function benchPatient({ dir, reach, desk }: Workplace) {
  const seed = systemRandom(32)
  const { handle, statement } = await draftIntake(desk.link, desk.desk, seed)
  await submit(desk.link.call, desk.link.logs, [{ statement }])
  const path = join(dir, `patient-${base64url(systemRandom(6))}`)
  const folder = await makeDevice(path, 'patient', reach)
  const link = plainLink(folder, reach)
  const pending = await beginClaim(link, await issueCode(desk.link, desk.desk, handle))
  const { claims } = await desk.link.call(directoryEndpoints.claims)
  const waiting = claims.find((one) => one.claim === pending.claim)
  if (!waiting) throw new Error('claim lost')
  await approveClaim(desk.link, desk.desk, waiting, seed)
  const approved = await collectClaim(link, pending)
  if (!approved) throw new Error('claim not approved')
  await finishClaim(link, pending, approved, (made) => folder.write('keys', made))
  const patient = await openPatient(path, reach, 'unfinished')
  const code = await newCode(patient)
  if (!(await tryWay(folder, patient.keys.handle, { way: 'code', code }, reach))) throw new Error('no way back')
  return patient
}

/** A physician with a credential. */
export async function benchPro({ dir, reach, desk }: Workplace) {
  const path = join(dir, `pro-${base64url(systemRandom(6))}`)
  const folder = await makeDevice(path, 'professional', reach)
  const keys = await enrol(plainLink(folder, reach), { org: desk.keys.org, name: 'Bench (sample)' }, (made) =>
    folder.write('keys', made),
  )
  const until = seconds(systemClock()) + 86_400
  await issueCredential(desk.link, desk.desk, {
    handle: keys.handle,
    profession: 'physician',
    name: 'Bench (sample)',
    until,
  })
  return openProfessional(path, reach)
}

/** A keeper with a credential, in a folder of its own: `salus keeper --device` runs it. */
export async function benchKeeper({ dir, reach, desk }: BenchNode): Promise<{ dir: string; handle: Handle }> {
  const path = join(dir, 'keeper')
  const { handle } = await initKeeper(path, ORG, 'Keeper (sample)', reach)
  const until = seconds(systemClock()) + 86_400
  await issueCredential(desk.link, desk.desk, { handle, profession: 'keeper', name: 'Keeper (sample)', until })
  return { dir: path, handle }
}

/** A FHIR resource of about 2 KiB. */
export const document2k = utf8(
  JSON.stringify({ resourceType: 'Observation', status: 'final', note: [{ text: 'sample '.repeat(280) }] }),
)

/** `count` deposits (of 2 KiB when not said) for `patient`, signed and sealed, not sent. */
export async function makeDeposits(
  { desk }: Workplace,
  patient: Handle,
  count: number,
  fhir = document2k,
): Promise<Deposited[]> {
  const { keyring } = await findKeyring(desk.link, patient)
  const author = { iss: desk.keys.org, signer: desk.desk.signer }
  const out: Deposited[] = []
  for (let at = 0; at < count; at += 50) {
    const few = Array.from({ length: Math.min(50, count - at) }, () =>
      deposit(desk.link, author, keyring, { category: 'results', fhir }),
    )
    out.push(...(await Promise.all(few)))
  }
  return out
}

/** Deposits `count` records of 2 KiB in the record of `patient`. */
export async function fillRecord(node: BenchNode, patient: Handle, count: number): Promise<void> {
  const { call, logs } = node.desk.link
  for (let left = count; left > 0; left -= 200) {
    const made = await makeDeposits(node, patient, Math.min(200, left))
    const items = made.map((one) => one.item)
    await submit(call, logs, items)
  }
}
