/** What a key broker answers, shaped after the Trustee key broker protocol: challenge, evidence, key (facts: market §6.1). */
import { field, z } from '@salus/base/schema'
import { evidenceSchema } from '@salus/enclave/evidence/contract'

/** POST /challenge: a nonce for one task and data set; good once, for five minutes. */
export const challenge = {
  path: '/challenge',
  input: z.strictObject({ task: field.statementId, order: field.statementId }),
  output: z.strictObject({ nonce: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
} as const

/** What a host signs when it asks for a key: JWS of the organisation that the deal names as host. */
export const releaseRequest = z.strictObject({
  task: field.statementId,
  order: field.statementId,
  nonce: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  encryption: field.key32,
  signing: field.key32,
  evidence: evidenceSchema,
})
export type ReleaseRequest = z.infer<typeof releaseRequest>
export const RELEASE_TYP = 'salus-release+jws'

/** POST /release: the key, sealed to the enclave; and the broker's verdict, an EAR-shaped JWS, for the receipt. */
export const release = {
  path: '/release',
  input: z.strictObject({ request: z.string().min(1).max(6_000_000) }),
  output: z.strictObject({ packet: z.string().max(10_000), ear: z.string().max(20_000) }),
} as const
export const EAR_TYP = 'eat+jwt'

/** Why a broker says no, beside what the evidence check says. */
export type BrokerCode =
  | 'broker-task-other'
  | 'broker-host-other'
  | 'nonce-reused'
  | 'evidence-refused'
  | 'cohort-too-close'
  | 'cohort-too-small'
  | 'key-released'
  | 'asked-too-often'
  | 'data-missing'
  | 'deal-other'
  | 'params-invalid'
  | 'analysis-failed'
