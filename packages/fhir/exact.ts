/**
 * JSON in and out without losing digits. FHIR R4 §2.24.0.1 (decimal): the precision a sender wrote has meaning, 5.0 is
 * not 5; `JSON.parse` forgets it. Numbers whose text would change travel as raw JSON until they are written again.
 */
import { type Bytes, text, utf8 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { type Json, parseJson } from '@salus/base/json'
import type { FhirCode, Resource } from './contract.ts'

/** ECMAScript "JSON.parse source text access"; where an engine lacks it, numbers are written in shortest form. */
type RawJson = { rawJSON?(text: string): Json; isRawJSON?(value: unknown): boolean }
const native = JSON as unknown as RawJson

/**
 * Could any number of `source` change when written again? Only one that ends its fraction in 0, has an exponent, is -0,
 * has 16 digits or more (so ten before the point or seven after it), or is below 1e-6. Strings may match too: harmless.
 */
const suspicious = (source: string): boolean => /\.\d*0(?!\d)|\d[eE]|-0(?![.\d])|\d{10}|\.\d{7}/.test(source)

/** A number as its sender wrote it; opaque, and to be passed along untouched. */
export const isRaw = (value: unknown): boolean => native.isRawJSON?.(value) ?? false

/** Strict parse (base/json) that keeps number texts; throws `not-json` with what was wrong. */
export function parseExact(input: string | Uint8Array, at: Readonly<Record<string, number>> = {}): Json {
  try {
    const source = typeof input === 'string' ? input : text(input)
    const value = parseJson(source)
    return native.rawJSON && suspicious(source) ? keepNumbers(source, native.rawJSON) : value
  } catch (error) {
    if (!isAppError(error)) throw error
    throw new AppError<FhirCode>('not-json', { problem: error.code, ...at })
  }
}

function keepNumbers(source: string, raw: (text: string) => Json): Json {
  const revive = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? raw(context.source)
      : value
  return JSON.parse(source, revive as (key: string, value: unknown) => unknown) as Json
}

/** Compact UTF-8 JSON of a tree from `parseExact`, with the plain tree (ordinary numbers) beside it. */
export function writeExact<T extends Json>(tree: T): { bytes: Bytes; plain: T } {
  const source = JSON.stringify(tree)
  return { bytes: utf8(source), plain: suspicious(source) ? (JSON.parse(source) as T) : tree }
}

/**
 * A record's text as a resource, numbers as written; undefined where its author signed something else. Readers leave such
 * a document out and say so: it must not lock the others away.
 */
export function resourceOf(source: string): Resource | undefined {
  try {
    const tree = parseExact(source)
    const object = tree !== null && typeof tree === 'object' && !Array.isArray(tree) ? tree : {}
    const { resourceType } = object
    return typeof resourceType === 'string' && /^[A-Za-z]{1,64}$/.test(resourceType) ? (object as Resource) : undefined
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}
