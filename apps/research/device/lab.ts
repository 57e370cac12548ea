/** A lab: what is offered, what an order would cost and be bound by, and the order itself. */
import { systemClock, systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { checkParams } from '@salus/enclave/analyses/manifest'
import type { Duty, GatePolicy, HostKind, Purpose } from '@salus/enclave/deal'
import type { ContractColumn } from '@salus/market/dataset/contract'
import { sampleTable } from '@salus/market/dataset/synthetic'
import type { Offer } from '@salus/market/device'
import { placeOrder, type Quote, quoteOf } from '@salus/market/lab'
import { type Trading, theTrading } from './open.ts'

/** How many sample rows are shown. */
const SHOWN_ROWS = 8

type Both = { readonly en: string; readonly fr: string }

/** One data set as a card shows it. */
export type Shown = {
  readonly order: string
  readonly org: string
  readonly orgName: string
  readonly title: Both
  readonly description: Both
  readonly rows: number
  readonly price: number
  readonly byHand: boolean
  readonly public: boolean
  readonly purposes: readonly Purpose[]
  readonly duties: readonly Duty[]
  readonly kinds: readonly HostKind[]
  readonly gate: GatePolicy
  readonly left: number
  readonly terms: string
  readonly columns: readonly ContractColumn[]
  /** Percent without a value, by column. */
  readonly missing: readonly number[]
  /** Digests of the only analyses it is for; any when there is none. */
  readonly analyses: readonly string[]
}

async function shownOf({ objects, nameOf }: Trading, { org, body, spent }: Offer): Promise<Shown> {
  const { title, description, rows, columns, counts, terms } = await objects.document(body.data)
  const { order, price, byHand, purposes, duties, kinds, gate, analyses } = body
  return {
    ...{ order, org, orgName: nameOf(org), title, description, rows, price, byHand, public: body.public },
    ...{ purposes, duties, kinds, gate, left: gate.budget - spent, terms, columns, analyses },
    missing: columns.map(({ name }) => counts.find((one) => one.name === name)?.missing ?? 0),
  }
}

const isOpen = ({ closed, used, body }: Offer, lab: string, now: number): boolean =>
  !closed &&
  body.until > now &&
  used < body.uses &&
  (body.labs.length === 0 || (body.labs as readonly string[]).includes(lab))

/** What this lab may order now; what lies in the store under another digest is left out, and said. */
export async function catalogue(): Promise<{ offers: Shown[]; damaged: number; balance: number }> {
  const at = await theTrading()
  const [all, now, balance] = await Promise.all([at.trader.datasets(), at.trader.now(), at.trader.balance()])
  const open = all.filter((one) => isOpen(one, at.profile.org, now / 1000))
  const read = await Promise.all(open.map((one) => shownOf(at, one).catch(() => undefined)))
  const offers = read.filter((one) => one !== undefined)
  return { offers, damaged: read.length - offers.length, balance: Number(balance ?? 0) }
}

/** The first of a data set's sample rows, as words: made from its contract alone, from no patient. */
export async function sample(order: string): Promise<readonly (readonly string[])[]> {
  const { trader, objects } = await theTrading()
  const offer = (await trader.datasets()).find(({ body }) => body.order === order)
  if (!offer) throw new AppError('offer-unknown')
  const document = await objects.document(offer.body.data)
  const { columns } = sampleTable(offer.body.data, document)
  const word = (value: number, levels: readonly string[] | undefined) =>
    levels ? (levels[value] ?? '') : String(Number(value.toPrecision(6)))
  return Array.from({ length: SHOWN_ROWS }, (_, row) =>
    columns.map(({ values, levels }) => word(values[row] ?? 0, levels)),
  )
}

/** Analyses these pages can ask for and draw. */
export type AnalysisName = 'heartify' | 'describe'
const drawn: readonly string[] = ['heartify', 'describe'] satisfies AnalysisName[]

/** One of them that is on offer. */
export type Sold = {
  readonly name: AnalysisName
  readonly version: number
  readonly title: Both
  readonly price: number
  readonly digest: string
}

/** The newest of each that somebody vouched for. */
export async function analyses(): Promise<Sold[]> {
  const { trader, objects } = await theTrading()
  const [all, now] = await Promise.all([trader.analyses(), trader.now()])
  const found = new Map<string, Sold>()
  for (const { closed, vouched, used, body } of all) {
    if (closed || vouched.length === 0 || body.until <= now / 1000 || used >= body.uses) continue
    // An object that is not there, or is none, is somebody else's fault and hides nothing of the others.
    const manifest = await objects.manifest(body.analysis).catch(() => undefined)
    if (!manifest || !drawn.includes(manifest.name)) continue
    const { title, version } = manifest
    const name = manifest.name as AnalysisName
    found.set(name, { name, version, title, price: body.price, digest: body.analysis })
  }
  return [...found.values()].sort((a, b) => drawn.indexOf(a.name) - drawn.indexOf(b.name))
}

/** What is asked for: data sets by their orders, which analysis, and on which kind of machine. */
export type Wanted = { readonly datasets: readonly string[]; readonly analysis: AnalysisName; readonly kind: HostKind }

/** A price with everything that is signed, as the page shows it before anybody signs. */
export type Priced = Pick<Quote, 'total' | 'gate' | 'byHand' | 'simulated' | 'duties' | 'minutes'> & {
  readonly lines: readonly { readonly who: string; readonly what: Both; readonly price: number }[]
  readonly balance: number
}

async function quoted({ trader }: Trading, { datasets, analysis, kind }: Wanted): Promise<Quote> {
  const sold = (await analyses()).find(({ name }) => name === analysis)
  if (!sold) throw new AppError('program-unknown')
  return quoteOf(trader, { datasets, kind, analysis: sold.digest })
}

const machine: Both = { en: 'machine', fr: 'machine' }

/** The whole price, limits and rules of an order; signs nothing. */
export async function quote(wanted: Wanted): Promise<Priced> {
  const at = await theTrading()
  const found = await quoted(at, wanted)
  const { total, gate, byHand, simulated, duties, minutes, program, host } = found
  const data = await Promise.all(
    found.offers.map(async ({ org, body }) => ({
      ...{ who: at.nameOf(org), what: (await at.objects.document(body.data)).title, price: body.price },
    })),
  )
  const { title } = await at.objects.manifest(program.body.analysis)
  const lines = [
    ...data,
    { who: at.nameOf(program.org), what: title, price: program.body.price },
    { who: at.nameOf(host.org), what: machine, price: host.body.price },
  ]
  return {
    ...{ total, gate, byHand, simulated, duties, minutes, lines },
    balance: Number((await at.trader.balance()) ?? 0),
  }
}

/** Signs and places the order at the price that was shown, or not at all; gives the task's id. */
export async function place(
  wanted: Wanted & { readonly model: object; readonly most: number; readonly purpose: Purpose },
): Promise<string> {
  const at = await theTrading()
  const found = await quoted(at, wanted)
  checkParams(await at.objects.manifest(found.program.body.analysis), wanted.model)
  const params = JSON.stringify(wanted.model)
  await at.objects.put(params)
  const { most, purpose } = wanted
  const placing = { quote: found, params, purpose, key: at.keys.lab.publicKey, most }
  return placeOrder(at.trader, placing, { clock: systemClock, random: systemRandom })
}
