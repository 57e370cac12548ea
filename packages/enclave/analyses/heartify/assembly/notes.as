/** Writes what a reader must know beside the numbers: rows left out, warnings, separation. */
import { at } from '../../lib/memory'
import { Writer } from '../../lib/write'
import { Used } from './cohort'
import { emptyLevels } from './people'
import { TermTest } from './factors'
import { settled } from './limit'
import { condition, explains, Solution } from './solution'
import { Spec } from './spec'
import { covariance, rawBeta, rawCovariance } from './raw'
import { doubles } from '../../lib/memory'

const FEW_EVENTS: f64 = 10
const VERY_FEW_EVENTS: f64 = 5
const COLLINEAR: f64 = 10
const ILL: f64 = 30

function writeNames(out: Writer, names: string[]): void {
  const list = out.list()
  for (let i = 0; i < names.length; i++) {
    out.item(list)
    out.str(names[i])
  }
}

function writeColumns(out: Writer, spec: Spec, used: Used, s: i32): void {
  const needed = spec.places[s].needed
  const list = out.list()
  for (let i = 0; i < needed.length; i++) {
    if (used.missing[i] + used.implausible[i] == 0) continue
    out.item(list)
    const one = out.object()
    out.keyStr(one, 'column', needed[i].name)
    out.keyNum(one, 'missing', used.missing[i])
    out.keyNum(one, 'implausible', used.implausible[i])
  }
}

/** By hospital: rows, those outside of the filter, those not complete, those used; and why, by column. */
export function writeExcluded(out: Writer, spec: Spec, used: Used[]): void {
  const list = out.list()
  for (let s = 0; s < used.length; s++) {
    out.item(list)
    const one = out.object()
    out.keyStr(one, 'site', spec.places[s].site.name)
    out.keyNum(one, 'rows', spec.places[s].site.rows)
    out.keyNum(one, 'filtered', used[s].filtered)
    out.keyNum(one, 'incomplete', used[s].incomplete)
    out.keyNum(one, 'used', used[s].rows)
    out.key(one, 'columns')
    writeColumns(out, spec, used[s], s)
  }
}

/** A list of warnings in the making. */
class Warnings {
  constructor(
    public out: Writer,
    public list: i32,
  ) {}

  add(code: string, about: string, names: string[]): void {
    this.out.item(this.list)
    const one = this.out.object()
    this.out.keyStr(one, 'code', code)
    if (about != '') this.out.keyStr(one, 'about', about)
    if (names.length == 0) return
    this.out.key(one, 'names')
    writeNames(this.out, names)
  }
}

function separatedNames(solution: Solution): string[] {
  const names: string[] = []
  const limit = solution.limit
  if (limit === null) return names
  for (let j = 1; j < solution.design.p; j++) if (limit.infinite[j]) names.push(solution.design.parts[j - 1].name)
  return names
}

function warnColumns(to: Warnings, solution: Solution): void {
  const parts = solution.design.parts
  for (let i = 0; i < solution.constant.length; i++) to.add('constant', parts[solution.constant[i] - 1].name, [])
  for (let i = 0; i < solution.aliased.length; i++)
    to.add('aliased', parts[solution.aliased[i] - 1].name, explains(solution, solution.aliased[i]))
  const empty = emptyLevels(solution.design)
  for (let i = 0; i < empty.length; i++) to.add('level-one-sided', empty[i], [])
}

/** Writes the warnings, each a closed code and names out of the request. */
export function writeWarnings(out: Writer, solution: Solution, tests: TermTest[]): void {
  const to = new Warnings(out, out.list())
  warnColumns(to, solution)
  if (solution.limit !== null) to.add('separated', '', separatedNames(solution))
  if (!solution.converged) to.add('not-converged', '', [])
  const rare = Math.min(solution.events, solution.people - solution.events) / Math.max(1, solution.parameters - 1)
  if (rare < FEW_EVENTS) to.add(rare < VERY_FEW_EVENTS ? 'very-few-events' : 'few-events', '', [])
  for (let t = 0; t < tests.length; t++)
    if (tests.length > 1 && Math.pow(tests[t].gvif, 1 / <f64>max(1, tests[t].df)) > COLLINEAR)
      to.add('collinear', solution.design.spec.terms[t].name, [])
  if (condition(solution) > ILL) to.add('ill-conditioned', '', [])
  if (solution.design.spec.sampling) to.add('sampling-weights', '', [])
}

/** For separated data: which columns have no finite estimate, and the finite limits of the others. */
export function writeSeparation(out: Writer, all: i32, solution: Solution): void {
  const limit = solution.limit
  if (limit === null) return
  const p = solution.design.p
  out.key(all, 'separation')
  const one = out.object()
  out.keyStr(one, 'kind', limit.rows == 0 ? 'complete' : 'quasi')
  out.key(one, 'names')
  writeNames(out, separatedNames(solution))
  out.key(one, 'limit')
  const list = out.list()
  if (!settled(limit)) return
  const v = doubles(p * p)
  covariance(limit.fit.sums.info, p, limit.fit.skip, v)
  const beta = rawBeta(solution.design, limit.fit.beta)
  const cov = rawCovariance(solution.design, v)
  for (let j = 0; j < p; j++) {
    if (limit.infinite[j] || limit.fit.skip[j]) continue
    out.item(list)
    const term = out.object()
    out.keyStr(term, 'name', j == 0 ? '(Intercept)' : solution.design.parts[j - 1].name)
    out.keyNum(term, 'estimate', at(beta, j))
    out.keyNum(term, 'se', Math.sqrt(at(cov, j * p + j)))
  }
}
