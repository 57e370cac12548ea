import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, concat, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { sha256 } from '@salus/crypto/hash'
import { leafHash, merkleRoot } from '@salus/crypto/merkle'
import type { Genesis } from './contract.ts'
import { ledgerModules } from './embedded.ts'
import { createMachine, type Machine } from './machine.ts'
import type { Module, TxType } from './module.ts'
import { bodyOf, createSampleLog, createSender, runBlock, sampleGenesis, sampleOrganisation } from './samples.ts'
import { rowLeaf } from './tree.ts'

async function sample() {
  const one = await sampleOrganisation('sample-one', 'log.one.example')
  const genesis = sampleGenesis([one])
  const log = createSampleLog('log.one.example')
  const sender = createSender('sample-one', one.keys)
  const machine = createMachine(ledgerModules, genesis, { snapshotEvery: 2 })
  const advance = () => {
    const since = log.size()
    log.grow(2)
    return sender.next('log.advance', log.advance(since))
  }
  return { one, genesis, log, sender, machine, advance }
}

test('L9 the app hash is SHA-256 of the log’s root and the root of the rows in key order', async () => {
  const { machine, advance } = await sample()
  const txs = [await advance(), await advance(), await advance()]
  assert.deepEqual(runBlock(machine, txs), ['ok', 'ok', 'ok'])
  const log = merkleRoot(txs.map((tx) => leafHash(utf8(tx))))
  const { rows } = machine.save()
  assert.deepEqual(
    rows.map(([key]) => key),
    rows.map(([key]) => key).sort(),
  )
  const state = merkleRoot(rows.map(([key, text]) => rowLeaf(key, text)))
  assert.equal(machine.info().appHash, base64url(sha256(concat(log, state))))
})

test('L9 another time, other blocks, another chain or genesis give another hash', async () => {
  const { machine, genesis, advance } = await sample()
  const first = await advance()
  const hash = (on: Machine, txs: readonly string[], time = genesis.time + 1) =>
    on.finalizeBlock({ height: 1, time, txs }).appHash
  const usual = hash(machine, [first])
  assert.equal(hash(createMachine(ledgerModules, genesis), [first]), usual)
  assert.notEqual(hash(machine, [first], genesis.time + 2), usual)
  const second = await advance()
  const apart = createMachine(ledgerModules, genesis)
  for (const tx of [first, second]) assert.deepEqual(runBlock(apart, [tx]), ['ok'])
  const together = createMachine(ledgerModules, genesis)
  assert.deepEqual(runBlock(together, [first, second]), ['ok', 'ok'])
  assert.notEqual(apart.info().appHash, together.info().appHash, 'other blocks, other times')
  const later = createMachine(ledgerModules, { ...genesis, time: genesis.time - 1 })
  assert.notEqual(hash(later, [first]), usual)
  assert.notEqual(createMachine(ledgerModules, { ...genesis, chain: 'salus-other' }).info().appHash, usual)
})

test('L4 a refused transaction in a block leaves the hash as if it had not been there', async () => {
  const { machine, genesis, advance, sender, log } = await sample()
  const good = await advance()
  const rewind = await sender.next('log.advance', { ...log.advance(0), size: 1 })
  const block = { height: 1, time: genesis.time + 1 }
  const clean = machine.finalizeBlock({ ...block, txs: [good] })
  const dirty = machine.finalizeBlock({ ...block, txs: ['nonsense', good, rewind, good] })
  assert.deepEqual(
    dirty.results.map(({ code }) => code),
    ['tx-invalid', 'ok', 'log-rewind', 'seq-replayed'],
  )
  assert.deepEqual([dirty.appHash, dirty.txRoot, dirty.txSize], [clean.appHash, clean.txRoot, 1])
})

test('L4 what a rule wrote before it refused is gone, and nothing is written outside its own keys', async () => {
  const { genesis, advance } = await sample()
  const writing = (key: string, refuses: boolean) =>
    withAdvance((state) => {
      state.put(key, 1)
      if (refuses) throw new AppError('log-rewind')
    })
  const tx = await advance()
  const run = (key: string, refuses: boolean) => {
    const machine = createMachine(writing(key, refuses), genesis)
    const before = machine.save().rows
    return [runBlock(machine, [tx])[0], machine.save().rows.length - before.length]
  }
  assert.deepEqual(run('checkpoints/x', false), ['ok', 3], 'the row, the sequence number and the log’s size')
  assert.deepEqual(run('checkpoints/x', true), ['log-rewind', 0])
  assert.deepEqual(run('members/x', false), ['state-key-invalid', 0])
})

/** The ledger's modules with another effect for `log.advance`. */
const withAdvance = (apply: TxType['apply']): Module[] =>
  ledgerModules.map((module) => {
    const row = module.types['log.advance']
    return row ? { ...module, types: { 'log.advance': { ...row, apply } } } : module
  })

test('L3 a number that was used is refused at the first door, and one too far ahead', async () => {
  const { machine, advance, sender, log } = await sample()
  const [first, second] = [await advance(), await advance()]
  assert.deepEqual(
    [first, second].map((tx) => machine.checkTx(tx).code),
    ['ok', 'ok'],
    'several may wait',
  )
  runBlock(machine, [first])
  assert.deepEqual(
    [first, second].map((tx) => machine.checkTx(tx).code),
    ['seq-replayed', 'ok'],
  )
  sender.seq = 1000
  assert.equal(machine.checkTx(await sender.next('log.advance', log.advance(0))).code, 'ok')
  assert.equal(machine.checkTx(await sender.next('log.advance', log.advance(0))).code, 'seq-gap')
})

test('L9 nothing of a block can be read before its commit, and one never committed is forgotten', async () => {
  const { machine, genesis, advance } = await sample()
  const [first, second] = [await advance(), await advance()]
  const before = machine.info()
  const once = machine.finalizeBlock({ height: 1, time: genesis.time + 1, txs: [first, second] })
  assert.deepEqual(machine.info(), before)
  assert.equal(machine.query('machine/seq', 'sample-one'), 0)
  assert.equal(machine.finalizeBlock({ height: 1, time: genesis.time + 5, txs: [] }).appHash, before.appHash)
  const again = machine.finalizeBlock({ height: 1, time: genesis.time + 1, txs: [first, second] })
  assert.deepEqual(again, once)
  assert.equal(machine.commit().appHash, once.appHash)
  assert.throws(() => machine.commit(), { code: 'nothing-to-commit' })
})

test('L9 blocks follow each other in height and time', async () => {
  const { machine, genesis } = await sample()
  const { time } = genesis
  const wrong = [
    { height: 0, time },
    { height: 2, time },
    { height: 1, time: time - 1 },
    { height: 1, time: time + 0.5 },
  ]
  for (const at of wrong) {
    assert.equal(machine.processProposal({ ...at, txs: [] }), false)
    assert.throws(() => machine.finalizeBlock({ ...at, txs: [] }), { code: 'block-order' })
  }
  assert.equal(machine.processProposal({ height: 1, time, txs: [] }), true)
})

test('L3 a proposal takes each organisation’s transactions in the order of their numbers, within its limits', async () => {
  const { machine, genesis, advance } = await sample()
  const txs = [await advance(), await advance(), await advance()]
  const turned = ['nonsense', ...[...txs].reverse()]
  const block = { height: 1, time: genesis.time + 1 }
  const whole = machine.prepareProposal({ ...block, txs: turned })
  assert.deepEqual(whole.txs, txs)
  assert.deepEqual(
    whole.results.map((result) => result?.code),
    ['tx-invalid', 'ok', 'ok', 'ok'],
  )
  const two = machine.prepareProposal({ ...block, txs: turned, maxTxs: 2 })
  assert.deepEqual([two.txs, two.results[1]], [txs.slice(0, 2), undefined])
  const small = machine.prepareProposal({ ...block, txs, maxBytes: (txs[0] as string).length })
  assert.deepEqual(small.txs, txs.slice(0, 1))
  assert.equal(machine.processProposal({ ...block, txs: whole.txs }), true)
  assert.equal(machine.processProposal({ ...block, txs: turned }), false)
})

test('L11 a machine goes on from a stored state only if hash, genesis and log belong together', async () => {
  const { machine, genesis, advance } = await sample()
  runBlock(machine, [await advance()])
  const saved = machine.save()
  const { appHash } = machine.info()
  const fresh = () => createMachine(ledgerModules, genesis)
  const next = fresh()
  assert.equal(next.restore(saved, appHash), true)
  const tx = await advance()
  assert.deepEqual(runBlock(next, [tx]), ['ok'])
  runBlock(machine, [tx])
  assert.deepEqual(next.info(), machine.info())

  const [key, text] = saved.rows[0] as readonly [string, string]
  const untouched = fresh()
  const refused = (changed: Partial<typeof saved>, hash = appHash, on = untouched) =>
    assert.equal(on.restore({ ...saved, ...changed }, hash), false)
  refused({}, genesisHash(genesis))
  refused({ rows: saved.rows.slice(1) })
  refused({ rows: [[key, `${text} `], ...saved.rows.slice(1)] })
  refused({ log: { size: 2, hashes: saved.log.hashes } })
  refused({ log: { size: 1, hashes: [] } })
  refused({}, appHash, createMachine(ledgerModules, { ...genesis, time: genesis.time - 1 }))
  assert.equal(untouched.info().height, 0)
})

const genesisHash = (genesis: Genesis) => createMachine(ledgerModules, genesis).info().appHash

test('a machine without a genesis waits for initChain; a genesis that does not hold is refused', async () => {
  const { genesis, one } = await sample()
  const waiting = createMachine(ledgerModules)
  assert.throws(() => waiting.info(), { code: 'genesis-invalid' })
  assert.equal(waiting.initChain(genesis).appHash, genesisHash(genesis))
  const wrong = (value: unknown, code: string) =>
    assert.throws(() => createMachine(ledgerModules, value as Genesis), { code })
  wrong({ ...genesis, note: 'x' }, 'genesis-invalid')
  wrong({ ...genesis, organisations: [] }, 'genesis-invalid')
  wrong({ ...genesis, organisations: [bodyOf(one), bodyOf(one)] }, 'org-known')
})

test('a question nobody answers is refused', async () => {
  const { machine } = await sample()
  for (const path of ['', 'members', 'members/list/all', 'nobody/list', 'members/toString', 'machine/list']) {
    assert.throws(() => machine.query(path), { code: 'query-unknown' }, path)
  }
  assert.equal(machine.query('members/get', 'nobody'), null)
  assert.throws(() => machine.query('members/get', 'No Body'), { code: 'schema-mismatch' })
})

test('L9 a rule that fails otherwise than by refusing stops the machine', async () => {
  const { genesis, sender, log } = await sample()
  const faulty = withAdvance(() => {
    throw new TypeError('a fault of ours')
  })
  log.grow(1)
  const tx = await sender.next('log.advance', log.advance(0))
  assert.throws(() => runBlock(createMachine(faulty, genesis), [tx]), TypeError)
})

test('L9 a decided block that is not the one that was proposed is run itself, though height, time and count are the same', async () => {
  const { machine, genesis, sender, log } = await sample()
  log.grow(2)
  const first = await sender.next('log.advance', log.advance(0))
  const other = createSender('sample-one', (await sample()).one.keys)
  const forged = await other.next('log.advance', log.advance(0))
  const block = { height: 1, time: genesis.time + 1 }
  const apart = createMachine(ledgerModules, genesis)
  const expected = apart.finalizeBlock({ ...block, txs: [forged] })
  assert.deepEqual(machine.prepareProposal({ ...block, txs: [first] }).txs, [first])
  const { results, appHash, txRoot, txSize, changes } = machine.finalizeBlock({ ...block, txs: [forged] })
  assert.notEqual(results[0]?.code, 'ok')
  assert.deepEqual([results, appHash, txRoot, txSize], [expected.results, expected.appHash, expected.txRoot, 0])
  assert.deepEqual([...changes], [...expected.changes])
  assert.equal(machine.prepareProposal({ ...block, txs: [first] }).txs.length, 1)
  const later = machine.finalizeBlock({ ...block, time: block.time + 1, txs: [first] })
  assert.equal(later.appHash, apart.finalizeBlock({ ...block, time: block.time + 1, txs: [first] }).appHash)
})
