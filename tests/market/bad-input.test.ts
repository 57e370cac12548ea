/** Bad input on the market, line by line: each ends in a named cause, no key released, money where it belongs. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { runTask } from '@salus/market/host/run'
import { orgName } from '@salus/market/testing'
import { carryUntil, startEnclave, toTheEnd } from './hostile.ts'
import {
  codeOf,
  deliverAll,
  ended,
  hostOf,
  model,
  nothing,
  open,
  order,
  released,
  startWorld,
  type World,
} from './world.ts'

const whole = { alpha: 0, beta: 0, lab: 1_000, host: 0, author: 0 }
const refunded = (cause: string) => ({ state: 'refunded', cause, reserved: 0, released: 0 })

/** Runs a task that must fail early: its cause, no reservation, no key, all money back. */
async function failsEarly(w: World, task: string, cause: string, more = {}): Promise<void> {
  assert.equal(await runTask(hostOf(w, undefined, more), task), cause)
  assert.deepEqual(await ended(w, task), refunded(cause))
  assert.deepEqual(await w.balances(), whole)
}

/** Changes one byte in the middle of a file. */
function changeByte(path: string): void {
  const bytes = readFileSync(path)
  const at = bytes.length >> 1
  bytes[at] = (bytes[at] as number) ^ 1
  writeFileSync(path, bytes)
}

test('M16 the plain way: one order, two hospitals, everybody paid, and only the lab opens it', async () => {
  const w = await startWorld()
  const task = await order(w)
  assert.equal(await runTask(hostOf(w), task), 'done')
  await deliverAll(w, task)
  assert.deepEqual(await w.balances(), { alpha: 20, beta: 20, lab: 952, host: 3, author: 5 })
  assert.equal((await open(w, task)).simulated, true)
  assert.deepEqual(await ended(w, task), { state: 'settled', cause: undefined, reserved: 2, released: 2 })
  await w.stop()
})

test('N2 an analysis changed by a byte in the store: analysis-changed, nothing asked, all refunded', async () => {
  const w = await startWorld()
  const task = await order(w)
  changeByte(await w.store.path(w.analysis))
  await failsEarly(w, task, 'analysis-changed')
  assert.deepEqual(
    w.hospitals.flatMap(({ said }) => said),
    [],
  )
  await w.stop()
})

test('N2 an analysis or a document changed by a byte in the host’s folder: the enclave itself ends before it asks for a nonce', async () => {
  const w = await startWorld()
  for (const [file, cause] of [
    ['analysis', 'analysis-changed'],
    ['document-0', 'deal-other'],
  ] as const) {
    const at = await startEnclave(w, await order(w), { folder: (folder) => changeByte(join(folder, file)) })
    const last = await toTheEnd(at)
    assert.deepEqual(last, { type: 'failed', cause })
    assert.equal(at.lines.filter((line) => line.includes('"nonce"')).length, 0)
    const { task } = at.deal
    assert.equal(await w.say('host', 'task.fail', { task, cause }), 'ok')
    assert.deepEqual(await ended(w, task), refunded(cause))
  }
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

test('N1 ciphertext changed by a byte: the hospital sees it first, and its key stays', async () => {
  const w = await startWorld()
  const task = await order(w)
  const alpha = w.hospitals[0]?.offer.data as string
  const { file } = JSON.parse(readFileSync(await w.store.path(alpha), 'utf8'))
  changeByte(await w.store.path(file.digest))
  assert.equal(await runTask(hostOf(w), task), 'data-missing')
  const { state, legs } = await w.traders.lab.task(task)
  assert.deepEqual([state, legs[0]?.reserved], ['refunded', false])
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

test('N2 parameters outside the schema: params-invalid, before any key', async () => {
  const w = await startWorld()
  await failsEarly(w, await order(w, { ...model(), sql: 'select' }), 'params-invalid')
  await failsEarly(w, await order(w, { outcome: 'sick', terms: 'all' }), 'params-invalid')
  await w.stop()
})

test('N2 parameters that the store does not have, or other ones than were signed', async () => {
  const w = await startWorld()
  const task = await order(w)
  const { params } = await w.traders.lab.deal(task)
  writeFileSync(await w.store.path(params), JSON.stringify(model({ site: 'none' })))
  await failsEarly(w, task, 'params-invalid')
  const other = await startEnclave(w, await order(w, model({ site: 'none' })), { params: JSON.stringify(model()) })
  assert.deepEqual(await toTheEnd(other), { type: 'failed', cause: 'deal-other' })
  assert.equal(released(w), 0)
  await w.stop()
})

test('M7 M15 a data set under another price: the old deal keeps its own, and the budget of the same bytes is not new', async () => {
  const w = await startWorld({ offers: [{ gate: { k: 10, share: 10, dof: 10, dominance: 90, budget: 2 } }] })
  const [alpha] = w.hospitals
  const before = await order(w)
  const dearer = { ...alpha?.offer, order: newId(systemRandom), price: 90 }
  assert.equal(await w.say('alpha', 'market.dataset', dearer), 'ok')
  assert.equal(await runTask(hostOf(w), before), 'done')
  await deliverAll(w, before)
  assert.equal((await w.balances()).alpha, 20, 'at the price that was signed')
  assert.match(await codeOf(order(w)), /order-closed/)
  Object.assign(alpha as object, { offer: dearer })
  const second = await order(w)
  assert.equal(await runTask(hostOf(w), second), 'done')
  await deliverAll(w, second)
  assert.equal((await w.balances()).alpha, 110)
  const third = await order(w)
  assert.equal(await runTask(hostOf(w), third), 'budget-spent')
  assert.deepEqual(await ended(w, third), { state: 'refunded', cause: 'budget-spent', reserved: 0, released: 2 })
  assert.equal((await w.balances()).lab, 1_000 - 28 - 98)
  await w.stop()
})

test('M5 M12 orders replayed, expired, over volume', async () => {
  const w = await startWorld({ offers: [{ uses: 1 }] })
  const task = await order(w)
  const request = w.ledger.blocks.find(({ txs }) =>
    Buffer.from(txs[0]?.split('.')[1] ?? '', 'base64url').includes('market.request'),
  )
  assert.equal(await w.again(request?.txs[0] as string), 'seq-replayed')
  const { body } = (await w.traders.lab.request(task)) ?? {}
  assert.equal(await w.say('lab', 'market.request', body as object), 'order-known')
  const hosts = await w.traders.lab.hosts()
  const host = hosts[0]?.body.order
  assert.equal(await w.say('lab', 'market.match', { request: task, host }), 'task-known')
  assert.equal(await codeOf(order(w)), 'order-spent')
  const late = { ...body, order: newId(systemRandom), until: 1 }
  assert.equal(await w.say('lab', 'market.request', late), 'ok')
  assert.equal(await w.say('lab', 'market.match', { request: late.order, host }), 'order-expired')
  assert.equal(await runTask(hostOf(w), task), 'done')
  assert.deepEqual([(await w.traders.lab.tasks()).length, released(w)], [1, 1])
  assert.equal((await w.balances()).lab, 972)
  await w.stop()
})

test('M5 B1 an organisation that was removed: no order of it is used, and no broker serves it as a host', async () => {
  const w = await startWorld()
  const task = await order(w)
  for (const org of ['alpha', 'beta', 'gamma', 'author'] as const)
    assert.equal(await w.say(org, 'org.remove', { org: orgName('host') }), 'ok')
  assert.equal(await codeOf(order(w)), 'org-left')
  assert.equal(await runTask(hostOf(w), task), 'host-stopped')
  assert.equal(released(w), 0)
  const { state } = await w.traders.lab.task(task)
  assert.equal(state, 'ready', 'the removed host can say nothing any more')
  w.wait(6 * 60_000)
  assert.equal(await w.say('gamma', 'task.claim', { task }), 'ok')
  assert.deepEqual(await ended(w, task), refunded('overdue'))
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

test('B1 a data set that does not exist, another lab’s task, a task that ended: no nonce', async () => {
  const w = await startWorld()
  const task = await order(w)
  const at = await startEnclave(w, task)
  await carryUntil(at, ({ type }) => type === 'nonce')
  const [alpha, beta] = w.hospitals
  const ask = (id: string, leg: string | undefined) =>
    codeOf(at.linkOf(alpha?.offer.order ?? '').challenge({ task: id as never, order: leg as never }))
  assert.equal(await ask(task, beta?.offer.order), 'broker-task-other')
  assert.equal(await ask(newId(systemRandom), alpha?.offer.order), 'task-unknown')
  assert.equal(await w.say('host', 'task.fail', { task, cause: 'host-stopped' }), 'ok')
  assert.equal(await ask(task, alpha?.offer.order), 'broker-task-other')
  at.stop()
  assert.equal(await w.store.get(nothing, 1).catch((error) => error.code), 'object-missing')
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})
