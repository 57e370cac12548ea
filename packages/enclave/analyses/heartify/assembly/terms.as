/** Writes coefficients: estimate, errors, tests and intervals, each on the scale of the logarithm and of the odds ratio. */
import { at, put } from '../../lib/memory'
import { logChi2, logNormal2, log10Of, Z95 } from '../../lib/math'
import { Writer } from '../../lib/write'
import { BINS, SITE } from './spec'
import { CONVERGED, holding, newton } from './newton'
import { Interval, profile, profileIntercept } from './profile'
import { FIRTH, LIMIT, Solution } from './solution'

/** A probability as a number and, because it can be smaller than any number, as its decimal logarithm. */
export function keyP(out: Writer, open: i32, name: string, natural: f64): void {
  out.keyNum(open, name, Math.exp(natural))
  out.keyNum(open, name == 'p' ? 'log10P' : name + 'Log10', log10Of(natural))
}

function keyBounds(out: Writer, open: i32, low: string, high: string, a: f64, b: f64): void {
  out.keyNum(open, low, a)
  out.keyNum(open, high, b)
}

function nameOf(solution: Solution, j: i32): string {
  return j == 0 ? '(Intercept)' : solution.design.parts[j - 1].name
}

function writePlace(out: Writer, one: i32, solution: Solution, j: i32): void {
  out.keyStr(one, 'name', nameOf(solution, j))
  if (j == 0) return
  const part = solution.design.parts[j - 1]
  const term = solution.design.spec.terms[part.term]
  out.keyStr(one, 'term', term.name)
  if (part.level.label != '') out.keyStr(one, 'level', part.level.label)
  if (term.kind == BINS) keyBounds(out, one, 'from', 'to', part.low, part.high)
}

/** The interval in the coefficient's own unit. */
function intervalOf(solution: Solution, j: i32): Interval {
  if (solution.method == LIMIT || !solution.converged) return new Interval()
  if (j == 0) return profileIntercept(solution.best)
  const own = profile(solution.best, j, solution.v)
  const sd = solution.design.parts[j - 1].sd
  own.low /= sd
  own.high /= sd
  return own
}

/** 2 (max - max with coefficient j at 0) of the penalised likelihood: the test that goes with Firth's estimate. */
function penalisedRatio(solution: Solution, j: i32): f64 {
  const hold = new Uint8Array(solution.design.p)
  hold[j] = 1
  const less = holding(solution.best, hold)
  put(less.beta, j, 0)
  newton(less)
  return less.status == CONVERGED ? Math.max(0, 2 * (solution.best.sums.ll - less.sums.ll)) : NaN
}

function writeTest(out: Writer, one: i32, solution: Solution, j: i32, estimate: f64, se: f64, own: Interval): void {
  if (solution.method == FIRTH) {
    const ratio = j == 0 ? own.ratio : penalisedRatio(solution, j)
    out.keyNum(one, 'z', NaN)
    keyP(out, one, 'p', logChi2(ratio, 1))
    out.keyNum(one, 'lr', ratio)
    return
  }
  out.keyNum(one, 'z', estimate / se)
  keyP(out, one, 'p', logNormal2(estimate / se))
}

function writeIntervals(out: Writer, one: i32, solution: Solution, estimate: f64, se: f64, own: Interval): void {
  const penalised = solution.method == FIRTH
  const low = penalised ? own.low : estimate - Z95 * se
  const high = penalised ? own.high : estimate + Z95 * se
  out.keyNum(one, 'oddsRatio', Math.exp(estimate))
  keyBounds(out, one, 'ciLow', 'ciHigh', low, high)
  keyBounds(out, one, 'orLow', 'orHigh', Math.exp(low), Math.exp(high))
  keyBounds(out, one, 'profileLow', 'profileHigh', own.low, own.high)
  keyBounds(out, one, 'orProfileLow', 'orProfileHigh', Math.exp(own.low), Math.exp(own.high))
}

/** Writes coefficient `j`; the numbers of one that is not in the model, or not finite, are null. */
export function writeCoefficient(out: Writer, solution: Solution, j: i32): void {
  const p = solution.design.p
  const infinite = solution.infinite(j)
  const there = !solution.best.skip[j] && infinite == 0
  const robust = there ? Math.sqrt(at(solution.robust, j * p + j)) : NaN
  const estimate = there ? at(solution.beta, j) : NaN
  const se = !there ? NaN : solution.design.spec.sampling ? robust : Math.sqrt(at(solution.cov, j * p + j))
  const own = there ? intervalOf(solution, j) : new Interval()
  const one = out.object()
  writePlace(out, one, solution, j)
  if (infinite != 0) out.keyStr(one, 'infinite', infinite > 0 ? 'up' : 'down')
  out.keyNum(one, 'estimate', estimate)
  out.keyNum(one, 'se', se)
  out.keyNum(one, 'seModel', there ? Math.sqrt(at(solution.cov, j * p + j)) : NaN)
  out.keyNum(one, 'seRobust', robust)
  writeTest(out, one, solution, j, estimate, se, own)
  writeIntervals(out, one, solution, estimate, se, own)
  if (j == 0) return
  const sd = solution.design.parts[j - 1].sd
  out.keyNum(one, 'sd', sd)
  out.keyNum(one, 'betaPerSd', estimate * sd)
  out.keyNum(one, 'orPerSd', Math.exp(estimate * sd))
}

/** Writes the coefficients of the risk factors, or (`site`) those of the hospitals. */
export function writeCoefficients(out: Writer, solution: Solution, site: bool): void {
  const design = solution.design
  const list = out.list()
  for (let j = 1; j < design.p; j++) {
    if ((design.spec.terms[design.parts[j - 1].term].kind == SITE) != site) continue
    out.item(list)
    writeCoefficient(out, solution, j)
  }
}
