/**
 * A verdict as others read it: claims of an EAT Attestation Result (draft-ietf-rats-ear) with the trustworthiness vector of
 * AR4SI (draft-ietf-rats-ar4si). The caller signs them as a JWS.
 */
import { z } from '@salus/base/schema'
import { type EvidenceCode, type Verdict, verdictSchema } from './contract.ts'

/** AR4SI tiers: 2 to 31 affirm, 32 to 95 warn, 96 to 127 contraindicate; 0 says nothing. */
const tier = z.int().min(-128).max(127)
const vectorSchema = z.strictObject({
  'instance-identity': tier,
  configuration: tier,
  executables: tier,
  'file-system': tier,
  hardware: tier,
  'runtime-opaque': tier,
  'storage-opaque': tier,
  'sourced-data': tier,
})
export type TrustVector = z.infer<typeof vectorSchema>

const PROFILE = 'tag:github.com,2023:veraison/ear'

/** The claim set; `salus.verdict` carries the verdict whole, for those who know it. */
export const earSchema = z.strictObject({
  eat_profile: z.literal(PROFILE),
  iat: z.int().min(0),
  'ear.verifier-id': z.strictObject({ developer: z.string().max(128), build: z.string().max(128) }),
  submods: z.strictObject({
    enclave: z.strictObject({
      'ear.status': z.enum(['none', 'affirming', 'warning', 'contraindicated']),
      'ear.trustworthiness-vector': vectorSchema,
      'ear.appraisal-policy-id': z.string().max(256).optional(),
      'salus.verdict': verdictSchema,
    }),
  }),
})
export type Ear = z.infer<typeof earSchema>

/** Who verified, and by which policy: its digest, say. */
export type Verifier = { readonly developer: string; readonly build: string; readonly policy?: string }

/** Claims of `verdict`. Simulated evidence never affirms hardware: its status is at best a warning. */
export function ear(verdict: Verdict, { developer, build, policy }: Verifier): Ear {
  const vector = vectorOf(verdict)
  return {
    eat_profile: PROFILE,
    iat: verdict.at,
    'ear.verifier-id': { developer, build },
    submods: {
      enclave: {
        'ear.status': statusOf(vector),
        'ear.trustworthiness-vector': vector,
        ...(policy === undefined ? {} : { 'ear.appraisal-policy-id': policy }),
        'salus.verdict': verdict,
      },
    },
  }
}

const NOTHING: TrustVector = {
  'instance-identity': 0,
  configuration: 0,
  executables: 0,
  'file-system': 0,
  hardware: 0,
  'runtime-opaque': 0,
  'storage-opaque': 0,
  'sourced-data': 0,
}
/** Recognised instance, approved configuration and executables, genuine hardware, memory opaque to the host. */
const AFFIRMED = { 'instance-identity': 2, configuration: 2, executables: 2, hardware: 2, 'runtime-opaque': 2 }
/** AR4SI: 97 unrecognised or contraindicated, 96 recognised as bad, 99 a cryptographic check failed, 33 not recognised. */
const UNSAFE_PLATFORM = 32
const [CONTRAINDICATED, UNKNOWN, CRYPTOGRAPHY] = [96, 97, 99]

function vectorOf(verdict: Verdict): TrustVector {
  if (verdict.code !== undefined) return { ...NOTHING, ...blameOf(verdict.code, verdict.step) }
  if (verdict.simulated) return { ...NOTHING, executables: 2, hardware: UNSAFE_PLATFORM, 'runtime-opaque': 32 }
  const upToDate = verdict.tcbStatus === undefined || verdict.tcbStatus === 'UpToDate'
  return { ...NOTHING, ...AFFIRMED, hardware: upToDate ? 2 : UNSAFE_PLATFORM }
}

/** Which claim a failed step speaks against. Steps 1 to 5 leave nothing of the evidence to believe. */
function blameOf(code: EvidenceCode, step: number): Partial<TrustVector> {
  if (code === 'root-unknown' || code === 'revocation-unknown') return { 'instance-identity': UNKNOWN }
  if (step === 2) return { 'instance-identity': CONTRAINDICATED }
  if (code === 'simulated-refused') return { hardware: UNKNOWN }
  if (step <= 5) return { hardware: CRYPTOGRAPHY }
  if (step === 6) return { hardware: CONTRAINDICATED }
  if (step === 7) return { configuration: CONTRAINDICATED, 'runtime-opaque': CONTRAINDICATED }
  return step === 8 ? { executables: CONTRAINDICATED } : { 'instance-identity': CONTRAINDICATED }
}

/** EAR: the overall status is that of the worst claim. */
function statusOf(vector: TrustVector): 'none' | 'affirming' | 'warning' | 'contraindicated' {
  const worst = Math.max(...Object.values(vector))
  if (worst >= 96) return 'contraindicated'
  if (worst >= 32) return 'warning'
  return worst >= 2 ? 'affirming' : 'none'
}
