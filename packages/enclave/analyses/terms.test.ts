import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsShared } from '@salus/base/testing'
import type { Table } from '../table.ts'
import { near } from './agree.ts'
import { column, heartify, reference, uci } from './testing.ts'

const DATA = needsShared('data/cardio')
// biome-ignore lint/suspicious/noExplicitAny: answers are of many shapes
type Any = any

const outcome = { column: 'num', op: 'gt', value: 0 }

/** Cleveland with columns worked out beforehand. */
function prepared(): Table {
  const table = uci('cleveland')
  const values = (name: string): Float64Array =>
    table.columns.find((one) => one.name === name)?.values ?? new Float64Array()
  const [age, sex, cp, chol] = [values('age'), values('sex'), values('cp'), values('chol')]
  const made = [
    column('logChol', chol.map(Math.log)),
    column('rootChol', chol.map(Math.sqrt)),
    column(
      'square',
      age.map((x) => x * x),
    ),
    column(
      'decades',
      age.map((x) => x / 10),
    ),
    column(
      'middle',
      age.map((x) => (x >= 50 && x < 60 ? 1 : 0)),
    ),
    column(
      'old',
      age.map((x) => (x >= 60 ? 1 : 0)),
    ),
    column(
      'ageSex',
      age.map((x, i) => x * (sex[i] ?? 0)),
    ),
    ...[1, 2, 3].map((level) =>
      column(
        `cp${level}`,
        cp.map((x) => (x === level ? 1 : 0)),
      ),
    ),
    ...[1, 2, 3].map((level) =>
      column(
        `cp${level}age`,
        cp.map((x, i) => (x === level ? (age[i] ?? 0) : 0)),
      ),
    ),
  ]
  return { ...table, columns: [...table.columns, ...made] }
}

const asked: readonly (readonly [string, object[], string])[] = [
  ['logarithm', [{ column: 'chol', transform: 'log' }], 'logChol'],
  ['square root', [{ column: 'chol', transform: 'sqrt' }], 'rootChol'],
  ['square beside the number', [{ column: 'age' }, { column: 'age', name: 'age2', transform: 'square' }], 'age square'],
  ['another unit', [{ column: 'age', per: 10 }], 'decades'],
  ['bins, the lowest as reference', [{ column: 'age', bins: [50, 60] }], 'middle old'],
  ['interaction of numbers', [{ column: 'age' }, { column: 'sex' }, { interaction: ['age', 'sex'] }], 'age sex ageSex'],
  ['a chosen reference', [{ column: 'cp', as: 'factor', reference: 4 }], 'cp1 cp2 cp3'],
  [
    'interaction of a factor and a number',
    [{ column: 'cp', as: 'factor', reference: 4 }, { column: 'age' }, { interaction: ['cp', 'age'] }],
    'cp1 cp2 cp3 age cp1age cp2age cp3age',
  ],
]

for (const [what, terms, columns] of asked)
  test(`H14 ${what}: the same as columns worked out beforehand`, DATA, async () => {
    const table = prepared()
    const mine = await heartify({ outcome, terms }, [table])
    const other = await heartify({ outcome, terms: columns.split(' ').map((name) => ({ column: name })) }, [table])
    near(mine.fit.deviance, other.fit.deviance, 1e-12, 'deviance')
    assert.equal(mine.terms.length, other.terms.length)
    for (const [i, term] of mine.terms.entries())
      for (const key of ['estimate', 'se', 'profileLow', 'profileHigh', 'seRobust'])
        near(term[key], other.terms[i][key], 1e-8, `${term.name} ${key}`)
  })

test('H14 a transform outside of its domain makes the row implausible, and is counted', DATA, async () => {
  const answer = await heartify({ outcome, terms: [{ column: 'oldpeak', transform: 'log' }] }, [uci('cleveland')])
  const [excluded] = answer.excluded
  assert.deepEqual(excluded.columns, [{ column: 'oldpeak', missing: 0, implausible: 99 }])
  assert.equal(answer.n, 303 - 99)
})

test('H2 certified: seventeen digits computed another way', DATA, async () => {
  const { models } = reference('certified')
  const runs: Record<string, Any> = {
    uci_cleveland_numeric8: await heartify(
      {
        outcome,
        terms: 'age sex trestbps chol fbs thalach exang oldpeak'.split(' ').map((name) => ({ column: name })),
      },
      [uci('cleveland')],
    ),
  }
  for (const [name, answer] of Object.entries(runs)) {
    const own = [answer.intercept, ...answer.terms]
    for (const [i, estimate] of models[name].estimate.entries()) near(own[i].estimate, Number(estimate), 1e-11, `${i}`)
    for (const [i, se] of models[name].se.entries()) near(own[i].se, Number(se), 1e-10, `${i} se`)
    near(answer.fit.deviance, Number(models[name].deviance), 1e-13, 'deviance')
  }
})
