import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { compile } from '../analyses/compile.ts'
import type { Table } from '../table.ts'
import { runAnalysis } from './run.ts'
import { encodeValue } from './values.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-runtime-'))
after(() => rmSync(folder, { recursive: true }))

const limits = { memoryBytes: 16 << 20, ms: 20_000 }
const table: Table = {
  site: 'here',
  rows: 3,
  columns: [{ name: 'x', kind: 'number', values: Float64Array.of(1, Number.NaN, 3) }],
}
const ALLOC = `
export let fault: i32 = 0
export function alloc(size: u32): usize { return heap.alloc(size + 16) }
export function cohort(at: usize, size: u32): usize { return run(at, size) }
`
let count = 0

/** Compiles a small analysis from its source; `options` go to the compiler. */
function analysis(source: string, ...options: string[]): Promise<Uint8Array> {
  const name = `a${count++}`
  writeFileSync(join(folder, `${name}.as`), source)
  return compile(folder, `${name}.ts`, options)
}

/** An analysis whose `run` has this body. */
const body = (lines: string, ...options: string[]): Promise<Uint8Array> =>
  analysis(`${ALLOC}\nexport function run(at: usize, size: u32): usize { ${lines} }`, ...options)

const run = (wasm: Uint8Array, more: object = {}) =>
  runAnalysis({ wasm, call: 'run', params: { k: 1 }, tables: [table], limits, ...more })

const refused = (wasm: Uint8Array, why: string) =>
  assert.rejects(run(wasm), (error: { code?: string; facts?: { why?: string } }) => {
    assert.deepEqual([error.code, error.facts?.why], ['analysis-invalid', why])
    return true
  })

/** Answers its own input, byte for byte. */
const ECHO = `
const out = heap.alloc(size + 4)
store<u32>(out, size)
memory.copy(out + 4, at, size)
return out`

test('U1 an analysis gets its parameters and tables and answers one value', async () => {
  const answer = await run(await body(ECHO))
  assert.deepEqual(answer, {
    params: { k: 1 },
    tables: [
      { site: 'here', rows: 3, columns: [{ name: 'x', kind: 'number', values: Float64Array.of(1, Number.NaN, 3) }] },
    ],
  })
})

test('U1 a large input arrives whole, in pieces', async () => {
  const values = Float64Array.from({ length: 1_300_000 }, (_, i) => i * 0.5)
  const long: Table = { site: 'here', rows: values.length, columns: [{ name: 'x', kind: 'number', values }] }
  const sum = await body(`
    let sum: f64 = 0
    const from = at + (size - ${values.length * 8})
    for (let i: usize = 0; i < ${values.length * 8}; i += 8) sum += load<f64>(from + i)
    const out = heap.alloc(64)
    store<u32>(out, 9)
    store<u8>(out + 4, 3)
    store<f64>(out + 5, sum)
    return out`)
  const answer = await run(sum, { tables: [long], limits: { ...limits, memoryBytes: 64 << 20 } })
  assert.equal(
    answer,
    values.reduce((total, x) => total + x, 0),
  )
})

test('U2 error: anything imported', async () => {
  const source = `@external("env", "clock") declare function clock(): f64\n${ALLOC}
    export function run(at: usize, size: u32): usize { return <usize>clock() }`
  await refused(await analysis(source), 'section-2')
  await refused(await body('return 0', '--importMemory'), 'section-2')
})

test('U2 error: a start function, shared memory, an export too many or too few', async () => {
  await refused(Uint8Array.from([...(await body(ECHO)), 8, 1, 0]), 'section-8')
  await refused(
    await body('return 0', '--enable', 'threads', '--sharedMemory', '--maximumMemory', '100', '--initialMemory', '1'),
    'memory',
  )
  const more = `${ALLOC}\nexport function run(at: usize, size: u32): usize { return 0 }\nexport function more(): i32 { return 1 }`
  await refused(await analysis(more), 'export')
  const less = 'export function run(at: usize, size: u32): usize { return 0 }'
  await refused(await analysis(less), 'export')
})

test('U2 error: bytes that are no module, cut short, or changed', async () => {
  const wasm = await body(ECHO)
  await refused(new Uint8Array(0), 'magic')
  await refused(Uint8Array.from([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]), 'magic')
  for (let length = 8; length < wasm.length; length += 23)
    await assert.rejects(run(wasm.subarray(0, length)), { code: 'analysis-invalid' })
})

const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...leb(Math.floor(n / 128))])
const part = (id: number, bytes: readonly number[]) => [id, ...leb(bytes.length), ...bytes]
const name = (word: string) => [...leb(word.length), ...Buffer.from(word)]

/** The smallest analysis there is, with more in its type section and its table section. */
function smallest({ types = [], table = [] }: { types?: readonly number[]; table?: readonly number[] }): Uint8Array {
  const own = [0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...part(1, [types.length > 0 ? 3 : 2, ...own, ...types])],
    ...[...part(3, [2, 0, 1]), ...(table.length > 0 ? part(4, table) : []), ...part(5, [1, 0, 1])],
    ...part(7, [4, ...name('memory'), 2, 0, ...name('alloc'), 0, 0, ...name('run'), 0, 1, ...name('cohort'), 0, 1]),
    ...part(10, [2, 4, 0, 0x41, 0, 0x0b, 4, 0, 0x41, 0, 0x0b]),
  ])
}

test('U3 error: tables and types that take memory of the engine’s own, beside the limit', async () => {
  const anything = { code: 'analysis-output-invalid' }
  await assert.rejects(run(smallest({})), anything, 'as it is, it runs')
  await assert.rejects(run(smallest({ table: [1, 0x70, 0, 10] })), anything)
  for (const table of [
    [1, 0x70, 0, ...leb(9_000_000)],
    [2, 0x70, 0, 1, 0x70, 0, 1],
    [1, 0x6f, 0, 1],
    [1, 0x70, 4, 1],
  ])
    await refused(smallest({ table }), 'table')
  const array = [0x5e, 0x7e, 1]
  for (const types of [array, [0x60, 1, 0x6f, 0], [0x4e, 1, ...array], [0x5f, 0]])
    await refused(smallest({ types }), 'type')
})

test('U3 memory: more than the limit is refused by the engine, whoever asks', async () => {
  const hungry = await body('for (;;) { heap.alloc(1 << 20); store<u8>(at, 1) } return 0')
  await assert.rejects(run(hungry), { code: 'analysis-memory' })
  await assert.rejects(run(await body(ECHO, '--initialMemory', '1000')), { code: 'analysis-memory' })
  const wide: Table = {
    site: 'here',
    rows: 4e6,
    columns: [{ name: 'x', kind: 'number', values: new Float64Array(4e6) }],
  }
  await assert.rejects(run(await body(ECHO), { tables: [wide] }), { code: 'analysis-memory' })
})

test('U3 the engine itself gives no page above the limit', async () => {
  const grows = await body(`
    const got = memory.grow(1000)
    store<u32>(at, 9)
    store<u8>(at + 4, 3)
    store<f64>(at + 5, <f64>got)
    return at`)
  assert.equal(await run(grows), -1)
  assert.notEqual(await run(grows, { limits: { ...limits, memoryBytes: 128 << 20 } }), -1)
})

test('U4 time: an endless loop is ended', async () => {
  const endless = await body('while (load<u8>(at + size + 100) == 0) {} return 0')
  await assert.rejects(run(endless, { limits: { ...limits, ms: 300 } }), { code: 'analysis-time' })
})

test('U4 a trap has its own code, and so has recursion without end', async () => {
  await assert.rejects(run(await body('unreachable(); return 0')), { code: 'analysis-trapped' })
  await assert.rejects(run(await body('return load<usize>(0xfffffff0)')), { code: 'analysis-trapped' })
  const deep = `${ALLOC}\nfunction down(x: f64): f64 { return x < 0 ? x : down(x + 1) * down(x + 2) + load<f64>(8) }
    export function run(at: usize, size: u32): usize { return <usize>down(1) }`
  await assert.rejects(run(await analysis(deep)), { code: 'analysis-trapped' })
})

test('U5 an answer outside of memory, too long or malformed is refused', async () => {
  for (const lines of [
    'return 0xfffffff0',
    'store<u32>(at, 0x7fffffff); return at',
    'store<u32>(at, 5); store<u8>(at + 4, 99); return at',
  ])
    await assert.rejects(run(await body(lines)), { code: 'analysis-output-invalid' })
  await assert.rejects(run(await body(ECHO), { limits: { ...limits, outputBytes: 20 } }), {
    code: 'analysis-output-invalid',
  })
})

test('U8 the same input gives the same bytes', async () => {
  const wasm = await body(ECHO)
  assert.deepEqual(encodeValue(await run(wasm)), encodeValue(await run(wasm)))
})
