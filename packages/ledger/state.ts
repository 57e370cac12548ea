/** The committed key/value rows and the layers of changes over them. Keys are ASCII, values canonical text. */
import { AppError } from '@salus/base/errors'
import { canonical } from './canonical.ts'
import type { LedgerCode } from './errors.ts'
import type { Draft, View } from './module.ts'

/** Changed rows: the new canonical text, or null where the row goes. */
export type Changes = ReadonlyMap<string, string | null>

/** Rows as text, under any layer. */
export type Rows = {
  text(key: string): string | undefined
  /** Keys that begin with `prefix`, in order. */
  keys(prefix: string): string[]
}

const KEY = /^[\x21-\x7e]{1,200}$/

/** Where `key` stands, or would stand, among sorted `keys`. ASCII only, so this is byte order too. */
export function position(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Committed rows: read by key and prefix, changed a block at a time. */
export type Store = Rows & {
  apply(changes: Changes): void
  entries(): (readonly [key: string, text: string])[]
}

/** The committed rows, in memory. */
export function createRows(initial: Iterable<readonly [string, string]> = []): Store {
  const rows = new Map(initial)
  let sorted = [...rows.keys()].sort()
  return {
    text: (key) => rows.get(key),
    keys(prefix) {
      const found: string[] = []
      for (let at = position(sorted, prefix); sorted[at]?.startsWith(prefix); at++) found.push(sorted[at] as string)
      return found
    },
    apply(changes) {
      let reordered = false
      for (const [key, text] of changes) {
        if (rows.has(key) !== (text !== null)) reordered = true
        if (text === null) rows.delete(key)
        else rows.set(key, text)
      }
      // New keys are rare (an organisation, a log): sorting again then costs less than keeping a search tree.
      if (reordered) sorted = [...rows.keys()].sort()
    },
    entries: () => sorted.map((key) => [key, rows.get(key) as string] as const),
  }
}

/** Uncommitted changes, readable through. */
export type Layer = Rows & Draft & { readonly changes: Map<string, string | null> }

/** Changes over `base` that can be dropped or merged; `owner` may write under `owner/` only. */
export function createLayer(base: Rows, owner?: string): Layer {
  const changes = new Map<string, string | null>()
  const text = (key: string) => (changes.has(key) ? (changes.get(key) ?? undefined) : base.text(key))
  const keys = (prefix: string) => {
    const found = new Set(base.keys(prefix))
    for (const [key, value] of changes) {
      if (value === null) found.delete(key)
      else if (key.startsWith(prefix)) found.add(key)
    }
    return [...found].sort()
  }
  const write = (key: string, value: string | null) => {
    if (!KEY.test(key) || (owner && !key.startsWith(`${owner}/`))) throw new AppError<LedgerCode>('state-key-invalid')
    changes.set(key, value)
  }
  return {
    ...viewOf({ text, keys }),
    text,
    keys,
    changes,
    put: (key, value) => write(key, canonical(value)),
    remove: (key) => write(key, null),
  }
}

/** `rows` as values. Parsing gives a fresh copy each time, so a rule cannot change the state behind our back. */
export function viewOf(rows: Rows): View {
  const get = <T>(key: string): T | undefined => {
    const found = rows.text(key)
    return found === undefined ? undefined : (JSON.parse(found) as T)
  }
  return { get, list: <T>(prefix: string) => rows.keys(prefix).map((key) => [key, get<T>(key) as T] as const) }
}
