/**
 * A deal's receipt: everything that was signed, word for word, in one file that verifies offline against the consortium's pinned
 * keys; years later too, since the machine's evidence and the vendors' collateral are in it (rule R1).
 */
import { fromBase64url, text, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { checkWith, parseWith, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { decodeJws } from '@salus/crypto/jws'
import { verifyEd25519Sync } from '@salus/crypto/verify'
import { type Deal, dealDigest, outcomeText } from '@salus/enclave/deal'
import {
  type AcceptedMeasurement,
  evidenceSchema,
  type Measured,
  policySchema,
  tcbStatus,
  type Verdict,
} from '@salus/enclave/evidence/contract'
import { earSchema } from '@salus/enclave/evidence/ear'
import { verifyEvidence } from '@salus/enclave/evidence/verify'
import { reportDataOf } from '@salus/enclave/task/keys'
import { type Envelope, readEnvelope } from '@salus/enclave/task/result'
import { TX_TYP } from '@salus/ledger/contract'
import { EAR_TYP } from './broker/endpoints.ts'
import { type Bodies, bodies, type MarketTx } from './contract.ts'
import type { Trader } from './device.ts'
import { dealOf } from './ledger/match.ts'
import { keysFrom, nextKeyOf, type Pinned } from './rotation.ts'
import type { ObjectStore } from './store.ts'

export type ReceiptCode = 'receipt-broken'

const MAX = 12_000_000
const word = z.string().max(MAX)
export const dealReceipt = z.strictObject({
  format: z.literal('salus-deal-receipt/1'),
  task: z.string().max(40),
  /** Signed transactions of the deal, oldest first. */
  transactions: z.array(word).max(200),
  /** The sealed result, as it lies in the store. */
  envelope: word,
  /** Each hospital's signed verdict (EAR), and the evidence and collateral it judged. */
  verdicts: z.array(z.strictObject({ ear: word, evidence: word })).max(16),
})
export type DealReceipt = z.infer<typeof dealReceipt>

const broken = (what: string, cause?: unknown) => new AppError<ReceiptCode>('receipt-broken', { what }, { cause })

type Said = {
  readonly org: string
  readonly type: string
  readonly chain: string
  readonly body: Record<string, unknown>
}
const said = z.object({ org: z.string(), type: z.string(), chain: z.string(), body: z.record(z.string(), z.unknown()) })

/** The payload of a transaction, unchecked: what it says. */
function sayingOf(tx: string): Said | undefined {
  const found = said.safeParse(parseJson(decodeJws(tx, TX_TYP).payload))
  return found.success ? found.data : undefined
}

/** Whether a transaction belongs to a task whose orders are `orders`. */
function belongs({ type, body }: Said, task: string, orders: ReadonlySet<string>): boolean {
  if (type.startsWith('task.')) return body.task === task
  if (type === 'market.match') return body.request === task
  return type.startsWith('market.') && type !== 'market.close' && orders.has(String(body.order))
}

/** Gathers what a task's receipt is made of, from the ledger's own words and the store. */
export async function gatherReceipt(trader: Trader, store: ObjectStore, id: string): Promise<DealReceipt> {
  const task = await trader.task(id)
  const orders = new Set([id, task.analysis.order, task.host.order, ...task.legs.map(({ order }) => order)])
  const orgs = new Set([task.lab, task.analysis.org, task.host.org, ...task.legs.map(({ org }) => org)])
  const transactions: string[] = []
  for await (const { tx } of trader.transactions()) {
    const one = sayingOf(tx)
    if (one && (belongs(one, id, orders) || (orgs.has(one.org) && one.type === 'org.rotate'))) transactions.push(tx)
  }
  const verdicts = await Promise.all(task.legs.flatMap(({ verdict }) => (verdict ? [verdictOf(store, verdict)] : [])))
  const envelope = task.result ? text(await store.get(task.result, MAX)) : ''
  return { format: 'salus-deal-receipt/1', task: id, transactions, envelope, verdicts }
}

const claimsOf = (ear: string) => parseWith(claims, decodeJws(ear, EAR_TYP).payload)

async function verdictOf(store: ObjectStore, verdict: string) {
  const ear = text(await store.get(verdict, 1 << 20))
  return { ear, evidence: text(await store.get(claimsOf(ear).salus.evidence, MAX)) }
}

const claims = earSchema.extend({
  salus: z.strictObject({
    ...{ deal: z.string(), order: z.string(), nonce: z.string(), evidence: z.string(), at: z.int() },
    keys: z.strictObject({ encryption: z.string(), signing: z.string() }),
  }),
})

/** Keys of an organisation, as the verifier pinned them: today's and those of before; `until` (seconds): from when one signs nothing. */
export type OrgKeys = (org: string) => readonly Pinned[]

type Word = Said & { readonly by: string; readonly signed: boolean }

function wordOf(tx: string): Word {
  const { payload, header, signingInput, signature } = decodeJws(tx, TX_TYP)
  const by = String(header.kid)
  return { ...checkWith(said, parseJson(payload)), by, signed: verifyEd25519Sync(by, signingInput, signature) }
}

/** The keys an organisation signed with, from the pinned ones on. */
function createKeys(words: readonly Word[], keyOf: OrgKeys): (org: string) => ReadonlySet<string> {
  return (org) => {
    const pinned = keyOf(org)
    if (pinned.length === 0) throw broken('signature')
    const rotations = words.flatMap((one) => {
      const next = one.org === org && one.signed ? nextKeyOf(one) : undefined
      return next === undefined ? [] : [{ by: one.by, next }]
    })
    return keysFrom(pinned, rotations)
  }
}

/** Every transaction verified under a key of its organisation, by type. */
function readTransactions({ transactions }: DealReceipt, keyOf: OrgKeys) {
  const all = transactions.map(wordOf)
  const keysOf = createKeys(all, keyOf)
  if (all.some(({ org, by, signed }) => !signed || !keysOf(org).has(by))) throw broken('signature')
  const [chain] = new Set(all.map((one) => one.chain))
  if (chain === undefined || all.some((one) => one.chain !== chain)) throw broken('chain')
  return {
    chain,
    keysOf,
    // A transaction tells no time, a verdict does.
    isOver: (org: string, by: string, at: number) =>
      keyOf(org).some(({ key, until }) => key === by && until !== undefined && at >= until),
    of: <T extends MarketTx>(type: T) =>
      all
        .filter((one) => one.type === type)
        .map(({ org, body }) => ({ org, body: checkWith(bodies[type] as never, body) as Bodies[T] })),
  }
}
type Transactions = ReturnType<typeof readTransactions>

/** The deal that the signed orders make, worked out again. */
function dealAgain(id: string, { chain, of }: Transactions): Deal {
  const one = <T>(list: readonly T[], what: string): T => {
    const [found] = list
    if (!found || list.length !== 1) throw broken(what)
    return found
  }
  const request = one(
    of('market.request').filter(({ body }) => body.order === id),
    'request',
  )
  const match = one(
    of('market.match').filter(({ body }) => body.request === id),
    'match',
  )
  const host = one(
    of('market.host').filter(({ body }) => body.order === match.body.host),
    'host',
  )
  const analysis = one(
    of('market.analysis').filter(({ body }) => body.order === request.body.analysis),
    'analysis',
  )
  const sets = request.body.datasets.map((order) =>
    one(
      of('market.dataset').filter(({ body }) => body.order === order),
      'dataset',
    ),
  )
  return dealOf(chain, id, { request, host, analysis, sets })
}

/** What a receipt proves. */
export type Proven = {
  readonly deal: Deal
  readonly envelope: Envelope
  /** Each hospital's verdict, checked again from the evidence itself at the time it was given. */
  readonly verdicts: readonly { readonly org: string; readonly verdict: Verdict }[]
  readonly simulated: boolean
}

/** Accepts what was measured, whatever it was: here the question is whether the evidence is genuine; the verdict says of what. */
function accepting(measured: Measured): AcceptedMeasurement {
  if (measured.kind !== 'sgx') return measured as AcceptedMeasurement
  return { kind: 'sgx', mrEnclave: measured.mrEnclave }
}

/** Judges archived evidence once more, as of the time of the verdict. */
function judgeAgain(archive: string, reportData: Uint8Array, at: number, leg: Deal['legs'][number]): Verdict {
  const evidence = checkWith(evidenceSchema, parseJson(archive.slice(archive.indexOf('\n') + 1)))
  const lenient = {
    ...{ allowSimulated: leg.public, tcbStatuses: tcbStatus.exclude(['Revoked']).options, maximumVmpl: 3 },
  }
  const first = verifyEvidence(evidence, { reportData, policy: policySchema.parse(lenient) }, at)
  if (!first.measured) return first
  const policy = policySchema.parse({
    ...lenient,
    measurements: [accepting(first.measured)],
    advisories: first.advisories,
  })
  return verifyEvidence(evidence, { reportData, policy }, at)
}

function checkVerdicts({ verdicts: given }: DealReceipt, deal: Deal, { of, keysOf, isOver }: Transactions) {
  const id = dealDigest(deal)
  const reserves = of('task.reserve').filter(({ body }) => body.task === deal.task)
  const signing = new Set(reserves.map(({ body }) => body.enclave))
  const [enclave] = signing
  if (enclave === undefined || signing.size !== 1 || reserves.length !== deal.legs.length) throw broken('reserve')
  const verdicts = deal.legs.map((leg) => {
    const reserve = reserves.find(({ org, body }) => body.order === leg.order && org === leg.org)
    const one = given.find(({ ear }) => digest(utf8(ear)) === reserve?.body.verdict)
    if (!reserve || !one) throw broken('verdict')
    const jws = decodeJws(one.ear, EAR_TYP)
    const key = String(jws.header.kid)
    if (!keysOf(leg.org).has(key) || !verifyEd25519Sync(key, jws.signingInput, jws.signature)) throw broken('verdict')
    const { salus } = claimsOf(one.ear)
    if (isOver(leg.org, key, salus.at)) throw broken('verdict')
    if (salus.deal !== id || salus.order !== leg.order || salus.keys.signing !== reserve.body.enclave)
      throw broken('verdict')
    if (digest(utf8(one.evidence)) !== salus.evidence) throw broken('evidence')
    const reportData = reportDataOf({ nonce: salus.nonce, keys: salus.keys, deal: id })
    const verdict = judgeAgain(one.evidence, reportData, salus.at, leg)
    if (verdict.status !== 'affirming') throw broken('evidence')
    return { org: leg.org as string, verdict }
  })
  return { verdicts, enclave }
}

/** Verifies a receipt offline; throws `receipt-broken` with the part that does not hold. */
export function verifyDealReceipt(receipt: DealReceipt, keyOf: OrgKeys): Proven {
  let found: Proven
  try {
    const transactions = readTransactions(receipt, keyOf)
    const deal = dealAgain(receipt.task, transactions)
    const id = dealDigest(deal)
    const envelope = readEnvelope(utf8(receipt.envelope), id)
    const { verdicts, enclave } = checkVerdicts(receipt, deal, transactions)
    const [result, ...more] = transactions.of('task.result').filter(({ body }) => body.task === receipt.task)
    if (!result || more.length > 0 || result.org !== deal.host) throw broken('result')
    if (result.body.result !== digest(utf8(receipt.envelope))) throw broken('result')
    const { outcome, signature } = result.body
    const message = utf8(outcomeText({ deal: id, result: result.body.result, outcome }))
    if (outcome !== envelope.outcome) throw broken('result')
    if (!verifyEd25519Sync(enclave, message, fromBase64url(signature))) throw broken('result')
    found = { deal, envelope, verdicts, simulated: verdicts.some(({ verdict }) => verdict.simulated) }
  } catch (cause) {
    throw cause instanceof AppError && cause.code === 'receipt-broken' ? cause : broken('form', cause)
  }
  return found
}
