/** A lab’s money: it pays once, is told beforehand what the ledger would refuse, and what nobody answers comes back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Trader } from '@salus/market/device'
import { timeOf } from '@salus/market/host/run'
import { quoteOf } from '@salus/market/lab'
import { createEnding } from '@salus/market/overdue'
import { orgName } from '@salus/market/testing'
import { codeOf, type Hospital, order, startWorld, type World } from './world.ts'

const only = (w: World): Hospital => w.hospitals[0] as Hospital
const HOUR = 3_600_000

test('M11 an order whose match is refused leaves no request that somebody could match later: the lab pays once', async () => {
  const w = await startWorld({ offers: [{ price: 990 }] })
  assert.equal(await codeOf(order(w)), 'price-over', 'beside what this world’s lab would pay')
  const poor = await startWorld({ offers: [{ price: 400 }, { price: 90 }] })
  const before = poor.traders.lab.send
  // Between the quote and the match another order takes what the lab had.
  const racing: Trader = {
    ...poor.traders.lab,
    async send(type, body) {
      if (type === 'market.match') await before('credit.draw', { draw: poor.market.id() as never, amount: 900 })
      return before(type, body)
    },
  }
  assert.equal(await codeOf(order({ ...poor, traders: { ...poor.traders, lab: racing } })), 'credits-short')
  const requests = poor.market.machine.query('market/requests', '') as { closed: boolean; body: { order: string } }[]
  assert.deepEqual(
    requests.map(({ closed }) => closed),
    [true],
  )
  const host = (await poor.traders.lab.hosts())[0]?.body.order
  const matched = await poor.say('host', 'market.match', { request: requests[0]?.body.order, host })
  assert.equal(matched, 'order-closed')
  for (const one of [w, poor]) await one.stop()
})

test('M10 what the ledger would refuse is refused before anything is signed', async () => {
  const w = await startWorld({ offers: [{ labs: [orgName('gamma') as never] }, { public: false, kinds: ['snp'] }] })
  const [theirs, secret] = w.hospitals.map(({ offer }) => offer.order) as unknown as [string, string]
  const quote = (set: string, kind: 'simulated' | 'snp', analysis = w.analysis) =>
    codeOf(quoteOf(w.traders.lab, { datasets: [set], analysis, kind }))
  assert.equal(await quote(theirs, 'snp'), 'lab-excluded')
  assert.equal(await quote(secret, 'simulated'), 'kind-excluded')
  assert.equal(await quote(secret, 'snp'), 'ok')
  await w.traders.beta.send('market.close', { order: secret as never })
  assert.equal(await quote(secret, 'snp'), 'order-closed')
  await w.stop()
})

test('M19 whoever has a part in it ends what nobody answered in time; others do not, and not before', async () => {
  const w = await startWorld({ offers: [{}] })
  const task = await order(w)
  const { due } = await w.traders.lab.task(task)
  const end = async (trader: Trader, now: number) => createEnding(trader, () => now as never)(await trader.tasks())
  const state = async () => (await w.traders.lab.task(task)).state
  w.wait(HOUR)
  await end(w.traders.lab, due * 1_000)
  assert.equal(await state(), 'ready')
  await end(w.traders.gamma, due * 1_000 + HOUR)
  assert.equal(await state(), 'ready', 'it has no part in it')
  w.wait(HOUR)
  await end(w.traders.alpha, due * 1_000 + HOUR)
  assert.equal(await state(), 'refunded')
  await end(w.traders.host, due * 1_000 + HOUR)
  assert.equal(await w.traders.lab.balance(), 1_000)
  // A clock that is ahead of the ledger's asks in vain, once.
  const early = await order(w)
  const blocks = w.ledger.blocks.length
  const ahead = createEnding(w.traders.host, () => (due * 1_000 + 100 * HOUR) as never)
  for (let i = 0; i < 3; i++) await ahead(await w.traders.host.tasks())
  assert.equal(w.ledger.blocks.length, blocks + 1)
  assert.equal((await w.traders.lab.task(early)).state, 'ready')
  await w.stop()
})

test('M18 a host that let the lab down twice comes after a dearer one', async () => {
  const w = await startWorld({ offers: [{}] })
  const dear = { uses: 100, until: 4_000_000_000, labs: [], order: w.market.id() as never, kind: 'simulated' as const }
  await w.traders.gamma.send('market.host', { ...dear, price: 50, minutes: 5 })
  const chosen = async () => {
    const datasets = [only(w).offer.order]
    return (await quoteOf(w.traders.lab, { datasets, analysis: w.analysis, kind: 'simulated' })).host.org
  }
  assert.equal(await chosen(), orgName('host'))
  await w.traders.host.send('task.fail', { task: (await order(w)) as never, cause: 'host-stopped' })
  assert.equal(await chosen(), orgName('host'), 'once may happen')
  // The other time it says nothing at all.
  const silent = await order(w)
  w.wait(HOUR)
  assert.equal(await w.say('gamma', 'task.claim', { task: silent }), 'ok')
  assert.equal(await chosen(), orgName('gamma'))
  await w.stop()
})

test('U4 an analysis is ended before its machine is, and the machine before the ledger’s date', () => {
  for (const left of [60_000, 300_000, 86_400_000]) {
    const { analysis, machine } = timeOf({ due: 2_000_000 }, 2_000_000_000 - left)
    assert.ok(0 < analysis && analysis < machine && machine < left, `${left}`)
  }
})
