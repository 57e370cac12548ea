/** Turns rows of text into typed columns, group by group, and counts what it saw on the way. */
import { AppError } from '@salus/base/errors'
import { GROUP } from '@salus/enclave/columns'
import type { ContractColumn, DataContract, DatasetCode } from './contract.ts'
import { placesOf, readCsv } from './csv.ts'

/** What is wrong with a value: no number, a category that the contract does not name, a spreadsheet's formula. */
export const problems = ['not-a-number', 'unknown-level', 'formula'] as const
export type Problem = (typeof problems)[number]

/** What a hospital sees of its own column. Never leaves the hospital. */
export type ColumnProfile = {
  readonly name: string
  /** Rows with a value that may be used. */
  values: number
  missing: number
  /** Outside of the contract's range: they become missing, and are never fitted. */
  implausible: number
  wrong: Partial<Record<Problem, number>>
  /** First row (1: the first after the header) of each problem. */
  firstWrong: Partial<Record<Problem, number>>
  mean: number
  /** Sum of squared distances to the mean (Welford). */
  m2: number
  min: number
  max: number
  levels: number[]
}
export type Profile = { rows: number; readonly columns: ColumnProfile[] }
export type Group = { readonly rows: number; readonly values: readonly Float64Array[] }

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/
const FORMULA = /^[=@\t\r]|^[+-](?!\.?\d)/

type Reader = (text: string) => number | Problem | 'missing' | 'implausible'

/** How one column's texts are read. */
function readerOf(column: ContractColumn, decimal: string): Reader {
  const gaps = new Set(['', ...(column.missing ?? [])])
  if (column.kind === 'category') {
    const codes = new Map(column.levels.flatMap(({ code, also = [] }, i) => [code, ...also].map((one) => [one, i])))
    return (text) => {
      const index = codes.get(text)
      if (index !== undefined) return index
      return gaps.has(text) ? 'missing' : FORMULA.test(text) ? 'formula' : 'unknown-level'
    }
  }
  // A sentinel is a number: `0` and `0.0` are one.
  const sentinels = new Set([...gaps].filter((one) => NUMBER.test(one)).map(Number))
  return (text) => {
    if (gaps.has(text)) return 'missing'
    const plain = decimal === ',' ? text.replace(',', '.') : text
    if (!NUMBER.test(plain)) return FORMULA.test(text) ? 'formula' : 'not-a-number'
    const value = Number(plain)
    if (sentinels.has(value)) return 'missing'
    return value < column.min || value > column.max ? 'implausible' : value
  }
}

const emptyProfile = (column: ContractColumn): ColumnProfile => ({
  ...{ name: column.name, values: 0, missing: 0, implausible: 0, wrong: {}, firstWrong: {}, mean: 0, m2: 0 },
  ...{ min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY },
  levels: column.kind === 'category' ? column.levels.map(() => 0) : [],
})

function count(profile: ColumnProfile, value: ReturnType<Reader>, row: number): number {
  if (typeof value === 'number') {
    profile.values++
    if (profile.levels.length > 0) profile.levels[value] = (profile.levels[value] ?? 0) + 1
    else {
      const delta = value - profile.mean
      profile.mean += delta / profile.values
      profile.m2 += delta * (value - profile.mean)
      profile.min = Math.min(profile.min, value)
      profile.max = Math.max(profile.max, value)
    }
    return value
  }
  if (value === 'missing') profile.missing++
  else if (value === 'implausible') profile.implausible++
  else {
    profile.wrong[value] = (profile.wrong[value] ?? 0) + 1
    profile.firstWrong[value] ??= row
  }
  return Number.NaN
}

/** Reads a whole file; gives its groups, and fills `profile` as it goes. Memory stays that of one group. */
export async function* readGroups(path: string, contract: DataContract, profile: Profile): AsyncGenerator<Group> {
  const { columns, file } = contract
  const readers = columns.map((one) => readerOf(one, file.decimal))
  profile.columns.push(...columns.map(emptyProfile))
  let places: number[] | undefined
  let values = columns.map(() => new Float64Array(GROUP))
  let rows = 0
  for await (const texts of readCsv(path, contract)) {
    if (!places) {
      places = placesOf(contract, texts)
      if (file.header) continue
    }
    profile.rows++
    for (const [i, read] of readers.entries()) {
      const value = read(texts[places[i] as number] ?? '')
      const into = values[i] as Float64Array
      into[rows] = count(profile.columns[i] as ColumnProfile, value, profile.rows)
    }
    if (++rows < GROUP) continue
    yield { rows, values }
    values = columns.map(() => new Float64Array(GROUP))
    rows = 0
  }
  if (rows > 0) yield { rows, values }
}

/** Refuses what may not be published: nothing in it, a column without a value, values that the contract does not know. */
export function assertSound({ rows, columns }: Profile, contract: DataContract): void {
  if (rows === 0) throw new AppError<DatasetCode>('csv-empty')
  for (const { name, wrong, firstWrong } of columns) {
    for (const problem of problems) {
      const found = wrong[problem]
      if (!found) continue
      throw new AppError<DatasetCode>('csv-values', {
        column: name,
        problem,
        count: found,
        row: firstWrong[problem] ?? 0,
      })
    }
  }
  const declared = new Set(contract.columns.filter(({ mayBeEmpty }) => mayBeEmpty).map(({ name }) => name))
  const empty = columns.find(({ name, values }) => values === 0 && !declared.has(name))
  if (empty) throw new AppError<DatasetCode>('contract-column-empty', { column: empty.name })
}
