/** What an enclave shows of itself, and what somebody in between makes of it: no key for anything but the run that was agreed on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { dealDigest } from '@salus/enclave/deal'
import { policySchema } from '@salus/enclave/evidence/contract'
import { sampleSnp } from '@salus/enclave/evidence/testing'
import { newEnclaveKeys, reportDataOf } from '@salus/enclave/task/keys'
import { runTask } from '@salus/market/host/run'
import { carryUntil, type Enclave, releaseOf, startEnclave } from './hostile.ts'
import {
  acceptance,
  codeOf,
  deliverAll,
  ended,
  type Hardware,
  hostOf,
  open,
  order,
  released,
  snp,
  startWorld,
  type World,
} from './world.ts'

const whole = { alpha: 0, beta: 0, lab: 1_000, host: 0, author: 0 }
const refunded = (cause: string) => ({ state: 'refunded', cause, reserved: 0, released: 0 })
const secret = { public: false } as const

/** A run on `hardware` that must be refused with `cause`: nothing reserved, no key, all money back. */
async function refuses(w: World, hardware: Hardware | undefined, cause: string): Promise<void> {
  const task = await order(w, undefined, 'snp')
  assert.equal(await runTask(hostOf(w, hardware), task), cause)
  assert.deepEqual(await ended(w, task), refunded(cause))
  assert.deepEqual(await w.balances(), whole)
}

test('B3 data that is not public: hardware that proves itself gets the key; debug, an old level, another program do not', async () => {
  const w = await startWorld({ offers: [secret, secret] })
  const changed =
    (change: Parameters<typeof sampleSnp>[1]): Hardware =>
    (data) =>
      sampleSnp(data, change).evidence
  await refuses(
    w,
    changed(({ report }) => report.set([0x0b], 10)),
    'debug-on',
  )
  await refuses(
    w,
    changed(({ report }) => report.fill(0x56, 0x90, 0xc0)),
    'measurement-other',
  )
  const old = changed((recipe) => {
    recipe.report.set([1], 0x180)
    recipe.report.set([1], 0x1f0)
    recipe.spls = { ...recipe.spls, 1: 1 }
  })
  await refuses(w, old, 'tcb-outdated')
  await refuses(
    w,
    changed((recipe) => {
      recipe.crl = undefined
    }),
    'evidence-refused',
  )
  await refuses(w, (data) => sampleSnp(data.map((byte) => byte ^ 1)).evidence, 'deal-other')
  const task = await order(w, undefined, 'snp')
  assert.equal(await runTask(hostOf(w, snp), task), 'done')
  await deliverAll(w, task)
  assert.equal((await open(w, task)).simulated, false)
  assert.deepEqual(await w.balances(), { alpha: 20, beta: 20, lab: 952, host: 3, author: 5 })
  await w.stop()
})

test('B3 a hospital that pins no root of this test, or no measurement, releases nothing', async () => {
  const strict = [{ roots: policySchema.parse({}).roots }, { measurements: [] }]
  for (const [i, cause] of (['evidence-refused', 'measurement-other'] as const).entries()) {
    const w = await startWorld({ offers: [secret], policy: acceptance(strict[i]) })
    await refuses(w, snp, cause)
    await w.stop()
  }
})

test('B3 a simulated enclave of another program than the hospital accepts: measurement-other', async () => {
  const policy = acceptance({ measurements: [{ kind: 'simulated', measurement: '00'.repeat(32) }] })
  const w = await startWorld({ policy })
  const task = await order(w)
  assert.equal(await runTask(hostOf(w), task), 'measurement-other')
  assert.deepEqual(await ended(w, task), refunded('measurement-other'))
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

/** The first message of an enclave that shows evidence, and what an honest host would send for it. */
async function shown(w: World, at: Enclave) {
  const message = await carryUntil(at, ({ type }) => type === 'quote')
  assert.ok(message?.type === 'quote' && message.quote.kind === 'simulated')
  const { order: leg, quote } = message
  const request = { task: at.deal.task, order: leg, nonce: at.nonces.get(leg), ...at.keys(), evidence: quote.evidence }
  const send = async (change: object = {}, ports = hostOf(w)) => {
    const jws = await releaseOf(ports, { ...request, ...change })
    return codeOf(at.linkOf(leg).release({ request: jws }))
  }
  return { leg, request, send }
}

test('B2 a nonce is used up by the first who brings it; made up, of another task, of another data set, too old: nonce-reused', async () => {
  const w = await startWorld()
  const [first, second] = [await startEnclave(w, await order(w)), await startEnclave(w, await order(w))]
  const [one, two] = [await shown(w, first), await shown(w, second)]
  assert.equal(await one.send({ nonce: 'A'.repeat(43) }), 'nonce-reused', 'made up')
  assert.equal(await one.send({ nonce: two.request.nonce }), 'nonce-reused', 'of another task')
  const other = first.deal.legs.find(({ order: leg }) => leg !== one.leg)?.order as never
  const { nonce } = await first.linkOf(other).challenge({ task: first.deal.task, order: other })
  assert.equal(await one.send({ nonce }), 'nonce-reused', 'of another data set')
  w.time.advance(301_000)
  assert.equal(await one.send(), 'nonce-reused', 'too old')
  assert.equal(released(w), 0)
  const again = await first.linkOf(one.leg).challenge({ task: first.deal.task, order: one.leg })
  assert.equal(await one.send(again), 'evidence-refused', 'a fresh nonce with the old evidence: it binds another')
  assert.equal(await one.send(again), 'nonce-reused', 'used up by that, though it came to nothing')
  for (const { deal } of [first, second]) {
    assert.equal(await w.say('host', 'task.fail', { task: deal.task, cause: 'nonce-reused' }), 'ok')
    assert.deepEqual(await ended(w, deal.task), refunded('nonce-reused'))
  }
  for (const one of [first, second]) one.stop()
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

test('N3 B1 evidence of one run shown for other keys or another task, or by another than the deal’s host: refused', async () => {
  const w = await startWorld()
  const at = await startEnclave(w, await order(w))
  const { send, leg, request } = await shown(w, at)
  const mine = await newEnclaveKeys(systemRandom)
  const fresh = async () => at.linkOf(leg).challenge({ task: at.deal.task, order: leg })
  assert.equal(await send(mine.publicKeys), 'evidence-refused', 'the thief’s keys under somebody else’s evidence')
  const other = await order(w)
  const swapped = await at.linkOf(leg).challenge({ task: other as never, order: leg })
  assert.equal(await send({ ...swapped, task: other }), 'evidence-refused', 'another deal')
  const foreign = hostOf(w)
  const thief = { ...foreign, sign: w.hospitals[0]?.ports.keys.sign as typeof foreign.sign }
  assert.equal(await send(await fresh(), thief), 'broker-host-other', 'not signed by the deal’s host')
  assert.equal(await send({ ...(await fresh()), surplus: 1 }), 'schema-mismatch')
  const bound = { nonce: request.nonce ?? '', keys: mine.publicKeys, deal: dealDigest(at.deal) }
  assert.notDeepEqual(reportDataOf(bound), reportDataOf({ ...bound, keys: at.keys() }))
  assert.equal(released(w), 0)
  at.stop()
  await w.stop()
})
