/** The design matrix, made in panels of 256 rows, centred and scaled, from the hospitals' columns where they lie. */
import { at, doubles, grab, put } from '../../lib/memory'
import { Used } from './cohort'
import { BINS, FACTOR, INTERACTION, MOST_COLUMNS, NONE, NUMERIC, Place, SITE, Spec, Term } from './spec'
import { levelsOf, Level } from './levels'

/** Rows of a panel; a column of it is this many doubles. */
export const PANEL: i32 = 256
export const STRIDE: usize = 2048
/** A design of at most this many bytes is kept; a larger one is made again in each pass. */
const KEEP: usize = 48 << 20

const DIRECT: i32 = 0
const CACHED: i32 = 1
const EQUALS: i32 = 2
const WITHIN: i32 = 3
const SITES: i32 = 4
const PRODUCT: i32 = 5

/** One column of the design; the intercept is none of them. */
export class Part {
  term: i32 = 0
  kind: i32 = DIRECT
  level: Level = new Level()
  name: string = ''
  /** By hospital: where the column lies, and the code of the level there. */
  from: usize[] = []
  codes: f64[] = []
  low: f64 = 0
  high: f64 = 0
  left: i32 = 0
  right: i32 = 0
  mean: f64 = 0
  sd: f64 = 0
}

export class Design {
  spec: Spec
  /** Columns with the intercept first: p = parts + 1. */
  p: i32 = 1
  n: i32 = 0
  parts: Part[] = []
  /** Used rows, hospital after hospital: their place in the table, events, trials (0: all 1), offsets (0: none). */
  rows: usize = 0
  y: usize = 0
  m: usize = 0
  offset: usize = 0
  /** Panels: hospital, first used row, rows. Panels of hospital s are `starts[s]` to `starts[s + 1]`. */
  panelSite: i32[] = []
  panelFirst: i32[] = []
  panelRows: i32[] = []
  starts: i32[] = []
  kept: usize = 0
  scratch: usize = 0
  spare: usize = 0

  constructor(spec: Spec) {
    this.spec = spec
  }

  get panels(): i32 {
    return this.panelSite.length
  }

  /** Column `j` of panel `k` as it stands in the table (after its transform). */
  raw(j: i32, k: i32, to: usize): void {
    const part = this.parts[j]
    const site = this.panelSite[k]
    const first = this.panelFirst[k]
    const count = this.panelRows[k]
    const rows = this.rows + (<usize>first << 2)
    if (part.kind == CACHED) {
      memory.copy(to, part.from[0] + (<usize>first << 3), <usize>count << 3)
    } else if (part.kind == SITES) {
      const value: f64 = part.codes[0] == <f64>site ? 1 : 0
      for (let i = 0; i < count; i++) put(to, i, value)
    } else if (part.kind == PRODUCT) {
      this.raw(part.left, k, to)
      this.raw(part.right, k, this.spare)
      for (let i = 0; i < count; i++) put(to, i, at(to, i) * at(this.spare, i))
    } else gather(part, part.from[site], part.codes[site], rows, count, to)
  }

  /** Panel `k`, standardised: p columns of STRIDE bytes, zeros below the last row. */
  panel(k: i32): usize {
    if (this.kept != 0) return this.kept + <usize>k * <usize>this.p * STRIDE
    this.fill(k, this.scratch)
    return this.scratch
  }

  /** Sets the columns' centres (null: all 0) and answers what they were. */
  centre(means: f64[] | null): f64[] {
    const before: f64[] = []
    for (let j = 0; j < this.parts.length; j++) {
      before.push(this.parts[j].mean)
      this.parts[j].mean = means === null ? 0 : means[j]
    }
    this.refill()
    return before
  }

  refill(): void {
    if (this.kept == 0) return
    for (let k = 0; k < this.panels; k++) this.fill(k, this.kept + <usize>k * <usize>this.p * STRIDE)
  }

  fill(k: i32, to: usize): void {
    const count = this.panelRows[k]
    if (count < PANEL) memory.fill(to, 0, <usize>this.p * STRIDE)
    for (let i = 0; i < count; i++) put(to, i, 1)
    for (let j = 0; j < this.parts.length; j++) {
      const part = this.parts[j]
      const column = to + <usize>(j + 1) * STRIDE
      const scale = part.sd > 0 ? 1 / part.sd : 0
      if (part.kind == EQUALS) this.fillLevel(part, k, scale, column)
      else if (part.kind == DIRECT && part.high == 1) {
        const from = lift(part.from[this.panelSite[k]], this.rows + (<usize>this.panelFirst[k] << 2), count, column)
        scaleBy(from, part.mean, scale, count, column)
      } else {
        this.raw(j, k, column)
        scaleBy(column, part.mean, scale, count, column)
      }
    }
  }

  /** A level's column has two values. */
  fillLevel(part: Part, k: i32, scale: f64, column: usize): void {
    const site = this.panelSite[k]
    const count = this.panelRows[k]
    const from = lift(part.from[site], this.rows + (<usize>this.panelFirst[k] << 2), count, column)
    const code = f64x2.splat(part.codes[site])
    const yes = f64x2.splat((1 - part.mean) * scale)
    const no = f64x2.splat((0 - part.mean) * scale)
    const end = <usize>(count & ~1) << 3
    for (let i: usize = 0; i < end; i += 16)
      v128.store(column + i, v128.bitselect(yes, no, f64x2.eq(v128.load(from + i), code)))
    if (count & 1) put(column, count - 1, ((at(from, count - 1) == part.codes[site] ? 1.0 : 0.0) - part.mean) * scale)
  }
}

/** (x - mean) scale, two at a time. */
function scaleBy(from: usize, mean: f64, scale: f64, count: i32, to: usize): void {
  const m = f64x2.splat(mean)
  const s = f64x2.splat(scale)
  const end = <usize>(count & ~1) << 3
  for (let i: usize = 0; i < end; i += 16) v128.store(to + i, f64x2.mul(f64x2.sub(v128.load(from + i), m), s))
  if (count & 1) put(to, count - 1, (at(from, count - 1) - mean) * scale)
}

/** Where `count` numbers of a column lie by row number: where they are when the rows follow one another, else in `spare`. */
function lift(from: usize, rows: usize, count: i32, spare: usize): usize {
  const first = load<u32>(rows)
  if (load<u32>(rows + (<usize>(count - 1) << 2)) - first == <u32>(count - 1)) return from + (<usize>first << 3)
  for (let i = 0; i < count; i++) put(spare, i, load<f64>(from + (<usize>load<u32>(rows + (<usize>i << 2)) << 3)))
  return spare
}

function gather(part: Part, from: usize, code: f64, rows: usize, count: i32, to: usize): void {
  const x = lift(from, rows, count, to)
  const low = part.low
  const high = part.high
  if (part.kind == EQUALS) for (let i = 0; i < count; i++) put(to, i, at(x, i) == code ? 1 : 0)
  else if (part.kind == WITHIN) for (let i = 0; i < count; i++) put(to, i, at(x, i) >= low && at(x, i) < high ? 1 : 0)
  else if (high != 1) for (let i = 0; i < count; i++) put(to, i, at(x, i) / high)
  else if (x != to) memory.copy(to, x, <usize>count << 3)
}

/** Sum of (x - centre) into the first, of its square into the second lane. */
function moments(column: usize, count: i32, centre: f64): v128 {
  let sum = f64x2.splat(0)
  let square = f64x2.splat(0)
  const c = f64x2.splat(centre)
  const end = <usize>(count & ~1) << 3
  for (let i: usize = 0; i < end; i += 16) {
    const d = f64x2.sub(v128.load(column + i), c)
    sum = f64x2.add(sum, d)
    square = f64x2.add(square, f64x2.mul(d, d))
  }
  let s = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
  let q = f64x2.extract_lane(square, 0) + f64x2.extract_lane(square, 1)
  if (count & 1) {
    const d = at(column, count - 1) - centre
    s += d
    q += d * d
  }
  return f64x2.replace_lane(f64x2.splat(s), 1, q)
}

/** Lists the used rows and cuts them into panels; no panel spans two hospitals. */
function layRows(design: Design, used: Used[]): void {
  for (let s = 0; s < used.length; s++) design.n += used[s].rows
  design.rows = grab((<usize>design.n << 2) + 16)
  let next = 0
  for (let s = 0; s < used.length; s++) {
    const first = next
    const rows = design.spec.places[s].site.rows
    for (let row = 0; row < rows; row++)
      if (load<u8>(used[s].mask + row)) store<u32>(design.rows + (<usize>(next++) << 2), row)
    design.starts.push(design.panels)
    for (let from = first; from < next; from += PANEL) {
      design.panelSite.push(s)
      design.panelFirst.push(from)
      design.panelRows.push(min(PANEL, next - from))
    }
  }
  design.starts.push(design.panels)
}

/** Events, trials (with the weights in both) and offsets of the used rows. */
function layOutcome(design: Design): void {
  const spec = design.spec
  const offset = spec.params.get('offset')
  const factor = offset.get('factor').number(1)
  const shift = offset.get('shift').number(0)
  const weighted = spec.grouped || spec.params.get('weights').there
  design.y = doubles(design.n)
  if (weighted) design.m = doubles(design.n)
  if (offset.there) design.offset = doubles(design.n)
  for (let k = 0; k < design.panels; k++) {
    const place = spec.places[design.panelSite[k]]
    const weights = place.weights
    const first = design.panelFirst[k]
    for (let i = first; i < first + design.panelRows[k]; i++) {
      const row = load<u32>(design.rows + (<usize>i << 2))
      const w = weights === null ? 1.0 : weights.get(row)
      const events = spec.grouped ? place.events!.get(row) : place.outcome.holds(row) ? 1.0 : 0.0
      put(design.y, i, w * events)
      if (weighted) put(design.m, i, w * (spec.grouped ? place.trials!.get(row) : 1.0))
      if (offset.there) put(design.offset, i, factor * (place.offset!.get(row) - shift))
    }
  }
}

function addNumber(design: Design, index: i32): void {
  const term = design.spec.terms[index]
  const part = new Part()
  part.term = index
  part.name = term.name
  part.high = term.per
  for (let s = 0; s < design.spec.places.length; s++) part.from.push(design.spec.places[s].site.column(term.column)!.values)
  part.codes = new Array<f64>(part.from.length).fill(0)
  if (term.transform != NONE) transformed(design, part, term)
  design.parts.push(part)
}

function transformed(design: Design, part: Part, term: Term): void {
  const values = doubles(design.n)
  for (let k = 0; k < design.panels; k++) {
    const from = part.from[design.panelSite[k]]
    const first = design.panelFirst[k]
    for (let i = first; i < first + design.panelRows[k]; i++)
      put(values, i, term.of(at(from, load<u32>(design.rows + (<usize>i << 2)))))
  }
  part.kind = CACHED
  part.from = [values]
}

function addLevels(design: Design, index: i32): void {
  const term = design.spec.terms[index]
  const levels = levelsOf(design, term)
  term.levels = levels
  for (let l = 0; l < levels.length; l++) {
    if (levels[l].reference) continue
    const part = new Part()
    part.term = index
    part.kind = term.kind == BINS ? WITHIN : EQUALS
    part.level = levels[l]
    part.name = term.name + '=' + levels[l].label
    part.codes = levels[l].codes
    part.low = levels[l].low
    part.high = levels[l].high
    for (let s = 0; s < design.spec.places.length; s++) part.from.push(design.spec.places[s].site.column(term.column)!.values)
    design.parts.push(part)
  }
}

function addProducts(design: Design, index: i32): void {
  const term = design.spec.terms[index]
  const left = design.spec.terms[term.left]
  const right = design.spec.terms[term.right]
  for (let b = right.first; b < right.first + right.count; b++) {
    for (let a = left.first; a < left.first + left.count; a++) {
      const part = new Part()
      part.term = index
      part.kind = PRODUCT
      part.left = a
      part.right = b
      part.name = design.parts[a].name + ':' + design.parts[b].name
      design.parts.push(part)
    }
  }
}

function addSites(design: Design, index: i32): void {
  for (let s = 1; s < design.spec.places.length; s++) {
    const part = new Part()
    part.term = index
    part.kind = SITES
    part.codes = [<f64>s]
    part.level.label = design.spec.places[s].site.name
    part.name = 'site=' + part.level.label
    design.parts.push(part)
  }
}

/** Mean and standard deviation (n - 1, each used row once) of every column: a second pass corrects the first. */
function standardise(design: Design): void {
  const column = design.scratch
  for (let j = 0; j < design.parts.length; j++) {
    const part = design.parts[j]
    let sum: f64 = 0
    for (let k = 0; k < design.panels; k++) {
      design.raw(j, k, column)
      sum += f64x2.extract_lane(moments(column, design.panelRows[k], 0), 0)
    }
    const mean = sum / <f64>design.n
    let rest: f64 = 0
    let square: f64 = 0
    for (let k = 0; k < design.panels; k++) {
      design.raw(j, k, column)
      const both = moments(column, design.panelRows[k], mean)
      rest += f64x2.extract_lane(both, 0)
      square += f64x2.extract_lane(both, 1)
    }
    part.mean = mean + rest / <f64>design.n
    const sd = Math.sqrt(Math.max(0, square - (rest * rest) / <f64>design.n) / <f64>(design.n - 1))
    part.sd = sd > 1e-15 * Math.abs(part.mean) ? sd : 0
    if (!isFinite(part.sd) || !isFinite(part.mean)) design.spec.refuse('numbers-too-large', part.name)
  }
}

/** Builds the design over the used rows; `spec.refused` says when it cannot be. */
export function designOf(spec: Spec, used: Used[]): Design {
  const design = new Design(spec)
  layRows(design, used)
  if (design.n < 2) spec.refuse('no-rows', '')
  if (spec.refused != '') return design
  layOutcome(design)
  for (let i = 0; i < spec.terms.length && spec.refused == ''; i++) {
    const term = spec.terms[i]
    term.first = design.parts.length
    if (term.kind == NUMERIC) addNumber(design, i)
    else if (term.kind == INTERACTION) addProducts(design, i)
    else if (term.kind == SITE) addSites(design, i)
    else addLevels(design, i)
    term.count = design.parts.length - term.first
    if (design.parts.length > MOST_COLUMNS) spec.refuse('too-many-parameters', term.name)
  }
  if (spec.refused != '') return design
  design.p = design.parts.length + 1
  design.scratch = grab(<usize>design.p * STRIDE)
  design.spare = grab(STRIDE)
  standardise(design)
  if (<usize>design.panels * <usize>design.p * STRIDE <= KEEP) keep(design)
  return design
}

function keep(design: Design): void {
  design.kept = grab(<usize>design.panels * <usize>design.p * STRIDE + 16)
  design.refill()
}
