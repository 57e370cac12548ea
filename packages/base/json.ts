/**
 * Strict JSON (RFC 8259, I-JSON RFC 7493): what `JSON.parse` lets through and later code trips over is refused here:
 * duplicate keys, prototype keys, lone surrogates, deep nesting.
 */
import { text } from './bytes.ts'
import { AppError, type BaseCode } from './errors.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Deepest nesting of arrays and objects that is read. FHIR stays below 20. */
export const MAX_DEPTH = 64

const fail = (code: BaseCode) => new AppError<BaseCode>(code)
const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

type Frame = { keys: Set<string> | null; expectKey: boolean }

/** One pass over the text, outside the native parser, that looks only at structure: depth and key names. */
function checkStructure(source: string): void {
  const stack: Frame[] = []
  let at = 0
  while (at < source.length) {
    const c = source.charCodeAt(at)
    const top = stack[stack.length - 1]
    if (c === 0x22) {
      const end = stringEnd(source, at)
      if (top?.keys && top.expectKey) {
        addKey(top.keys, source.slice(at, end))
        top.expectKey = false
      }
      at = end
      continue
    }
    if (c === 0x7b || c === 0x5b) {
      if (stack.length >= MAX_DEPTH) throw fail('json-too-deep')
      stack.push({ keys: c === 0x7b ? new Set() : null, expectKey: c === 0x7b })
    } else if (c === 0x7d || c === 0x5d) {
      stack.pop()
    } else if (c === 0x2c && top?.keys) {
      top.expectKey = true
    }
    at++
  }
}

/** The place after a string's closing quote: the first one with an even number of backslashes before it. */
function stringEnd(source: string, start: number): number {
  for (let at = source.indexOf('"', start + 1); at >= 0; at = source.indexOf('"', at + 1)) {
    let before = at
    while (source.charCodeAt(before - 1) === 0x5c) before--
    if ((at - before) % 2 === 0) return at + 1
  }
  throw fail('json-invalid')
}

function addKey(keys: Set<string>, literal: string): void {
  const key = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1)
  if (keys.has(key)) throw fail('json-duplicate-key')
  if (PROTOTYPE_KEYS.has(key)) throw fail('json-invalid')
  keys.add(key)
}

/** Parses strict JSON text or UTF-8 bytes; throws `json-invalid`, `json-too-deep` or `json-duplicate-key`. */
export function parseJson(input: string | Uint8Array): Json {
  const source = typeof input === 'string' ? input : text(input)
  let value: Json
  try {
    value = JSON.parse(source) as Json
    checkStructure(source)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw fail('json-invalid')
  }
  // An escaped lone surrogate survives parsing and breaks every later UTF-8 encoding: only then is the tree walked.
  if (!source.isWellFormed() || (/\\u[dD][89a-fA-F]/.test(source) && !wellFormed(value))) throw fail('json-invalid')
  return value
}

function wellFormed(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (value === null || typeof value !== 'object') return true
  if (Array.isArray(value)) return value.every(wellFormed)
  return Object.entries(value).every(([key, child]) => key.isWellFormed() && wellFormed(child))
}
