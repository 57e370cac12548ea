/** The append-only log in C2SP tiles: 256 hashes a tile, proofs answered from tiles (tlog-tiles.md, RFC 9162 §2.1). */
import { type Bytes, concat } from '@salus/base/bytes'
import type { Tx } from '@salus/base/sqlite'
import {
  completeSubtrees,
  emptyRoot,
  joinHashes,
  leafHash,
  nodeHash,
  type Span,
  subtreesForConsistency,
  subtreesForInclusion,
} from '@salus/crypto/merkle'
import { readTile, writeTile } from './tiles.store.ts'

const WIDTH = 256
const CACHED_TILES = 512

export type Log = {
  readonly size: () => number
  /** Adds entries (32 bytes each) at the end; write it in the transaction that holds the rows they commit to. */
  append(tx: Tx, entries: readonly Uint8Array[]): Promise<void>
  /** Root of the first `at` entries; of all when not given. */
  root(tx: Tx, at?: number): Promise<Bytes>
  inclusion(tx: Tx, index: number): Promise<Bytes[]>
  consistency(tx: Tx, size1: number, size2: number): Promise<Bytes[]>
  /** Forgets what memory holds and starts again at `size`, after a transaction was rolled back. */
  reload(size: number): void
}

/** All complete subtrees of one tile: rows[0] its hashes, rows[k] the roots of 2^k of them. */
type TileTree = Bytes[][]

function growTree(tree: TileTree, hash: Bytes): void {
  for (let row = 0, next: Bytes | undefined = hash; next; row++) {
    tree[row] ??= []
    const hashes = tree[row] as Bytes[]
    hashes.push(next)
    next = hashes.length % 2 === 0 ? nodeHash(hashes.at(-2) as Bytes, hashes.at(-1) as Bytes) : undefined
  }
}

/** Opens the log at `size`; tiles are read when needed and kept in a bounded map. */
export function createLog(startSize: number): Log {
  let size = startSize
  const trees = new Map<string, TileTree>()

  async function treeOf(tx: Tx, level: number, n: number): Promise<TileTree> {
    const key = `${level}/${n}`
    let tree = trees.get(key)
    if (!tree) {
      tree = []
      const stored = await readTile(tx, level, n)
      const width = Math.min(WIDTH, Math.floor(size / WIDTH ** level) - n * WIDTH)
      for (let i = 0; stored && i < width; i++) growTree(tree, stored.slice(32 * i, 32 * i + 32))
      if (trees.size >= CACHED_TILES) trees.delete(trees.keys().next().value as string)
      trees.set(key, tree)
    }
    return tree
  }

  /** Root of the complete subtree (level, index): row level mod 8 of the tile at level floor(level / 8). */
  async function complete(tx: Tx, level: number, index: number): Promise<Bytes> {
    const row = level % 8
    const perTile = WIDTH / 2 ** row
    const tree = await treeOf(tx, Math.floor(level / 8), Math.floor(index / perTile))
    const hash = tree[row]?.[index % perTile]
    if (!hash) throw new Error('a tile is missing or short: rebuild the views')
    return hash
  }

  async function span(tx: Tx, [start, end]: Span): Promise<Bytes> {
    const parts: Bytes[] = []
    for (const one of completeSubtrees(start, end)) parts.push(await complete(tx, one.level, one.index))
    return joinHashes(parts)
  }

  const spans = async (tx: Tx, list: readonly Span[]) => {
    const out: Bytes[] = []
    for (const one of list) out.push(await span(tx, one))
    return out
  }

  return {
    size: () => size,
    async append(tx, entries) {
      const dirty = new Map<string, [level: number, n: number]>()
      for (const entry of entries) {
        let hash: Bytes | undefined = leafHash(entry)
        for (let level = 0; hash; level++) {
          const at = Math.floor(size / WIDTH ** level)
          const n = Math.floor(at / WIDTH)
          const tree = await treeOf(tx, level, n)
          growTree(tree, hash)
          dirty.set(`${level}/${n}`, [level, n])
          hash = tree[0]?.length === WIDTH ? tree[8]?.[0] : undefined
        }
        size++
      }
      for (const [key, [level, n]] of dirty) {
        await writeTile(tx, level, n, concat(...((trees.get(key) as TileTree)[0] as Bytes[])))
      }
    },
    root: async (tx, at = size) => (at === 0 ? emptyRoot : span(tx, [0, at])),
    inclusion: (tx, index) => spans(tx, subtreesForInclusion(index, size)),
    consistency: (tx, size1, size2) => spans(tx, subtreesForConsistency(size1, size2)),
    reload: (to) => {
      trees.clear()
      size = to
    },
  }
}

/** `1234067` -> `x001/x234/067` (tlog-tiles.md). */
export function tileNumber(n: number): string {
  const groups: string[] = []
  for (let rest = n, first = true; first || rest > 0; first = false, rest = Math.floor(rest / 1000)) {
    groups.unshift(`${first ? '' : 'x'}${String(rest % 1000).padStart(3, '0')}`)
  }
  return groups.join('/')
}

export type TilePath = { readonly level: number | 'entries'; readonly n: number; readonly width: number }

/** Reads `<L>/<N>[.p/<W>]`; undefined when it is not exactly the form the standard writes. */
export function parseTilePath(path: string): TilePath | undefined {
  const match = /^(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path)
  if (!match) return undefined
  const n = Number((match[2] as string).replace(/[x/]/g, ''))
  const width = match[3] === undefined ? WIDTH : Number(match[3])
  const level = match[1] === 'entries' ? 'entries' : Number(match[1])
  const canonical = tileNumber(n) === match[2] && String(width) === (match[3] ?? '256') && width >= 1
  const valid =
    canonical && (match[3] === undefined || width < WIDTH) && (level === 'entries' || String(level) === match[1])
  return valid && (level === 'entries' || level < 8) ? { level, n, width } : undefined
}
