/** How much of a column the one row that carries most carries: what of a sum could be read as one person's value. */
import { at, doubles, put } from '../../lib/memory'
import { ordered } from '../../lib/sort'
import { Column } from '../../lib/tables'
import { Writer } from '../../lib/write'
import { Used } from './cohort'
import { NUMERIC, Place, Spec, Term } from './spec'

const SAMPLE: i32 = 1000

function valueOf(column: Column, term: Term | null, row: i32): f64 {
  const x = load<f64>(column.values + (<usize>row << 3))
  return term === null ? x : term.of(x)
}

/** The middle value of at most a thousand used rows, evenly spread: near enough to where the others lie. */
function middle(place: Place, used: Used, column: Column, term: Term | null): f64 {
  const step = used.rows / SAMPLE + 1
  const some = doubles(used.rows / step + 1)
  let count = 0
  let nth = 0
  for (let row = 0; row < place.site.rows; row++) {
    if (!load<u8>(used.mask + row)) continue
    if (nth++ % step == 0) put(some, count++, valueOf(column, term, row))
  }
  return count == 0 ? 0 : at(some, load<u32>(ordered(some, count) + (<usize>(count >> 1) << 2)))
}

/** The largest row's share of the sum of distances from `centre`, percent. */
function shareOf(place: Place, used: Used, column: Column, term: Term | null, centre: f64): f64 {
  let sum: f64 = 0
  let most: f64 = 0
  for (let row = 0; row < place.site.rows; row++) {
    if (!load<u8>(used.mask + row)) continue
    const size = Math.abs(valueOf(column, term, row) - centre)
    sum += size
    most = Math.max(most, size)
  }
  return !isFinite(sum) ? 100 : sum > 0 ? (100 * most) / sum : 0
}

function write(out: Writer, list: i32, about: string, site: string, percent: f64): void {
  out.item(list)
  const one = out.object()
  out.keyStr(one, 'about', about)
  out.keyStr(one, 'site', site)
  out.keyNum(one, 'percent', percent)
}

/**
 * By hospital and number: about the middle for what a fit centres (terms, offset), about zero for what it adds up (weights,
 * counts). A column in which one value stands far from all others is that person's.
 */
export function writeDominance(out: Writer, spec: Spec, used: Used[]): void {
  const list = out.list()
  for (let s = 0; s < spec.places.length; s++) {
    const place = spec.places[s]
    for (let t = 0; t < spec.terms.length; t++) {
      const term = spec.terms[t]
      if (term.kind != NUMERIC) continue
      const column = place.site.column(term.column)!
      const share = shareOf(place, used[s], column, term, middle(place, used[s], column, term))
      write(out, list, term.name, place.site.name, share)
    }
    const sums = [place.events, place.trials, place.weights]
    for (let i = 0; i < sums.length; i++) {
      const column = sums[i]
      if (column !== null) write(out, list, column.name, place.site.name, shareOf(place, used[s], column, null, 0))
    }
    const offset = place.offset
    if (offset === null) continue
    const share = shareOf(place, used[s], offset, null, middle(place, used[s], offset, null))
    write(out, list, offset.name, place.site.name, share)
  }
}
