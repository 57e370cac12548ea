/** Ways around the rule that simulated evidence is for public data only; each is tried and refused where it stands. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hex } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { newId, type StatementId } from '@salus/base/ids'
import { type Deal, dealDigest } from '@salus/enclave/deal'
import { sampleSnp } from '@salus/enclave/evidence/testing'
import type { Task } from '@salus/market/contract'
import type { Trader } from '@salus/market/device'
import { runTask } from '@salus/market/host/run'
import { startEnclave, toTheEnd } from './hostile.ts'
import {
  acceptance,
  codeOf,
  ended,
  type Hardware,
  hostOf,
  order,
  released,
  snp,
  startWorld,
  type World,
} from './world.ts'

const secret = { public: false } as const
const whole = { alpha: 0, beta: 0, lab: 1_000, host: 0, author: 0 }
const refunded = (cause: string) => ({ state: 'refunded', cause, reserved: 0, released: 0 })

/** A node that tells a hospital’s broker of another task and deal than the ledger’s; whatever is sent it says is done. */
const lying = (trader: Trader, change: (deal: Deal, task: Task) => Deal): Trader => {
  const deal = async (id: string) => change(await trader.deal(id), await trader.task(id))
  return {
    ...trader,
    deal,
    task: async (id) => ({ ...(await trader.task(id)), deal: dealDigest(await deal(id)) }),
    send: async () => undefined,
  }
}
const allPublic = (deal: Deal): Deal => ({
  ...{ ...deal, kind: 'simulated' },
  legs: deal.legs.map((leg) => ({ ...leg, public: true })),
})

test('M10 the ledger brings no simulated machine and secret data together, alone or beside public data', async () => {
  for (const offers of [[secret], [{}, secret], [secret, {}]]) {
    const w = await startWorld({ offers })
    assert.equal(await codeOf(order(w)), 'simulated-refused')
    assert.equal((await w.traders.lab.tasks()).length, 0)
    assert.deepEqual(await w.balances(), whole)
    await w.stop()
  }
})

test('M10 not by the order’s words either: kinds without it, a request for hardware with a simulated host, a later word of "public"', async () => {
  const w = await startWorld({ offers: [{ ...secret, kinds: ['snp'] }] })
  assert.equal(await codeOf(order(w)), 'kind-excluded')
  const [alpha] = w.hospitals
  const requested = await order(w, undefined, 'snp')
  assert.equal(await w.say('host', 'task.fail', { task: requested, cause: 'host-stopped' }), 'ok')
  const { body } = (await w.traders.lab.request(requested)) ?? {}
  const simulated = (await w.traders.lab.hosts()).find((one) => one.body.kind === 'simulated')?.body.order
  const again = { ...body, order: newId(systemRandom) }
  assert.equal(await w.say('lab', 'market.request', again), 'ok')
  assert.equal(await w.say('lab', 'market.match', { request: again.order, host: simulated }), 'kind-excluded')
  // Nobody but its owner can offer the set as public.
  const taken = { ...alpha?.offer, order: newId(systemRandom), public: true }
  assert.equal(await w.say('beta', 'market.dataset', taken), 'set-other')
  // Under a set of their own the bytes have no key: the broker knows its own offers only.
  assert.deepEqual(await w.balances(), whole)
  assert.equal(released(w), 0)
  await w.stop()
})

test('M10 B1 somebody else’s offer of the same bytes as "public": that hospital has no key, and its owner is not asked', async () => {
  const w = await startWorld({ offers: [secret, {}] })
  const [alpha, beta] = w.hospitals
  const stolen = { ...beta?.offer, order: newId(systemRandom), set: newId(systemRandom), data: alpha?.offer.data }
  assert.equal(await w.say('beta', 'market.dataset', stolen), 'ok')
  w.hospitals.splice(0, 1)
  Object.assign(beta as object, { offer: stolen })
  const task = await order(w)
  // The document names alpha; its broker is no part of this deal.
  assert.notEqual(await runTask(hostOf(w), task), 'done')
  const { state, legs } = await w.traders.lab.task(task)
  assert.deepEqual([state, legs[0]?.reserved], ['refunded', false])
  assert.equal(
    alpha?.said.some(({ route, code }) => route === 'release' && code === 'ok'),
    false,
  )
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

/** A hardware deal over secret data, run with what `hardware` makes of it; refused. */
async function refuses(w: World, hardware: Hardware | undefined, cause: string): Promise<void> {
  const task = await order(w, undefined, 'snp')
  assert.equal(await runTask(hostOf(w, hardware), task), cause)
  assert.deepEqual(await ended(w, task), refunded(cause))
}

test('B3 a deal on hardware shown simulated evidence, with a broker whose own file allows it: refused', async () => {
  const policy = acceptance({ allowSimulated: true })
  const w = await startWorld({ offers: [secret, secret], policy })
  await refuses(w, undefined, 'evidence-refused')
  // The same evidence under the name of hardware.
  const named: Hardware = (data) =>
    ({
      ...(sampleSnp(data).evidence as object),
      ...{ measurement: '99'.repeat(32), reportData: hex(data) },
    }) as never
  await refuses(w, named, 'host-stopped')
  const mixed = await startWorld({ offers: [{}, secret], policy })
  await refuses(mixed, undefined, 'evidence-refused')
  for (const one of [w, mixed]) {
    assert.deepEqual(await one.balances(), whole)
    assert.equal(released(one), 0)
    await one.stop()
  }
})

test('B1 B3 a node that lies to the broker: the leg public, the kind simulated, an order of its own; the hospital’s own word counts', async () => {
  const lies: readonly ((deal: Deal) => Deal)[] = [
    allPublic,
    (deal) => ({ ...deal, kind: 'simulated' }),
    (deal) => ({ ...allPublic(deal), kind: 'snp' }),
  ]
  for (const lie of lies) {
    const w = await startWorld({ offers: [secret], policy: acceptance({ allowSimulated: true }) })
    const [alpha] = w.hospitals
    const trader = lying(alpha?.trader as Trader, lie)
    await alpha?.restart({ trader })
    const task = await order(w, undefined, 'snp')
    const ports = { ...hostOf(w), trader: { ...w.traders.host, deal: trader.deal, task: trader.task } }
    assert.equal(await runTask(ports, task), 'deal-other')
    assert.equal(released(w), 0)
    assert.deepEqual(
      w.hospitals[0]?.said.map(({ code }) => code),
      ['deal-other'],
    )
    assert.deepEqual(await ended(w, task), refunded('deal-other'))
    assert.deepEqual(await w.balances(), whole)
    await w.stop()
  }
})

test('B1 B3 an order that the hospital never signed, as the node tells of it', async () => {
  const w = await startWorld({ offers: [secret], policy: acceptance({ allowSimulated: true }) })
  const [alpha] = w.hospitals
  const invented = newId<StatementId>(systemRandom)
  const trader = lying(alpha?.trader as Trader, (deal) => ({
    ...allPublic(deal),
    legs: allPublic(deal).legs.map((leg) => ({ ...leg, order: invented })),
  }))
  const told: Trader = {
    ...trader,
    task: async (id) => {
      const task = await trader.task(id)
      return { ...task, legs: task.legs.map((leg) => ({ ...leg, order: invented })) }
    },
  }
  await alpha?.restart({ trader: told })
  const task = await order(w, undefined, 'snp')
  const ports = { ...hostOf(w), trader: { ...w.traders.host, deal: told.deal, task: told.task } }
  assert.equal(await runTask(ports, task), 'deal-other')
  assert.equal(released(w), 0)
  await w.stop()
})

test('N3 B3 the enclave told that a leg is public, or of another kind of machine: its evidence binds that deal, which nobody made', async () => {
  const w = await startWorld({ offers: [secret, {}], policy: acceptance({ allowSimulated: true }) })
  for (const [bend, hardware] of [
    [allPublic, undefined],
    [allPublic, snp],
  ] as const) {
    const task = await order(w, undefined, 'snp')
    const at = await startEnclave(w, task, { deal: bend, ports: hostOf(w, hardware) })
    assert.equal(await codeOf(toTheEnd(at)), 'evidence-refused')
    at.stop()
    assert.equal(released(w), 0)
    assert.equal(await w.say('host', 'task.fail', { task, cause: 'evidence-refused' }), 'ok')
    assert.deepEqual(await ended(w, task), refunded('evidence-refused'))
  }
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

test('B3 the flag in the document alone opens nothing: the signed offer says it', async () => {
  const w = await startWorld({ offers: [{}], policy: acceptance({ allowSimulated: true }) })
  const [alpha] = w.hospitals
  // The document says public; the offer, signed later, does not.
  const guarded = { ...alpha?.offer, order: newId(systemRandom), public: false }
  assert.equal(await w.say('alpha', 'market.dataset', guarded), 'ok')
  Object.assign(alpha as object, { offer: guarded })
  assert.equal(await codeOf(order(w)), 'simulated-refused')
  await refuses(w, undefined, 'evidence-refused')
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})
