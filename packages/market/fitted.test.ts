import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chiSquaredTail, compareFits, type Fitted, termRows } from './fitted.ts'

const near = (is: number, wanted: number) => assert.ok(Math.abs(is / wanted - 1) < 1e-6, `${is} for ${wanted}`)

test('behavior: tails of chi-squared are those of printed tables, for one to seven degrees of freedom', () => {
  const table: readonly [x: number, df: number, p: number][] = [
    [3.841458820694124, 1, 0.05],
    [5.991464547107979, 2, 0.05],
    [7.814727903251179, 3, 0.05],
    [9.487729036781154, 4, 0.05],
    [11.070497693516351, 5, 0.05],
    [16.81189382978, 6, 0.01],
    [18.475306906582, 7, 0.01],
    [30.232646550066193, 1, 3.832045696097424e-8],
  ]
  for (const [x, df, p] of table) near(chiSquaredTail(x, df), p)
  assert.equal(chiSquaredTail(0, 3), 1)
})

const model = (names: readonly string[], logLik: number, n = 100): Fitted => ({
  ...{ n, events: 40, parameters: names.length + 1, fit: { auc: 0.8 + names.length / 100, logLik } },
  terms: names.map((name) => ({ name, term: name, oddsRatio: 2, orLow: 1, orHigh: 4 })),
  tests: names.map((term) => ({ term, nuisance: false, lr: 3, df: 1 })),
})

test('behavior: a model is compared with one it is nested in, on the same people; else only the AUC is', () => {
  const found = compareFits(model(['age'], -50), model(['age', 'sex'], -46.5))
  assert.deepEqual({ nested: found.nested, lr: found.lr, df: found.df }, { nested: true, lr: 7, df: 1 })
  near(found.p ?? 0, 0.008150971593502702)
  for (const other of [model(['sex'], -49), model(['age', 'sex'], -46, 99)]) {
    assert.equal(compareFits(model(['age'], -50), other).nested, false)
  }
})

test('behavior: a row of the table has its likelihood ratio, and nothing where the model has none', () => {
  const { terms, ...rest } = model(['age'], -50)
  assert.equal(termRows({ ...rest, terms })[0]?.lr, 3)
  assert.equal(termRows({ ...rest, terms: [{ name: 'x', term: 'x', oddsRatio: null }] })[0]?.oddsRatio, null)
})
