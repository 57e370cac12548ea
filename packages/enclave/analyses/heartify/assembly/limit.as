/** What remains finite when the data are separated: the fit of the rows the separating direction leaves alone. */
import { at, copy, doubles, put } from '../../lib/memory'
import { markAliased } from '../../lib/matrix'
import { Design, PANEL } from './design'
import { CONVERGED, Fit, newton, SEPARATED, startAt } from './newton'
import { pass, predict } from './pass'

const TOUCH: f64 = 1e-6

/** The limit of a separated fit. `infinite[j]` is 1 or -1 where the coefficient (in its own unit) has no finite value. */
export class Limit {
  fit: Fit
  infinite: Int8Array
  /** Rows that the direction leaves alone. */
  rows: i32 = 0

  constructor(fit: Fit) {
    this.fit = fit
    this.infinite = new Int8Array(fit.design.p)
  }
}

/** Takes the rows that `direction` moves out of the sums, by giving them no trials. */
function silence(fit: Fit, direction: usize): i32 {
  const design = fit.design
  const offset = design.offset
  design.offset = 0
  const eta = doubles(PANEL)
  let most: f64 = 0
  for (let turn = 0; turn < 2; turn++) {
    for (let k = fit.from; k < fit.to; k++) {
      predict(design, k, design.panel(k), direction, eta)
      const first = design.panelFirst[k]
      for (let i = 0; i < design.panelRows[k]; i++) {
        if (at(design.m, first + i) == 0) continue
        if (turn == 0) most = Math.max(most, Math.abs(at(eta, i)))
        else if (Math.abs(at(eta, i)) > TOUCH * most) {
          put(design.m, first + i, 0)
          put(design.y, first + i, 0)
        }
      }
    }
  }
  design.offset = offset
  let left = 0
  for (let k = fit.from; k < fit.to; k++)
    for (let i = 0; i < design.panelRows[k]; i++) if (at(design.m, design.panelFirst[k] + i) > 0) left++
  return left
}

/** Notes which coefficients the direction moves, each in its own unit. */
function note(limit: Limit, design: Design, direction: usize): void {
  let most: f64 = 0
  for (let j = 0; j < design.p; j++) most = Math.max(most, Math.abs(at(direction, j)))
  let intercept = at(direction, 0)
  for (let j = 1; j < design.p; j++) {
    const d = at(direction, j)
    if (Math.abs(d) <= TOUCH * most) continue
    limit.infinite[j] = d > 0 ? 1 : -1
    if (design.parts[j - 1].sd > 0) intercept -= (d * design.parts[j - 1].mean) / design.parts[j - 1].sd
  }
  if (Math.abs(intercept) > TOUCH * most) limit.infinite[0] = intercept > 0 ? 1 : -1
}

function again(from: Fit): Fit {
  const design = from.design
  const skip = new Uint8Array(design.p)
  for (let j = 0; j < design.p; j++) skip[j] = from.absent[j]
  const fit = new Fit(design, from.from, from.to, skip)
  startAt(fit)
  pass(design, fit.beta, fit.from, fit.to, fit.sums)
  markAliased(fit.sums.info, design.p, 1e-10, skip)
  newton(fit)
  return fit
}

/** The limit of `separated`; the design's outcome is as before afterwards. */
export function limitOf(separated: Fit): Limit {
  const design = separated.design
  const y = design.y
  const m = design.m
  design.y = doubles(design.n)
  design.m = doubles(design.n)
  copy(design.y, y, design.n)
  if (m != 0) copy(design.m, m, design.n)
  else for (let i = 0; i < design.n; i++) put(design.m, i, 1)
  const limit = new Limit(separated)
  for (let turn = 0; turn < 8 && limit.fit.status == SEPARATED; turn++) {
    note(limit, design, limit.fit.direction)
    limit.rows = silence(limit.fit, limit.fit.direction)
    if (limit.rows == 0) break
    limit.fit = again(limit.fit)
  }
  design.y = y
  design.m = m
  return limit
}

export function settled(limit: Limit): bool {
  return limit.rows > 0 && limit.fit.status == CONVERGED
}
