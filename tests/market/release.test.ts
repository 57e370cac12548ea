/** What a broker remembers: cohorts too close to earlier ones, one key a deal whatever is restarted, and what a lying node can and cannot do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { generateKeyPair } from '@salus/crypto/keys'
import { analysisOf } from '@salus/enclave/analyses/build'
import { type Deal, dealDigest } from '@salus/enclave/deal'
import type { BrokerPorts } from '@salus/market/broker/service'
import type { Trader } from '@salus/market/device'
import { runTask } from '@salus/market/host/run'
import { carryUntil, startEnclave, toTheEnd } from './hostile.ts'
import {
  codeOf,
  deliverAll,
  ended,
  type Hospital,
  hostOf,
  model,
  nothing,
  order,
  ROWS,
  released,
  snp,
  startWorld,
  upTo,
  type World,
} from './world.ts'

const whole = { alpha: 0, beta: 0, lab: 1_000, host: 0, author: 0 }
const one = { offers: [{}] }
const only = (w: World): Hospital => w.hospitals[0] as Hospital

/** Units of its data that keys were released for. */
async function spent(w: World): Promise<number | undefined> {
  return (await w.traders.lab.datasets()).find(({ body }) => body.order === only(w).offer.order)?.spent
}

async function succeeds(w: World, params?: object): Promise<void> {
  const task = await order(w, params)
  assert.equal(await runTask(hostOf(w), task), 'done')
  await deliverAll(w, task)
}

test('B4 a cohort that differs from an earlier one by 1 to k-1 people is refused; the same one, and one k apart, are not', async () => {
  const w = await startWorld(one)
  await succeeds(w)
  const { lab } = await w.balances()
  for (const apart of [1, 5, 9]) {
    const task = await order(w, upTo(ROWS - apart))
    assert.equal(await runTask(hostOf(w), task), 'cohort-too-close', `${apart} people`)
    const { state, cause, reserved } = await ended(w, task)
    assert.deepEqual([state, cause, reserved], ['refunded', 'cohort-too-close', 0])
    assert.equal((await w.balances()).lab, lab, 'nothing paid')
  }
  assert.equal(released(w), 1)
  await succeeds(w)
  await succeeds(w, upTo(ROWS - 10))
  assert.equal(await runTask(hostOf(w), await order(w, upTo(ROWS - 11))), 'cohort-too-close', 'nor to the second')
  assert.equal(released(w), 3)
  // Also when the broker was restarted, and by another model over nearly the same people.
  await only(w).restart()
  const other = { ...upTo(ROWS - 3), terms: [{ column: 'age' }] }
  assert.equal(await runTask(hostOf(w), await order(w, other)), 'cohort-too-close')
  await w.stop()
})

test('B4 a cohort of fewer than k people: refused before anything is reserved', async () => {
  const w = await startWorld(one)
  const task = await order(w, upTo(9))
  assert.equal(await runTask(hostOf(w), task), 'cohort-too-close')
  assert.deepEqual(await ended(w, task), { state: 'refunded', cause: 'cohort-too-close', reserved: 0, released: 0 })
  assert.deepEqual(only(w).said.at(-1), { route: 'release', code: 'cohort-too-small' })
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

test('B4 the same file encrypted anew, and a version with a few people more, are compared with what went before', async () => {
  const w = await startWorld(one)
  await succeeds(w)
  const first = only(w)
  const offered = async (rows: Hospital['rows']) => ({ ...w, hospitals: [await first.publish(rows)] })
  const again = await offered(first.rows)
  assert.notEqual(only(again).offer.data, first.offer.data)
  assert.equal(await runTask(hostOf(again), await order(again, upTo(ROWS - 4))), 'cohort-too-close')
  const [last] = first.rows.slice(-1) as [readonly number[]]
  const more = (count: number) => Array.from({ length: count }, (_, i) => [1, 30 + i / 7, ...last.slice(2)])
  const few = await offered([...more(9), ...first.rows])
  assert.equal(
    await runTask(hostOf(few), await order(few)),
    'cohort-too-close',
    'nine came: their sums would be the difference',
  )
  const enough = await offered([...more(10), ...first.rows.toReversed()])
  await succeeds(enough)
  assert.equal(await codeOf(order(few)), 'order-closed', 'the newer version took its place')
  assert.equal(released(w), 2)
  await w.stop()
})

test('B4 the same people in groups by a cut that moved past a few: refused, also after a restart; public data has no such groups', async () => {
  const cut = (at: number) => model({ terms: [{ column: 'rank', bins: [at] }, { column: 'age' }] })
  const w = await startWorld({ offers: [{ public: false, kinds: ['snp'] }] })
  const run = async (params: object) => {
    const task = await order(w, params, 'snp')
    const end = await runTask(hostOf(w, snp), task)
    if (end === 'done') await deliverAll(w, task)
    return end
  }
  assert.equal(await run(cut(100.5)), 'done')
  assert.equal(await run(cut(101.5)), 'cohort-too-close')
  await only(w).restart()
  assert.equal(await run(cut(104.5)), 'cohort-too-close')
  assert.equal(await run(cut(4.5)), 'cohort-too-close', 'a group of four')
  assert.equal(only(w).said.at(-1)?.code, 'cohort-too-small')
  assert.equal(await run(cut(150.5)), 'done')
  assert.equal(released(w), 2)
  await w.stop()
  const open = await startWorld(one)
  await succeeds(open, cut(100.5))
  await succeeds(open, cut(101.5))
  await open.stop()
})

test('B4 three cohorts that give one person away together: the third is refused', async () => {
  const w = await startWorld(one)
  const part = (op: string) => model({ filter: [{ column: 'rank', op, value: 100 }] })
  await succeeds(w, part('lt'))
  await succeeds(w, part('gt'))
  assert.equal(await runTask(hostOf(w), await order(w)), 'cohort-too-close')
  assert.equal(released(w), 2)
  await w.stop()
})

test('B4 two orders at once are compared with each other', async () => {
  const w = await startWorld(one)
  const tasks = [await order(w), await order(w, upTo(ROWS - 4))]
  const ends = await Promise.all(tasks.map((task) => runTask(hostOf(w), task)))
  assert.deepEqual(ends.toSorted(), ['cohort-too-close', 'done'])
  assert.equal(released(w), 1)
  await w.stop()
})

/** A broker that dies where it is told to; then another in its place. */
async function diesAt(w: World, change: (ports: BrokerPorts) => Partial<BrokerPorts>, task: string): Promise<string> {
  const alpha = only(w)
  await alpha.restart(change(alpha.ports))
  const at = await startEnclave(w, task)
  const code = await codeOf(toTheEnd(at))
  at.stop()
  await alpha.restart()
  return code
}
const dead = (): never => {
  throw new AppError('broker-unreachable')
}

test('B5 a broker that dies before the cohort is kept, or between cohort and reservation: the next try gets its one key', async () => {
  const w = await startWorld(one)
  const task = await order(w)
  const unkept = (ports: BrokerPorts) => ({ cohorts: { ...ports.cohorts, keep: async () => dead() } })
  assert.equal(await diesAt(w, unkept, task), 'broker-unreachable')
  assert.deepEqual(
    (await w.traders.lab.task(task)).legs.map(({ reserved }) => reserved),
    [false],
  )
  const kept = () => only(w).cohorts.get(only(w).offer.data)?.length
  const trader = (ports: BrokerPorts) => ({ ...ports.trader, send: async () => dead() })
  assert.equal(await diesAt(w, (ports) => ({ trader: trader(ports) }), task), 'broker-unreachable')
  assert.equal(kept(), 0, 'one that lives takes back what was refused')
  const unreserved = (ports: BrokerPorts) => ({
    trader: trader(ports),
    cohorts: { ...ports.cohorts, drop: async () => undefined },
  })
  assert.equal(await diesAt(w, unreserved, task), 'broker-unreachable')
  assert.equal(kept(), 1, 'kept, though no key went out')
  assert.deepEqual(
    (await w.traders.lab.task(task)).legs.map(({ reserved }) => reserved),
    [false],
  )
  assert.equal(await spent(w), 0)
  assert.equal(await runTask(hostOf(w), task), 'done')
  assert.equal(released(w), 1)
  await w.stop()
})

test('B5 a broker that dies between reservation and key: no second key, and the lab has its money back', async () => {
  const w = await startWorld(one)
  const task = await order(w)
  const unsent = (ports: BrokerPorts) => ({
    trader: {
      ...ports.trader,
      send: (async (...sent: Parameters<Trader['send']>) => {
        await ports.trader.send(...sent)
        dead()
      }) as Trader['send'],
    },
  })
  assert.equal(await diesAt(w, unsent, task), 'broker-unreachable')
  assert.deepEqual(
    (await w.traders.lab.task(task)).legs.map(({ reserved }) => reserved),
    [true],
  )
  const again = await startEnclave(w, task)
  assert.equal(await codeOf(toTheEnd(again)), 'key-released')
  again.stop()
  assert.equal(await runTask(hostOf(w), task), 'withdrawn')
  assert.deepEqual([released(w), await spent(w)], [0, 1])
  assert.deepEqual(await w.balances(), whole)
  await w.stop()
})

test('M15 B5 a rerun of a served deal, by the same host with another enclave, after a restart: no second key', async () => {
  const w = await startWorld(one)
  const task = await order(w)
  const first = await startEnclave(w, task)
  await carryUntil(first, (message) => message.type === 'step' && message.step === 'opening')
  assert.equal(released(w), 1)
  await only(w).restart()
  for (const _ of [1, 2]) {
    const again = await startEnclave(w, task)
    assert.equal(await codeOf(toTheEnd(again)), 'key-released')
    again.stop()
  }
  first.stop()
  assert.equal(released(w), 1)
  assert.equal(await spent(w), 1)
  await w.stop()
})

test('M15 one enclave serves one task: two hospitals’ keys go to the same, and to none that served before', async () => {
  const w = await startWorld()
  const task = await order(w)
  const [at, other] = [await startEnclave(w, task), await startEnclave(w, task)]
  await carryUntil(at, ({ type }, nth) => type === 'quote' && nth === 2)
  assert.equal(released(w), 1)
  const code = await codeOf(toTheEnd(other))
  assert.ok(['enclave-other', 'key-released'].includes(code), code)
  assert.equal(released(w), 1)
  for (const one of [at, other]) one.stop()
  await w.stop()
})

/** A node that tells a broker of a deal as `change` makes it, with the digest that fits, and says that every word sent is done. */
const lying = (trader: Trader, change: (deal: Deal) => Deal, digestToo = true): Trader => {
  const deal = async (id: string) => change(await trader.deal(id))
  const task = async (id: string) => {
    const told = await trader.task(id)
    return digestToo ? { ...told, deal: dealDigest(await deal(id)) } : told
  }
  return { ...trader, deal, task, send: async () => undefined }
}

test('B1 a lying node: a deal that does not fit its digest, or is no deal of the hospital’s own offer, gives no nonce', async () => {
  const foreign = generateKeyPair(systemRandom, 1).publicKey
  const legs = (change: Partial<Deal['legs'][number]>) => (deal: Deal) => ({
    ...deal,
    legs: deal.legs.map((leg) => ({ ...leg, ...change })),
  })
  const lies: readonly [string, (deal: Deal) => Deal, boolean][] = [
    ['another lab key under the old digest', (deal) => ({ ...deal, key: foreign }), false],
    ['the share’s key', legs({ key: foreign }), true],
    ['a softer gate', legs({ gate: { k: 3, share: 100, dof: 1, dominance: 100, budget: 100_000 } }), true],
    ['another version', legs({ data: nothing }), true],
    ['another lab than the offer lets', (deal) => ({ ...deal, lab: 'sample-gamma' as never }), true],
    ['another analysis than the offer lets', (deal) => ({ ...deal, analysis: nothing }), true],
  ]
  const { digest: analysis } = await analysisOf('heartify')
  for (const [what, lie, fits] of lies) {
    const v = await startWorld({ offers: [{ labs: ['sample-lab' as never], analyses: [analysis] }] })
    const alpha = only(v)
    await alpha.restart({ trader: lying(alpha.trader, lie, fits) })
    const at = await startEnclave(v, await order(v))
    assert.equal(await codeOf(toTheEnd(at)), 'deal-other', what)
    at.stop()
    assert.equal(released(v), 0, what)
    await v.stop()
  }
})

test('B1 what a broker cannot see when its node lies: who the lab is. The key goes to a proven enclave all the same, and to no other', async () => {
  const w = await startWorld(one)
  const alpha = only(w)
  const thief = generateKeyPair(systemRandom, 1)
  const lie = (deal: Deal): Deal => ({ ...deal, key: thief.publicKey })
  await alpha.restart({ trader: lying(alpha.trader, lie) })
  const at = await startEnclave(w, await order(w), { deal: lie })
  // The gated result would be sealed to the thief; the rows stay in the enclave, and the honest ledger pays nobody.
  const done = await toTheEnd(at)
  assert.equal(done?.type, 'done')
  assert.ok(done?.type === 'done')
  const { result, outcome, signature } = done
  assert.equal(await w.say('host', 'task.result', { task: at.deal.task, result, outcome, signature }), 'task-state')
  assert.deepEqual(await w.balances(), { ...whole, lab: 972 })
  // And the share that opens it never leaves: on the true ledger there is no such result.
  assert.equal((await w.traders.lab.task(at.deal.task)).result, undefined)
  await w.stop()
})
