import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evidenceCodes, evidenceSteps, type Verdict } from './contract.ts'
import { ear, earSchema } from './ear.ts'
import { filled, NOW } from './testing/certificates.ts'
import { sampleDcap, sampleEvidence } from './testing.ts'
import { verifyEvidence } from './verify.ts'

const reportData = filled(0xd7, 64)
const verifier = { developer: 'Salus (sample)', build: 'salus-evidence 1' }

const verdictOf = (kind: Parameters<typeof sampleEvidence>[0]): Verdict => {
  const { evidence, policy, now } = sampleEvidence(kind, reportData)
  return verifyEvidence(evidence, { reportData, policy }, now)
}

test('E10 an affirming verdict is an affirming EAR: instance, configuration, executables, hardware, memory', () => {
  for (const kind of ['sgx', 'tdx', 'snp'] as const) {
    const claims = ear(verdictOf(kind), verifier)
    assert.deepEqual(earSchema.parse(JSON.parse(JSON.stringify(claims))), claims)
    const { enclave } = claims.submods
    assert.equal(enclave['ear.status'], 'affirming')
    assert.deepEqual(enclave['ear.trustworthiness-vector'], {
      ...{ 'instance-identity': 2, configuration: 2, executables: 2, 'file-system': 0 },
      ...{ hardware: 2, 'runtime-opaque': 2, 'storage-opaque': 0, 'sourced-data': 0 },
    })
    assert.deepEqual([claims.iat, claims.eat_profile], [NOW, 'tag:github.com,2023:veraison/ear'])
  }
})

test('E10 a platform below the newest level is a warning, even where the policy takes it', () => {
  const { evidence, policy, now } = sampleDcap('sgx', reportData, (one) => one.platform.components.fill(4))
  const accepting = { ...policy, tcbStatuses: ['SWHardeningNeeded' as const], advisories: ['INTEL-SA-00001'] }
  const verdict = verifyEvidence(evidence, { reportData, policy: accepting }, now)
  assert.deepEqual([verdict.status, ear(verdict, verifier).submods.enclave['ear.status']], ['affirming', 'warning'])
})

test('E12 simulated evidence is at best a warning', () => {
  const { enclave } = ear(verdictOf('simulated'), verifier).submods
  assert.equal(enclave['ear.status'], 'warning')
  assert.equal(enclave['salus.verdict'].simulated, true)
})

test('E10 whatever the code, a refusal is contraindicated and affirms nothing', () => {
  for (const code of evidenceCodes) {
    const verdict: Verdict = {
      ...{ status: 'contraindicated', code, step: evidenceSteps[code], kind: 'sgx', simulated: false, advisories: [] },
      at: NOW,
    }
    const claims = ear(verdict, { ...verifier, policy: 'x' })
    const { enclave } = claims.submods
    assert.equal(enclave['ear.status'], 'contraindicated', code)
    const values = Object.values(enclave['ear.trustworthiness-vector'])
    assert.ok(
      values.every((value) => value === 0 || value >= 96),
      code,
    )
    assert.equal(enclave['ear.appraisal-policy-id'], 'x')
  }
})
