/**
 * What happened with a hospital's data: every deal it was part of, under which terms, what it cost of the disclosure budget, and what
 * was earned. Read from the ledger alone, by the command line and by the pages alike.
 */
import { isAppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { z } from '@salus/base/schema'
import { decodeJws } from '@salus/crypto/jws'
import type { Deal, Duty, HostKind, Purpose } from '@salus/enclave/deal'
import { TX_TYP } from '@salus/ledger/contract'
import { type Cause, endStates, type Task, type TaskLeg, type TaskState } from './contract.ts'
import type { DrawRow, Offer, Trader } from './device.ts'

/** One use of one own data set. Times in seconds; `units` of the version's budget that a key was reserved for. */
export type Use = {
  readonly task: string
  readonly order: string
  readonly set: string
  /** Digest of the version's document. */
  readonly data: string
  readonly at: number
  readonly lab: string
  /** Digest. */
  readonly analysis: string
  readonly host: string
  readonly kind: HostKind
  readonly purpose: Purpose
  readonly duties: readonly Duty[]
  /** Fewest people behind any figure, as this deal was bound. */
  readonly k: number
  readonly byHand: boolean
  readonly price: number
  /** What the hospital got for it. */
  readonly paid: number
  readonly state: TaskState
  readonly ended: boolean
  readonly cause: Cause | undefined
  /** Who said the cause. */
  readonly by: string | undefined
  readonly units: number
  /** Units of that version's budget that are left now. */
  readonly left: number
}

/** One signed word about a task, by anybody. `at` in milliseconds. */
export type Act = {
  readonly at: number
  readonly org: string
  readonly type: string
  readonly task: string
  readonly order: string | undefined
  readonly units: number
}

/** What own data earned: in all, by data set, in deals that are open, set aside to be paid out, paid out. */
export type Revenue = {
  readonly earned: number
  readonly bySet: Readonly<Record<string, number>>
  readonly open: number
  readonly aside: number
  readonly drawn: number
}

export type Audit = {
  readonly offers: readonly Offer[]
  readonly tasks: readonly Task[]
  /** Newest first. */
  readonly uses: readonly Use[]
  readonly acts: readonly Act[]
  readonly revenue: Revenue
}

const said = z.object({
  org: z.string(),
  type: z.string(),
  body: z.object({ task: z.string(), order: z.string().optional(), units: z.number().optional() }),
})

function actOf(time: number, tx: string): Act | undefined {
  try {
    const read = said.safeParse(parseJson(decodeJws(tx, TX_TYP).payload))
    if (!read.success) return undefined
    const { org, type, body } = read.data
    return { at: time, org, type, task: body.task, order: body.order, units: body.units ?? 0 }
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}

/** Words about tasks; what was read once is not asked for again. */
function createActs(trader: Pick<Trader, 'transactions'>): () => Promise<readonly Act[]> {
  const known: Act[] = []
  let next = 1
  let last: Promise<unknown> = Promise.resolve()
  const read = async () => {
    const found: Act[] = []
    let after = next
    for await (const { height, time, tx } of trader.transactions(next)) {
      const act = actOf(time, tx)
      if (act) found.push(act)
      after = height + 1
    }
    // What broke off is read again from where it began.
    known.push(...found)
    next = after
    return known
  }
  return () => {
    const now = last.then(read)
    last = now.catch(() => undefined)
    return now
  }
}

const isEnd = (state: TaskState): boolean => (endStates as readonly string[]).includes(state)

/** What the use of one data set brought: its price when the deal was settled, or was refused after its share had been handed over (M16, M17). */
const paidFor = ({ state }: Pick<Task, 'state'>, { price, share }: TaskLeg): number =>
  state === 'settled' || (state === 'refused' && share !== undefined) ? price : 0

/** What own data earned, by what the deals came to (rule A2). */
export function revenueOf(
  org: string,
  of: { offers: readonly Offer[]; tasks: readonly Task[]; draws: readonly DrawRow[] },
): Revenue {
  const sets = new Map<string, string>(of.offers.map(({ body }) => [body.order, body.set]))
  const bySet: Record<string, number> = {}
  let [earned, open] = [0, 0]
  for (const task of of.tasks) {
    for (const leg of task.legs.filter((one) => one.org === org)) {
      if (!isEnd(task.state)) open += leg.price
      const paid = paidFor(task, leg)
      if (paid === 0) continue
      const set = sets.get(leg.order) ?? leg.order
      bySet[set] = (bySet[set] ?? 0) + paid
      earned += paid
    }
  }
  const drawn = (paid: boolean) =>
    of.draws.filter((one) => one.org === org && one.paid === paid).reduce((sum, { amount }) => sum + amount, 0)
  return { earned, bySet, open, aside: drawn(false), drawn: drawn(true) }
}

type Bound = { readonly deal: Deal; readonly duties: readonly Duty[] }

/** The uses of own data in one task. */
function usesIn(task: Task, { deal, duties }: Bound, offers: readonly Offer[], acts: readonly Act[]): Use[] {
  const { state, cause, by, lab, host, analysis } = task
  return task.legs.flatMap((leg) => {
    const offer = offers.find(({ body }) => body.order === leg.order)
    if (!offer) return []
    const mine = (one: Act) => one.task === task.task && one.order === leg.order && one.type === 'task.reserve'
    const bound = deal.legs.find(({ order }) => order === leg.order)
    return {
      ...{ task: task.task, order: leg.order, set: offer.body.set, data: leg.data, lab, host: host.org },
      ...{ at: Math.floor(Math.min(...Object.values(task.steps)) / 1000), analysis: analysis.digest },
      ...{ kind: deal.kind, purpose: deal.purpose, duties, k: bound?.gate.k ?? offer.body.gate.k },
      ...{ byHand: offer.body.byHand, price: leg.price, paid: paidFor(task, leg) },
      ...{ state, ended: isEnd(state), cause, by },
      units: acts.filter(mine).reduce((sum, { units }) => sum + units, 0),
      left: offer.body.gate.budget - offer.spent,
    }
  })
}

/** Reads everything of the trader's own data; asked again, it reads only what is new. */
export function createAudit(trader: Trader): () => Promise<Audit> {
  const actsNow = createActs(trader)
  // What was agreed on never changes.
  const agreed = new Map<string, Promise<Bound>>()
  const ask = async (id: string): Promise<Bound> => {
    const [deal, request] = await Promise.all([trader.deal(id), trader.request(id)])
    return { deal, duties: request?.body.duties ?? [] }
  }
  const boundOf = (id: string): Promise<Bound> => {
    const found = agreed.get(id) ?? ask(id)
    agreed.set(id, found)
    found.catch(() => agreed.delete(id))
    return found
  }
  return async () => {
    const [sets, all, draws, words] = await Promise.all([trader.datasets(), trader.tasks(), trader.draws(), actsNow()])
    const offers = sets.filter(({ org }) => org === trader.org)
    const tasks = all.filter(({ legs }) => legs.some(({ org }) => org === trader.org))
    const ids = new Set(tasks.map(({ task }) => task))
    const acts = words.filter(({ task }) => ids.has(task))
    const uses = await Promise.all(tasks.map(async (task) => usesIn(task, await boundOf(task.task), offers, acts)))
    return {
      ...{ offers, tasks, acts, uses: uses.flat().sort((a, b) => b.at - a.at) },
      revenue: revenueOf(trader.org, { offers, tasks, draws }),
    }
  }
}
