/** Hash trees of single tiles: 256 hashes and every complete subtree over them, read from tiles, kept in a bounded map. */
import { type Bytes, concat } from '@salus/base/bytes'
import type { Tx } from '@salus/base/sqlite'
import { completeSubtrees, joinHashes, leafHash, nodeHash, type Span } from '@salus/crypto/merkle'
import { readTile, writeTile } from './tiles.store.ts'

/** Hashes in a full tile (tlog-tiles.md). */
export const WIDTH = 256
const CACHED_TILES = 512

/** rows[0] are the tile's hashes, rows[k] the roots of 2^k of them. */
type TileTree = Bytes[][]
type Tile = { readonly level: number; readonly n: number; readonly tree: TileTree }

/** Trees by tile. Those that a transaction grows are copies until `keep`: a failure in between changes nothing here. */
export type Trees = {
  of(tx: Tx, level: number, n: number): Promise<TileTree>
  keep(tiles: Iterable<Tile>): void
  clear(): void
}

export function createTrees(limit: number = CACHED_TILES): Trees {
  const trees = new Map<string, TileTree>()

  // The one used longest ago goes first; a map keeps its keys in the order they were set.
  function put(key: string, tree: TileTree): void {
    trees.delete(key)
    trees.set(key, tree)
    if (trees.size > limit) trees.delete(trees.keys().next().value as string)
  }

  return {
    async of(tx, level, n) {
      const key = `${level}/${n}`
      const tree = trees.get(key) ?? (await readTree(tx, level, n))
      put(key, tree)
      return tree
    },
    keep(tiles) {
      for (const { level, n, tree } of tiles) put(`${level}/${n}`, tree)
    },
    clear: () => trees.clear(),
  }
}

async function readTree(tx: Tx, level: number, n: number): Promise<TileTree> {
  const tree: TileTree = []
  const stored = await readTile(tx, level, n)
  for (let at = 0; stored && at < stored.length; at += 32) growTree(tree, stored.slice(at, at + 32))
  return tree
}

function growTree(tree: TileTree, hash: Bytes): void {
  for (let row = 0, next: Bytes | undefined = hash; next; row++) {
    tree[row] ??= []
    const hashes = tree[row] as Bytes[]
    hashes.push(next)
    next = hashes.length % 2 === 0 ? nodeHash(hashes.at(-2) as Bytes, hashes.at(-1) as Bytes) : undefined
  }
}

const damaged = () => new Error('a tile is missing or short: rebuild the views')

/** Appends `entries` to the tree of `size`: writes the tiles that grew in `tx` and returns their trees. */
export async function growTiles(trees: Trees, tx: Tx, size: number, entries: readonly Uint8Array[]): Promise<Tile[]> {
  const grown = new Map<string, Tile>()
  const tileOf = async (level: number, at: number): Promise<Tile> => {
    const n = Math.floor(at / WIDTH)
    const key = `${level}/${n}`
    const tile = grown.get(key) ?? { level, n, tree: (await trees.of(tx, level, n)).map((row) => [...row]) }
    if ((tile.tree[0]?.length ?? 0) !== at % WIDTH) throw damaged()
    grown.set(key, tile)
    return tile
  }
  for (const [i, entry] of entries.entries()) {
    if (entry.length !== 32) throw new RangeError('an entry of this log is 32 bytes')
    let hash: Bytes | undefined = leafHash(entry)
    // A hash goes up only when its tile is full: partial tiles are never hashed upwards (tlog-tiles.md).
    for (let level = 0; hash; level++) {
      const { tree } = await tileOf(level, Math.floor((size + i) / WIDTH ** level))
      growTree(tree, hash)
      hash = tree[8]?.[0]
    }
  }
  for (const { level, n, tree } of grown.values()) await writeTile(tx, level, n, concat(...(tree[0] as Bytes[])))
  return [...grown.values()]
}

/** Root of the complete subtree (level, index): row level mod 8 of the tile at level floor(level / 8). */
async function complete(trees: Trees, tx: Tx, level: number, index: number): Promise<Bytes> {
  const row = level % 8
  const perTile = WIDTH / 2 ** row
  const tree = await trees.of(tx, Math.floor(level / 8), Math.floor(index / perTile))
  const hash = tree[row]?.[index % perTile]
  if (hash?.length !== 32) throw damaged()
  return hash
}

/** Root over the leaves of a span, from its complete subtrees. */
export async function spanRoot(trees: Trees, tx: Tx, [start, end]: Span): Promise<Bytes> {
  const parts: Bytes[] = []
  for (const one of completeSubtrees(start, end)) parts.push(await complete(trees, tx, one.level, one.index))
  return joinHashes(parts)
}
