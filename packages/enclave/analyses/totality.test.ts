/** Whatever the parameters and whatever the data: an answer within the schema or a refusal, never a trap. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '@salus/base/json'
import fc from 'fast-check'
import { runAnalysis } from '../runtime/run.ts'
import type { Table } from '../table.ts'
import { buildAnalysis } from './build.ts'
import { cohort, column, describe, heartify } from './testing.ts'

const names = fc.constantFrom('a', 'b', 'c', 'kind', 'y', 'gone')
const scalar = fc.oneof(
  fc.constantFrom(0, 1, 2, -1, 1e308, 1e-308),
  fc.constantFrom('low', 'high', ''),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const value = fc.oneof(scalar, fc.array(scalar, { minLength: 1, maxLength: 3 }))
const op = fc.constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in')
const condition = fc.record({ column: names, op, value })
const term = fc.oneof(
  fc.record(
    {
      column: names,
      as: fc.constantFrom('number', 'factor'),
      reference: scalar,
      transform: fc.constantFrom('log', 'log1p', 'sqrt', 'square'),
      bins: fc.array(fc.constantFrom(0, 1, 2, 5), { minLength: 1, maxLength: 3 }),
      per: fc.constantFrom(1, 10, 1e-300, 1e300),
    },
    { requiredKeys: ['column'] },
  ),
  fc.record({ interaction: fc.tuple(names, names) }),
)
/** Anything the schema lets through. */
const wild = fc.record(
  {
    outcome: fc.oneof(
      fc.constant({ column: 'y', op: 'eq', value: 1 }),
      condition,
      fc.record({ events: names, trials: names }),
    ),
    terms: fc.array(term, { maxLength: 4 }),
    site: fc.constantFrom('factor', 'none'),
    filter: fc.array(
      fc.oneof(condition, fc.record({ column: names, op: fc.constantFrom('lt', 'ge', 'eq'), than: names })),
      { maxLength: 2 },
    ),
    weights: fc.record({ column: names, kind: fc.constantFrom('frequency', 'sampling') }),
    offset: fc.record({ column: names, factor: fc.constantFrom(0, 1, 1e6) }),
    firth: fc.constantFrom('auto', 'always', 'never'),
    ranges: fc.constantFrom({}, { a: { min: 0, max: 1 } }, { y: { max: 0 } }),
  },
  { requiredKeys: ['outcome', 'terms'] },
)

/** What a person might ask. */
const plain = fc.record(
  {
    outcome: fc.constant({ column: 'y', op: 'eq', value: 1 }),
    terms: fc.uniqueArray(
      fc.constantFrom(
        { column: 'a' },
        { column: 'b', transform: 'square' },
        { column: 'c', bins: [1, 2] },
        { column: 'kind', as: 'factor' },
        { interaction: ['a', 'kind'] },
      ),
      { maxLength: 4, selector: (one) => JSON.stringify(one) },
    ),
    site: fc.constantFrom('factor', 'none'),
    firth: fc.constantFrom('auto', 'always', 'never'),
    weights: fc.constantFrom({ column: 'b', kind: 'sampling' }),
    offset: fc.constantFrom({ column: 'c', factor: 0.1 }),
    ranges: fc.constant({ a: { min: -20, max: 20 }, b: { min: 0, max: 20 } }),
  },
  { requiredKeys: ['outcome', 'terms'] },
)
const params: fc.Arbitrary<object> = fc.oneof(wild, plain, plain)

const cell = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 8, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
  fc.constantFrom(Number.NaN, 1e300, -1e300, Number.POSITIVE_INFINITY, 5e-324),
)
const table = (site: string): fc.Arbitrary<Table> =>
  fc.integer({ min: 0, max: 40 }).chain((rows) => {
    const values = fc.array(cell, { minLength: rows, maxLength: rows })
    const levels = fc.array(fc.constantFrom(0, 1, 1, 0, 1, 0, 1, 2, Number.NaN), { minLength: rows, maxLength: rows })
    const y = fc.array(fc.constantFrom(0, 1), { minLength: rows, maxLength: rows })
    return fc.tuple(values, values, values, levels, y).map(([a, b, c, kind, own]) => ({
      site,
      rows,
      columns: [
        { name: 'a', kind: 'number', values: Float64Array.from(a) },
        { name: 'b', kind: 'number', values: Float64Array.from(b) },
        { name: 'c', kind: 'number', values: Float64Array.from(c) },
        { name: 'kind', kind: 'category', levels: ['low', 'high'], values: Float64Array.from(kind) },
        { name: 'y', kind: 'number', values: Float64Array.from(own) },
      ],
    }))
  })

const tables = fc.oneof(fc.tuple(table('one')), fc.tuple(table('one'), table('two')))

/** Runs of the property; set higher for a longer search. */
const RUNS = Number(process.env.SALUS_PROPERTY_RUNS ?? 80)

test('H11 any parameters on any data are answered or refused', async () => {
  let answered = 0
  await fc.assert(
    fc.asyncProperty(params, tables, async (asked, data) => {
      const answer = await heartify(asked, data)
      if (answer.refused === undefined) answered++
      else assert.match(answer.refused, /^[a-z-]+$/)
      await cohort('heartify', asked, data)
    }),
    { numRuns: RUNS },
  )
  assert.ok(answered > RUNS / 10, 'many of them were answered')
})

test('D4 any parameters on any data are described or refused', async () => {
  const asked = fc.record(
    { outcome: condition, columns: fc.array(names, { maxLength: 3 }), filter: fc.array(condition, { maxLength: 2 }) },
    { requiredKeys: ['outcome'] },
  )
  await fc.assert(
    fc.asyncProperty(asked, tables, async (one, data) => {
      await describe(one, data)
      await cohort('describe', one, data)
    }),
    { numRuns: 60 },
  )
})

test('H11 both analyses end at their limits of time and memory, with a name for each', async () => {
  const rows = 200_000
  const make = (name: string, of: (i: number) => number) =>
    column(
      name,
      Array.from({ length: rows }, (_, i) => of(i)),
    )
  const wide: Table = {
    site: 'here',
    rows,
    columns: [make('x', (i) => Math.sin(i)), make('z', (i) => (i * 7919) % 1009), make('y', (i) => (i * 31) % 2)],
  }
  const outcome = { column: 'y', op: 'eq', value: 1 }
  for (const [name, params] of [
    ['heartify', { outcome, terms: [{ column: 'x' }, { column: 'z', bins: [100, 200, 300, 400, 500, 600] }] }],
    ['describe', { outcome }],
  ] as const) {
    const { wasm } = await buildAnalysis(name)
    const task = { wasm, call: 'run', params: params as Json, tables: [wide] } as const
    await assert.rejects(runAnalysis({ ...task, limits: { memoryBytes: 1 << 29, ms: 5 } }), { code: 'analysis-time' })
    await assert.rejects(runAnalysis({ ...task, limits: { memoryBytes: 7 << 20, ms: 60_000 } }), {
      code: 'analysis-memory',
    })
  }
})
