/** Counts the output gate decides on. A row is a person at worst: weights and trials make nobody more than one. */
import { Writer } from '../../lib/write'
import { Used } from './cohort'
import { writeDominance } from './dominance'
import { Split, splitsOf } from './groups'
import { Place, Spec } from './spec'

/** Has the row the outcome, of a group at least one? */
export function isCase(place: Place, row: i32): bool {
  const events = place.events
  return events !== null ? events.get(row) > 0 : place.outcome.holds(row)
}

/** Is it without the outcome, of a group at least one? */
export function isOther(place: Place, row: i32): bool {
  const events = place.events
  return events !== null ? events.get(row) < place.trials!.get(row) : !place.outcome.holds(row)
}

/** People of one class: all, with the outcome, without. */
export class Cell {
  n: i32 = 0
  events: i32 = 0
  without: i32 = 0
}

/** The cells of a split, or (null) the whole hospital as one. */
export function cellsOf(place: Place, used: Used, split: Split | null): Cell[] {
  const cells: Cell[] = []
  const count = split === null ? 1 : split.labels.length
  for (let i = 0; i < count; i++) cells.push(new Cell())
  for (let row = 0; row < place.site.rows; row++) {
    if (!load<u8>(used.mask + row)) continue
    const cell = cells[split === null ? 0 : <i32>load<u8>(split.codes + row)]
    cell.n++
    if (isCase(place, row)) cell.events++
    if (isOther(place, row)) cell.without++
  }
  return cells
}

function keyCell(out: Writer, one: i32, site: string, cell: Cell): void {
  out.keyStr(one, 'site', site)
  out.keyNum(one, 'n', cell.n)
  out.keyNum(one, 'events', cell.events)
  out.keyNum(one, 'without', cell.without)
}

function writeSplit(out: Writer, list: i32, place: Place, used: Used, split: Split): void {
  const cells = cellsOf(place, used, split)
  for (let i = 0; i < cells.length; i++) {
    out.item(list)
    const one = out.object()
    keyCell(out, one, place.site.name, cells[i])
    out.keyStr(one, 'term', split.name)
    out.keyStr(one, 'level', split.labels[i])
    if (split.alone) out.keyFlag(one, 'alone', true)
    if (split.numeric) out.keyFlag(one, 'numeric', true)
  }
}

/** Writes the part `disclosure`: nothing in it is a result. */
export function writeDisclosure(out: Writer, spec: Spec, used: Used[], rows: i32, parameters: i32): void {
  const splits = splitsOf(spec, spec.places, used)
  const all = out.object()
  out.keyNum(all, 'parameters', parameters)
  out.keyNum(all, 'rows', rows)
  out.keyNum(all, 'residualDf', rows - parameters)
  if (spec.siteTerm >= 0) out.keyStr(all, 'reference', spec.places[0].site.name)
  out.key(all, 'sites')
  const sites = out.list()
  for (let s = 0; s < used.length; s++) {
    out.item(sites)
    keyCell(out, out.object(), spec.places[s].site.name, cellsOf(spec.places[s], used[s], null)[0])
  }
  out.key(all, 'levels')
  const levels = out.list()
  for (let s = 0; s < used.length; s++)
    for (let i = 0; i < splits[s].length; i++) writeSplit(out, levels, spec.places[s], used[s], splits[s][i])
  out.key(all, 'dominance')
  writeDominance(out, spec, used)
}
