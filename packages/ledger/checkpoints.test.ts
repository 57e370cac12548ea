import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, fromBase64url } from '@salus/base/bytes'
import type { OrgId } from '@salus/base/ids'
import fc from 'fast-check'
import type { Head } from './checkpoints.ts'
import type { Bodies } from './contract.ts'
import { ledgerModules } from './embedded.ts'
import { createMachine } from './machine.ts'
import { createSampleLog, createSender, runBlock, sampleGenesis, sampleOrganisation } from './samples.ts'

const ORIGIN = 'log.one.example'

const one = await sampleOrganisation('sample-one', ORIGIN)
const two = await sampleOrganisation('sample-two', 'log.two.example')

function start() {
  const machine = createMachine(ledgerModules, sampleGenesis([one, two]))
  const sender = createSender(one.org, one.keys)
  const send = async (body: Bodies['log.advance'], from = sender) => {
    const [code] = runBlock(machine, [await from.next('log.advance', body)])
    if (code !== 'ok') from.undo()
    return code
  }
  return { machine, sender, send, head: () => machine.query('checkpoints/head', ORIGIN) as Head | null }
}

test('L8 a first head is taken once, without a proof', async () => {
  const { send, head, machine } = start()
  const log = createSampleLog(ORIGIN)
  log.grow(6)
  assert.equal(head(), null)
  assert.equal(await send({ ...log.advance(0), proof: log.advance(3).proof }), 'log-proof-invalid')
  assert.equal(await send(log.advance(0)), 'ok')
  const { root } = log.advance(0)
  assert.deepEqual(head(), { origin: ORIGIN, org: one.org, size: 6, root, time: machine.info().time })
  assert.deepEqual(machine.query('checkpoints/list'), [head()])
  log.grow(1)
  assert.equal(await send(log.advance(0)), 'log-proof-invalid', 'the second needs a proof')
})

test('L8 a log only moves forward, whatever heads are sent', async () => {
  const step = fc.record({ since: fc.nat(12), size: fc.integer({ min: 1, max: 12 }), fork: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { send, head } = start()
      for (const { since, size, fork } of steps) {
        const log = createSampleLog(ORIGIN, fork ? 'fork' : 'sample')
        log.grow(size)
        const before = head()
        const root = log.advance(0).root
        const code = await send(log.advance(since))
        // A head is a prefix of the log that was first recorded, or it is refused: the model knows both logs whole.
        const same = before && prefixRoot(before.size, fork) === before.root
        const proven = since === before?.size
        if (!before) assert.equal(code, since === 0 || since >= size ? 'ok' : 'log-proof-invalid')
        else if (size < before.size) assert.equal(code, 'log-rewind')
        else if (size === before.size) assert.equal(code, root === before.root ? 'log-unchanged' : 'log-fork')
        else assert.equal(code, same && proven ? 'ok' : 'log-proof-invalid')
        if (code !== 'ok') assert.deepEqual(head(), before)
        else assert.deepEqual([head()?.size, head()?.root], [size, root])
      }
    }),
    { numRuns: 60 },
  )
})

function prefixRoot(size: number, fork: boolean): string {
  const log = createSampleLog(ORIGIN, fork ? 'fork' : 'sample')
  log.grow(size)
  return log.advance(0).root
}

test('L8 one changed bit of a proof or root is refused', async () => {
  const { send } = start()
  const log = createSampleLog(ORIGIN)
  log.grow(5)
  await send(log.advance(0))
  log.grow(6)
  const good = log.advance(5)
  const flip = (hash: string) => base64url(fromBase64url(hash).map((byte, at) => (at === 31 ? byte ^ 1 : byte)))
  assert.equal(await send({ ...good, root: flip(good.root) }), 'log-proof-invalid')
  for (const at of good.proof.keys()) {
    const proof = good.proof.map((hash, nth) => (nth === at ? flip(hash) : hash))
    assert.equal(await send({ ...good, proof }), 'log-proof-invalid')
    assert.equal(await send({ ...good, proof: good.proof.toSpliced(at, 1) }), 'log-proof-invalid')
  }
  // A size with the same path (12 here) is not refuted: RFC 9162 roots do not name their size (README, L8).
  for (const size of [8, 17]) assert.equal(await send({ ...good, size }), 'log-proof-invalid')
  assert.equal(await send(good), 'ok')
})

test('L8 only the organisation a log belongs to speaks for it, and not after it was removed', async () => {
  const { machine, send, sender, head } = start()
  const log = createSampleLog(ORIGIN)
  log.grow(2)
  const stranger = createSender(two.org, two.keys)
  assert.equal(await send(log.advance(0), stranger), 'origin-other')
  assert.equal(await send({ ...log.advance(0), origin: 'log.nobody.example' }), 'origin-other')
  assert.equal(await send(log.advance(0)), 'ok')
  for (const voter of [sender, stranger]) {
    runBlock(machine, [await voter.next('org.remove', { org: one.org as OrgId })])
  }
  log.grow(1)
  assert.equal(await send(log.advance(2)), 'org-unknown')
  assert.equal(head()?.size, 2, 'its last head stays as evidence')
})
