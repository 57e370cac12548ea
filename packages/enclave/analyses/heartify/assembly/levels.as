/** The levels of a factor over all hospitals, and which of them the others are compared with. */
import { at } from '../../lib/memory'
import { NUMBER, STRING } from '../../lib/value'
import { Design } from './design'
import { BINS, Term } from './spec'

const MOST_LEVELS: i32 = 50

/** One level: its label, its code in each hospital's column (-1: not known there), or its interval. */
export class Level {
  label: string = ''
  number: f64 = NaN
  codes: f64[] = []
  low: f64 = -Infinity
  high: f64 = Infinity
  reference: bool = false
  seen: bool = false
}

/** Levels by name, in the order the hospitals list them. */
function named(design: Design, term: Term): Level[] {
  const levels: Level[] = []
  const places = design.spec.places
  for (let s = 0; s < places.length; s++) {
    const names = places[s].site.column(term.column)!.levels
    for (let i = 0; i < names.length && levels.length <= MOST_LEVELS; i++) {
      let found = -1
      for (let l = 0; l < levels.length; l++) if (levels[l].label == names[i]) found = l
      if (found < 0) {
        const level = new Level()
        level.label = names[i]
        level.codes = new Array<f64>(places.length).fill(-1)
        found = levels.push(level) - 1
      }
      levels[found].codes[s] = <f64>i
    }
  }
  return levels
}

/** The whole numbers that occur in the used rows, in order. */
function counted(design: Design, term: Term): Level[] {
  const values: f64[] = []
  let last: f64 = NaN
  for (let k = 0; k < design.panels; k++) {
    const from = design.spec.places[design.panelSite[k]].site.column(term.column)!.values
    const first = design.panelFirst[k]
    for (let i = first; i < first + design.panelRows[k]; i++) {
      const x = at(from, load<u32>(design.rows + (<usize>i << 2)))
      if (x == last || values.includes(x)) continue
      last = x
      values.push(x)
      if (Math.floor(x) != x || Math.abs(x) > 1e9) design.spec.refuse('factor-not-whole', term.name)
      if (values.length > MOST_LEVELS || design.spec.refused != '') return []
    }
  }
  values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const levels: Level[] = []
  for (let l = 0; l < values.length; l++) {
    const level = new Level()
    level.number = values[l]
    level.label = (<i32>values[l]).toString()
    level.codes = new Array<f64>(design.spec.places.length).fill(values[l])
    levels.push(level)
  }
  return levels
}

function binned(term: Term): Level[] {
  const levels: Level[] = []
  for (let b = 0; b <= term.cuts.length; b++) {
    const level = new Level()
    level.label = b.toString()
    level.number = <f64>b
    if (b > 0) level.low = term.cuts[b - 1]
    if (b < term.cuts.length) level.high = term.cuts[b]
    levels.push(level)
  }
  return levels
}

/** Marks the levels that occur in the used rows. */
function observe(design: Design, term: Term, levels: Level[]): void {
  for (let k = 0; k < design.panels; k++) {
    const s = design.panelSite[k]
    const from = design.spec.places[s].site.column(term.column)!.values
    const first = design.panelFirst[k]
    for (let i = first; i < first + design.panelRows[k]; i++) {
      const x = at(from, load<u32>(design.rows + (<usize>i << 2)))
      for (let l = 0; l < levels.length; l++) {
        const level = levels[l]
        if (term.kind == BINS ? x >= level.low && x < level.high : level.codes[s] == x) level.seen = true
      }
    }
  }
}

/** The levels of `term`; exactly one is the reference: the one asked for, else the first that occurs. */
export function levelsOf(design: Design, term: Term): Level[] {
  const category = design.spec.places[0].site.column(term.column)!.category
  for (let s = 0; s < design.spec.places.length; s++)
    if (design.spec.places[s].site.column(term.column)!.category != category) design.spec.refuse('column-kind', term.name)
  if (design.spec.refused != '') return []
  const levels = term.kind == BINS ? binned(term) : category ? named(design, term) : counted(design, term)
  if (levels.length > MOST_LEVELS || levels.length == 0) design.spec.refuse('levels-too-many', term.name)
  if (design.spec.refused != '') return []
  if (category || term.kind == BINS) observe(design, term, levels)
  else for (let l = 0; l < levels.length; l++) levels[l].seen = true
  let chosen = -1
  for (let l = 0; l < levels.length; l++) {
    if (!term.reference.there && chosen < 0 && levels[l].seen) chosen = l
    if (term.reference.tag == STRING && levels[l].label == term.reference.str) chosen = l
    if (term.reference.tag == NUMBER && levels[l].number == term.reference.num) chosen = l
  }
  if (chosen < 0) design.spec.refuse('level-unknown', term.name)
  else levels[chosen].reference = true
  return levels
}
