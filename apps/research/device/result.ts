/** A lab's results: opened here with its key and every hospital's share, and what was signed held against the pinned roots. */
import { fromBase64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { orgKeys } from '@salus/directory/consortium'
import { type Answer, openResult, readEnvelope } from '@salus/enclave/task/result'
import { compareAnswers } from '@salus/market/compare'
import { described, figureRows, figuresCsv, levelRows } from '@salus/market/described'
import { csvOf, type Fitted, fitted, termRows } from '@salus/market/fitted'
import { checkSigned } from '@salus/market/signed'
import { type Trading, theTrading } from './open.ts'
import { type Seen, seenOf } from './tasks.ts'

type Both = { readonly en: string; readonly fr: string }

/** Summary tables; columns and sites by their names. */
export type Tables = { readonly figures: ReturnType<typeof figureRows>; readonly levels: ReturnType<typeof levelRows> }

export type Opened = {
  readonly answer: Answer
  /** Absent where the analysis was another than a fitted model. */
  readonly model: Fitted | undefined
  readonly rows: ReturnType<typeof termRows>
  /** Absent where it was another than summary tables. */
  readonly tables: Tables | undefined
  readonly csv: string | undefined
  /** How many signatures were verified here. */
  readonly signatures: number
  /** Who refused to go along is in the names; notes of the gate, with names of organisations. */
  readonly notes: readonly { readonly rule: string; readonly about: string }[]
  /** What columns are called, by name. */
  readonly titles: Readonly<Record<string, Both>>
}

/** Titles of columns, from the documents of the deal; without those that are gone. */
async function titlesOf({ objects }: Trading, { deal }: Answer): Promise<Record<string, Both>> {
  const all = await Promise.all(deal.legs.map(({ data }) => objects.document(data).catch(() => undefined)))
  return Object.fromEntries(all.flatMap((one) => one?.columns.map(({ name, title }) => [name, title] as const) ?? []))
}

/** What can be drawn of an answer. */
function drawnOf(
  { result, deal }: Answer,
  nameOf: Trading['nameOf'],
): Pick<Opened, 'model' | 'rows' | 'tables' | 'csv'> {
  const model = fitted.safeParse(result)
  if (model.success) {
    return { model: model.data, rows: termRows(model.data), tables: undefined, csv: csvOf(model.data, deal.kind) }
  }
  const read = described.safeParse(result)
  if (!read.success) return { model: undefined, rows: [], tables: undefined, csv: undefined }
  const figures = figureRows(read.data).map((one) => ({ ...one, site: one.site === '' ? '' : nameOf(one.site) }))
  const tables = { figures, levels: levelRows(read.data) }
  return { model: undefined, rows: [], tables, csv: figuresCsv(figures, deal.kind) }
}

/** Opens the result of a settled task; `result-waiting` before. */
export async function result(id: string): Promise<Opened> {
  const at = await theTrading()
  const { trader, objects, keys, browser, nameOf } = at
  const task = await trader.task(id)
  if (task.state !== 'settled' || task.result === undefined) throw new AppError('result-waiting')
  const envelope = readEnvelope(await objects.get(task.result), task.deal)
  const signatures = await checkSigned(trader, (org) => orgKeys(browser.roots, org), task)
  const shares = Object.fromEntries(task.legs.map(({ order, share = '' }) => [order, share]))
  const answer = await openResult(envelope, fromBase64url(keys.lab.privateKey), shares)
  const notes = answer.notes.map(({ rule, org, about }) => ({
    rule,
    about: [org === undefined ? '' : nameOf(org), about ?? ''].filter(Boolean).join(', '),
  }))
  return { answer, signatures, notes, titles: await titlesOf(at, answer), ...drawnOf(answer, nameOf) }
}

/** Two results side by side. */
export type Compared = {
  readonly found: ReturnType<typeof compareAnswers>
  readonly both: readonly [Side, Side]
  /** Factor by factor: odds ratios with their intervals, null where a model has it not. */
  readonly rows: readonly { readonly term: string; readonly a: Odds | null; readonly b: Odds | null }[]
}
type Side = Seen & { readonly n: number; readonly events: number; readonly parameters: number }
type Odds = Pick<ReturnType<typeof termRows>[number], 'oddsRatio' | 'ciLow' | 'ciHigh' | 'p'>

/** Opens two of one's own fitted models and compares them; null when one of them is something else. */
export async function compare(a: string, b: string): Promise<Compared | null> {
  const at = await theTrading()
  const side = async (id: string) => {
    const { answer, model, rows } = await result(id)
    if (!model) return undefined
    const { n, events, parameters } = model
    const seen = { ...(await seenOf(at, await at.trader.task(id))), n, events, parameters }
    return { told: { model, params: answer.params, deal: answer.deal }, rows, seen }
  }
  const [first, second] = await Promise.all([side(a), side(b)])
  if (!first || !second) return null
  const terms = [...new Set([...first.rows, ...second.rows].map(({ term }) => term))]
  const inOne = (rows: Opened['rows'], term: string) => rows.find((one) => one.term === term) ?? null
  return {
    found: compareAnswers(first.told, second.told),
    both: [first.seen, second.seen],
    rows: terms.map((term) => ({ term, a: inOne(first.rows, term), b: inOne(second.rows, term) })),
  }
}
