/** A hospital: its data sets, what is left of them and what they earned, all that happened with them, and their rules. */
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { type Audit, createAudit, type Revenue, type Use } from '@salus/market/audit'
import type { Offer, Trader } from '@salus/market/device'
import { offerAgain, type Rules, rulesOf } from '@salus/market/offer'
import { type Trading, theTrading } from './open.ts'

type Both = { readonly en: string; readonly fr: string }

export type Own = {
  readonly order: string
  readonly set: string
  readonly title: Both
  readonly version: number
  readonly rows: number
  readonly rules: Rules
  readonly public: boolean
  readonly used: number
  readonly spent: number
  readonly earned: number
  /** Deals that were made under this offer and have not ended. */
  readonly running: number
  readonly closed: boolean
}

// What was read of the ledger once is kept as long as the organisation is.
const audits = new WeakMap<Trader, () => Promise<Audit>>()
function auditNow(trader: Trader): Promise<Audit> {
  const found = audits.get(trader) ?? createAudit(trader)
  audits.set(trader, found)
  return found()
}

/** What a data set is called; its document may be gone from the store. */
async function namedOf({ objects }: Trading, data: string): Promise<Pick<Own, 'title' | 'version' | 'rows'>> {
  const unread = { title: { en: data.slice(0, 8), fr: data.slice(0, 8) }, version: 0, rows: 0 }
  const { title, version, rows } = await objects.document(data).catch(() => unread)
  return { title, version, rows }
}

async function ownOf(at: Trading, { body, used, spent, closed }: Offer, { uses, revenue }: Audit): Promise<Own> {
  const { order, set, data } = body
  return {
    ...{ order, set, rules: rulesOf(body), public: body.public, used, spent, closed, ...(await namedOf(at, data)) },
    earned: revenue.bySet[set] ?? 0,
    running: uses.filter((one) => one.order === order && !one.ended).length,
  }
}

/** Own data sets, closed ones last; what they earned, and what the organisation has. */
export async function holdings(): Promise<{ sets: Own[]; balance: number; revenue: Revenue }> {
  const at = await theTrading()
  const [audit, balance] = await Promise.all([auditNow(at.trader), at.trader.balance()])
  const sets = await Promise.all(audit.offers.map((one) => ownOf(at, one, audit)))
  const { revenue } = audit
  return { sets: sets.sort((a, b) => Number(a.closed) - Number(b.closed)), balance: Number(balance ?? 0), revenue }
}

/** One use of own data, in names. */
export type Used = Use & {
  readonly labName: string
  readonly hostName: string
  readonly byName: string | undefined
  readonly program: Both
  readonly title: Both
  readonly version: number
}

async function usedOf(at: Trading, use: Use): Promise<Used> {
  const unread = { title: { en: use.analysis.slice(0, 8), fr: use.analysis.slice(0, 8) } }
  const { title: program } = await at.objects.manifest(use.analysis).catch(() => unread)
  const { title, version } = await namedOf(at, use.data)
  const byName = use.by === undefined ? undefined : at.nameOf(use.by)
  return { ...use, labName: at.nameOf(use.lab), hostName: at.nameOf(use.host), byName, program, title, version }
}

/** Everything that happened with own data, newest first. */
export async function audit(): Promise<Used[]> {
  const at = await theTrading()
  const { uses } = await auditNow(at.trader)
  return Promise.all(uses.map((one) => usedOf(at, one)))
}

/** An offer whose rules are looked at: with whom one may let in, and the ledger's time in seconds. */
export type Offered = Own & {
  readonly others: readonly { readonly org: string; readonly name: string }[]
  readonly now: number
}

async function ownOffer({ trader }: Trading, order: string): Promise<Offer> {
  const found = (await trader.datasets()).find(({ org, body }) => org === trader.org && body.order === order)
  if (!found) throw new AppError('offer-unknown')
  return found
}

/** One's own offer by its order; `offer-unknown`. */
export async function offered(order: string): Promise<Offered> {
  const at = await theTrading()
  const [own, audit, now] = await Promise.all([ownOffer(at, order), auditNow(at.trader), at.trader.now()])
  const { organisations } = at.browser.roots
  const others = organisations.filter(({ org }) => org !== at.profile.org).map(({ org, name }) => ({ org, name }))
  return { ...(await ownOf(at, own, audit)), others, now: Math.floor(now / 1000) }
}

/** Signs the same version under other rules; the ledger closes the offer before it (rule M7). Gives the new order. */
export async function change(order: string, rules: Rules): Promise<string> {
  const at = await theTrading()
  const next = newId(systemRandom)
  await at.trader.send('market.dataset', offerAgain((await ownOffer(at, order)).body, next, rules))
  return next
}

/** Nobody orders it any more; deals that stand go on (rule M9). */
export async function withdraw(order: string): Promise<void> {
  const at = await theTrading()
  const { body } = await ownOffer(at, order)
  await at.trader.send('market.close', { order: body.order })
}
