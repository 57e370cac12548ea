/**
 * The output gate: what leaves an enclave keeps every hospital's rules (facts: market §5, the column of ACRO). What breaks a rule is
 * refused with the rule's name and never a value; what is not clearly safe is held for the hospitals; the rest is rounded, unless
 * everybody has the data anyway. Fail closed: an answer without its counts is refused (rules G1-G9 of the README).
 */
import type { Json } from '@salus/base/json'
import { z } from '@salus/base/schema'
import type { Leg, Outcome } from './deal.ts'
import type { Value } from './runtime/values.ts'
import type { Reason } from './task/result.ts'

const count = z.number().min(0)
/** People, each once whatever they weigh: all, those with the outcome, those without (a group can be both). */
const cell = { site: z.string(), n: count, events: count, without: count }
const level = z.looseObject({
  ...{ ...cell, term: z.string(), level: z.string() },
  /** Told apart by this hospital's own fit alone: judged there, and not over all hospitals. */
  alone: z.boolean().optional(),
  /** The level is a number out of the data, and no reason may say it. */
  numeric: z.boolean().optional(),
})
/** The counts an analysis states of itself: they are judged, and go no further. */
const disclosure = z.looseObject({
  parameters: count,
  rows: count,
  residualDf: z.number(),
  sites: z.array(z.looseObject(cell)).min(1),
  levels: z.array(level),
  /** How much one row may carry of a sum, percent. */
  dominance: z.array(z.looseObject({ about: z.string(), percent: z.number() })),
  /** The hospital that the others are compared with. */
  reference: z.string().optional(),
  /** The threshold the analysis itself left figures out by. */
  k: count.optional(),
})
type Disclosure = z.infer<typeof disclosure>
type Cell = { readonly n: number; readonly events: number; readonly without: number }

/** What the gate decided; `result` is what the lab may read, null when refused. */
export type Gated = {
  readonly outcome: Outcome
  readonly reasons: readonly Reason[]
  readonly notes: readonly Reason[]
  readonly result: never
}

type Found = { refused: Reason[]; held: Reason[]; notes: Reason[] }

const inside = (value: number, k: number): boolean => value > 0 && value < k
const strictest = (legs: readonly Leg[]): number => Math.max(...legs.map(({ gate }) => gate.k))

/**
 * What an analysis is told of the rules, beside its parameters and over anything they say: the strictest `k`, and the hospitals
 * whose data is not public. It may leave out what would be refused; what it leaves in is judged all the same.
 */
export const underGate = (params: Json, legs: readonly Leg[]): Json => ({
  ...(params as { readonly [key: string]: Json }),
  gate: { k: strictest(legs), closed: legs.filter((leg) => !leg.public).map(({ org }) => org) },
})

/** G1 Each hospital's own rows, and the outcome over all of them. A hospital without any gives nothing away. */
function checkRows({ sites, k: used }: Disclosure, legs: readonly Leg[], found: Found): void {
  for (const { org, gate } of legs) {
    const own = sites.find(({ site }) => site === org)
    if (!own) found.refused.push({ rule: 'counts-missing', org })
    else if (inside(own.n, gate.k)) found.refused.push({ rule: 'rows', org })
    else if (own.n === 0) found.notes.push({ rule: 'no-rows', org })
    else if (own.events < gate.k || own.without < gate.k) found.notes.push({ rule: 'small-hospital', org })
  }
  const k = strictest(legs)
  const all = total(sites)
  if (all.events < k || all.without < k) found.refused.push({ rule: 'outcome' })
  if (used !== undefined && used < k) found.refused.push({ rule: 'threshold' })
}

const total = (cells: readonly Cell[]): Cell =>
  cells.reduce(
    (sum, one) => ({ n: sum.n + one.n, events: sum.events + one.events, without: sum.without + one.without }),
    { n: 0, events: 0, without: 0 },
  )

/** What a reader is told of a level: its name in the data dictionary or the request, never a number out of the data. */
const aboutOf = ({ term, level: name, numeric }: Disclosure['levels'][number]): string =>
  (numeric ? term : `${term} = ${name}`).slice(0, 80)

/** The rule a cell breaks, if any. A zero says something of everybody in it. */
function ruleOf({ n, events, without }: Cell, k: number): 'level' | 'cell' | 'cell-zero' | undefined {
  if (inside(n, k)) return 'level'
  if (inside(events, k) || inside(without, k)) return 'cell'
  return n > 0 && (events === 0 || without === 0) ? 'cell-zero' : undefined
}

/** G2 Every level of every factor, with and without the outcome, over all hospitals. */
function checkLevels({ levels }: Disclosure, legs: readonly Leg[], found: Found): void {
  const k = strictest(legs)
  const open = legs.every((leg) => leg.public)
  const named = new Map<string, Disclosure['levels']>()
  for (const one of levels) {
    if (one.alone) continue
    // The whole names: two levels whose names only begin alike are two.
    const key = JSON.stringify([one.term, one.level])
    named.set(key, [...(named.get(key) ?? []), one])
  }
  for (const cells of named.values()) {
    const rule = ruleOf(total(cells), k)
    if (!rule || (rule === 'cell-zero' && open)) continue
    const to = rule === 'cell-zero' ? found.held : found.refused
    to.push({ rule, about: aboutOf(cells[0] as (typeof cells)[number]) })
  }
}

/**
 * G7 The same for each hospital whose data is not public, on its own rows: rows that somebody else knows would otherwise make a
 * small cell look large. Its own fit is shown only when every cell behind it is large enough.
 */
function checkOwn({ sites, levels }: Disclosure, legs: readonly Leg[], found: Found): void {
  for (const leg of legs) {
    if (leg.public) continue
    const { org, gate } = leg
    const own = levels.filter(({ site }) => site === org)
    for (const one of own) {
      const rule = ruleOf(one, gate.k)
      if (rule) (rule === 'cell-zero' ? found.held : found.refused).push({ rule, org, about: aboutOf(one) })
    }
    const cells: Cell[] = [...own, ...sites.filter(({ site }) => site === org)]
    if (cells.some(({ n, events, without }) => Math.min(n, events, without) < gate.k))
      found.notes.push({ rule: 'own-fit', org })
  }
}

/** G8 Whoever the others are compared with shows through the intercept, though it has no line of its own. */
function checkReference({ reference }: Disclosure, legs: readonly Leg[], found: Found): void {
  const leg = legs.find(({ org }) => org === reference)
  if (leg && !leg.public && orgsOf(found, 'small-hospital').has(leg.org))
    found.held.push({ rule: 'small-reference', org: leg.org })
}

const orgsOf = (found: Found, rule: string): ReadonlySet<string> =>
  new Set(found.notes.flatMap((note) => (note.rule === rule && note.org ? [note.org as string] : [])))

/** G3 A model with too many parameters for its observations repeats them. */
function checkModel({ parameters, rows, residualDf, dominance }: Disclosure, legs: readonly Leg[], found: Found): void {
  const share = Math.min(...legs.map(({ gate }) => gate.share))
  const dof = Math.max(...legs.map(({ gate }) => gate.dof))
  const most = Math.min(...legs.map(({ gate }) => gate.dominance))
  if (parameters * 100 > share * rows) found.refused.push({ rule: 'parameters' })
  if (residualDf < dof) found.refused.push({ rule: 'residual-degrees' })
  for (const { about, percent } of dominance) {
    if (percent >= most) found.held.push({ rule: 'dominance', about: about.slice(0, 80) })
  }
}

// Of these names the numbers are counts of people.
const counts = new Set(['n', 'events', 'rows', 'missing', 'implausible', 'used', 'filtered', 'incomplete', 'count'])
// These would give single people or single cells away: they stay inside.
const inner = new Set(['disclosure', 'covariance'])
const BASE = 5
const DIGITS = 4

const toBase = (value: number, k: number): number | null => (inside(value, k) ? null : Math.round(value / BASE) * BASE)
const toDigits = (value: number): number => (value === 0 ? 0 : Number(value.toPrecision(DIGITS)))

/** G4 Counts to base five and small ones not at all, other numbers to four digits; groups of fewer than `k` are left out. */
function rounded(value: Value | undefined, k: number, small: ReadonlySet<string>, name = ''): Value {
  if (typeof value === 'number') {
    if (counts.has(name) && value >= 1) return toBase(value, k)
    return Number.isInteger(value) ? value : toDigits(value)
  }
  if (value instanceof Float64Array) return [...value].map((one) => rounded(one, k, small, name))
  if (value instanceof Uint8Array) return null
  if (Array.isArray(value)) {
    return (value as readonly Value[])
      .filter((one) => !isSmall(one, k) && !isOf(one, small))
      .map((one) => rounded(one, k, small, name))
  }
  if (value === null || typeof value !== 'object') return value ?? null
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !inner.has(key))
      .map(([key, one]) => [key, rounded(one, k, small, counts.has(name) ? name : key)]),
  )
}

/** A row about one of the hospitals that are too small to be shown by themselves. */
function isOf(value: Value, small: ReadonlySet<string>): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  const { site, term, level } = value as { site?: Value; term?: Value; level?: Value }
  return small.has(String(site)) || (term === 'site' && small.has(String(level)))
}

/** A row of a table that stands for fewer than `k` people. */
function isSmall(value: Value, k: number): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  const { n, events, rows } = value as { n?: Value; events?: Value; rows?: Value }
  if (typeof n !== 'number') return false
  // Where rows weigh, `rows` says how many they are.
  if (typeof rows === 'number' && rows < k) return true
  return inside(n, k) || (typeof events === 'number' && n > 0 && (events < k || n - events < k))
}

/**
 * G7 The hospitals' own fits without those that are hidden. Where one is, what the fits come to together is not said either: it
 * minus those shown would be the hidden one.
 */
function shownFits(value: Value | undefined, hidden: ReadonlySet<string>): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map((one) => shownFits(one, hidden))
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value ?? null
  const { sites } = value as { sites?: Value }
  const fits = Array.isArray(sites) ? (sites as readonly Value[]) : []
  if (!fits.some((one) => isOf(one, hidden)))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shownFits(one, hidden)]))
  const entries = Object.entries(value).map(([key, one]): [string, Value] => {
    if (key === 'sites') return [key, fits.filter((fit) => !isOf(fit, hidden))]
    return [key, typeof one === 'number' ? null : shownFits(one, hidden)]
  })
  return Object.fromEntries(entries)
}

/** G5 Everybody has this data: nothing is rounded, only the gate's own counts stay inside. */
function plain(value: Value | undefined): Value {
  if (value instanceof Float64Array) return [...value]
  if (value instanceof Uint8Array) return null
  if (Array.isArray(value)) return (value as readonly Value[]).map(plain)
  if (value === null || typeof value !== 'object') return value ?? null
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'disclosure')
      .map(([key, one]) => [key, plain(one as Value)]),
  )
}

const MOST_REASONS = 200

/** Each reason once, and no more than an envelope holds. */
const listed = (reasons: readonly Reason[]): readonly Reason[] =>
  [...new Map(reasons.map((one) => [JSON.stringify(one), one])).values()].slice(0, MOST_REASONS)

/** What may be read of an answer that breaks no rule. */
function shown(output: Value, legs: readonly Leg[], found: Found): never {
  if (legs.every((leg) => leg.public)) return plain(output) as never
  const small = orgsOf(found, 'small-hospital')
  const all = output as { readonly [key: string]: Value }
  // An object of fits, not the list of hospitals of a table.
  const { hospitals } = all
  const fits = hospitals !== undefined && !Array.isArray(hospitals)
  const safe = fits ? { ...all, hospitals: shownFits(hospitals, orgsOf(found, 'own-fit')) } : all
  return rounded(safe, strictest(legs), small) as never
}

const refusedBy = (reasons: readonly Reason[]): Gated => ({
  ...{ outcome: 'refused', reasons: listed(reasons), notes: [], result: null as never },
})

/** Judges an analysis's answer under every hospital's rules. */
export function gateOutput(output: Value, legs: readonly Leg[]): Gated {
  const found: Found = { refused: [], held: [], notes: [] }
  const said = (output ?? {}) as { refused?: unknown; disclosure?: unknown }
  if (typeof said.refused === 'string')
    return refusedBy([{ rule: 'analysis-refused', about: said.refused.replace(/[^a-z0-9-]/g, '').slice(0, 40) }])
  const read = disclosure.safeParse(said.disclosure)
  if (!read.success) return refusedBy([{ rule: 'counts-missing' }])
  for (const check of [checkRows, checkLevels, checkOwn, checkReference, checkModel]) check(read.data, legs, found)
  if (found.refused.length > 0) return refusedBy(found.refused)
  const outcome = found.held.length > 0 ? 'held' : 'released'
  return { outcome, reasons: listed(found.held), notes: listed(found.notes), result: shown(output, legs, found) }
}
