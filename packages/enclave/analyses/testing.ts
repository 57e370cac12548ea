/** For tests: the real data sets as tables, read by a reader that knows just these files. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@salus/base/json'
import { sharedFolder } from '@salus/base/testing'
import { runAnalysis } from '../runtime/run.ts'
import type { Column, Table } from '../table.ts'
import { buildAnalysis } from './build.ts'
import { checkOutput, checkParams } from './manifest.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers and references are of many shapes
type Any = any

export const UCI_SITES = ['cleveland', 'hungarian', 'switzerland', 'va'] as const
const UCI_COLUMNS = 'age sex cp trestbps chol fbs restecg thalach exang oldpeak slope ca thal num'.split(' ')

const folder = (): string => sharedFolder('data/cardio') ?? ''
const readText = (name: string): string => readFileSync(join(folder(), name), 'utf8')
const numberOf = (text: string): number => (text === '?' || text === '' || text === 'NA' ? Number.NaN : Number(text))

/** A number column from its values. */
export const column = (name: string, values: Iterable<number>): Column => ({
  name,
  kind: 'number',
  values: Float64Array.from(values),
})

/** A table from rows of numbers (null is missing), its columns in the order of the first row's keys. */
export function tableOf(site: string, rows: readonly Readonly<Record<string, number | null>>[]): Table {
  const names = Object.keys(rows[0] ?? {})
  const columns = names.map((name) =>
    column(
      name,
      rows.map((row) => row[name] ?? Number.NaN),
    ),
  )
  return { site, rows: rows.length, columns }
}

function parse(text: string, separator: string, names?: readonly string[]): { [name: string]: number }[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  const head = names ?? (lines.shift() ?? '').split(separator).map((name) => name.replaceAll('"', ''))
  return lines.map((line) => {
    const cells = line.split(separator)
    return Object.fromEntries(head.map((name, i) => [name, numberOf(cells[i] ?? '')]))
  })
}

/** One hospital of the UCI heart data (Janosi, Steinbrunn, Pfisterer, Detrano); `?` is missing, zeros are left as they are. */
export const uci = (site: string): Table =>
  tableOf(site, parse(readText(`uci-heart/processed.${site}.data`), ',', UCI_COLUMNS))

/** A file with a header line. */
export const csv = (name: string, separator = ','): Table => tableOf(name, parse(readText(name), separator))

/** cardio_train with the three columns its reference model derives. */
export function cardio(): Table {
  const rows = parse(readText('cardio_train.csv'), ';').map((row) => ({
    ...row,
    bmi: (row.weight ?? Number.NaN) / ((row.height ?? Number.NaN) / 100) ** 2,
    male: row.gender === 2 ? 1 : 0,
  }))
  return tableOf('cardio', rows)
}

/** A reference result by name. */
export const reference = (name: string): Any => JSON.parse(readText(`reference/${name}.json`))

const limits = { memoryBytes: 1 << 30, ms: 120_000, outputBytes: 64 << 20 }

/** Runs an analysis with everything checked that a task checks, and limits no test comes near. */
async function answerOf(name: string, call: 'run' | 'cohort', params: Json, tables: readonly Table[]): Promise<Any> {
  const { manifest, wasm } = await buildAnalysis(name)
  // What the enclave adds is no parameter.
  const { gate: _, ...asked } = params as { readonly [key: string]: Json }
  checkParams(manifest, asked)
  const answer = await runAnalysis({ wasm, call, params, tables, limits })
  if (call === 'run') checkOutput(manifest, answer)
  return answer
}

/** Heartify's answer. */
export const heartify = (params: object, tables: readonly Table[]): Promise<Any> =>
  answerOf('heartify', 'run', params as Json, tables)

/** The answer of describe. */
export const describe = (params: object, tables: readonly Table[]): Promise<Any> =>
  answerOf('describe', 'run', params as Json, tables)

/** For each table a list of masks: the rows an analysis would use, then the groups it makes of them. */
export const cohort = (name: string, params: object, tables: readonly Table[]): Promise<Any> =>
  answerOf(name, 'cohort', params as Json, tables)
