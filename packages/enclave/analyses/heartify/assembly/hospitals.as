/** The model at each hospital alone, and how far the hospitals agree (two-stage: fixed effect, DerSimonian and Laird). */
import { at, doubles } from '../../lib/memory'
import { markAliased } from '../../lib/matrix'
import { Design } from './design'
import { Limit, limitOf, settled } from './limit'
import { CONVERGED, Fit, newton, SEPARATED, startAt } from './newton'
import { pass } from './pass'
import { covariance, rawBeta, rawCovariance } from './raw'

/** One hospital's own fit; estimates are NaN where it has none. */
export class Alone {
  estimate: f64[] = []
  se: f64[] = []
  converged: bool = false
  separated: string[] = []
}

/** How the hospitals' estimates of one coefficient go together. */
export class Pooled {
  k: i32 = 0
  fixed: f64 = NaN
  fixedSe: f64 = NaN
  q: f64 = NaN
  i2: f64 = NaN
  tau2: f64 = NaN
  random: f64 = NaN
  randomSe: f64 = NaN
}

function fitAlone(design: Design, from: i32, to: i32): Fit {
  const skip = new Uint8Array(design.p)
  const fit = new Fit(design, from, to, skip)
  pass(design, fit.beta, from, to, fit.sums)
  markAliased(fit.sums.info, design.p, 1e-10, skip)
  startAt(fit)
  newton(fit)
  return fit
}

/** Fits hospital `s` alone; columns without variation there have no estimate, nor have separated ones. */
export function alone(design: Design, s: i32): Alone {
  const out = new Alone()
  const p = design.p
  let fit = fitAlone(design, design.starts[s], design.starts[s + 1])
  let limit: Limit | null = null
  if (fit.status == SEPARATED) {
    limit = limitOf(fit)
    if (settled(limit)) fit = limit.fit
    for (let j = 1; j < p; j++) if (limit.infinite[j]) out.separated.push(design.parts[j - 1].name)
  }
  out.converged = fit.status == CONVERGED
  const v = doubles(p * p)
  const sound = out.converged && covariance(fit.sums.info, p, fit.skip, v)
  const beta = rawBeta(design, fit.beta)
  const cov = rawCovariance(design, v)
  for (let j = 0; j < p; j++) {
    const there = sound && !fit.skip[j] && (limit === null || !limit.infinite[j])
    out.estimate.push(there ? at(beta, j) : NaN)
    out.se.push(there ? Math.sqrt(at(cov, j * p + j)) : NaN)
  }
  return out
}

/** Combines the estimates of coefficient `j` over the hospitals that have one. */
export function pool(sites: Alone[], j: i32): Pooled {
  const out = new Pooled()
  let w: f64 = 0
  let wb: f64 = 0
  let ww: f64 = 0
  for (let s = 0; s < sites.length; s++) {
    const b = sites[s].estimate[j]
    if (!(sites[s].se[j] > 0)) continue
    const weight = 1 / (sites[s].se[j] * sites[s].se[j])
    out.k++
    w += weight
    wb += weight * b
    ww += weight * weight
  }
  if (out.k < 2) return out
  out.fixed = wb / w
  out.fixedSe = Math.sqrt(1 / w)
  out.q = 0
  for (let s = 0; s < sites.length; s++) {
    if (!(sites[s].se[j] > 0)) continue
    const d = (sites[s].estimate[j] - out.fixed) / sites[s].se[j]
    out.q += d * d
  }
  const df = <f64>(out.k - 1)
  out.i2 = out.q > 0 ? Math.max(0, (out.q - df) / out.q) : 0
  out.tau2 = Math.max(0, (out.q - df) / (w - ww / w))
  randomEffect(sites, j, out)
  return out
}

function randomEffect(sites: Alone[], j: i32, out: Pooled): void {
  let w: f64 = 0
  let wb: f64 = 0
  for (let s = 0; s < sites.length; s++) {
    const se = sites[s].se[j]
    if (!(se > 0)) continue
    const weight = 1 / (se * se + out.tau2)
    w += weight
    wb += weight * sites[s].estimate[j]
  }
  out.random = wb / w
  out.randomSe = Math.sqrt(1 / w)
}
