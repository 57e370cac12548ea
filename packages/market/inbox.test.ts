import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { utf8 } from '@salus/base/bytes'
import type { Call } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import { analysisOf } from '@salus/enclave/analyses/build'
import { packAnalysis, readAnalysis } from '@salus/enclave/analysis'
import { envelopeText } from '@salus/enclave/task/result'
import { ledgerEndpoints } from '@salus/ledger/endpoints'
import { decideTask } from './decision.ts'
import { createTrader, type Trader } from './device.ts'
import { type Stored, waiting } from './inbox.ts'
import { openStore } from './store.ts'
import {
  datasetBody,
  fund,
  matched,
  orgName,
  requestBody,
  type SampleMarket,
  sampleEnclave,
  sampleMarket,
} from './testing.ts'

/** A market whose first hospital decides by hand, with a store in a folder. */
async function world() {
  const market = await sampleMarket()
  await fund(market)
  const folder = mkdtempSync(join(tmpdir(), 'salus-inbox-'))
  const store = await openStore(pathToFileURL(folder).href)
  const put = async (text: string) => (await store.put([utf8(text)])).digest
  const { publicKey, privateKey } = market.keys.get(orgName('alpha')) as { publicKey: string; privateKey: CryptoKey }
  const call = (async (
    endpoint: unknown,
    { query, input }: { query: Record<string, string>; input: { tx: string } },
  ) => {
    if (endpoint === ledgerEndpoints.submit) return send(market, input.tx)
    return { ...market.machine.info(), value: market.machine.query(query.path as string, query.data ?? '') ?? null }
  }) as unknown as Call
  const trader = createTrader({ call, org: orgName('alpha'), publicKey, sign: privateKey })
  const stored: Stored = {
    get: store.get,
    manifest: async (name) => readAnalysis(await store.get(name, 1 << 24)).manifest,
  }
  return { market, folder, put, trader, stored, at: await offered(market, store) }
}
type World = Awaited<ReturnType<typeof world>>

function send({ machine }: SampleMarket, tx: string): object {
  const { height, time } = machine.info()
  const { results } = machine.finalizeBlock({ height: height + 1, time: time + 1_000, txs: [tx] })
  machine.commit()
  assert.equal(results[0]?.code, 'ok')
  return {}
}

/** One data set, decided on by hand; an analysis whose object is in the store; a machine. */
async function offered(market: SampleMarket, store: Awaited<ReturnType<typeof openStore>>) {
  const manifest = readFileSync(new URL('describe/manifest.json', import.meta.resolve('@salus/enclave/analyses/build')))
  const { wasm } = await analysisOf('describe')
  const { digest: analysis } = await store.put([packAnalysis(new Uint8Array(manifest), wasm)])
  const order = { price: 5, uses: 9, until: 4_000_000_000, labs: [] }
  const program = { ...order, order: market.id() as never, analysis }
  const host = { ...order, order: market.id() as never, kind: 'simulated' as const, minutes: 10 }
  const offers = [datasetBody(market, { byHand: true })]
  for (const one of offers) await market.send('alpha', 'market.dataset', one)
  await market.send('author', 'market.analysis', program)
  await market.send('alpha', 'market.vouch', { analysis })
  await market.send('host', 'market.host', host)
  return { offers, analysis: program, host }
}

const orderOf = async ({ market, at }: World, params: string) =>
  (await matched(market, at, { params: params as never })).task
const rows = async (trader: Trader, stored: Stored) =>
  Object.fromEntries((await waiting(trader, stored)).map((one) => [one.task.task, one]))

test('A8 an order whose parameters are not there, or are no JSON, is a row that says so; the others stay, and it can be refused', async () => {
  const w = await world()
  const good = await orderOf(w, await w.put('{"columns":["age"]}'))
  const gone = await orderOf(w, requestBody(w.market, w.at).params)
  const noise = await orderOf(w, await w.put('{"columns":'))
  const bytes = await w.put('{"one":1}')
  const changed = await orderOf(w, bytes)
  writeFileSync(join(w.folder, bytes), '{"one":2}')
  const seen = await rows(w.trader, w.stored)
  assert.deepEqual(
    [good, gone, noise, changed].map((id) => seen[id]?.readable),
    [true, false, false, false],
  )
  assert.deepEqual([seen[good]?.params, seen[good]?.manifest?.name], [{ columns: ['age'] }, 'describe'])
  assert.deepEqual([seen[gone]?.params, seen[gone]?.manifest?.name], [undefined, 'describe'])
  await decideTask(w.trader, gone, false)
  assert.equal((await w.trader.task(gone)).state, 'refunded')
  assert.deepEqual(Object.keys(await rows(w.trader, w.stored)).sort(), [good, noise, changed].sort())
})

test('A8 an analysis that is not there, or is none, hides nothing', async () => {
  const w = await world()
  const id = await orderOf(w, await w.put('{}'))
  writeFileSync(join(w.folder, w.at.analysis.analysis), 'no analysis')
  const [only, ...more] = await waiting(w.trader, w.stored)
  assert.deepEqual([only?.task.task, only?.readable, only?.manifest, more.length], [id, false, undefined, 0])
})

test('A8 a held result whose envelope is not there is a row of its own; where it is, its reasons are shown', async () => {
  const w = await world()
  for (const there of [true, false]) {
    const id = await orderOf(w, await w.put('{}'))
    await decideTask(w.trader, id, true)
    const order = w.at.offers[0]?.order as never
    const enclave = await sampleEnclave()
    const verdict = await w.put(`a verdict of ${id}`)
    await w.trader.send('task.reserve', { task: id as never, order, units: 1, enclave: enclave.key as never, verdict })
    const { deal } = w.market.task(id)
    const text = envelopeText({
      ...{ format: 'salus-result/1', task: id as never, deal: deal as never, outcome: 'held' },
      ...{ reasons: [{ rule: 'dominance', about: 'visits' }], shares: [] },
    })
    const result = there ? await w.put(text) : requestBody(w.market, w.at).params
    const signature = await enclave.outcome(deal, result, 'held')
    await w.market.send('host', 'task.result', { task: id as never, result, outcome: 'held', signature })
    const row = (await rows(w.trader, w.stored))[id]
    assert.deepEqual([row?.readable, row?.reasons.map(({ rule }) => rule)], [there, there ? ['dominance'] : []])
  }
})

test('A8 no connection is no word about an order: nothing is called unreadable then', async () => {
  const w = await world()
  await orderOf(w, await w.put('{}'))
  const get = () => Promise.reject(new AppError('node-unreachable'))
  await assert.rejects(waiting(w.trader, { ...w.stored, get }), { code: 'node-unreachable' })
})
