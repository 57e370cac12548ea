/** What becomes of a deal (rules M13-M19): every way through ends in exactly one payment or refund. */
import { fromBase64url, utf8 } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { verifyEd25519Sync } from '@salus/crypto/verify'
import { outcomeText } from '@salus/enclave/deal'
import { type BlockContext, type Draft, type Tx, type TxType, txType, type View } from '@salus/ledger/module'
import {
  type Bodies,
  bodies,
  type Cause,
  priceOf,
  type Task,
  type TaskLeg,
  type TaskState,
  WAITS,
} from '../contract.ts'
import { move, refuse } from './accounts.ts'
import { taskOf, taskRow } from './match.ts'
import { orderAs, use } from './orders.ts'

// By its owner: nobody can spend what another one may give.
const budgetRow = (org: string, data: string) => `market/budget/${org}/${data}`
const enclaveRow = (key: string) => `market/enclave/${key}`

/** Units of one version of a data set that keys were released for; re-publishing the same bytes does not begin anew (M15). */
export const spentOf = (state: View, org: string, data: string): number => state.get<number>(budgetRow(org, data)) ?? 0

function open(state: View, id: string, states: readonly TaskState[], now: number): Task {
  const task = taskOf(state, id)
  if (!task) throw refuse('task-unknown')
  if (!states.includes(task.state)) throw refuse('task-state')
  if (now > task.due) throw refuse('task-late')
  return task
}

/** The leg of `order`, which only its own hospital may speak for. */
function legAt(task: Task, order: string, org: string): TaskLeg {
  const leg = task.legs.find((one) => one.order === order)
  if (!leg || leg.org !== org) throw refuse('leg-unknown')
  return leg
}

const withLeg = (task: Task, leg: TaskLeg): Task => ({
  ...task,
  legs: task.legs.map((one) => (one.order === leg.order ? leg : one)),
})

const stepped = (task: Task, state: TaskState, time: number): Task => ({
  ...task,
  state,
  steps: { ...task.steps, [state]: time },
})

/** Pays out a task that ended: what each is due, the rest back to the lab. The sum is what the lab set aside (M1). */
function end(state: Draft, task: Task, due: readonly (readonly [org: string, amount: number])[], time: number): void {
  const paid: Record<string, number> = {}
  for (const [org, amount] of due) {
    if (amount > 0) paid[org] = (paid[org] ?? 0) + amount
  }
  for (const [org, amount] of Object.entries(paid)) move(state, org, amount)
  const back = priceOf(task) - due.reduce((sum, [, amount]) => sum + amount, 0)
  if (back > 0) move(state, task.lab, back)
  const steps = { ...task.steps, [task.state]: time }
  state.put(taskRow(task.task), { ...task, steps, paid })
}

const worked = (task: Task) =>
  [
    [task.host.org, task.host.price],
    [task.analysis.org, task.analysis.price],
  ] as const

/** M16 Everything went well: everybody is paid. */
const settle = (state: Draft, task: Task, time: number): void =>
  end(
    state,
    { ...task, state: 'settled' },
    [...worked(task), ...task.legs.map((one) => [one.org, one.price] as const)],
    time,
  )

/** M17 The gate, a reviewer or silence said no: who computed is paid, and who handed its share over; the other data goes back. */
const turnDown = (state: Draft, task: Task, cause: Cause, time: number): void => {
  const handed = task.legs.filter(({ share }) => share !== undefined).map((one) => [one.org, one.price] as const)
  end(state, { ...task, state: 'refused', cause }, [...worked(task), ...handed], time)
}

/** M18 It failed before there was a result: the lab has everything back, and uses that served nothing return. */
function refund(state: Draft, task: Task, cause: Cause, by: string, time: number): void {
  for (const leg of task.legs) if (!leg.reserved) use(state, leg.order, -1)
  if (!task.legs.some((one) => one.reserved)) {
    use(state, task.host.order, -1)
    use(state, task.analysis.order, -1)
  }
  end(state, { ...task, state: 'refunded', cause, by }, [], time)
}

const seconds = ({ time }: BlockContext) => Math.floor(time / 1000)

/** M17 A held result: no hospital hands anything over before each of them has said yes. */
function review(state: Draft, task: Task, leg: TaskLeg, allow: boolean, block: BlockContext): void {
  if (leg.cleared) throw refuse('leg-done')
  if (!allow) {
    turnDown(state, { ...task, by: leg.org }, 'review-refused', block.time)
    return
  }
  const next = withLeg(task, { ...leg, cleared: true })
  const all = next.legs.every(({ cleared }) => cleared)
  const due = seconds(block) + WAITS.deliver
  state.put(taskRow(task.task), all ? { ...stepped(next, 'delivering', block.time), due } : next)
}

/** M13 A hospital that decides by hand says yes or no; silence until the date is a no. */
function decide(state: Draft, { org, body }: Tx<Bodies['task.decide']>, block: BlockContext): void {
  const task = open(state, body.task, ['deciding', 'held'], seconds(block))
  const leg = legAt(task, body.order, org)
  if (task.state === 'held') {
    review(state, task, leg, body.allow, block)
    return
  }
  if (leg.allowed) throw refuse('leg-done')
  if (!body.allow) {
    refund(state, task, 'refused-by-hand', org, block.time)
    return
  }
  const next = withLeg(task, { ...leg, allowed: true })
  const ready = next.legs.every(({ allowed }) => allowed)
  const due = ready ? seconds(block) + task.host.minutes * 60 : task.due
  state.put(taskRow(task.task), ready ? { ...stepped(next, 'ready', block.time), due } : next)
}

/**
 * M15 Before a hospital's broker lets a key go it reserves: once for each deal and data set, within the budget of that version,
 * for one enclave. A host that runs again or goes back gains nothing: the second reservation has no place.
 */
function reserve(state: Draft, { org, body }: Tx<Bodies['task.reserve']>, block: BlockContext): void {
  const task = open(state, body.task, ['ready', 'running'], seconds(block))
  const leg = legAt(task, body.order, org)
  if (leg.reserved) throw refuse('leg-done')
  if (task.enclave !== undefined && task.enclave !== body.enclave) throw refuse('enclave-other')
  if (task.enclave === undefined) {
    if (state.get(enclaveRow(body.enclave)) !== undefined) throw refuse('enclave-known')
    state.put(enclaveRow(body.enclave), task.task)
  }
  const { gate } = orderAs(state, body.order, 'dataset').body
  const spent = spentOf(state, leg.org, leg.data) + body.units
  if (spent > gate.budget) throw refuse('budget-spent')
  state.put(budgetRow(leg.org, leg.data), spent)
  const next = { ...withLeg(task, { ...leg, reserved: true, verdict: body.verdict }), enclave: body.enclave }
  state.put(taskRow(task.task), task.state === 'running' ? next : stepped(next, 'running', block.time))
}

function isSigned(task: Task, { result, outcome, signature }: Bodies['task.result']): boolean {
  const message = utf8(outcomeText({ deal: task.deal, result, outcome }))
  try {
    return verifyEd25519Sync(task.enclave ?? '', message, fromBase64url(signature))
  } catch (error) {
    if (!isAppError(error)) throw error
    return false
  }
}

/** M14 A result counts when the enclave that got the keys signed it for this deal, and the host of the deal brings it. */
function result(state: Draft, { org, body }: Tx<Bodies['task.result']>, block: BlockContext): void {
  const task = open(state, body.task, ['running'], seconds(block))
  if (task.host.org !== org) throw refuse('order-other')
  if (!task.legs.every(({ reserved }) => reserved)) throw refuse('reserve-missing')
  if (!isSigned(task, body)) throw refuse('signature-invalid')
  const kept = { ...task, result: body.result, outcome: body.outcome }
  if (body.outcome === 'refused') {
    turnDown(state, kept, 'gate-refused', block.time)
    return
  }
  const held = body.outcome === 'held'
  const due = seconds(block) + (held ? WAITS.review : WAITS.deliver)
  state.put(taskRow(task.task), { ...stepped(kept, held ? 'held' : 'delivering', block.time), due })
}

/** M16 The lab can open the result when every hospital has handed its share over: with the last one, everybody is paid. */
function deliver(state: Draft, { org, body }: Tx<Bodies['task.deliver']>, block: BlockContext): void {
  const task = open(state, body.task, ['delivering'], seconds(block))
  const leg = legAt(task, body.order, org)
  if (leg.share !== undefined) throw refuse('leg-done')
  const next = withLeg(task, { ...leg, share: body.share })
  if (next.legs.every(({ share }) => share !== undefined)) settle(state, next, block.time)
  else state.put(taskRow(task.task), next)
}

const before: readonly TaskState[] = ['deciding', 'ready', 'running']

const after: readonly TaskState[] = ['delivering', 'held']

/** A hospital that was to hand its share over finds no such bytes in the store; nobody has found any before it. */
const isUnseen = (task: Task, org: string): boolean =>
  after.includes(task.state) &&
  task.legs.some((one) => one.org === org) &&
  task.legs.every(({ share }) => share === undefined)

/** M18 The host, or a hospital of the deal, says early why it cannot be; nobody gains by it, so nobody else is asked. */
function fail(state: Draft, { org, body }: Tx<Bodies['task.fail']>, block: BlockContext): void {
  const task = taskOf(state, body.task)
  if (!task) throw refuse('task-unknown')
  const unseen = body.cause === 'result-missing'
  if (unseen ? !isUnseen(task, org) : !before.includes(task.state)) throw refuse('task-state')
  if (org !== task.host.org && !task.legs.some((one) => one.org === org)) throw refuse('order-other')
  refund(state, task, body.cause, org, block.time)
}

/** M19 After its date any member ends a task: without a result all goes back, with one the silence was a no. */
function claim(state: Draft, { org, body }: Tx<Bodies['task.claim']>, block: BlockContext): void {
  const task = taskOf(state, body.task)
  if (!task) throw refuse('task-unknown')
  if (seconds(block) <= task.due) throw refuse('task-early')
  if (before.includes(task.state)) refund(state, task, 'overdue', org, block.time)
  else if (after.includes(task.state)) {
    turnDown(state, { ...task, by: org }, 'overdue', block.time)
  } else throw refuse('task-state')
}

export const taskTypes: Readonly<Record<string, TxType>> = {
  'task.decide': txType({ schema: bodies['task.decide'], apply: decide }),
  'task.reserve': txType({ schema: bodies['task.reserve'], apply: reserve }),
  'task.result': txType({ schema: bodies['task.result'], apply: result }),
  'task.deliver': txType({ schema: bodies['task.deliver'], apply: deliver }),
  'task.fail': txType({ schema: bodies['task.fail'], apply: fail }),
  'task.claim': txType({ schema: bodies['task.claim'], apply: claim }),
}
