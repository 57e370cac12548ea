/** task.70k: from placing an order over four data sets to the opened result; beside the sum of its bare parts. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseWith } from '@salus/base/schema'
import { sharedFolder } from '@salus/base/testing'
import { analysisOf } from '@salus/enclave/analyses/build'
import { runAnalysis } from '@salus/enclave/runtime/run'
import type { Table } from '@salus/enclave/table'
import { columnHeadOf, dataContract } from '@salus/market/dataset/contract'
import { readGroups } from '@salus/market/dataset/read'
import { type HeartifyWorld, startHeartify } from '../demo/heartify.ts'
import type { Screen } from '../verb.ts'
import { heartifyVerbs } from '../verbs/heartify.ts'
import { type BenchLine, elapsed, line, roundsOf, type Scale, sized } from './line.ts'

const HOSPITALS = 4
const CONTRACT = join(import.meta.dirname, '../demo/heartify/cardio-train.json')
const factors = ['gender', 'cholesterol', 'gluc', 'smoke', 'alco', 'active']
const MODEL = {
  outcome: { column: 'cardio', op: 'eq', value: '1' },
  terms: [
    ...['age_days', 'height', 'weight', 'ap_hi', 'ap_lo'].map((column) => ({ column })),
    ...factors.map((column) => ({ column, as: 'factor' })),
  ],
  ...{ site: 'factor', missing: 'complete' },
}
const quiet: Screen = { language: 'en', json: true, say: () => {}, progress: () => {}, ask: async () => '' }

/** The check-ups in four files, a hospital each. */
async function quarters(dir: string, most: number): Promise<string[]> {
  const text = await readFile(join(sharedFolder('data/cardio') ?? '', 'cardio_train.csv'), 'utf8')
  const [head = '', ...lines] = text.trim().split(/\r?\n/)
  const rows = lines.slice(0, most)
  const size = Math.ceil(rows.length / HOSPITALS)
  return Promise.all(
    Array.from({ length: HOSPITALS }, async (_, i) => {
      const path = join(dir, `part-${i}.csv`)
      await writeFile(path, `${[head, ...rows.slice(i * size, (i + 1) * size)].join('\n')}\n`)
      return path
    }),
  )
}

/** One order, from its placing to its opened result, as a lab types it. */
async function order({ dir, offers, params, act }: HeartifyWorld): Promise<void> {
  const wanted = { datasets: Object.values(offers).join(','), analysis: 'heartify@1', 'host-kind': 'simulated' }
  const { task } = await act('order place', 'coeur-lab', { ...wanted, params, 'max-price': '150' })
  const { state } = await act('task watch', 'coeur-lab', {}, [String(task)])
  if (state !== 'settled') throw new Error(`the task ended as ${state} in ${dir}`)
  await act('result open', 'coeur-lab', {}, [String(task)])
}

/** The same data and model with nothing around it: tables are there, one process starts, cohorts and the fit are worked out. */
async function bare(files: readonly string[]): Promise<() => Promise<void>> {
  const contract = parseWith(dataContract, await readFile(CONTRACT))
  const tables: Table[] = []
  for (const [i, path] of files.entries()) {
    const columns = contract.columns.map((one) => ({ ...columnHeadOf(one), parts: [] as Float64Array[] }))
    let rows = 0
    for await (const group of readGroups(path, contract, { rows: 0, columns: [] })) {
      rows += group.rows
      for (const [j, values] of group.values.entries()) columns[j]?.parts.push(values.slice(0, group.rows))
    }
    const whole = columns.map(({ parts, ...head }) => ({
      ...head,
      values: Float64Array.from(parts.flatMap((one) => [...one])),
    }))
    tables.push({ site: `part-${i}`, rows, columns: whole as never })
  }
  const { wasm } = await analysisOf('heartify')
  const limits = { memoryBytes: 2 ** 30, ms: 120_000 }
  return async () => {
    spawnSync(process.execPath, ['-e', '0'])
    for (const table of tables)
      await runAnalysis({ wasm, call: 'cohort', params: MODEL as never, tables: [table], limits })
    await runAnalysis({ wasm, call: 'run', params: MODEL as never, tables, limits })
  }
}

/** Milliseconds of whole tasks; `task.70k.overhead` is what is not in the parts. */
export async function benchTask(scale: Scale): Promise<BenchLine[]> {
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-'))
  const files = await quarters(dir, sized(scale, 70_000, 4_000))
  const world = await startHeartify(heartifyVerbs, quiet, { files, contract: CONTRACT, model: MODEL })
  const [tasks, parts]: [number[], number[]] = [[], []]
  try {
    const alone = await bare(files)
    await world.act('credit deposit', 'tresor', { org: 'coeur-lab', amount: '10000' })
    for (let round = 0; round < roundsOf(scale); round++) {
      parts.push(await elapsed(alone))
      tasks.push(await elapsed(() => order(world)))
    }
  } finally {
    await world.stop()
    await rm(dir, { recursive: true, force: true })
  }
  const over = tasks.map((ms, i) => ms - (parts[i] ?? 0))
  return [
    line('task.70k', 'ms, order placed to result opened', tasks, parts),
    line('task.70k.overhead', 'ms beside the bare parts', over, undefined),
  ]
}
