import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '@salus/crypto/hash'
import { offerAgain, type Rules, rulesOf, wrongRule } from './offer.ts'
import { datasetBody, fund, matched, sampleMarket, stalls } from './testing.ts'

const NOW = 1_700_000_000

test('A4 changed rules are a new offer over the same version: digest, key, set, analyses and public stay', async () => {
  const market = await sampleMarket()
  const before = datasetBody(market, { analyses: [digest('only this')] })
  assert.deepEqual(offerAgain(before, before.order, rulesOf(before)), before)
  const rules: Rules = { ...rulesOf(before), price: 0, byHand: true, k: 3, budget: 7, labs: ['sample-lab' as never] }
  const order = market.id()
  const after = offerAgain(before, order, rules)
  assert.deepEqual(rulesOf(after), rules)
  const { set, data, key, analyses, public: open } = before
  assert.deepEqual(
    [after.set, after.data, after.key, after.analyses, after.public, after.order],
    [set, data, key, analyses, open, order],
  )
  assert.deepEqual({ ...after.gate, k: 0, budget: 0 }, { ...before.gate, k: 0, budget: 0 })
})

test('A4 M7 the ledger puts it in the old one’s place; a deal that stands keeps the price and the gate it was made with', async () => {
  const market = await sampleMarket()
  await fund(market)
  const at = await stalls(market, [{ price: 20, byHand: true }])
  const { task } = await matched(market, at)
  const before = at.offers[0] as (typeof at.offers)[number]
  const after = offerAgain(before, market.id(), { ...rulesOf(before), price: 90, k: 50, byHand: false })
  assert.equal(await market.send('beta', 'market.dataset', after), 'set-other', 'nobody else can')
  assert.equal(await market.send('alpha', 'market.dataset', after), 'ok')
  const deal = market.deal(task)
  assert.deepEqual([market.task(task).legs[0]?.price, deal.legs[0]?.gate.k], [20, 10])
  assert.equal((await matched(market, at)).code, 'order-closed')
  const next = await matched(market, { ...at, offers: [after] })
  assert.deepEqual([next.code, market.task(next.task).state], ['ok', 'ready'])
  assert.deepEqual([market.task(next.task).legs[0]?.price, market.deal(next.task).legs[0]?.gate.k], [90, 50])
})

test('A5 what cannot be signed is named before it is: each rule for its own reason', async () => {
  const good = rulesOf(datasetBody(await sampleMarket()))
  const at = { open: true, now: NOW }
  assert.equal(wrongRule(good, at), undefined)
  const bad: readonly [keyof Rules, Partial<Rules>][] = [
    ['price', { price: -1 }],
    ['price', { price: 1.5 }],
    ['price', { price: Number.NaN }],
    ['labs', { labs: Array.from({ length: 33 }, () => 'sample-lab' as never) }],
    ['kinds', { kinds: [] }],
    ['purposes', { purposes: [] }],
    ['uses', { uses: 0 }],
    ['until', { until: NOW }],
    ['k', { k: 2 }],
    ['k', { k: 1_001 }],
    ['budget', { budget: 0 }],
  ]
  for (const [rule, change] of bad) assert.equal(wrongRule({ ...good, ...change }, at), rule, JSON.stringify(change))
  const closed = { open: false, now: NOW }
  assert.equal(wrongRule(good, closed), 'kinds', 'a simulated machine for data that is not public')
  assert.equal(wrongRule({ ...good, kinds: ['snp'], k: 9 }, closed), 'k')
  assert.equal(wrongRule({ ...good, kinds: ['snp'] }, closed), undefined)
})
