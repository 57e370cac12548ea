import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Bytes, fromBase64, hex, utf8 } from '@salus/base/bytes'
import { needsShared, sharedFolder } from '@salus/base/testing'
import fc from 'fast-check'
import * as merkle from './merkle.ts'

const invalid = { name: 'AppError', code: 'proof-invalid' }
const leavesOf = (count: number): Bytes[] =>
  Array.from({ length: count }, (_, i) => merkle.leafHash(utf8(`entry ${i}`)))
const LEAVES = leavesOf(130)
const sizes = fc.integer({ min: 1, max: 130 })

type Fields = Record<string, string | string[] | boolean | bigint | null> & { desc?: string; wantErr: boolean }

// Integers above 2^53 lose digits as numbers: a reviver that sees the source text keeps them whole.
function read(file: string): Fields {
  const whole = (_: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' ? BigInt(context.source as string) : value
  return (JSON.parse as (text: string, reviver: typeof whole) => Fields)(readFileSync(file, 'utf8'), whole)
}

function decode(value: unknown): Bytes {
  return value === null || value === undefined ? new Uint8Array(0) : fromBase64(value as string)
}

test(
  'C9 the RFC 9162 vectors of transparency-dev: 98 inclusion and 98 consistency cases decide as stated',
  needsShared('vectors/rfc9162'),
  () => {
    const root = sharedFolder('vectors/rfc9162') as string
    const counts = { inclusion: 0, consistency: 0, valid: 0, beyond53: 0 }
    for (const kind of ['inclusion', 'consistency'] as const) {
      const files = readdirSync(join(root, kind), { recursive: true, encoding: 'utf8' }).filter((f) =>
        f.endsWith('.json'),
      )
      for (const file of files) {
        const fields = read(join(root, kind, file))
        const accepted = kind === 'inclusion' ? inclusion(fields) : consistency(fields)
        assert.equal(accepted, !fields.wantErr, `${kind}/${file}: ${fields.desc}`)
        counts[kind]++
        counts.valid += Number(accepted)
        counts.beyond53 += Object.values(fields).filter((v) => typeof v === 'bigint' && v > 2n ** 53n).length
      }
    }
    assert.deepEqual(counts, { inclusion: 98, consistency: 98, valid: 12, beyond53: 2 })
  },
)

const proofOf = (fields: Fields): Bytes[] => ((fields.proof ?? []) as string[]).map(decode)

function inclusion(fields: Fields): boolean {
  const [index, size] = [fields.leafIdx as bigint, fields.treeSize as bigint]
  return merkle.verifyInclusion({
    index,
    size,
    leaf: decode(fields.leafHash),
    proof: proofOf(fields),
    root: decode(fields.root),
  })
}

function consistency(fields: Fields): boolean {
  const [root1, root2] = [decode(fields.root1), decode(fields.root2)]
  return merkle.verifyConsistency({
    size1: fields.size1 as bigint,
    size2: fields.size2 as bigint,
    root1,
    root2,
    proof: proofOf(fields),
  })
}

test('default: the hashes of RFC 9162 §2.1.1, with the known answers of Certificate Transparency', () => {
  assert.equal(hex(merkle.emptyRoot), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  assert.equal(hex(merkle.leafHash(utf8(''))), '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
  assert.deepEqual(merkle.merkleRoot([]), merkle.emptyRoot)
  const [a, b, c] = LEAVES as [Bytes, Bytes, Bytes]
  assert.deepEqual(merkle.merkleRoot([a, b, c]), merkle.nodeHash(merkle.nodeHash(a, b), c))
})

test('C9 every inclusion proof verifies, and for no other index, size, leaf or root', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), (size, some, other) => {
      const leaves = LEAVES.slice(0, size)
      const index = some % size
      const claim = { index, size, leaf: leaves[index]!, proof: merkle.inclusionProof(index, leaves) }
      const root = merkle.merkleRoot(leaves)
      assert.ok(merkle.verifyInclusion({ ...claim, root }))
      assert.deepEqual(merkle.rootFromInclusion({ ...claim, index: BigInt(index), size: BigInt(size) }), root)
      const wrongIndex = other % size
      if (wrongIndex !== index) assert.ok(!merkle.verifyInclusion({ ...claim, index: wrongIndex, root }))
      assert.ok(!merkle.verifyInclusion({ ...claim, leaf: merkle.leafHash(utf8('another')), root }))
      assert.ok(!merkle.verifyInclusion({ ...claim, root: merkle.emptyRoot }))
      assert.ok(!merkle.verifyInclusion({ ...claim, proof: [...claim.proof, root], root }))
      if (size > 1) assert.ok(!merkle.verifyInclusion({ ...claim, proof: claim.proof.slice(1), root }))
    }),
  )
})

test('C9 every consistency proof verifies, and for no other tree', () => {
  fc.assert(
    fc.property(sizes, sizes, (a, b) => {
      const [size1, size2] = [Math.min(a, b), Math.max(a, b)]
      const proof = merkle.consistencyProof(size1, LEAVES.slice(0, size2))
      const root1 = merkle.merkleRoot(LEAVES.slice(0, size1))
      const root2 = merkle.merkleRoot(LEAVES.slice(0, size2))
      const claim = { size1, size2, root1, root2, proof }
      assert.ok(merkle.verifyConsistency(claim))
      assert.ok(merkle.verifyConsistency({ ...claim, size1: BigInt(size1), size2: BigInt(size2) }))
      assert.ok(!merkle.verifyConsistency({ ...claim, proof: [...proof, root1] }))
      if (size1 === size2) return
      assert.ok(!merkle.verifyConsistency({ ...claim, root1: root2, root2: root1 }))
      assert.ok(!merkle.verifyConsistency({ ...claim, root1: merkle.emptyRoot }))
      assert.ok(!merkle.verifyConsistency({ ...claim, proof: proof.slice(1) }))
      assert.ok(!merkle.verifyConsistency({ ...claim, size1: size2, size2: size1 }))
    }),
  )
})

test('C9 a rewritten leaf below size1 is found', () => {
  const rewritten = LEAVES.with(3, merkle.leafHash(utf8('rewritten')))
  const claim = { size1: 50, size2: 100, root1: merkle.merkleRoot(LEAVES.slice(0, 50)) }
  const forged = rewritten.slice(0, 100)
  const root2 = merkle.merkleRoot(forged)
  assert.ok(!merkle.verifyConsistency({ ...claim, root2, proof: merkle.consistencyProof(50, forged) }))
})

test('C9 nothing is consistent with size 0, not even size 0', () => {
  const root = merkle.emptyRoot
  assert.ok(!merkle.verifyConsistency({ size1: 0, size2: 0, root1: root, root2: root, proof: [] }))
  assert.ok(!merkle.verifyConsistency({ size1: 0, size2: 1, root1: root, root2: LEAVES[0]!, proof: [] }))
})

test('C9 sizes and indices that are not natural numbers, and hashes that are not 32 bytes, prove nothing', () => {
  const leaf = LEAVES[0]!
  for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -1n]) {
    assert.ok(!merkle.verifyInclusion({ index: bad, size: 1, leaf, proof: [], root: leaf }))
    assert.ok(!merkle.verifyConsistency({ size1: bad, size2: bad, root1: leaf, root2: leaf, proof: [] }))
  }
  assert.ok(merkle.verifyInclusion({ index: 0, size: 1, leaf, proof: [], root: leaf }))
  assert.ok(!merkle.verifyInclusion({ index: 1, size: 1, leaf, proof: [], root: leaf }))
  const none = new Uint8Array(0)
  assert.ok(!merkle.verifyInclusion({ index: 0, size: 1, leaf: none, proof: [], root: none }))
  // 24 + 40 bytes hash like 32 + 32: without the length rule one root would have several readings.
  const both = Uint8Array.from([...LEAVES[0]!, ...LEAVES[1]!])
  const [root1, rest] = [both.slice(0, 24), both.slice(24)]
  const root2 = merkle.nodeHash(root1, rest)
  assert.deepEqual(root2, merkle.merkleRoot(LEAVES.slice(0, 2)))
  assert.ok(!merkle.verifyConsistency({ size1: 1, size2: 2, root1, root2, proof: [rest] }))
})

test('C9 the subtrees a tile store must fetch give the very proof', () => {
  const answer = ([start, end]: merkle.Span) =>
    merkle.joinHashes(
      merkle.completeSubtrees(start, end).map(({ level, index }) => {
        const width = 2 ** level
        return merkle.merkleRoot(LEAVES.slice(index * width, (index + 1) * width))
      }),
    )
  fc.assert(
    fc.property(sizes, sizes, fc.nat(), (a, b, some) => {
      const [size1, size] = [Math.min(a, b), Math.max(a, b)]
      const leaves = LEAVES.slice(0, size)
      const index = some % size
      assert.deepEqual(merkle.subtreesForInclusion(index, size).map(answer), merkle.inclusionProof(index, leaves))
      assert.deepEqual(merkle.subtreesForConsistency(size1, size).map(answer), merkle.consistencyProof(size1, leaves))
    }),
  )
})

test('behavior: complete subtrees cover their span once, aligned, and lie inside it, also beyond 32 bits', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 40), fc.nat(2 ** 40), (start, length) => {
      let at = start
      for (const { level, index } of merkle.completeSubtrees(start, start + length)) {
        assert.equal(index * 2 ** level, at)
        at += 2 ** level
      }
      assert.equal(at, start + length)
    }),
  )
  assert.deepEqual(merkle.subtreesForInclusion(0, 2 ** 40).at(-1), [2 ** 39, 2 ** 40])
})

test('behavior: RFC 9162 §2.1.5 example: proofs of the seven-leaf tree', () => {
  assert.deepEqual(merkle.subtreesForInclusion(0, 7), [
    [1, 2],
    [2, 4],
    [4, 7],
  ])
  assert.deepEqual(merkle.subtreesForInclusion(3, 7), [
    [2, 3],
    [0, 2],
    [4, 7],
  ])
  assert.deepEqual(merkle.subtreesForInclusion(6, 7), [
    [4, 6],
    [0, 4],
  ])
  assert.deepEqual(merkle.subtreesForConsistency(3, 7), [
    [2, 3],
    [3, 4],
    [0, 2],
    [4, 7],
  ])
  assert.deepEqual(merkle.subtreesForConsistency(4, 7), [[4, 7]])
  assert.deepEqual(merkle.subtreesForConsistency(6, 7), [
    [4, 6],
    [6, 7],
    [0, 4],
  ])
  assert.deepEqual(merkle.subtreesForConsistency(7, 7), [])
})

test('error: spans of an index outside the tree or of size 0', () => {
  for (const [index, size] of [
    [1, 1],
    [-1, 5],
    [0, 0],
    [0.5, 2],
  ] as const) {
    assert.throws(() => merkle.subtreesForInclusion(index, size), invalid)
  }
  for (const [size1, size2] of [
    [0, 1],
    [2, 1],
    [-1, 1],
  ] as const) {
    assert.throws(() => merkle.subtreesForConsistency(size1, size2), invalid)
  }
})

test('C9 a frontier has the root of the tree at every size, also when it is put down and taken up again', () => {
  let frontier = merkle.createFrontier()
  assert.deepEqual(frontier.root(), merkle.emptyRoot)
  for (const [i, leaf] of LEAVES.entries()) {
    frontier.append(leaf)
    assert.equal(frontier.size, i + 1)
    assert.deepEqual(frontier.root(), merkle.merkleRoot(LEAVES.slice(0, i + 1)), `size ${i + 1}`)
    if (i % 3 === 0) frontier = merkle.createFrontier(frontier.state())
  }
})

test('behavior: the state is a copy', () => {
  const frontier = merkle.createFrontier()
  frontier.append(LEAVES[0]!)
  const state = frontier.state()
  const root = frontier.root()
  frontier.append(LEAVES[1]!)
  assert.deepEqual([state.size, merkle.createFrontier(state).root()], [1, root])
  state.hashes[0]!.fill(0)
  assert.deepEqual(frontier.root(), merkle.merkleRoot(LEAVES.slice(0, 2)))
})

test('error: a torn state or a leaf that is no hash', () => {
  const hash = LEAVES[0]!
  const torn = [
    { size: 1, hashes: [] },
    { size: 2, hashes: [hash, hash] },
    { size: 3, hashes: [hash] },
    { size: -1, hashes: [hash] },
    { size: 0.5, hashes: [] },
    { size: 1, hashes: [hash.slice(1)] },
  ]
  for (const state of torn) assert.throws(() => merkle.createFrontier(state), invalid)
  assert.throws(() => merkle.createFrontier().append(utf8('entry')), invalid)
})
