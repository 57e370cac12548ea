/** What was tried to read single people out of results: each attempt is refused, held, or finds nothing. `k` is ten, nothing is public. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@salus/base/ids'
import { needsShared, seededRandom } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { defaultGate, type Leg } from '../deal.ts'
import { gateOutput, underGate } from '../gate.ts'
import type { Table } from '../table.ts'
import { cohort, describe, heartify, tableOf, uci } from './testing.ts'

const DATA = needsShared('data/cardio')
// biome-ignore lint/suspicious/noExplicitAny: answers are of many shapes
type Any = any

const random = seededRandom(9)
const leg = (org: string, open = false): Leg => ({
  ...{ order: newId(random) as never, org: org as never, data: digest(org), key: digest('key') },
  ...{ public: open, gate: open ? { ...defaultGate, k: 3 } : defaultGate },
})
const legsOf = (tables: readonly Table[], open: readonly string[] = []) =>
  tables.map(({ site }) => leg(site, open.includes(site)))

/** A model's result as the gate lets it out. */
async function modelled(params: object, tables: readonly Table[], open: readonly string[] = []): Promise<Any> {
  const answer = await heartify(params, tables)
  assert.equal(answer.refused, undefined, answer.refused)
  return { answer, ...gateOutput(answer, legsOf(tables, open)) }
}

/** Tables of columns as an enclave makes them: the analysis knows the hospitals' rules. */
async function described(params: object, tables: readonly Table[], open: readonly string[] = []): Promise<Any> {
  const legs = legsOf(tables, open)
  const answer = await describe(underGate(params as never, legs) as object, tables)
  return { answer, ...gateOutput(answer, legs) }
}

const rules = (found: Any): string[] => [...new Set<string>(found.reasons.map(({ rule }: Any) => rule))].sort()
const cells = (found: Any, term: string, site?: string): [string, number][] =>
  found.answer.disclosure.levels
    .filter((one: Any) => one.term === term && (site === undefined || one.site === site))
    .map(({ level, n }: Any) => [level, n])
    .sort()
const ill = { column: 'num', op: 'gt', value: 0 }
const yes = { column: 'y', op: 'eq', value: 1 }
const rowsOf = (site: string, count: number, of: (i: number) => Record<string, number | null>): Table =>
  tableOf(
    site,
    Array.from({ length: count }, (_, i) => of(i)),
  )

test('H15 a weight makes nobody more than one person: neither by frequency nor by sampling', DATA, async () => {
  const tables = [uci('cleveland')]
  for (const kind of ['frequency', 'sampling']) {
    const params = { outcome: ill, weights: { column: 'chol', kind }, terms: [{ column: 'age', bins: [76.5] }] }
    const found = await modelled(params, tables)
    assert.deepEqual(cells(found, 'age'), [
      ['0', 302],
      ['1', 1],
    ])
    assert.deepEqual([found.outcome, found.result], ['refused', null])
    assert.ok(rules(found).includes('level'))
  }
})

test('H15 grouped counts: a row is one person, with the outcome, without, or both', DATA, async () => {
  const outcome = { events: 'age', trials: 'chol' }
  const found = await modelled({ outcome, terms: [{ column: 'age', bins: [76.5] }] }, [uci('cleveland')])
  const [site] = found.answer.disclosure.sites
  assert.deepEqual([site.n, site.events, site.without, found.answer.disclosure.rows], [303, 303, 303, 303])
  assert.ok(found.answer.n > 303, 'the statistics keep the trials')
  assert.equal(found.outcome, 'refused')
  assert.ok(rules(found).includes('level'))
})

test('H15 calibration over weighted rows says how many rows are behind a group', async () => {
  const heavy = rowsOf('here', 200, (i) => ({ y: (i * 7) % 2, x: (i * 31) % 97, w: i === 50 ? 2000 : 1 }))
  const params = { outcome: yes, weights: { column: 'w', kind: 'frequency' }, terms: [{ column: 'x' }] }
  const { calibration } = await heartify(params, [heavy])
  assert.ok(calibration.some((one: Any) => one.n >= 100 && one.rows < 10))
})

test('G7 small cells of one hospital do not pass by pooling them with rows that the lab knows', DATA, async () => {
  const known = rowsOf('known', 720, (i) => ({ age: i < 320 ? 70 + Math.floor(i / 40) : 40, num: i % 2 }))
  const terms = [{ column: 'age', bins: [69.5, 70.5, 71.5, 73.5, 74.5, 75.5, 76.5] }]
  const found = await modelled({ outcome: ill, terms, site: 'none' }, [uci('cleveland'), known])
  assert.equal(found.outcome, 'refused')
  assert.ok(found.reasons.every(({ org = 'cleveland' }: Any) => org === 'cleveland'))
})

test('G7 a hospital whose few people stand in a level has no line of its own beside public data', async () => {
  const victim = rowsOf('victim', 200, (i) => ({ y: (i * 7) % 2, x: i < 2 ? 1 : 0 }))
  const open = rowsOf('open', 200, (i) => ({ y: i % 2, x: (i >> 1) % 2 }))
  const params = { outcome: yes, terms: [{ column: 'x', as: 'factor', reference: 0 }], site: 'factor' }
  assert.equal((await modelled(params, [victim, open], ['open'])).outcome, 'refused')
})

test('H16 a number with its square is a factor: three values, three levels', DATA, async () => {
  const terms = [{ column: 'restecg' }, { column: 'restecg', name: 'sq', transform: 'square' }]
  const found = await modelled({ outcome: ill, terms }, [uci('cleveland')])
  assert.deepEqual(cells(found, 'restecg'), [
    ['0', 151],
    ['1', 4],
    ['2', 148],
  ])
  assert.deepEqual(rules(found), ['level'])
  // One line through three values does not tell them apart.
  const line = await modelled({ outcome: ill, terms: [{ column: 'restecg' }] }, [uci('cleveland')])
  assert.deepEqual([cells(line, 'restecg'), line.outcome], [[], 'released'])
})

test('H16 so is one multiplied by itself, one in bins beside its logarithm, and a square that has fewer values', async () => {
  const values = [1, 2, 5]
  const here = rowsOf('here', 200, (i) => ({ y: (i * 7) % 2, x: i < 4 ? 2 : (values[(i >> 1) % 2 ? 0 : 2] ?? 0) }))
  const ways = [
    [{ column: 'x' }, { interaction: ['x', 'x'] }],
    [
      { column: 'x', bins: [4] },
      { column: 'x', name: 'l', transform: 'log' },
    ],
  ]
  for (const terms of ways) {
    const found = await modelled({ outcome: yes, terms }, [here])
    assert.deepEqual([found.outcome, rules(found).includes('level')], ['refused', true], JSON.stringify(terms))
  }
  const mirror = rowsOf('here', 200, (i) => ({ y: (i * 7) % 2, x: (i % 2 ? 1 : -1) * (i < 4 ? 2 : 1) }))
  const found = await modelled({ outcome: yes, terms: [{ column: 'x', transform: 'square' }] }, [mirror])
  assert.deepEqual(rules(found), ['level'])
})

test('H16 few values at one hospital alone are judged there: its own fit would tell them apart', async () => {
  const few = rowsOf('few', 200, (i) => ({ y: (i * 7) % 2, x: i < 3 ? 1 : 0 }))
  const many = rowsOf('many', 200, (i) => ({ y: (i * 11) % 2, x: (i * 37) % 101 }))
  const found = await modelled({ outcome: yes, terms: [{ column: 'x' }], site: 'factor' }, [few, many])
  assert.deepEqual(cells(found, 'x', 'many'), [])
  assert.deepEqual(found.reasons[0], { rule: 'level', org: 'few', about: 'x' })
})

test('H17 every cell of crossed factors is counted, not only the one with a coefficient', DATA, async () => {
  const terms = [
    { column: 'sex', as: 'factor', reference: 0 },
    { column: 'chol', name: 'high', bins: [302.5] },
    { interaction: ['sex', 'high'] },
  ]
  const found = await modelled({ outcome: ill, terms }, [uci('cleveland')])
  const crossed = cells(found, 'sex:high')
  assert.deepEqual([crossed.length, crossed.reduce((sum, [, n]) => sum + n, 0)], [4, 303])
  for (const term of [terms.slice(0, 1), terms.slice(1, 2)])
    assert.deepEqual(rules(await modelled({ outcome: ill, terms: term }, [uci('cleveland')])), [])
  assert.deepEqual([found.outcome, rules(found)], ['refused', ['cell']])
})

test('H17 the labels of a crossing cannot be made to read alike', async () => {
  const columns = (codes: (i: number) => number, levels: string[], name: string) => ({
    ...{ name, kind: 'category' as const, levels },
    values: Float64Array.from({ length: 80 }, (_, i) => codes(i)),
  })
  const here: Table = {
    ...{ site: 'here', rows: 80 },
    columns: [
      { name: 'y', kind: 'number', values: Float64Array.from({ length: 80 }, (_, i) => (i >> 2) % 2) },
      columns((i) => i % 2, ['a', 'a × b'], 'p'),
      columns((i) => (i >> 1) % 2, ['b × c', 'c'], 'q'),
    ],
  }
  const terms = [{ column: 'p', as: 'factor' }, { column: 'q', as: 'factor' }, { interaction: ['p', 'q'] }]
  const found = await modelled({ outcome: yes, terms }, [here])
  assert.equal(new Set(cells(found, 'p:q').map(([level]) => level)).size, 4)
})

test('H17 bins of one column are laid over each other: who lies between two cuts is a group', DATA, async () => {
  const terms = [
    { column: 'age', bins: [55.5] },
    { column: 'age', name: 'other', bins: [56.5] },
  ]
  for (const term of terms)
    assert.equal((await modelled({ outcome: ill, terms: [term] }, [uci('cleveland')])).outcome, 'released')
  const found = await modelled({ outcome: ill, terms }, [uci('cleveland')])
  const between = cells(found, 'age').find(([level]) => level === '1')
  assert.equal(between?.[1], 11)
  assert.deepEqual(rules(found), ['cell'])
})

test('H18 one row that carries a number is said, and the result is held', async () => {
  const here = rowsOf('here', 200, (i) => ({
    y: i % 2,
    x: i === 7 ? 1e6 : (i * 7919) % 50,
    z: 1e6 + (i === 7 ? 1e4 : i % 3),
  }))
  for (const column of ['x', 'z']) {
    const found = await modelled({ outcome: yes, terms: [{ column }] }, [here])
    assert.deepEqual([found.outcome, found.reasons], ['held', [{ rule: 'dominance', about: column }]])
  }
  const weighted = { outcome: yes, terms: [], weights: { column: 'x', kind: 'frequency' } }
  assert.deepEqual(rules(await modelled(weighted, [here])), ['dominance'])
  const even = await modelled({ outcome: yes, terms: [{ column: 'x' }] }, [
    rowsOf('here', 200, (i) => ({ y: i % 2, x: (i * 7919) % 50 })),
  ])
  assert.equal(even.outcome, 'released')
})

test('G8 a hospital left out for being small is not read through the intercept', DATA, async () => {
  const tables = [uci('switzerland'), uci('cleveland')]
  const found = await modelled({ outcome: ill, site: 'factor', terms: [] }, tables)
  assert.deepEqual([found.outcome, rules(found)], ['held', ['small-reference']])
  const other = await modelled({ outcome: ill, site: 'factor', terms: [] }, tables.toReversed())
  assert.deepEqual([other.outcome, other.result.siteEffects], ['released', []])
})

const sum = (mask: Any): number => (mask.rows ?? mask).reduce((total: number, x: number) => total + x, 0)

test(
  'H19 the cohort names every group: with the outcome and without, levels, bins, few values, crossings',
  DATA,
  async () => {
    const terms = [
      { column: 'sex' },
      { column: 'age', bins: [50, 60] },
      { column: 'chol' },
      { interaction: ['sex', 'age'] },
    ]
    const [masks] = await cohort('heartify', { outcome: ill, terms }, [uci('cleveland')])
    assert.deepEqual(masks.slice(0, 3).map(sum), [303, 139, 164])
    assert.equal(masks.length, 1 + 2 + 3 * (2 + 3 + 6))
    assert.ok(masks.every((mask: Uint8Array) => mask.length === 303 && mask.every((x) => x <= 1)))
    const two = await cohort('heartify', { outcome: ill, terms }, [uci('va'), uci('cleveland')])
    assert.deepEqual(two[1], masks)
  },
)

test('H19 D7 a model of more groups than a hospital compares is refused', async () => {
  const here = rowsOf('here', 2000, (i) => ({ y: (i >> 6) % 2, a: i % 40, b: (i >> 3) % 40 }))
  const terms = ['a', 'b'].map((column) => ({ column, as: 'factor' }))
  assert.deepEqual(await cohort('heartify', { outcome: yes, terms }, [here]), { refused: 'groups-too-many' })
  const wide = rowsOf('here', 2000, (i) => ({
    y: (i >> 6) % 2,
    ...Object.fromEntries(Array.from({ length: 40 }, (_, c) => [`c${c}`, (i >> (c % 5)) % 2])),
  }))
  assert.deepEqual(await cohort('describe', { outcome: yes }, [wide]), { refused: 'groups-too-many' })
})

test('D5 the hospitals’ k counts, not the lab’s lower one; without the rules of the enclave the gate refuses', async () => {
  const here = rowsOf('here', 64, (i) => ({ y: i % 2, x: ((i * 37) % 64) + 0.25 }))
  const params = { outcome: yes, columns: ['x'], k: 3 }
  const found = await described(params, [here])
  assert.equal(found.outcome, 'released')
  assert.deepEqual([found.result.columns[0].p5, typeof found.result.columns[0].p25], [undefined, 'number'])
  assert.equal(typeof (await described(params, [here], ['here'])).result.columns[0].p5, 'number')
  const careless = gateOutput(await describe(params, [here]), legsOf([here]))
  assert.deepEqual([careless.outcome, careless.reasons], ['refused', [{ rule: 'threshold' }]])
  assert.equal((await described({ ...params, k: 40 }, [here])).result.columns[0].p25, undefined, 'a higher one does')
})

test('D5 counts of a column are shown when every hospital’s own cells are large, where its data is not public', async () => {
  const small = rowsOf('small', 160, (i) => ({ y: (i >> 1) % 2, x: i < 4 ? 5 : (i >> 2) % 4 < 2 ? 1 : 2 + (i % 2) }))
  const large = rowsOf('large', 400, (i) => ({ y: (i >> 3) % 2, x: [1, 2, 3, 5][i % 4] ?? 0 }))
  const params = { outcome: yes, columns: ['x'] }
  const [hidden] = (await described(params, [small, large])).result.columns
  assert.deepEqual([hidden.suppressed, hidden.levels], [true, []])
  const open = await described(params, [small, large], ['small', 'large'])
  assert.equal(open.result.columns[0].levels.length, 4)
})

test('D6 what a hospital with a few values has is in no pooled figure', async () => {
  const big = rowsOf('big', 40, (i) => ({ y: i % 2, x: 100.37 + i * 3.1 }))
  const small = rowsOf('small', 40, (i) => ({ y: i % 2, x: [211.3, 287.9][i] ?? null }))
  const { result } = await described({ outcome: yes, columns: ['x'], k: 3 }, [big, small])
  const [{ hospitals, mean, n }] = result.columns
  assert.deepEqual(
    hospitals.map(({ site }: Any) => site),
    ['big'],
  )
  assert.deepEqual([mean, n], [hospitals[0].mean, hospitals[0].n])
})

test('D6 a number of three values at most tells counts by its mean: hidden where one is of few people', async () => {
  const here = rowsOf('here', 200, (i) => ({ y: i % 2, x: i < 4 ? 1 : 0 }))
  const [column] = (await described({ outcome: yes, columns: ['x'] }, [here])).result.columns
  assert.deepEqual([column.mean, column.hospitals[0].mean, column.levels], [undefined, undefined, []])
})

test('D7 the cohort names what is shown: levels, and for each number the rows that have it', DATA, async () => {
  const params = { outcome: ill, columns: ['sex', 'ca', 'chol'], ranges: { chol: { max: 500 } } }
  const [masks] = await cohort('describe', params, [uci('cleveland')])
  assert.deepEqual(
    masks.map((mask: Any) => [mask.of ?? '', sum(mask)]),
    [
      ...[303, 139, 164, 206, 114, 92, 97, 25, 72].map((count) => ['', count]),
      ...[
        ['sex', 303],
        ['ca', 299],
        ['chol', 302],
      ],
    ],
  )
})
