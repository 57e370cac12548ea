/** What waits for a hospital's yes or no, as far as the store can tell of it: an order that nobody can read hides no other (rule A8). */
import { isAppError } from '@salus/base/errors'
import { type Json, parseJson } from '@salus/base/json'
import type { Manifest } from '@salus/enclave/analyses/manifest'
import type { Deal } from '@salus/enclave/deal'
import { type Reason, readEnvelope } from '@salus/enclave/task/result'
import type { Task } from './contract.ts'
import { waitsFor } from './decision.ts'
import type { Trader } from './device.ts'

/** Most bytes of parameters, and of a sealed result. */
const MAX_PARAMS = 2_000_000
const MAX_ENVELOPE = 12_000_000

/** The store as whoever decides reads it: bytes and analyses by digest, held against their names. */
export type Stored = {
  get(name: string, most: number): Promise<Uint8Array>
  manifest(analysis: string): Promise<Manifest>
}

/** One task that waits; undefined parts are not in the store, or are not what their name says. */
export type Waiting = {
  readonly task: Task
  readonly deal: Deal
  readonly manifest: Manifest | undefined
  readonly params: Json | undefined
  /** Why a result is held; empty for an order. */
  readonly reasons: readonly Reason[]
  /** False: nobody can tell what is asked for. It is to be refused. */
  readonly readable: boolean
}

const unreadable: readonly string[] = [
  ...['object-missing', 'object-changed', 'analysis-object-invalid', 'result-invalid', 'result-other'],
  ...['json-invalid', 'json-too-deep', 'json-duplicate-key', 'encoding-invalid'],
]

/** Undefined where the object is at fault. No connection says nothing of an order, and is thrown. */
const readOr = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error) => {
    if (isAppError(error) && unreadable.includes(error.code)) return undefined
    throw error
  })

async function waitingOf(trader: Trader, store: Stored, task: Task): Promise<Waiting> {
  const deal = await trader.deal(task.task)
  const envelope = async () => readEnvelope(await store.get(task.result ?? '', MAX_ENVELOPE), task.deal)
  const [manifest, params, held] = await Promise.all([
    readOr(store.manifest(task.analysis.digest)),
    readOr(store.get(deal.params, MAX_PARAMS).then(parseJson)),
    task.state === 'held' ? readOr(envelope()) : { reasons: [] },
  ])
  const readable = manifest !== undefined && params !== undefined && held !== undefined
  return { task, deal, manifest, params, reasons: held?.reasons ?? [], readable }
}

/** Everything that waits for the trader's organisation. */
export async function waiting(trader: Trader, store: Stored): Promise<Waiting[]> {
  const all = (await trader.tasks()).filter((one) => waitsFor(one, trader.org))
  return Promise.all(all.map((one) => waitingOf(trader, store, one)))
}
