/** Orders of four kinds (rules M5-M9): what an organisation offers or asks for, signed by it, until it is closed, late or used up. */
import { PRIVATE_K, PUBLIC_K } from '@salus/enclave/deal'
import { type BlockContext, type Draft, type Tx, type TxType, txType, type View } from '@salus/ledger/module'
import {
  type AnalysisOrder,
  type Bodies,
  bodies,
  type DatasetOrder,
  type HostOrder,
  type Order,
  type RequestOrder,
} from '../contract.ts'
import { isMember, refuse } from './accounts.ts'

const ORDER = 'market/order/'
const setRow = (set: string) => `market/set/${set}`
const vouchRow = (analysis: string) => `market/vouch/${analysis}`
const openRow = (org: string) => `market/open/${org}`

/** Open orders of one organisation: nobody fills the state. */
const MAX_OPEN = 1000

type Of = { dataset: DatasetOrder; analysis: AnalysisOrder; host: HostOrder; request: RequestOrder }

/** An order of any kind. */
export const orderOf = (state: View, id: string): Order | undefined => state.get<Order>(ORDER + id)

/** An order of one kind, or refused. */
export function orderAs<Kind extends keyof Of>(state: View, id: string, kind: Kind): Of[Kind] {
  const order = orderOf(state, id)
  if (!order) throw refuse('order-unknown')
  if (order.kind !== kind) throw refuse('order-foreign')
  return order as Of[Kind]
}

/** M5 May this order be used now? Open, in time, with uses left, of a member. */
export function assertUsable(state: View, order: Order, now: number): void {
  if (order.closed) throw refuse('order-closed')
  if (order.body.until <= now) throw refuse('order-expired')
  if (order.kind !== 'request' && order.used >= order.body.uses) throw refuse('order-spent')
  if (order.kind === 'request' && order.used >= 1) throw refuse('order-spent')
  if (!isMember(state, order.org)) throw refuse('org-left')
}

/** Counts a use, or gives one back (M6: only where nothing was served). */
export function use(state: Draft, id: string, count: 1 | -1): void {
  const order = orderOf(state, id)
  if (!order) throw refuse('order-unknown')
  state.put(ORDER + id, { ...order, used: order.used + count })
}

const isUsedUp = ({ kind, used, body }: Order): boolean => used >= (kind === 'request' ? 1 : body.uses)

/** Orders of one organisation that somebody could still use: those that are late or used up need no closing to make room. */
const usable = (state: View, org: string, now: number): number =>
  state.list<Order>(ORDER).filter(([, one]) => one.org === org && !one.closed && one.body.until > now && !isUsedUp(one))
    .length

/** Counts one more; where it seems full, what is really open is counted. */
function countOpen(state: Draft, org: string, now: number): void {
  const known = (state.get<number>(openRow(org)) ?? 0) + 1
  const open = known > MAX_OPEN ? usable(state, org, now) + 1 : known
  if (open > MAX_OPEN) throw refuse('orders-full')
  state.put(openRow(org), open)
}

function put(state: Draft, kind: Order['kind'], { org, body }: Tx<{ order: string }>, { time }: BlockContext): void {
  if (orderOf(state, body.order)) throw refuse('order-known')
  countOpen(state, org, Math.floor(time / 1000))
  state.put(ORDER + body.order, { kind, org, body, used: 0, closed: false, at: time })
}

/** Nothing more is made of it; its owner has room for another. */
export function closeOrder(state: Draft, id: string, order: Order): void {
  state.put(ORDER + id, { ...order, closed: true })
  state.put(openRow(order.org), Math.max(0, (state.get<number>(openRow(order.org)) ?? 0) - 1))
}

/** M7 A newer version takes the place of the older offer of its set; deals that stand keep what they were made with. */
function offer(state: Draft, tx: Tx<Bodies['market.dataset']>, block: BlockContext): void {
  const { org, body } = tx
  if (body.gate.k < (body.public ? PUBLIC_K : PRIVATE_K)) throw refuse('gate-too-low')
  const set = state.get<{ org: string; order: string }>(setRow(body.set))
  if (set && set.org !== org) throw refuse('set-other')
  put(state, 'dataset', tx, block)
  const before = set && orderOf(state, set.order)
  if (set && before && !before.closed) closeOrder(state, set.order, before)
  state.put(setRow(body.set), { org, order: body.order })
}

type Vouched = { readonly by: readonly string[]; readonly author?: string }

/** Who stands for an analysis, besides its author. */
export const vouchersOf = (state: View, analysis: string): readonly string[] =>
  state.get<Vouched>(vouchRow(analysis))?.by ?? []

/** The first to offer an analysis is its author: nobody else can sell the same bytes. */
function sell(state: Draft, tx: Tx<Bodies['market.analysis']>, block: BlockContext): void {
  const { org, body } = tx
  const row = state.get<Vouched>(vouchRow(body.analysis)) ?? { by: [] }
  if (row.author !== undefined && row.author !== org) throw refuse('order-other')
  put(state, 'analysis', tx, block)
  state.put(vouchRow(body.analysis), { ...row, author: org })
}

/** M8 An analysis runs only when another organisation than its author's has read it and signed for it. */
function vouch(state: Draft, { org, body }: Tx<Bodies['market.vouch']>): void {
  const row = state.get<Vouched>(vouchRow(body.analysis))
  if (row?.author === undefined) throw refuse('order-unknown')
  if (row.author === org) throw refuse('vouch-own')
  if (row.by.includes(org)) throw refuse('vouch-known')
  state.put(vouchRow(body.analysis), { ...row, by: [...row.by, org] })
}

/** M9 Its owner closes an order; what was matched before stands. */
function close(state: Draft, { org, body }: Tx<Bodies['market.close']>): void {
  const order = orderOf(state, body.order)
  if (!order) throw refuse('order-unknown')
  if (order.org !== org) throw refuse('order-other')
  if (order.closed) throw refuse('order-closed')
  closeOrder(state, body.order, order)
}

export const orderTypes: Readonly<Record<string, TxType>> = {
  'market.dataset': txType({ schema: bodies['market.dataset'], apply: offer }),
  'market.analysis': txType({ schema: bodies['market.analysis'], apply: sell }),
  'market.vouch': txType({ schema: bodies['market.vouch'], apply: vouch }),
  'market.host': txType({
    schema: bodies['market.host'],
    apply: (state, tx, block) => put(state, 'host', tx, block),
  }),
  'market.request': txType({
    schema: bodies['market.request'],
    apply: (state, tx, block) => put(state, 'request', tx, block),
  }),
  'market.close': txType({ schema: bodies['market.close'], apply: close }),
}

/** Orders of one kind, newest last; closed ones too. */
export const ordersOf = <Kind extends keyof Of>(state: View, kind: Kind): (readonly [string, Of[Kind]])[] =>
  state
    .list<Order>(ORDER)
    .filter(([, order]) => order.kind === kind)
    .sort(([, a], [, b]) => a.at - b.at)
    .map(([key, order]) => [key.slice(ORDER.length), order as Of[Kind]] as const)
