import assert from 'node:assert/strict'
import { test } from 'node:test'
import { merkleRoot } from '@salus/crypto/merkle'
import fc from 'fast-check'
import { createLayer, createRows, viewOf } from './state.ts'
import { createTree, rowLeaf } from './tree.ts'

const change = fc.tuple(fc.stringMatching(/^[a-d]{1,3}$/), fc.option(fc.nat(9).map(String)))
const rounds = fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 12 })

test('L9 the root kept level by level is the root of RFC 9162 over the rows in key order', () => {
  fc.assert(
    fc.property(rounds, (all) => {
      const rows = createRows()
      const tree = createTree()
      for (const round of all) {
        const changes = new Map(round)
        rows.apply(changes)
        tree.apply(changes)
        const leaves = rows.entries().map(([key, text]) => rowLeaf(key, text))
        assert.deepEqual(tree.root(), merkleRoot(leaves))
        assert.deepEqual(createTree(rows.entries().reverse()).root(), tree.root())
      }
    }),
    { numRuns: 300 },
  )
})

test('L9 a row moved from key to value has another leaf', () => {
  assert.notDeepEqual(rowLeaf('ab', '1'), rowLeaf('a', 'b1'))
})

test('a layer reads like rows with its changes applied, and leaves the base alone', () => {
  fc.assert(
    fc.property(rounds, fc.stringMatching(/^[a-d]{0,2}$/), (all, prefix) => {
      const base = createRows([
        ['a', '1'],
        ['bb', '2'],
        ['d', '3'],
      ])
      const before = base.entries()
      const layer = createLayer(base)
      for (const [key, text] of all.flat()) {
        if (text === null) layer.remove(key)
        else layer.put(key, Number(text))
      }
      const view = layer.list(prefix)
      assert.deepEqual(base.entries(), before)
      base.apply(layer.changes)
      assert.deepEqual(view, viewOf(base).list(prefix))
      for (const [key, value] of view) assert.equal(layer.get(key), value)
    }),
  )
})

test('L9 a module writes under its own name only, and under short printable keys', () => {
  const layer = createLayer(createRows(), 'members')
  layer.put('members/x', 1)
  for (const key of ['checkpoints/x', 'members', 'members/é', 'members/a b', `members/${'x'.repeat(200)}`]) {
    assert.throws(() => layer.put(key, 1), { code: 'state-key-invalid' })
    assert.throws(() => layer.remove(key), { code: 'state-key-invalid' })
  }
  assert.deepEqual([...layer.changes.keys()], ['members/x'])
})

test('a value read from the state is a copy: changing it changes nothing', () => {
  const layer = createLayer(createRows())
  layer.put('a', { list: [1] })
  layer.get<{ list: number[] }>('a')?.list.push(2)
  assert.deepEqual(layer.get('a'), { list: [1] })
})
