/**
 * A small market in one process, for its hard cases: the ledger's machine behind the endpoints that devices call, a store in a folder,
 * hospitals with made-up rows and real key brokers on ports of their own, and a host that starts real enclaves.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type Bytes, fromHex, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import type { Call } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { manualClock, seededRandom } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { generateKeyPair } from '@salus/crypto/keys'
import { analysisOf } from '@salus/enclave/analyses/build'
import { packAnalysis } from '@salus/enclave/analysis'
import { defaultGate, type HostKind } from '@salus/enclave/deal'
import { type Evidence, policySchema, type WrittenPolicy } from '@salus/enclave/evidence/contract'
import { sampleSnp } from '@salus/enclave/evidence/testing'
import { measureSources } from '@salus/enclave/measure'
import type { RawQuote } from '@salus/enclave/task/messages'
import { openResult } from '@salus/enclave/task/result'
import { signTx } from '@salus/ledger/device'
import { ledgerEndpoints } from '@salus/ledger/endpoints'
import type { Cohort } from '@salus/market/broker/cohorts'
import { deliver, envelopeOf } from '@salus/market/broker/delivery'
import { serveBroker } from '@salus/market/broker/serve'
import { type BrokerPorts, createBroker } from '@salus/market/broker/service'
import type { Bodies, MarketTx } from '@salus/market/contract'
import { type DataContract, dataContract } from '@salus/market/dataset/contract'
import { publishData } from '@salus/market/dataset/publish'
import { createTrader, type Trader } from '@salus/market/device'
import { brokerAt } from '@salus/market/host/brokers'
import { isolationHere } from '@salus/market/host/isolation'
import type { HostPorts } from '@salus/market/host/run'
import { placeOrder, quoteOf } from '@salus/market/lab'
import { type ObjectStore, openStore } from '@salus/market/store'
import { orgName, SAMPLE_ORGS, type SampleOrg, sampleMarket } from '@salus/market/testing'

export const ROWS = 200
/** Synthetic evidence holds at this time; the brokers' clock stands there. */
const sample = sampleSnp(new Uint8Array(64))
const both = (text: string) => ({ en: text, fr: text })
const number = (name: string, min: number, max: number) => ({
  ...{ name, title: both(name), kind: 'number' as const, unit: '1', min, max },
})
const contract: DataContract = dataContract.parse({
  ...{ format: 'salus-contract/1', title: both('Rows (sample)'), description: both('Made-up rows (sample)') },
  file: { header: true, separator: ',', decimal: '.', encoding: 'utf-8' },
  columns: [number('rank', 1, ROWS), number('age', 20, 90), number('pressure', 80, 220), number('sick', 0, 1)],
})

/** Made-up rows with values that stand nowhere else. */
function rowsOf(seed: number): number[][] {
  const random = seededRandom(seed)
  const draw = () => new DataView(random(4).buffer).getUint32(0) / 2 ** 32
  return Array.from({ length: ROWS }, (_, i) => {
    const [age, pressure] = [20 + draw() * 69, 100 + draw() * 80]
    const sick = draw() < 1 / (1 + Math.exp(-((age - 55) / 20 + (pressure - 140) / 40))) ? 1 : 0
    return [i + 1, Number(age.toFixed(9)), Number(pressure.toFixed(9)), sick]
  })
}

/** The model every test orders, with what it wants different. */
export const model = (more: object = {}) => ({
  ...{ outcome: { column: 'sick', op: 'gt', value: 0 }, terms: [{ column: 'age' }, { column: 'pressure' }] },
  ...{ site: 'factor', missing: 'complete', ...more },
})
export const upTo = (rank: number) => model({ filter: [{ column: 'rank', op: 'le', value: rank }] })

export type Hospital = {
  readonly org: SampleOrg
  readonly trader: Trader
  readonly rows: readonly (readonly number[])[]
  readonly key: Bytes
  readonly share: { readonly publicKey: string; readonly privateKey: Bytes }
  readonly offer: Bodies['market.dataset']
  readonly cohorts: Map<string, Cohort[]>
  readonly ports: BrokerPorts
  /** Everything its broker was asked and answered, and the refusals. */
  readonly said: { readonly route: string; readonly code: string }[]
  /** The next version of its set, over these rows; offered like the first. */
  publish(rows: readonly (readonly number[])[]): Promise<Hospital>
  /** A new broker in the old one's place: it forgot its nonces and keeps its files. */
  restart(change?: Partial<BrokerPorts>): Promise<void>
}
type Market = Awaited<ReturnType<typeof sampleMarket>>
type Ledger = { readonly blocks: { height: number; time: number; txs: string[] }[]; later: number }

/** What a node answers a desk, over the machine; each transaction is a block, `later` ms after the one before. */
function callOf({ machine }: Market, ledger: Ledger): Call {
  const call = async (endpoint: unknown, request: { query?: Record<string, string>; input?: { tx: string } }) => {
    const { query = {}, input } = request
    const { height, time } = machine.info()
    if (endpoint === ledgerEndpoints.state)
      return { ...machine.info(), value: machine.query(query.path as string, query.data ?? '') ?? null }
    if (endpoint === ledgerEndpoints.blocks) return { blocks: ledger.blocks.slice(Number(query.from) - 1, 1_000) }
    if (endpoint === ledgerEndpoints.next) return { height }
    const tx = input?.tx as string
    const block = { height: height + 1, time: time + ledger.later, txs: [tx] }
    const { results } = machine.finalizeBlock(block)
    machine.commit()
    ledger.blocks.push(block)
    ledger.later = 1_000
    const code = results[0]?.code ?? ''
    if (code !== 'ok') throw new AppError(code)
    return {}
  }
  return call as never
}

function traderOf(market: Market, ledger: Ledger, org: SampleOrg): Trader {
  const { privateKey, publicKey } = market.keys.get(orgName(org)) as { privateKey: CryptoKey; publicKey: string }
  return createTrader({ call: callOf(market, ledger), org: orgName(org), publicKey, sign: privateKey })
}

const signerOf = (market: Market, org: SampleOrg) => async (message: Bytes) =>
  new Uint8Array(await crypto.subtle.sign('Ed25519', market.keys.get(orgName(org))?.privateKey as CryptoKey, message))

export type Ground = {
  readonly market: Market
  readonly ledger: Ledger
  readonly dir: string
  readonly store: ObjectStore
  readonly time: ReturnType<typeof manualClock>
  readonly traders: Readonly<Record<SampleOrg, Trader>>
  readonly undo: (() => unknown)[]
}

/** One hospital: rows, ciphertext in the store, a broker that answers, and its signed offer. */
async function hospitalOf(
  ground: Ground,
  at: { org: SampleOrg; seed: number; offer: Partial<Bodies['market.dataset']>; policy: WrittenPolicy },
): Promise<Hospital> {
  const { market, dir, store, time, traders } = ground
  const { org, seed, offer: more, policy } = at
  const trader = traders[org]
  const rows = rowsOf(seed)
  const path = join(dir, `${org}.csv`)
  const share = generateKeyPair(systemRandom, 1)
  const cohorts = new Map<string, Cohort[]>()
  const marks = new Map<string, Bytes>()
  const refusals = new Map<string, number[]>()
  const evaluations = new Map<string, number>()
  const mine: Record<string, Bytes> = {}
  const said: { route: string; code: string }[] = []
  const ports: BrokerPorts = {
    ...{ trader, store, clock: time.clock, random: systemRandom, policy: policySchema.parse(policy) },
    keys: {
      ...{ org: orgName(org), publicKey: market.keys.get(orgName(org))?.publicKey ?? '', sign: signerOf(market, org) },
      dataKey: async (data) => mine[data]?.slice(),
      shareKey: async () => share.privateKey.slice(),
    },
    evaluations: {
      highest: async (kind) => evaluations.get(kind) ?? 0,
      saw: async (kind, number) => void evaluations.set(kind, number),
    },
    cohorts: {
      versions: async () => [...cohorts.keys()],
      marks: async (data) => marks.get(data),
      earlier: async (data) => cohorts.get(data) ?? [],
      refusals: async (lab) => refusals.get(lab) ?? [],
      refused: async (lab, at) => void refusals.set(lab, [...(refusals.get(lab) ?? []), at]),
      drop: async (data, task) => {
        const all = cohorts.get(data) ?? []
        const last = all.findLastIndex((one) => one.task === task)
        if (last >= 0) cohorts.set(data, all.toSpliced(last, 1))
      },
      keep: async (data, one, rows) => {
        marks.set(data, rows)
        cohorts.set(data, [...(cohorts.get(data) ?? []), one])
      },
    },
  }
  const log = (line: { route: string; code: string }) => void said.push(line)
  let running = await serveBroker(createBroker(ports), { host: '127.0.0.1', port: 0, log })
  ground.undo.push(() => running.stop())
  const port = Number(new URL(running.url).port)
  const open = more.public ?? true
  const set = newId(systemRandom)
  let versions = 0
  const offered = async (now: readonly (readonly number[])[]) => {
    writeFileSync(path, ['rank,age,pressure,sick', ...now.map((row) => row.join(','))].join('\n'))
    const key = systemRandom(32)
    const version = { set, org: orgName(org), version: ++versions, terms: 'Terms (sample).', broker: running.url }
    const at = { path, contract, version: { ...version, public: open } as never, key, random: systemRandom }
    const { data } = await publishData(at, store)
    mine[data] = key
    const offer = {
      ...{ order: newId(systemRandom), set, data, price: 20, uses: 50, until: 4_000_000_000, labs: [] },
      ...{ analyses: [], kinds: ['simulated', 'snp'] as const, purposes: ['DUO:0000042'] as const, duties: [] },
      ...{ public: open, byHand: false, key: share.publicKey, gate: defaultGate, ...more },
    } as Bodies['market.dataset']
    await trader.send('market.dataset', offer)
    return { offer, key }
  }
  const restart = async (change: Partial<BrokerPorts> = {}) => {
    await running.stop()
    running = await serveBroker(createBroker({ ...ports, ...change }), { host: '127.0.0.1', port, log })
  }
  const hospital = { org, trader, share, cohorts, ports, said, restart }
  const publish = async (now: Hospital['rows']): Promise<Hospital> => ({
    ...{ ...hospital, rows: now, publish, ...(await offered(now)) },
  })
  return publish(rows)
}

/** The machine of a test: what an enclave said to the development key, put on hardware under the test root. */
export type Hardware = (reportData: Uint8Array) => Evidence
export const snp: Hardware = (reportData) => sampleSnp(reportData).evidence

const collateBy =
  (hardware: Hardware | undefined) =>
  async (quote: RawQuote): Promise<Evidence> => {
    if (quote.kind !== 'simulated' || quote.evidence.kind !== 'simulated') throw new Error('not of this world')
    return hardware ? hardware(fromHex(quote.evidence.reportData)) : quote.evidence
  }

/** What the brokers of this world accept: the test root's machines, and this very program simulated. */
export const acceptance = (more: WrittenPolicy = {}): WrittenPolicy => ({
  ...sample.policy,
  measurements: [...sample.policy.measurements, { kind: 'simulated', measurement: measureSources() }],
  ...more,
})

async function heartify(): Promise<Uint8Array> {
  const manifest = new URL('heartify/manifest.json', import.meta.resolve('@salus/enclave/analyses/build'))
  return packAnalysis(new Uint8Array(readFileSync(manifest)), (await analysisOf('heartify')).wasm)
}

type Wish = {
  /** What each hospital's offer has different. */
  readonly offers?: readonly Partial<Bodies['market.dataset']>[]
  readonly policy?: WrittenPolicy
}

async function openGround(): Promise<Ground> {
  const market = await sampleMarket()
  const ledger: Ledger = { blocks: [], later: 1_000 }
  const dir = mkdtempSync(join(tmpdir(), 'salus-market-'))
  const traders = Object.fromEntries(
    SAMPLE_ORGS.map((org) => [org, traderOf(market, ledger, org)]),
  ) as Ground['traders']
  const store = await openStore(pathToFileURL(join(dir, 'store')).href)
  const undo = [() => rmSync(dir, { recursive: true, force: true })]
  return { market, ledger, dir, store, time: manualClock(sample.now * 1_000), traders, undo }
}

/** Starts one: two hospitals (alpha, beta), Heartify vouched for, simulated and "hardware" hosts, a lab with 1000 credits. */
export async function startWorld({ offers = [{}, {}], policy = acceptance() }: Wish = {}) {
  const ground = await openGround()
  const { store, dir, traders } = ground
  for (const org of ['alpha', 'beta', 'gamma', 'lab'] as const)
    await traders[org].send('credit.treasurer', { org: orgName('treasurer') as never })
  const funds = { deposit: newId(systemRandom), to: orgName('lab'), amount: 1_000 }
  await traders.treasurer.send('credit.deposit', funds as never)
  const names = ['alpha', 'beta', 'gamma'] as const
  const hospitals: Hospital[] = []
  for (const [i, offer] of offers.entries())
    hospitals.push(await hospitalOf(ground, { org: names[i] as SampleOrg, seed: i + 1, offer, policy }))
  const terms = { uses: 100, until: 4_000_000_000, labs: [] }
  const { digest: analysis } = await store.put([await heartify()])
  await traders.author.send('market.analysis', { ...terms, order: newId(systemRandom), analysis, price: 5 } as never)
  await traders.alpha.send('market.vouch', { analysis })
  for (const kind of ['simulated', 'snp'])
    await traders.host.send('market.host', {
      ...terms,
      order: newId(systemRandom),
      kind,
      price: 3,
      minutes: 5,
    } as never)
  const folder = join(dir, 'tasks')
  mkdirSync(folder, { mode: 0o700 })
  const doing = acts(ground)
  // Also where a test failed before it came to that.
  after(doing.stop)
  return { ...ground, hospitals, analysis, labKey: generateKeyPair(systemRandom, 1), folder, ...doing }
}
export type World = Awaited<ReturnType<typeof startWorld>>

/** What the tests do to a ledger besides the market. */
function acts({ market, ledger, traders, undo }: Ground) {
  const call = callOf(market, ledger)
  return {
    /** The block time of the next transaction, ms after the last. */
    wait: (ms: number) => {
      ledger.later = ms
    },
    /** Any transaction, of any type; the code it was refused with, or `ok`. */
    async say(org: SampleOrg, type: MarketTx | 'org.remove', body: object, seq?: number): Promise<string> {
      const { privateKey, publicKey } = market.keys.get(orgName(org)) as { privateKey: CryptoKey; publicKey: string }
      const next = seq ?? Number(market.machine.query('machine/seq', orgName(org))) + 1
      const payload = { chain: market.genesis.chain, org: orgName(org), type, seq: next, body }
      const tx = await signTx(privateKey, publicKey, payload)
      return codeOf(call(ledgerEndpoints.submit, { input: { tx } } as never))
    },
    /** The same signed bytes again. */
    again: (tx: string) => codeOf(call(ledgerEndpoints.submit, { input: { tx } } as never)),
    balances: async () =>
      Object.fromEntries(
        await Promise.all(
          (['alpha', 'beta', 'lab', 'host', 'author'] as const).map(
            async (o) => [o, await traders[o].balance()] as const,
          ),
        ),
      ),
    async stop() {
      for (const one of undo.splice(0).reverse()) await one()
    },
  }
}

/** The code that something was refused with, or `ok`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error) => (error instanceof AppError ? String(error.code) : String(error)),
  )

/** Orders a model on every hospital's data; gives the task. */
export async function order(
  w: World,
  params: object = model(),
  kind: HostKind = 'simulated',
  purpose: Bodies['market.request']['purpose'] = 'DUO:0000042',
): Promise<string> {
  const text = JSON.stringify(params)
  await w.store.put([utf8(text)])
  const datasets = w.hospitals.map(({ offer }) => offer.order)
  const quote = await quoteOf(w.traders.lab, { datasets, analysis: w.analysis, kind })
  const placing = { quote, params: text, purpose, key: w.labKey.publicKey, most: 500 }
  return placeOrder(w.traders.lab, placing, { clock: w.time.clock, random: systemRandom })
}

/** The ports of this world's host, on simulated machines or on `hardware`. */
export const hostOf = (w: World, hardware?: Hardware, more: Partial<HostPorts> = {}): HostPorts => ({
  ...{ trader: w.traders.host, store: w.store, folder: w.folder, isolation, memoryBytes: 512 * 2 ** 20 },
  ...{ publicKey: w.market.keys.get(orgName('host'))?.publicKey ?? '', sign: signerOf(w.market, 'host') },
  ...{ broker: brokerAt, collate: collateBy(hardware), step: () => undefined, ...more },
})
const isolation = isolationHere()

/** Every hospital hands its share over. */
export async function deliverAll(w: World, id: string): Promise<void> {
  for (const { ports, trader } of w.hospitals) await deliver(ports, await trader.task(id))
}

/** The lab opens its result with the shares on the ledger. */
export async function open(w: World, id: string, key: Bytes = w.labKey.privateKey) {
  const task = await w.traders.lab.task(id)
  const shares = Object.fromEntries(task.legs.map(({ order: leg, share }) => [leg, share as string]))
  return openResult(await envelopeOf(w, task), key, shares)
}

/** How a failed task stands: refunded, its cause; and that no hospital reserved or released anything. */
export async function ended(w: World, id: string) {
  const { state, cause, legs } = await w.traders.lab.task(id)
  return { state, cause, reserved: legs.filter(({ reserved }) => reserved).length, released: released(w) }
}
/** How many keys the brokers let go. */
export const released = (w: World): number =>
  w.hospitals.flatMap(({ said }) => said).filter(({ route, code }) => route === 'release' && code === 'ok').length

/** A digest that is nothing's. */
export const nothing = digest('nothing (sample)')
