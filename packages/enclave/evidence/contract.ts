/** Nouns of the evidence check: what an enclave shows, what a verifier accepts, what it answers (RFC 9334). */
import { type Bytes, utf8 } from '@salus/base/bytes'
import { field, z } from '@salus/base/schema'
import { pinnedRoots } from './roots.ts'

/** Text that is base64url and no longer than `bytes` bytes; the decoder checks that it is canonical. */
const encoded = (bytes: number) =>
  z
    .string()
    .min(2)
    .max(Math.ceil((bytes * 4) / 3))
const hexOf = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))
/** PEM certificates, one after the other; the largest real chain is below 8 KB. */
const chain = z.string().min(1).max(32_768)
/** A CRL as PEM, base64 DER or hexadecimal DER: the three forms the vendors' services and caches give. */
const crl = z.string().min(1).max(524_288)

/** What proves that collateral is Intel's: the exact texts of its provisioning service, never re-serialised. */
const dcapCollateral = z.strictObject({
  /** The response body `{"tcbInfo":{…},"signature":"…"}`. */
  tcbInfo: z.string().min(1).max(262_144),
  tcbInfoChain: chain,
  /** The response body `{"enclaveIdentity":{…},"signature":"…"}`, of the QE or the TD_QE. */
  qeIdentity: z.string().min(1).max(65_536),
  qeIdentityChain: chain,
  pckCrl: crl,
  pckCrlChain: chain,
  rootCrl: crl,
})
export type DcapCollateral = z.infer<typeof dcapCollateral>

const sgx = z.strictObject({ kind: z.literal('sgx'), quote: encoded(32_768), collateral: dcapCollateral })
const tdx = z.strictObject({ kind: z.literal('tdx'), quote: encoded(32_768), collateral: dcapCollateral })
const snp = z.strictObject({
  kind: z.literal('snp'),
  report: encoded(1_184),
  collateral: z.strictObject({
    /** VCEK or VLEK, then what signed it (ASK or ASVK), then the root (ARK): DER, base64url. */
    endorsement: encoded(8_192),
    ask: encoded(8_192),
    ark: encoded(8_192),
    /** AMD's list, signed by the ARK. Without it revocation is unknown. */
    crl: crl.optional(),
  }),
})
const simulated = z.strictObject({
  kind: z.literal('simulated'),
  measurement: hexOf(32),
  reportData: hexOf(64),
  /** The development key (Ed25519) and its signature: they say who simulates and protect nothing. */
  key: field.key32,
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
})

/** What an enclave shows of itself: a quote or report with all that is needed to check it offline, years later. */
export const evidenceSchema = z.discriminatedUnion('kind', [sgx, tdx, snp, simulated])
export type Evidence = z.infer<typeof evidenceSchema>
export type EvidenceKind = Evidence['kind']
export type DcapEvidence = Extract<Evidence, { kind: 'sgx' | 'tdx' }>
export type SnpEvidence = Extract<Evidence, { kind: 'snp' }>
export type SimulatedEvidence = Extract<Evidence, { kind: 'simulated' }>

/** Intel's words for a platform's level. `Revoked` is a word here, and never one a policy can accept. */
export const tcbStatus = z.enum([
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
])
export type TcbStatus = z.infer<typeof tcbStatus>
/** An advisory's name: `INTEL-SA-00615`. */
export const advisory = z.string().regex(/^[A-Z][A-Z0-9-]{2,31}$/)

/** A measurement somebody accepts. SGX by the code itself, or by who signed it, which product and from which version. */
const measurement = z.union([
  z.strictObject({ kind: z.literal('sgx'), mrEnclave: hexOf(32) }),
  z.strictObject({
    kind: z.literal('sgx'),
    mrSigner: hexOf(32),
    product: z.int().min(0).max(65_535),
    minimumVersion: z.int().min(0).max(65_535),
  }),
  z.strictObject({
    kind: z.literal('tdx'),
    mrTd: hexOf(48),
    rtmrs: z.tuple([hexOf(48), hexOf(48), hexOf(48), hexOf(48)]),
    /** When given, the configuration the TD was started with must be this one too. */
    mrConfig: hexOf(48).optional(),
  }),
  z.strictObject({ kind: z.literal('snp'), measurement: hexOf(48), hostData: hexOf(32).optional() }),
  z.strictObject({ kind: z.literal('simulated'), measurement: hexOf(32) }),
])
export type AcceptedMeasurement = z.infer<typeof measurement>

const svn = z.int().min(0).max(255)
/** AMD's five version numbers. `fmc` exists from Turin on and is not looked at before. */
const snpTcb = z.strictObject({ bootloader: svn, tee: svn, snp: svn, microcode: svn, fmc: svn.default(0) })
export type SnpTcb = z.infer<typeof snpTcb>

/** A root a verifier believes: whose it is, and the SHA-256 of the certificate's DER. */
const root = z.strictObject({ of: z.enum(['intel', 'Milan', 'Genoa', 'Turin']), sha256: hexOf(32) })
export type Root = z.infer<typeof root>
export type AmdProduct = Exclude<Root['of'], 'intel'>

/**
 * Public half of the well-known development key (its seed is printed in simulated.ts for anyone to use): a name for
 * "nobody in particular", so that simulated evidence never looks like somebody's promise.
 */
export const DEVELOPMENT_KEY = '8Qz9YwSq5YcBHoDzDHx_qGunK_lE3zsdMHyFi9cjx2o'

/** What a relying party accepts. Left out, each field takes its strictest value: an empty policy accepts nothing. */
export const policySchema = z.strictObject({
  measurements: z.array(measurement).max(256).default([]),
  tcbStatuses: z
    .array(tcbStatus.exclude(['Revoked']))
    .max(6)
    .default(['UpToDate']),
  /** Advisories that may still apply to the platform. One outside the list refuses it, whatever its status. */
  advisories: z.array(advisory).max(256).default([]),
  /** The lowest tcbEvaluationDataNumber: keep the highest one seen, so that nobody plays old collateral back. */
  minimumEvaluation: field.count.default(0),
  /** AMD publishes no list of levels: without a minimum of our own, no SNP platform has a known one. */
  snpMinimum: snpTcb.optional(),
  maximumVmpl: z.int().min(0).max(3).default(0),
  /** False accepts SNP evidence that comes without a CRL. Intel's CRLs are always needed. */
  requireRevocation: z.boolean().default(true),
  roots: z
    .array(root)
    .max(16)
    .default([...pinnedRoots]),
  /** Simulated evidence proves nothing. Only for data whose owner marked it synthetic or public. */
  allowSimulated: z.boolean().default(false),
  simulatedKeys: z.array(field.key32).max(16).default([DEVELOPMENT_KEY]),
})
export type EvidencePolicy = z.infer<typeof policySchema>
/** A policy as written: what is left out is filled in. */
export type WrittenPolicy = z.input<typeof policySchema>

/** What the relying party expects this time: 64 bytes of report data, and its policy. */
export type Expected = { readonly reportData: Uint8Array; readonly policy: WrittenPolicy }
/** The same with the policy filled in: what the steps read. */
export type Checked = { readonly reportData: Uint8Array; readonly policy: EvidencePolicy }

/**
 * Every reason for a refusal and the step of facts/market.md §6.4 it belongs to. The first step that fails names it.
 */
export const evidenceSteps = {
  'evidence-malformed': 1,
  'version-unsupported': 1,
  'tee-type-other': 1,
  'simulated-refused': 1,
  'root-unknown': 2,
  'chain-invalid': 2,
  'chain-expired': 2,
  'crl-invalid': 2,
  'crl-expired': 2,
  'certificate-revoked': 2,
  'revocation-unknown': 2,
  'collateral-signer-other': 3,
  'tcb-info-invalid': 3,
  'tcb-info-expired': 3,
  'qe-identity-invalid': 3,
  'qe-identity-expired': 3,
  'collateral-rolled-back': 3,
  'fmspc-other': 3,
  'qe-vendor-other': 4,
  'qe-report-invalid': 4,
  'qe-binding-invalid': 4,
  'qe-other': 4,
  'qe-outdated': 4,
  'product-other': 4,
  'chip-other': 4,
  'endorsement-tcb-other': 4,
  'quote-signature-invalid': 5,
  'tcb-unknown': 6,
  'tdx-module-invalid': 6,
  'tcb-outdated': 6,
  'advisory-refused': 6,
  'debug-on': 7,
  migratable: 7,
  'attributes-invalid': 7,
  'vmpl-invalid': 7,
  'measurement-other': 8,
  'report-data-other': 9,
} as const
export type EvidenceCode = keyof typeof evidenceSteps
export const evidenceCodes = Object.keys(evidenceSteps) as EvidenceCode[]

/** The measurements read from evidence whose signature holds. */
export const measuredSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgx'),
    mrEnclave: hexOf(32),
    mrSigner: hexOf(32),
    product: field.count,
    version: field.count,
  }),
  z.strictObject({
    kind: z.literal('tdx'),
    mrTd: hexOf(48),
    rtmrs: z.tuple([hexOf(48), hexOf(48), hexOf(48), hexOf(48)]),
    mrConfig: hexOf(48),
  }),
  z.strictObject({ kind: z.literal('snp'), measurement: hexOf(48), hostData: hexOf(32) }),
  z.strictObject({ kind: z.literal('simulated'), measurement: hexOf(32) }),
])
export type Measured = z.infer<typeof measuredSchema>

/** A verifier's answer. A field stands only if the step that proves it was passed: a refusal shows nothing unproven. */
export const verdictSchema = z.strictObject({
  status: z.enum(['affirming', 'contraindicated']),
  /** Why not: the first step that failed. Absent when affirming. */
  code: z.enum(evidenceCodes as [EvidenceCode, ...EvidenceCode[]]).optional(),
  /** The step that failed, or 10. */
  step: z.int().min(1).max(10),
  /** What the evidence says it is; `unknown` when it could not be read. */
  kind: z.enum(['sgx', 'tdx', 'snp', 'simulated', 'unknown']),
  /** True means: nothing here is protected by hardware. Shown wherever a person looks. */
  simulated: z.boolean(),
  tcbStatus: tcbStatus.optional(),
  /** AMD's version numbers as reported, for SNP. */
  snpTcb: snpTcb.optional(),
  advisories: z.array(advisory),
  /** The lower tcbEvaluationDataNumber of the collateral: what a caller stores as its next minimum. */
  evaluation: field.count.optional(),
  measured: measuredSchema.optional(),
  /** 64 bytes, hexadecimal. */
  reportData: hexOf(64).optional(),
  /** SHA-256 of `archiveEvidence(evidence)`, base64url: what a receipt names. Absent when it could not be read. */
  collateralDigest: field.digest.optional(),
  /** Seconds: the time all dates were compared with. */
  at: field.time,
})
export type Verdict = z.infer<typeof verdictSchema>
export type Step = (typeof evidenceSteps)[EvidenceCode] | 10

/** What the steps find out on their way, for the verdict. */
export type Findings = Pick<Verdict, 'advisories'> &
  Partial<Pick<Verdict, 'tcbStatus' | 'snpTcb' | 'evaluation' | 'measured' | 'reportData'>>

const ARCHIVE = 'salus-evidence-archive-v1\n'

/** The canonical bytes of evidence and collateral, kept beside the receipt that names their digest. */
export const archiveEvidence = (evidence: Evidence): Bytes => utf8(ARCHIVE + JSON.stringify(sorted(evidence)))

/** Keys in order at each level, absent ones left out. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]))
}
