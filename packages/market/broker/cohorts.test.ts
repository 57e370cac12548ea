/** Rows and groups of earlier releases: what a new one must not differ by. The masks are those of the analyses themselves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bytes } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Json } from '@salus/base/json'
import { seededRandom } from '@salus/base/testing'
import { analysisOf } from '@salus/enclave/analyses/build'
import { runAnalysis } from '@salus/enclave/runtime/run'
import type { Table } from '@salus/enclave/table'
import { assertApart, type Cohort, type CohortStore, type Group, pack } from './cohorts.ts'
import { marksOf } from './rows.ts'

const K = 10
const ill = { column: 'num', op: 'gt', value: 0 }

/** What a hospital keeps, in memory. */
function storeOf() {
  const cohorts = new Map<string, Cohort[]>()
  const marks = new Map<string, Bytes>()
  const store: CohortStore = {
    versions: async () => [...cohorts.keys()],
    earlier: async (data) => cohorts.get(data) ?? [],
    marks: async (data) => marks.get(data),
    async keep(data, one, rows) {
      marks.set(data, rows)
      cohorts.set(data, [...(cohorts.get(data) ?? []), one])
    },
    drop: async () => undefined,
    refusals: async () => [],
    refused: async () => undefined,
  }
  return { store, cohorts }
}

type Ask = { readonly rows: Bytes; readonly groups: readonly Group[]; readonly marks: Bytes }

/** Releases what is asked, as a broker does; `ok` or why not. */
async function release(store: CohortStore, ask: Ask, data = 'first'): Promise<string> {
  try {
    const groups = await assertApart({ data, k: K, ...ask }, store)
    await store.keep(data, { task: 'task', rows: ask.rows, groups }, ask.marks)
    return 'ok'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

type Masks = [Uint8Array, ...(Uint8Array | { of: string; rows: Uint8Array })[]]

async function asked(name: string, params: object, table: Table): Promise<Ask> {
  const { wasm } = await analysisOf(name)
  const limits = { memoryBytes: 1 << 28, ms: 60_000 }
  const answer = await runAnalysis({ wasm, call: 'cohort', params: params as Json, tables: [table], limits })
  const [[used, ...groups]] = answer as unknown as [Masks]
  const packed = groups.map((one) =>
    one instanceof Uint8Array ? { rows: pack(one) } : { of: one.of, rows: pack(one.rows) },
  )
  return { rows: pack(used), groups: packed, marks: marksOf(table) }
}

/** A table of number columns, each value by its row; NaN is missing. */
const tableOf = (rows: number, columns: Readonly<Record<string, (i: number) => number>>): Table => ({
  ...{ site: 'here', rows },
  columns: Object.entries(columns).map(([name, of]) => ({
    ...{ name, kind: 'number' as const },
    values: Float64Array.from({ length: rows }, (_, i) => of(i)),
  })),
})

/** Made-up people: `chol` has a value for each of them; five are at 600. */
const people = (): Table =>
  tableOf(303, {
    num: (i) => ((i * 7) >> 1) % 2,
    chol: (i) => (i < 5 ? 600 : 150 + i),
    age: (i) => (i === 7 ? 77 : 40 + (i % 30)),
    ca: (i) => (i < 4 ? Number.NaN : (i >> 2) % 3),
    pulse: (i) => 100 + i,
    thalach: (i) => (i < 7 ? Number.NaN : 100 + i),
  })

/** Rows with values of their own, the outcome and a factor spread evenly. */
const even = (rows: number): Table => tableOf(rows, { id: (i) => i, num: (i) => (i >> 1) % 2, f: (i) => i % 2 })
const below = (id: number) => ({ filter: [{ column: 'id', op: 'lt', value: id }] })
const model = (more: object = {}) => ({ outcome: ill, terms: [{ column: 'f' }], ...more })

test('B4 the same people in groups that a moved cut makes: refused when one to k-1 change sides', async () => {
  const table = people()
  const { store } = storeOf()
  const cut = (at: number) => asked('heartify', { outcome: ill, terms: [{ column: 'chol', bins: [at] }] }, table)
  assert.equal(await release(store, await cut(250.5)), 'ok')
  assert.equal(await release(store, await cut(250.5)), 'ok', 'the same again says nothing new')
  for (const at of [251.5, 253.5, 248.5, 258.5])
    assert.equal(await release(store, await cut(at)), 'cohort-too-close', `${at}`)
  assert.equal(await release(store, await cut(300.5)), 'ok')
  // Nor by an outcome that few more people have, over the same levels.
  const other = (at: number) => ({ outcome: { column: 'pulse', op: 'gt', value: at }, terms: [{ column: 'chol' }] })
  assert.equal(await release(store, await asked('heartify', other(230), table)), 'ok')
  assert.equal(await release(store, await asked('heartify', other(233), table)), 'cohort-too-close')
})

test('B4 a group of fewer than k people is refused before the key goes', async () => {
  const { store } = storeOf()
  const params = { outcome: ill, terms: [{ column: 'age', bins: [76.5] }] }
  assert.equal(await release(store, await asked('heartify', params, people())), 'cohort-too-small')
})

test('B4 summary tables: a plausible range that leaves one value out moves the figures of that column', async () => {
  const table = people()
  const { store } = storeOf()
  const upTo = (max: number) =>
    asked('describe', { outcome: ill, columns: ['chol', 'ca'], ranges: { chol: { max } } }, table)
  assert.equal(await release(store, await upTo(999)), 'ok')
  assert.equal(await release(store, await upTo(500)), 'cohort-too-close')
  // Four people without a value of another column are no difference.
  assert.equal(
    await release(store, await asked('describe', { outcome: ill, columns: ['thalach', 'age'] }, table)),
    'ok',
  )
})

test('B4 three cohorts, far apart by twos, that give one person away together: the third is refused, in any order', async () => {
  const table = even(400)
  const part = (filter: object[]) => asked('heartify', model({ filter }), table)
  const low = await part([{ column: 'id', op: 'lt', value: 200 }])
  const high = await part([{ column: 'id', op: 'gt', value: 200 }])
  const all = await part([])
  for (const order of [
    [low, high, all],
    [all, low, high],
    [high, all, low],
  ]) {
    const { store } = storeOf()
    const [a, b, c] = order as [Ask, Ask, Ask]
    assert.deepEqual([await release(store, a), await release(store, b)], ['ok', 'ok'])
    assert.equal(await release(store, c), 'cohort-too-close')
  }
})

test('B4 more different cohorts than can be compared in pairs: refused; those that were released still are', async () => {
  const table = even(4_500)
  const { store } = storeOf()
  const ask = (i: number) => asked('heartify', model(below(200 + i * 40)), table)
  for (let i = 0; i < 100; i++) assert.equal(await release(store, await ask(i)), 'ok')
  assert.equal(await release(store, await ask(105)), 'cohort-too-close')
  assert.equal(await release(store, await ask(50)), 'ok')
})

test('B4 groups are compared across versions, by their rows’ values', async () => {
  const { store } = storeOf()
  const cut = (at: number) => ({ outcome: ill, terms: [{ column: 'id', bins: [at] }] })
  assert.equal(await release(store, await asked('heartify', cut(150), even(400))), 'ok')
  const turned = (table: Table): Table => ({
    ...table,
    columns: table.columns.map((one) => ({ ...one, values: one.values.toReversed() })),
  })
  const again = turned(even(400))
  assert.equal(await release(store, await asked('heartify', cut(154), again), 'second'), 'cohort-too-close')
  assert.equal(await release(store, await asked('heartify', cut(150), again), 'second'), 'ok')
  assert.equal(await release(store, await asked('heartify', cut(260), again), 'second'), 'ok')
})

test('B4 what an older program kept, without groups, is compared as it was', async () => {
  const { store, cohorts } = storeOf()
  const table = even(400)
  const whole = await asked('heartify', model(), table)
  cohorts.set('first', [{ task: 'task', rows: whole.rows }])
  assert.equal(await release(store, await asked('heartify', model(below(395)), table)), 'cohort-too-close')
  assert.equal(await release(store, whole), 'ok')
})

test('B4 each group is kept once', async () => {
  const { store, cohorts } = storeOf()
  const whole = await asked('heartify', model(), even(400))
  for (let i = 0; i < 3; i++) assert.equal(await release(store, whole), 'ok')
  assert.deepEqual(
    cohorts.get('first')?.map(({ groups = [] }) => groups.length),
    [8, 0, 0],
  )
})

test('B4 twenty groups beside a hundred releases of 70,000 rows: every pair is compared, in words', async () => {
  const rows = 70_000
  const random = seededRandom(5)
  const draw = () => random(rows / 8) as Bytes
  const groups = () => Array.from({ length: 20 }, () => ({ rows: draw() }))
  const { store, cohorts } = storeOf()
  cohorts.set(
    'first',
    Array.from({ length: 99 }, () => ({ task: 'task', rows: draw(), groups: groups() })),
  )
  const marks = new Uint8Array(rows * 8)
  const last = cohorts.get('first')?.at(-1)?.groups?.at(-1)?.rows as Bytes
  const near = last.slice()
  near[8_000] = (near[8_000] as number) ^ 7
  assert.equal(await release(store, { rows: draw(), groups: [...groups(), { rows: near }], marks }), 'cohort-too-close')
  const started = performance.now()
  assert.equal(await release(store, { rows: draw(), groups: groups(), marks }), 'ok')
  if (process.env.SALUS_TIMES) console.log(`${Math.round(performance.now() - started)} ms`)
})
