/** Questions built by ticking: what data sets share, and what becomes of a choice. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { checkParams, parseManifest } from '@salus/enclave/analyses/manifest'
import type { ContractColumn } from '@salus/market/dataset/contract'
import fc from 'fast-check'
import {
  begin,
  type Choice,
  cutsOf,
  missingIn,
  missingInTables,
  modelOf,
  numberOf,
  ops,
  outcomeOf,
  type Shape,
  shapeOf,
  shared,
  tablesOf,
  transforms,
} from './model.ts'

const manifestOf = (name: string) =>
  parseManifest(readFileSync(new URL(`../../../packages/enclave/analyses/${name}/manifest.json`, import.meta.url)))
const title = { en: 'x', fr: 'x' }
const age: ContractColumn = { name: 'age', title, kind: 'number', unit: 'a', min: 20, max: 80 }
const levels = (...codes: string[]) => codes.map((code) => ({ code, title }))
const sick: ContractColumn = { name: 'sick', title, kind: 'category', levels: levels('0', '1') }
const sex: ContractColumn = { name: 'sex', title, kind: 'category', levels: levels('f', 'm') }
const site: ContractColumn = { ...age, name: 'site' }
const columns = [age, sex, sick]
const first = begin(columns)
const chosen = (...factors: string[]): Choice => ({ ...first, factors })
const shaped = (column: ContractColumn, more: Partial<Shape>, choice = chosen(column.name)): Choice => ({
  ...choice,
  shapes: { ...choice.shapes, [column.name]: { ...shapeOf(choice, column), ...more } },
})
const terms = (choice: Choice, of: readonly ContractColumn[] = columns) =>
  (modelOf(choice, of, 2) as { terms: object[] } | undefined)?.terms

test('default: only columns that mean the same everywhere, and that an analysis can name, are shared', () => {
  const months: ContractColumn = { ...age, unit: 'mo' }
  const other: ContractColumn = { ...sex, levels: levels('m', 'f') }
  assert.deepEqual(shared([columns, [sick, age, sex]]), columns)
  assert.deepEqual(shared([columns, [months, other, sick]]), [sick])
  assert.deepEqual(shared([]), [])
  assert.deepEqual(shared([[age, { ...age, name: 'a'.repeat(61) }]]), [age])
})

test('behavior: a choice becomes Heartify’s parameters; nothing while something is missing', () => {
  assert.deepEqual([first.outcome, first.level], ['sick', '1'])
  assert.equal(missingIn(first, columns), 'factors')
  assert.equal(modelOf({ ...first, factors: ['sick'] }, columns, 2), undefined)
  assert.deepEqual(modelOf(chosen('sex', 'age', 'sick'), columns, 2), {
    outcome: { column: 'sick', op: 'eq', value: '1' },
    terms: [
      { column: 'age', as: 'number' },
      { column: 'sex', as: 'factor', reference: 'f' },
    ],
    ...{ site: 'factor', missing: 'complete' },
  })
  const above = { ...chosen('sick'), ...outcomeOf(age), level: '60,5' }
  assert.deepEqual(modelOf(above, columns, 1), {
    outcome: { column: 'age', op: 'gt', value: 60.5 },
    terms: [{ column: 'sick', as: 'factor', reference: '0' }],
    ...{ site: 'none', missing: 'complete' },
  })
  assert.equal(missingIn({ ...above, level: 'old' }, columns), 'outcome')
  assert.equal(missingIn({ ...first, outcome: 'gone' }, columns), 'outcome')
})

test('behavior: transforms, units, bins and the level to compare with are terms; what is none is named', () => {
  assert.deepEqual(terms(shaped(age, { transform: 'log', per: '10' })), [
    { column: 'age', as: 'number', transform: 'log', per: 10 },
  ])
  assert.deepEqual(terms(shaped(age, { per: '1' })), [{ column: 'age', as: 'number' }])
  assert.deepEqual(terms(shaped(age, { as: 'bins', cuts: '40; 60,5' })), [{ column: 'age', bins: [40, 60.5] }])
  assert.deepEqual(terms(shaped(sex, { reference: 'm' })), [{ column: 'sex', as: 'factor', reference: 'm' }])
  for (const per of ['0', '-1', 'ten']) assert.equal(missingIn(shaped(age, { per }), columns), 'per', per)
  for (const cuts of ['', '60 40', '40 40', '20', '80', '40 old'])
    assert.equal(missingIn(shaped(age, { as: 'bins', cuts }), columns), 'cuts', cuts)
  assert.equal(missingIn(shaped(sex, { reference: 'x' }), columns), 'factors')
  assert.deepEqual([cutsOf('40, 50 60'), numberOf(' 1,5 '), numberOf('1e3')], [[40, 50, 60], 1.5, Number.NaN])
})

test('behavior: interactions are of two chosen factors; one that was let go takes them along', () => {
  const both: Choice = { ...chosen('age', 'sex'), pairs: [['age', 'sex']] }
  assert.deepEqual(terms(both)?.at(-1), { interaction: ['age', 'sex'] })
  assert.equal(terms({ ...both, factors: ['age'] })?.length, 1)
  assert.equal(terms({ ...both, pairs: [['age', 'age']] })?.length, 2)
  const named = { ...both, factors: ['site', 'sex'], pairs: [['site', 'sex']] as const }
  assert.deepEqual(
    terms(named, [site, ...columns])?.map((one) => JSON.stringify(one)),
    [
      '{"column":"site","name":"site (column)","as":"number"}',
      '{"column":"sex","as":"factor","reference":"f"}',
      '{"interaction":["site (column)","sex"]}',
    ],
    'the hospitals’ own term is called site',
  )
})

test('behavior: a cohort is one condition and another; what does not fit its column is named', () => {
  const filter = [
    { column: 'age', op: 'ge' as const, value: '40' },
    { column: 'sex', op: 'ne' as const, value: 'm' },
  ]
  const { filter: sent } = modelOf({ ...chosen('age'), filter }, columns, 1) as { filter: object[] }
  assert.deepEqual(sent, [
    { column: 'age', op: 'ge', value: 40 },
    { column: 'sex', op: 'ne', value: 'm' },
  ])
  for (const bad of [{ value: '' }, { column: 'gone' }, { column: 'sex', value: 'x' }, { column: 'sex', value: 'm' }]) {
    const one = { column: 'age', op: 'gt' as const, value: '40', ...bad }
    assert.equal(missingIn({ ...chosen('age'), filter: [one] }, columns), 'filter', JSON.stringify(one))
  }
})

test('behavior: tables are asked of the ticked columns, with the people behind each figure the hospitals ask for', () => {
  assert.deepEqual(tablesOf(chosen('age', 'sex'), columns, 7), {
    ...{ outcome: { column: 'sick', op: 'eq', value: '1' }, columns: ['age', 'sex'], k: 7 },
  })
  assert.equal(missingInTables(first, columns), 'factors')
})

const wide = [
  age,
  sex,
  sick,
  site,
  ...Array.from({ length: 70 }, (_, i): ContractColumn => ({ ...age, name: `c${i}` })),
]
const typed = fc.oneof(
  fc.constantFrom('', '0', '1', 'm', 'f', '40', '40 60', '1,5', '-3', '99999999999999999', 'x'.repeat(80), '1e9'),
  fc.string(),
)
const named = fc.oneof(fc.constantFrom(...wide.map(({ name }) => name)), fc.string())
const shape = fc.record({
  ...{ as: fc.constantFrom('number', 'bins', 'factor'), transform: fc.constantFrom(...transforms) },
  ...{ per: typed, cuts: typed, reference: typed },
}) as fc.Arbitrary<Shape>
const choices: fc.Arbitrary<Choice> = fc.record({
  ...{ outcome: named, level: typed, site: fc.boolean() },
  factors: fc.oneof(fc.array(named), fc.constant(wide.map(({ name }) => name))),
  shapes: fc.dictionary(fc.constantFrom('age', 'sex', 'site', 'c1'), shape),
  pairs: fc.array(fc.tuple(named, named)),
  filter: fc.array(fc.record({ column: named, op: fc.constantFrom(...ops), value: typed }), { maxLength: 30 }),
})

test('behavior: whatever is chosen and typed, what is sent fits the analysis’s schema', () => {
  const [heartify, describe] = [manifestOf('heartify'), manifestOf('describe')]
  let sent = 0
  const check = (choice: Choice) => {
    const model = modelOf(choice, wide, 2)
    if (model) checkParams(heartify, JSON.parse(JSON.stringify(model)))
    const tables = tablesOf(choice, wide, 10)
    if (tables) checkParams(describe, JSON.parse(JSON.stringify(tables)))
    if (model) sent += 1
  }
  fc.assert(fc.property(choices, check), { numRuns: 1_000 })
  const likely = choices.map((one) => ({
    ...one,
    outcome: 'sick',
    level: '1',
    filter: [],
    factors: ['age', 'sex', 'c2'],
  }))
  fc.assert(fc.property(likely, check), { numRuns: 500 })
  assert.ok(sent > 50, `${sent} models`)
})
