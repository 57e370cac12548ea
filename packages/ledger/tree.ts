/** Merkle root of the state's rows in key order (RFC 9162 shape), kept level by level so that a block costs little. */
import { type Bytes, concat, u32, utf8 } from '@salus/base/bytes'
import { emptyRoot, leafHash, nodeHash } from '@salus/crypto/merkle'
import type { Changes } from './state.ts'
import { position } from './state.ts'

/** A tree over sorted rows; `root` works off what `apply` changed. */
export type Tree = {
  apply(changes: Changes): void
  root(): Bytes
}

/** Leaf of one row; the length before the key keeps (ab, c) and (a, bc) apart. */
export const rowLeaf = (key: string, text: string): Bytes => {
  const name = utf8(key)
  return leafHash(concat(u32(name.length), name, utf8(text)))
}

/**
 * A tree over `initial` rows. Changing a value costs log2(n) hashes; a new or removed key moves all that stand right
 * of it, at most n hashes (10,000 rows: some 30 ms, and keys are rarely new).
 */
export function createTree(initial: Iterable<readonly [string, string]> = []): Tree {
  const sorted = [...initial].sort(([a], [b]) => (a < b ? -1 : 1))
  const keys = sorted.map(([key]) => key)
  const leaves = sorted.map(([key, text]) => rowLeaf(key, text))
  const levels: Bytes[][] = [leaves]
  let changed = new Set<number>()
  let moved = 0

  return {
    apply(changes) {
      for (const [key, text] of changes) {
        const done = setRow(keys, leaves, key, text)
        if (done?.in === 'place') changed.add(done.at)
        // A new or lost key moves its right neighbours: every node from there on is renewed, so stale marks there are moot.
        else if (done) moved = Math.min(moved, done.at)
      }
    },
    root() {
      if (leaves.length === 0) return emptyRoot
      climb(
        levels,
        [...changed].filter((at) => at < moved),
        moved,
      )
      changed = new Set()
      moved = leaves.length
      return levels.find((level) => level.length === 1)?.[0] as Bytes
    },
  }
}

/** Where a row was written over, put in or taken out; undefined where there was nothing to take out. */
type Done = { readonly at: number; readonly in: 'place' | 'order' }

function setRow(keys: string[], leaves: Bytes[], key: string, text: string | null): Done | undefined {
  const at = position(keys, key)
  const present = keys[at] === key
  if (text === null) {
    if (!present) return undefined
    keys.splice(at, 1)
    leaves.splice(at, 1)
  } else if (present) {
    leaves[at] = rowLeaf(key, text)
    return { at, in: 'place' }
  } else {
    keys.splice(at, 0, key)
    leaves.splice(at, 0, rowLeaf(key, text))
  }
  return { at, in: 'order' }
}

/** Renews the parents of `dirty` nodes and of every node from `from` on, level by level. */
function climb(levels: Bytes[][], dirty: readonly number[], from: number): void {
  let touched = new Set(dirty)
  let start = from
  for (let depth = 0; ; depth++) {
    const below = levels[depth] as Bytes[]
    if (below.length <= 1) {
      levels.length = depth + 1
      return
    }
    const width = Math.ceil(below.length / 2)
    const above = levels[depth + 1] ?? []
    levels[depth + 1] = above
    above.length = Math.min(above.length, width)
    start = Math.min(start >>> 1, above.length)
    touched = new Set([...touched].map((at) => at >>> 1).filter((at) => at < start))
    for (const at of touched) above[at] = parent(below, at)
    for (let at = start; at < width; at++) above[at] = parent(below, at)
  }
}

// The lone last node of a level goes up as it is: the same tree as RFC 9162's split at a power of two.
function parent(below: readonly Bytes[], at: number): Bytes {
  const left = below[2 * at] as Bytes
  const right = below[2 * at + 1]
  return right ? nodeHash(left, right) : left
}
