/** Writes the answer. */
import { at } from '../../lib/memory'
import { logChi2, logGamma, Z95 } from '../../lib/math'
import { Writer } from '../../lib/write'
import { Used } from './cohort'
import { Design } from './design'
import { writeDisclosure } from './disclosure'
import { TermTest, testTerm } from './factors'
import { writeHospitals } from './heterogeneity'
import { Quality, qualityOf } from './quality'
import { condition, FIRTH, LIMIT, ML, Solution, solutionOf } from './solution'
import { SITE } from './spec'
import { keyP, writeCoefficient, writeCoefficients } from './terms'
import { writeExcluded, writeSeparation, writeWarnings } from './notes'

/** What the saturated model of grouped rows reaches, and the counting constant that R adds to the log-likelihood. */
class Grouped {
  saturated: f64 = 0
  constant: f64 = 0

  constructor(design: Design) {
    for (let i = 0; design.spec.grouped && i < design.n; i++) {
      const y = at(design.y, i)
      const m = at(design.m, i)
      if (y > 0) this.saturated += y * Math.log(y / m)
      if (y < m) this.saturated += (m - y) * Math.log1p(-y / m)
      this.constant += logGamma(m + 1) - logGamma(y + 1) - logGamma(m - y + 1)
    }
  }
}

function writeFit(out: Writer, solution: Solution, q: Quality): void {
  const design = solution.design
  const grouped = new Grouped(design)
  const k = <f64>solution.parameters
  const n = design.spec.grouped ? <f64>design.n : solution.people
  const ll = solution.ll
  const gain = 2 * (ll - solution.nullLl)
  const all = out.object()
  out.keyNum(all, 'deviance', 2 * (grouped.saturated - ll))
  out.keyNum(all, 'nullDeviance', 2 * (grouped.saturated - solution.nullLl))
  out.keyNum(all, 'residualDf', n - k)
  out.keyNum(all, 'nullDf', n - 1)
  out.keyNum(all, 'logLik', ll + grouped.constant)
  out.keyNum(all, 'aic', 2 * k - 2 * (ll + grouped.constant))
  out.keyNum(all, 'bic', k * Math.log(n) - 2 * (ll + grouped.constant))
  out.keyNum(all, 'lr', gain)
  out.keyNum(all, 'lrDf', k - 1)
  keyP(out, all, 'lrP', logChi2(gain, k - 1))
  if (solution.method == FIRTH) out.keyNum(all, 'penalisedLogLik', penalised(solution))
  writeQuality(out, all, q)
  const pseudo = -Math.expm1(-gain / q.n)
  out.keyNum(all, 'mcFadden', 1 - ll / solution.nullLl)
  out.keyNum(all, 'coxSnell', pseudo)
  out.keyNum(all, 'nagelkerke', pseudo / -Math.expm1((2 * solution.nullLl) / q.n))
  out.keyNum(all, 'conditionNumber', condition(solution))
}

/** The penalised log-likelihood on the columns' own scales. */
function penalised(solution: Solution): f64 {
  let sum = solution.best.sums.ll
  for (let j = 1; j < solution.design.p; j++) if (!solution.absent[j]) sum += Math.log(solution.design.parts[j - 1].sd)
  return sum
}

function writeQuality(out: Writer, all: i32, q: Quality): void {
  const rate = q.events / q.n
  out.keyNum(all, 'auc', q.auc)
  out.keyNum(all, 'aucSe', q.aucSe)
  out.keyNum(all, 'aucLow', q.auc - Z95 * q.aucSe)
  out.keyNum(all, 'aucHigh', q.auc + Z95 * q.aucSe)
  out.keyNum(all, 'brier', q.brier)
  out.keyNum(all, 'scaledBrier', 1 - q.brier / (rate * (1 - rate)))
  out.keyNum(all, 'tjur', q.tjur)
  out.keyNum(all, 'hosmerLemeshow', q.hosmer)
  out.keyNum(all, 'hosmerLemeshowDf', 8)
  keyP(out, all, 'hosmerLemeshowP', logChi2(q.hosmer, 8))
}

function writeCurves(out: Writer, all: i32, q: Quality, weighted: bool): void {
  out.key(all, 'calibration')
  const tenths = out.list()
  for (let g = 0; g < q.groupN.length; g++) {
    if (!(q.groupN[g] > 0)) continue
    out.item(tenths)
    const one = out.object()
    out.keyNum(one, 'n', q.groupN[g])
    // The fewest rows behind a figure: what weighs much is one person all the same.
    if (weighted) out.keyNum(one, 'rows', min(q.groupRows[g], min(q.groupCases[g], q.groupOthers[g])))
    out.keyNum(one, 'events', q.groupEvents[g])
    out.keyNum(one, 'expected', q.groupExpected[g])
    out.keyNum(one, 'meanP', q.groupExpected[g] / q.groupN[g])
    out.keyNum(one, 'observed', q.groupEvents[g] / q.groupN[g])
  }
  out.key(all, 'roc')
  const roc = out.list()
  for (let i = 0; i < q.falseRate.length; i++) {
    out.item(roc)
    const one = out.object()
    out.keyNum(one, 'falsePositive', q.falseRate[i])
    out.keyNum(one, 'truePositive', q.trueRate[i])
  }
}

function testAll(solution: Solution): TermTest[] {
  const tests: TermTest[] = []
  for (let t = 0; t < solution.design.spec.terms.length; t++)
    tests.push(solution.method == LIMIT || !solution.converged ? new TermTest() : testTerm(solution.best, t, solution.v))
  return tests
}

function writeTests(out: Writer, solution: Solution, tests: TermTest[]): void {
  const list = out.list()
  let sum: f64 = 0
  for (let t = 0; t < tests.length; t++) if (tests[t].lr == tests[t].lr) sum += tests[t].lr
  for (let t = 0; t < tests.length; t++) {
    const test = tests[t]
    const df = <f64>test.df
    out.item(list)
    const one = out.object()
    out.keyStr(one, 'term', solution.design.spec.terms[t].name)
    out.keyFlag(one, 'nuisance', solution.design.spec.terms[t].kind == SITE)
    out.keyNum(one, 'df', df)
    out.keyNum(one, 'lr', test.lr)
    keyP(out, one, 'lrP', logChi2(test.lr, df))
    out.keyNum(one, 'lrShare', sum > 0 ? test.lr / sum : NaN)
    out.keyNum(one, 'wald', test.wald)
    keyP(out, one, 'waldP', logChi2(test.wald, df))
    out.keyNum(one, 'gvif', tests.length > 1 ? test.gvif : NaN)
    out.keyNum(one, 'gvifAdjusted', tests.length > 1 ? Math.pow(test.gvif, 1 / (2 * df)) : NaN)
  }
}

function writeCovariance(out: Writer, solution: Solution): void {
  const p = solution.design.p
  const all = out.object()
  out.key(all, 'names')
  const names = out.list()
  for (let j = 0; j < p; j++) {
    if (solution.best.skip[j]) continue
    out.item(names)
    out.str(j == 0 ? '(Intercept)' : solution.design.parts[j - 1].name)
  }
  out.key(all, 'rows')
  const rows = out.list()
  for (let i = 0; i < p; i++) {
    if (solution.best.skip[i]) continue
    out.item(rows)
    const row = out.list()
    for (let j = 0; j < p; j++) {
      if (solution.best.skip[j]) continue
      out.item(row)
      out.num(at(solution.cov, i * p + j))
    }
  }
}

function writeHead(out: Writer, all: i32, solution: Solution): void {
  const method = solution.method
  out.keyStr(all, 'model', 'logistic')
  out.keyStr(all, 'method', method == ML ? 'maximum-likelihood' : method == FIRTH ? 'firth' : 'limit')
  out.keyNum(all, 'n', solution.people)
  out.keyNum(all, 'rows', solution.design.n)
  out.keyNum(all, 'events', solution.events)
  out.keyNum(all, 'parameters', solution.parameters)
  out.keyNum(all, 'iterations', solution.best.steps + 1)
  out.keyFlag(all, 'converged', solution.converged)
}

/** Only what a fit is compared with: estimates, errors, deviance. */
function writeBare(out: Writer, solution: Solution): void {
  const p = solution.design.p
  const all = out.object()
  writeHead(out, all, solution)
  out.keyNum(all, 'deviance', -2 * solution.ll)
  out.key(all, 'terms')
  const list = out.list()
  for (let j = 0; j < p; j++) {
    out.item(list)
    const one = out.object()
    out.keyStr(one, 'name', j == 0 ? '(Intercept)' : solution.design.parts[j - 1].name)
    out.keyNum(one, 'estimate', solution.best.skip[j] ? NaN : at(solution.beta, j))
    out.keyNum(one, 'se', solution.best.skip[j] ? NaN : Math.sqrt(at(solution.cov, j * p + j)))
  }
}

/** Fits the model over `design` and writes the answer; `design.spec.refused` says when there is none. */
export function report(design: Design, used: Used[], out: Writer): void {
  const solution = solutionOf(design)
  if (design.spec.refused != '') return
  if (design.spec.params.get('only').is('fit')) return writeBare(out, solution)
  const quality = qualityOf(design, solution.best.beta, !design.spec.sampling)
  const tests = testAll(solution)
  const all = out.object()
  writeHead(out, all, solution)
  out.key(all, 'excluded')
  writeExcluded(out, design.spec, used)
  out.key(all, 'warnings')
  writeWarnings(out, solution, tests)
  out.key(all, 'intercept')
  writeCoefficient(out, solution, 0)
  out.key(all, 'terms')
  writeCoefficients(out, solution, false)
  out.key(all, 'siteEffects')
  writeCoefficients(out, solution, true)
  out.key(all, 'tests')
  writeTests(out, solution, tests)
  out.key(all, 'fit')
  writeFit(out, solution, quality)
  writeCurves(out, all, quality, design.m != 0)
  writeSeparation(out, all, solution)
  out.key(all, 'hospitals')
  writeHospitals(out, design)
  out.key(all, 'covariance')
  writeCovariance(out, solution)
  out.key(all, 'disclosure')
  writeDisclosure(out, design.spec, used, design.n, solution.parameters)
}
