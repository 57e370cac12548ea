import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '@salus/base/json'
import { needsShared } from '@salus/base/testing'
import fc from 'fast-check'
import type { Resource } from '../contract.ts'
import { readFhirFile } from '../file.ts'
import { forms } from '../forms.ts'
import { sampleObservation, syntheaFiles } from '../testing.ts'
import { viewOf } from '../view.ts'
import { alike } from './alike.ts'
import { sameTest, seriesOf } from './series.ts'

const LOINC = 'http://loinc.org'
const code = (one: string): Json => ({ coding: [{ system: LOINC, code: one }], text: one })
const measured = (day: string, value: Json, fields: { [element: string]: Json } = {}): Resource =>
  sampleObservation(day.replace(/\W/g, '-'), 'Patient/p', {
    ...{ code: code('2823-3'), effectiveDateTime: day },
    ...{ valueQuantity: { value, unit: 'mmol/L', code: 'mmol/L' } },
    ...fields,
  })
const now = '2026-11-21T09:00:00Z'

test('F21 one test in one unit is one curve, oldest first, with the newest range', () => {
  const range = (high: number): Json => [{ high: { value: high, code: 'mmol/L' } }]
  const items = [
    measured('2026-11-20T10:00:00+01:00', 4.5, { referenceRange: range(5.1) }),
    measured('2024', 4.1),
    measured('2026-11-20T09:30:00Z', 5.6, { referenceRange: range(5.2) }),
    measured('2025-03', 4.3, { referenceRange: range(5) }),
  ]
  const [only, ...rest] = seriesOf(items, 'en')
  assert.ok(only && rest.length === 0)
  assert.deepEqual(
    only.points.map(({ number, from, flag }) => [number, from, flag]),
    [
      [4.1, 1, undefined],
      [4.3, 3, 'normal'],
      [4.5, 0, 'normal'],
      [5.6, 2, 'high'],
    ],
  )
  assert.deepEqual([only.unit, only.range?.high, only.newest.text, only.title], ['mmol/L', 5.2, '5.6 mmol/L', '2823-3'])
})

test('F21 units are not mixed, and other ways to write the same unit are the same', () => {
  const pressure = (day: string, unit: string) =>
    measured(day, 120, { code: code('8480-6'), valueQuantity: { value: 120, unit } })
  const items = [
    measured('2026-01-01', 4.1),
    measured('2026-02-01', 16, { valueQuantity: { value: 16, unit: 'mg/dL' } }),
    pressure('2026-03-01', 'mm[Hg]'),
    pressure('2026-04-01', 'mmHg'),
  ]
  const found = seriesOf(items, 'en').map(({ key, unit, points }) => [key.slice(17), unit, points.length])
  assert.deepEqual(found, [
    ['8480-6', 'mmHg', 2],
    ['2823-3', 'mg/dL', 1],
    ['2823-3', 'mmol/L', 1],
  ])
})

test('F21 components make curves of their own; words, mistakes and what has no date make none', () => {
  const context = { id: 'x', now, patient: { display: 'Ada (sample)' } }
  const home = forms.homeReading({ reading: 'blood-pressure', value: 128, lower: 81 }, context).resource
  assert.deepEqual(
    seriesOf([home], 'fr').map(({ title, newest }) => [title, newest.number]),
    [
      ['Systolic', 128],
      ['Diastolic', 81],
    ],
  )
  const { valueQuantity: _, ...wordless } = measured('2026-01-01', 1)
  const { effectiveDateTime: __, ...dateless } = measured('2026-01-01', 1)
  const none = [
    { ...wordless, valueString: 'positive' },
    dateless,
    measured('2026-01-01', 1, { status: 'entered-in-error' }),
    measured('2026-01-01', 1, { status: 'cancelled' }),
    measured('2026-13-01', 1),
    { resourceType: 'Condition', code: code('2823-3') },
  ] as Resource[]
  assert.deepEqual(seriesOf(none, 'en'), [])
})

test('F21 views and resources give the same curves, whatever the order', needsShared('vectors/synthea'), async () => {
  const all: Resource[] = []
  for await (const { resource } of readFhirFile(syntheaFiles()[0] as string)) all.push(resource)
  const views = all.map((one) => viewOf(one, 'en'))
  const series = seriesOf(all, 'en')
  assert.ok(series.length > 5)
  assert.deepEqual(seriesOf(views, 'en'), series)
  const shape = (items: readonly Resource[]) =>
    seriesOf(items, 'en').map(({ key, unit, points }) => JSON.stringify([key, unit, points.map(({ date }) => date)]))
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (mixed) => {
      assert.deepEqual(shape(mixed).sort(), shape(all).sort())
    }),
    { numRuns: 10 },
  )
  for (const { points } of series) {
    const times = points.map(({ date }) => Date.parse(date))
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
  }
})

test('F21 a test about to be ordered finds what was done, newest first, in days', () => {
  const order = forms.testOrder(
    { test: { text: 'Potassium', coding: { system: LOINC, code: '2823-3' } } },
    { id: 'o', now, patient: { display: 'Ada (sample)' } },
  ).resource
  const results = [
    measured('2026-11-09', 4.1),
    measured('2026-11-21T08:00:00Z', 4.2),
    measured('2026-11-22', 4.2),
    measured('2026-10-21', 4.3, { code: code('6298-4') }),
    measured('2026-10-01', 4.3, { code: code('718-7') }),
    measured('2026-10-01', 4.3, { status: 'entered-in-error' }),
    measured('2026-10-01', 4.3, { code: { coding: [{ system: 'urn:x', code: '2823-3' }] } }),
    { resourceType: 'DiagnosticReport', status: 'final', code: code('2823-3'), effectiveDateTime: '2020-11-21' },
    { resourceType: 'ServiceRequest', status: 'active', code: code('2823-3'), authoredOn: '2026-11-20' },
  ] as Resource[]
  const found = sameTest(order, results, now)
  assert.deepEqual(
    found.map(({ from, days, exact }) => [from, days, exact]),
    [
      [1, 0, true],
      [0, 12, true],
      [3, 31, false],
      [7, 2191, true],
    ],
  )
  assert.deepEqual([found[1]?.title, found[1]?.text, found[1]?.date], ['2823-3', '4.1 mmol/L', '2026-11-09'])
  assert.deepEqual(sameTest([{ system: LOINC, code: '2823-3' }], results, now), found)
  assert.deepEqual(sameTest([], results, now), [])
  assert.deepEqual(
    sameTest(
      viewOf(order, 'fr'),
      results.map((one) => viewOf(one, 'en')),
      now,
    ),
    found,
  )
})

test('F21 codes that ask for the same find each other, and no code stands in two groups', () => {
  assert.deepEqual(alike({ system: LOINC, code: '1' }), [`${LOINC}|1`])
  assert.deepEqual(alike({ system: 'urn:x', code: '2823-3' }), ['urn:x|2823-3'])
  const potassium = alike({ system: LOINC, code: '2823-3' })
  for (const one of potassium) assert.deepEqual(alike({ system: LOINC, code: one.slice(17) }), potassium)
})
