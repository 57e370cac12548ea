/** One request, many priced data sets, one analysis, one host: a deal, and its price set aside (rules M10-M12). */
import { type Deal, dealDigest } from '@salus/enclave/deal'
import { type BlockContext, type Draft, type Tx, type TxType, txType, type View } from '@salus/ledger/module'
import {
  type AnalysisOrder,
  type Bodies,
  bodies,
  type DatasetOrder,
  type HostOrder,
  isCovered,
  priceOf,
  type RequestOrder,
  type Task,
  type TaskLeg,
  WAITS,
} from '../contract.ts'
import { move, refuse } from './accounts.ts'
import { assertUsable, closeOrder, orderAs, use, vouchersOf } from './orders.ts'

const TASK = 'market/task/'
export const taskRow = (task: string): string => TASK + task

/** The task of a request: both have one id. */
export const taskOf = (state: View, task: string): Task | undefined => state.get<Task>(taskRow(task))
export const tasksOf = (state: View): Task[] => state.list<Task>(TASK).map(([, task]) => task)

const opens = (list: readonly string[], one: string): boolean => list.length === 0 || list.includes(one)

/** The orders of one deal. */
export type Found = {
  readonly request: RequestOrder
  readonly host: HostOrder
  readonly analysis: AnalysisOrder
  readonly sets: readonly DatasetOrder[]
}

/** M10 Each order's own restrictions hold, and every order is usable: any one that does not refuses the whole match. */
function assertAllowed({ request, host, analysis, sets }: Found, state: View): void {
  const lab = request.org
  const { kind, purpose, duties } = request.body
  if (host.body.kind !== kind) throw refuse('kind-excluded')
  if (!opens(host.body.labs, lab) || !opens(analysis.body.labs, lab)) throw refuse('lab-excluded')
  if (!vouchersOf(state, analysis.body.analysis).some((one) => one !== analysis.org)) throw refuse('analysis-unvouched')
  for (const { body } of sets) {
    if (!opens(body.labs, lab)) throw refuse('lab-excluded')
    if (!opens(body.analyses, analysis.body.analysis)) throw refuse('analysis-excluded')
    if (!body.kinds.includes(kind)) throw refuse('kind-excluded')
    if (kind === 'simulated' && !body.public) throw refuse('simulated-refused')
    if (!isCovered(purpose, body.purposes)) throw refuse('purpose-excluded')
    if (!body.duties.every((one) => duties.includes(one))) throw refuse('duty-missing')
  }
}

function find(state: View, body: Bodies['market.match'], now: number): Found {
  const request = orderAs(state, body.request, 'request')
  const host = orderAs(state, body.host, 'host')
  const analysis = orderAs(state, request.body.analysis, 'analysis')
  const ids = request.body.datasets
  if (new Set(ids).size !== ids.length) throw refuse('set-twice')
  const sets = ids.map((id) => orderAs(state, id, 'dataset'))
  if (new Set(sets.map(({ body }) => body.set)).size !== sets.length) throw refuse('set-twice')
  for (const order of [request, host, analysis, ...sets]) assertUsable(state, order, now)
  return { request, host, analysis, sets }
}

type Signed<O> = O extends { org: string; body: unknown } ? Pick<O, 'org' | 'body'> : never

/** The deal that these orders make; `chain` keeps it apart from any other consortium's. */
export function dealOf(
  chain: string,
  task: string,
  {
    request,
    host,
    analysis,
    sets,
  }: { [K in keyof Found]: Found[K] extends readonly (infer O)[] ? readonly Signed<O>[] : Signed<Found[K]> },
): Deal {
  const { key, params, purpose, kind } = request.body
  return {
    ...{ chain, task: task as never, lab: request.org as never, key, analysis: analysis.body.analysis, params },
    ...{ purpose, host: host.org as never, kind },
    legs: sets.map(({ org, body }) => {
      const { order, data, key, public: open, gate } = body
      return { order, org: org as never, data, key, public: open, gate }
    }),
  }
}

function legOf({ org, body }: DatasetOrder): TaskLeg {
  const { order, data, price, byHand } = body
  return { order, org, data, price, allowed: !byHand, reserved: false }
}

/** M11 The price leaves the lab's account before anybody works, and is never above what the lab signed. */
function match(chain: string, state: Draft, { body }: Tx<Bodies['market.match']>, { time }: BlockContext): void {
  if (taskOf(state, body.request)) throw refuse('task-known')
  const now = Math.floor(time / 1000)
  const found = find(state, body, now)
  assertAllowed(found, state)
  const { request, host, analysis } = found
  const legs = found.sets.map(legOf)
  const deciding = legs.some(({ allowed }) => !allowed)
  const { minutes, price, order } = host.body
  const chosen = { order: request.body.analysis, org: analysis.org, price: analysis.body.price }
  const stateNow = deciding ? 'deciding' : 'ready'
  const task: Task = {
    ...{ task: body.request, deal: dealDigest(dealOf(chain, body.request, found)), lab: request.org },
    analysis: { ...chosen, digest: analysis.body.analysis },
    host: { order, org: host.org, price, minutes },
    ...{ legs, state: stateNow, due: now + (deciding ? WAITS.decide : minutes * 60), steps: { [stateNow]: time } },
  }
  const full = priceOf(task)
  if (full > request.body.most) throw refuse('price-over')
  move(state, request.org, -full)
  for (const id of [body.request, body.host, request.body.analysis, ...request.body.datasets]) use(state, id, 1)
  // M12 A request is one deal.
  closeOrder(state, body.request, orderAs(state, body.request, 'request'))
  state.put(taskRow(task.task), task)
}

/** The deal of a task, from the orders it was made of; they stay as they were signed. */
export function dealOfTask(state: View, chain: string, { task, host, legs }: Task): Deal {
  const request = orderAs(state, task, 'request')
  const found: Found = {
    request,
    host: orderAs(state, host.order, 'host'),
    analysis: orderAs(state, request.body.analysis, 'analysis'),
    sets: legs.map(({ order }) => orderAs(state, order, 'dataset')),
  }
  return dealOf(chain, task, found)
}

/** M12 Anybody may bring two orders together: the orders decide, not who matches them. */
export const matchTypes = (chain: string): Readonly<Record<string, TxType>> => ({
  'market.match': txType({
    schema: bodies['market.match'],
    apply: (state, tx, block) => match(chain, state, tx, block),
  }),
})
