/** Results as curves, and the question before a new test: was it done already? */
import type { Resource } from '../contract.ts'
import type { Language } from '../ips/words.ts'
import { viewOf } from '../view.ts'
import { alike } from './alike.ts'
import type { Code, Flag, Measure, Range, View } from './types.ts'

export type Point = {
  readonly date: string
  readonly number: number
  /** The value in words, digits as written, `<` kept. */
  readonly text: string
  readonly flag?: Flag
  /** The range its own author gave: laboratories differ. */
  readonly range?: Range
  /** Which of the things handed in it came from. */
  readonly from: number
}

/** Values of one test in one unit, oldest first. Other units of the same test are a series of their own. */
export type Series = {
  readonly key: string
  readonly title: string
  readonly unit: string
  /** The newest one's normal range. */
  readonly range?: Range
  readonly points: readonly Point[]
  readonly newest: Point
}

type Seen = View | Resource

const viewed = (one: Seen, language: Language): View =>
  'resourceType' in one ? viewOf(one as Resource, language) : one

/** When it was as a number; a year or a month counts from its beginning. */
const instantOf = (date: string | undefined): number => (date === undefined ? Number.NaN : Date.parse(date))

type Found = { readonly measure: Measure; readonly point: Point; readonly at: number }

/** Curves of all numeric results, the most recently measured first. What was taken back or has no date has no place in one. */
export function seriesOf(items: readonly Seen[], language: Language): Series[] {
  const found = items.flatMap((one, from): Found[] => {
    const view = viewed(one, language)
    if (view.kind !== 'result' || view.mistaken || view.status?.code === 'cancelled') return []
    const { date } = view
    const at = instantOf(date)
    if (date === undefined || Number.isNaN(at)) return []
    return [view, ...view.components].flatMap((measure) => {
      const { number, value, flag, range } = measure
      if (number === undefined || measure.key === '') return []
      const more = { ...(flag ? { flag } : {}), ...(range ? { range } : {}) }
      return [{ measure, at, point: { date, number, text: value, from, ...more } }]
    })
  })
  const groups = Map.groupBy(found, ({ measure }) => JSON.stringify([measure.key, measure.unit ?? '']))
  const all = [...groups.values()].map((group) => group.sort((a, b) => a.at - b.at || a.point.from - b.point.from))
  return all.sort((a, b) => (b.at(-1)?.at ?? 0) - (a.at(-1)?.at ?? 0)).map(curve)
}

function curve(group: readonly Found[]): Series {
  const { measure, point: newest } = group.at(-1) as Found
  const { key, title, unit = '', range } = measure
  return { key, title, unit, ...(range ? { range } : {}), points: group.map(({ point }) => point), newest }
}

/** A result that answers the same question. */
export type Same = {
  /** Which of the things handed in. */
  readonly from: number
  readonly title: string
  /** The value in words; the conclusion of a report, '' where it has none. */
  readonly text: string
  readonly date: string
  /** Whole days since, 0 for today. */
  readonly days: number
  /** The very code; false where another code asks for the same substance (another specimen or method). */
  readonly exact: boolean
}

const DAY = 86_400_000

/** Results that already answer what is about to be ordered, newest first. `now` is an instant; later ones do not count. */
export function sameTest(
  order: Seen | readonly Code[],
  results: readonly Seen[],
  now: string,
  language: Language = 'en',
): Same[] {
  const codes = isCodes(order) ? order : viewed(order, 'en').codes
  const keys = new Set(codes.map(({ system, code }) => `${system}|${code}`))
  const near = new Set(codes.flatMap(alike))
  const today = Date.parse(now)
  const found = results.flatMap((one, from) => {
    const view = viewed(one, language)
    const done = (view.kind === 'result' && view.value !== '') || view.kind === 'report'
    if (!done || view.mistaken || ['cancelled', 'registered'].includes(view.status?.code ?? '')) return []
    const exact = view.codes.some(({ system, code }) => keys.has(`${system}|${code}`))
    const { date } = view
    const at = instantOf(date)
    if (date === undefined || Number.isNaN(at) || at > today) return []
    if (!exact && !view.codes.some(({ system, code }) => near.has(`${system}|${code}`))) return []
    const text = view.kind === 'result' ? view.value : view.kind === 'report' ? (view.conclusion ?? '') : ''
    return [{ at, same: { from, title: view.title, text, date, days: Math.floor((today - at) / DAY), exact } }]
  })
  return found.sort((a, b) => b.at - a.at).map(({ same }) => same)
}

const isCodes = (order: Seen | readonly Code[]): order is readonly Code[] => Array.isArray(order)
