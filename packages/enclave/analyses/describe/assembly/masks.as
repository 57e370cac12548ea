/** The rows and groups of one hospital as masks, for its broker: what two results must not differ by. */
import { Column } from '../../lib/tables'
import { Writer } from '../../lib/write'
import { Counts } from './counts'
import { collect, collectLevels, isKnown, levelAt, Place, Work } from './work'

/** Most groups a hospital compares. */
const MOST_GROUPS: i32 = 200

const ALL: i32 = 0
const CASES: i32 = 1
const OTHERS: i32 = 2

/** The rows of `level` (-1: any) that are in `part`, when there are some. */
function writeGroup(out: Writer, list: i32, place: Place, levels: Int16Array, level: i32, part: i32): i32 {
  const rows = place.site.rows
  let any = false
  for (let turn = 0; turn < 2; turn++) {
    const to = turn == 1 ? out.bytes(rows) : 0
    for (let row = 0; row < rows; row++) {
      let is = load<u8>(place.mask + row) != 0 && (level < 0 || levels[row] == <i16>level)
      if (is && part != ALL) is = place.outcome.holds(row) == (part == CASES)
      if (turn == 1) store<u8>(to + row, is ? 1 : 0)
      else any = any || is
    }
    if (!any) return 0
    if (turn == 0) out.item(list)
  }
  return 1
}

/** The levels of a column that is shown. */
function writeLevels(out: Writer, list: i32, work: Work, place: Place, column: Column): i32 {
  const counts = new Counts(1)
  collectLevels(place, 0, column, counts)
  if (!counts.safe(work.k, [true])) return 0
  const levels = new Int16Array(place.site.rows)
  for (let row = 0; row < place.site.rows; row++) levels[row] = <i16>levelAt(place, column, row, counts)
  let written = 0
  for (let level = 0; level < counts.labels.length; level++)
    for (let part = ALL; part <= OTHERS; part++) written += writeGroup(out, list, place, levels, level, part)
  return written
}

/** The rows that stand behind the figures of a number. */
function writeKnown(out: Writer, list: i32, place: Place, column: Column): void {
  out.item(list)
  const one = out.object()
  out.keyStr(one, 'of', column.name)
  out.key(one, 'rows')
  const to = out.bytes(place.site.rows)
  for (let row = 0; row < place.site.rows; row++) store<u8>(to + row, isKnown(place, column, row) ? 1 : 0)
}

/** Writes the rows counted, then the groups shown; refuses more of them than are compared. */
export function writeMasks(out: Writer, work: Work, place: Place): void {
  const list = out.list()
  const none = new Int16Array(0)
  out.item(list)
  memory.copy(out.bytes(place.site.rows), place.mask, place.site.rows)
  let groups = writeGroup(out, list, place, none, -1, CASES) + writeGroup(out, list, place, none, -1, OTHERS)
  for (let i = 0; i < work.columns.length && groups <= MOST_GROUPS; i++) {
    const column = place.site.column(work.columns[i])
    if (column === null || <f64>collect(place, column).count < work.k) continue
    groups += writeLevels(out, list, work, place, column)
    if (!column.category) writeKnown(out, list, place, column)
  }
  if (groups > MOST_GROUPS) work.refuse('groups-too-many', '')
}

/** A hospital that is left out. */
export function writeNone(out: Writer, rows: i32): void {
  const list = out.list()
  out.item(list)
  memory.fill(out.bytes(rows), 0, rows)
}
