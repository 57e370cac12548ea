/** One pass over the rows: log-likelihood, score and information at a parameter, panel by panel with two-wide arithmetic. */
import { at, doubles, grab, put } from '../../lib/memory'
import { Design, PANEL, STRIDE } from './design'

/** The sums of one pass: log-likelihood `ll`, score `u` (p), information `info` (p x p, both halves). */
export class Sums {
  ll: f64 = 0
  u: usize
  info: usize
  p: i32

  constructor(p: i32) {
    this.p = p
    this.u = doubles(p)
    this.info = doubles(p * p)
  }
}

let scratch: usize = 0

/** Four columns of one panel: linear predictor, residual, weight, weighted column (two of these). */
function room(): usize {
  if (scratch == 0) scratch = grab(6 * STRIDE)
  return scratch
}

/** eta = offset + X beta for panel `k`, into `eta`. */
export function predict(design: Design, k: i32, x: usize, beta: usize, eta: usize): void {
  const count = design.panelRows[k]
  if (design.offset != 0) {
    memory.fill(eta, 0, STRIDE)
    memory.copy(eta, design.offset + (<usize>design.panelFirst[k] << 3), <usize>count << 3)
  } else memory.fill(eta, 0, STRIDE)
  const end = <usize>((count + 1) & ~1) << 3
  for (let j = 0; j < design.p; j++) {
    const b = at(beta, j)
    if (b == 0) continue
    const wide = f64x2.splat(b)
    const column = x + <usize>j * STRIDE
    for (let i: usize = 0; i < end; i += 16)
      v128.store(eta + i, f64x2.add(v128.load(eta + i), f64x2.mul(wide, v128.load(column + i))))
  }
}

const LOG2E: f64 = 1.4426950408889634
// ln 2 in two parts: a whole number times the first has no error (Cody and Waite, 1980).
const LN2_HIGH: f64 = 6.93147180369123816490e-01
const LN2_LOW: f64 = 1.90821492927058770002e-10
// Added to a double below 2^51 it leaves the nearest whole number in the lowest bits.
const ROUND: f64 = 6755399441055744

// @ts-ignore: decorator
@inline function step(sum: v128, r: v128, next: f64): v128 {
  return f64x2.add(f64x2.mul(sum, r), f64x2.splat(next))
}

/**
 * exp(-|eta|) of two rows at a time, within an ulp: 2^n exp(r) with |r| at most ln 2 / 2, where thirteen terms of the series are
 * enough. Below -700 it is that of -700: 1e-304 beside one.
 */
function decay(eta: usize, end: usize, out: usize): void {
  for (let i: usize = 0; i < end; i += 16) {
    const x = f64x2.max(f64x2.neg(f64x2.abs(v128.load(eta + i))), f64x2.splat(-700))
    const t = f64x2.add(f64x2.mul(x, f64x2.splat(LOG2E)), f64x2.splat(ROUND))
    const n = f64x2.sub(t, f64x2.splat(ROUND))
    const high = f64x2.sub(x, f64x2.mul(n, f64x2.splat(LN2_HIGH)))
    const r = f64x2.sub(high, f64x2.mul(n, f64x2.splat(LN2_LOW)))
    let sum = f64x2.splat(1.0 / 6227020800.0)
    sum = step(sum, r, 1.0 / 479001600.0)
    sum = step(sum, r, 1.0 / 39916800.0)
    sum = step(sum, r, 1.0 / 3628800.0)
    sum = step(sum, r, 1.0 / 362880.0)
    sum = step(sum, r, 1.0 / 40320.0)
    sum = step(sum, r, 1.0 / 5040.0)
    sum = step(sum, r, 1.0 / 720.0)
    sum = step(sum, r, 1.0 / 120.0)
    sum = step(sum, r, 1.0 / 24.0)
    sum = step(sum, r, 1.0 / 6.0)
    sum = step(sum, r, 0.5)
    sum = step(sum, r, 1)
    sum = step(sum, r, 1)
    v128.store(out + i, i64x2.add(sum, i64x2.shl(t, 52)))
  }
}

/**
 * Residuals y - m p and weights m p (1 - p) of `count` rows; returns the log-likelihood. Written with exp(-|eta|) alone, so
 * that nothing is lost where p is next to 0 or 1; the logarithms of a panel are taken as one of their product (each factor
 * is at most 2).
 */
function link(eta: usize, y: usize, m: usize, count: i32, residual: usize, weight: usize): f64 {
  let sum: f64 = 0
  let product: f64 = 1
  // The weights' own place holds them until each is used.
  decay(eta, <usize>((count + 1) & ~1) << 3, weight)
  for (let i = 0; i < count; i++) {
    const e = at(eta, i)
    const events = at(y, i)
    const a = at(weight, i)
    const q = 1 / (1 + a)
    const low = a * q
    const up = e >= 0
    const trials: f64 = m == 0 ? 1 : at(m, i)
    put(residual, i, events * (up ? low : q) - (trials - events) * (up ? q : low))
    put(weight, i, trials * low * q)
    sum += events * e - (up ? trials * e : 0)
    if (m == 0) product *= 1 + a
    else sum -= trials * Math.log1p(a)
  }
  return sum - Math.log(product)
}

// @ts-ignore: decorator
@inline function total(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

function dot(a: usize, b: usize, end: usize): f64 {
  let sum = f64x2.splat(0)
  for (let i: usize = 0; i < end; i += 16) sum = f64x2.add(sum, f64x2.mul(v128.load(a + i), v128.load(b + i)))
  return total(sum)
}

/** Adds XᵀWX of one panel, two columns by two at a time. */
function cross(x: usize, weight: usize, p: i32, end: usize, info: usize, wa: usize, wb: usize): void {
  for (let j = 0; j < p; j += 2) {
    const a = x + <usize>j * STRIDE
    const b = j + 1 < p ? a + STRIDE : a
    for (let i: usize = 0; i < end; i += 16) {
      const w = v128.load(weight + i)
      v128.store(wa + i, f64x2.mul(w, v128.load(a + i)))
      v128.store(wb + i, f64x2.mul(w, v128.load(b + i)))
    }
    for (let k = j; k < p; k += 2) tile(x, p, j, k, end, info, wa, wb)
  }
}

function tile(x: usize, p: i32, j: i32, k: i32, end: usize, info: usize, wa: usize, wb: usize): void {
  const c = x + <usize>k * STRIDE
  const d = k + 1 < p ? c + STRIDE : c
  let ac = f64x2.splat(0)
  let ad = f64x2.splat(0)
  let bc = f64x2.splat(0)
  let bd = f64x2.splat(0)
  for (let i: usize = 0; i < end; i += 16) {
    const u = v128.load(wa + i)
    const v = v128.load(wb + i)
    const s = v128.load(c + i)
    const t = v128.load(d + i)
    ac = f64x2.add(ac, f64x2.mul(u, s))
    ad = f64x2.add(ad, f64x2.mul(u, t))
    bc = f64x2.add(bc, f64x2.mul(v, s))
    bd = f64x2.add(bd, f64x2.mul(v, t))
  }
  put(info, j * p + k, at(info, j * p + k) + total(ac))
  if (k + 1 < p) put(info, j * p + k + 1, at(info, j * p + k + 1) + total(ad))
  if (j + 1 < p && k > j) put(info, (j + 1) * p + k, at(info, (j + 1) * p + k) + total(bc))
  if (j + 1 < p && k + 1 < p) put(info, (j + 1) * p + k + 1, at(info, (j + 1) * p + k + 1) + total(bd))
}

export function mirror(a: usize, p: i32): void {
  for (let i = 0; i < p; i++) for (let j = 0; j < i; j++) put(a, i * p + j, at(a, j * p + i))
}

function onePanel(design: Design, k: i32, beta: usize, out: Sums): void {
  const eta = room()
  const residual = eta + STRIDE
  const weight = residual + STRIDE
  const count = design.panelRows[k]
  const first = <usize>design.panelFirst[k] << 3
  const x = design.panel(k)
  const end = <usize>((count + 1) & ~1) << 3
  predict(design, k, x, beta, eta)
  out.ll += link(eta, design.y + first, design.m == 0 ? 0 : design.m + first, count, residual, weight)
  if (count < PANEL) {
    put(residual, count, 0)
    put(weight, count, 0)
  }
  for (let j = 0; j < design.p; j++) put(out.u, j, at(out.u, j) + dot(x + <usize>j * STRIDE, residual, end))
  cross(x, weight, design.p, end, out.info, weight + STRIDE, weight + 2 * STRIDE)
}

/** Log-likelihood, score and information at `beta` over the panels `from` to `to`. */
export function pass(design: Design, beta: usize, from: i32, to: i32, out: Sums): void {
  out.ll = 0
  memory.fill(out.u, 0, <usize>design.p << 3)
  memory.fill(out.info, 0, <usize>(design.p * design.p) << 3)
  for (let k = from; k < to; k++) onePanel(design, k, beta, out)
  mirror(out.info, design.p)
}

/** XᵀX of the standardised columns, each used row once. */
export function gram(design: Design, from: i32, to: i32, out: usize): void {
  const one = room()
  for (let i = 0; i < PANEL; i++) put(one, i, 1)
  memory.fill(out, 0, <usize>(design.p * design.p) << 3)
  for (let k = from; k < to; k++) {
    const end = <usize>((design.panelRows[k] + 1) & ~1) << 3
    cross(design.panel(k), one, design.p, end, out, one + STRIDE, one + 2 * STRIDE)
  }
  mirror(out, design.p)
}

/** Sum of squared residuals times x xᵀ: the middle of the robust (HC0) covariance. */
export function meat(design: Design, beta: usize, out: usize): void {
  const eta = room()
  const residual = eta + STRIDE
  const weight = residual + STRIDE
  memory.fill(out, 0, <usize>(design.p * design.p) << 3)
  for (let k = 0; k < design.panels; k++) {
    const count = design.panelRows[k]
    const first = <usize>design.panelFirst[k] << 3
    const x = design.panel(k)
    predict(design, k, x, beta, eta)
    link(eta, design.y + first, design.m == 0 ? 0 : design.m + first, count, residual, weight)
    for (let i = 0; i < count; i++) put(weight, i, at(residual, i) * at(residual, i))
    if (count < PANEL) put(weight, count, 0)
    cross(x, weight, design.p, <usize>((count + 1) & ~1) << 3, out, weight + STRIDE, weight + 2 * STRIDE)
  }
  mirror(out, design.p)
}
