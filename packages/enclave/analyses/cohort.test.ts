import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsShared } from '@salus/base/testing'
import { cohort, heartify, UCI_SITES, uci } from './testing.ts'

const DATA = needsShared('data/cardio')
// biome-ignore lint/suspicious/noExplicitAny: answers are of many shapes
type Any = any

const params = {
  outcome: { column: 'num', op: 'gt', value: 0 },
  terms: [
    { column: 'age' },
    { column: 'sex' },
    { column: 'cp', as: 'factor' },
    { column: 'trestbps' },
    { column: 'oldpeak' },
  ],
  site: 'factor',
  ranges: { trestbps: { min: 1 } },
  filter: [{ column: 'age', op: 'ge', value: 40 }],
}
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, x) => total + x, 0)

test('H12 the cohort is the rows the fit uses, for one hospital or for all', DATA, async () => {
  const tables = UCI_SITES.map(uci)
  const answers: Uint8Array[][] = await cohort('heartify', params, tables)
  const masks = answers.map(([used]) => used ?? new Uint8Array())
  const answer = await heartify(params, tables)
  assert.deepEqual(
    masks.map(sum),
    answer.excluded.map((one: Any) => one.used),
  )
  assert.equal(sum(masks.map(sum)), answer.n)
  for (const [i, table] of tables.entries()) {
    assert.deepEqual(await cohort('heartify', params, [table]), [answers[i]])
    const values = (name: string) => table.columns.find((one) => one.name === name)?.values ?? new Float64Array()
    const whole = Array.from({ length: table.rows }, (_, row) =>
      ['num', 'age', 'sex', 'cp', 'trestbps', 'oldpeak'].every((name) => !Number.isNaN(values(name)[row])),
    )
    const expected = whole.map((all, row) =>
      all && values('age')[row]! >= 40 && values('trestbps')[row]! >= 1 ? 1 : 0,
    )
    assert.deepEqual([...(masks[i] ?? [])], expected)
  }
})

test('H12 a hospital that is left out uses none of its rows', DATA, async () => {
  const masks: Uint8Array[][] = await cohort('heartify', { ...params, withoutSites: ['va'] }, UCI_SITES.map(uci))
  assert.deepEqual(masks[3]?.map(sum), [0])
  assert.ok(sum(masks[0]?.[0] ?? []) > 0)
})

test('H13 levels and two-valued columns add up to their hospital', DATA, async () => {
  const { disclosure, n, parameters } = await heartify(params, UCI_SITES.map(uci))
  assert.equal(sum(disclosure.sites.map((one: Any) => one.n)), n)
  assert.deepEqual([disclosure.parameters, disclosure.residualDf], [parameters, n - parameters])
  for (const term of ['sex', 'cp'])
    for (const { site, n: people, events } of disclosure.sites) {
      const cells = disclosure.levels.filter((one: Any) => one.site === site && one.term === term)
      assert.equal(cells.length, term === 'cp' ? 4 : 2)
      assert.deepEqual(
        [sum(cells.map((one: Any) => one.n)), sum(cells.map((one: Any) => one.events))],
        [people, events],
      )
    }
})
