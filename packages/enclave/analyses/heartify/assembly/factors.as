/** Tests of whole terms: likelihood ratio by refitting without them, Wald, their share, generalised variance inflation. */
import { at, doubles, put } from '../../lib/memory'
import { factor, indices, logDet, solve } from '../../lib/matrix'
import { Fit, holding, newton } from './newton'

/** What one term adds. `lr` is NaN when the fit without it did not settle. */
export class TermTest {
  df: i32 = 0
  lr: f64 = NaN
  wald: f64 = NaN
  gvif: f64 = NaN
}

/** The columns of a term that the fit has: indices into the design with its intercept. */
function columnsOf(best: Fit, term: i32): Int32Array {
  const spec = best.design.spec.terms[term]
  const other = new Uint8Array(best.design.p).fill(1)
  for (let j = spec.first + 1; j <= spec.first + spec.count; j++) other[j] = best.absent[j]
  return indices(best.design.p, other)
}

function likelihoodRatio(best: Fit, columns: Int32Array, v: usize): f64 {
  const p = best.design.p
  const hold = new Uint8Array(p)
  for (let i = 0; i < columns.length; i++) hold[columns[i]] = 1
  const less = holding(best, hold)
  conditional(less, columns, v)
  for (let i = 0; i < columns.length; i++) put(less.beta, columns[i], 0)
  newton(less)
  return less.status == 0 ? Math.max(0, 2 * (best.sums.ll - less.sums.ll)) : NaN
}

/** Moves the others to where the quadratic approximation has them once `columns` are 0. */
function conditional(less: Fit, columns: Int32Array, v: usize): void {
  const p = less.design.p
  const k = columns.length
  const l = doubles(k * k)
  const b = doubles(k)
  if (!factor(v, p, columns, k, l)) return
  for (let i = 0; i < k; i++) put(b, i, at(less.beta, columns[i]))
  solve(l, k, b)
  for (let j = 0; j < p; j++) {
    if (less.skip[j]) continue
    let move: f64 = 0
    for (let i = 0; i < k; i++) move += at(v, j * p + columns[i]) * at(b, i)
    put(less.beta, j, at(less.beta, j) - move)
  }
}

function wald(best: Fit, columns: Int32Array, v: usize): f64 {
  const k = columns.length
  const l = doubles(k * k)
  const b = doubles(k)
  if (!factor(v, best.design.p, columns, k, l)) return NaN
  for (let i = 0; i < k; i++) put(b, i, at(best.beta, columns[i]))
  solve(l, k, b)
  let sum: f64 = 0
  for (let i = 0; i < k; i++) sum += at(b, i) * at(best.beta, columns[i])
  return sum
}

function determinant(v: usize, p: i32, columns: Int32Array): f64 {
  const l = doubles(columns.length * columns.length)
  return factor(v, p, columns, columns.length, l) ? logDet(l, columns.length) : NaN
}

/** det(R of the term) det(R of the others) / det(R): the scales cancel, so the covariance serves as it is. */
function inflation(best: Fit, columns: Int32Array, v: usize): f64 {
  const p = best.design.p
  const skip = new Uint8Array(p)
  for (let j = 0; j < p; j++) skip[j] = best.absent[j]
  skip[0] = 1
  const all = indices(p, skip)
  for (let i = 0; i < columns.length; i++) skip[columns[i]] = 1
  return Math.exp(determinant(v, p, columns) + determinant(v, p, indices(p, skip)) - determinant(v, p, all))
}

/** The test of one term; `v` is the standardised covariance. */
export function testTerm(best: Fit, term: i32, v: usize): TermTest {
  const out = new TermTest()
  const columns = columnsOf(best, term)
  out.df = columns.length
  if (out.df == 0) return out
  out.lr = likelihoodRatio(best, columns, v)
  out.wald = wald(best, columns, v)
  out.gvif = inflation(best, columns, v)
  return out
}
