/** The append-only log in C2SP tiles: 256 hashes a tile, proofs answered from tiles (tlog-tiles.md, RFC 9162 §2.1). */
import type { Bytes } from '@salus/base/bytes'
import type { Tx } from '@salus/base/sqlite'
import { emptyRoot, type Span, subtreesForConsistency, subtreesForInclusion } from '@salus/crypto/merkle'
import { createTrees, growTiles, spanRoot, WIDTH } from './trees.ts'

/** Roots of spans of one tree, by where they start and end. */
export type SpanRoots = Map<string, Bytes>

/** What readers may ask; sizes default to the log's own. Throws `proof-invalid` outside the tree. */
export type LogReads = {
  readonly size: () => number
  /** Root of the first `at` entries; of all when not given. */
  root(tx: Tx, at?: number): Promise<Bytes>
  /** Inclusion of `index` in the tree of the first `at` entries; proofs of many entries in one tree share what was `seen`. */
  inclusion(tx: Tx, index: number, at?: number, seen?: SpanRoots): Promise<Bytes[]>
  consistency(tx: Tx, size1: number, size2: number): Promise<Bytes[]>
}

export type Log = LogReads & {
  /**
   * Adds entries (32 bytes each) at the end; write it in the transaction that holds the rows they commit to. When it
   * throws nothing has changed here; when the transaction is rolled back after it, call `reload`.
   */
  append(tx: Tx, entries: readonly Uint8Array[]): Promise<void>
  /** Forgets what memory holds and starts again at `size`, after a transaction was rolled back. */
  reload(size: number): void
}

/** Opens the log at `size`; tiles are read when needed. */
export function createLog(startSize: number): Log {
  let size = startSize
  const trees = createTrees()
  const each = async (tx: Tx, spans: readonly Span[], seen: SpanRoots = new Map()) => {
    const out: Bytes[] = []
    for (const one of spans) {
      const name = `${one[0]} ${one[1]}`
      const root = seen.get(name) ?? (await spanRoot(trees, tx, one))
      seen.set(name, root)
      out.push(root)
    }
    return out
  }
  return {
    size: () => size,
    async append(tx, entries) {
      trees.keep(await growTiles(trees, tx, size, entries))
      size += entries.length
    },
    root: async (tx, at = size) => (at === 0 ? emptyRoot : spanRoot(trees, tx, [0, at])),
    inclusion: async (tx, index, at = size, seen = undefined) => each(tx, subtreesForInclusion(index, at), seen),
    consistency: async (tx, size1, size2) => each(tx, subtreesForConsistency(size1, size2)),
    reload: (to) => {
      trees.clear()
      size = to
    },
  }
}

/** The same log for readers that must not see beyond `size()`. */
export const readsUpTo = (log: Log, size: () => number): LogReads => ({
  size,
  root: (tx, at = size()) => log.root(tx, at),
  inclusion: (tx, index, at = size(), seen = undefined) => log.inclusion(tx, index, at, seen),
  consistency: log.consistency,
})

/** `1234067` -> `x001/x234/067` (tlog-tiles.md). */
export function tileNumber(n: number): string {
  const groups: string[] = []
  for (let rest = n, first = true; first || rest > 0; first = false, rest = Math.floor(rest / 1000)) {
    groups.unshift(`${first ? '' : 'x'}${String(rest % 1000).padStart(3, '0')}`)
  }
  return groups.join('/')
}

export type TilePath = { readonly level: number | 'entries'; readonly n: number; readonly width: number }

/** Reads `<L>/<N>[.p/<W>]` (N below 10^15, or arithmetic would be lost); undefined when it is not exactly the form the standard writes. */
export function parseTilePath(path: string): TilePath | undefined {
  const match = /^(entries|\d{1,2})\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path)
  if (!match) return undefined
  const n = Number((match[2] as string).replace(/[x/]/g, ''))
  const width = match[3] === undefined ? WIDTH : Number(match[3])
  const level = match[1] === 'entries' ? 'entries' : Number(match[1])
  const canonical = tileNumber(n) === match[2] && String(width) === (match[3] ?? '256') && width >= 1
  const valid =
    canonical && (match[3] === undefined || width < WIDTH) && (level === 'entries' || String(level) === match[1])
  return valid && (level === 'entries' || level < 8) ? { level, n, width } : undefined
}
