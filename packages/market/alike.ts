/** Columns of several data sets that one model uses: the same thing in the same units and categories, or nothing is added up. */
import { AppError } from '@salus/base/errors'
import type { ContractColumn } from './dataset/contract.ts'

/** Same name, same kind, same unit or the same categories: anything else would add up apples and pears. */
export function isAlike(a: ContractColumn, b: ContractColumn): boolean {
  if (a.name !== b.name || a.kind !== b.kind) return false
  if (a.kind === 'number') return b.kind === 'number' && a.unit === b.unit
  const codes = ({ levels }: typeof a) => levels.map(({ code }) => code).join('\n')
  return b.kind === 'category' && codes(a) === codes(b)
}

/** Every column that parameters name, wherever in them. */
function columnsIn(params: unknown): string[] {
  if (params === null || typeof params !== 'object') return []
  return Object.entries(params).flatMap(([key, value]) =>
    (key === 'column' || key === 'columns') && (typeof value === 'string' || Array.isArray(value))
      ? [value].flat().filter((one): one is string => typeof one === 'string')
      : columnsIn(value),
  )
}

/** Refuses parameters that name a column which one of the data sets lacks, or has otherwise: `columns-differ`, before anybody pays. */
export function assertColumns(params: unknown, sets: readonly (readonly ContractColumn[])[]): void {
  const [first = [], ...others] = sets
  for (const name of new Set(columnsIn(params))) {
    const one = first.find((column) => column.name === name)
    const same = one && others.every((columns) => columns.some((other) => isAlike(one, other)))
    if (!same) throw new AppError('columns-differ', { column: name })
  }
}
