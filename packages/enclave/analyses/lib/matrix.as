/** Small dense symmetric matrices, row by row, and systems on a subset of their rows. */
import { at, copy, doubles, put } from './memory'

/**
 * Cholesky factor (lower) of the rows and columns `free` of the p x p matrix `a`, into `l` (k x k, k returned). A column
 * whose remaining part is below `limit` of its own size is left out and noted in `out` (when given); -1 if nothing stays.
 */
export function factor(a: usize, p: i32, free: Int32Array, k: i32, l: usize): bool {
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(a, free[i] * p + free[j])
      for (let m = 0; m < j; m++) sum -= at(l, i * k + m) * at(l, j * k + m)
      if (i != j) put(l, i * k + j, sum / at(l, j * k + j))
      else {
        if (!(sum > at(a, free[i] * p + free[i]) * 1e-15)) return false
        put(l, i * k + i, Math.sqrt(sum))
      }
    }
  }
  return true
}

/** Solves L Lᵀ x = b in place. */
export function solve(l: usize, k: i32, b: usize): void {
  for (let i = 0; i < k; i++) {
    let sum = at(b, i)
    for (let m = 0; m < i; m++) sum -= at(l, i * k + m) * at(b, m)
    put(b, i, sum / at(l, i * k + i))
  }
  for (let i = k - 1; i >= 0; i--) {
    let sum = at(b, i)
    for (let m = i + 1; m < k; m++) sum -= at(l, m * k + i) * at(b, m)
    put(b, i, sum / at(l, i * k + i))
  }
}

/** The inverse of L Lᵀ. */
export function inverse(l: usize, k: i32, out: usize): void {
  const b = doubles(k)
  for (let j = 0; j < k; j++) {
    for (let i = 0; i < k; i++) put(b, i, i == j ? 1 : 0)
    solve(l, k, b)
    for (let i = 0; i < k; i++) put(out, i * k + j, at(b, i))
  }
}

export function logDet(l: usize, k: i32): f64 {
  let sum: f64 = 0
  for (let i = 0; i < k; i++) sum += 2 * Math.log(at(l, i * k + i))
  return sum
}

/** Every index below `p` whose `skip` is not set. */
export function indices(p: i32, skip: Uint8Array): Int32Array {
  let k = 0
  for (let j = 0; j < p; j++) if (!skip[j]) k++
  const free = new Int32Array(k)
  k = 0
  for (let j = 0; j < p; j++) if (!skip[j]) free[k++] = j
  return free
}

/**
 * Goes through the columns in order and marks in `skip` those that the earlier ones explain: what remains of the diagonal
 * is below `limit` of it. `a` is any Gram matrix.
 */
export function markAliased(a: usize, p: i32, limit: f64, skip: Uint8Array): void {
  const l = doubles(p * p)
  const kept = new Int32Array(p)
  let k = 0
  for (let i = 0; i < p; i++) {
    if (skip[i]) continue
    let rest = at(a, i * p + i)
    for (let j = 0; j < k; j++) {
      let sum = at(a, i * p + kept[j])
      for (let m = 0; m < j; m++) sum -= at(l, k * p + m) * at(l, j * p + m)
      const v = sum / at(l, j * p + j)
      put(l, k * p + j, v)
      rest -= v * v
    }
    if (!(rest > limit * at(a, i * p + i)) || at(a, i * p + i) <= 0) skip[i] = 1
    else {
      put(l, k * p + k, Math.sqrt(rest))
      kept[k++] = i
    }
  }
}

/** Largest over smallest eigenvalue of a k x k matrix, by Jacobi's rotations; the matrix is destroyed. */
export function spread(a: usize, k: i32): f64 {
  for (let sweep = 0; sweep < 60; sweep++) {
    let off: f64 = 0
    for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) off += at(a, i * k + j) * at(a, i * k + j)
    if (off < 1e-30) break
    for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) rotate(a, k, i, j)
  }
  let low = Infinity
  let high: f64 = 0
  for (let i = 0; i < k; i++) {
    low = Math.min(low, at(a, i * k + i))
    high = Math.max(high, at(a, i * k + i))
  }
  return high / low
}

function rotate(a: usize, k: i32, i: i32, j: i32): void {
  const x = at(a, i * k + j)
  if (Math.abs(x) < 1e-300) return
  const theta = (at(a, j * k + j) - at(a, i * k + i)) / (2 * x)
  const t = (theta < 0 ? -1.0 : 1.0) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let m = 0; m < k; m++) {
    const u = at(a, m * k + i)
    const v = at(a, m * k + j)
    put(a, m * k + i, c * u - s * v)
    put(a, m * k + j, s * u + c * v)
  }
  for (let m = 0; m < k; m++) {
    const u = at(a, i * k + m)
    const v = at(a, j * k + m)
    put(a, i * k + m, c * u - s * v)
    put(a, j * k + m, s * u + c * v)
  }
}

/** vᵀ A v over the p x p matrix. */
export function quadratic(a: usize, p: i32, v: usize): f64 {
  let sum: f64 = 0
  for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) sum += at(v, i) * at(a, i * p + j) * at(v, j)
  return sum
}

export function clone(a: usize, count: i32): usize {
  const b = doubles(count)
  copy(b, a, count)
  return b
}
