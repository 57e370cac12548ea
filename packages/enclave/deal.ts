/**
 * What a deal is about, as one text with one digest: the ledger computes it when it matches, each key broker compares it, and
 * the enclave works on nothing that is not in it. Public facts of organisations; no data and no person (rule M20).
 */
import { field, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'

/** Kinds of machine an analysis runs on, by the evidence they give (facts: market §6). `simulated` proves nothing. */
export const hostKinds = ['simulated', 'sgx', 'tdx', 'snp'] as const
export type HostKind = (typeof hostKinds)[number]

/** Purposes: GA4GH Data Use Ontology permissions. GRU general research, HMB health or medical, DS one disease. */
export const purposes = ['DUO:0000042', 'DUO:0000006', 'DUO:0000007'] as const
export type Purpose = (typeof purposes)[number]
/** What a lab binds itself to (DUO modifiers): publication, ethics approval, user-specific, non-commercial, collaboration. */
export const duties = ['DUO:0000019', 'DUO:0000021', 'DUO:0000026', 'DUO:0000046', 'DUO:0000020'] as const
export type Duty = (typeof duties)[number]

const percent = z.int().min(1).max(100)

/**
 * The rules of the output gate for one data set (facts: market §5). `k`: fewest people behind any figure; `share`: parameters
 * to observations, percent; `dof`: fewest residual degrees of freedom; `dominance`: the most one row may carry of a sum,
 * percent; `budget`: releases of one version of the data.
 */
export const gatePolicy = z.strictObject({
  k: z.int().min(3).max(1000),
  share: percent,
  dof: z.int().min(1).max(1000),
  dominance: percent,
  budget: z.int().min(1).max(100_000),
})
export type GatePolicy = z.infer<typeof gatePolicy>

/** Ten people behind any figure, a parameter for ten observations at most: ACRO's column. */
export const defaultGate: GatePolicy = { k: 10, share: 10, dof: 10, dominance: 90, budget: 100 }
/** Data that anybody may have already may go down to three. */
export const PUBLIC_K = 3
export const PRIVATE_K = 10

/** One data set in a deal: whose, which version (digest of its document), under which rules, to which key shares go. */
export const leg = z.strictObject({
  order: field.statementId,
  org: field.org,
  data: field.digest,
  key: field.key32,
  public: z.boolean(),
  gate: gatePolicy,
})
export type Leg = z.infer<typeof leg>

export const MAX_LEGS = 16

/** All that is agreed on. `key`: the lab's X25519 key, which the result is sealed to. */
export const deal = z.strictObject({
  chain: z.string(),
  task: field.statementId,
  lab: field.org,
  key: field.key32,
  analysis: field.digest,
  params: field.digest,
  purpose: z.enum(purposes),
  host: field.org,
  kind: z.enum(hostKinds),
  legs: z.array(leg).min(1).max(MAX_LEGS),
})
export type Deal = z.infer<typeof deal>

/** The one text of a deal: its fields in the order of the schema. */
export const dealText = (value: Deal): string => JSON.stringify(deal.parse(value))

/** SHA-256 of a deal's text, base64url. */
export const dealDigest = (value: Deal) => digest(dealText(value))

/** What the enclave signs when it ends, and the ledger verifies: outcome and digest of the sealed result, for one deal. */
export const outcomes = ['released', 'held', 'refused'] as const
export type Outcome = (typeof outcomes)[number]

/** The bytes under the enclave's signature; the first line keeps them apart from anything else that a key signs. */
export const outcomeText = (of: { deal: string; result: string; outcome: Outcome }): string =>
  `salus-enclave-result-v1\n${of.deal}\n${of.result}\n${of.outcome}\n`
