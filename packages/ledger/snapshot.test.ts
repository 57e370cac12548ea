import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bytes } from '@salus/base/bytes'
import { ledgerModules } from './embedded.ts'
import { createMachine, type Machine } from './machine.ts'
import { createSampleLog, createSender, runBlock, sampleGenesis, sampleOrganisation } from './samples.ts'
import { takeSnapshot } from './snapshot.ts'

async function running() {
  const one = await sampleOrganisation('sample-one', 'log.one.example')
  const genesis = sampleGenesis([one])
  const sender = createSender('sample-one', one.keys)
  const log = createSampleLog('log.one.example')
  const make = (chain = genesis) => createMachine(ledgerModules, chain, { snapshotEvery: 2 })
  const machine = make()
  const next = () => {
    const since = log.size()
    log.grow(1)
    return sender.next('log.advance', log.advance(since))
  }
  for (let height = 1; height <= 4; height++) runBlock(machine, [await next()])
  return { genesis, make, machine, next, appHash: machine.info().appHash }
}

const newest = (machine: Machine) => {
  const snapshot = machine.listSnapshots().at(-1)
  assert.ok(snapshot)
  const chunk = machine.loadChunk({ height: snapshot.height, format: 1, chunk: 0 })
  assert.ok(chunk)
  return { snapshot, chunk }
}

test('L12 a node that joins late takes a snapshot in and goes on with the same hashes', async () => {
  const { make, machine, next, appHash } = await running()
  assert.deepEqual(
    machine.listSnapshots().map(({ height }) => height),
    [2, 4],
  )
  const { snapshot, chunk } = newest(machine)
  const late = make()
  assert.equal(late.offerSnapshot({ snapshot, appHash }), 'accept')
  assert.equal(late.applyChunk({ index: 0, chunk }), 'accept')
  assert.deepEqual(late.info(), machine.info())
  const tx = await next()
  assert.deepEqual([runBlock(machine, [tx]), runBlock(late, [tx])], [['ok'], ['ok']])
  assert.deepEqual(late.info(), machine.info())
})

test('L12 a snapshot that lies is found: damaged, of another height, with another hash, of another chain', async () => {
  const { genesis, make, machine, appHash } = await running()
  const { snapshot, chunk } = newest(machine)
  const late = make()
  assert.equal(late.applyChunk({ index: 0, chunk }), 'reject-snapshot', 'nothing was offered')
  assert.equal(late.offerSnapshot({ snapshot: { ...snapshot, format: 2 as 1 }, appHash }), 'reject-format')
  assert.equal(late.offerSnapshot({ snapshot: { ...snapshot, chunks: 2 }, appHash }), 'reject')
  assert.equal(late.offerSnapshot({ snapshot: { ...snapshot, hash: appHash }, appHash }), 'reject')
  assert.equal(late.offerSnapshot({ snapshot: { ...snapshot, metadata: '[]' }, appHash }), 'reject')
  assert.equal(late.offerSnapshot({ snapshot, appHash }), 'accept')
  const damaged = chunk.map((byte, at) => (at === 9 ? byte ^ 1 : byte)) as Bytes
  assert.equal(late.applyChunk({ index: 0, chunk: damaged }), 'retry')
  assert.equal(late.applyChunk({ index: 1, chunk }), 'retry')
  assert.equal(late.applyChunk({ index: 0, chunk }), 'accept')

  const attempt = (changed: object, hash = appHash, on = make()) => {
    const { snapshot: offer, parts } = takeSnapshot({ ...machine.save(), ...changed })
    assert.equal(on.offerSnapshot({ snapshot: { ...offer, height: 4 }, appHash: hash }), 'accept')
    const answers = parts.map((part, index) => on.applyChunk({ index, chunk: part }))
    return [answers.at(-1), on.info().height]
  }
  assert.deepEqual(attempt({}), ['accept', 4])
  assert.deepEqual(attempt({ height: 3 }), ['reject-snapshot', 0])
  assert.deepEqual(attempt({ rows: machine.save().rows.slice(1) }), ['reject-snapshot', 0])
  // The same root with another size: the log's frontier has one reading only because the rows name its size.
  assert.deepEqual(attempt({ log: { size: 1, hashes: machine.save().log.hashes } }), ['reject-snapshot', 0])
  assert.deepEqual(attempt({}, newest(machine).snapshot.hash), ['reject-snapshot', 0])
  assert.deepEqual(attempt({}, appHash, make({ ...genesis, time: genesis.time - 1 })), ['reject-snapshot', 0])
})

test('L12 a false time in a snapshot does not keep the node from the next block', async () => {
  const { make, machine, next, appHash } = await running()
  const late = make()
  const { snapshot, parts } = takeSnapshot({ ...machine.save(), time: Number.MAX_SAFE_INTEGER })
  late.offerSnapshot({ snapshot, appHash })
  for (const [index, chunk] of parts.entries()) late.applyChunk({ index, chunk })
  assert.equal(late.info().time, machine.info().time)
  assert.deepEqual(runBlock(late, [await next()]), ['ok'])
})

test('L12 a large state goes in several chunks, in any order', async () => {
  const rows = Array.from({ length: 30_000 }, (_, nth) => [`k/${nth}`, `"${'x'.repeat(60)}"`] as const)
  const { snapshot, parts } = takeSnapshot({ height: 4, time: 1, rows, log: { size: 0, hashes: [] } })
  assert.equal(snapshot.chunks, 3)
  assert.equal(parts.length, 3)
  const { make, appHash } = await running()
  const late = make()
  assert.equal(late.offerSnapshot({ snapshot, appHash }), 'accept')
  const order = [2, 0, 1].map((index) => late.applyChunk({ index, chunk: parts[index] as Bytes }))
  assert.deepEqual(order, ['accept', 'accept', 'reject-snapshot'], 'complete, and not the state of that hash')
})
