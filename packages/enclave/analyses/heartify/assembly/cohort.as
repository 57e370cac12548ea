/** Which rows the model uses, and why the others are not: filter, then complete and plausible in every column it reads. */
import { grab } from '../../lib/memory'
import { Column } from '../../lib/tables'
import { NONE, Place, Spec, Term } from './spec'

/** One hospital's rows: `mask` has a byte for each. Counts are of rows that pass the filter. */
export class Used {
  mask: usize = 0
  rows: i32 = 0
  filtered: i32 = 0
  incomplete: i32 = 0
  /** By needed column, in the order of `Place.needed`. */
  missing: i32[] = []
  implausible: i32[] = []
}

/** Is the number of use in its role: inside its levels, its transform's domain, the doubles? */
function fits(column: Column, term: Term | null, x: f64): bool {
  if (column.category) return x >= 0 && x < <f64>column.levels.length && Math.floor(x) == x
  return isFinite(term === null ? x : term.of(x))
}

/** 0: leave the row out, it stands for nobody. 1: use it. -1: a weight or count that cannot be. */
function counts(spec: Spec, place: Place, row: i32): i32 {
  const weights = place.weights
  if (weights !== null) {
    const w = weights.get(row)
    if (!(w >= 0) || (!spec.sampling && Math.floor(w) != w)) return -1
    if (w == 0) return 0
  }
  const trials = place.trials
  if (trials === null) return 1
  const m = trials.get(row)
  const y = place.events!.get(row)
  if (!(y >= 0 && y <= m && Math.floor(m) == m && Math.floor(y) == y)) return -1
  return m == 0 ? 0 : 1
}

/** Marks the rows that pass the filter with 1, the others with 0. */
function filterRows(place: Place, used: Used): void {
  const rows = place.site.rows
  memory.fill(used.mask, 1, rows)
  for (let f = 0; f < place.filters.length; f++) {
    const condition = place.filters[f]
    for (let row = 0; row < rows; row++) if (!condition.holds(row)) store<u8>(used.mask + row, 0)
  }
  for (let row = 0; row < rows; row++) used.filtered += 1 - load<u8>(used.mask + row)
}

/** Marks rows that pass the filter and lack column `i` with 2, and counts why. */
function checkColumn(spec: Spec, place: Place, used: Used, i: i32): void {
  const column = place.needed[i]
  const term: Term | null = place.terms[i] < 0 ? null : spec.terms[place.terms[i]]
  const min = column.min
  const max = column.max
  const simple = !column.category && (term === null || (term.transform == NONE && term.per == 1))
  let missing = 0
  let implausible = 0
  for (let row = 0; row < place.site.rows; row++) {
    const mark = load<u8>(used.mask + row)
    if (mark == 0) continue
    const x = load<f64>(column.values + (<usize>row << 3))
    if (x >= min && x <= max && (simple ? x - x == 0 : fits(column, term, x))) continue
    if (x == x) implausible++
    else missing++
    store<u8>(used.mask + row, 2)
  }
  used.missing.push(missing)
  used.implausible.push(implausible)
}

/** The rows of one hospital that the model uses. A weight or count that cannot be refuses the whole. */
export function usedOf(spec: Spec, place: Place): Used {
  const used = new Used()
  const rows = place.site.rows
  used.mask = grab(rows + 16)
  filterRows(place, used)
  for (let i = 0; i < place.needed.length; i++) checkColumn(spec, place, used, i)
  for (let row = 0; row < rows; row++) {
    const mark: i32 = load<u8>(used.mask + row)
    if (mark == 0) continue
    if (mark == 2) used.incomplete++
    let use: i32 = mark == 2 ? 0 : counts(spec, place, row)
    if (use < 0) {
      spec.refuse(spec.grouped ? 'trials-invalid' : 'weights-invalid', place.site.name)
      use = 0
    }
    store<u8>(used.mask + row, use)
    used.rows += use
  }
  return used
}

/** The first needed column that has no usable value at a hospital, or null. */
export function emptyColumn(place: Place, used: Used): Column | null {
  for (let i = 0; i < place.needed.length; i++)
    if (used.missing[i] + used.implausible[i] == place.site.rows - used.filtered && place.site.rows > used.filtered)
      return place.needed[i]
  return null
}
