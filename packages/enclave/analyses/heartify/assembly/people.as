/** People as results count them: with their weights and trials. The gate counts rows (disclosure.as). */
import { at, doubles } from '../../lib/memory'
import { Design, PANEL } from './design'

/** People (or trials) in row i of the used rows; weights that are not counts stand for one each. */
export function countOf(design: Design, i: i32): f64 {
  return design.m == 0 || design.spec.sampling ? 1 : at(design.m, i)
}

export function eventsOf(design: Design, i: i32): f64 {
  const y = at(design.y, i)
  return design.spec.sampling && y > 0 ? 1 : y
}

class Cell {
  n: f64 = 0
  events: f64 = 0
}

/** Counts of the rows of hospital `s` whose value in `column` (raw, by panel) is `value`; every row when it is NaN. */
function count(design: Design, s: i32, j: i32, value: f64, column: usize): Cell {
  const cell = new Cell()
  for (let k = design.starts[s]; k < design.starts[s + 1]; k++) {
    if (j >= 0) design.raw(j, k, column)
    for (let i = 0; i < design.panelRows[k]; i++) {
      if (j >= 0 && at(column, i) != value) continue
      cell.n += countOf(design, design.panelFirst[k] + i)
      cell.events += eventsOf(design, design.panelFirst[k] + i)
    }
  }
  return cell
}

/** The values of column `j` when there are at most two of them; an empty list otherwise. */
function twoValues(design: Design, j: i32, column: usize): f64[] {
  const seen: f64[] = []
  for (let k = 0; k < design.panels; k++) {
    design.raw(j, k, column)
    for (let i = 0; i < design.panelRows[k]; i++) {
      if (seen.includes(at(column, i))) continue
      if (seen.length == 2) return []
      seen.push(at(column, i))
    }
  }
  return seen
}

/** Is there a level of a factor or of a two-valued column with events only, or with none, over all hospitals? */
export function emptyLevels(design: Design): string[] {
  const column = doubles(PANEL)
  const names: string[] = []
  for (let j = 0; j < design.parts.length; j++) {
    const values = twoValues(design, j, column)
    for (let v = 0; v < values.length; v++) {
      let n: f64 = 0
      let events: f64 = 0
      for (let s = 0; s < design.spec.places.length; s++) {
        const cell = count(design, s, j, values[v], column)
        n += cell.n
        events += cell.events
      }
      if (n > 0 && (events == 0 || events == n) && !names.includes(design.parts[j].name)) names.push(design.parts[j].name)
    }
  }
  return names
}
