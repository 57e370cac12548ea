/** What a model tells apart at one hospital: levels, bins, few values, and the crossings asked for. Worked out from rows alone. */
import { grab } from '../../lib/memory'
import { Column } from '../../lib/tables'
import { Used } from './cohort'
import { BINS, FACTOR, INTERACTION, NUMERIC, Place, SITE, Spec, SQUARE } from './spec'

/** Most classes of one split. */
const MOST: i32 = 250

/** Columns by what the model builds from them; one source for all terms of a column. */
class Source {
  column: string = ''
  /** Its terms: the first, the first factor, the first with bins (-1: none). */
  first: i32 = -1
  factor: i32 = -1
  bins: i32 = -1
  parameters: i32 = 0
  cuts: f64[] = []
  /** Of the column's square, which may have fewer values than the column. */
  square: bool = false
  /** Few values over all hospitals. */
  few: bool = false

  of(column: Column, row: i32): f64 {
    const x = load<f64>(column.values + (<usize>row << 3))
    return this.square ? x * x : x
  }
}

/** The used rows of one hospital in classes: a byte with the class for each row of its table. */
export class Split {
  name: string = ''
  labels: string[] = []
  codes: usize = 0
  /** So few values at this hospital alone, not over all of them. */
  alone: bool = false
  /** The labels are numbers of the data. */
  numeric: bool = false
}

function parametersOf(spec: Spec, t: i32): i32 {
  const term = spec.terms[t]
  return term.kind == BINS ? term.cuts.length : 1
}

function sourceOf(sources: Source[], column: string, square: bool = false): Source {
  for (let i = 0; i < sources.length; i++)
    if (sources[i].column == column && sources[i].square == square) return sources[i]
  const source = new Source()
  source.column = column
  source.square = square
  sources.push(source)
  return source
}

function addCuts(source: Source, cuts: f64[]): void {
  for (let i = 0; i < cuts.length; i++) if (!source.cuts.includes(cuts[i])) source.cuts.push(cuts[i])
  source.cuts.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function sourcesOf(spec: Spec): Source[] {
  const sources: Source[] = []
  for (let t = 0; t < spec.terms.length; t++) {
    const term = spec.terms[t]
    if (term.kind == SITE) continue
    if (term.kind == INTERACTION) {
      // A product of two terms of one column is one more function of that column.
      const column = spec.terms[term.left].column
      if (column == spec.terms[term.right].column)
        sourceOf(sources, column).parameters += parametersOf(spec, term.left) * parametersOf(spec, term.right)
      continue
    }
    const source = sourceOf(sources, term.column)
    if (source.first < 0) source.first = t
    if (term.kind == FACTOR && source.factor < 0) source.factor = t
    if (term.kind == BINS && source.bins < 0) source.bins = t
    if (term.kind == BINS) addCuts(source, term.cuts)
    source.parameters += parametersOf(spec, t)
    if (term.kind != NUMERIC || term.transform != SQUARE) continue
    const square = sourceOf(sources, term.column, true)
    square.first = t
    square.parameters++
  }
  return sources
}

/** The values of the used rows; an empty list when there are too many to tell each apart. */
function valuesOf(place: Place, used: Used, source: Source): f64[] {
  const column = place.site.column(source.column)!
  const most = mostOf(source)
  const values: f64[] = []
  let last: f64 = NaN
  for (let row = 0; row < place.site.rows; row++) {
    if (!load<u8>(used.mask + row)) continue
    const x = source.of(column, row)
    if (x == last || values.includes(x)) continue
    if (values.length == most) return []
    last = x
    values.push(x)
  }
  return values
}

function labelOf(column: Column, x: f64): string {
  if (column.category) return column.levels[<i32>x]
  return Math.floor(x) == x && Math.abs(x) < 1e15 ? (<i64>x).toString() : x.toString()
}

/** How many values may a column have that its parameters can tell apart, each by itself? */
function mostOf(source: Source): i32 {
  return source.factor >= 0 ? MOST : min(MOST, source.parameters + 1)
}

/** A column has few values when all hospitals together have. */
function notice(source: Source, places: Place[], used: Used[]): void {
  const labels: string[] = []
  source.few = true
  for (let s = 0; s < places.length && source.few; s++) {
    const column = places[s].site.column(source.column)!
    const values = valuesOf(places[s], used[s], source)
    if (values.length == 0 && used[s].rows > 0) source.few = false
    for (let i = 0; i < values.length; i++)
      if (!labels.includes(labelOf(column, values[i]))) labels.push(labelOf(column, values[i]))
    if (labels.length > mostOf(source)) source.few = false
  }
}

/** A name no term has. */
function freshName(spec: Spec, name: string): string {
  for (let t = 0; t < spec.terms.length; t++) if (spec.terms[t].name == name) return freshName(spec, name + '*')
  return name
}

function byValue(spec: Spec, source: Source, place: Place, used: Used): Split | null {
  const column = place.site.column(source.column)!
  const values = valuesOf(place, used, source)
  if (values.length == 0) return null
  const split = new Split()
  const t = source.factor >= 0 ? source.factor : source.first
  const plain = source.factor >= 0 || (source.bins < 0 && !source.square)
  split.name = plain ? spec.terms[t].name : freshName(spec, source.column + (source.square ? ' square' : ' values'))
  split.alone = !source.few
  split.numeric = !column.category
  for (let i = 0; i < values.length; i++) split.labels.push(labelOf(column, values[i]))
  split.codes = grab(place.site.rows + 16)
  let last = 0
  for (let row = 0; row < place.site.rows; row++) {
    if (!load<u8>(used.mask + row)) continue
    const x = source.of(column, row)
    if (values[last] != x) last = values.indexOf(x)
    store<u8>(split.codes + row, last)
  }
  return split
}

/** All cuts of a column's terms laid over each other. */
function byCuts(spec: Spec, source: Source, place: Place, used: Used): Split | null {
  if (source.bins < 0) return null
  const column = place.site.column(source.column)!
  const split = new Split()
  split.name = spec.terms[source.bins].name
  for (let b = 0; b <= source.cuts.length; b++) split.labels.push(b.toString())
  split.codes = grab(place.site.rows + 16)
  for (let row = 0; row < place.site.rows; row++) {
    if (!load<u8>(used.mask + row)) continue
    const x = load<f64>(column.values + (<usize>row << 3))
    let code = 0
    while (code < source.cuts.length && x >= source.cuts[code]) code++
    store<u8>(split.codes + row, code)
  }
  return split
}

// A single sign parts the two sides; within a label it is doubled.
function crossLabel(a: string, b: string): string {
  return a.replaceAll('×', '××') + ' × ' + b.replaceAll('×', '××')
}

/** The classes of both at once that occur; null when there are too many to be classes. */
function crossed(name: string, a: Split, b: Split, place: Place, used: Used): Split | null {
  const split = new Split()
  const seen = new Int32Array(a.labels.length * b.labels.length).fill(-1)
  split.name = name
  split.alone = a.alone || b.alone
  split.numeric = a.numeric || b.numeric
  split.codes = grab(place.site.rows + 16)
  for (let row = 0; row < place.site.rows; row++) {
    if (!load<u8>(used.mask + row)) continue
    const i: i32 = load<u8>(a.codes + row)
    const j: i32 = load<u8>(b.codes + row)
    const both = i * b.labels.length + j
    if (seen[both] < 0) {
      if (split.labels.length == MOST) return null
      seen[both] = split.labels.push(crossLabel(a.labels[i], b.labels[j])) - 1
    }
    store<u8>(split.codes + row, seen[both])
  }
  return split
}

/** The splits of one hospital, with the finest of each column: over all hospitals, and at this one. */
class Finest {
  splits: Split[] = []
  columns: string[] = []
  shared: (Split | null)[] = []
  own: (Split | null)[] = []

  add(source: Source, values: Split | null, cuts: Split | null): void {
    if (cuts !== null) this.splits.push(cuts)
    if (values !== null) this.splits.push(values)
    this.columns.push(source.square ? '' : source.column)
    this.shared.push(values !== null && !values.alone ? values : cuts)
    this.own.push(values !== null ? values : cuts)
  }

  cross(name: string, left: i32, right: i32, place: Place, used: Used): bool {
    const a = this.shared[left]
    const b = this.shared[right]
    const c = this.own[left]
    const d = this.own[right]
    if (a !== null && b !== null && !this.push(crossed(name, a, b, place, used))) return false
    if (c === null || d === null || (c == a && d == b)) return true
    return this.push(crossed(name, c, d, place, used))
  }

  push(split: Split | null): bool {
    if (split !== null) this.splits.push(split)
    return split !== null
  }
}

/** Everything told apart at each hospital. `spec.refused` when it is too much to be looked at. */
export function splitsOf(spec: Spec, places: Place[], used: Used[]): Split[][] {
  const sources = sourcesOf(spec)
  const all: Split[][] = []
  for (let i = 0; i < sources.length; i++) notice(sources[i], places, used)
  for (let s = 0; s < places.length; s++) {
    const finest = new Finest()
    for (let i = 0; i < sources.length; i++) {
      const values = byValue(spec, sources[i], places[s], used[s])
      if (values === null && sources[i].factor >= 0 && used[s].rows > 0) spec.refuse('levels-too-many', sources[i].column)
      finest.add(sources[i], values, byCuts(spec, sources[i], places[s], used[s]))
    }
    for (let t = 0; t < spec.terms.length; t++) {
      const term = spec.terms[t]
      if (term.kind != INTERACTION) continue
      const left = finest.columns.indexOf(spec.terms[term.left].column)
      const right = finest.columns.indexOf(spec.terms[term.right].column)
      if (left != right && !finest.cross(term.name, left, right, places[s], used[s])) spec.refuse('levels-too-many', term.name)
    }
    all.push(finest.splits)
  }
  return all
}
