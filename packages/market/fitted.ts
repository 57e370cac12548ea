/** A fitted model as results tell it: what tables, pictures and comparisons read of it. */
import { z } from '@salus/base/schema'
import type { HostKind } from '@salus/enclave/deal'
import { csvText } from './table.ts'

const maybe = z.number().nullable().optional()
const term = z.looseObject({
  name: z.string(),
  estimate: maybe,
  se: maybe,
  p: maybe,
  oddsRatio: maybe,
  orLow: maybe,
  orHigh: maybe,
  betaPerSd: maybe,
  term: z.string(),
  level: z.string().optional(),
})
/** Heartify's answer, as far as it is shown. */
export const fitted = z.looseObject({
  n: z.number(),
  events: z.number(),
  parameters: z.number(),
  terms: z.array(term),
  tests: z.array(z.looseObject({ term: z.string(), nuisance: z.boolean(), lr: maybe, df: maybe })),
  fit: z.looseObject({ auc: z.number(), logLik: z.number() }),
  roc: z.array(z.looseObject({ falsePositive: z.number(), truePositive: z.number() })).optional(),
  calibration: z.array(z.looseObject({ meanP: z.number(), observed: z.number() })).optional(),
})
export type Fitted = z.infer<typeof fitted>

/** One row a coefficient; sites are a nuisance and no risk factor, so they are not among them. */
export const termRows = ({ terms, tests }: Fitted) =>
  terms.map((one) => ({
    // A factor of two levels has one coefficient, and its name.
    term: terms.filter(({ term: of }) => of === one.term).length === 1 ? one.term : one.name,
    ...(one.level === undefined ? {} : { level: one.level }),
    estimate: one.estimate ?? null,
    se: one.se ?? null,
    oddsRatio: one.oddsRatio ?? null,
    ciLow: one.orLow ?? null,
    ciHigh: one.orHigh ?? null,
    p: one.p ?? null,
    betaPerSd: one.betaPerSd ?? null,
    lr: tests.find(({ term: of }) => of === one.term)?.lr ?? null,
  }))

/** The same table for a spreadsheet; each row names the kind of machine, so that "simulated" goes wherever the file goes (rule A9). */
export const csvOf = (result: Fitted, machine: HostKind): string =>
  csvText(termRows(result).map((row) => ({ ...row, machine })))

/** Upper tail of chi-squared for whole degrees of freedom (closed forms; Abramowitz and Stegun 26.4.4, 26.4.5). */
export function chiSquaredTail(x: number, df: number): number {
  if (x <= 0) return 1
  const half = x / 2
  let term = df % 2 === 0 ? Math.exp(-half) : (Math.exp(-half) * Math.sqrt(half)) / (Math.sqrt(Math.PI) / 2)
  let sum = df % 2 === 0 ? term : erfc(Math.sqrt(half))
  for (let k = df % 2 === 0 ? 2 : 3; k <= df - (df % 2 === 0 ? 1 : 0); k += 2) {
    if (df % 2 === 0) {
      term *= half / (k / 2)
      if (k < df) sum += term
    } else {
      sum += term
      term *= half / (k / 2)
    }
  }
  return sum
}

/** Complementary error function, relative error below 1.2e-7 (Numerical Recipes' Chebyshev fit is enough for a printed p). */
function erfc(x: number): number {
  const t = 1 / (1 + x / 2)
  const c = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ]
  return t * Math.exp(-x * x + c.reduceRight((sum, one) => sum * t + one, 0))
}

/** What `b` says more than `a`. Nested: every term of one is in the other, on as many people with as many events. */
export function compareFits(a: Fitted, b: Fitted) {
  const [small, large] = a.parameters <= b.parameters ? [a, b] : [b, a]
  const names = new Set(large.terms.map(({ name }) => name))
  const nested =
    small.parameters < large.parameters &&
    a.n === b.n &&
    a.events === b.events &&
    small.terms.every(({ name }) => names.has(name))
  const lr = 2 * (large.fit.logLik - small.fit.logLik)
  const df = large.parameters - small.parameters
  return {
    ...{ aucA: a.fit.auc, aucB: b.fit.auc, aucChange: b.fit.auc - a.fit.auc, nested },
    ...(nested ? { lr, df, p: chiSquaredTail(lr, df) } : { lr: null, df: null, p: null }),
  }
}
