/** The one question: may what shows this evidence have a key? The answer is a verdict, never an exception (RFC 9334). */
import { isAppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import {
  archiveEvidence,
  type Checked,
  type Evidence,
  type EvidenceCode,
  type Expected,
  evidenceSchema,
  evidenceSteps,
  type Findings,
  policySchema,
  type Step,
  type Verdict,
} from './contract.ts'
import { checkDcap } from './dcap.ts'
import { checkSimulated } from './simulated.ts'
import { checkSnp } from './snp.ts'

/**
 * Checks evidence of any kind, as it came, against what is expected at time `now` (seconds). Affirming only if each step
 * passed; else the first failing one names the code. Throws only for what the caller itself got wrong: a policy outside its
 * schema (`schema-mismatch`), a time that is no whole number of seconds (RangeError). It fetches nothing: the same bytes, policy and time give the same verdict.
 */
export function verifyEvidence(evidence: unknown, expected: Expected, now: number): Verdict {
  if (!Number.isSafeInteger(now)) throw new RangeError('now')
  const policy = checkWith(policySchema, expected.policy)
  const read = evidenceSchema.safeParse(evidence)
  if (!read.success) return refused('evidence-malformed', undefined, { advisories: [] }, now)
  const found: Findings = { advisories: [] }
  try {
    check(read.data, { reportData: expected.reportData, policy }, now, found)
  } catch (error) {
    return refused(codeOf(error), read.data, found, now)
  }
  return { status: 'affirming', step: 10, ...common(read.data, found, now) }
}

function check(evidence: Evidence, expected: Checked, now: number, found: Findings): void {
  switch (evidence.kind) {
    case 'sgx':
    case 'tdx':
      checkDcap(evidence, expected, now, found)
      break
    case 'snp':
      checkSnp(evidence, expected, now, found)
      break
    case 'simulated':
      checkSimulated(evidence, expected, found)
  }
}

/** Anything but a step's own refusal means bytes that made a reader stumble: they are not what they claim to be. */
const codeOf = (error: unknown): EvidenceCode =>
  isAppError(error) && Object.hasOwn(evidenceSteps, error.code) ? (error.code as EvidenceCode) : 'evidence-malformed'

function refused(code: EvidenceCode, evidence: Evidence | undefined, found: Findings, now: number): Verdict {
  const step: Step = evidenceSteps[code]
  return { status: 'contraindicated', code, step, ...common(evidence, found, now) }
}

function common(evidence: Evidence | undefined, found: Findings, now: number) {
  return {
    kind: evidence?.kind ?? ('unknown' as const),
    simulated: evidence?.kind === 'simulated',
    ...found,
    ...(evidence ? { collateralDigest: digest(archiveEvidence(evidence)) } : {}),
    at: now,
  }
}
