import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, hex } from '@salus/base/bytes'
import {
  DEVELOPMENT_KEY,
  type EvidencePolicy,
  evidenceSteps,
  policySchema,
  type SimulatedEvidence,
} from './contract.ts'
import { ear } from './ear.ts'
import { DEVELOPMENT_SEED, simulateEvidence } from './simulated.ts'
import { filled } from './testing/certificates.ts'
import { sampleDcap, sampleSimulated } from './testing.ts'
import { verifyEvidence } from './verify.ts'

const reportData = filled(0xd7, 64)
const { evidence, policy, now } = sampleSimulated(reportData) as {
  evidence: SimulatedEvidence
  policy: EvidencePolicy
  now: number
}
const verdictOf = (one: unknown, change: Partial<EvidencePolicy> = {}, data = reportData) =>
  verifyEvidence(one, { reportData: data, policy: { ...policy, ...change } }, now)

test('E12 simulated evidence is refused first of all, unless the policy allows it', () => {
  assert.equal(verdictOf(evidence).status, 'affirming')
  const refused = verdictOf(evidence, { allowSimulated: false })
  assert.deepEqual([refused.code, refused.step, refused.simulated], ['simulated-refused', 1, true])
  assert.equal(policySchema.parse({}).allowSimulated, false)
  // Whatever else is wrong with it: a policy that refuses simulation looks at nothing more.
  for (const one of [
    { ...evidence, signature: 'A'.repeat(86) },
    { ...evidence, measurement: '00'.repeat(32) },
  ]) {
    assert.equal(verdictOf(one, { allowSimulated: false }).code, 'simulated-refused')
  }
})

test('E12 it is marked in every verdict, affirming or not, and never affirms hardware in an EAR', () => {
  for (const one of [
    verdictOf(evidence),
    verdictOf(evidence, { allowSimulated: false }),
    verdictOf(evidence, { measurements: [] }),
  ]) {
    assert.deepEqual([one.simulated, one.kind], [true, 'simulated'])
    const { enclave } = ear(one, { developer: 'Salus', build: 'test' }).submods
    assert.notEqual(enclave['ear.status'], 'affirming')
    assert.notEqual(enclave['ear.trustworthiness-vector'].hardware, 2)
  }
  const real = sampleDcap('sgx', reportData)
  assert.equal(verifyEvidence(real.evidence, { reportData, policy: real.policy }, real.now).simulated, false)
})

test('E12 there is no way round: another kind’s name, a real kind’s fields, a mark of its own', () => {
  const strict = { ...policy, allowSimulated: false }
  const real = sampleDcap('sgx', reportData).evidence
  const tries: unknown[] = [
    { ...evidence, kind: 'sgx' },
    { ...evidence, kind: 'Simulated' },
    { ...evidence, kind: ['simulated'] },
    { ...evidence, simulated: false },
    { ...evidence, allowSimulated: true },
    { ...evidence, policy: { allowSimulated: true } },
    { ...real, kind: 'simulated' },
    { ...real, ...evidence, kind: 'sgx' },
    { kind: 'sgx', quote: base64url(new TextEncoder().encode(JSON.stringify(evidence))), collateral: real.collateral },
    Object.create(evidence),
    [evidence],
    JSON.stringify(evidence),
  ]
  for (const one of tries) {
    assert.equal(
      verifyEvidence(one, { reportData, policy: strict }, now).status,
      'contraindicated',
      JSON.stringify(one),
    )
  }
  // A measurement of simulated code accepted for a real kind, or the reverse, matches nothing.
  const measurement = '11'.repeat(32)
  const sgxOnly = { measurements: [{ kind: 'sgx' as const, mrEnclave: measurement }] }
  assert.equal(verdictOf(simulateEvidence(measurement, reportData), sgxOnly).code, 'measurement-other')
})

test('E12 even so it is checked: key, signature, measurement, report data', () => {
  const other = simulateEvidence(evidence.measurement, reportData, filled(5, 32))
  const cases: [string, ReturnType<typeof verdictOf>][] = [
    ['root-unknown', verdictOf(other)],
    ['quote-signature-invalid', verdictOf({ ...evidence, measurement: 'ab'.repeat(32) })],
    ['quote-signature-invalid', verdictOf({ ...evidence, reportData: '00'.repeat(64) }, {}, new Uint8Array(64))],
    ['quote-signature-invalid', verdictOf({ ...evidence, signature: other.signature })],
    ['evidence-malformed', verdictOf({ ...evidence, signature: `${'A'.repeat(85)}B` })],
    ['measurement-other', verdictOf(evidence, { measurements: [] })],
    ['report-data-other', verdictOf(evidence, {}, filled(1, 64))],
  ]
  for (const [code, verdict] of cases) {
    assert.deepEqual([verdict.code, verdict.step], [code, evidenceSteps[code as 'root-unknown']])
  }
  assert.equal(verdictOf(other, { simulatedKeys: [other.key] }).status, 'affirming')
})

test('E12 the well-known development key is the one whose seed is printed', () => {
  assert.equal(simulateEvidence(evidence.measurement, reportData, DEVELOPMENT_SEED).key, DEVELOPMENT_KEY)
  assert.equal(evidence.key, DEVELOPMENT_KEY)
  assert.equal(hex(DEVELOPMENT_SEED).length, 64)
})
