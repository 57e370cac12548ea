/** The enclave against its host's words, and what a broker leaves behind for others to check. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64url, text } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { decodeJws } from '@salus/crypto/jws'
import { verifyEd25519Sync } from '@salus/crypto/verify'
import { ARRIVES, deliverDue } from '@salus/market/broker/delivery'
import { EAR_TYP } from '@salus/market/broker/endpoints'
import type { BrokerPorts } from '@salus/market/broker/service'
import { runTask } from '@salus/market/host/run'
import { orgName } from '@salus/market/testing'
import { carryUntil, type Enclave, startEnclave, toTheEnd } from './hostile.ts'
import { codeOf, type Hospital, hostOf, nothing, order, released, startWorld } from './world.ts'

const stopped = { type: 'failed', cause: 'host-stopped' }

/** What the enclave says last, when it is told `words` while it waits for a nonce. */
async function told(at: Enclave, words: (leg: string) => string) {
  const message = await carryUntil(at, ({ type }) => type === 'nonce')
  assert.ok(message?.type === 'nonce')
  at.child.stdin?.write(`${words(message.order)}\n`)
  for (;;) {
    const next = await at.hear()
    if (!next || next.type === 'failed' || next.type === 'done') return next
  }
}

test('N4 words out of order, of another data set, or no words at all end the run; no key is asked for', async () => {
  const w = await startWorld()
  const task = await order(w)
  const packet = 'a.b.c.d.e'
  const lies: readonly ((leg: string) => string)[] = [
    () => 'garbage',
    () => '{"type":"nonce"}',
    (leg) => JSON.stringify({ type: 'key', order: leg, packet }),
    () => JSON.stringify({ type: 'nonce', order: newId(systemRandom), nonce: 'A'.repeat(43) }),
    (leg) => JSON.stringify({ type: 'nonce', order: leg, nonce: 'A'.repeat(43), more: 1 }),
  ]
  for (const lie of lies) {
    const at = await startEnclave(w, task)
    assert.deepEqual(await told(at, lie), stopped)
    at.stop()
  }
  const silent = await startEnclave(w, task)
  await carryUntil(silent, ({ type }) => type === 'nonce')
  silent.child.stdin?.end()
  assert.deepEqual(await toTheEnd(silent).catch(() => stopped), stopped)
  assert.equal(released(w), 0)
  await w.stop()
})

test('N3 N4 a key that is not sealed to this run, or is another data set’s, decrypts nothing: data-damaged', async () => {
  const w = await startWorld({ offers: [{}] })
  const at = await startEnclave(w, await order(w))
  const message = await carryUntil(at, ({ type }) => type === 'quote')
  assert.ok(message?.type === 'quote')
  at.tell({ type: 'key', order: message.order, packet: 'a.b.c.d.e' })
  assert.deepEqual(await toTheEnd(at), { type: 'failed', cause: 'data-damaged' })
  await w.stop()
})

const due = async (ports: BrokerPorts) => deliverDue(ports, await ports.trader.tasks())

test('B6 a released result’s share goes out by itself and once; a held one waits for a person', async () => {
  const w = await startWorld({ offers: [{}, {}] })
  const id = await order(w)
  const [alpha, beta] = w.hospitals.map(({ ports }) => ports) as [BrokerPorts, BrokerPorts]
  const shares = async () => (await w.traders.lab.task(id)).legs.map(({ share }) => share !== undefined)
  await due(alpha)
  assert.deepEqual(await shares(), [false, false], 'nothing to hand over yet')
  assert.equal(await runTask(hostOf(w), id), 'done')
  await due(alpha)
  await due(alpha)
  assert.deepEqual(await shares(), [true, false], 'its own, once')
  await deliverDue(
    beta,
    (await beta.trader.tasks()).map((one) => ({ ...one, state: 'held' as const })),
  )
  assert.deepEqual(await shares(), [true, false], 'nobody has said yes')
  await due(beta)
  assert.deepEqual(await shares(), [true, true])
  assert.equal((await w.traders.lab.task(id)).state, 'settled')
  await w.stop()
})

test('B6 M18 bytes that never came: the tasks after it are served, and after ten minutes all goes back to the lab', async () => {
  const w = await startWorld({ offers: [{}] })
  const { ports } = w.hospitals[0] as Hospital
  const [missing, there] = [await order(w), await order(w)]
  const silent = { ...w.store, put: async () => ({ digest: nothing, bytes: 0 }) }
  assert.equal(await runTask(hostOf(w, undefined, { store: silent }), missing), 'done')
  assert.equal(await runTask(hostOf(w), there), 'done')
  const stateOf = async (id: string) => (await w.traders.lab.task(id)).state
  assert.equal(await codeOf(due(ports)), 'object-missing')
  assert.deepEqual([await stateOf(missing), await stateOf(there)], ['delivering', 'settled'])
  const since = (await w.traders.lab.task(missing)).steps.delivering ?? 0
  const later = (ms: number) => due({ ...ports, clock: () => (since + ms) as never })
  assert.equal(await codeOf(later(ARRIVES * 1_000 - 1)), 'object-missing')
  assert.equal(await stateOf(missing), 'delivering')
  await later(ARRIVES * 1_000 + 1)
  const { state, cause, by } = await w.traders.lab.task(missing)
  assert.deepEqual({ state, cause, by }, { state: 'refunded', cause: 'result-missing', by: orgName('alpha') })
  assert.deepEqual(await w.balances(), { alpha: 20, beta: 0, lab: 1_000 - 28, host: 3, author: 5 }, 'paid for one')
  await w.stop()
})

test('B7 the verdict’s digest stands on the ledger, its words and the evidence in the store, signed by the hospital', async () => {
  const w = await startWorld({ offers: [{}] })
  const id = await order(w)
  assert.equal(await runTask(hostOf(w), id), 'done')
  const { legs, enclave } = await w.traders.lab.task(id)
  const jws = text(await w.store.get(legs[0]?.verdict ?? '', 1 << 20))
  const { payload, signingInput, signature } = decodeJws(jws, EAR_TYP)
  assert.ok(verifyEd25519Sync((await w.traders.lab.keyOf(orgName('alpha'))) ?? '', signingInput, signature))
  const { salus, submods } = JSON.parse(text(payload))
  assert.equal(salus.keys.signing, enclave)
  assert.equal(submods.enclave['ear.status'], 'warning', 'simulated: never an affirmation of hardware')
  assert.equal(digest(await w.store.get(salus.evidence, 1 << 22)), salus.evidence)
  assert.equal(fromBase64url(salus.nonce).length, 32)
  await w.stop()
})
