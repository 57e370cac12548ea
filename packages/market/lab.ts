/** What a lab's device does: it sees the whole price before it signs, places an order, and opens its own result. */
import { utf8 } from '@salus/base/bytes'
import type { Clock, Random } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import type { Duty, GatePolicy, HostKind, Purpose } from '@salus/enclave/deal'
import { type Bodies, type HostOrder, type Task, WAITS } from './contract.ts'
import type { Offer, Program, Trader } from './device.ts'
import type { MarketLedgerCode } from './errors.ts'

export type LabCode = 'offer-unknown' | 'program-unknown' | 'host-none' | 'price-over'

/** What an order would cost and be bound by. */
export type Quote = {
  readonly offers: readonly Offer[]
  readonly program: Program
  readonly host: HostOrder
  readonly total: number
  /** The strictest of each rule: what the result will be held to. */
  readonly gate: GatePolicy
  /** True: at least one hospital decides by hand, so it may take days. */
  readonly byHand: boolean
  /** True: what runs is not protected by hardware. */
  readonly simulated: boolean
  readonly duties: readonly Duty[]
  /** Minutes the host undertakes to finish in. */
  readonly minutes: number
}

const isOpen = (one: { closed: boolean; used: number; body: { until: number; uses: number } }, now: number): boolean =>
  !one.closed && one.body.until > now && one.used < one.body.uses

const lets = ({ body }: { body: { labs: readonly string[] } }, lab: string): boolean =>
  body.labs.length === 0 || (body.labs as readonly string[]).includes(lab)

/** Offers by their order ids. */
export function findOffers(all: readonly Offer[], wanted: readonly string[]): Offer[] {
  return wanted.map((id) => {
    const found = all.find(({ body }) => body.order === id)
    if (!found) throw new AppError<LabCode>('offer-unknown')
    return found
  })
}

/** The strictest of several gates, rule by rule. */
export const strictest = (gates: readonly GatePolicy[]): GatePolicy => ({
  k: Math.max(...gates.map(({ k }) => k)),
  share: Math.min(...gates.map(({ share }) => share)),
  dof: Math.max(...gates.map(({ dof }) => dof)),
  dominance: Math.min(...gates.map(({ dominance }) => dominance)),
  budget: Math.min(...gates.map(({ budget }) => budget)),
})

const refuse = (code: MarketLedgerCode) => new AppError<MarketLedgerCode>(code)

/** What the ledger would refuse is refused before anybody signs (M5, M10). */
function assertOffered(
  { closed, used, body }: Offer,
  { analysis, kind }: { analysis: string; kind: HostKind },
  lab: string,
  now: number,
): void {
  if (closed) throw refuse('order-closed')
  if (body.until <= now) throw refuse('order-expired')
  if (used >= body.uses) throw refuse('order-spent')
  if (!lets({ body }, lab)) throw refuse('lab-excluded')
  if (body.analyses.length > 0 && !(body.analyses as readonly string[]).includes(analysis))
    throw refuse('analysis-excluded')
  if (!body.kinds.includes(kind)) throw refuse('kind-excluded')
  if (kind === 'simulated' && !body.public) throw refuse('simulated-refused')
}

const MONTH = 30 * 86_400

/** How often a host let this lab down within a month: more than once, and it comes after every other. */
function failuresOf(tasks: readonly Task[], lab: string, now: number): (host: string) => number {
  // It said so itself, or it had everything it needed and was never heard of again.
  const isDown = ({ by, cause, host, steps }: Task) =>
    by === host.org || (cause === 'overdue' && steps.ready !== undefined)
  const down = tasks.filter(
    (one) =>
      one.lab === lab && one.state === 'refunded' && isDown(one) && (one.steps.refunded ?? 0) / 1_000 > now - MONTH,
  )
  return (org) => {
    const count = down.filter(({ host }) => host.org === org).length
    return count > 1 ? count : 0
  }
}

/**
 * Prices an order with the cheapest open host of a kind that did not let this lab down; `offer-unknown`, `program-unknown`,
 * `host-none`, or what the ledger would say of an offer.
 */
export async function quoteOf(
  trader: Trader,
  want: { datasets: readonly string[]; analysis: string; kind: HostKind },
): Promise<Quote> {
  const now = (await trader.now()) / 1000
  const [offers, programs, hosts] = await Promise.all([trader.datasets(), trader.analyses(), trader.hosts()])
  const chosen = findOffers(offers, want.datasets)
  for (const one of chosen) assertOffered(one, want, trader.org, now)
  const usable = (one: Program) => one.body.analysis === want.analysis && isOpen(one, now) && lets(one, trader.org)
  const program = programs.filter(usable).sort((a, b) => a.body.price - b.body.price)[0]
  if (!program) throw new AppError<LabCode>('program-unknown')
  const failed = failuresOf(await trader.tasks(), trader.org, now)
  const host = hosts
    .filter((one) => one.body.kind === want.kind && isOpen(one, now) && lets(one, trader.org))
    .sort((a, b) => failed(a.org) - failed(b.org) || a.body.price - b.body.price)[0]
  if (!host) throw new AppError<LabCode>('host-none')
  return {
    ...{ offers: chosen, program, host, gate: strictest(chosen.map(({ body }) => body.gate)) },
    total: chosen.reduce((sum, { body }) => sum + body.price, program.body.price + host.body.price),
    ...{ byHand: chosen.some(({ body }) => body.byHand), simulated: want.kind === 'simulated' },
    ...{ duties: [...new Set(chosen.flatMap(({ body }) => body.duties))], minutes: host.body.minutes },
  }
}

export type Placing = {
  readonly quote: Quote
  /** The exact text; whoever needs it finds it in the store by its digest. */
  readonly params: string
  readonly purpose: Purpose
  /** The lab's X25519 key: the result is sealed to it. */
  readonly key: string
  readonly most: number
}

/** Signs the request and brings it together with the host; gives the task's id. Nothing is paid unless both stand. */
export async function placeOrder(
  trader: Trader,
  placing: Placing,
  at: { clock: Clock; random: Random },
): Promise<string> {
  const { quote, params, purpose, key } = placing
  if (quote.total > placing.most) throw new AppError<LabCode>('price-over')
  const order = newId(at.random) as Bodies['market.request']['order']
  await trader.send('market.request', {
    ...{ order, datasets: quote.offers.map(({ body }) => body.order), analysis: quote.program.body.order },
    ...{ kind: quote.host.body.kind, params: digest(utf8(params)), purpose, duties: [...quote.duties], key },
    // What was shown, not what one would have paid: a dearer host cannot match it in between.
    most: quote.total,
    until: Math.floor((await trader.now()) / 1000) + WAITS.match,
  })
  try {
    await trader.send('market.match', { request: order, host: quote.host.body.order })
  } catch (error) {
    // Left open, anybody could match it later: the lab would pay for what it was told had failed.
    await trader.send('market.close', { order }).catch(() => undefined)
    throw error
  }
  return order
}
