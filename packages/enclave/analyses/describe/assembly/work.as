/** What is described: the hospitals with their rows, the columns, and how few people a figure may stand for. */
import { bind, Condition } from '../../lib/filter'
import { grab } from '../../lib/memory'
import { Column, sharedName, Site, sitesOf } from '../../lib/tables'
import { Value } from '../../lib/value'
import { Counts } from './counts'
import { Values } from './summary'

const LEAST_K: f64 = 3
const DEFAULT_K: f64 = 10
/** Most columns that are described. */
const MOST_COLUMNS: i32 = 200

/** One hospital, its conditions bound, and the rows they leave. */
export class Place {
  site: Site = new Site()
  outcome: Condition = new Condition()
  filters: Condition[] = []
  mask: usize = 0
  used: i32 = 0
  events: i32 = 0
}

export class Work {
  places: Place[] = []
  columns: string[] = []
  counts: Counts[] = []
  shown: string[] = []
  dominance: f64[] = []
  dominant: string[] = []
  k: f64 = DEFAULT_K
  /** By hospital: is its data not public? */
  closed: bool[] = []
  refused: string = ''
  about: string = ''

  refuse(code: string, about: string): void {
    if (code == '' || this.refused != '') return
    this.refused = code
    this.about = about
  }
}

function placeOf(work: Work, params: Value, site: Site): Place {
  const place = new Place()
  place.site = site
  work.refuse(bind(site, params.get('outcome'), place.outcome), params.get('outcome').get('column').str)
  const filter = params.get('filter').items
  for (let i = 0; i < filter.length; i++) {
    const condition = new Condition()
    work.refuse(bind(site, filter[i], condition), filter[i].get('column').str)
    place.filters.push(condition)
  }
  place.mask = grab(site.rows + 16)
  if (work.refused == '') select(place)
  return place
}

/** A row counts when it passes the filter and its outcome is known. */
function select(place: Place): void {
  for (let row = 0; row < place.site.rows; row++) {
    const outcome = place.outcome.column.get(row)
    let use = outcome == outcome
    for (let f = 0; use && f < place.filters.length; f++) use = place.filters[f].holds(row)
    store<u8>(place.mask + row, use ? 1 : 0)
    if (!use) continue
    place.used++
    if (place.outcome.holds(row)) place.events++
  }
}

export function workOf(input: Value): Work {
  const work = new Work()
  const params = input.get('params')
  const gate = params.get('gate')
  // What the lab asks for may be stricter than the hospitals' rule, never looser.
  work.k = Math.max(Math.max(LEAST_K, params.get('k').number(DEFAULT_K)), gate.get('k').number(LEAST_K))
  const sites = sitesOf(input)
  const closed = gate.get('closed').items
  for (let s = 0; s < sites.length; s++) {
    work.closed.push(false)
    for (let i = 0; i < closed.length; i++) if (closed[i].is(sites[s].name)) work.closed[s] = true
  }
  if (sites.length == 0) work.refuse('no-rows', '')
  if (sharedName(sites) != '') work.refuse('site-duplicate', sharedName(sites))
  for (let s = 0; s < sites.length; s++) work.places.push(placeOf(work, params, sites[s]))
  const asked = params.get('columns').items
  for (let i = 0; i < asked.length; i++) if (!work.columns.includes(asked[i].str)) work.columns.push(asked[i].str)
  for (let s = 0; asked.length == 0 && s < sites.length; s++)
    for (let c = 0; c < sites[s].columns.length && work.columns.length < MOST_COLUMNS; c++)
      if (!work.columns.includes(sites[s].columns[c].name)) work.columns.push(sites[s].columns[c].name)
  for (let i = 0; i < work.columns.length; i++) {
    let known = false
    for (let s = 0; s < sites.length; s++) if (sites[s].column(work.columns[i]) !== null) known = true
    if (!known) work.refuse('column-unknown', work.columns[i])
  }
  return work
}

function known(column: Column, x: f64): bool {
  return x == x && (!column.category || (x >= 0 && x < <f64>column.levels.length))
}

/** The values and gaps of one column at one hospital. */
export function collect(place: Place, column: Column): Values {
  const own = new Values(place.used)
  for (let row = 0; row < place.site.rows; row++) {
    if (!load<u8>(place.mask + row)) continue
    const x = column.get(row)
    if (known(column, x)) own.add(x)
    else if (column.implausible(row) || x == x) own.implausible++
    else own.missing++
  }
  return own
}

/** The level of a row's value: its place in `counts`, or -1. */
export function levelAt(place: Place, column: Column, row: i32, counts: Counts): i32 {
  const x = column.get(row)
  if (!load<u8>(place.mask + row) || counts.many || !known(column, x)) return -1
  if (!column.category && (Math.floor(x) != x || Math.abs(x) > 1e9)) {
    counts.many = true
    return -1
  }
  return counts.find(column.category ? column.levels[<i32>x] : '', x)
}

export function collectLevels(place: Place, s: i32, column: Column, counts: Counts): void {
  for (let row = 0; row < place.site.rows; row++) {
    const level = levelAt(place, column, row, counts)
    if (level >= 0) counts.add(level, s, place.outcome.holds(row))
  }
}

/** Is `row` used, with a value in `column`? */
export function isKnown(place: Place, column: Column, row: i32): bool {
  return load<u8>(place.mask + row) != 0 && known(column, column.get(row))
}
