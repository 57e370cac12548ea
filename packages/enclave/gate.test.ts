import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@salus/base/ids'
import { seededRandom } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { defaultGate, type GatePolicy, type Leg } from './deal.ts'
import { gateOutput, underGate } from './gate.ts'

const random = seededRandom(3)
const leg = (org: string, open = false, gate: Partial<GatePolicy> = {}): Leg => ({
  ...{ order: newId(random) as never, org: org as never, data: digest(org), key: digest('key') },
  ...{ public: open, gate: { ...defaultGate, ...gate } },
})
const legs = [leg('sample-a'), leg('sample-b')]
const cell = (site: string, n: number, events: number) => ({ site, n, events, without: n - events })
const shown = ({ without: _, ...one }: ReturnType<typeof cell>) => one
const level = (site: string, n: number, events: number, name = 'yes') => ({
  ...cell(site, n, events),
  term: 'smokes',
  level: name,
})

/** An answer that keeps every rule, with what a test wants different. */
const answer = (more: object = {}, counts: object = {}) => ({
  ...{ n: 203, events: 87, auc: 0.876543219, iterations: 6 },
  terms: [{ name: 'age', estimate: 0.0145743420064, p: 1.67e-12, df: 1 }],
  calibration: [cell('', 40, 20), cell('', 40, 3), cell('', 7, 3)].map(shown),
  hospitals: [
    { site: 'sample-a', estimate: 1.23456 },
    { site: 'sample-b', estimate: 2.34567 },
  ],
  siteEffects: [{ term: 'site', level: 'sample-b', estimate: 0.123456 }],
  covariance: [[1, 2]],
  ...more,
  disclosure: {
    ...{ parameters: 4, rows: 203, residualDf: 199 },
    sites: [cell('sample-a', 103, 47), cell('sample-b', 100, 40)],
    levels: [
      level('sample-a', 30, 15),
      level('sample-b', 30, 15),
      level('sample-a', 73, 32, 'no'),
      level('sample-b', 70, 25, 'no'),
    ],
    dominance: [],
    ...counts,
  },
})
const rules = (found: ReturnType<typeof gateOutput>) => found.reasons.map(({ rule }) => rule)
// biome-ignore lint/suspicious/noExplicitAny: an answer is of any form
const released = (found: ReturnType<typeof gateOutput>): any => {
  assert.equal(found.outcome, 'released', JSON.stringify(found.reasons))
  return found.result
}

test('G4 what is safe is released, rounded: counts to five, figures to four digits, the inner counts not at all', () => {
  const result = released(gateOutput(answer(), legs))
  assert.deepEqual([result.n, result.events, result.auc, result.iterations], [205, 85, 0.8765, 6])
  assert.deepEqual(result.terms, [{ name: 'age', estimate: 0.01457, p: 1.67e-12, df: 1 }])
  assert.deepEqual(
    result.calibration,
    [{ site: '', n: 40, events: 20 }],
    'groups with few people, or few events, are left out',
  )
  assert.equal('disclosure' in result || 'covariance' in result, false)
})

test('G5 nothing is rounded where everybody has the data; one hospital that is not public makes all of it rounded', () => {
  const open = [leg('sample-a', true, { k: 3 }), leg('sample-b', true, { k: 3 })]
  const result = released(gateOutput(answer(), open))
  assert.deepEqual([result.n, result.auc, result.covariance], [203, 0.876543219, [[1, 2]]])
  assert.equal('disclosure' in result, false)
  assert.equal(released(gateOutput(answer(), [leg('sample-a', true), leg('sample-b')])).n, 205)
})

const bad: readonly [what: string, counts: object, reasons: readonly string[]][] = [
  ['a hospital with nine people', { sites: [cell('sample-a', 9, 4), cell('sample-b', 194, 83)] }, ['rows']],
  ['nine events in all', { sites: [cell('sample-a', 103, 5), cell('sample-b', 100, 4)] }, ['outcome']],
  ['nine people without the outcome', { sites: [cell('sample-a', 103, 100), cell('sample-b', 100, 94)] }, ['outcome']],
  ['a level of nine people', { levels: [level('sample-a', 5, 3), level('sample-b', 4, 2)] }, ['level']],
  ['a level with nine events', { levels: [level('sample-a', 50, 5), level('sample-b', 50, 4)] }, ['cell']],
  ['a level with nine people without', { levels: [level('sample-a', 50, 45), level('sample-b', 50, 46)] }, ['cell']],
  ['more parameters than one for ten people', { parameters: 21 }, ['parameters']],
  ['nine degrees of freedom', { residualDf: 9 }, ['residual-degrees']],
  ['a hospital that is not counted', { sites: [cell('sample-a', 203, 87)] }, ['counts-missing']],
  [
    'a cell that does not say how many are without',
    { sites: [{ site: 'sample-a', n: 103, events: 47 }] },
    ['counts-missing'],
  ],
  ['no word on dominance', { dominance: undefined }, ['counts-missing']],
  ['an analysis that left figures out by a smaller k', { k: 9 }, ['threshold']],
  ['counts that are no numbers', { rows: 'many' }, ['counts-missing']],
  ['counts below nothing', { parameters: -1 }, ['counts-missing']],
]
for (const [what, counts, reasons] of bad) {
  test(`G1 G2 G3 G6 ${what}: refused by name, and nothing leaves`, () => {
    const found = gateOutput(answer({}, counts), legs)
    assert.equal(found.outcome, 'refused')
    assert.deepEqual([...new Set(rules(found))], reasons)
    assert.equal(found.result, null)
    assert.ok(!/\d{2,}/.test(JSON.stringify(found.reasons)), 'a reason names no value')
  })
}

test('G6 an answer without its counts, or no answer, is refused; one that says why not says it in a closed word', () => {
  const { disclosure: _, ...without } = answer()
  for (const output of [without, null, 7, 'x', [], {}])
    assert.equal(gateOutput(output as never, legs).outcome, 'refused')
  const said = gateOutput({ refused: 'no-variation <b>Jean</b> 1234' }, legs)
  assert.deepEqual(said.reasons, [{ rule: 'analysis-refused', about: 'no-variationbeanb1234' }])
})

test('G2 a level in which everybody, or nobody, has the outcome is held for the hospitals; public data is not', () => {
  const all = { levels: [level('sample-a', 30, 30), level('sample-b', 30, 30)] }
  assert.deepEqual([...new Set(rules(gateOutput(answer({}, all), legs)))], ['cell-zero'])
  assert.equal(gateOutput(answer({}, all), legs).outcome, 'held')
  const open = [leg('sample-a', true, { k: 3 }), leg('sample-b', true, { k: 3 })]
  assert.equal(gateOutput(answer({}, all), open).outcome, 'released')
})

test('G3 a figure that one row carries is held', () => {
  const found = gateOutput(answer({}, { dominance: [{ about: 'income', percent: 95 }] }), legs)
  assert.deepEqual([found.outcome, found.reasons], ['held', [{ rule: 'dominance', about: 'income' }]])
})

test('G4 a hospital with too few cases, or too few others, is not shown by itself; the pooled figures are', () => {
  const sites = [cell('sample-a', 103, 80), cell('sample-b', 100, 95)]
  const found = gateOutput(answer({}, { sites }), legs)
  const result = released(found)
  assert.deepEqual(found.notes, [
    { rule: 'small-hospital', org: 'sample-b' },
    { rule: 'own-fit', org: 'sample-b' },
  ])
  assert.deepEqual(result.hospitals, [{ site: 'sample-a', estimate: 1.235 }])
  assert.deepEqual(result.siteEffects, [])
})

test('G1 the strictest hospital’s rules hold for all', () => {
  const strict = [leg('sample-a'), leg('sample-b', false, { k: 50 })]
  const found = gateOutput(answer(), strict)
  assert.equal(found.outcome, 'refused')
  assert.ok(rules(found).includes('cell'))
  const share = [leg('sample-a'), leg('sample-b', false, { share: 1 })]
  assert.deepEqual(rules(gateOutput(answer(), share)), ['parameters'])
})

test('G2 two levels whose names begin alike are two: neither lends the other its people', () => {
  const long = 'm'.repeat(90)
  const named = (n: number, events: number, end: string) => ({ ...level('sample-a', n, events, `${long} ${end}`) })
  const open = [leg('sample-a', true), leg('sample-b', true)]
  const found = gateOutput(answer({}, { levels: [named(99, 50, 'none'), named(4, 2, 'acute')] }), open)
  assert.deepEqual(rules(found), ['level'])
  assert.ok(found.reasons.every(({ about = '' }) => about.length <= 80))
  // Nor do a term and a level that only read the same together.
  const same = [
    { ...cell('sample-a', 99, 50), term: 'a = b', level: 'c' },
    { ...cell('sample-a', 4, 2), term: 'a', level: 'b = c' },
  ]
  assert.deepEqual(rules(gateOutput(answer({}, { levels: same }), open)), ['level'])
})

test('G7 a small cell of one hospital is refused, whoever else is pooled with it; where its data is public it is not', () => {
  const levels = [level('sample-a', 4, 2), level('sample-b', 90, 45)]
  assert.deepEqual(gateOutput(answer({}, { levels }), legs).reasons, [
    { rule: 'level', org: 'sample-a', about: 'smokes = yes' },
  ])
  assert.equal(gateOutput(answer({}, { levels }), [leg('sample-a', true), leg('sample-b')]).outcome, 'released')
  const cells = [level('sample-a', 40, 4), level('sample-b', 90, 45)]
  assert.deepEqual(rules(gateOutput(answer({}, { levels: cells }), legs)), ['cell'])
  const none = [level('sample-a', 0, 0), level('sample-b', 90, 45)]
  assert.equal(gateOutput(answer({}, { levels: none }), legs).outcome, 'released')
})

test('G7 nobody of a hospital’s level with the outcome: held, though others have it', () => {
  const levels = [level('sample-a', 40, 0), level('sample-b', 90, 45)]
  const found = gateOutput(answer({}, { levels }), legs)
  assert.deepEqual(
    [found.outcome, found.reasons],
    ['held', [{ rule: 'cell-zero', org: 'sample-a', about: 'smokes = yes' }]],
  )
})

test('G7 what only the hospital’s own fit tells apart is judged there, and not pooled; a number out of the data is not said', () => {
  const own = { ...level('sample-a', 4, 2, '77'), alone: true, numeric: true }
  assert.deepEqual(gateOutput(answer({}, { levels: [own] }), legs).reasons, [
    { rule: 'level', org: 'sample-a', about: 'smokes' },
  ])
  const open = [leg('sample-a', true), leg('sample-b')]
  assert.equal(gateOutput(answer({}, { levels: [own] }), open).outcome, 'released')
})

test('G7 a hospital’s own fit is shown only over large cells; what the fits come to together goes with it', () => {
  const fits = {
    sites: [
      { site: 'sample-a', separated: ['age'] },
      { site: 'sample-b', separated: [] },
    ],
    terms: [
      {
        name: 'age',
        sites: [
          { site: 'sample-a', estimate: 1.5 },
          { site: 'sample-b', estimate: 2.5 },
        ],
        fixed: 2,
      },
    ],
  }
  const whole = released(gateOutput(answer({ hospitals: fits }), legs)).hospitals
  assert.deepEqual(whole, fits)
  const levels = [level('sample-a', 0, 0), level('sample-b', 90, 45)]
  const found = gateOutput(answer({ hospitals: fits }, { levels }), legs)
  assert.deepEqual(found.notes, [{ rule: 'own-fit', org: 'sample-a' }])
  assert.deepEqual(released(found).hospitals, {
    sites: [{ site: 'sample-b', separated: [] }],
    terms: [{ name: 'age', sites: [{ site: 'sample-b', estimate: 2.5 }], fixed: null }],
  })
})

test('G8 a small hospital that the others are compared with shows through the intercept: held', () => {
  const sites = [cell('sample-a', 103, 98), cell('sample-b', 100, 60)]
  const found = gateOutput(answer({}, { sites, reference: 'sample-a' }), legs)
  assert.deepEqual([found.outcome, found.reasons], ['held', [{ rule: 'small-reference', org: 'sample-a' }]])
  assert.equal(gateOutput(answer({}, { sites, reference: 'sample-b' }), legs).outcome, 'released')
  const open = [leg('sample-a', true), leg('sample-b')]
  assert.equal(gateOutput(answer({}, { sites, reference: 'sample-a' }), open).outcome, 'released')
})

test('G4 a group whose figures few rows carry is left out, whatever they weigh', () => {
  const calibration = [
    { n: 400, events: 200, rows: 2 },
    { n: 400, events: 200, rows: 40 },
  ]
  assert.deepEqual(released(gateOutput(answer({ calibration }), legs)).calibration, [{ n: 400, events: 200, rows: 40 }])
})

test('G9 an analysis is told the strictest rule and whose data is not public, whatever the parameters say', () => {
  const strict = [leg('sample-a', true, { k: 3 }), leg('sample-b', false, { k: 25 })]
  assert.deepEqual(underGate({ columns: ['x'], k: 3, gate: { k: 1, closed: [] } }, strict), {
    ...{ columns: ['x'], k: 3 },
    gate: { k: 25, closed: ['sample-b'] },
  })
})

test('G6 no more reasons than an envelope holds, each once', () => {
  const levels = Array.from({ length: 500 }, (_, i) => level('sample-a', 4, 2, `l${i >> 1}`))
  assert.equal(gateOutput(answer({}, { levels }), [leg('sample-a'), leg('sample-b')]).reasons.length, 200)
})
