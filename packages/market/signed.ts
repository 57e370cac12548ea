/**
 * What a browser verifies of a deal: every signed word of it, under the pinned keys, and the enclave's signature. The machine's
 * evidence it does not judge again: certificates of makers are read by `salus result open` and `salus verify` alone.
 */
import { fromBase64url, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { checkWith, z } from '@salus/base/schema'
import { decodeJws, verifyEd25519 } from '@salus/crypto/jws'
import { type Deal, dealDigest, deal as dealSchema, outcomeText } from '@salus/enclave/deal'
import { TX_TYP } from '@salus/ledger/contract'
import { type Bodies, bodies, type MarketTx, type Task } from './contract.ts'
import type { Trader } from './device.ts'
import { keysFrom, nextKeyOf, type Pinned } from './rotation.ts'

const said = z.object({ org: z.string(), type: z.string(), chain: z.string(), body: z.record(z.string(), z.unknown()) })
type Said = z.infer<typeof said>

/** Keys of organisations, as the verifier pinned them. */
type OrgKeys = (org: string) => readonly Pinned[]

const broken = (what: string) => new AppError('receipt-broken', { what })

function concerns({ type, body }: Said, task: string, orders: ReadonlySet<string>): boolean {
  if (type.startsWith('task.')) return body.task === task
  if (type === 'market.match') return body.request === task
  return type.startsWith('market.') && type !== 'market.close' && orders.has(String(body.order))
}

type Word = Said & { readonly by: string }

/** A transaction, its signature verified under the key it names; undefined when it does not concern the deal. */
async function wordOf(tx: string, concern: (said: Said) => boolean): Promise<Word | undefined> {
  const { payload, header, signingInput, signature } = decodeJws(tx, TX_TYP)
  const read = said.safeParse(parseJson(payload))
  if (!read.success || !concern(read.data)) return undefined
  const by = String(header.kid)
  if (!(await verifyEd25519(by, signingInput, signature))) throw broken('signature')
  return { ...read.data, by }
}

/** Every transaction of the deal, signed with a key that the roots know of its organisation, or with one that it led to. */
async function signedWords(trader: Trader, keyOf: OrgKeys, task: Task): Promise<Said[]> {
  const orders = new Set([task.task, task.analysis.order, task.host.order, ...task.legs.map(({ order }) => order)])
  const orgs = new Set([task.lab, task.analysis.org, task.host.org, ...task.legs.map(({ org }) => org)])
  const concern = (one: Said) => concerns(one, task.task, orders) || (orgs.has(one.org) && nextKeyOf(one) !== undefined)
  const found: Word[] = []
  for await (const { tx } of trader.transactions()) {
    const word = await wordOf(tx, concern)
    if (word) found.push(word)
  }
  const keysOf = (org: string) => {
    const pinned = keyOf(org)
    if (pinned.length === 0) throw broken('signature')
    const rotations = found.flatMap((one) => (one.org === org ? [{ by: one.by, next: nextKeyOf(one) ?? '' }] : []))
    return keysFrom(pinned, rotations)
  }
  if (found.some(({ org, by }) => !keysOf(org).has(by))) throw broken('signature')
  return found.filter((one) => nextKeyOf(one) === undefined)
}

/** Signed words of one type. */
const wordsOf = <T extends MarketTx>(all: readonly Said[], type: T) =>
  all
    .filter((one) => one.type === type)
    .map(({ org, body }) => ({ org, body: checkWith(bodies[type] as never, body) as Bodies[T] }))

/** Is the deal what its parties signed? */
function checkDeal(all: readonly Said[], deal: Deal): void {
  const request = wordsOf(all, 'market.request').find(({ org, body }) => org === deal.lab && body.order === deal.task)
  const wanted = request?.body
  if (!wanted || wanted.params !== deal.params || wanted.key !== deal.key || wanted.purpose !== deal.purpose)
    throw broken('request')
  if (wanted.kind !== deal.kind || all.some(({ chain }) => chain !== deal.chain)) throw broken('request')
  if (wanted.datasets.join() !== deal.legs.map(({ order }) => order).join()) throw broken('request')
  const offers = wordsOf(all, 'market.dataset')
  for (const leg of deal.legs) {
    const own = offers.find(({ org, body }) => org === leg.org && body.order === leg.order)?.body
    if (!own || own.data !== leg.data || own.key !== leg.key || own.public !== leg.public) throw broken('dataset')
    if (JSON.stringify(own.gate) !== JSON.stringify(leg.gate)) throw broken('dataset')
  }
  const programs = wordsOf(all, 'market.analysis')
  if (!programs.some(({ body }) => body.order === wanted.analysis && body.analysis === deal.analysis))
    throw broken('analysis')
  const host = wordsOf(all, 'market.match')[0]?.body.host
  if (!wordsOf(all, 'market.host').some(({ org, body }) => org === deal.host && body.order === host))
    throw broken('host')
}

/** How many signatures hold; `receipt-broken` with the part where one does not. */
export async function checkSigned(trader: Trader, keyOf: OrgKeys, task: Task): Promise<number> {
  const all = await signedWords(trader, keyOf, task)
  const deal = checkWith(dealSchema, await trader.deal(task.task))
  if (dealDigest(deal) !== task.deal) throw broken('deal')
  checkDeal(all, deal)
  const reserves = wordsOf(all, 'task.reserve')
  const enclaves = new Set(reserves.map(({ body }) => body.enclave))
  const reserved = deal.legs.every((leg) =>
    reserves.some(({ org, body }) => org === leg.org && body.order === leg.order),
  )
  const [enclave] = enclaves
  if (enclave === undefined || enclaves.size !== 1 || !reserved) throw broken('reserve')
  const [ended, ...more] = wordsOf(all, 'task.result')
  if (!ended || more.length > 0 || ended.org !== deal.host || ended.body.result !== task.result) throw broken('result')
  const { result, outcome, signature } = ended.body
  const message = utf8(outcomeText({ deal: task.deal, result, outcome }))
  if (!(await verifyEd25519(enclave, message, fromBase64url(signature)))) throw broken('result')
  return all.length + 1
}
