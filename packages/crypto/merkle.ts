/** Merkle tree mathematics of RFC 9162 §2.1 with SHA-256: proofs are checked here, stores only fetch hashes. */
import { type Bytes, concat, equal } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { CryptoCode } from './errors.ts'
import { sha256 } from './hash.ts'

/** A tree size or leaf index; bigint where it may pass 2^53. */
export type Count = number | bigint
/** Leaves `start` (inclusive) to `end` (exclusive). */
export type Span = readonly [start: number, end: number]
/** The complete subtree of 2^level leaves that begins at leaf index * 2^level. */
export type Subtree = { readonly level: number; readonly index: number }

export type Inclusion = {
  index: Count
  size: Count
  /** The leaf HASH (`leafHash(entry)`), 32 bytes. */
  leaf: Uint8Array
  /** The leaf's sibling first. */
  proof: readonly Uint8Array[]
}
export type Consistency = {
  size1: Count
  size2: Count
  root1: Uint8Array
  root2: Uint8Array
  proof: readonly Uint8Array[]
}

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)
const invalid = () => new AppError<CryptoCode>('proof-invalid')

/** SHA-256(0x00 || entry). */
export const leafHash = (entry: Uint8Array): Bytes => sha256(concat(LEAF, entry))

/** SHA-256(0x01 || left || right). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Bytes => sha256(concat(NODE, left, right))

/** Root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Bytes = sha256(new Uint8Array(0))

function natural(value: Count): bigint | undefined {
  if (typeof value === 'bigint') return value >= 0n ? value : undefined
  return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined
}

const are32 = (hashes: readonly Uint8Array[]): boolean => hashes.every((hash) => hash.length === 32)

/** The root a proof leads to (RFC 9162 §2.1.3.2), undefined when it has the wrong shape for index and size. */
export function rootFromInclusion({ index, size, leaf, proof }: Inclusion): Bytes | undefined {
  let fn = natural(index)
  const count = natural(size)
  // A hash is 32 bytes: the RFC does not say it, but an empty "leaf" with an empty root would pass without it.
  if (fn === undefined || count === undefined || fn >= count || !are32([leaf, ...proof])) return undefined
  let sn = count - 1n
  let root: Bytes = Uint8Array.from(leaf)
  for (const hash of proof) {
    if (sn === 0n) return undefined
    if (fn & 1n || fn === sn) {
      root = nodeHash(hash, root)
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n
        sn >>= 1n
      }
    } else {
      root = nodeHash(root, hash)
    }
    fn >>= 1n
    sn >>= 1n
  }
  return sn === 0n ? root : undefined
}

/** Is `leaf` at `index` of the tree of `size` with `root`? */
export function verifyInclusion(claim: Inclusion & { root: Uint8Array }): boolean {
  const root = rootFromInclusion(claim)
  return root !== undefined && equal(root, claim.root)
}

/** Is the tree of `size1` with `root1` a prefix of the tree of `size2` with `root2` (RFC 9162 §2.1.4.2)? */
export function verifyConsistency({ size1, size2, root1, root2, proof }: Consistency): boolean {
  const first = natural(size1)
  const second = natural(size2)
  // Nothing is proven about the empty tree: every tree extends it, so a proof from 0 says nothing and is refused.
  if (first === undefined || second === undefined || first === 0n || first > second) return false
  if (first === second) return proof.length === 0 && equal(root1, root2)
  if (proof.length === 0 || !are32([root1, root2, ...proof])) return false
  // A first size that is a power of two is itself a node of the second tree, and left out of the proof (step 2).
  const path = (first & (first - 1n)) === 0n ? [root1, ...proof] : proof
  let fn = first - 1n
  let sn = second - 1n
  while (fn & 1n) {
    fn >>= 1n
    sn >>= 1n
  }
  let [fr, sr] = [path[0] as Uint8Array, path[0] as Uint8Array]
  for (const hash of path.slice(1)) {
    if (sn === 0n) return false
    if (fn & 1n || fn === sn) {
      fr = nodeHash(hash, fr)
      sr = nodeHash(hash, sr)
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n
        sn >>= 1n
      }
    } else {
      sr = nodeHash(sr, hash)
    }
    fn >>= 1n
    sn >>= 1n
  }
  return sn === 0n && equal(fr, root1) && equal(sr, root2)
}

/** The largest power of two below `n` (n >= 2): where RFC 9162 §2.1.1 splits. */
function split(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/**
 * Which subtrees an inclusion proof lists, in its order. All are complete but, on the right edge, possibly the last
 * ones: a store answers each span from its tiles with `completeSubtrees` and `joinHashes`.
 */
export function subtreesForInclusion(index: number, size: number): Span[] {
  if (natural(index) === undefined || natural(size) === undefined || index >= size) throw invalid()
  const spans: Span[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + split(end - start)
    const left = index < middle
    spans.push(left ? [middle, end] : [start, middle])
    if (left) end = middle
    else start = middle
  }
  return spans.reverse()
}

/** Which subtrees a consistency proof lists, in its order (RFC 9162 §2.1.4.1); empty for equal sizes. */
export function subtreesForConsistency(size1: number, size2: number): Span[] {
  if (natural(size1) === undefined || natural(size2) === undefined || size1 < 1 || size1 > size2) throw invalid()
  const spans: Span[] = []
  let [start, end] = [0, size2]
  while (end !== size1) {
    const middle = start + split(end - start)
    const left = size1 <= middle
    spans.push(left ? [middle, end] : [start, middle])
    if (left) end = middle
    else start = middle
  }
  // Where the first tree is not itself a whole left part, its last subtree opens the proof (b = false in the RFC).
  if (start > 0) spans.push([start, end])
  return spans.reverse()
}

/** The complete subtrees that make up leaves `start` to `end`, left to right. */
export function completeSubtrees(start: number, end: number): Subtree[] {
  const subtrees: Subtree[] = []
  for (let at = start; at < end; ) {
    let level = 0
    let width = 1
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      width *= 2
      level++
    }
    subtrees.push({ level, index: at / width })
    at += width
  }
  return subtrees
}

/** Root over complete subtrees' hashes, left to right, largest first, as `completeSubtrees` orders a proof's span. */
export function joinHashes(hashes: readonly Uint8Array[]): Bytes {
  const last = hashes.at(-1)
  if (!last) return emptyRoot
  return hashes.slice(0, -1).reduceRight<Bytes>((right, left) => nodeHash(left, right), Uint8Array.from(last))
}

/** What a frontier needs to go on later: one hash per set bit of `size`, largest subtree first. */
export type FrontierState = { size: number; hashes: Bytes[] }
export type Frontier = {
  /** Adds a leaf HASH. */
  append(leaf: Uint8Array): void
  readonly size: number
  root(): Bytes
  /** A copy; later appends do not change it. */
  state(): FrontierState
}

const ones = (size: number): number => BigInt(size).toString(2).replaceAll('0', '').length

/** A tree that only grows, holding the roots of its complete subtrees only; throws `proof-invalid` on a torn `state`. */
export function createFrontier(state: FrontierState = { size: 0, hashes: [] }): Frontier {
  let size = state.size
  const hashes = state.hashes.map((hash): Bytes => hash.slice())
  if (natural(size) === undefined || hashes.length !== ones(size) || !are32(hashes)) throw invalid()
  return {
    append(leaf) {
      if (leaf.length !== 32) throw invalid()
      let node: Bytes = Uint8Array.from(leaf)
      // As many complete subtrees merge as the size has trailing one bits.
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) node = nodeHash(hashes.pop() as Bytes, node)
      hashes.push(node)
      size++
    },
    get size() {
      return size
    },
    root: () => joinHashes(hashes),
    state: () => ({ size, hashes: hashes.map((hash) => hash.slice()) }),
  }
}

/** Root over leaf hashes held in memory, by the definition of RFC 9162 §2.1.1: the reference for tests. */
export function merkleRoot(leaves: readonly Uint8Array[]): Bytes {
  if (leaves.length === 0) return emptyRoot
  if (leaves.length === 1) return Uint8Array.from(leaves[0] as Uint8Array)
  const k = split(leaves.length)
  return nodeHash(merkleRoot(leaves.slice(0, k)), merkleRoot(leaves.slice(k)))
}

/** Inclusion proof over leaf hashes held in memory. */
export const inclusionProof = (index: number, leaves: readonly Uint8Array[]): Bytes[] =>
  subtreesForInclusion(index, leaves.length).map(([start, end]) => merkleRoot(leaves.slice(start, end)))

/** Consistency proof over leaf hashes held in memory, from the first `size1` of them. */
export const consistencyProof = (size1: number, leaves: readonly Uint8Array[]): Bytes[] =>
  subtreesForConsistency(size1, leaves.length).map(([start, end]) => merkleRoot(leaves.slice(start, end)))
