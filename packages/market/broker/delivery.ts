/** A hospital hands its share of a result over: at once when the gate released it, after a person's yes when it was held (rule B6). */
import type { Clock } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { type Envelope, passShare, readEnvelope } from '@salus/enclave/task/result'
import type { Task } from '../contract.ts'
import type { Trader } from '../device.ts'
import type { ObjectStore } from '../store.ts'
import type { BrokerKeys } from './keys.ts'

export type DeliveryPorts = { readonly keys: BrokerKeys; readonly trader: Trader; readonly store: ObjectStore }

const MAX_ENVELOPE = 12_000_000

/** The sealed result of a task, as everybody may read it. */
export async function envelopeOf({ store }: Pick<DeliveryPorts, 'store'>, task: Task): Promise<Envelope> {
  return readEnvelope(await store.get(task.result ?? '', MAX_ENVELOPE), task.deal)
}

/** Hands over every share of this hospital in a task. */
export async function deliver(ports: DeliveryPorts, task: Task): Promise<void> {
  const { keys, trader } = ports
  const envelope = await envelopeOf(ports, task)
  const { key: lab } = await trader.deal(task.task)
  for (const { order, org, share } of task.legs) {
    if (org !== trader.org || share !== undefined) continue
    const privateKey = await keys.shareKey()
    const passed = await passShare(envelope, { order, privateKey, lab }).finally(() => privateKey.fill(0))
    await trader.send('task.deliver', { task: task.task as never, order: order as never, share: passed })
  }
}

const isOurs = (task: Task, org: string): boolean => task.legs.some((one) => one.org === org && one.share === undefined)

/** Seconds that a sealed result may take to reach the store after its digest stands on the ledger. */
export const ARRIVES = 600

const isGone = (error: unknown): boolean =>
  isAppError(error) && (error.code === 'object-missing' || error.code === 'object-changed')

/** Hands a released result's share over; of a held one only looks whether it came. */
async function serve(ports: DeliveryPorts, task: Task): Promise<void> {
  if (task.state === 'delivering') await deliver(ports, task)
  else await envelopeOf(ports, task)
}

/** What nobody finds ten minutes after it was announced is said to be missing. */
async function sayMissing({ trader, clock }: Ports, task: Task, error: unknown): Promise<void> {
  const since = task.steps[task.state] ?? 0
  if (!isGone(error) || clock() <= since + ARRIVES * 1_000) throw error
  await trader.send('task.fail', { task: task.task as never, cause: 'result-missing' })
}

type Ports = DeliveryPorts & { readonly clock: Clock }

/**
 * Hands over what is due, one task after another: what one task lacks keeps no other waiting. A result whose bytes nobody finds is
 * said to be missing, and all goes back (M18). Rejects with the first thing that went wrong, at the end.
 */
export async function deliverDue(ports: Ports, tasks: readonly Task[]): Promise<void> {
  const failures: unknown[] = []
  for (const task of tasks) {
    if (!['delivering', 'held'].includes(task.state) || !isOurs(task, ports.trader.org)) continue
    await serve(ports, task)
      .catch((error) => sayMissing(ports, task, error))
      .catch((error) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}
