import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { base64url, fromBase64url, fromHex, hex, text } from '@salus/base/bytes'
import { needsShared, sharedFolder } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import {
  type AcceptedMeasurement,
  archiveEvidence,
  type DcapEvidence,
  evidenceCodes,
  evidenceSteps,
  type Measured,
  policySchema,
  verdictSchema,
} from './contract.ts'
import { filled } from './testing/certificates.ts'
import { recordedDcap, recordedSnp, sampleDcap, sampleEvidence, sampleSnp } from './testing.ts'
import { verifyEvidence } from './verify.ts'

const [DCAP, SNP] = ['vectors/attestation/dcap', 'vectors/attestation/snp']
/** Within the window of the recorded collateral: 2025-06-19 to 2025-07-19. */
const THEN = Date.UTC(2025, 6, 1) / 1000
const SGX_POLICY = {
  tcbStatuses: ['ConfigurationAndSWHardeningNeeded'],
  advisories: ['INTEL-SA-00289', 'INTEL-SA-00615'],
}

function recorded(kind: 'sgx' | 'tdx') {
  const evidence = recordedDcap(sharedFolder(DCAP)!, kind)
  const open = policySchema.parse(kind === 'sgx' ? SGX_POLICY : {})
  const looked = verifyEvidence(evidence, { reportData: new Uint8Array(64), policy: open }, THEN)
  const expected = {
    reportData: fromHex(looked.reportData!),
    policy: { ...open, measurements: [acceptedOf(looked.measured!)] },
  }
  return { evidence, expected }
}

const acceptedOf = (is: Measured): AcceptedMeasurement =>
  is.kind === 'sgx' ? { kind: 'sgx', mrEnclave: is.mrEnclave } : is

test('E6 the recorded SGX quote: ConfigurationAndSWHardeningNeeded with its two advisories', needsShared(DCAP), () => {
  const { evidence, expected } = recorded('sgx')
  const verdict = verifyEvidence(evidence, expected, THEN)
  assert.deepEqual(
    [verdict.status, verdict.tcbStatus, verdict.advisories, verdict.evaluation, verdict.step],
    ['affirming', 'ConfigurationAndSWHardeningNeeded', ['INTEL-SA-00289', 'INTEL-SA-00615'], 17, 10],
  )
  assert.equal(text(fromHex(verdict.reportData!.slice(0, 26))), 'Hello, world!')
  const strict = policySchema.parse({ measurements: expected.policy.measurements })
  assert.equal(verifyEvidence(evidence, { ...expected, policy: strict }, THEN).code, 'tcb-outdated')
  const oneAdvisory = { ...expected.policy, advisories: ['INTEL-SA-00615'] }
  assert.equal(verifyEvidence(evidence, { ...expected, policy: oneAdvisory }, THEN).code, 'advisory-refused')
})

test('E6 the recorded TDX quote: UpToDate, by the default policy', needsShared(DCAP), () => {
  const { evidence, expected } = recorded('tdx')
  const verdict = verifyEvidence(evidence, expected, THEN)
  assert.deepEqual([verdict.status, verdict.tcbStatus, verdict.advisories], ['affirming', 'UpToDate', []])
})

test('E2 recorded quotes hold in the window of their collateral only', needsShared(DCAP), () => {
  for (const kind of ['sgx', 'tdx'] as const) {
    const { evidence, expected } = recorded(kind)
    const at = (...date: [number, number, number]) => verifyEvidence(evidence, expected, Date.UTC(...date) / 1000).code
    assert.deepEqual(
      [at(2025, 5, 18), at(2025, 6, 20), at(2040, 0, 1)],
      ['crl-expired', 'crl-expired', 'chain-expired'],
    )
  }
})

test('E1 a recorded quote with bytes after its end, or cut anywhere, is malformed', needsShared(DCAP), () => {
  const padded = readFileSync(join(sharedFolder(DCAP)!, 'tdx_quote'))
  for (const kind of ['sgx', 'tdx'] as const) {
    const { evidence, expected } = recorded(kind)
    const bytes = fromBase64url(evidence.quote)
    const verdict = (quote: Uint8Array) => verifyEvidence({ ...evidence, quote: base64url(quote) }, expected, THEN)
    for (let length = 0; length < bytes.length; length += length < 1_200 ? 1 : 7) {
      assert.equal(verdict(bytes.subarray(0, length)).code, 'evidence-malformed', String(length))
    }
    assert.equal(verdict(bytes.subarray(0, -1)).code, 'evidence-malformed')
    assert.equal(verdict(Buffer.concat([bytes, Buffer.of(0)])).code, 'evidence-malformed')
    if (kind === 'tdx') assert.equal(verdict(padded).code, 'evidence-malformed')
  }
})

test(
  'E2 E3 recorded collateral of the other kind, another root or a mended signature is refused',
  needsShared(DCAP),
  () => {
    const [sgx, tdx] = [recorded('sgx'), recorded('tdx')]
    const made = sampleDcap('sgx', filled(1, 64)).evidence
    const cases: [string, Partial<DcapEvidence['collateral']>][] = [
      ['tcb-info-invalid', { tcbInfo: tdx.evidence.collateral.tcbInfo }],
      ['qe-identity-invalid', { qeIdentity: tdx.evidence.collateral.qeIdentity }],
      ['crl-invalid', { pckCrl: tdx.evidence.collateral.pckCrl }],
      ['crl-invalid', { pckCrl: tdx.evidence.collateral.pckCrl, pckCrlChain: tdx.evidence.collateral.pckCrlChain }],
      ['crl-invalid', { rootCrl: made.collateral.rootCrl }],
      ['root-unknown', { pckCrlChain: made.collateral.pckCrlChain }],
      ['root-unknown', { tcbInfoChain: made.collateral.tcbInfoChain }],
      ['root-unknown', made.collateral],
      ['chain-invalid', { tcbInfoChain: sgx.evidence.collateral.tcbInfoChain.replace('\n', '\r\n') }],
      ['collateral-signer-other', { tcbInfoChain: sgx.evidence.collateral.pckCrlChain }],
      ['tcb-info-invalid', { tcbInfo: rewritten(sgx.evidence.collateral.tcbInfo) }],
    ]
    for (const [code, change] of cases) {
      const one = { ...sgx.evidence, collateral: { ...sgx.evidence.collateral, ...change } }
      assert.equal(verifyEvidence(one, sgx.expected, THEN).code, code)
    }
  },
)

/** The same JSON with two spaces of indent: same meaning, other letters. */
function rewritten(response: string): string {
  const { tcbInfo, signature } = JSON.parse(response) as Record<string, unknown>
  return `{"tcbInfo":${JSON.stringify(tcbInfo, null, 2)},"signature":"${signature}"}`
}

test('E2 the recorded SNP report: its chain and signature hold, but revocation is unknown', needsShared(SNP), () => {
  const evidence = recordedSnp(sharedFolder(SNP)!)
  const at = Date.UTC(2023, 5, 1) / 1000
  const snpMinimum = { bootloader: 2, tee: 0, snp: 5, microcode: 68 }
  const measurements = [
    {
      kind: 'snp',
      measurement: 'b07af9620f3b839b47996422ddec6058338951d984e312115131ea82705eaf5b6bdf8a9ece31a5a608eb0cf2e4872b01',
    },
  ]
  const reportData = new Uint8Array(64)
  reportData.set([1, 2, 3, 4, 5])
  const verdict = (change: object) =>
    verifyEvidence(evidence, { reportData, policy: policySchema.parse({ snpMinimum, measurements, ...change }) }, at)
  const refused = verdict({})
  assert.deepEqual([refused.code, refused.step, refused.measured], ['revocation-unknown', 2, undefined])
  // Its guest ran in debug: without a list the steps up to the platform's level hold, and the next one refuses it.
  const further = verdict({ requireRevocation: false })
  assert.deepEqual([further.code, further.step], ['debug-on', 7])
  assert.deepEqual([further.measured?.kind, further.reportData], ['snp', hex(reportData)])
  assert.deepEqual(further.snpTcb, { ...snpMinimum, fmc: 0 })
  const newer = { requireRevocation: false, snpMinimum: { ...snpMinimum, microcode: 69 } }
  assert.equal(verdict(newer).code, 'tcb-outdated')
  const foreign = { ...evidence, collateral: sampleSnp(reportData).evidence.collateral }
  assert.equal(verifyEvidence(foreign, { reportData, policy: policySchema.parse({}) }, at).code, 'root-unknown')
})

test('E10 a verdict follows from bytes, policy and time alone, fits its schema and shows only what is proven', () => {
  const reportData = filled(0xd7, 64)
  for (const kind of ['sgx', 'tdx', 'snp', 'simulated'] as const) {
    const { evidence, policy, now } = sampleEvidence(kind, reportData)
    const verdict = verifyEvidence(evidence, { reportData, policy }, now)
    assert.deepEqual(verifyEvidence(structuredClone(evidence), { reportData, policy }, now), verdict)
    assert.deepEqual(verdictSchema.parse(JSON.parse(JSON.stringify(verdict))), verdict)
    assert.equal(verdict.collateralDigest, digest(archiveEvidence(evidence)))
    assert.deepEqual([verdict.at, verdict.kind, verdict.reportData], [now, kind, hex(reportData)])
    const early = verifyEvidence(evidence, { reportData, policy: { ...policy, roots: [], simulatedKeys: [] } }, now)
    assert.deepEqual([early.code, early.measured, early.reportData], ['root-unknown', undefined, undefined])
  }
})

test('E10 the archive is the same whatever the order of fields, and other for each field', () => {
  const { evidence } = sampleDcap('sgx', filled(1, 64))
  const { kind, quote, collateral } = evidence
  const backwards = Object.fromEntries(Object.entries(collateral).reverse()) as typeof collateral
  assert.deepEqual(archiveEvidence({ collateral: backwards, quote, kind }), archiveEvidence(evidence))
  for (const key of Object.keys(collateral)) {
    const other = { ...evidence, collateral: { ...collateral, [key]: 'x' } }
    assert.notDeepEqual(archiveEvidence(other), archiveEvidence(evidence))
  }
})

test('E10 whatever is shown gets a verdict, never an exception', () => {
  const { evidence, policy, now } = sampleDcap('tdx', filled(1, 64))
  const long = 'A'.repeat(5_000_000)
  const shown = [
    ...[undefined, null, 0, '', [], {}, { kind: 'nitro' }, { kind: 'sgx' }, () => {}],
    ...[
      { ...evidence, quote: '' },
      { ...evidence, quote: '!' },
      { ...evidence, quote: long },
      { ...evidence, more: 1 },
    ],
    { ...evidence, collateral: { ...evidence.collateral, pckCrl: long } },
    { ...evidence, collateral: { ...evidence.collateral, other: '' } },
    { ...evidence, quote: base64url(new Uint8Array(48)) },
  ]
  for (const one of shown) {
    const verdict = verifyEvidence(one, { reportData: new Uint8Array(64), policy }, now)
    assert.equal(verdict.status, 'contraindicated')
    assert.ok(['evidence-malformed', 'version-unsupported'].includes(verdict.code!))
  }
})

test('E10 a time that is no number and a policy outside its schema are the caller’s mistakes, and never pass', () => {
  const { evidence, policy, now } = sampleDcap('sgx', filled(1, 64))
  const expected = { reportData: filled(1, 64), policy }
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, now + 0.5, undefined as never, '1' as never]) {
    assert.throws(() => verifyEvidence(evidence, expected, at), RangeError)
  }
  const wrong = [
    { maximumVmpl: undefined, more: 1 },
    { minimumEvaluation: Number.NaN },
    { tcbStatuses: ['Revoked'] },
    null,
  ]
  for (const one of wrong) {
    assert.throws(() => verifyEvidence(evidence, { ...expected, policy: one as never }, now), {
      code: 'schema-mismatch',
    })
  }
  const missing = { measurements: policy.measurements, roots: policy.roots }
  assert.equal(verifyEvidence(evidence, { ...expected, policy: missing }, now).status, 'affirming')
})

test('E10 an empty policy accepts nothing', () => {
  const reportData = filled(0xd7, 64)
  for (const kind of ['sgx', 'tdx', 'snp', 'simulated'] as const) {
    const { evidence, policy, now } = sampleEvidence(kind, reportData)
    const { roots } = policy
    const verdict = verifyEvidence(evidence, { reportData, policy: policySchema.parse({}) }, now)
    assert.equal(verdict.status, 'contraindicated')
    const believed = verifyEvidence(evidence, { reportData, policy: policySchema.parse({ roots }) }, now)
    assert.equal(believed.status, 'contraindicated')
  }
})

test('E10 each code belongs to one of the nine steps', () => {
  assert.ok(evidenceCodes.length > 30)
  for (const code of evidenceCodes) assert.ok(evidenceSteps[code] >= 1 && evidenceSteps[code] <= 9)
})
