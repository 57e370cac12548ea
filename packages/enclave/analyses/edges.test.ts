import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsShared } from '@salus/base/testing'
import { CLEAN, near } from './agree.ts'
import { csv, heartify, reference, tableOf, UCI_SITES, uci } from './testing.ts'

const DATA = needsShared('data/cardio')
// biome-ignore lint/suspicious/noExplicitAny: answers and references are of many shapes
type Any = any

const one = { column: 'y', op: 'eq', value: 1 } as const
const ill = { column: 'num', op: 'gt', value: 0 } as const
const numbers = (names: string) => names.split(' ').map((column) => ({ column }))
const edge = (name: string): Any => reference('edge_cases').cases[name]
const codes = (answer: Any): string[] => answer.warnings.map((warning: Any) => warning.code)
const coefficients = (answer: Any): Map<string, Any> =>
  new Map([answer.intercept, ...answer.terms, ...answer.siteEffects].map((item: Any) => [item.name, item]))

/** A case's rows as a table, fitted with `y` as the outcome. */
const fit = (rows: Any, names: string, more: object = {}): Promise<Any> =>
  heartify({ outcome: one, terms: names === '' ? [] : numbers(names), ...more }, [tableOf('here', rows)])

function agrees(answer: Any, expected: Any, tolerance = 1e-8): void {
  const own = coefficients(answer)
  for (const [name, estimate] of Object.entries(expected.coef)) near(own.get(name)?.estimate, estimate, tolerance, name)
  for (const [name, se] of Object.entries(expected.se)) near(own.get(name)?.se, se, tolerance, `${name} se`)
  for (const [name, z] of Object.entries(expected.z ?? {})) near(own.get(name)?.z, z, tolerance, `${name} z`)
  if (expected.deviance !== undefined) near(answer.fit.deviance, expected.deviance, tolerance, 'deviance')
}

function agreesFirth(answer: Any, firth: Any): void {
  assert.equal(answer.method, 'firth')
  near(answer.fit.penalisedLogLik, firth.penalised_loglik, 1e-8, 'penalised log-likelihood')
  const own = coefficients(answer)
  for (const ref of firth.coefficients) {
    const mine = own.get(ref.term)
    near(mine.estimate, ref.estimate, 1e-8, ref.term)
    near(mine.se, ref.se, 1e-8, `${ref.term} se`)
    near(mine.oddsRatio, ref.or, 1e-6, `${ref.term} or`)
    near(mine.profileLow, ref.penalised_profile_ci95[0], 1e-6, `${ref.term} low`)
    near(mine.profileHigh, ref.penalised_profile_ci95[1], 1e-6, `${ref.term} high`)
    near(mine.lr, ref.plr_chisq, 1e-7, `${ref.term} ratio`)
    near(mine.p, ref.plr_p, 1e-6, `${ref.term} p`)
    assert.equal(mine.z, null)
  }
}

test('H3 menarche: frequency weights count as that many girls', DATA, async () => {
  const [table] = [csv('small/menarche.csv')]
  const value = (name: string, row: number) => table.columns.find((c) => c.name === name)?.values[row] ?? 0
  const rows = [...Array(table.rows).keys()]
  const both = [
    ...rows.map((r) => ({ Age: value('Age', r), y: 1, w: value('Menarche', r) })),
    ...rows.map((r) => ({ Age: value('Age', r), y: 0, w: value('Total', r) - value('Menarche', r) })),
  ]
  const ref = reference('menarche_frequency_weights')
  const answer = await fit(both, 'Age', { weights: { column: 'w', kind: 'frequency' } })
  const { meets } = await import('./agree.ts')
  meets(answer, ref, CLEAN)
})

test('H3 menarche: grouped counts have the grouped deviance', DATA, async () => {
  const ref = reference('menarche_grouped')
  const answer = await heartify({ outcome: { events: 'Menarche', trials: 'Total' }, terms: numbers('Age') }, [
    csv('small/menarche.csv'),
  ])
  const own = coefficients(answer)
  for (const item of ref.coefficients) {
    for (const key of ['estimate', 'se', 'z']) near(own.get(item.term)[key], item[key], 1e-8, `${item.term} ${key}`)
    near(own.get(item.term).p, item.p, 1e-6, `${item.term} p`)
  }
  const figures = {
    deviance: 'deviance',
    nullDeviance: 'null_deviance',
    residualDf: 'df_residual',
    aic: 'aic',
    logLik: 'loglik',
  }
  for (const [mine, theirs] of Object.entries(figures)) near(answer.fit[mine], ref[theirs], 1e-8, mine)
})

test('H4 endometrial: separation is named, the others keep their limits, Firth answers', DATA, async () => {
  const ref = reference('endometrial_separation')
  const params = { outcome: { column: 'HG', op: 'eq', value: 1 }, terms: numbers('NV PI EH') }
  const answer = await heartify(params, [csv('small/endometrial.csv')])
  assert.deepEqual(answer.separation.names, ['NV'])
  assert.ok(codes(answer).includes('separated') && codes(answer).includes('level-one-sided'))
  const limit = new Map<string, Any>(answer.separation.limit.map((item: Any) => [item.name, item]))
  for (const [name, value] of Object.entries(ref.ml_limit.estimate)) near(limit.get(name).estimate, value, 1e-8, name)
  for (const [name, value] of Object.entries(ref.ml_limit.se)) near(limit.get(name).se, value, 1e-8, `${name} se`)
  agreesFirth(answer, ref.firth)
  const never = await heartify({ ...params, firth: 'never' }, [csv('small/endometrial.csv')])
  const nv = never.terms[0]
  assert.deepEqual([nv.infinite, nv.estimate, nv.oddsRatio, nv.p], ['up', null, null, null])
  near(never.terms[1].estimate, ref.ml_limit.estimate.PI, 1e-8, 'PI')
  near(never.fit.deviance, ref.ml_limit.deviance, 1e-8, 'deviance')
})

test('H4 complete and quasi-complete separation of one column', DATA, async () => {
  for (const [name, kind] of [
    ['complete_separation', 'complete'],
    ['quasi_separation_at_a_tie', 'quasi'],
  ] as const) {
    const answer = await fit(edge(name).data, 'x')
    assert.deepEqual([answer.separation.kind, answer.separation.names], [kind, ['x']])
    agreesFirth(answer, edge(name).firth)
  }
})

test('H4 what only looks extreme is not called separated', DATA, async () => {
  const answer = await fit(edge('overlap_ok').data, 'x')
  assert.equal(answer.separation, undefined)
  assert.equal(answer.method, 'maximum-likelihood')
  agrees(answer, edge('overlap_ok').answer)
  for (const item of edge('hauck_donner').cases) {
    const rows = Array.from({ length: 200 }, (_, i) => ({
      x: i < 100 ? 0 : 1,
      y: (i < 100 ? i < 25 : i < 100 + item.cases_in_exposed_of_100) ? 1 : 0,
    }))
    const mine = await fit(rows, 'x')
    near(mine.terms[0].estimate, item.beta, 1e-8, 'beta')
    near(mine.terms[0].z, item.wald_z, 1e-8, 'z')
    near(mine.tests[0].lr, item.lr_chisq, 1e-8, 'lr')
  }
})

test('H4 Firth by request on data that need it not', DATA, async () => {
  const terms = numbers('age sex trestbps chol fbs thalach exang oldpeak')
  agreesFirth(
    await heartify({ outcome: ill, terms, firth: 'always' }, [uci('cleveland')]),
    reference('uci_cleveland_firth').firth,
  )
})

test('H5 an aliased or constant column is named and left out, the rest is the reduced fit', DATA, async () => {
  const doubled = await fit(edge('rank_deficient_duplicate').data, 'x x2')
  agrees(doubled, edge('rank_deficient_duplicate').answer)
  assert.deepEqual(doubled.warnings[0], { code: 'aliased', about: 'x2', names: ['x'] })
  assert.equal(doubled.terms[1].estimate, null)
  const constant = await fit(edge('constant_column').data, 'c x')
  agrees(constant, edge('constant_column').answer)
  assert.deepEqual(constant.warnings[0], { code: 'constant', about: 'c' })
  const trap = await fit(edge('dummy_trap').data, 'a b c')
  agrees(trap, edge('dummy_trap').answer)
  assert.deepEqual(trap.warnings[0], { code: 'aliased', about: 'c', names: ['a', 'b'] })
})

test('H6 what cannot be fitted is refused with a reason', DATA, async () => {
  assert.equal((await fit(edge('outcome_without_variation').data, 'x')).refused, 'outcome-constant')
  assert.equal((await fit(edge('n_equals_p').data, 'x z')).refused, 'too-few-rows')
  assert.deepEqual(await fit(edge('overlap_ok').data, 'nothing'), { refused: 'column-unknown', about: 'nothing' })
})

test('H7 scale and place of a column change nothing', DATA, async () => {
  const { data, answer } = edge('huge_scale')
  const ways: ((x: number) => number)[] = [
    (x) => x,
    (x) => x * 1e9,
    (x) => x + 1e9,
    (x) => 1.5e12 + x * 86_400_000,
    (x) => x * 1e-12,
  ]
  for (const way of ways) {
    const mine = await fit(
      data.map(({ x, y }: Any) => ({ x: way(x), y })),
      'x',
    )
    near(mine.terms[0].z, answer.z.x, 1e-8, 'z')
    near(mine.fit.deviance, answer.deviance, 1e-8, 'deviance')
    near(mine.terms[0].p, (await fit(data, 'x')).terms[0].p, 1e-6, 'p')
  }
})

test('H8 rows with gaps are left out and counted by column', DATA, async () => {
  const mine = await fit(edge('missing_values').data, 'x')
  assert.equal(mine.n, edge('missing_values').n_used)
  agrees(mine, edge('missing_values').answer)
  assert.deepEqual(mine.excluded, [
    {
      site: 'here',
      rows: 10,
      filtered: 0,
      incomplete: 3,
      used: 7,
      columns: [
        { column: 'y', missing: 1, implausible: 0 },
        { column: 'x', missing: 2, implausible: 0 },
      ],
    },
  ])
})

test(
  'H8 a column that a hospital does not have refuses the pooling, or the hospital is left out by name',
  DATA,
  async () => {
    const ranges = { trestbps: { min: 1 }, chol: { min: 1 } }
    const params = { outcome: ill, terms: numbers('age chol'), site: 'factor', ranges }
    const refused = await heartify(params, UCI_SITES.map(uci))
    assert.deepEqual(refused, { refused: 'site-without-column', about: 'switzerland:chol' })
    const answer = await heartify({ ...params, withoutSites: ['switzerland'] }, UCI_SITES.map(uci))
    assert.deepEqual(
      answer.siteEffects.map((item: Any) => item.name),
      ['site=hungarian', 'site=va'],
    )
    const va = answer.excluded.find((item: Any) => item.site === 'va')
    assert.deepEqual(va.columns, [{ column: 'chol', missing: 7, implausible: 49 }])
  },
)

test('H9 weights and offsets', DATA, async () => {
  const frequency = edge('frequency_weights_equal_replication')
  const weighted = await fit(frequency.data, 'x', { weights: { column: 'w', kind: 'frequency' } })
  agrees(weighted, frequency.weighted)
  assert.deepEqual([weighted.n, weighted.fit.residualDf], [20, 18])
  const sampling = await fit(edge('non_integer_weights').data, 'x', { weights: { column: 'w', kind: 'sampling' } })
  assert.ok(codes(sampling).includes('sampling-weights'))
  const own = coefficients(sampling)
  for (const [name, value] of Object.entries<number>(edge('non_integer_weights').answer.coef)) {
    near(own.get(name).estimate, value, 1e-8, name)
    near(own.get(name).seModel, edge('non_integer_weights').answer.se[name], 1e-8, `${name} se`)
    assert.equal(own.get(name).se, own.get(name).seRobust)
  }
  const wrong = await fit(edge('non_integer_weights').data, 'x', { weights: { column: 'w', kind: 'frequency' } })
  assert.equal(wrong.refused, 'weights-invalid')
  const offset = await fit(edge('offset').data, 'x', { offset: { column: 'x', factor: 0.3, shift: 5 } })
  agrees(offset, edge('offset').answer)
})

test('H9 closed forms: a two by two table and the intercept alone', DATA, async () => {
  const { a, b, c, d } = edge('two_by_two').counts
  const cells = [
    { x: 1, y: 1, w: a },
    { x: 1, y: 0, w: b },
    { x: 0, y: 1, w: c },
    { x: 0, y: 0, w: d },
  ]
  const table = await fit(cells, 'x', { weights: { column: 'w', kind: 'frequency' } })
  near(table.terms[0].estimate, Math.log((a * d) / (b * c)), 1e-12, 'log odds ratio')
  near(table.terms[0].se, Math.sqrt(1 / a + 1 / b + 1 / c + 1 / d), 1e-12, 'se')
  agrees(table, edge('two_by_two').answer)
  const rows = Array.from({ length: 200 }, (_, i) => ({ y: i < 37 ? 1 : 0 }))
  const alone = await fit(rows, '')
  near(alone.intercept.estimate, Math.log(37 / 163), 1e-12, 'intercept')
  near(alone.intercept.se, Math.sqrt(1 / 37 + 1 / 163), 1e-12, 'se')
  assert.equal(alone.fit.auc, 0.5)
})

test('H10 each hospital alone, and how they agree', DATA, async () => {
  const ref = reference('uci_two_stage')
  const ranges = { trestbps: { min: 1 }, chol: { min: 1 } }
  const terms = numbers('age sex trestbps thalach exang oldpeak')
  const answer = await heartify({ outcome: ill, terms, site: 'factor', ranges }, UCI_SITES.map(uci))
  assert.deepEqual(answer.hospitals.sites.find((item: Any) => item.site === 'switzerland').separated, ['sex'])
  for (const mine of answer.hospitals.terms) {
    for (const { site, estimate, se } of mine.sites) {
      if (site === 'switzerland' && mine.name === 'sex') assert.equal(estimate, null)
      else {
        near(estimate, ref.per_site[site].estimate[mine.name], 1e-8, `${site} ${mine.name}`)
        near(se, ref.per_site[site].se[mine.name], site === 'switzerland' ? 1e-6 : 1e-8, `${site} ${mine.name} se`)
      }
    }
    const pooled = ref.inverse_variance_and_dersimonian_laird.find((item: Any) => item.term === mine.name)
    near(mine.fixed, pooled.fixed, 1e-8, `${mine.name} fixed`)
    near(mine.fixedSe, pooled.fixed_se, 1e-8, `${mine.name} fixed se`)
    near(mine.q, pooled.Q, 1e-7, `${mine.name} Q`)
    assert.equal(mine.df, mine.name === 'sex' ? 2 : 3)
    if (mine.name === 'sex') continue
    near(mine.qP, pooled.Q_p, 1e-6, `${mine.name} Q p`)
    near(mine.i2, pooled.I2, 1e-7, `${mine.name} I2`)
    near(mine.tau2, pooled.tau2_dl, 1e-7, `${mine.name} tau2`)
    near(mine.random, pooled.random, 1e-7, `${mine.name} random`)
    near(mine.randomSe, pooled.random_se, 1e-7, `${mine.name} random se`)
  }
})
