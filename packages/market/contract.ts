/** The nouns of the market on the ledger: orders, deals, credits. Closed fields only; reasons stand in reasons.ts. */
import { field, z } from '@salus/base/schema'
import { duties, gatePolicy, hostKinds, MAX_LEGS, outcomes, type Purpose, purposes } from '@salus/enclave/deal'

/** Whole credits; the consortium's treasurer says what one is worth. Sums stay exact far below 2^53. */
export const MAX_CREDITS = 1_000_000_000_000
const credits = z.int().min(0).max(MAX_CREDITS)
const some = z.int().min(1).max(MAX_CREDITS)
const uses = z.int().min(1).max(1_000_000)
const id = field.statementId
const orgs = z.array(field.org).max(32)

/** Why a task failed, in closed words. The last four the ledger says itself; the others the host or a hospital of the deal. */
export const saidCauses = [
  ...['evidence-refused', 'measurement-other', 'debug-on', 'tcb-outdated', 'nonce-reused', 'deal-other'],
  ...['cohort-too-close', 'budget-spent', 'data-missing', 'data-damaged', 'params-invalid', 'analysis-changed'],
  ...['analysis-failed', 'analysis-time', 'analysis-memory', 'output-invalid', 'host-stopped', 'withdrawn'],
  ...['organisation-left', 'broker-unreachable', 'result-missing', 'asked-too-often'],
] as const
const ownCauses = ['overdue', 'refused-by-hand', 'gate-refused', 'review-refused'] as const
export type Cause = (typeof saidCauses)[number] | (typeof ownCauses)[number]
/** What a host or a hospital may say. */
export type SaidCause = (typeof saidCauses)[number]

/** Bodies by type of transaction. Times in seconds since 1970; `order`, `task`, `set`, `draw` are opaque ids. */
export const bodies = {
  /** A member's present word on who the treasurer is. */
  'credit.treasurer': z.strictObject({ org: field.org }),
  'credit.deposit': z.strictObject({ deposit: id, to: field.org, amount: some }),
  /** An organisation sets credits aside to be paid out. */
  'credit.draw': z.strictObject({ draw: id, amount: some }),
  'credit.paid': z.strictObject({ draw: id }),

  'market.dataset': z.strictObject({
    order: id,
    /** The data set across its versions. */
    set: id,
    /** Digest of this version's document. */
    data: field.digest,
    price: credits,
    uses,
    until: field.time,
    labs: orgs,
    analyses: z.array(field.digest).max(32),
    kinds: z.array(z.enum(hostKinds)).min(1).max(4),
    purposes: z.array(z.enum(purposes)).min(1).max(3),
    duties: z.array(z.enum(duties)).max(5),
    /** Synthetic or public: simulated evidence may do. */
    public: z.boolean(),
    byHand: z.boolean(),
    key: field.key32,
    gate: gatePolicy,
  }),
  'market.analysis': z.strictObject({
    ...{ order: id, analysis: field.digest, price: credits, uses, until: field.time, labs: orgs },
  }),
  /** Another organisation has read the analysis and stands for it. */
  'market.vouch': z.strictObject({ analysis: field.digest }),
  'market.host': z.strictObject({
    ...{ order: id, kind: z.enum(hostKinds), price: credits, uses, until: field.time, labs: orgs },
    /** Longest run it undertakes to finish, minutes. */
    minutes: z.int().min(1).max(1440),
  }),
  'market.request': z.strictObject({
    order: id,
    datasets: z.array(id).min(1).max(MAX_LEGS),
    analysis: id,
    kind: z.enum(hostKinds),
    params: field.digest,
    purpose: z.enum(purposes),
    duties: z.array(z.enum(duties)).max(5),
    key: field.key32,
    most: credits,
    until: field.time,
  }),
  'market.close': z.strictObject({ order: id }),
  'market.match': z.strictObject({ request: id, host: id }),

  'task.decide': z.strictObject({ task: id, order: id, allow: z.boolean() }),
  /** `verdict`: digest of the broker's signed verdict on the evidence. */
  'task.reserve': z.strictObject({
    ...{ task: id, order: id, units: z.int().min(1).max(100), enclave: field.key32, verdict: field.digest },
  }),
  'task.result': z.strictObject({
    task: id,
    result: field.digest,
    outcome: z.enum(outcomes),
    /** Ed25519 by the enclave over `outcomeText`. */
    signature: z.string().regex(/^[A-Za-z0-9_-]{85}[AQgw]$/),
  }),
  'task.deliver': z.strictObject({
    task: id,
    order: id,
    /** The hospital's share of the result's key, sealed to the lab: a packet. */
    share: z
      .string()
      .regex(/^(?=.{100,1500}$)[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/),
  }),
  'task.fail': z.strictObject({ task: id, cause: z.enum(saidCauses) }),
  'task.claim': z.strictObject({ task: id }),
} as const
export type Bodies = { [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> }
export type MarketTx = keyof Bodies

/** An order as the ledger keeps it. `used` counts deals that stand or were served; `closed` by its owner or a newer version. */
type Kept<Kind extends string, Body> = {
  readonly kind: Kind
  readonly org: string
  readonly body: Body
  readonly used: number
  readonly closed: boolean
  /** When its block was made, ms. */
  readonly at: number
}
export type DatasetOrder = Kept<'dataset', Bodies['market.dataset']>
export type AnalysisOrder = Kept<'analysis', Bodies['market.analysis']>
export type HostOrder = Kept<'host', Bodies['market.host']>
export type RequestOrder = Kept<'request', Bodies['market.request']>
export type Order = DatasetOrder | AnalysisOrder | HostOrder | RequestOrder

/** Where a task stands. The first four are open; the rest are ends, and nothing leaves them. */
export const openStates = ['deciding', 'ready', 'running', 'delivering', 'held'] as const
export const endStates = ['settled', 'refused', 'refunded'] as const
export type TaskState = (typeof openStates)[number] | (typeof endStates)[number]

/** One data set of a task: undecided, allowed, its key reserved, the held result cleared, its share delivered. */
export type TaskLeg = {
  readonly order: string
  readonly org: string
  readonly data: string
  readonly price: number
  readonly allowed: boolean
  readonly reserved: boolean
  readonly cleared?: boolean
  readonly share?: string
  /** Digest of the broker's verdict (EAR). */
  readonly verdict?: string
}

/** A deal and what became of it. */
export type Task = {
  readonly task: string
  /** Digest of the deal (`dealDigest`). */
  readonly deal: string
  readonly lab: string
  readonly analysis: { readonly order: string; readonly org: string; readonly price: number; readonly digest: string }
  readonly host: { readonly order: string; readonly org: string; readonly price: number; readonly minutes: number }
  readonly legs: readonly TaskLeg[]
  readonly state: TaskState
  /** Seconds: when anybody may claim. */
  readonly due: number
  /** The enclave's signing key, as the first hospital saw it proven. */
  readonly enclave?: string
  readonly result?: string
  readonly outcome?: (typeof outcomes)[number]
  readonly cause?: Cause
  /** Who said the cause. */
  readonly by?: string
  /** Milliseconds of each step. */
  readonly steps: Readonly<Partial<Record<TaskState, number>>>
  /** What each organisation was paid, once it ended. */
  readonly paid?: Readonly<Record<string, number>>
}

// What allows research of any kind allows health research, and that allows work on one disease.
const wider: Readonly<Record<Purpose, readonly Purpose[]>> = {
  'DUO:0000042': ['DUO:0000042'],
  'DUO:0000006': ['DUO:0000006', 'DUO:0000042'],
  'DUO:0000007': ['DUO:0000007', 'DUO:0000006', 'DUO:0000042'],
}

/** Is a purpose among those that are allowed, or narrower than one of them? */
export const isCovered = (purpose: Purpose, allowed: readonly Purpose[]): boolean =>
  wider[purpose].some((one) => allowed.includes(one))

/** Full price of a task. */
export const priceOf = (task: Pick<Task, 'legs' | 'analysis' | 'host'>): number =>
  task.legs.reduce((sum, { price }) => sum + price, task.analysis.price + task.host.price)

/** Longest waits, seconds: of a request for its match, for a decision by hand, for shares after a release, for a review. */
export const WAITS = { match: 600, decide: 3 * 86_400, deliver: 86_400, review: 7 * 86_400 } as const
