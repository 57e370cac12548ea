/** A consortium with a market, for tests and benches: sample hospitals, a lab, a host, an author and a treasurer on one machine. */
import { base64url, utf8 } from '@salus/base/bytes'
import { newId } from '@salus/base/ids'
import { seededRandom } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey, generateKeyPair } from '@salus/crypto/keys'
import { type Deal, defaultGate, type Outcome, outcomeText } from '@salus/enclave/deal'
import { signTx } from '@salus/ledger/device'
import { ledgerModules } from '@salus/ledger/embedded'
import { createMachine, type Machine } from '@salus/ledger/machine'
import { SAMPLE_CHAIN, sampleGenesis, sampleOrganisation } from '@salus/ledger/samples'
import type { Bodies, MarketTx, Task } from './contract.ts'
import { marketModule } from './ledger.ts'

export const SAMPLE_ORGS = ['alpha', 'beta', 'gamma', 'lab', 'host', 'author', 'treasurer'] as const
export type SampleOrg = (typeof SAMPLE_ORGS)[number]
/** `sample-alpha` … as the ledger knows them. */
export const orgName = (org: SampleOrg): string => `sample-${org}`

type KeyPair = Awaited<ReturnType<typeof generateDeviceKey>>

const FAR = 4_000_000_000

/** A running sample market. `send` signs one transaction in a block of its own and gives its code. */
export type SampleMarket = Awaited<ReturnType<typeof sampleMarket>>

/** Starts one; `members` gives the signing keys of the organisations. */
export async function sampleMarket(seed = 1) {
  const random = seededRandom(seed)
  const organisations = await Promise.all(SAMPLE_ORGS.map((org) => sampleOrganisation(orgName(org))))
  const keys = new Map<string, KeyPair>(organisations.map(({ org, keys }) => [org, keys]))
  const genesis = sampleGenesis(organisations)
  const machine = createMachine([...ledgerModules, marketModule(SAMPLE_CHAIN)], genesis)
  const seqs = new Map<string, number>()
  const id = () => newId(random) as never as string
  async function sign<T extends MarketTx>(org: SampleOrg, type: T, body: Bodies[T]): Promise<string> {
    const name = orgName(org)
    const pair = keys.get(name) as KeyPair
    const seq = (seqs.get(name) ?? 0) + 1
    seqs.set(name, seq)
    return signTx(pair.privateKey, pair.publicKey, { chain: SAMPLE_CHAIN, org: name, seq, type, body })
  }
  async function send<T extends MarketTx>(org: SampleOrg, type: T, body: Bodies[T], later = 1_000): Promise<string> {
    const code = runOne(machine, await sign(org, type, body), later)
    if (code !== 'ok') seqs.set(orgName(org), (seqs.get(orgName(org)) ?? 1) - 1)
    return code
  }
  return { machine, genesis, keys, random, id, sign, send, ...reads(machine) }
}

function runOne(machine: Machine, tx: string, later: number): string {
  const { height, time } = machine.info()
  const { results } = machine.finalizeBlock({ height: height + 1, time: time + later, txs: [tx] })
  machine.commit()
  return results[0]?.code ?? ''
}

const reads = (machine: Machine) => ({
  balance: (org: SampleOrg) => machine.query('market/balance', orgName(org)) as number,
  task: (id: string) => machine.query('market/task', id) as Task,
  deal: (id: string) => machine.query('market/deal', id) as Deal,
  credits: () => machine.query('market/credits') as { deposited: number; accounts: number; aside: number; out: number },
})

/** Makes the treasurer, and gives the lab credits. */
export async function fund(market: SampleMarket, amount = 1_000): Promise<void> {
  for (const org of ['alpha', 'beta', 'gamma', 'lab'] as const) {
    await market.send(org, 'credit.treasurer', { org: orgName('treasurer') as never })
  }
  await market.send('treasurer', 'credit.deposit', {
    deposit: market.id() as never,
    to: orgName('lab') as never,
    amount,
  })
}

const sampleKey = (market: SampleMarket) => generateKeyPair(market.random).publicKey

/** A data set's order, with what a test wants different. */
export const datasetBody = (
  market: SampleMarket,
  more: Partial<Bodies['market.dataset']> = {},
): Bodies['market.dataset'] => ({
  ...{ order: market.id() as never, set: market.id() as never, data: digest(market.id()), price: 20, uses: 5 },
  ...{ until: FAR, labs: [], analyses: [], kinds: ['simulated', 'snp'], purposes: ['DUO:0000042'], duties: [] },
  ...{ public: true, byHand: false, key: sampleKey(market), gate: defaultGate },
  ...more,
})

/** Offers of `sets` hospitals, an analysis with a voucher and a host; gives their orders. */
export async function stalls(market: SampleMarket, sets: readonly Partial<Bodies['market.dataset']>[] = [{}, {}]) {
  const hospitals = ['alpha', 'beta', 'gamma'] as const
  const offers = sets.map((one) => datasetBody(market, one))
  for (const [i, body] of offers.entries()) await market.send(hospitals[i % 3] as SampleOrg, 'market.dataset', body)
  const analysis = {
    ...{ order: market.id() as never, analysis: digest(market.id()), price: 5, uses: 5, until: FAR, labs: [] },
  }
  await market.send('author', 'market.analysis', analysis)
  await market.send('alpha', 'market.vouch', { analysis: analysis.analysis })
  const host = {
    ...{
      order: market.id() as never,
      kind: 'simulated' as const,
      price: 3,
      uses: 5,
      until: FAR,
      labs: [],
      minutes: 10,
    },
  }
  await market.send('host', 'market.host', host)
  return { offers, analysis, host }
}
export type Stalls = Awaited<ReturnType<typeof stalls>>

/** A request for all of them, with what a test wants different. */
export const requestBody = (
  market: SampleMarket,
  { offers, analysis }: Stalls,
  more: Partial<Bodies['market.request']> = {},
): Bodies['market.request'] => ({
  ...{ order: market.id() as never, datasets: offers.map(({ order }) => order), analysis: analysis.order },
  ...{ kind: 'simulated', params: digest('{}'), purpose: 'DUO:0000042', duties: [], key: sampleKey(market) },
  ...{ most: 1_000, until: FAR },
  ...more,
})

/** Requests and matches; gives the task's id. */
export async function matched(market: SampleMarket, at: Stalls, more: Partial<Bodies['market.request']> = {}) {
  const body = requestBody(market, at, more)
  await market.send('lab', 'market.request', body)
  const code = await market.send('lab', 'market.match', { request: body.order, host: at.host.order })
  return { task: body.order as string, code }
}

/** An enclave's key, and what it signs at the end of a task. */
export async function sampleEnclave() {
  const keys = await generateDeviceKey()
  return {
    key: keys.publicKey,
    async outcome(deal: string, result: string, outcome: Outcome) {
      const message = utf8(outcomeText({ deal, result, outcome }))
      return base64url(new Uint8Array(await crypto.subtle.sign('Ed25519', keys.privateKey, message)))
    },
  }
}

/** A share as it stands on the ledger: five parts of base64url. */
export const sampleShare = `${'a'.repeat(60)}..${'b'.repeat(16)}.${'c'.repeat(64)}.${'d'.repeat(22)}`
