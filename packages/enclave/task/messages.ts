/** What a host and its enclave say to each other: one line of JSON each. The host carries messages; it is not believed (rule N4). */
import { field, z } from '@salus/base/schema'
import { deal, outcomes } from '../deal.ts'
import { evidenceSchema } from '../evidence/contract.ts'

/** Why a run ended without a result: closed words, part of the ledger's causes. */
export const runCauses = [
  ...['deal-other', 'data-missing', 'data-damaged', 'params-invalid', 'analysis-changed', 'analysis-failed'],
  ...['analysis-time', 'analysis-memory', 'output-invalid', 'host-stopped'],
] as const
export type RunCause = (typeof runCauses)[number]

/** The parts of a run that people follow. */
export const runSteps = ['proving', 'opening', 'running', 'checking', 'sealing'] as const
export type RunStep = (typeof runSteps)[number]

/** Bytes as base64url. */
const text = z.string().max(100_000)
/** A raw quote: a host adds the vendor's collateral and makes it evidence. Simulated evidence is whole as it is. */
const quote = z.union([
  z.strictObject({ kind: z.enum(['sgx', 'tdx']), quote: text }),
  /** `certificates`: what lay beside the report, DER. */
  z.strictObject({
    ...{ kind: z.literal('snp'), report: text },
    certificates: z.strictObject({
      ...{ endorsement: text.optional(), ask: text.optional(), ark: text.optional(), crl: text.optional() },
    }),
  }),
  z.strictObject({ kind: z.literal('simulated'), evidence: evidenceSchema }),
])
export type RawQuote = z.infer<typeof quote>

/** From the host. */
export const toEnclave = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('begin'),
    deal,
    /** The exact text whose digest the deal names. */
    params: z.string().max(1_000_000),
    ms: z.int().min(1_000).max(86_400_000),
    memoryBytes: z.int().min(1 << 20),
    isolation: z.enum(['namespaces', 'none']),
  }),
  z.strictObject({ type: z.literal('nonce'), order: field.statementId, nonce: z.string().max(200) }),
  z.strictObject({ type: z.literal('key'), order: field.statementId, packet: z.string().max(10_000) }),
])
export type ToEnclave = z.infer<typeof toEnclave>

/** From the enclave. */
export const fromEnclave = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('keys'), encryption: field.key32, signing: field.key32 }),
  z.strictObject({ type: z.literal('step'), step: z.enum(runSteps) }),
  z.strictObject({ type: z.literal('nonce'), order: field.statementId }),
  z.strictObject({ type: z.literal('quote'), order: field.statementId, quote }),
  z.strictObject({
    ...{ type: z.literal('done'), outcome: z.enum(outcomes), result: field.digest, signature: z.string() },
    envelope: z.string().max(10_000_000),
  }),
  z.strictObject({ type: z.literal('failed'), cause: z.enum(runCauses) }),
])
export type FromEnclave = z.infer<typeof fromEnclave>

/** Longest line of either side. */
export const MAX_LINE = 12_000_000
