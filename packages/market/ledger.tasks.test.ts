/** What becomes of deals: every way through. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '@salus/crypto/hash'
import { dealDigest, defaultGate } from '@salus/enclave/deal'
import { type Bodies, MAX_CREDITS } from './contract.ts'
import {
  datasetBody,
  fund,
  matched,
  orgName,
  type SampleMarket,
  type Stalls,
  sampleEnclave,
  sampleMarket,
  sampleShare,
  stalls,
} from './testing.ts'

const RESULT = digest('a sealed result')
const DAY = 86_400_000

async function ready(sets?: Parameters<typeof stalls>[1], more?: Partial<Bodies['market.request']>) {
  const market = await sampleMarket()
  await fund(market)
  const at = await stalls(market, sets)
  const { task, code } = await matched(market, at, more)
  return { market, at, task, code }
}

async function reserveAll(market: SampleMarket, at: Stalls, task: string) {
  const enclave = await sampleEnclave()
  const orgs = ['alpha', 'beta', 'gamma'] as const
  for (const [i, { order }] of at.offers.entries()) {
    const body = { task: task as never, order, units: 1, enclave: enclave.key, verdict: RESULT }
    assert.equal(await market.send(orgs[i] as 'alpha', 'task.reserve', body), 'ok')
  }
  return enclave
}

async function finished(market: SampleMarket, at: Stalls, task: string, outcome: 'released' | 'held' | 'refused') {
  const enclave = await reserveAll(market, at, task)
  const signature = await enclave.outcome(market.task(task).deal, RESULT, outcome)
  assert.equal(
    await market.send('host', 'task.result', { task: task as never, result: RESULT, outcome, signature }),
    'ok',
  )
}

const deliver = (market: SampleMarket, at: Stalls, task: string, i: 0 | 1) =>
  market.send((['alpha', 'beta'] as const)[i], 'task.deliver', {
    task: task as never,
    order: at.offers[i]?.order as never,
    share: sampleShare,
  })

const balances = (market: SampleMarket) =>
  Object.fromEntries((['alpha', 'beta', 'lab', 'host', 'author'] as const).map((org) => [org, market.balance(org)]))

test('M16 everybody is paid with the last share, and the lab has paid exactly that', async () => {
  const { market, at, task } = await ready()
  assert.equal(market.balance('lab'), 1_000 - 48)
  await finished(market, at, task, 'released')
  assert.equal(await deliver(market, at, task, 0), 'ok')
  assert.equal(market.task(task).state, 'delivering')
  assert.equal(market.balance('alpha'), 0, 'nobody is paid for half a key')
  assert.equal(await deliver(market, at, task, 1), 'ok')
  assert.deepEqual(balances(market), { alpha: 20, beta: 20, lab: 952, host: 3, author: 5 })
  assert.deepEqual(market.task(task).paid, {
    'sample-alpha': 20,
    'sample-beta': 20,
    'sample-host': 3,
    'sample-author': 5,
  })
  assert.equal(await deliver(market, at, task, 1), 'task-state', 'nobody is paid twice')
})

test('M20 the deal’s digest is that of the deal which anybody can ask for, and it binds every part', async () => {
  const { market, at, task } = await ready()
  const deal = market.deal(task)
  assert.equal(dealDigest(deal), market.task(task).deal)
  assert.deepEqual(
    deal.legs.map(({ data, gate, public: open }) => ({ data, gate, open })),
    at.offers.map(({ data, gate, public: open }) => ({ data, gate, open })),
  )
  const others = [
    { ...deal, key: at.offers[0]?.key as string },
    { ...deal, params: digest('other') },
    { ...deal, analysis: digest('other') },
    { ...deal, chain: 'salus-other' },
    { ...deal, legs: deal.legs.map((one) => ({ ...one, gate: { ...one.gate, k: 11 } })) },
    { ...deal, legs: deal.legs.map((one) => ({ ...one, data: digest('other') })) },
    { ...deal, legs: deal.legs.toReversed() },
  ]
  for (const other of others) assert.notEqual(dealDigest(other), market.task(task).deal)
})

test('M17 what the gate or a reviewer refuses: who computed is paid, the data goes back', async () => {
  const gate = await ready()
  await finished(gate.market, gate.at, gate.task, 'refused')
  assert.deepEqual(balances(gate.market), { alpha: 0, beta: 0, lab: 992, host: 3, author: 5 })
  assert.equal(gate.market.task(gate.task).cause, 'gate-refused')
  const review = await ready()
  await finished(review.market, review.at, review.task, 'held')
  const says = (org: 'alpha' | 'beta', i: 0 | 1, allow: boolean) =>
    review.market.send(org, 'task.decide', {
      task: review.task as never,
      order: review.at.offers[i]?.order as never,
      allow,
    })
  assert.equal(await says('alpha', 0, true), 'ok')
  assert.equal(await says('alpha', 0, true), 'leg-done')
  assert.equal(
    await deliver(review.market, review.at, review.task, 0),
    'task-state',
    'nobody hands over before all said yes',
  )
  assert.equal(await says('beta', 1, false), 'ok')
  assert.deepEqual(balances(review.market), { alpha: 0, beta: 0, lab: 992, host: 3, author: 5 })
  assert.equal(review.market.task(review.task).cause, 'review-refused')
})

test('M17 M19 a review that nobody answers is a refusal, and any member may say so after the date', async () => {
  const { market, at, task } = await ready()
  await finished(market, at, task, 'held')
  assert.equal(await market.send('gamma', 'task.claim', { task: task as never }), 'task-early')
  assert.equal(await market.send('gamma', 'task.claim', { task: task as never }, 8 * DAY), 'ok')
  assert.deepEqual(balances(market), { alpha: 0, beta: 0, lab: 992, host: 3, author: 5 })
  assert.equal(await deliver(market, at, task, 0), 'task-state')
})

test('M18 a failure that is known early is refunded at once; uses that served nothing come back', async () => {
  const { market, at, task } = await ready([{ uses: 1 }, {}])
  assert.equal(await market.send('lab', 'task.fail', { task: task as never, cause: 'host-stopped' }), 'order-other')
  assert.equal(await market.send('host', 'task.fail', { task: task as never, cause: 'host-stopped' }), 'ok')
  assert.equal(market.balance('lab'), 1_000)
  assert.deepEqual(
    { cause: market.task(task).cause, by: market.task(task).by },
    { cause: 'host-stopped', by: 'sample-host' },
  )
  const again = await matched(market, at)
  assert.equal(again.code, 'ok')
  await reserveAll(market, at, again.task)
  assert.equal(await market.send('beta', 'task.fail', { task: again.task as never, cause: 'withdrawn' }), 'ok')
  assert.equal(market.balance('lab'), 1_000)
  assert.equal((await matched(market, at)).code, 'order-spent', 'a key was released: that use is gone')
})

test('M17 a held result goes out when every hospital has said yes', async () => {
  const { market, at, task } = await ready()
  await finished(market, at, task, 'held')
  for (const [i, org] of (['alpha', 'beta'] as const).entries()) {
    assert.equal(market.task(task).state, 'held')
    const body = { task: task as never, order: at.offers[i]?.order as never, allow: true }
    assert.equal(await market.send(org, 'task.decide', body), 'ok')
  }
  assert.equal(market.task(task).state, 'delivering')
  for (const i of [0, 1] as const) assert.equal(await deliver(market, at, task, i), 'ok')
  assert.equal(market.task(task).state, 'settled')
})

test('M17 a hospital that handed its share over is paid, whatever the others do: a friend of the lab withholds in vain', async () => {
  const { market, at, task } = await ready([{ price: 400 }, { price: 0 }])
  await finished(market, at, task, 'released')
  assert.equal(await deliver(market, at, task, 0), 'ok')
  assert.equal(await market.send('gamma', 'task.claim', { task: task as never }, 2 * DAY), 'ok')
  assert.equal(market.task(task).state, 'refused')
  assert.deepEqual(balances(market), { alpha: 400, beta: 0, lab: 592, host: 3, author: 5 })
})

test('M15 nobody spends the budget of another’s data: the same document offered by somebody else has a budget of its own', async () => {
  const { market, at, task } = await ready([{}, {}])
  const theirs = at.offers[0]?.data as never
  const body = datasetBody(market, { data: theirs, price: 0, gate: { ...defaultGate, budget: 100 } })
  assert.equal(await market.send('beta', 'market.dataset', body), 'ok')
  const other = await matched(market, { ...at, offers: [body] })
  const units = { task: other.task as never, order: body.order, units: 100, verdict: RESULT }
  assert.equal(await market.send('beta', 'task.reserve', { ...units, enclave: (await sampleEnclave()).key }), 'ok')
  await reserveAll(market, at, task)
  assert.equal(market.task(task).state, 'running')
})

test('M3 all credits together fit into one account: no payment can be more than it holds', async () => {
  const market = await sampleMarket()
  await fund(market, 1_000)
  const deposit = (to: 'lab' | 'host', amount: number) =>
    market.send('treasurer', 'credit.deposit', { deposit: market.id() as never, to: orgName(to) as never, amount })
  assert.equal(await deposit('host', MAX_CREDITS), 'credits-overflow')
  assert.equal(await deposit('host', MAX_CREDITS - 1_000), 'ok')
  assert.equal(await deposit('lab', 1), 'credits-overflow')
})

test('M18 a result whose bytes nobody finds: a hospital says so before any share went out, and all goes back', async () => {
  const { market, at, task } = await ready()
  const missing = (org: 'alpha' | 'host' | 'lab' | 'gamma') =>
    market.send(org, 'task.fail', { task: task as never, cause: 'result-missing' })
  assert.equal(await missing('alpha'), 'task-state', 'there is no result yet')
  await finished(market, at, task, 'released')
  for (const org of ['host', 'lab', 'gamma'] as const) assert.equal(await missing(org), 'task-state', org)
  assert.equal(await market.send('alpha', 'task.fail', { task: task as never, cause: 'withdrawn' }), 'task-state')
  assert.equal(await missing('alpha'), 'ok')
  assert.equal(market.balance('lab'), 1_000)
  assert.equal(market.task(task).state, 'refunded')
  const seen = await ready()
  await finished(seen.market, seen.at, seen.task, 'released')
  assert.equal(await deliver(seen.market, seen.at, seen.task, 0), 'ok')
  const late = { task: seen.task as never, cause: 'result-missing' as const }
  assert.equal(await seen.market.send('beta', 'task.fail', late), 'task-state', 'somebody found them')
})

test('M19 a host that dies: anybody claims after the date, and the lab has everything back', async () => {
  const { market, at, task } = await ready()
  await reserveAll(market, at, task)
  assert.equal(await market.send('lab', 'task.claim', { task: task as never }), 'task-early')
  assert.equal(await market.send('lab', 'task.claim', { task: task as never }, 11 * 60_000), 'ok')
  assert.equal(market.balance('lab'), 1_000)
  assert.equal(market.task(task).cause, 'overdue')
})

test('M13 a hospital that decides by hand is asked first; its no, or its silence, costs the lab nothing', async () => {
  const { market, at, task } = await ready([{ byHand: true }, {}])
  const order = at.offers[0]?.order as never
  assert.equal(market.task(task).state, 'deciding')
  const early = { task: task as never, order, units: 1, enclave: (await sampleEnclave()).key, verdict: RESULT }
  assert.equal(await market.send('alpha', 'task.reserve', early), 'task-state', 'no key before the yes')
  assert.equal(await market.send('beta', 'task.decide', { task: task as never, order, allow: true }), 'leg-unknown')
  assert.equal(await market.send('alpha', 'task.decide', { task: task as never, order, allow: true }), 'ok')
  assert.equal(market.task(task).state, 'ready')
  const no = await matched(market, at)
  assert.equal(await market.send('alpha', 'task.decide', { task: no.task as never, order, allow: false }), 'ok')
  assert.equal(market.task(no.task).cause, 'refused-by-hand')
  const silent = await matched(market, at)
  assert.equal(await market.send('lab', 'task.claim', { task: silent.task as never }, 4 * DAY), 'ok')
  assert.equal(market.task(silent.task).state, 'refunded')
})

test('M15 a key is reserved once for each deal, for one enclave that never served before', async () => {
  const { market, at, task } = await ready()
  const [first, second] = [await sampleEnclave(), await sampleEnclave()]
  const [a, b] = at.offers.map(({ order }) => order) as [never, never]
  const body = (order: never, key: string) => ({ task: task as never, order, units: 1, enclave: key, verdict: RESULT })
  assert.equal(await market.send('gamma', 'task.reserve', body(a, first.key)), 'leg-unknown')
  assert.equal(await market.send('alpha', 'task.reserve', body(a, first.key)), 'ok')
  assert.equal(await market.send('alpha', 'task.reserve', body(a, first.key)), 'leg-done', 'a host that runs again')
  assert.equal(await market.send('beta', 'task.reserve', body(b, second.key)), 'enclave-other')
  const next = await matched(market, at)
  const again = { task: next.task as never, order: a, units: 1, enclave: first.key, verdict: RESULT }
  assert.equal(await market.send('alpha', 'task.reserve', again), 'enclave-known')
})

test('M15 the budget belongs to the bytes: another order or price for them begins no new one', async () => {
  const gate = { k: 10, share: 10, dof: 10, dominance: 90, budget: 1 }
  const { market, at, task } = await ready([{ gate }, {}])
  await reserveAll(market, at, task)
  const first = at.offers[0] as Bodies['market.dataset']
  const dear = { ...first, order: market.id() as never, price: 90 }
  assert.equal(await market.send('alpha', 'market.dataset', dear), 'ok')
  const changed = { ...at, offers: [dear, at.offers[1] as Bodies['market.dataset']] }
  const next = await matched(market, changed)
  const body = {
    task: next.task as never,
    order: dear.order,
    units: 1,
    enclave: (await sampleEnclave()).key,
    verdict: RESULT,
  }
  assert.equal(await market.send('alpha', 'task.reserve', body), 'budget-spent')
})

test('M14 a result counts when the enclave that got the keys signed it for this deal, brought by the deal’s host', async () => {
  const { market, at, task } = await ready()
  const stranger = await sampleEnclave()
  const { deal } = market.task(task)
  const body = async (enclave: typeof stranger, outcome: 'released' | 'held', said = outcome) => ({
    ...{ task: task as never, result: RESULT, outcome },
    signature: await enclave.outcome(deal, RESULT, said),
  })
  assert.equal(await market.send('host', 'task.result', await body(stranger, 'released')), 'task-state')
  const enclave = await reserveAll(market, at, task)
  assert.equal(await market.send('host', 'task.result', await body(stranger, 'released')), 'signature-invalid')
  assert.equal(await market.send('host', 'task.result', await body(enclave, 'released', 'held')), 'signature-invalid')
  const other = { ...(await body(enclave, 'released')), result: digest('garbage') }
  assert.equal(await market.send('host', 'task.result', other), 'signature-invalid')
  assert.equal(await market.send('lab', 'task.result', await body(enclave, 'released')), 'order-other')
  assert.equal(await market.send('host', 'task.result', await body(enclave, 'released')), 'ok')
  assert.equal(await market.send('host', 'task.result', await body(enclave, 'released')), 'task-state')
})

test('M14 no result without every hospital’s key', async () => {
  const { market, at, task } = await ready()
  const enclave = await sampleEnclave()
  const one = {
    task: task as never,
    order: at.offers[0]?.order as never,
    units: 1,
    enclave: enclave.key,
    verdict: RESULT,
  }
  assert.equal(await market.send('alpha', 'task.reserve', one), 'ok')
  const signature = await enclave.outcome(market.task(task).deal, RESULT, 'released')
  const body = { task: task as never, result: RESULT, outcome: 'released' as const, signature }
  assert.equal(await market.send('host', 'task.result', body), 'reserve-missing')
})

test('M7 a newer version takes the place of the older; a deal made before keeps its own', async () => {
  const { market, at, task } = await ready()
  const old = at.offers[0] as Bodies['market.dataset']
  const next = datasetBody(market, { set: old.set, price: 99 })
  assert.equal(await market.send('beta', 'market.dataset', { ...next, order: market.id() as never }), 'set-other')
  assert.equal(await market.send('alpha', 'market.dataset', next), 'ok')
  assert.equal((await matched(market, at)).code, 'order-closed')
  assert.equal(market.deal(task).legs[0]?.data, old.data)
  await finished(market, at, task, 'released')
  assert.equal(await deliver(market, at, task, 0), 'ok')
})
