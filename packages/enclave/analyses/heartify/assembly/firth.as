/** Firth's penalty: half the log determinant of the information, and the modified score that goes with it. */
import { at, doubles, grab, put } from '../../lib/memory'
import { factor, indices, inverse, logDet } from '../../lib/matrix'
import { logistic } from '../../lib/math'
import { STRIDE } from './design'
import { Fit } from './newton'
import { predict } from './pass'

let scratch: usize = 0
let matrices: usize = 0
let wide: i32 = 0

/** Room for the factor and the inverse of the largest information asked for so far. */
function room(k: i32): void {
  if (scratch == 0) scratch = grab(3 * STRIDE)
  if (k <= wide) return
  matrices = doubles(2 * k * k)
  wide = k
}

/** Adds the penalty to the sums at `fit.beta`; false when the information is singular there. */
export function penalise(fit: Fit): bool {
  const p = fit.design.p
  const free = indices(p, fit.absent)
  const k = free.length
  room(k)
  const l = matrices
  const v = matrices + (<usize>(k * k) << 3)
  if (!factor(fit.sums.info, p, free, k, l)) return false
  fit.sums.ll += 0.5 * logDet(l, k)
  inverse(l, k, v)
  for (let panel = fit.from; panel < fit.to; panel++) addHat(fit, panel, free, v)
  return true
}

/** Adds Xᵀ h (1/2 - p) of one panel to the score; h is each row's share in the information. */
function addHat(fit: Fit, panel: i32, free: Int32Array, v: usize): void {
  const design = fit.design
  const k = free.length
  const eta = scratch
  const hat = scratch + STRIDE
  const mixed = hat + STRIDE
  const count = design.panelRows[panel]
  const x = design.panel(panel)
  predict(design, panel, x, fit.beta, eta)
  memory.fill(hat, 0, STRIDE)
  for (let a = 0; a < k; a++) {
    memory.fill(mixed, 0, STRIDE)
    for (let b = 0; b < k; b++) add(mixed, at(v, a * k + b), x + <usize>free[b] * STRIDE, count)
    const column = x + <usize>free[a] * STRIDE
    for (let i = 0; i < count; i++) put(hat, i, at(hat, i) + at(mixed, i) * at(column, i))
  }
  for (let i = 0; i < count; i++) {
    const q = logistic(at(eta, i))
    const m = design.m == 0 ? 1.0 : at(design.m, design.panelFirst[panel] + i)
    put(hat, i, at(hat, i) * m * q * (1 - q) * (0.5 - q))
  }
  for (let a = 0; a < k; a++) {
    const column = x + <usize>free[a] * STRIDE
    let sum: f64 = 0
    for (let i = 0; i < count; i++) sum += at(column, i) * at(hat, i)
    put(fit.sums.u, free[a], at(fit.sums.u, free[a]) + sum)
  }
}

function add(to: usize, factor: f64, from: usize, count: i32): void {
  for (let i = 0; i < count; i++) put(to, i, at(to, i) + factor * at(from, i))
}
