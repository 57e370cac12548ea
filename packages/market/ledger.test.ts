/** Orders, credits and matches. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '@salus/crypto/hash'
import { ledgerModules } from '@salus/ledger/embedded'
import { createMachine } from '@salus/ledger/machine'
import { SAMPLE_CHAIN } from '@salus/ledger/samples'
import type { Bodies } from './contract.ts'
import { marketModule } from './ledger.ts'
import { datasetBody, fund, matched, orgName, requestBody, sampleMarket, stalls } from './testing.ts'

async function ready(sets?: Parameters<typeof stalls>[1], more?: Partial<Bodies['market.request']>) {
  const market = await sampleMarket()
  await fund(market)
  const at = await stalls(market, sets)
  const { task, code } = await matched(market, at, more)
  return { market, at, task, code }
}

const refusals: readonly [
  code: string,
  set: Partial<Bodies['market.dataset']>,
  request?: Partial<Bodies['market.request']>,
][] = [
  ['lab-excluded', { labs: ['sample-gamma' as never] }],
  ['analysis-excluded', { analyses: [digest('another analysis')] }],
  ['kind-excluded', { kinds: ['snp'] }],
  ['purpose-excluded', { purposes: ['DUO:0000007'] }],
  ['duty-missing', { duties: ['DUO:0000019'] }],
  ['simulated-refused', { public: false }],
  ['order-expired', { until: 1_000 }],
  ['price-over', {}, { most: 47 }],
  ['credits-short', { price: 990 }, { most: 5_000 }],
]
for (const [code, set, request] of refusals) {
  test(`M10 ${code}: one order that does not allow it refuses the whole match, and nothing is set aside`, async () => {
    const { market, code: got } = await ready([set, {}], request)
    assert.equal(got, code)
    assert.equal(market.balance('lab'), 1_000)
  })
}

test('M10 a purpose is allowed by a wider one, never by a narrower', async () => {
  const narrow = await ready([{ purposes: ['DUO:0000006'] }, {}], { purpose: 'DUO:0000007' })
  assert.equal(narrow.code, 'ok')
  const wide = await ready([{ purposes: ['DUO:0000006'] }, {}], { purpose: 'DUO:0000042' })
  assert.equal(wide.code, 'purpose-excluded')
})

test('M8 an analysis that only its author stands for does not run, and nobody else can sell its bytes', async () => {
  const market = await sampleMarket()
  await fund(market)
  const at = await stalls(market)
  const own = { ...at.analysis, order: market.id() as never, analysis: digest('unread') }
  assert.equal(await market.send('author', 'market.analysis', own), 'ok')
  assert.equal(await market.send('author', 'market.vouch', { analysis: own.analysis }), 'vouch-own')
  assert.equal((await matched(market, { ...at, analysis: own })).code, 'analysis-unvouched')
  const stolen = { ...own, order: market.id() as never }
  assert.equal(await market.send('beta', 'market.analysis', stolen), 'order-other')
})

test('M5 M9 an order is used as often as it says, until its owner closes it', async () => {
  const market = await sampleMarket()
  await fund(market)
  const at = await stalls(market, [{ uses: 2 }, {}])
  const codes = [await matched(market, at), await matched(market, at), await matched(market, at)].map(
    ({ code }) => code,
  )
  assert.deepEqual(codes, ['ok', 'ok', 'order-spent'])
  const order = at.offers[1]?.order as never
  assert.equal(await market.send('alpha', 'market.close', { order }), 'order-other')
  assert.equal(await market.send('beta', 'market.close', { order }), 'ok')
  assert.equal(await market.send('beta', 'market.close', { order }), 'order-closed')
})

test('M12 a request is one deal: matched twice, or with a data set twice, it is refused', async () => {
  const { market, at, task } = await ready()
  const again = { request: task as never, host: at.host.order }
  assert.equal(await market.send('gamma', 'market.match', again), 'task-known')
  const [first] = at.offers
  const twice = { datasets: [first?.order as never, first?.order as never] }
  assert.equal((await matched(market, at, twice)).code, 'set-twice')
})

test('M1 M2 M3 M4 credits come from the treasurer the members name, and leave by two words', async () => {
  const market = await sampleMarket()
  const deposit = () => ({ deposit: market.id() as never, to: orgName('lab') as never, amount: 50 })
  assert.equal(await market.send('treasurer', 'credit.deposit', deposit()), 'treasurer-other')
  await fund(market, 100)
  assert.equal(await market.send('lab', 'credit.deposit', deposit()), 'treasurer-other')
  const one = deposit()
  assert.equal(await market.send('treasurer', 'credit.deposit', one), 'ok')
  assert.equal(await market.send('treasurer', 'credit.deposit', one), 'deposit-known')
  const draw = { draw: market.id() as never, amount: 140 }
  assert.equal(await market.send('treasurer', 'credit.paid', { draw: draw.draw }), 'draw-unknown')
  assert.equal(await market.send('lab', 'credit.draw', { ...draw, amount: 151 }), 'credits-short')
  assert.equal(await market.send('lab', 'credit.draw', draw), 'ok')
  assert.equal(await market.send('lab', 'credit.paid', { draw: draw.draw }), 'treasurer-other')
  assert.equal(await market.send('treasurer', 'credit.paid', { draw: draw.draw }), 'ok')
  assert.equal(await market.send('treasurer', 'credit.paid', { draw: draw.draw }), 'draw-unknown')
  assert.deepEqual(market.credits(), { deposited: 150, accounts: 10, aside: 0, out: 140 })
})

test('M6 nobody offers data under a gate below three, or below ten where it is not public', async () => {
  const market = await sampleMarket()
  const gate = { k: 3, share: 10, dof: 10, dominance: 90, budget: 1 }
  assert.equal(await market.send('alpha', 'market.dataset', datasetBody(market, { gate })), 'ok')
  const closed = datasetBody(market, { gate: { ...gate, k: 9 }, public: false })
  assert.equal(await market.send('alpha', 'market.dataset', closed), 'gate-too-low')
})

test('M10 an organisation that was removed sells nothing any more, and has no key to sign with', async () => {
  const { market, at } = await ready()
  const remove = async (org: 'alpha' | 'beta' | 'gamma' | 'lab') =>
    market.send(org, 'org.remove' as never, { org: orgName('author') } as never)
  for (const org of ['alpha', 'beta', 'gamma', 'lab'] as const) assert.equal(await remove(org), 'ok')
  assert.equal((await matched(market, at)).code, 'org-left')
  const body = { ...at.analysis, order: market.id() as never }
  assert.equal(await market.send('author', 'market.analysis', body), 'org-unknown')
})

test('M12 the request of a lab is matched by anybody, on the lab’s terms alone', async () => {
  const market = await sampleMarket()
  await fund(market)
  const at = await stalls(market)
  const body = requestBody(market, at)
  await market.send('lab', 'market.request', body)
  assert.equal(await market.send('gamma', 'market.match', { request: body.order, host: at.host.order }), 'ok')
  assert.equal(market.balance('lab'), 952)
})

test('M20 every field of the market is closed and has its reason', () => {
  assert.doesNotThrow(() => createMachine([...ledgerModules, marketModule(SAMPLE_CHAIN)]))
})
