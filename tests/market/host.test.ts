/** A host that dies at each step, returns garbage, another task's result or nothing; a lab that never fetches; a hospital that withdraws. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { base64url, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import { dealDigest, outcomeText } from '@salus/enclave/deal'
import { newEnclaveKeys } from '@salus/enclave/task/keys'
import type { FromEnclave } from '@salus/enclave/task/messages'
import { runTask } from '@salus/market/host/run'
import { carryUntil, type Done, startEnclave, toTheEnd } from './hostile.ts'
import { codeOf, deliverAll, ended, hostOf, open, order, startWorld, type World } from './world.ts'

const whole = { alpha: 0, beta: 0, lab: 1_000, host: 0, author: 0 }
const paid = { alpha: 20, beta: 20, lab: 952, host: 3, author: 5 }
const FIVE = 5 * 60_000 + 2_000

/** Nobody is paid before the date, and after it anybody gives the lab its money back. */
async function claims(w: World, task: string): Promise<void> {
  assert.deepEqual(await w.balances(), { ...whole, lab: 952 })
  assert.equal(await w.say('gamma', 'task.claim', { task }), 'task-early')
  w.wait(FIVE)
  assert.equal(await w.say('gamma', 'task.claim', { task }), 'ok')
  const { state, cause } = await w.traders.lab.task(task)
  assert.deepEqual([state, cause], ['refunded', 'overdue'])
  assert.deepEqual(await w.balances(), whole)
}

const steps: readonly [string, (message: FromEnclave, nth: number) => boolean][] = [
  ['as soon as the enclave has keys', ({ type }) => type === 'keys'],
  ['before the first nonce', ({ type }) => type === 'nonce'],
  ['with a nonce, before the evidence', ({ type }) => type === 'quote'],
  ['with one hospital’s key', ({ type }, nth) => type === 'quote' && nth === 2],
  ['with every key, at the decryption', (message) => message.type === 'step' && message.step === 'opening'],
  ['while it runs', (message) => message.type === 'step' && message.step === 'running'],
  ['while it seals', (message) => message.type === 'step' && message.step === 'sealing'],
  ['with the result in its hands', ({ type }) => type === 'done'],
]
for (const [when, last] of steps)
  test(`M19 a host that dies ${when}: never paid, and the lab has everything back at the date`, async () => {
    const w = await startWorld()
    const task = await order(w)
    const at = await startEnclave(w, task)
    assert.ok(await carryUntil(at, last))
    at.stop()
    await claims(w, task)
    // Started again it is too late, and nothing is to be had a second time.
    assert.notEqual(await runTask(hostOf(w), task), 'done')
    assert.deepEqual(await w.balances(), whole)
    await w.stop()
  })

/** Process ids that this process started. */
const children = (): number[] =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

for (const step of ['proving', 'opening', 'running'])
  test(`M18 an enclave that is killed at "${step}": host-stopped, refunded at once`, async () => {
    const w = await startWorld()
    const task = await order(w)
    const before = new Set(children())
    const ports = hostOf(w, undefined, {
      step: (_, now) => {
        if (now === step) for (const pid of children()) if (!before.has(pid)) process.kill(pid, 'SIGKILL')
      },
    })
    assert.equal(await runTask(ports, task), 'host-stopped')
    const { state, cause } = await ended(w, task)
    assert.deepEqual([state, cause], ['refunded', 'host-stopped'])
    assert.deepEqual(await w.balances(), whole)
    await w.stop()
  })

test('M18 a broker that nobody reaches: broker-unreachable, refunded at once', async () => {
  const w = await startWorld()
  const task = await order(w)
  const unreachable = async () => {
    throw new AppError('broker-unreachable')
  }
  const ports = hostOf(w, undefined, { broker: () => ({ challenge: unreachable, release: unreachable }) })
  assert.equal(await runTask(ports, task), 'broker-unreachable')
  assert.deepEqual(await ended(w, task), { state: 'refunded', cause: 'broker-unreachable', reserved: 0, released: 0 })
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

/** What a host brings to the ledger for a task. */
const bring = (
  w: World,
  task: string,
  { result, outcome, signature }: Pick<Done, 'result' | 'outcome' | 'signature'>,
) => w.say('host', 'task.result', { task, result, outcome, signature })

test('M14 garbage, another task’s result, another outcome, a signature of its own key: not accepted, not paid', async () => {
  const w = await startWorld()
  const [one, two] = [await startEnclave(w, await order(w)), await startEnclave(w, await order(w))]
  const [done, other] = [(await toTheEnd(one)) as Done, (await toTheEnd(two)) as Done]
  const { task } = one.deal
  assert.deepEqual([done.type, other.type], ['done', 'done'])
  assert.equal(await bring(w, task, other), 'signature-invalid', 'another task’s')
  assert.equal(await bring(w, task, { ...done, result: digest('garbage') }), 'signature-invalid')
  assert.equal(await bring(w, task, { ...done, outcome: 'held' }), 'signature-invalid')
  assert.equal(await bring(w, task, { ...done, signature: base64url(new Uint8Array(64)) }), 'signature-invalid')
  const own = await newEnclaveKeys(systemRandom)
  const deal = dealDigest(one.deal)
  const signature = await own.sign(utf8(outcomeText({ deal, result: done.result, outcome: 'released' })))
  assert.equal(await bring(w, task, { ...done, signature }), 'signature-invalid', 'a key no hospital saw proven')
  const { result, outcome } = done
  assert.equal(await w.say('beta', 'task.result', { task, result, outcome, signature: done.signature }), 'order-other')
  assert.deepEqual(await w.balances(), { ...whole, lab: 904 })
  w.wait(FIVE)
  for (const { deal } of [one, two]) assert.equal(await w.say('lab', 'task.claim', { task: deal.task }), 'ok')
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

test('M16 M17 a host that brings the digest and keeps the bytes: no share goes out, no hospital is paid, the lab pays who computed', async () => {
  const w = await startWorld()
  const at = await startEnclave(w, await order(w))
  const done = (await toTheEnd(at)) as Done
  const { task } = at.deal
  assert.equal(await bring(w, task, done), 'ok')
  assert.equal(await codeOf(deliverAll(w, task)), 'object-missing')
  await w.store.put([utf8('{"format":"salus-result/1"}')])
  assert.equal(await codeOf(deliverAll(w, task)), 'object-missing')
  w.wait(86_400_000 + 2_000)
  assert.equal(await w.say('lab', 'task.claim', { task }), 'ok')
  const { state, cause } = await w.traders.lab.task(task)
  assert.deepEqual([state, cause], ['refused', 'overdue'])
  // What the ledger cannot see: whether the bytes were in the store. Nobody but the lab’s own choice of host guards against it.
  assert.deepEqual(await w.balances(), { alpha: 0, beta: 0, lab: 992, host: 3, author: 5 })
  await w.stop()
})

test('M16 a lab that never fetches: everybody is paid, and it can still open its result later', async () => {
  const w = await startWorld()
  const task = await order(w)
  assert.equal(await runTask(hostOf(w), task), 'done')
  await deliverAll(w, task)
  assert.deepEqual(await w.balances(), paid)
  w.wait(400 * 86_400_000)
  assert.equal(await w.say('lab', 'task.claim', { task }), 'task-state')
  assert.deepEqual(await w.balances(), paid)
  assert.equal((await open(w, task)).format, 'salus-answer/1')
  await w.stop()
})

test('M18 a hospital that withdraws between match and key: withdrawn, refunded, no broker gives a key after it', async () => {
  const w = await startWorld()
  const task = await order(w)
  const at = await startEnclave(w, task)
  await carryUntil(at, ({ type }) => type === 'quote')
  assert.equal(await w.say('beta', 'task.fail', { task, cause: 'withdrawn' }), 'ok')
  assert.equal(await codeOf(toTheEnd(at)), 'broker-task-other')
  at.stop()
  assert.deepEqual(await ended(w, task), { state: 'refunded', cause: 'withdrawn', reserved: 0, released: 0 })
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

test('M9 an offer that is closed after the match changes nothing for the deal, and no new one is made', async () => {
  const w = await startWorld()
  const task = await order(w)
  assert.equal(await w.say('beta', 'market.close', { order: w.hospitals[1]?.offer.order as string }), 'ok')
  assert.equal(await runTask(hostOf(w), task), 'done')
  await deliverAll(w, task)
  assert.deepEqual(await w.balances(), paid)
  assert.equal(await codeOf(order(w)), 'order-closed')
  await w.stop()
})
