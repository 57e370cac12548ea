/** For tests: compares an answer of Heartify with a reference result, figure by figure, to the tolerances stated beside the data. */
import assert from 'node:assert/strict'

// biome-ignore lint/suspicious/noExplicitAny: answers and references are of many shapes
type Any = any

/** Relative tolerances of the data's README; `coefficient` is looser for the one file with impossible values. */
export const CLEAN = { coefficient: 1e-8, deviance: 1e-8, p: 1e-6, profile: 1e-6, auc: 1e-10, aucSe: 1e-8, other: 1e-8 }
export const RAW = { ...CLEAN, coefficient: 1e-6, deviance: 1e-6, other: 1e-6, aucSe: 1e-6 }
export type Tolerance = typeof CLEAN

/** Asserts |a - b| <= tolerance * |b|, with twelve printed digits as the floor. */
export function near(actual: Any, expected: Any, tolerance: number, what: string): void {
  assert.equal(typeof actual, 'number', `${what}: ${actual} where ${expected} is expected`)
  const off = Math.abs(actual - expected)
  assert.ok(
    off <= tolerance * Math.abs(expected) + 1e-300,
    `${what}: ${actual}, expected ${expected}, off by ${off / Math.abs(expected)}`,
  )
}

/** A probability: to a millionth down to 1e-300, below that as small as said. */
function nearP(actual: Any, log10: Any, expected: number, what: string): void {
  if (expected >= 1e-300) near(actual, expected, CLEAN.p, what)
  else assert.ok(actual < 1e-300 && log10 <= -299.9, `${what}: ${actual} (${log10})`)
}

const nameOf = (term: string): string =>
  term.replace(/^factor\((\w+)\)(\d+)$/, '$1=$2').replace(/^site(\w+)$/, 'site=$1')
const termOf = (term: string): string => term.replace(/^factor\((\w+)\)$/, '$1')

function meetCoefficient(mine: Any, ref: Any, t: Tolerance, what: string): void {
  assert.ok(mine, `${what} is missing`)
  near(mine.estimate, ref.estimate, t.coefficient, `${what} estimate`)
  near(mine.se, ref.se, t.coefficient, `${what} se`)
  near(mine.z, ref.z, t.coefficient, `${what} z`)
  nearP(mine.p, mine.log10P, ref.p, `${what} p`)
  near(mine.oddsRatio, ref.or, t.coefficient * 30, `${what} or`)
  near(mine.seRobust, ref.se_hc0, t.coefficient, `${what} robust se`)
  for (const [i, side] of ['Low', 'High'].entries()) {
    near(mine[`ci${side}`], ref.wald_ci95[i], t.coefficient * 10, `${what} ci${side}`)
    near(mine[`or${side}`], ref.wald_ci95_or[i], t.coefficient * 30, `${what} or${side}`)
    if (ref.profile_ci95) near(mine[`profile${side}`], ref.profile_ci95[i], t.profile, `${what} profile${side}`)
    if (ref.profile_ci95_or)
      near(mine[`orProfile${side}`], ref.profile_ci95_or[i], t.profile * 10, `${what} orProfile${side}`)
  }
  if (ref.sd_x === undefined) return
  near(mine.sd, ref.sd_x, t.other, `${what} sd`)
  near(mine.betaPerSd, ref.beta_per_sd, t.coefficient, `${what} beta per sd`)
  near(mine.orPerSd, ref.or_per_sd, t.coefficient, `${what} or per sd`)
}

function meetTest(mine: Any, ref: Any, t: Tolerance): void {
  assert.equal(mine.df, ref.df)
  near(mine.lr, ref.lr_chisq, t.other * 10, `${ref.term} lr`)
  nearP(mine.lrP, mine.lrPLog10, ref.lr_p, `${ref.term} lr p`)
  near(mine.lrShare, ref.lr_share, t.other * 10, `${ref.term} share`)
  near(mine.wald, ref.wald_chisq, t.other * 10, `${ref.term} wald`)
  nearP(mine.waldP, mine.waldPLog10, ref.wald_p, `${ref.term} wald p`)
}

/** Our names for the reference's figures of the whole fit. */
const FIGURES = {
  deviance: 'deviance',
  nullDeviance: 'null_deviance',
  residualDf: 'df_residual',
  nullDf: 'df_null',
  logLik: 'loglik',
  aic: 'aic',
  bic: 'bic',
  brier: 'brier',
  scaledBrier: 'scaled_brier',
  tjur: 'tjur_r2',
  mcFadden: 'mcfadden_r2',
  coxSnell: 'cox_snell_r2',
  nagelkerke: 'nagelkerke_r2',
  conditionNumber: 'kappa_scaled_X',
} as const

function meetFit(mine: Any, ref: Any, t: Tolerance): void {
  for (const [own, theirs] of Object.entries(FIGURES)) near(mine.fit[own], ref[theirs], t.deviance, own)
  near(mine.fit.lr, ref.lr_test.chisq, t.deviance, 'lr of the model')
  nearP(mine.fit.lrP, mine.fit.lrPLog10, ref.lr_test.p, 'p of the model')
  near(mine.fit.auc, ref.auc.estimate, t.auc, 'auc')
  near(mine.fit.aucSe, ref.auc.se_delong, t.aucSe, 'auc se')
  near(mine.fit.aucLow, ref.auc.ci95_delong[0], t.aucSe, 'auc low')
  near(mine.fit.aucHigh, ref.auc.ci95_delong[1], t.aucSe, 'auc high')
  const hl = ref.hosmer_lemeshow
  near(mine.fit.hosmerLemeshow, hl.chisq, t.other * 10, 'hosmer-lemeshow')
  nearP(mine.fit.hosmerLemeshowP, mine.fit.hosmerLemeshowPLog10, hl.p, 'hosmer-lemeshow p')
  assert.deepEqual(
    mine.calibration.map((one: Any) => one.n),
    hl.n,
  )
  assert.deepEqual(
    mine.calibration.map((one: Any) => Math.round(one.events)),
    hl.observed,
  )
  for (const [g, one] of mine.calibration.entries()) near(one.expected, hl.expected[g], t.other * 10, `expected ${g}`)
}

/** Every figure of a logistic reference model (coefficients, tests, inflation, fit, covariance). */
export function meets(mine: Any, ref: Any, t: Tolerance): void {
  assert.equal(mine.refused, undefined)
  assert.equal(mine.converged, true)
  assert.deepEqual([mine.n, mine.events, mine.parameters], [ref.n_used, ref.events, ref.p])
  const own = new Map([mine.intercept, ...mine.terms, ...mine.siteEffects].map((one: Any) => [one.name, one]))
  for (const one of ref.coefficients) meetCoefficient(own.get(nameOf(one.term)), one, t, one.term)
  const tests = new Map(mine.tests.map((one: Any) => [one.term, one]))
  for (const one of ref.term_tests) meetTest(tests.get(termOf(one.term)), one, t)
  for (const one of ref.gvif ?? []) {
    near((tests.get(termOf(one.term)) as Any).gvif, one.gvif, t.other * 10, `${one.term} gvif`)
    near((tests.get(termOf(one.term)) as Any).gvifAdjusted, one.gvif_adj, t.other * 10, `${one.term} gvif adjusted`)
  }
  meetFit(mine, ref, t)
  const scale = ref.vcov.map((row: number[], i: number) => Math.sqrt(row[i] ?? 0))
  for (const [i, row] of ref.vcov.entries())
    for (const [j, value] of row.entries())
      assert.ok(Math.abs(mine.covariance.rows[i][j] - value) <= 1e-6 * scale[i] * scale[j], `covariance ${i} ${j}`)
}
