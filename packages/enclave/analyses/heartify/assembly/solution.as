/** The fit the answer is about: plain, penalised, or what stays finite of a separated one; with everything derived from it. */
import { at, doubles } from '../../lib/memory'
import { factor, indices, markAliased, solve, spread } from '../../lib/matrix'
import { countOf, eventsOf } from './people'
import { Design } from './design'
import { Limit, limitOf, settled } from './limit'
import { CONVERGED, Fit, newton, SEPARATED, startAt } from './newton'
import { gram, meat, pass, Sums } from './pass'
import { covariance, rawBeta, rawCovariance } from './raw'

export const ML: i32 = 0
export const FIRTH: i32 = 1
export const LIMIT: i32 = 2

export class Solution {
  design: Design
  method: i32 = ML
  best: Fit
  /** Set when the data are separated. */
  limit: Limit | null = null
  converged: bool = false
  absent: Uint8Array
  gram: usize
  /** Columns left out: constant, or explained by earlier ones. */
  constant: i32[] = []
  aliased: i32[] = []
  /** Standardised and raw. */
  v: usize
  beta: usize = 0
  cov: usize = 0
  robust: usize = 0
  people: f64 = 0
  events: f64 = 0
  /** Log-likelihood without penalty. */
  ll: f64 = NaN
  nullLl: f64 = NaN

  constructor(design: Design) {
    const absent = new Uint8Array(design.p)
    this.design = design
    this.absent = absent
    this.gram = doubles(design.p * design.p)
    this.v = doubles(design.p * design.p)
    this.best = new Fit(design, 0, design.panels, absent)
  }

  get parameters(): i32 {
    return indices(this.design.p, this.absent).length
  }

  /** Is coefficient `j` (0: the intercept) without a finite value in this answer? */
  infinite(j: i32): i32 {
    const limit = this.limit
    return limit !== null && this.method == LIMIT ? limit.infinite[j] : 0
  }
}

/** Before the first step every row has the same weight: that pass is the Gram matrix too. */
function gramOfFirst(solution: Solution): void {
  const fit = solution.best
  const p = solution.design.p
  startAt(fit)
  fit.evaluate()
  fit.fresh = true
  const weight = at(fit.sums.info, 0) / <f64>solution.design.n
  for (let i = 0; i < p * p; i++) store<f64>(solution.gram + (<usize>i << 3), at(fit.sums.info, i) / weight)
}

/** Finds constant columns and those earlier ones explain. */
function reduce(solution: Solution): void {
  const design = solution.design
  if (design.m != 0 || design.offset != 0) gram(design, 0, design.panels, solution.gram)
  else gramOfFirst(solution)
  markAliased(solution.gram, design.p, 1e-11, solution.absent)
  for (let j = 1; j < design.p; j++) {
    if (!solution.absent[j]) continue
    if (design.parts[j - 1].sd == 0) solution.constant.push(j)
    else solution.aliased.push(j)
  }
}

/** The columns that explain the aliased column `j`. */
export function explains(solution: Solution, j: i32): string[] {
  const p = solution.design.p
  const skip = new Uint8Array(p)
  for (let i = 0; i < p; i++) skip[i] = solution.absent[i] || i >= j || i == 0 ? 1 : 0
  const free = indices(p, skip)
  const k = free.length
  const l = doubles(k * k)
  const b = doubles(k)
  const names: string[] = []
  if (!factor(solution.gram, p, free, k, l)) return names
  for (let i = 0; i < k; i++) store<f64>(b + (<usize>i << 3), at(solution.gram, free[i] * p + j))
  solve(l, k, b)
  for (let i = 0; i < k; i++) if (Math.abs(at(b, i)) > 1e-6) names.push(solution.design.parts[free[i] - 1].name)
  return names
}

/** Ratio of the largest to the smallest singular value of the standardised columns. */
export function condition(solution: Solution): f64 {
  const p = solution.design.p
  const skip = new Uint8Array(p)
  for (let i = 0; i < p; i++) skip[i] = i == 0 ? 1 : solution.absent[i]
  const free = indices(p, skip)
  const k = free.length
  if (k == 0) return NaN
  const a = doubles(k * k)
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++)
      store<f64>(a + (<usize>(i * k + j) << 3), at(solution.gram, free[i] * p + free[j]) / <f64>(solution.design.n - 1))
  return Math.sqrt(spread(a, k))
}

function tally(solution: Solution): void {
  const design = solution.design
  let y: f64 = 0
  let m: f64 = 0
  for (let i = 0; i < design.n; i++) {
    solution.people += countOf(design, i)
    solution.events += eventsOf(design, i)
    y += at(design.y, i)
    m += design.m == 0 ? 1 : at(design.m, i)
  }
  if (!(y > 0) || !(y < m)) design.spec.refuse('outcome-constant', '')
  else if (!(solution.people > <f64>solution.parameters)) design.spec.refuse('too-few-rows', '')
  solution.nullLl = y * Math.log(y / m) + (m - y) * Math.log1p(-y / m)
}

/** With an offset the empty model has to be fitted. */
function fitNull(solution: Solution): void {
  const skip = new Uint8Array(solution.design.p).fill(1)
  skip[0] = 0
  const fit = new Fit(solution.design, 0, solution.design.panels, skip)
  startAt(fit)
  newton(fit)
  solution.nullLl = fit.status == CONVERGED ? fit.sums.ll : NaN
}

function fitBest(solution: Solution): void {
  const design = solution.design
  const firth = design.spec.params.get('firth')
  let fit = solution.best
  if (!fit.fresh) startAt(fit)
  newton(fit)
  if (fit.status == SEPARATED) solution.limit = limitOf(fit)
  if (firth.is('always') || (fit.status != CONVERGED && !firth.is('never'))) {
    fit = new Fit(design, 0, design.panels, solution.absent)
    fit.penalised = true
    newton(fit)
    solution.method = FIRTH
  } else if (fit.status == SEPARATED) {
    solution.method = LIMIT
    if (settled(solution.limit!)) fit = solution.limit!.fit
  }
  solution.best = fit
  solution.converged = fit.status == CONVERGED
}

/** Variances: from the information at the estimate, and robust (HC0). */
function spreadOut(solution: Solution): void {
  const design = solution.design
  const p = design.p
  covariance(solution.best.sums.info, p, solution.best.skip, solution.v)
  solution.beta = rawBeta(design, solution.best.beta)
  solution.cov = rawCovariance(design, solution.v)
  solution.ll = solution.best.sums.ll
  if (solution.method == FIRTH) {
    const plain = new Sums(p)
    pass(design, solution.best.beta, 0, design.panels, plain)
    solution.ll = plain.ll
  }
  if (design.spec.params.get('only').is('fit')) return
  const middle = doubles(p * p)
  meat(design, solution.best.beta, middle)
  solution.robust = rawCovariance(design, sandwich(solution.v, middle, p))
}

function sandwich(v: usize, middle: usize, p: i32): usize {
  const half = doubles(p * p)
  const out = doubles(p * p)
  for (let turn = 0; turn < 2; turn++) {
    const left = turn == 0 ? v : half
    const right = turn == 0 ? middle : v
    const to = turn == 0 ? half : out
    for (let i = 0; i < p; i++)
      for (let j = 0; j < p; j++) {
        let sum: f64 = 0
        for (let k = 0; k < p; k++) sum += at(left, i * p + k) * at(right, k * p + j)
        store<f64>(to + (<usize>(i * p + j) << 3), sum)
      }
  }
  return out
}

/** Fits the model. `design.spec.refused` says why there is no solution. */
export function solutionOf(design: Design): Solution {
  const solution = new Solution(design)
  reduce(solution)
  tally(solution)
  if (design.spec.refused != '') return solution
  if (design.offset != 0) fitNull(solution)
  fitBest(solution)
  spreadOut(solution)
  return solution
}

