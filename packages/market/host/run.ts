/** Runs one deal on this machine: fetches what it names, starts the enclave, carries its messages, and brings the result. */
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type Bytes, text, utf8 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import { signJws } from '@salus/crypto/jws'
import type { Deal, Leg } from '@salus/enclave/deal'
import type { Evidence } from '@salus/enclave/evidence/contract'
import type { EnclavePublic } from '@salus/enclave/task/keys'
import {
  type FromEnclave,
  fromEnclave,
  type RawQuote,
  type RunStep,
  type ToEnclave,
} from '@salus/enclave/task/messages'
import { RELEASE_TYP } from '../broker/endpoints.ts'
import { type SaidCause as Cause, saidCauses, type Task } from '../contract.ts'
import { type DatasetDocument, datasetDocument } from '../dataset/contract.ts'
import type { Trader } from '../device.ts'
import type { ObjectStore } from '../store.ts'
import type { BrokerLink } from './brokers.ts'
import { type Isolation, type Machine, wrapped } from './isolation.ts'

const MAIN = resolve(import.meta.dirname, '../../enclave/task/main.ts')
const MAX_DOCUMENT = 8 << 20
const MAX_ANALYSIS = 16 << 20
const MAX_PARAMS = 1 << 20

export type HostPorts = {
  readonly trader: Trader
  readonly store: ObjectStore
  readonly publicKey: string
  sign(message: Bytes): Promise<Uint8Array>
  /** Where tasks have their folders while they run. */
  readonly folder: string
  readonly isolation: Isolation
  broker(url: string): BrokerLink
  /** Where the enclave's evidence comes from; simulated when not said. */
  readonly machine?: Machine
  /** Adds the vendor's collateral to a raw quote. */
  collate(quote: RawQuote): Promise<Evidence>
  readonly memoryBytes: number
  step(task: string, step: RunStep): void
}

type Done = Extract<FromEnclave, { type: 'done' }>

const isCause = (code: string): code is Cause => (saidCauses as readonly string[]).includes(code)
// What a broker's evidence check says is one cause on the ledger; the steps stand in the answer and in the log.
const broad: Readonly<Record<string, Cause>> = {
  'cohort-too-small': 'cohort-too-close',
  'key-released': 'withdrawn',
  'broker-task-other': 'withdrawn',
  'broker-host-other': 'host-stopped',
  'object-missing': 'data-missing',
  'object-changed': 'data-damaged',
  'enclave-other': 'withdrawn',
  'enclave-known': 'nonce-reused',
}
const evidenceCauses: Readonly<Record<string, Cause>> = {
  'debug-on': 'debug-on',
  'measurement-other': 'measurement-other',
  'tcb-outdated': 'tcb-outdated',
  'report-data-other': 'deal-other',
}

/** The named cause of whatever went wrong. */
export function causeOf(error: unknown): Cause {
  if (!isAppError(error)) return 'host-stopped'
  if (error.code === 'evidence-refused') return evidenceCauses[String(error.facts.why)] ?? 'evidence-refused'
  return isCause(error.code) ? error.code : (broad[error.code] ?? 'host-stopped')
}

/** What the store holds under this name is something else: `cause` says of what. */
const whole = <T>(work: Promise<T>, cause: Cause): Promise<T> =>
  work.catch((error) => {
    throw isAppError(error) && error.code === 'object-changed'
      ? new AppError<Cause>(cause, {}, { cause: error })
      : error
  })

/** Puts everything a deal names into the task's folder. */
async function prepare({ store }: HostPorts, deal: Deal, folder: string): Promise<DatasetDocument[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'analysis'), await whole(store.get(deal.analysis, MAX_ANALYSIS), 'analysis-changed'))
  const documents: DatasetDocument[] = []
  for (const [i, { data }] of deal.legs.entries()) {
    const bytes = await store.get(data, MAX_DOCUMENT)
    await writeFile(join(folder, `document-${i}`), bytes)
    const document = parseWith(datasetDocument, bytes)
    await copyFile(await store.path(document.file.digest), join(folder, `data-${i}`))
    documents.push(document)
  }
  return documents
}

/** The enclave as a child process; its messages in order, and what it is told. */
function start(ports: HostPorts, folder: string) {
  const [command, ...words] = wrapped(ports.isolation, MAIN, folder, ports.machine)
  const child = spawn(command as string, words, { stdio: ['pipe', 'pipe', 'ignore'], env: {}, cwd: folder })
  const lines = createInterface({ input: child.stdout as never })[Symbol.asyncIterator]()
  child.stdin?.on('error', () => undefined)
  return {
    child,
    tell: (message: ToEnclave) => void child.stdin?.write(`${JSON.stringify(message)}\n`),
    async hear(): Promise<FromEnclave> {
      const { value, done } = await lines.next()
      if (done) throw new AppError<Cause>('host-stopped')
      return parseWith(fromEnclave, value)
    },
  }
}

/** Ends an enclave that is still there. */
function stop(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}

/** Answers what the enclave asks of the hospitals’ brokers. */
function createCarrier(
  ports: HostPorts,
  deal: Deal,
  documents: readonly DatasetDocument[],
  tell: (message: ToEnclave) => void,
) {
  const nonces = new Map<string, string>()
  const { task } = deal
  const brokerOf = (order: string) => {
    const document = documents[deal.legs.findIndex((one) => one.order === order)]
    if (!document) throw new AppError<Cause>('host-stopped')
    return ports.broker(document.broker)
  }
  return {
    async nonce(order: Leg['order']) {
      const { nonce } = await brokerOf(order).challenge({ task, order })
      nonces.set(order, nonce)
      tell({ type: 'nonce', order, nonce })
    },
    async quote(order: Leg['order'], quote: RawQuote, keys: EnclavePublic | undefined) {
      const evidence = await ports.collate(quote)
      const request = { task, order, nonce: nonces.get(order) ?? '', ...keys, evidence }
      const jws = await signJws(ports.sign, { typ: RELEASE_TYP, kid: ports.publicKey }, utf8(JSON.stringify(request)))
      const { packet } = await brokerOf(order).release({ request: jws })
      tell({ type: 'key', order, packet })
    },
  }
}

/** Carries messages until the enclave is done; hospitals are asked at the same time, and the first that says no ends it. */
async function converse(
  ports: HostPorts,
  deal: Deal,
  documents: readonly DatasetDocument[],
  at: ReturnType<typeof start>,
): Promise<Done> {
  const carrier = createCarrier(ports, deal, documents, at.tell)
  const refused = Promise.withResolvers<never>()
  refused.promise.catch(() => undefined)
  const meanwhile = (work: Promise<void>) => void work.catch(refused.reject)
  let keys: EnclavePublic | undefined
  for (;;) {
    const message = await Promise.race([at.hear(), refused.promise])
    if (message.type === 'done') return message
    if (message.type === 'failed') throw new AppError<Cause>(message.cause)
    if (message.type === 'keys') keys = { encryption: message.encryption, signing: message.signing }
    else if (message.type === 'step') ports.step(deal.task, message.step)
    else if (message.type === 'nonce') meanwhile(carrier.nonce(message.order))
    else meanwhile(carrier.quote(message.order, message.quote, keys))
  }
}

/** What is left of a task's time, ms: the analysis must end before the machine is stopped, and that before the ledger's date. */
export function timeOf({ due }: Pick<Task, 'due'>, now: number): { analysis: number; machine: number } {
  const left = due * 1_000 - now
  return { analysis: Math.max(1_000, left - 20_000), machine: Math.max(2_000, left - 10_000) }
}

async function compute(ports: HostPorts, deal: Deal, time: ReturnType<typeof timeOf>): Promise<Done> {
  const folder = join(ports.folder, deal.task)
  let child: ChildProcess | undefined
  try {
    const documents = await prepare(ports, deal, folder)
    const params = text(await whole(ports.store.get(deal.params, MAX_PARAMS), 'params-invalid'))
    const at = start(ports, folder)
    child = at.child
    const { isolation, memoryBytes } = ports
    at.tell({ type: 'begin', deal, params, ms: time.analysis, memoryBytes, isolation })
    const timer = setTimeout(() => stop(at.child), time.machine)
    return await converse(ports, deal, documents, at).finally(() => clearTimeout(timer))
  } finally {
    if (child) stop(child)
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs a task that is ready: the result goes to the store and its digest on the ledger, or the failure with its cause. */
export async function runTask(ports: HostPorts, id: string): Promise<Cause | 'done'> {
  try {
    const task = await ports.trader.task(id)
    const deal = await ports.trader.deal(id)
    const time = timeOf(task, await ports.trader.now())
    const { outcome, result, signature, envelope } = await compute(ports, deal, time)
    await ports.store.put([utf8(envelope)])
    await ports.trader.send('task.result', { task: deal.task, result, outcome, signature })
    return 'done'
  } catch (error) {
    const cause = causeOf(error)
    await ports.trader.send('task.fail', { task: id as never, cause }).catch(() => undefined)
    return cause
  }
}
