import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '@salus/base/endpoint'
import { digest } from '@salus/crypto/hash'
import { ledgerEndpoints } from '@salus/ledger/endpoints'
import { createAudit } from './audit.ts'
import { type Bodies, type MarketTx, WAITS } from './contract.ts'
import { createTrader, type Trader } from './device.ts'
import { csvText } from './table.ts'
import {
  fund,
  matched,
  orgName,
  type SampleMarket,
  type SampleOrg,
  sampleEnclave,
  sampleMarket,
  sampleShare,
  stalls,
} from './testing.ts'

type Block = { readonly height: number; readonly time: number; readonly txs: string[] }

/** A market whose blocks can be read as a desk reads them; `asked` keeps from which heights. */
async function world() {
  const market = await sampleMarket()
  const [blocks, asked]: [Block[], number[]] = [[], []]
  const call = (async (endpoint: unknown, { query }: { query: Record<string, string> }) => {
    if (endpoint === ledgerEndpoints.state)
      return { ...market.machine.info(), value: market.machine.query(query.path as string, query.data ?? '') ?? null }
    asked.push(Number(query.from))
    return { blocks: blocks.filter(({ height }) => height >= Number(query.from)).slice(0, 3) }
  }) as unknown as Call
  const trader = (org: SampleOrg): Trader => {
    const { privateKey, publicKey } = market.keys.get(orgName(org)) as { privateKey: CryptoKey; publicKey: string }
    return createTrader({ call, org: orgName(org), publicKey, sign: privateKey })
  }
  const kept: SampleMarket = {
    ...market,
    async send<T extends MarketTx>(org: SampleOrg, type: T, body: Bodies[T], later = 1_000) {
      const tx = await market.sign(org, type, body)
      const { height, time } = market.machine.info()
      const block = { height: height + 1, time: time + later, txs: [tx] }
      const { results } = market.machine.finalizeBlock(block)
      market.machine.commit()
      blocks.push(block)
      assert.equal(results[0]?.code, 'ok', type)
      return 'ok'
    },
  }
  return { market: kept, trader, asked }
}

const orgs = ['alpha', 'beta'] as const

/** Runs a deal of alpha's and beta's data to its end, or as far as `handed` of them hand their share over. */
async function settle(market: SampleMarket, at: Awaited<ReturnType<typeof stalls>>, task: string, handed = 2) {
  const [enclave, id] = [await sampleEnclave(), task as never]
  for (const [i, org] of orgs.entries()) {
    const order = at.offers[i]?.order as never
    const body = { task: id, order, units: 1, enclave: enclave.key, verdict: digest('verdict') }
    await market.send(org, 'task.reserve', body)
  }
  const result = digest('a sealed result')
  const signature = await enclave.outcome(market.task(task).deal, result, 'released')
  await market.send('host', 'task.result', { task: id, result, outcome: 'released', signature })
  for (const [i, org] of orgs.slice(0, handed).entries()) {
    await market.send(org, 'task.deliver', { task: id, order: at.offers[i]?.order as never, share: sampleShare })
  }
}

test('A1 an audit has every use of own data once, newest first, with what bound it, its cause and its units', async () => {
  const { market, trader, asked } = await world()
  await fund(market)
  const at = await stalls(market, [{ byHand: true, duties: ['DUO:0000021'] }, { price: 7 }])
  const audit = createAudit(trader('alpha'))
  assert.deepEqual((await audit()).uses, [])
  const first = await matched(market, at, { duties: ['DUO:0000021'] })
  await market.send('alpha', 'task.decide', {
    task: first.task as never,
    order: at.offers[0]?.order as never,
    allow: true,
  })
  await settle(market, at, first.task)
  const second = await matched(market, at, { duties: ['DUO:0000021', 'DUO:0000046'], purpose: 'DUO:0000006' })
  await market.send('alpha', 'task.decide', {
    ...{ task: second.task as never, order: at.offers[0]?.order as never, allow: false },
  })
  const { uses, acts, offers } = await audit()
  const [many, last] = [asked.length, asked.at(-1) ?? 0]
  assert.deepEqual((await audit()).uses, uses)
  assert.deepEqual([...new Set(asked.slice(many))], [last], 'what was read is not asked for again')
  const seen = uses.map(({ task, state, cause, units, left, paid, duties, purpose, byHand, k, lab }) => ({
    ...{ task, state, cause, units, left, paid, duties, purpose, byHand, k, lab },
  }))
  const same = { left: 99, byHand: true, k: 10, lab: 'sample-lab' }
  assert.deepEqual(seen, [
    {
      ...{ task: second.task, state: 'refunded', cause: 'refused-by-hand', units: 0, paid: 0, ...same },
      ...{ duties: ['DUO:0000021', 'DUO:0000046'], purpose: 'DUO:0000006' },
    },
    {
      ...{ task: first.task, state: 'settled', cause: undefined, units: 1, paid: 20, ...same },
      ...{ duties: ['DUO:0000021'], purpose: 'DUO:0000042' },
    },
  ])
  assert.equal(offers.length, 1, 'own offers alone')
  assert.equal(acts.filter(({ type }) => type === 'task.reserve').length, 2, 'everybody’s words in own deals')
  const beta = await createAudit(trader('beta'))()
  assert.deepEqual([beta.uses.length, beta.uses[1]?.paid], [2, 7])
  assert.deepEqual((await createAudit(trader('gamma'))()).uses, [])
})

test('A1 what broke off is read again: no word is lost', async () => {
  const { market, trader } = await world()
  await fund(market)
  const at = await stalls(market)
  const { task } = await matched(market, at)
  await settle(market, at, task)
  const whole = trader('alpha')
  let broken = true
  const breaking: Trader = {
    ...whole,
    async *transactions(from) {
      let n = 0
      for await (const one of whole.transactions(from)) {
        n += 1
        yield one
        if (broken && n === 9) throw new Error('the network')
      }
    },
  }
  const audit = createAudit(breaking)
  await assert.rejects(audit())
  broken = false
  const { acts } = await audit()
  assert.deepEqual(acts, (await createAudit(whole)()).acts)
  assert.ok(acts.length >= 4)
})

test('A2 revenue counts what was paid, by data set; what is open is no revenue, what was drawn is said', async () => {
  const { market, trader } = await world()
  await fund(market)
  const at = await stalls(market, [{ price: 20 }, { price: 7 }])
  await settle(market, at, (await matched(market, at)).task)
  await matched(market, at)
  for (const amount of [5, 6]) await market.send('alpha', 'credit.draw', { draw: market.id() as never, amount })
  const [draw] = await trader('alpha').draws()
  await market.send('treasurer', 'credit.paid', { draw: draw?.draw as never })
  const { revenue } = await createAudit(trader('alpha'))()
  const set = at.offers[0]?.set ?? ''
  const paid = draw?.amount ?? 0
  assert.deepEqual(revenue, { earned: 20, bySet: { [set]: 20 }, open: 20, aside: 11 - paid, drawn: paid })
  assert.equal((await createAudit(trader('beta'))()).revenue.drawn, 0, 'another’s draws are not ours')
})

test('A2 a hospital that had handed its share over is paid in a refused deal too; the other is not', async () => {
  const { market, trader } = await world()
  await fund(market)
  const at = await stalls(market, [{ price: 20 }, { price: 7 }])
  const { task } = await matched(market, at)
  await settle(market, at, task, 1)
  await market.send('gamma', 'task.claim', { task: task as never }, (WAITS.deliver + 60) * 1_000)
  const { state, paid = {} } = market.task(task)
  assert.deepEqual([state, paid[orgName('alpha')], paid[orgName('beta')]], ['refused', 20, undefined])
  for (const [i, org] of orgs.entries()) {
    const { uses, revenue } = await createAudit(trader(org))()
    const due = paid[orgName(org)] ?? 0
    assert.deepEqual([uses[0]?.state, uses[0]?.paid, revenue.earned, revenue.open], ['refused', due, due, 0], org)
    assert.deepEqual(revenue.bySet, due === 0 ? {} : { [at.offers[i]?.set ?? '']: due })
  }
})

test('A3 a cell that a spreadsheet would run is text; numbers stay numbers, quotes and lines stay whole', () => {
  const bad = ['=1+1', '+1+1', '-1+cmd|x', '@SUM(A1)', '\t=1', '\r=1', ' =1', '-A1', '-2-3']
  const rows = bad.map((a) => ({ a }))
  for (const [i, line] of csvText(rows).trimEnd().split('\n').slice(1).entries())
    assert.match(line, /^"?'/, JSON.stringify(bad[i]))
  assert.equal(csvText([{ a: -1.5, b: '1e-7', c: null, d: 'x, "y"\nz;' }]), 'a,b,c,d\n-1.5,1e-7,,"x, ""y""\nz;"\n')
  assert.equal(csvText([], ['a', 'b']), 'a,b\n')
})
