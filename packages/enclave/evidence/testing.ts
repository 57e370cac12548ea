/** For tests and benches: evidence of every kind under a test root, and what was recorded from real machines. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { base64url } from '@salus/base/bytes'
import { type DcapEvidence, type Evidence, type EvidencePolicy, policySchema, type SnpEvidence } from './contract.ts'
import { quoteLength } from './quote.ts'
import { simulateEvidence } from './simulated.ts'
import { NOW } from './testing/certificates.ts'
import { type DcapRecipe, dcapRecipe, makeDcap, rootOf } from './testing/dcap.ts'
import { arkOf, makeSnp, type SnpRecipe, snpRecipe } from './testing/snp.ts'

/** Evidence, a policy that accepts it (believing the test root: never a default), and the time it is about. */
export type Sample<Kind extends Evidence = Evidence> = { evidence: Kind; policy: EvidencePolicy; now: number }

/** The measurements synthetic evidence bears. */
export const SAMPLE_MEASURED = {
  sgx: { kind: 'sgx', mrEnclave: '11'.repeat(32) },
  tdx: {
    kind: 'tdx',
    mrTd: '33'.repeat(48),
    rtmrs: ['40'.repeat(48), '41'.repeat(48), '42'.repeat(48), '43'.repeat(48)],
  },
  snp: { kind: 'snp', measurement: '55'.repeat(48) },
  simulated: { kind: 'simulated', measurement: '99'.repeat(32) },
} as const

/** Synthetic SGX or TDX evidence for 64 bytes of report data; `change` edits the recipe before it is signed. */
export function sampleDcap(
  kind: 'sgx' | 'tdx',
  reportData: Uint8Array,
  change: (recipe: DcapRecipe) => void = () => {},
): Sample<DcapEvidence> {
  const recipe = dcapRecipe(kind, reportData)
  const policy = policySchema.parse({
    measurements: [SAMPLE_MEASURED[kind]],
    roots: [{ of: 'intel', sha256: rootOf(recipe) }],
  })
  change(recipe)
  return { evidence: makeDcap(recipe), policy, now: NOW }
}

/** Synthetic SEV-SNP evidence; `form` picks report version, processor family and a leased key. */
export function sampleSnp(
  reportData: Uint8Array,
  change: (recipe: SnpRecipe) => void = () => {},
  form: Parameters<typeof snpRecipe>[1] = {},
): Sample<SnpEvidence> {
  const recipe = snpRecipe(reportData, form)
  const policy = policySchema.parse({
    measurements: [SAMPLE_MEASURED.snp],
    roots: [{ of: form.product ?? 'Milan', sha256: arkOf(recipe) }],
    snpMinimum: { bootloader: 2, tee: 0, snp: 5, microcode: 68 },
  })
  change(recipe)
  return { evidence: makeSnp(recipe), policy, now: NOW }
}

/** Simulated evidence with a policy that allows it. */
export function sampleSimulated(reportData: Uint8Array): Sample {
  const policy = policySchema.parse({ measurements: [SAMPLE_MEASURED.simulated], allowSimulated: true })
  return { evidence: simulateEvidence(SAMPLE_MEASURED.simulated.measurement, reportData), policy, now: NOW }
}

/** One sample of any kind. */
export function sampleEvidence(kind: Evidence['kind'], reportData: Uint8Array): Sample {
  if (kind === 'simulated') return sampleSimulated(reportData)
  return kind === 'snp' ? sampleSnp(reportData) : sampleDcap(kind, reportData)
}

type QvlCollateral = Record<
  | `${'tcb_info' | 'qe_identity'}${'' | '_signature' | '_issuer_chain'}`
  | 'pck_crl'
  | 'pck_crl_issuer_chain'
  | 'root_ca_crl',
  string
>

/** A quote and collateral as recorded in vectors/attestation/dcap of the shared `folder`; padding after the quote is cut. */
export function recordedDcap(folder: string, kind: 'sgx' | 'tdx'): DcapEvidence {
  const padded = readFileSync(join(folder, `${kind}_quote`))
  const from = JSON.parse(readFileSync(join(folder, `${kind}_quote_collateral.json`), 'utf8')) as QvlCollateral
  return {
    kind,
    quote: base64url(padded.subarray(0, quoteLength(padded))),
    collateral: {
      tcbInfo: `{"tcbInfo":${from.tcb_info},"signature":"${from.tcb_info_signature}"}`,
      tcbInfoChain: from.tcb_info_issuer_chain,
      qeIdentity: `{"enclaveIdentity":${from.qe_identity},"signature":"${from.qe_identity_signature}"}`,
      qeIdentityChain: from.qe_identity_issuer_chain,
      ...{ pckCrl: from.pck_crl, pckCrlChain: from.pck_crl_issuer_chain, rootCrl: from.root_ca_crl },
    },
  }
}

/** A report and its certificates as recorded in vectors/attestation/snp of the shared `folder`: there is no CRL. */
export function recordedSnp(folder: string): SnpEvidence {
  const [ask, ark] = readFileSync(join(folder, 'milan.testcer'), 'utf8')
    .split('-----END CERTIFICATE-----')
    .map((part) => base64url(Buffer.from(part.replace(/-----BEGIN CERTIFICATE-----|\s/g, ''), 'base64')))
  return {
    kind: 'snp',
    report: base64url(readFileSync(join(folder, 'attestation.bin'))),
    collateral: {
      endorsement: base64url(readFileSync(join(folder, 'vcek.testcer'))),
      ask: ask ?? '',
      ark: ark ?? '',
    },
  }
}
