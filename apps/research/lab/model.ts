/** A question as somebody builds it: what all chosen data sets share, what is asked of it, and the parameters that are sent. Pure. */
import { isAlike } from '@salus/market/alike'
import type { ContractColumn } from '@salus/market/dataset/contract'

export const transforms = ['none', 'log', 'log1p', 'sqrt', 'square'] as const
export type Transform = (typeof transforms)[number]
/** How a factor stands in the model. A number: one slope (of its transform, for `per` units) or groups at `cuts`. */
export type Shape = {
  readonly as: 'number' | 'bins' | 'factor'
  readonly transform: Transform
  readonly per: string
  readonly cuts: string
  readonly reference: string
}
export const ops = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const
export type Op = (typeof ops)[number]
/** Who belongs to the cohort: `value` is a category's code, or a number as it was typed. */
export type Condition = { readonly column: string; readonly op: Op; readonly value: string }

/** What is chosen on the page. `outcome`: its column; `level`: which category, or above which number, counts as an event. */
export type Choice = {
  readonly outcome: string
  readonly level: string
  readonly factors: readonly string[]
  readonly shapes: Readonly<Record<string, Shape>>
  readonly pairs: readonly (readonly [string, string])[]
  /** All of them must hold. */
  readonly filter: readonly Condition[]
  readonly site: boolean
}

// What the analyses take at most (their manifests); a contract may name a column longer.
const MOST_NAME = 60
const MOST_TERMS = 64
const MOST_CUTS = 20
const MOST_CONDITIONS = 20
const MOST_TABLES = 200

/** The columns that every one of them has alike, and that an analysis can name. */
export function shared(sets: readonly (readonly ContractColumn[])[]): ContractColumn[] {
  const [first = [], ...others] = sets
  const all = first.filter((one) => others.every((columns) => columns.some((other) => isAlike(one, other))))
  return all.filter(({ name }) => name.length <= MOST_NAME)
}

/** Where one begins: the last column with two categories, as data sets put what was found at the end. */
export function begin(columns: readonly ContractColumn[]): Choice {
  const last = columns.findLast((one) => one.kind === 'category' && one.levels.length === 2) ?? columns.at(-1)
  const outcome = last ? outcomeOf(last) : { outcome: '', level: '' }
  return { ...outcome, factors: [], shapes: {}, pairs: [], filter: [], site: true }
}

/** An outcome with its usual event: the last category, or above the middle of the range. */
export const outcomeOf = (column: ContractColumn): Pick<Choice, 'outcome' | 'level'> => ({
  outcome: column.name,
  level: column.kind === 'category' ? (column.levels.at(-1)?.code ?? '') : String((column.min + column.max) / 2),
})

/** How a factor begins: a number as it is, a category against its first level. */
export const shapeOf = (choice: Choice, column: ContractColumn): Shape =>
  choice.shapes[column.name] ?? {
    ...{ as: column.kind === 'number' ? 'number' : 'factor', transform: 'none', per: '', cuts: '' },
    reference: column.kind === 'category' ? (column.levels[0]?.code ?? '') : '',
  }

/** A number as people type it, with a comma or a point; NaN for anything else. */
export const numberOf = (typed: string): number => {
  const text = typed.trim().replace(',', '.')
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN
}

/** Cuts as they are typed: `50 60`, `50; 60`. */
export const cutsOf = (typed: string): number[] =>
  typed
    .split(/[;\s]+/)
    .map((one) => one.replace(/,$/, ''))
    .filter(Boolean)
    .map(numberOf)

const areCuts = (cuts: readonly number[], column: ContractColumn): boolean =>
  column.kind === 'number' &&
  cuts.length > 0 &&
  cuts.length <= MOST_CUTS &&
  cuts.every((one, i) => one > (cuts[i - 1] ?? column.min) && one < column.max)

const find = (columns: readonly ContractColumn[], name: string) => columns.find((one) => one.name === name)
/** Factors in the order of the data set; the outcome explains nothing. */
const factorsOf = (choice: Choice, columns: readonly ContractColumn[]): ContractColumn[] =>
  columns.filter(({ name }) => choice.factors.includes(name) && name !== choice.outcome)
const pairsOf = (choice: Choice, factors: readonly ContractColumn[]) =>
  choice.pairs.filter(([a, b]) => a !== b && [a, b].every((name) => find(factors, name)))

function isCondition({ column: name, op, value }: Condition, columns: readonly ContractColumn[]): boolean {
  const column = find(columns, name)
  if (column?.kind === 'number') return Number.isFinite(numberOf(value))
  return (op === 'eq' || op === 'ne') && (column?.levels.some(({ code }) => code === value) ?? false)
}

/** What is wrong with how a factor stands; nothing when it can be sent. */
export function wrongShape(choice: Choice, column: ContractColumn): 'per' | 'cuts' | 'factors' | undefined {
  const { as, per, cuts, reference } = shapeOf(choice, column)
  if (column.kind === 'category') return column.levels.some(({ code }) => code === reference) ? undefined : 'factors'
  if (as === 'bins') return areCuts(cutsOf(cuts), column) ? undefined : 'cuts'
  return per.trim() === '' || numberOf(per) > 0 ? undefined : 'per'
}

/** What is still missing or wrong, the first of it. */
export type Missing = 'outcome' | 'factors' | 'per' | 'cuts' | 'filter' | 'many'

function missingFrame(choice: Choice, columns: readonly ContractColumn[]): Missing | undefined {
  const outcome = find(columns, choice.outcome)
  if (!outcome) return 'outcome'
  if (!isCondition({ column: outcome.name, op: outcome.kind === 'number' ? 'gt' : 'eq', value: choice.level }, columns))
    return 'outcome'
  if (factorsOf(choice, columns).length === 0) return 'factors'
  if (choice.filter.length > MOST_CONDITIONS) return 'many'
  return choice.filter.every((one) => isCondition(one, columns)) ? undefined : 'filter'
}

/** What keeps a model from being one. */
export function missingIn(choice: Choice, columns: readonly ContractColumn[]): Missing | undefined {
  const frame = missingFrame(choice, columns)
  if (frame) return frame
  const factors = factorsOf(choice, columns)
  for (const column of factors) {
    const wrong = wrongShape(choice, column)
    if (wrong) return wrong
  }
  return factors.length + pairsOf(choice, factors).length > MOST_TERMS ? 'many' : undefined
}

/** What keeps tables from being asked for. */
export const missingInTables = (choice: Choice, columns: readonly ContractColumn[]): Missing | undefined =>
  missingFrame(choice, columns) ?? (choice.factors.length > MOST_TABLES ? 'many' : undefined)

const conditionOf = ({ column: name, op, value }: Condition, columns: readonly ContractColumn[]) => ({
  ...{ column: name, op, value: find(columns, name)?.kind === 'number' ? numberOf(value) : value },
})

/** The event and the cohort. */
function frameOf(choice: Choice, columns: readonly ContractColumn[]) {
  const { outcome: column, level: value, filter } = choice
  const op = find(columns, column)?.kind === 'number' ? 'gt' : 'eq'
  return {
    outcome: conditionOf({ column, op, value }, columns),
    ...(filter.length > 0 ? { filter: filter.map((one) => conditionOf(one, columns)) } : {}),
  }
}

// The hospitals' own term has this name.
const SITE = 'site'
const nameOf = (column: string): string => (column === SITE ? 'site (column)' : column)

function termOf(choice: Choice, column: ContractColumn): object {
  const { as, transform, per, cuts, reference } = shapeOf(choice, column)
  const name = column.name === SITE ? { name: nameOf(SITE) } : {}
  if (column.kind === 'category') return { column: column.name, ...name, as: 'factor', reference }
  if (as === 'bins') return { column: column.name, ...name, bins: cutsOf(cuts) }
  return {
    ...{ column: column.name, ...name, as: 'number' },
    ...(transform === 'none' ? {} : { transform }),
    ...(per.trim() === '' || numberOf(per) === 1 ? {} : { per: numberOf(per) }),
  }
}

/** Heartify's parameters; undefined while something is missing. */
export function modelOf(choice: Choice, columns: readonly ContractColumn[], sets: number): object | undefined {
  if (missingIn(choice, columns)) return undefined
  const factors = factorsOf(choice, columns)
  const pairs = pairsOf(choice, factors).map((pair) => ({ interaction: pair.map(nameOf) }))
  return {
    ...frameOf(choice, columns),
    terms: [...factors.map((one) => termOf(choice, one)), ...pairs],
    site: choice.site && sets > 1 ? 'factor' : 'none',
    missing: 'complete',
  }
}

/** The parameters of `describe`; `k` is what the hospitals ask for anyway. */
export function tablesOf(choice: Choice, columns: readonly ContractColumn[], k: number): object | undefined {
  if (missingInTables(choice, columns)) return undefined
  return { ...frameOf(choice, columns), columns: factorsOf(choice, columns).map(({ name }) => name), k }
}
