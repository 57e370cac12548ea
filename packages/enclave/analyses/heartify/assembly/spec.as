/** The model a request describes, bound to the hospitals' columns, or the reason why it cannot be fitted. */
import { bind, Condition } from '../../lib/filter'
import { Column, sharedName, Site } from '../../lib/tables'
import { ARRAY, NUMBER, STRING, Value } from '../../lib/value'
import { Level } from './levels'

export const NUMERIC: i32 = 0
export const FACTOR: i32 = 1
export const BINS: i32 = 2
export const INTERACTION: i32 = 3
export const SITE: i32 = 4

export const NONE: i32 = 0
const LOG: i32 = 1
const LOG1P: i32 = 2
const SQRT: i32 = 3
export const SQUARE: i32 = 4

function transformOf(name: string): i32 {
  if (name == 'log') return LOG
  if (name == 'log1p') return LOG1P
  if (name == 'sqrt') return SQRT
  return name == 'square' ? SQUARE : NONE
}

/** Most terms, and most columns of the design, a request may ask for. */
export const MOST_TERMS: i32 = 64
export const MOST_COLUMNS: i32 = 128

export class Term {
  name: string = ''
  kind: i32 = NUMERIC
  column: string = ''
  transform: i32 = NONE
  per: f64 = 1
  cuts: f64[] = []
  levels: Level[] = []
  reference: Value = new Value()
  left: i32 = -1
  right: i32 = -1
  /** Its columns in the design. */
  first: i32 = 0
  count: i32 = 0

  /** The transformed number; NaN outside of the transform's domain. */
  of(x: f64): f64 {
    if (this.transform == LOG) return x > 0 ? Math.log(x) / this.per : NaN
    if (this.transform == LOG1P) return x > -1 ? Math.log1p(x) / this.per : NaN
    if (this.transform == SQRT) return x >= 0 ? Math.sqrt(x) / this.per : NaN
    return (this.transform == SQUARE ? x * x : x) / this.per
  }
}

/** One hospital's columns, in the parts the model plays. */
export class Place {
  site: Site = new Site()
  filters: Condition[] = []
  outcome: Condition = new Condition()
  events: Column | null = null
  trials: Column | null = null
  weights: Column | null = null
  offset: Column | null = null
  /** Every column the model reads, once, and the term it stands in (-1: outcome, weights, offset). */
  needed: Column[] = []
  terms: i32[] = []
}

export class Spec {
  params: Value = new Value()
  terms: Term[] = []
  places: Place[] = []
  refused: string = ''
  about: string = ''
  /** A site term when several hospitals take part and it is asked for; -1 otherwise. */
  siteTerm: i32 = -1
  sampling: bool = false
  /** Rows are groups, with events and trials. */
  grouped: bool = false

  refuse(code: string, about: string): void {
    if (this.refused != '') return
    this.refused = code
    this.about = about
  }
}

function indexOf(spec: Spec, name: string): i32 {
  for (let i = 0; i < spec.terms.length; i++) if (spec.terms[i].name == name) return i
  return -1
}

function interaction(spec: Spec, value: Value, term: Term): void {
  const pair = value.get('interaction')
  term.kind = INTERACTION
  term.left = indexOf(spec, pair.at(0).str)
  term.right = indexOf(spec, pair.at(1).str)
  term.name = pair.at(0).str + ':' + pair.at(1).str
  if (term.left < 0 || term.right < 0 || pair.items.length != 2) return spec.refuse('term-unknown', term.name)
  if (spec.terms[term.left].kind == INTERACTION || spec.terms[term.right].kind == INTERACTION)
    spec.refuse('interaction-nested', term.name)
}

function bins(spec: Spec, value: Value, term: Term): void {
  term.kind = BINS
  const cuts = value.get('bins').items
  for (let i = 0; i < cuts.length; i++) {
    if (cuts[i].tag != NUMBER || (i > 0 && !(cuts[i].num > term.cuts[i - 1]))) return spec.refuse('bins-unordered', term.name)
    term.cuts.push(cuts[i].num)
  }
  if (cuts.length == 0) spec.refuse('bins-unordered', term.name)
}

function addTerm(spec: Spec, value: Value): void {
  const term = new Term()
  term.column = value.get('column').str
  term.name = value.get('name').tag == STRING ? value.get('name').str : term.column
  if (value.get('interaction').tag == ARRAY) interaction(spec, value, term)
  else {
    if (value.get('as').is('factor')) term.kind = FACTOR
    term.transform = transformOf(value.get('transform').str)
    term.per = value.get('per').number(1)
    term.reference = value.get('reference')
    if (!(term.per > 0)) spec.refuse('params-invalid', term.name)
    if (value.get('bins').there) bins(spec, value, term)
  }
  if (indexOf(spec, term.name) >= 0) spec.refuse('term-duplicate', term.name)
  spec.terms.push(term)
}

function need(place: Place, column: Column, term: i32): void {
  for (let i = 0; i < place.needed.length; i++) if (place.needed[i] == column && (term < 0 || place.terms[i] < 0)) {
    if (term >= 0) place.terms[i] = term
    return
  }
  place.needed.push(column)
  place.terms.push(term)
}

/** The column `name` of the place, needed by `term`; numbers only when `numeric`. */
function take(spec: Spec, place: Place, name: string, term: i32, numeric: bool): Column | null {
  const column = place.site.column(name)
  if (column === null) {
    spec.refuse('column-unknown', name)
    return null
  }
  if (numeric && column.category) spec.refuse('column-kind', name)
  need(place, column, term)
  return column
}

function bindOutcome(spec: Spec, place: Place): void {
  const outcome = spec.params.get('outcome')
  if (spec.grouped) {
    place.events = take(spec, place, outcome.get('events').str, -1, true)
    place.trials = take(spec, place, outcome.get('trials').str, -1, true)
    return
  }
  const wrong = bind(place.site, outcome, place.outcome)
  if (wrong != '') return spec.refuse(wrong, outcome.get('column').str)
  need(place, place.outcome.column, -1)
  const than = place.outcome.than
  if (than !== null) need(place, than, -1)
}

function placeOf(spec: Spec, site: Site): Place {
  const place = new Place()
  place.site = site
  bindOutcome(spec, place)
  const filter = spec.params.get('filter').items
  for (let i = 0; i < filter.length; i++) {
    const condition = new Condition()
    const wrong = bind(site, filter[i], condition)
    if (wrong != '') spec.refuse(wrong, filter[i].get('column').str)
    else place.filters.push(condition)
  }
  const weights = spec.params.get('weights')
  if (weights.there) place.weights = take(spec, place, weights.get('column').str, -1, true)
  const offset = spec.params.get('offset')
  if (offset.there) place.offset = take(spec, place, offset.get('column').str, -1, true)
  for (let i = 0; i < spec.terms.length; i++) {
    const term = spec.terms[i]
    if (term.kind == INTERACTION || term.kind == SITE) continue
    take(spec, place, term.column, i, term.kind != FACTOR)
  }
  return place
}

/** Reads `params` against the hospitals. `refused` names what is wrong; everything else is then undefined. */
export function specOf(params: Value, sites: Site[]): Spec {
  const spec = new Spec()
  spec.params = params
  spec.grouped = params.get('outcome').get('trials').there
  const terms = params.get('terms').items
  if (terms.length > MOST_TERMS) spec.refuse('too-many-parameters', '')
  for (let i = 0; i < terms.length && spec.refused == ''; i++) addTerm(spec, terms[i])
  if (params.get('site').is('factor') && sites.length > 1) {
    const term = new Term()
    term.name = 'site'
    term.kind = SITE
    if (indexOf(spec, 'site') >= 0) spec.refuse('term-duplicate', 'site')
    spec.siteTerm = spec.terms.length
    spec.terms.push(term)
  }
  spec.sampling = params.get('weights').get('kind').is('sampling')
  if (sites.length == 0) spec.refuse('no-rows', '')
  if (sharedName(sites) != '') spec.refuse('site-duplicate', sharedName(sites))
  for (let s = 0; s < sites.length && spec.refused == ''; s++) spec.places.push(placeOf(spec, sites[s]))
  return spec
}
