/** Tasks as an organisation sees those it is part of. */
import { systemClock } from '@salus/base/clock'
import type { Purpose } from '@salus/enclave/deal'
import { type Reason, readEnvelope } from '@salus/enclave/task/result'
import { endStates, priceOf, type Task, type TaskState } from '@salus/market/contract'
import { isOverdue } from '@salus/market/overdue'
import { type Trading, theTrading } from './open.ts'

/** One task in words: where it stands, since when, who is in it. */
export type Seen = {
  readonly task: string
  readonly state: TaskState
  readonly ended: boolean
  readonly lab: string
  readonly host: string
  readonly data: readonly { readonly org: string; readonly name: string; readonly allowed: boolean }[]
  readonly price: number
  readonly cause: string | undefined
  readonly by: string | undefined
  /** Steps that were reached, oldest first; seconds. */
  readonly steps: readonly { readonly state: TaskState; readonly at: number }[]
  readonly paid: readonly { readonly name: string; readonly amount: number }[]
  /** What this organisation got. */
  readonly own: number
  readonly due: number
  /** Its time is over: any member may end it. */
  readonly overdue: boolean
  readonly simulated: boolean
  readonly purpose: Purpose
  /** What the analysis is called; empty where its object is gone. */
  readonly analysis: string
}

/** One after another, where two came within one block. */
const course: readonly TaskState[] = [
  ...(['deciding', 'ready', 'running', 'held', 'delivering'] as const),
  ...(['settled', 'refused', 'refunded'] as const),
]

const isEnd = (state: TaskState): boolean => (endStates as readonly string[]).includes(state)

export async function seenOf({ trader, objects, nameOf, profile }: Trading, task: Task): Promise<Seen> {
  const { kind, purpose } = await trader.deal(task.task)
  const { name: analysis } = await objects.manifest(task.analysis.digest).catch(() => ({ name: '' }))
  const steps = Object.entries(task.steps) as [TaskState, number][]
  return {
    ...{ task: task.task, state: task.state, ended: isEnd(task.state), price: priceOf(task), due: task.due },
    ...{ lab: nameOf(task.lab), host: nameOf(task.host.org), simulated: kind === 'simulated', purpose, analysis },
    data: task.legs.map(({ org, allowed }) => ({ org, name: nameOf(org), allowed })),
    ...{ cause: task.cause, by: task.by === undefined ? undefined : nameOf(task.by) },
    steps: steps
      .sort(([a, x], [b, y]) => x - y || course.indexOf(a) - course.indexOf(b))
      .map(([state, at]) => ({ state, at: Math.floor(at / 1000) })),
    paid: Object.entries(task.paid ?? {}).map(([org, amount]) => ({ name: nameOf(org), amount })),
    ...{ own: task.paid?.[profile.org] ?? 0, overdue: isOverdue(task, systemClock()) },
  }
}

const isMine = (task: Task, org: string): boolean =>
  task.lab === org || task.host.org === org || task.legs.some((one) => one.org === org)

/** Newest first. */
export async function tasks(): Promise<Seen[]> {
  const at = await theTrading()
  const mine = (await at.trader.tasks()).filter((one) => isMine(one, at.profile.org))
  const all = await Promise.all(mine.map((one) => seenOf(at, one)))
  return all.sort((a, b) => (b.steps[0]?.at ?? 0) - (a.steps[0]?.at ?? 0))
}

/** Which rules the gate refused or holds the result by: names, never values. */
async function rulesOf({ objects }: Trading, { result, outcome, deal }: Task): Promise<readonly Reason[]> {
  if (result === undefined || outcome === 'released') return []
  return objects.get(result).then(
    (bytes) => readEnvelope(bytes, deal).reasons,
    () => [],
  )
}

export async function task(id: string): Promise<Seen & { rules: readonly Reason[] }> {
  const at = await theTrading()
  const found = await at.trader.task(id)
  return { ...(await seenOf(at, found)), rules: await rulesOf(at, found) }
}

/** Ends a task whose time is over; the ledger refuses before (rule M19). */
export async function end(id: string): Promise<void> {
  const { trader } = await theTrading()
  await trader.send('task.claim', { task: id as never })
}
