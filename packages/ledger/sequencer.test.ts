import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { manualClock } from '@salus/base/testing'
import { generateDeviceKey } from '@salus/crypto/keys'
import { canonical } from './canonical.ts'
import { openLedgerStore } from './embedded.store.ts'
import { ledgerModules } from './embedded.ts'
import { rootOf } from './header.ts'
import { createMachine } from './machine.ts'
import { createSampleLog, createSender, sampleGenesis, sampleOrganisation } from './samples.ts'
import { createSequencer } from './sequencer.ts'
import { codeOf } from './testing.ts'

const one = await sampleOrganisation('sample-one', 'log.one.example')
const genesis = sampleGenesis([one])
const signer = await generateDeviceKey()

/** A real file whose next append fails as `fault` says: before anything is written, or after all of it was. */
async function setUp() {
  const store = openLedgerStore(':memory:')
  after(store.close)
  const machine = createMachine(ledgerModules, genesis)
  await store.begin(canonical(genesis), machine.save())
  const fault: { error?: Error; after?: boolean } = {}
  const failing: typeof store = {
    ...store,
    async append(block) {
      const { error, after: late } = fault
      delete fault.error
      if (!error || late) await store.append(block)
      if (error) throw error
    },
  }
  const ports = { machine, store: failing, clock: manualClock().clock, signer, previous: rootOf(genesis) }
  const sequencer = createSequencer({ ...ports, committed: () => {} })
  const sender = createSender('sample-one', one.keys)
  const log = createSampleLog('log.one.example')
  const next = () => {
    const since = log.size()
    log.grow(1)
    return sender.next('log.advance', log.advance(since))
  }
  return { sequencer, machine, store, fault, next }
}

const full = () => Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })

test('L10 a full disk costs the block at work: nothing of it stands, and the same is taken when there is room', async () => {
  const { sequencer, machine, store, fault, next } = await setUp()
  await sequencer.submit(await next())
  const before = machine.info()
  fault.error = full()
  const tx = await next()
  assert.equal(await codeOf(sequencer.submit(tx)), 'disk-full')
  assert.deepEqual(machine.info(), before)
  assert.equal((await sequencer.submit(tx)).height, 2)
  assert.equal((await store.blocks(1, 9)).length, 2)
})

test('L10 a block that is in the file although the disk said full, or any other fault, halts the engine', async () => {
  for (const [error, late] of [
    [full(), true],
    [new Error('another'), false],
  ] as const) {
    const { sequencer, fault, next } = await setUp()
    Object.assign(fault, { error, after: late })
    assert.equal(await codeOf(sequencer.submit(await next())), 'engine-halted')
    assert.equal(await codeOf(sequencer.submit(await next())), 'engine-halted')
  }
})
