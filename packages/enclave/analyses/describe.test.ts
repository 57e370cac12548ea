import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsShared } from '@salus/base/testing'
import type { Table } from '../table.ts'
import { near } from './agree.ts'
import { cohort, column, describe, tableOf, UCI_SITES, uci } from './testing.ts'

const DATA = needsShared('data/cardio')
// biome-ignore lint/suspicious/noExplicitAny: answers are of many shapes
type Any = any
const ill = { column: 'num', op: 'gt', value: 0 } as const
const ranges = { trestbps: { min: 1 }, chol: { min: 1 } }
const named = (list: Any[], key: string, name: string): Any => list.find((item) => item[key] === name)

test('D1 mean, spread, percentiles and gaps by hospital and over all', DATA, async () => {
  const tables = UCI_SITES.map(uci)
  const answer = await describe({ outcome: ill, columns: ['age', 'chol'], ranges }, tables)
  const age = named(answer.columns, 'name', 'age')
  const values = tables
    .flatMap((table) => [...(named(table.columns as Any, 'name', 'age') as Any).values])
    .sort((a, b) => a - b)
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  near(age.mean, mean, 1e-12, 'mean')
  near(age.sd, Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1)), 1e-12, 'sd')
  assert.deepEqual([age.n, age.p50], [920, (values[459] + values[460]) / 2])
  const chol = named(answer.columns, 'name', 'chol')
  const switzerland = named(chol.hospitals, 'site', 'switzerland')
  assert.deepEqual(switzerland, { site: 'switzerland', n: 0, missing: 0, implausible: 123 })
  assert.equal(named(named(answer.columns, 'name', 'age').hospitals, 'site', 'switzerland').p5, undefined)
})

test('D2 counts by level and outcome, or none of a column when one is small', DATA, async () => {
  const answer = await describe({ outcome: ill, columns: ['sex', 'cp', 'ca', 'age'] }, UCI_SITES.map(uci))
  const sex = named(answer.columns, 'name', 'sex')
  assert.deepEqual(sex.levels.map(({ level, n, events }: Any) => [level, n, events]).sort(), [
    ['0', 194, 50],
    ['1', 726, 459],
  ])
  assert.deepEqual(
    [named(answer.columns, 'name', 'ca').suppressed, named(answer.columns, 'name', 'ca').levels],
    [true, []],
  )
  assert.deepEqual(
    [named(answer.columns, 'name', 'age').suppressed, named(answer.columns, 'name', 'age').levels],
    [false, []],
  )
  const cells = answer.disclosure.levels
  assert.ok(cells.every(({ term }: Any) => term === 'sex' || term === 'cp'))
  assert.equal(cells.filter(({ term, level }: Any) => term === 'sex' && level === '1').length, 4)
})

test('D2 fewer than k values have no figures', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ y: i % 2, few: i < 9 ? i : null, all: i }))
  const answer = await describe({ outcome: { column: 'y', op: 'eq', value: 1 } }, [tableOf('here', rows)])
  assert.equal(named(answer.columns, 'name', 'few').mean, undefined)
  assert.equal(named(answer.columns, 'name', 'all').mean, 19.5)
  assert.deepEqual(
    [named(answer.columns, 'name', 'all').p5, named(answer.columns, 'name', 'all').p25],
    [undefined, 9.75],
  )
  const share = named(answer.disclosure.dominance, 'about', 'all here').percent
  near(share, (100 * 39) / 780, 1e-12, 'dominance')
})

test('D3 levels of categories go by name, whatever their order at a hospital', async () => {
  const make = (site: string, levels: string[], codes: number[]): Table => ({
    site,
    rows: codes.length,
    columns: [
      { name: 'smoke', kind: 'category', levels, values: Float64Array.from(codes) },
      column(
        'y',
        codes.map((_, i) => (i % 2 === 0 ? 1 : 0)),
      ),
    ],
  })
  const half = Array.from({ length: 40 }, (_, i) => (i < 20 ? 0 : 1))
  const tables = [
    make('one', ['yes', 'no'], half),
    make(
      'two',
      ['no', 'yes'],
      half.map((x) => 1 - x),
    ),
  ]
  const params = {
    outcome: { column: 'y', op: 'eq', value: 1 },
    filter: [{ column: 'smoke', op: 'in', value: ['yes', 'no'] }],
  }
  const answer = await describe(params, tables)
  assert.deepEqual(named(answer.columns, 'name', 'smoke').levels, [
    { level: 'yes', n: 40, events: 20 },
    { level: 'no', n: 40, events: 20 },
  ])
  const masks = await cohort('describe', { ...params, filter: [{ column: 'smoke', op: 'eq', value: 'yes' }] }, tables)
  assert.deepEqual(
    masks.map(([used]: Uint8Array[]) => [used?.[0], used?.[39]]),
    [
      [1, 0],
      [1, 0],
    ],
  )
})
