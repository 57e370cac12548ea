/** The hospital's key broker: challenge, evidence, cohort, reservation, key; in this order, and once (rules B1-B7). */
import { createReadStream } from 'node:fs'
import { type Bytes, base64url, text, utf8 } from '@salus/base/bytes'
import { type Clock, type Random, seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { checkWith, parseWith, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { decodeJws, signJws } from '@salus/crypto/jws'
import { sealToKey } from '@salus/crypto/packet'
import { openStream } from '@salus/crypto/stream'
import { verifyEd25519Pooled } from '@salus/crypto/verify'
import { readAnalysis } from '@salus/enclave/analysis'
import { createTableReader } from '@salus/enclave/columns'
import { type Deal, dealDigest, type HostKind, type Leg } from '@salus/enclave/deal'
import { archiveEvidence, type EvidencePolicy, type Verdict } from '@salus/enclave/evidence/contract'
import { ear } from '@salus/enclave/evidence/ear'
import { verifyEvidence } from '@salus/enclave/evidence/verify'
import { underGate } from '@salus/enclave/gate'
import { runAnalysis } from '@salus/enclave/runtime/run'
import type { Value } from '@salus/enclave/runtime/values'
import { reportDataOf } from '@salus/enclave/task/keys'
import type { Task } from '../contract.ts'
import { datasetDocument, fileContext } from '../dataset/contract.ts'
import type { Trader } from '../device.ts'
import type { ObjectStore } from '../store.ts'
import { type Asked, assertApart, type CohortStore, type Group, pack } from './cohorts.ts'
import {
  type BrokerCode,
  challenge,
  EAR_TYP,
  RELEASE_TYP,
  type ReleaseRequest,
  release,
  releaseRequest,
} from './endpoints.ts'
import type { BrokerKeys } from './keys.ts'
import { createOwnOffers } from './offers.ts'
import { marksOf } from './rows.ts'

export type BrokerPorts = {
  readonly keys: BrokerKeys
  readonly trader: Trader
  readonly store: ObjectStore
  readonly cohorts: CohortStore
  /** The highest number of a vendor's TCB evaluation that was seen, by kind of machine: older collateral is not taken after it (E3). */
  readonly evaluations: { highest(kind: HostKind): Promise<number>; saw(kind: HostKind, number: number): Promise<void> }
  /** What evidence the hospital accepts; whether simulated evidence may do is the signed offer’s to say, not this policy’s. */
  readonly policy: EvidencePolicy
  readonly clock: Clock
  readonly random: Random
}

/** Seconds a nonce is good for. */
const NONCE_SECONDS = 300
/** How many of a lab's orders on this hospital's data may fail in how many days, before it waits. */
const PATIENCE = { failures: 8, days: 30 }
const MAX_DOCUMENT = 8 << 20
const MAX_ANALYSIS = 16 << 20
const MAX_PARAMS = 1 << 20
const COHORT = { memoryBytes: 1 << 30, ms: 30_000 }
const VERIFIER = { developer: 'salus', build: 'salus-broker' }

const refuse = (code: BrokerCode, facts = {}) => new AppError<BrokerCode>(code, facts)

/** B2 Nonces: one at a time for a task and data set, used up by the first who brings it under the host’s signature, whatever comes of it. */
function createNonces({ clock, random }: BrokerPorts) {
  const open = new Map<string, { nonce: string; at: number }>()
  const now = () => seconds(clock())
  const isFresh = ({ at }: { at: number }, most: number) => at + most >= now()
  return {
    /** Whoever asks again is told the same one: nobody asks another's away. */
    make(of: string): string {
      for (const [key, one] of open) if (!isFresh(one, NONCE_SECONDS)) open.delete(key)
      const known = open.get(of)
      if (known && isFresh(known, NONCE_SECONDS / 2)) return known.nonce
      const nonce = base64url(random(32))
      open.set(of, { nonce, at: now() })
      return nonce
    },
    use(nonce: string, of: string): void {
      const found = open.get(of)
      if (!found || found.nonce !== nonce || !isFresh(found, NONCE_SECONDS)) throw refuse('nonce-reused')
      open.delete(of)
    },
  }
}

type Found = { readonly task: Task; readonly deal: Deal; readonly leg: Leg }

type Ports = BrokerPorts & { readonly checkOffer: (deal: Deal, leg: Leg) => Promise<void> }

/** B1 A key is due for a deal that the ledger says was matched, that this hospital offered and is part of, and that is not served yet. */
async function findDeal({ trader, checkOffer }: Ports, id: string, order: string): Promise<Found> {
  const task = await trader.task(id)
  const deal = await trader.deal(id)
  const leg = deal.legs.find((one) => one.order === order)
  const row = task.legs.find((one) => one.order === order)
  if (!leg || !row || leg.org !== trader.org) throw refuse('broker-task-other')
  if (deal.task !== id || task.task !== id || dealDigest(deal) !== task.deal) throw refuse('deal-other')
  await checkOffer(deal, leg)
  if (task.state !== 'ready' && task.state !== 'running') throw refuse('broker-task-other')
  if (row.reserved) throw refuse('key-released')
  return { task, deal, leg }
}

/** B8 An order that is refused for its cohort, or breaks off after the key went out, tells a little and costs nothing: not too often. */
async function assertWelcome({ trader, clock, cohorts }: Ports, { lab, host }: Deal): Promise<void> {
  const since = clock() - PATIENCE.days * 86_400_000
  const mine = ({ legs }: Task) => legs.some((one) => one.org === trader.org && one.reserved)
  const broken = (await trader.tasks()).filter(
    // A host that stops all the time shuts out itself, and no lab that has another.
    (one) =>
      one.lab === lab &&
      one.host.org === host &&
      one.state === 'refunded' &&
      mine(one) &&
      (one.steps.refunded ?? 0) > since,
  )
  const refused = (await cohorts.refusals(lab)).filter((at) => at > since)
  if (broken.length + refused.length >= PATIENCE.failures) throw refuse('asked-too-often')
}

/** The request, signed by the organisation that the deal names as host: nobody else can use a deal up. */
async function readRequest(ports: Ports, jws: string): Promise<Found & { request: ReleaseRequest }> {
  const { payload, signature, signingInput } = decodeJws(jws, RELEASE_TYP)
  const request = parseWith(releaseRequest, payload)
  const found = await findDeal(ports, request.task, request.order)
  const key = await ports.trader.keyOf(found.deal.host)
  if (key === undefined || !(await verifyEd25519Pooled(key, signingInput, signature))) throw refuse('broker-host-other')
  return { ...found, request }
}

/** B3 The ten steps. Simulated evidence counts for data that its owner marked synthetic or public in the offer on the ledger, for no other. */
async function judge(
  { policy, clock, evaluations }: BrokerPorts,
  { deal, leg, request }: Found & { request: ReleaseRequest },
): Promise<Verdict> {
  const { nonce, encryption, signing, evidence } = request
  if (evidence.kind !== deal.kind) throw refuse('evidence-refused', { why: 'kind' })
  const reportData = reportDataOf({ nonce, keys: { encryption, signing }, deal: dealDigest(deal) })
  const minimumEvaluation = Math.max(policy.minimumEvaluation, await evaluations.highest(deal.kind))
  const allowSimulated = leg.public && deal.kind === 'simulated'
  const expected = { reportData, policy: { ...policy, minimumEvaluation, allowSimulated } }
  const verdict = verifyEvidence(evidence, expected, seconds(clock()))
  if (verdict.status !== 'affirming')
    throw refuse('evidence-refused', { why: verdict.code ?? 'unknown', step: verdict.step })
  if ((verdict.evaluation ?? 0) > minimumEvaluation) await evaluations.saw(deal.kind, verdict.evaluation ?? 0)
  return verdict
}

/** The hospital’s own rows, opened from its own ciphertext, in memory. */
async function openOwn({ store }: BrokerPorts, leg: Leg, key: Bytes) {
  const document = parseWith(datasetDocument, await store.get(leg.data, MAX_DOCUMENT))
  const opened = openStream(key, utf8(fileContext(document)))
  const reader = createTableReader(leg.org)
  const take = (plain: Uint8Array) => {
    reader.push(plain)
    plain.fill(0)
  }
  try {
    for await (const part of createReadStream(await store.path(document.file.digest), { highWaterMark: 1 << 20 })) {
      take(opened.push(part as Uint8Array))
    }
    take(opened.end())
    return { table: reader.end(), wipe: reader.wipe }
  } catch (error) {
    reader.wipe()
    throw error
  }
}

/** What the analysis answers of one table: the rows used, then the groups. */
const masksOf = z.array(
  z.union([z.instanceof(Uint8Array), z.strictObject({ of: z.string().max(300), rows: z.instanceof(Uint8Array) })]),
)

/** Bytes of an answer beside its masks, and how many of them there are at most: groups, and columns. */
const ANSWER = { rest: 1 << 20, masks: 401 }

/** Used rows and groups as they are compared; data that everybody has has none to keep apart. */
function readMasks(answer: Value, rows: number, open: boolean): { rows: Bytes; groups: readonly Group[] } {
  if (answer !== null && typeof answer === 'object' && 'refused' in answer) throw refuse('params-invalid')
  const read = masksOf.safeParse(Array.isArray(answer) ? answer[0] : undefined)
  const [used, ...groups] = read.data ?? []
  const whole = (mask: Uint8Array) => {
    if (mask.length !== rows) throw refuse('analysis-failed')
    return pack(mask)
  }
  if (!(used instanceof Uint8Array)) throw refuse('analysis-failed')
  const packed = groups.map((one) =>
    one instanceof Uint8Array ? { rows: whole(one) } : { of: one.of, rows: whole(one.rows) },
  )
  return { rows: whole(used), groups: open ? [] : packed }
}

/** B4 Which rows this model uses and which groups it makes, by the very code that will run; and how each row is known again. */
async function cohortOf(ports: BrokerPorts, { deal, leg }: Found, key: Bytes): Promise<Omit<Asked, 'data' | 'k'>> {
  const { wasm } = readAnalysis(await ports.store.get(deal.analysis, MAX_ANALYSIS))
  const asked = parseJson(text(await ports.store.get(deal.params, MAX_PARAMS)))
  const { table, wipe } = await openOwn(ports, leg, key)
  try {
    const limits = { ...COHORT, outputBytes: ANSWER.rest + ANSWER.masks * table.rows }
    const params = underGate(asked, deal.legs)
    const answer = await runAnalysis({ wasm, call: 'cohort', params, tables: [table], limits })
    return { ...readMasks(answer, table.rows, leg.public), marks: marksOf(table) }
  } finally {
    wipe()
  }
}

type Turn = <T>(work: () => Promise<T>) => Promise<T>

/**
 * B5 Kept, then reserved on the ledger, before the key leaves: after a crash between the two no second key goes out. What was kept for
 * a reservation that failed is dropped: no key of it is out, and none will be.
 */
async function reserve(
  ports: Ports,
  found: Found & { request: ReleaseRequest },
  cohort: Omit<Asked, 'data' | 'k'>,
  verdict: string,
) {
  const { deal, leg, request } = found
  const { task } = await findDeal(ports, request.task, request.order)
  const asked = { data: leg.data, k: leg.gate.k, ...cohort }
  const groups = await assertApart(asked, ports.cohorts).catch(async (error) => {
    // The host may call it something else on the ledger: the hospital counts for itself.
    await ports.cohorts.refused(deal.lab, ports.clock())
    throw error
  })
  await ports.cohorts.keep(leg.data, { task: task.task, rows: cohort.rows, groups }, cohort.marks)
  const body = { task: deal.task, order: leg.order, units: 1, enclave: request.signing, verdict: verdict as never }
  await ports.trader.send('task.reserve', body).catch(async (error) => {
    await ports.cohorts.drop(leg.data, task.task)
    throw error
  })
}

/** B4 B5 The cohort is worked out for as many as ask; compared and reserved one after another. */
async function letGo(ports: Ports, found: Found & { request: ReleaseRequest }, verdict: string, inTurn: Turn) {
  const { task, leg, request } = found
  const key = await ports.keys.dataKey(leg.data)
  if (!key) throw refuse('data-missing')
  try {
    const cohort = await cohortOf(ports, found, key)
    await inTurn(() => reserve(ports, found, cohort, verdict))
    return await sealToKey(request.encryption, { kind: 'dataset', deal: task.deal, order: leg.order }, key)
  } finally {
    key.fill(0)
  }
}

/** B7 The verdict as others read it (EAR), signed; it and the evidence are kept under their digests: anybody can look again. */
async function signVerdict(
  ports: BrokerPorts,
  found: Found & { request: ReleaseRequest },
  verdict: Verdict,
): Promise<string> {
  const { encryption, signing, nonce, evidence } = found.request
  const bound = { deal: found.task.deal, order: found.leg.order, nonce, keys: { encryption, signing } }
  const archive = await ports.store.put([archiveEvidence(evidence)])
  const claims = { ...ear(verdict, VERIFIER), salus: { ...bound, evidence: archive.digest, at: verdict.at } }
  const sign = (message: Bytes) => ports.keys.sign(message)
  const jws = await signJws(sign, { typ: EAR_TYP, kid: ports.keys.publicKey }, utf8(JSON.stringify(claims)))
  await ports.store.put([utf8(jws)])
  return jws
}

/** What the broker says to a host, as two functions of parsed JSON; errors are `AppError`s. */
export function createBroker(given: BrokerPorts) {
  const ports: Ports = { ...given, checkOffer: createOwnOffers(given.trader, given.keys.publicKey, given.clock) }
  const nonces = createNonces(ports)
  // One after another: two at once would each compare with what was there before both.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }
  return {
    async challenge(input: unknown) {
      const { task, order } = checkWith(challenge.input, input)
      await findDeal(ports, task, order)
      return { nonce: nonces.make(`${task} ${order}`) }
    },
    async release(input: unknown) {
      const found = await readRequest(ports, checkWith(release.input, input).request)
      const { request } = found
      nonces.use(request.nonce, `${request.task} ${request.order}`)
      const verdict = await judge(ports, found)
      await assertWelcome(ports, found.deal)
      const jws = await signVerdict(ports, found, verdict)
      const packet = await letGo(ports, found, digest(utf8(jws)), inTurn).catch((error) => {
        throw isAppError(error) && error.code === 'cannot-open' ? refuse('data-missing') : error
      })
      return { packet, ear: jws }
    },
  }
}
export type Broker = ReturnType<typeof createBroker>
