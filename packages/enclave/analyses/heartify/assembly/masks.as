/** The rows and groups of one hospital as masks, for its broker: what two results must not differ by. */
import { Writer } from '../../lib/write'
import { Used } from './cohort'
import { Cell, cellsOf, isCase, isOther } from './disclosure'
import { Split } from './groups'
import { Place, Spec } from './spec'

/** Most groups a hospital compares. */
const MOST_GROUPS: i32 = 200

const ALL: i32 = 0
const CASES: i32 = 1
const OTHERS: i32 = 2

function sizeOf(cell: Cell, part: i32): i32 {
  return part == ALL ? cell.n : part == CASES ? cell.events : cell.without
}

/** The used rows of class `code` (all of them without a split) that are in `part`. */
function writeMask(out: Writer, place: Place, used: Used, split: Split | null, code: i32, part: i32): void {
  const to = out.bytes(place.site.rows)
  for (let row = 0; row < place.site.rows; row++) {
    let is = load<u8>(used.mask + row) != 0 && (split === null || load<u8>(split.codes + row) == <u8>code)
    if (is && part == CASES) is = isCase(place, row)
    if (is && part == OTHERS) is = isOther(place, row)
    store<u8>(to + row, is ? 1 : 0)
  }
}

function writeParts(out: Writer, list: i32, place: Place, used: Used, split: Split | null): i32 {
  const cells = cellsOf(place, used, split)
  let written = 0
  for (let code = 0; code < cells.length; code++)
    for (let part = split === null ? CASES : ALL; part <= OTHERS && written <= MOST_GROUPS; part++) {
      if (sizeOf(cells[code], part) == 0) continue
      out.item(list)
      writeMask(out, place, used, split, code, part)
      written++
    }
  return written
}

/** Writes the used rows, then every group; refuses a model of more groups than are compared. */
export function writeMasks(out: Writer, spec: Spec, place: Place, used: Used, splits: Split[]): void {
  const list = out.list()
  out.item(list)
  memory.copy(out.bytes(place.site.rows), used.mask, place.site.rows)
  let groups = writeParts(out, list, place, used, null)
  for (let i = 0; i < splits.length && groups <= MOST_GROUPS; i++)
    groups += writeParts(out, list, place, used, splits[i])
  if (groups > MOST_GROUPS) spec.refuse('groups-too-many', '')
}

/** A hospital that is left out. */
export function writeNone(out: Writer, rows: i32): void {
  const list = out.list()
  out.item(list)
  memory.fill(out.bytes(rows), 0, rows)
}
