/** Profile-likelihood intervals: the exact roots of 2 (max - profile) = the chi-square quantile, on both sides. */
import { at, copy, doubles, put } from '../../lib/memory'
import { factor, indices, solve } from '../../lib/matrix'
import { CHI95 } from '../../lib/math'
import { CONVERGED, Fit, holding, newton } from './newton'

const MOST_STEPS: i32 = 60
const MOST_OUT: i32 = 60

/** An interval in standardised units; NaN where the likelihood never falls far enough. */
export class Interval {
  low: f64 = NaN
  high: f64 = NaN
  /** Twice the fall of the log-likelihood where the coefficient is 0; only for the intercept of a penalised fit. */
  ratio: f64 = NaN
}

/** A profile along column `t` of a fit, towards one side. */
class Walk {
  fit: Fit
  t: i32
  side: f64
  free: Int32Array
  goal: f64
  middle: f64
  se: f64
  l: usize
  a: usize
  b: usize
  delta: f64 = 0
  miss: f64 = 0

  constructor(best: Fit, t: i32, side: f64, se: f64) {
    const hold = new Uint8Array(best.design.p)
    hold[t] = 1
    const fit = holding(best, hold)
    const free = indices(best.design.p, fit.skip)
    this.fit = fit
    this.t = t
    this.side = side
    this.free = free
    this.goal = best.sums.ll - CHI95 / 2
    this.middle = at(best.beta, t)
    this.se = se
    this.l = doubles(free.length * free.length)
    this.a = doubles(free.length)
    this.b = doubles(free.length)
  }

  /**
   * One step for the bound and the other coefficients together (Venzon and Moolgavkar): the quadratic that score and
   * information describe is set equal to the goal. False when there is no such step.
   */
  step(): bool {
    const p = this.fit.design.p
    const k = this.free.length
    const sums = this.fit.sums
    if (!this.fit.evaluate() || !factor(sums.info, p, this.free, k, this.l)) return false
    for (let i = 0; i < k; i++) {
      put(this.a, i, at(sums.u, this.free[i]))
      put(this.b, i, at(sums.info, this.free[i] * p + this.t))
    }
    solve(this.l, k, this.a)
    solve(this.l, k, this.b)
    let gain: f64 = 0
    let slope = at(sums.u, this.t)
    let bend = at(sums.info, this.t * p + this.t)
    for (let i = 0; i < k; i++) {
      gain += 0.5 * at(this.a, i) * at(sums.u, this.free[i])
      slope -= at(this.a, i) * at(sums.info, this.free[i] * p + this.t)
      bend -= at(this.b, i) * at(sums.info, this.free[i] * p + this.t)
    }
    this.miss = Math.abs(sums.ll - this.goal) + gain
    const under = slope * slope + 2 * bend * (sums.ll + gain - this.goal)
    if (!(bend > 0) || !(under >= 0)) return false
    this.delta = (slope + this.side * Math.sqrt(under)) / bend
    const most = 3 * this.se
    this.delta = Math.min(most, Math.max(-most, this.delta))
    for (let i = 0; i < k; i++)
      put(this.fit.beta, this.free[i], at(this.fit.beta, this.free[i]) + at(this.a, i) - at(this.b, i) * this.delta)
    put(this.fit.beta, this.t, at(this.fit.beta, this.t) + this.delta)
    return isFinite(this.delta)
  }
}

/** The bound by joint steps, or NaN when they do not settle. */
function together(best: Fit, t: i32, side: f64, v: usize, se: f64): f64 {
  const p = best.design.p
  const walk = new Walk(best, t, side, se)
  const reach = side * Math.sqrt(CHI95)
  for (let j = 0; j < p; j++) put(walk.fit.beta, j, at(walk.fit.beta, j) + (reach * at(v, j * p + t)) / se)
  const scale = 1e-12 * Math.abs(walk.goal) + 1e-10
  for (let i = 0; i < MOST_STEPS; i++) {
    if (!walk.step()) return NaN
    const bound = at(walk.fit.beta, t)
    if ((bound - walk.middle) * side < 0) return NaN
    if (walk.miss < scale + 1e-9 && Math.abs(walk.delta) < 1e-8 * se) return bound
  }
  return NaN
}

/** How far the profile at `value` lies above the goal; NaN when the other coefficients find no maximum. */
function above(walk: Walk, value: f64): f64 {
  put(walk.fit.beta, walk.t, value)
  newton(walk.fit)
  return walk.fit.status == CONVERGED ? walk.fit.sums.ll - walk.goal : NaN
}

/** The bound by bracketing, the others refitted at each value: slow and sure. */
function bracketed(best: Fit, t: i32, side: f64, se: f64): f64 {
  const walk = new Walk(best, t, side, se)
  let inner = walk.middle
  let fInner: f64 = CHI95 / 2
  let outer = inner + side * se
  let fOuter = above(walk, outer)
  for (let i = 0; fOuter > 0; i++) {
    if (i == MOST_OUT) return NaN
    inner = outer
    fInner = fOuter
    outer += side * se * (i < 8 ? 1 : 4)
    fOuter = above(walk, outer)
  }
  if (fOuter != fOuter) return NaN
  for (let i = 0; i < 100 && Math.abs(outer - inner) > 1e-11 * Math.max(1, Math.abs(outer)); i++) {
    const regula = (inner * fOuter - outer * fInner) / (fOuter - fInner)
    const value = i % 3 == 2 ? (inner + outer) / 2 : regula
    const f = above(walk, value)
    if (f != f) return NaN
    if (Math.abs(f) < 1e-12) return value
    if (f > 0) {
      inner = value
      fInner = f
    } else {
      outer = value
      fOuter = f
    }
  }
  return (inner + outer) / 2
}

/** The 95 % interval of coefficient `t`; `v` is the standardised covariance. */
export function profile(best: Fit, t: i32, v: usize): Interval {
  const out = new Interval()
  const se = Math.sqrt(at(v, t * best.design.p + t))
  if (!(se > 0) || !isFinite(se)) return out
  out.low = together(best, t, -1, v, se)
  if (out.low != out.low) out.low = bracketed(best, t, -1, se)
  out.high = together(best, t, 1, v, se)
  if (out.high != out.high) out.high = bracketed(best, t, 1, se)
  return out
}

function ratioAtZero(best: Fit): f64 {
  const hold = new Uint8Array(best.design.p)
  hold[0] = 1
  const less = holding(best, hold)
  put(less.beta, 0, 0)
  newton(less)
  return less.status == CONVERGED ? Math.max(0, 2 * (best.sums.ll - less.sums.ll)) : NaN
}

/** The interval of the intercept itself: the same on columns that are scaled and not centred. */
export function profileIntercept(best: Fit): Interval {
  const design = best.design
  const p = design.p
  const other = holding(best, new Uint8Array(p))
  let intercept = at(best.beta, 0)
  for (let j = 1; j < p; j++) if (design.parts[j - 1].sd > 0) intercept -= (at(best.beta, j) * design.parts[j - 1].mean) / design.parts[j - 1].sd
  put(other.beta, 0, intercept)
  const means = design.centre(null)
  let out = new Interval()
  const free = indices(p, best.absent)
  const k = free.length
  const l = doubles(k * k)
  if (other.evaluate() && factor(other.sums.info, p, free, k, l)) {
    const v = doubles(p * p)
    const e = doubles(k)
    for (let c = 0; c < k; c++) {
      for (let i = 0; i < k; i++) put(e, i, i == c ? 1 : 0)
      solve(l, k, e)
      for (let i = 0; i < k; i++) put(v, free[i] * p + free[c], at(e, i))
    }
    out = profile(other, 0, v)
    if (best.penalised) out.ratio = ratioAtZero(other)
  }
  design.centre(means)
  return out
}
