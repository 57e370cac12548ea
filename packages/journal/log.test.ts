import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqlite, type Sql } from '@salus/base/sqlite'
import { seededRandom } from '@salus/base/testing'
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  merkleRoot,
  verifyConsistency,
  verifyInclusion,
} from '@salus/crypto/merkle'
import fc from 'fast-check'
import { createLog, parseTilePath, tileNumber } from './log.ts'
import { readTile, TILE_SCHEMA } from './tiles.store.ts'
import { createTrees, growTiles, spanRoot } from './trees.ts'

const memory = () => openSqlite(':memory:', { durability: 'off', schema: TILE_SCHEMA })
const random = seededRandom(11)
const entries = Array.from({ length: 1_200 }, () => random(32))
const hashes = entries.map(leafHash)

/** A log of the first `size` entries, written in groups of `group`. */
async function logOf(db: Sql, size: number, group: number) {
  const log = createLog(0)
  for (let at = 0; at < size; at += group) {
    await db.tx((tx) => log.append(tx, entries.slice(at, Math.min(size, at + group))))
  }
  return log
}

test('J4 tiles are numbered in groups of three digits', () => {
  const numbers = { 0: '000', 7: '007', 999: '999', 1000: 'x001/000', 1234067: 'x001/x234/067' }
  for (const [n, name] of Object.entries(numbers)) assert.equal(tileNumber(Number(n)), name)
})

test('J4 property: a tile path is read back, and only in the form the standard writes', () => {
  const level = fc.oneof(fc.nat(7), fc.constant('entries' as const))
  fc.assert(
    fc.property(level, fc.nat(2_000_000_000), fc.integer({ min: 1, max: 256 }), (at, n, width) => {
      const path = `${at}/${tileNumber(n)}${width === 256 ? '' : `.p/${width}`}`
      assert.deepEqual(parseTilePath(path), { level: at, n, width })
    }),
  )
  const wrong =
    '0/67 00/067 8/000 -1/000 0/x000/067 0/0067 0/000.p/0 0/000.p/256 0/000.p/01 0/000.p/ data/000 0/x01/000'
  for (const path of wrong.split(' ')) assert.equal(parseTilePath(path), undefined, path)
})

test('J4 70,000 entries are 273 full tiles and one of 112, one full and one of 17, one of 1', async () => {
  const db = memory()
  const log = createLog(0)
  for (let at = 0; at < 70_000; at += 1_000) {
    const group = Array.from({ length: 1_000 }, (_, i) => {
      const entry = new Uint8Array(32)
      new DataView(entry.buffer).setUint32(0, at + i)
      return entry
    })
    await db.tx((tx) => log.append(tx, group))
  }
  const widths = (level: number) =>
    db.tx(async (tx) => {
      const all: number[] = []
      for (let n = 0; ; n++) {
        const tile = await readTile(tx, level, n)
        if (!tile) return all
        all.push(tile.length / 32)
      }
    })
  assert.deepEqual(await widths(0), [...Array(273).fill(256), 112])
  assert.deepEqual(await widths(1), [256, 17])
  assert.deepEqual(await widths(2), [1])
  assert.deepEqual(await widths(3), [])
  await db.tx(async (tx) => {
    const first = (await readTile(tx, 0, 0))!
    const parts = Array.from({ length: 256 }, (_, i) => first.slice(32 * i, 32 * i + 32))
    assert.deepEqual(
      (await readTile(tx, 1, 0))!.slice(0, 32),
      merkleRoot(parts),
      'a hash above is the root of a full tile',
    )
    const [root, at] = [await log.root(tx), 69_999]
    const proof = await log.inclusion(tx, at)
    const leaf = (await readTile(tx, 0, 273))!.slice(111 * 32)
    assert.ok(verifyInclusion({ index: at, size: 70_000, leaf, proof, root }))
  })
})

test('J4 property: roots and proofs are those of the definition, and verify', async () => {
  const db = memory()
  const log = await logOf(db, entries.length, 97)
  const size = fc.integer({ min: 1, max: entries.length })
  await db.tx((tx) =>
    fc.assert(
      fc.asyncProperty(size, size, fc.nat(), async (one, two, pick) => {
        const [size1, size2] = one < two ? [one, two] : [two, one]
        const index = pick % size2
        const leaves = hashes.slice(0, size2)
        const [root1, root2] = [await log.root(tx, size1), await log.root(tx, size2)]
        assert.deepEqual(root2, merkleRoot(leaves))
        const proof = await log.inclusion(tx, index, size2)
        assert.deepEqual(proof, inclusionProof(index, leaves))
        assert.ok(verifyInclusion({ index, size: size2, leaf: hashes[index]!, proof, root: root2 }))
        const path = await log.consistency(tx, size1, size2)
        assert.deepEqual(path, consistencyProof(size1, leaves))
        assert.ok(verifyConsistency({ size1, size2, root1, root2, proof: path }))
      }),
      { numRuns: 60 },
    ),
  )
})

test('J4 property: groups of any size, and a log opened again, give the same tree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 300 }), async (size, group) => {
      const db = memory()
      const log = await logOf(db, size, group)
      const again = createLog(size)
      await db.tx(async (tx) => {
        assert.deepEqual(await log.root(tx), merkleRoot(hashes.slice(0, size)))
        await again.append(tx, entries.slice(size, size + 5))
        assert.deepEqual(await again.root(tx), merkleRoot(hashes.slice(0, size + 5)))
      })
    }),
    { numRuns: 25 },
  )
})

test('J4 the empty log has the root of nothing; proofs outside the tree and entries of another size are refused', async () => {
  const db = memory()
  const log = createLog(0)
  const outside = { name: 'AppError', code: 'proof-invalid' }
  await db.tx(async (tx) => {
    assert.deepEqual(await log.root(tx), merkleRoot([]))
    await assert.rejects(log.inclusion(tx, 0), outside)
    await assert.rejects(log.consistency(tx, 0, 0), outside)
    await assert.rejects(log.append(tx, [new Uint8Array(31)]), RangeError)
    assert.equal(log.size(), 0)
  })
})

test('J4 an append that throws midway changes nothing in memory', async () => {
  const db = memory()
  const log = await logOf(db, 300, 300)
  await assert.rejects(db.tx((tx) => log.append(tx, [...entries.slice(300, 600), new Uint8Array(3)])))
  assert.equal(log.size(), 300)
  await db.tx((tx) => log.append(tx, entries.slice(300, 700)))
  await db.tx(async (tx) => assert.deepEqual(await log.root(tx), merkleRoot(hashes.slice(0, 700))))
})

test('J4 after a rollback and a reload the log goes on from the tiles that are there', async () => {
  const db = memory()
  const log = await logOf(db, 500, 250)
  const stop = new Error('rolled back')
  await assert.rejects(
    db.tx(async (tx) => {
      await log.append(tx, entries.slice(700, 1_000))
      throw stop
    }),
    stop,
  )
  await db.tx(async (tx) => assert.deepEqual(await log.root(tx, 500), merkleRoot(hashes.slice(0, 500))))
  log.reload(500)
  assert.equal(log.size(), 500)
  await db.tx((tx) => log.append(tx, entries.slice(500, 800)))
  await db.tx(async (tx) => assert.deepEqual(await log.root(tx), merkleRoot(hashes.slice(0, 800))))
})

test('J4 a memory of two tiles forgets none that is being written', async () => {
  const db = memory()
  const trees = createTrees(2)
  await db.tx(async (tx) => {
    for (let size = 0; size < 1_200; size += 400) {
      trees.keep(await growTiles(trees, tx, size, entries.slice(size, size + 400)))
      for (const n of [0, 1]) await trees.of(tx, 0, n)
    }
    assert.deepEqual(await spanRoot(trees, tx, [0, 1_200]), merkleRoot(hashes))
  })
})

test('J4 a tile that is missing or short gives no root', async () => {
  const db = memory()
  const none = createLog(300)
  await db.tx(async (tx) => {
    await assert.rejects(none.root(tx), /a tile is missing/)
    await assert.rejects(none.append(tx, entries.slice(0, 1)), /a tile is missing/)
  })
})
