/** Maximum likelihood by Newton's method with step-halving; separation is proved by a direction, not guessed from size. */
import { at, copy, doubles, put } from '../../lib/memory'
import { factor, indices, solve } from '../../lib/matrix'
import { Design } from './design'
import { penalise } from './firth'
import { pass, predict, Sums } from './pass'

export const CONVERGED: i32 = 0
export const SEPARATED: i32 = 1
export const STUCK: i32 = 2

const MOST_STEPS: i32 = 50
const MOST_PENALISED: i32 = 300
/** Longest step of a penalised fit, in standard deviations: its curvature is only that of the plain likelihood. */
const LONGEST: f64 = 5
/** A step this small, in standard deviations, leaves an error of its square; the last correction needs no pass. */
const SMALL: f64 = 1e-6
const SMALL_PENALISED: f64 = 1e-11
/** Before this many steps a direction is not yet settled enough to prove anything. */
const SETTLED: i32 = 8
const TOUCH: f64 = 1e-7

/**
 * A fit over some panels: columns whose `skip` is 0 move, the others keep their coefficient. `absent` columns are not in the
 * model at all: what the penalty's determinant leaves out.
 */
export class Fit {
  design: Design
  from: i32
  to: i32
  skip: Uint8Array
  absent: Uint8Array
  penalised: bool = false
  beta: usize
  sums: Sums
  status: i32 = STUCK
  steps: i32 = 0
  /** The sums are those of `beta` already. */
  fresh: bool = false
  /** For a separated fit: the direction in which the likelihood rises for ever. */
  direction: usize = 0

  constructor(design: Design, from: i32, to: i32, skip: Uint8Array) {
    this.design = design
    this.from = from
    this.to = to
    this.skip = skip
    this.absent = skip
    this.beta = doubles(design.p)
    this.sums = new Sums(design.p)
  }

  get deviance(): f64 {
    return -2 * this.sums.ll
  }

  /** Log-likelihood, score and information at `beta`, with the penalty when the fit has one; false when it has none there. */
  evaluate(): bool {
    pass(this.design, this.beta, this.from, this.to, this.sums)
    return !this.penalised || penalise(this)
  }
}

/** The same rows and penalty, from `fit`'s coefficients, with the columns `hold` kept as they are. */
export function holding(fit: Fit, hold: Uint8Array): Fit {
  const skip = new Uint8Array(fit.design.p)
  for (let j = 0; j < fit.design.p; j++) skip[j] = fit.absent[j] | hold[j]
  const other = new Fit(fit.design, fit.from, fit.to, skip)
  other.absent = fit.absent
  other.penalised = fit.penalised
  copy(other.beta, fit.beta, fit.design.p)
  return other
}

/** Starts at the intercept that alone fits best. */
export function startAt(fit: Fit): void {
  const design = fit.design
  let events: f64 = 0
  let trials: f64 = 0
  for (let k = fit.from; k < fit.to; k++) {
    const first = design.panelFirst[k]
    for (let i = first; i < first + design.panelRows[k]; i++) {
      events += at(design.y, i)
      trials += design.m == 0 ? 1 : at(design.m, i)
    }
  }
  if (events > 0 && events < trials && !fit.skip[0]) put(fit.beta, 0, Math.log(events / (trials - events)))
}

/** Is `direction` one along which no row's likelihood falls and some row's rises? Then there is no finite maximum. */
export function proves(fit: Fit, direction: usize, limit: f64): bool {
  const design = fit.design
  const kept = design.offset
  design.offset = 0
  let most: f64 = 0
  let worst: f64 = 0
  const eta = doubles(256)
  for (let k = fit.from; k < fit.to; k++) {
    predict(design, k, design.panel(k), direction, eta)
    const first = design.panelFirst[k]
    for (let i = 0; i < design.panelRows[k]; i++) {
      const y = at(design.y, first + i)
      const m = design.m == 0 ? 1.0 : at(design.m, first + i)
      if (m == 0) continue
      const v = at(eta, i)
      most = Math.max(most, Math.abs(v))
      worst = Math.max(worst, y == 0 ? v : y == m ? -v : Math.abs(v))
    }
  }
  design.offset = kept
  return most > 0 && worst <= limit * most
}

/** Moves by `step`, halving until the likelihood does not fall; false when no part of the step helps. */
function move(fit: Fit, free: Int32Array, step: usize, before: usize): bool {
  const ll = fit.sums.ll
  copy(before, fit.beta, fit.design.p)
  let part: f64 = 1
  for (let half = 0; half < 40; half++) {
    for (let i = 0; i < free.length; i++) put(fit.beta, free[i], at(before, free[i]) + part * at(step, i))
    if (fit.evaluate() && fit.sums.ll >= ll - 1e-11 * Math.abs(ll) - 1e-300) return true
    part /= 2
  }
  return false
}

function largest(step: usize, k: i32): f64 {
  let most: f64 = 0
  for (let i = 0; i < k; i++) most = Math.max(most, Math.abs(at(step, i)))
  return most
}

function separated(fit: Fit, free: Int32Array, step: usize): bool {
  const direction = doubles(fit.design.p)
  for (let i = 0; i < free.length; i++) put(direction, free[i], at(step, i))
  if (!proves(fit, direction, TOUCH)) return false
  fit.direction = direction
  fit.status = SEPARATED
  return true
}

/** The step that the sums at the final parameter still ask for: far below what they themselves would notice. */
function correct(fit: Fit, free: Int32Array, l: usize, step: usize): void {
  const k = free.length
  for (let i = 0; i < k; i++) put(step, i, at(fit.sums.u, free[i]))
  if (!factor(fit.sums.info, fit.design.p, free, k, l)) return
  solve(l, k, step)
  for (let i = 0; i < k; i++) put(fit.beta, free[i], at(fit.beta, free[i]) + at(step, i))
}

/** Maximises from `fit.beta` over the free columns. Ends with the sums at the final parameter. */
export function newton(fit: Fit): void {
  const p = fit.design.p
  const free = indices(p, fit.skip)
  const k = free.length
  const l = doubles(k * k)
  const step = doubles(k)
  const before = doubles(p)
  const most = fit.penalised ? MOST_PENALISED : MOST_STEPS
  fit.status = k == 0 ? CONVERGED : STUCK
  if ((!fit.fresh && !fit.evaluate()) || k == 0) return
  fit.fresh = false
  for (fit.steps = 0; fit.steps < most; fit.steps++) {
    for (let i = 0; i < k; i++) put(step, i, at(fit.sums.u, free[i]))
    if (!factor(fit.sums.info, p, free, k, l)) return
    solve(l, k, step)
    let size = largest(step, k)
    if (!isFinite(size)) return
    if (fit.penalised && size > LONGEST) {
      for (let i = 0; i < k; i++) put(step, i, (at(step, i) * LONGEST) / size)
      size = LONGEST
    }
    if (!fit.penalised && fit.steps >= SETTLED && separated(fit, free, step)) return
    if (!move(fit, free, step, before)) {
      if (size < 1e-6) fit.status = CONVERGED
      return
    }
    if (size < (fit.penalised ? SMALL_PENALISED : SMALL)) {
      fit.status = CONVERGED
      if (!fit.penalised) correct(fit, free, l, step)
      return
    }
  }
}
