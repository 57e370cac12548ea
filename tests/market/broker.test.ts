/** A broker against those who only ask: other people's nonces, other people's turns, words its hospital never signed, and questions for nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateDeviceKey } from '@salus/crypto/keys'
import { dealDigest } from '@salus/enclave/deal'
import { signTx } from '@salus/ledger/device'
import { SAMPLE_CHAIN } from '@salus/ledger/samples'
import { ARRIVES, deliverDue } from '@salus/market/broker/delivery'
import { createBroker } from '@salus/market/broker/service'
import type { Trader } from '@salus/market/device'
import { runTask } from '@salus/market/host/run'
import {
  codeOf,
  deliverAll,
  type Hospital,
  hostOf,
  nothing,
  order,
  ROWS,
  released,
  startWorld,
  upTo,
  type World,
} from './world.ts'

const only = (w: World): Hospital => w.hospitals[0] as Hospital

test('B2 whoever asks again is told the same nonce: asking takes nobody else’s away', async () => {
  const w = await startWorld({ offers: [{}] })
  const task = await order(w)
  const broker = createBroker(only(w).ports)
  const ask = { task, order: only(w).offer.order }
  const { nonce } = await broker.challenge(ask)
  assert.equal((await broker.challenge(ask)).nonce, nonce)
  w.time.advance(200_000)
  const later = await broker.challenge(ask)
  assert.notEqual(later.nonce, nonce, 'one that is about to end is not handed out again')
  assert.equal(await runTask(hostOf(w), task), 'done')
  await w.stop()
})

test('B4 B5 a cohort that takes long keeps no other order waiting', async () => {
  const w = await startWorld({ offers: [{}] })
  const [slow, quick] = [await order(w), await order(w)]
  const stuck = Promise.withResolvers<Uint8Array>()
  const { ports } = only(w)
  let asked = 0
  const get = async (name: string, most: number) => {
    // The first one that looks for its analysis waits for it.
    if (name === w.analysis && asked++ === 0) await stuck.promise
    return ports.store.get(name, most)
  }
  await only(w).restart({ store: { ...ports.store, get } })
  const first = runTask(hostOf(w), slow)
  while (asked === 0) await new Promise((done) => setTimeout(done, 10))
  assert.equal(await runTask(hostOf(w), quick), 'done')
  stuck.resolve(new Uint8Array(0))
  assert.equal(await first, 'done')
  await w.stop()
})

test('B8 a lab that asks for nothing waits after eight times: refused cohorts are counted by the hospital itself', async () => {
  const w = await startWorld({ offers: [{ uses: 100 }] })
  const whole = await order(w)
  assert.equal(await runTask(hostOf(w), whole), 'done')
  await deliverAll(w, whole)
  for (let i = 1; i <= 8; i++) {
    // A host that is the lab's friend says another cause on the ledger.
    const task = await order(w, upTo(ROWS - i))
    const trader: Trader = { ...w.traders.host, send: (type, body) => w.traders.host.send(type, silent(type, body)) }
    assert.equal(await runTask(hostOf(w, undefined, { trader }), task), 'cohort-too-close', `${i}`)
  }
  assert.equal(await runTask(hostOf(w), await order(w)), 'asked-too-often')
  w.time.advance(31 * 86_400_000)
  w.wait(31 * 86_400_000)
  assert.equal(await w.say('gamma', 'task.claim', { task: whole }), 'task-state')
  assert.equal(await runTask(hostOf(w), await order(w)), 'done')
  await w.stop()
})
const silent = <T>(type: string, body: T): T => (type === 'task.fail' ? { ...body, cause: 'host-stopped' } : body)

test('B8 so are runs that break off after the key went out', async () => {
  const w = await startWorld({ offers: [{ uses: 100 }] })
  for (let i = 1; i <= 8; i++) {
    const task = await order(w)
    const trader: Trader = { ...w.traders.host, send: (type, body) => refusing(w, task, type, body) }
    await runTask(hostOf(w, undefined, { trader }), task)
    assert.equal((await w.traders.lab.task(task)).state, 'refunded')
  }
  assert.equal(released(w), 8)
  assert.equal(await runTask(hostOf(w), await order(w)), 'asked-too-often')
  await w.stop()
})
const refusing = (w: World, task: string, type: string, body: object): Promise<void> =>
  type === 'task.result'
    ? w.traders.host.send('task.fail', { task: task as never, cause: 'host-stopped' })
    : w.traders.host.send(type as never, body as never)

test('B1 a lying node: a purpose the offer does not allow, an offer long over, or a yes that the hospital never signed', async () => {
  const w = await startWorld({ offers: [{ byHand: true, purposes: ['DUO:0000006'] }] })
  const { ports, trader, offer } = only(w)
  const task = await order(w, undefined, 'simulated', 'DUO:0000006')
  const allow = { task: task as never, order: offer.order, allow: true }
  /** The node says that the hospital allowed it, and what else `deal` changes. */
  const lying = async (change: object): Promise<Trader> => {
    const deal = { ...(await trader.deal(task)), ...change }
    const told = await trader.task(task)
    const legs = told.legs.map((leg) => ({ ...leg, allowed: true }))
    return {
      ...trader,
      deal: async () => deal,
      task: async () => ({ ...told, state: 'ready', legs, deal: dealDigest(deal) }),
    }
  }
  const ask = async (change: object = {}) =>
    codeOf(createBroker({ ...ports, trader: await lying(change) }).challenge({ task, order: offer.order }))
  assert.equal(await ask(), 'deal-other', 'nobody said yes')
  await trader.send('task.decide', allow)
  assert.equal(await ask(), 'ok')
  assert.equal(await ask({ purpose: 'DUO:0000042' }), 'deal-other', 'a wider purpose')
  w.time.advance(4_000_000_000_000)
  assert.equal(await ask(), 'deal-other', 'long over')
  await w.stop()
})

test('B1 a lying node: an offer under a key that it says was the hospital’s before counts for nothing', async () => {
  const w = await startWorld({ offers: [{ public: false, kinds: ['snp'] }] })
  const { ports, trader, offer } = only(w)
  const task = await order(w, undefined, 'snp')
  const forger = await generateDeviceKey()
  const says = (type: string, body: object) =>
    signTx(forger.privateKey, forger.publicKey, { chain: SAMPLE_CHAIN, org: trader.org as never, seq: 1, type, body })
  const open = { ...offer, public: true, kinds: ['simulated'] as const }
  const words = [await says('market.dataset', open), await says('org.rotate', { key: ports.keys.publicKey })]
  const real = await trader.deal(task)
  const deal = { ...real, kind: 'simulated' as const, legs: real.legs.map((leg) => ({ ...leg, public: true })) }
  const told = await trader.task(task)
  const lying: Trader = {
    ...{ ...trader, deal: async () => deal, task: async () => ({ ...told, deal: dealDigest(deal) }) },
    async *transactions() {
      for (const [i, tx] of words.entries()) yield { height: i + 1, time: 0, tx }
    },
  }
  const broker = createBroker({ ...ports, trader: lying })
  assert.equal(await codeOf(broker.challenge({ task, order: offer.order })), 'deal-other')
  await w.stop()
})

test('B6 M18 a held result whose bytes never came is said to be missing too', async () => {
  const w = await startWorld({ offers: [{}] })
  const { ports } = only(w)
  const task = await order(w)
  assert.equal(await runTask(hostOf(w), task), 'done')
  const at = (await w.traders.lab.task(task)).steps.delivering as number
  const held = { ...(await w.traders.lab.task(task)), state: 'held' as const, result: nothing, steps: { held: at } }
  const sent: object[] = []
  const trader: Trader = { ...ports.trader, send: async (type, body) => void sent.push({ type, ...body }) }
  const due = (ms: number) => deliverDue({ ...ports, trader, clock: () => (at + ms) as never }, [held])
  assert.equal(await codeOf(due(1_000)), 'object-missing')
  assert.equal(await codeOf(due(ARRIVES * 1_000 + 1)), 'ok')
  assert.deepEqual(sent, [{ type: 'task.fail', task, cause: 'result-missing' }])
  await w.stop()
})
