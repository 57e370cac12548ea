/** One text per value: JSON with sorted keys, no white space, safe integers only (RFC 8785 without its floats). */
import { AppError } from '@salus/base/errors'
import type { LedgerCode } from './errors.ts'

const invalid = () => new AppError<LedgerCode>('value-invalid')

/** Canonical text of `value`; an absent (undefined) field is left out; anything that has no one text is refused. */
export function canonical(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    // No floats and no -0: their texts are where implementations differ, and the app hash covers these texts.
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw invalid()
    return String(value)
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw invalid()
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object') throw invalid()
  const fields = Object.entries(value).filter(([, child]) => child !== undefined)
  // Keys are unique, so the default order (by UTF-16 unit, no locale) decides alone.
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, child]) => `${canonical(key)}:${canonical(child)}`).join(',')}}`
}

/** Is `source` the canonical text of `value`, which was read from it? The platform's own writer answers first, as it is quick. */
export const isCanonical = (value: unknown, source: string): boolean =>
  (JSON.stringify(value) === source && isOrdered(value)) || canonical(value) === source

/** Would the platform's own text of `value` be the canonical one: safe integers, and fields in order? */
function isOrdered(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value === 'string') return value.isWellFormed()
  if (value === null || typeof value !== 'object') return true
  if (Array.isArray(value)) return value.every(isOrdered)
  let before = ''
  for (const [key, child] of Object.entries(value)) {
    if (key < before || !key.isWellFormed() || !isOrdered(child)) return false
    before = key
  }
  return true
}
