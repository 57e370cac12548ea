/** From the standardised columns back to the columns' own units. */
import { at, doubles, put } from '../../lib/memory'
import { factor, indices, inverse } from '../../lib/matrix'
import { Design } from './design'

/** The p x p covariance of the free standardised coefficients, zeros elsewhere; false when it does not exist. */
export function covariance(info: usize, p: i32, skip: Uint8Array, out: usize): bool {
  const free = indices(p, skip)
  const k = free.length
  const l = doubles(k * k)
  if (!factor(info, p, free, k, l)) return false
  const v = doubles(k * k)
  inverse(l, k, v)
  memory.fill(out, 0, <usize>(p * p) << 3)
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) put(out, free[i] * p + free[j], at(v, i * k + j))
  return true
}

/** What one standard deviation of column j (1..) is worth in its own unit: 1 / sd; 0 for a constant column. */
export function unit(design: Design, j: i32): f64 {
  const sd = design.parts[j - 1].sd
  return sd > 0 ? 1 / sd : 0
}

/** Coefficients in the columns' own units. */
export function rawBeta(design: Design, beta: usize): usize {
  const out = doubles(design.p)
  let intercept = at(beta, 0)
  for (let j = 1; j < design.p; j++) {
    put(out, j, at(beta, j) * unit(design, j))
    intercept -= at(out, j) * design.parts[j - 1].mean
  }
  put(out, 0, intercept)
  return out
}

/** L V Lᵀ, where L takes standardised coefficients to their own units. */
export function rawCovariance(design: Design, v: usize): usize {
  const p = design.p
  const half = doubles(p * p)
  const out = doubles(p * p)
  for (let c = 0; c < p; c++) {
    let first = at(v, c)
    for (let j = 1; j < p; j++) {
      const row = at(v, j * p + c) * unit(design, j)
      put(half, j * p + c, row)
      first -= row * design.parts[j - 1].mean
    }
    put(half, c, first)
  }
  for (let r = 0; r < p; r++) {
    let first = at(half, r * p)
    for (let j = 1; j < p; j++) {
      const column = at(half, r * p + j) * unit(design, j)
      put(out, r * p + j, column)
      first -= column * design.parts[j - 1].mean
    }
    put(out, r * p, first)
  }
  return out
}
