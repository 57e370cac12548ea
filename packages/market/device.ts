/** What an organisation's device does on the market: it reads the ledger, and signs and sends what its organisation says. */
import type { Call } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import type { SigningKey } from '@salus/crypto/jws'
import type { Deal } from '@salus/enclave/deal'
import { signTx } from '@salus/ledger/device'
import { ledgerEndpoints, type StatePath } from '@salus/ledger/endpoints'
import {
  type AnalysisOrder,
  type Bodies,
  bodies,
  type DatasetOrder,
  type HostOrder,
  type MarketTx,
  type RequestOrder,
  type Task,
} from './contract.ts'

export type Offer = DatasetOrder & { readonly spent: number }
export type Program = AnalysisOrder & { readonly vouched: readonly string[] }
/** Credits on their way out: `paid` once the treasurer said so. */
export type DrawRow = { readonly draw: string; readonly org: string; readonly amount: number; readonly paid: boolean }

/** One organisation on the market. */
export type Trader = {
  readonly org: string
  /** Puts what the organisation says on the ledger; resolves when it is durable, rejects with the rule that refused it. */
  send<T extends MarketTx>(type: T, body: Bodies[T]): Promise<void>
  /** Resolves at the next block, or after a while. */
  next(): Promise<void>
  balance(): Promise<number>
  datasets(): Promise<Offer[]>
  analyses(): Promise<Program[]>
  hosts(): Promise<HostOrder[]>
  request(id: string): Promise<RequestOrder | undefined>
  order(id: string): Promise<DatasetOrder | AnalysisOrder | HostOrder | RequestOrder | undefined>
  task(id: string): Promise<Task>
  tasks(): Promise<Task[]>
  deal(id: string): Promise<Deal>
  treasurer(): Promise<string | undefined>
  /** Credits that were set aside to be paid out, everybody's. */
  draws(): Promise<DrawRow[]>
  /** The present key of a member. */
  keyOf(org: string): Promise<string | undefined>
  /** Every transaction that was ever sent (from a height on), word for word, oldest first. */
  transactions(from?: number): AsyncGenerator<{ readonly height: number; readonly time: number; readonly tx: string }>
  /** Block time of the ledger, ms. */
  now(): Promise<number>
}

const TRIES = 8

/** `sign` and `publicKey` are the organisation's own; `call` carries a session of its desk. */
export function createTrader(at: { call: Call; org: string; publicKey: string; sign: SigningKey }): Trader {
  const ask = (path: StatePath, data = '') =>
    at.call(ledgerEndpoints.state, { query: { path, ...(data ? { data } : {}) } })
  const value = async <T>(path: StatePath, data?: string) => ((await ask(path, data)).value ?? undefined) as T
  const must = async <T>(path: StatePath, data: string): Promise<T> => {
    const found = await value<T | undefined>(path, data)
    if (found === undefined) throw new AppError('task-unknown')
    return found
  }
  let height = 0
  let last: Promise<unknown> = Promise.resolve()
  return {
    org: at.org,
    send(type, body) {
      const sent = last.then(() => send(at, ask, type, bodies[type].parse(body) as never))
      last = sent.catch(() => undefined)
      return sent
    },
    async next() {
      height = (await at.call(ledgerEndpoints.next, { query: { after: height } })).height
    },
    balance: () => value('market/balance', at.org),
    datasets: () => value('market/datasets'),
    analyses: () => value('market/analyses'),
    hosts: () => value('market/hosts'),
    order: (id) => value('market/order', id),
    request: (id) => value('market/order', id),
    task: (id) => must('market/task', id),
    tasks: () => value('market/tasks'),
    deal: (id) => must('market/deal', id),
    treasurer: () => value('market/treasurer'),
    draws: () => value('market/draws'),
    keyOf: async (org) => keyOfMember(await value('members/get', org)),
    transactions: (from = 1) => allTransactions(at.call, from),
    now: async () => (await ask('machine/seq', at.org)).time,
  }
}

const keyOfMember = (member: { key: string; status: string } | undefined): string | undefined =>
  member?.status === 'member' ? member.key : undefined

async function* allTransactions(call: Call, first: number) {
  for (let from = first; ; ) {
    const { blocks } = await call(ledgerEndpoints.blocks, { query: { from } })
    for (const { height, time, txs } of blocks) for (const tx of txs) yield { height, time, tx }
    const last = blocks.at(-1)
    if (!last) return
    from = last.height + 1
  }
}

type At = Parameters<typeof createTrader>[0]
type Ask = (path: StatePath, data?: string) => Promise<{ chain: string; value: unknown }>

/** Another device of the same organisation may have used the number meanwhile: then the next one is taken. */
async function send(at: At, ask: Ask, type: MarketTx, body: object): Promise<void> {
  for (let i = 1; ; i++) {
    const { chain, value } = await ask('machine/seq', at.org)
    const payload = { chain, org: at.org, type, seq: Number(value) + 1, body }
    const tx = await signTx(at.sign, at.publicKey, payload)
    try {
      await at.call(ledgerEndpoints.submit, { input: { tx } })
      return
    } catch (error) {
      const raced = isAppError(error) && (error.code === 'seq-replayed' || error.code === 'seq-gap')
      if (!raced || i === TRIES) throw error
    }
  }
}
