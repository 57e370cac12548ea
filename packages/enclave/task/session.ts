/** One run inside the enclave: prove, get the keys, decrypt in memory, compute, check, seal, sign, forget (rules N2-N6). */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bytes, utf8 } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { type Json, parseJson } from '@salus/base/json'
import { field, parseWith, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { openWithKey } from '@salus/crypto/packet'
import { openStream } from '@salus/crypto/stream'
import { checkOutput, checkParams } from '../analyses/manifest.ts'
import { type AnalysisObject, readAnalysis } from '../analysis.ts'
import { createTableReader } from '../columns.ts'
import { type Deal, dealDigest, type Leg, type Outcome, outcomeText } from '../deal.ts'
import { type Gated, gateOutput, underGate } from '../gate.ts'
import { runAnalysis, warmUp } from '../runtime/run.ts'
import type { Table } from '../table.ts'
import { type EnclaveKeys, reportDataOf } from './keys.ts'
import { type RawQuote, type RunCause, type RunStep, runCauses } from './messages.ts'
import { envelopeText, refusalOf, sealResult } from './result.ts'

/** What the outside does for a run, and all it can do. */
export type RunPorts = {
  /** The task's folder: `analysis`, and `data-N`, `document-N` for each leg. Nothing else is read. */
  readonly folder: string
  readonly random: Random
  readonly keys: EnclaveKeys
  nonce(order: string): Promise<string>
  /** Shows evidence; gives the data key, sealed to the enclave. */
  key(order: string, quote: RawQuote): Promise<string>
  /** Evidence over 64 bytes, from whatever this enclave runs in. */
  quote(reportData: Bytes): Promise<RawQuote>
  step(step: RunStep): void
}
export type RunOrder = {
  readonly deal: Deal
  readonly params: string
  readonly ms: number
  readonly memoryBytes: number
}
export type RunEnd = {
  readonly outcome: Outcome
  readonly result: string
  readonly signature: string
  readonly envelope: string
}

/** A run that ends without a result says why in one closed word. */
const failed = (cause: RunCause, error?: unknown) => new AppError<RunCause>(cause, {}, { cause: error })

/** Why a run failed; what nobody foresaw counts as the host's. */
export const causeOfRun = (error: unknown): RunCause =>
  isAppError(error) && (runCauses as readonly string[]).includes(error.code) ? (error.code as RunCause) : 'host-stopped'

/** What the enclave reads of a document: where the ciphertext is, and what it is bound to. */
const documentOf = z.object({
  set: field.statementId,
  org: field.org,
  version: z.int(),
  file: z.strictObject({ digest: field.digest, bytes: field.count }),
  columns: z.array(
    z.looseObject({ name: z.string(), kind: z.string(), min: z.number().optional(), max: z.number().optional() }),
  ),
})
type Document = z.infer<typeof documentOf>

async function orFailed<T>(cause: RunCause, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw causeOfRun(error) === 'host-stopped' ? failed(cause, error) : error
  }
}

/** N2 The run is the deal’s: analysis, parameters and every document have the digests that everybody signed. */
async function checkDeal({ folder }: RunPorts, { deal, params }: RunOrder) {
  if (digest(utf8(params)) !== deal.params) throw failed('deal-other')
  const asked = await orFailed('params-invalid', async () => parseJson(params))
  const bytes = await orFailed('analysis-changed', async () => new Uint8Array(await readFile(join(folder, 'analysis'))))
  if (digest(bytes) !== deal.analysis) throw failed('analysis-changed')
  const analysis = await orFailed('analysis-changed', async () => readAnalysis(bytes))
  await orFailed('params-invalid', async () => checkParams(analysis.manifest, asked))
  const documents = await Promise.all(deal.legs.map((leg, i) => readDocument(folder, leg, i)))
  return { analysis, asked, documents }
}

async function readDocument(folder: string, leg: Leg, i: number): Promise<Document> {
  const bytes = await orFailed(
    'data-missing',
    async () => new Uint8Array(await readFile(join(folder, `document-${i}`))),
  )
  if (digest(bytes) !== leg.data) throw failed('deal-other')
  const document = await orFailed('data-damaged', async () => parseWith(documentOf, bytes))
  if (document.org !== leg.org) throw failed('deal-other')
  return document
}

/** Proves itself to one hospital, and gets its key. */
async function askKey(ports: RunPorts, deal: Deal, { order }: Leg): Promise<Bytes> {
  const nonce = await ports.nonce(order)
  const reportData = reportDataOf({ nonce, keys: ports.keys.publicKeys, deal: dealDigest(deal) })
  const packet = await ports.key(order, await ports.quote(reportData))
  return openWithKey(ports.keys.privateKey, packet, { kind: 'dataset', deal: dealDigest(deal), order }).catch(
    (error) => {
      throw failed('data-damaged', error)
    },
  )
}

/** Decrypts in pieces, in memory only. Every chunk is authenticated; the whole is known to be whole at its end. */
async function openTable(path: string, leg: Leg, document: Document, key: Bytes) {
  const { set, org, version } = document
  const reader = createTableReader(leg.org)
  const opened = openStream(key, utf8(`salus-dataset/1\n${org}\n${set}\n${version}\n`))
  try {
    for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const plain = opened.push(part as Uint8Array)
      reader.push(plain)
      plain.fill(0)
    }
    reader.push(opened.end())
    return { table: reader.end(), wipe: reader.wipe }
  } catch (error) {
    reader.wipe()
    throw failed('data-damaged', error)
  } finally {
    key.fill(0)
  }
}

const causeOf: Readonly<Record<string, RunCause>> = {
  'analysis-time': 'analysis-time',
  'analysis-memory': 'analysis-memory',
  'analysis-output-invalid': 'output-invalid',
}

async function compute(analysis: AnalysisObject, asked: Json, tables: readonly Table[], { ms, memoryBytes }: RunOrder) {
  try {
    return await runAnalysis({ wasm: analysis.wasm, call: 'run', params: asked, tables, limits: { ms, memoryBytes } })
  } catch (error) {
    throw failed((isAppError(error) ? causeOf[error.code] : undefined) ?? 'analysis-failed', error)
  }
}

/** Opens every data set, computes, and forgets the data whatever happens. */
async function work(
  ports: RunPorts,
  order: RunOrder,
): Promise<{ gated: Gated; analysis: AnalysisObject; asked: Json }> {
  const { deal } = order
  const { analysis, asked, documents } = await checkDeal(ports, order)
  ports.step('proving')
  // All hospitals at once: each looks at its own data first, and that is most of the wait.
  const keys = await Promise.all(deal.legs.map((leg) => askKey(ports, deal, leg)))
  ports.step('opening')
  // The next thread starts while the data is decrypted.
  warmUp()
  const opened: Awaited<ReturnType<typeof openTable>>[] = []
  try {
    for (const [i, leg] of deal.legs.entries()) {
      opened.push(await openTable(join(ports.folder, `data-${i}`), leg, documents[i] as Document, keys[i] as Bytes))
    }
    ports.step('running')
    const output = await compute(
      analysis,
      underGate(asked, deal.legs),
      opened.map(({ table }) => table),
      order,
    )
    ports.step('checking')
    await orFailed('output-invalid', async () => checkOutput(analysis.manifest, output))
    const gated = gateOutput(output, deal.legs)
    return { gated, analysis, asked }
  } finally {
    for (const { wipe } of opened) wipe()
    for (const key of keys) key.fill(0)
  }
}

/** Runs a deal to its end; throws the cause where there is no result. */
export async function runDeal(ports: RunPorts, order: RunOrder): Promise<RunEnd> {
  const { deal } = order
  const { gated, analysis, asked } = await work(ports, order)
  ports.step('sealing')
  const { outcome, reasons, notes } = gated
  const { name, version } = analysis.manifest
  const answer = {
    ...{ format: 'salus-answer/1' as const, deal, params: asked, analysis: { name, version: String(version) } },
    ...{ simulated: deal.kind === 'simulated', notes: [...notes], result: gated.result },
  }
  const envelope =
    outcome === 'refused'
      ? refusalOf(deal, reasons)
      : await sealResult(deal, { outcome, reasons, answer }, ports.random)
  const said = envelopeText(envelope)
  const result = digest(utf8(said))
  const signature = await ports.keys.sign(utf8(outcomeText({ deal: dealDigest(deal), result, outcome })))
  ports.keys.wipe()
  return { outcome, result, signature, envelope: said }
}
