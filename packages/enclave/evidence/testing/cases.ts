/** Cases of the mutation suites: evidence with one thing changed and signed again, refused for that reason. */
import assert from 'node:assert/strict'
import { type EvidenceCode, type EvidencePolicy, evidenceSteps } from '../contract.ts'
import { sampleDcap } from '../testing.ts'
import { verifyEvidence } from '../verify.ts'
import { filled, NOW } from './certificates.ts'
import type { DcapRecipe } from './dcap.ts'

export const reportData: Uint8Array = filled(0xd7, 64)
export type Change = (recipe: DcapRecipe) => void
export type Case = [said: string, code: EvidenceCode, change: Change, policy?: Partial<EvidencePolicy>, at?: number]

/** Changes fields of one part of a recipe, or of the recipe itself. */
export const to =
  <Part extends keyof DcapRecipe>(part: Part, fields: Partial<DcapRecipe[Part]>): Change =>
  (recipe) =>
    Object.assign(recipe[part] as object, fields)
export const is =
  (fields: Partial<DcapRecipe>): Change =>
  (recipe) =>
    Object.assign(recipe, fields)

/** The verdict on a changed sample, under its own policy changed too. */
export const verdictOf = (
  kind: 'sgx' | 'tdx',
  change: Change = () => {},
  policy: Partial<EvidencePolicy> = {},
  at: number = NOW,
) => {
  const sample = sampleDcap(kind, reportData, change)
  return verifyEvidence(sample.evidence, { reportData, policy: { ...sample.policy, ...policy } }, at)
}

/** Each case is refused for its own reason, at its own step; without the change the same evidence is affirmed. */
export function refuses(kind: 'sgx' | 'tdx', cases: readonly Case[]): void {
  assert.equal(verdictOf(kind).status, 'affirming')
  for (const [said, code, change, policy, at] of cases) {
    const verdict = verdictOf(kind, change, policy, at)
    assert.deepEqual([verdict.status, verdict.code, verdict.step], ['contraindicated', code, evidenceSteps[code]], said)
  }
}

/** The same cases for SGX and for TDX. */
export function bothRefuse(cases: readonly Case[]): void {
  refuses('sgx', cases)
  refuses('tdx', cases)
}

/** Overwrites bytes of a report. */
export const set = (bytes: Uint8Array, at: number, ...values: number[]): void => bytes.set(values, at)
