import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policySchema } from './contract.ts'
import { bothRefuse, type Case, type Change, is, refuses, reportData, set, to, verdictOf } from './testing/cases.ts'
import { filled, keysOf } from './testing/certificates.ts'
import type { DcapRecipe } from './testing/dcap.ts'
import { sampleDcap } from './testing.ts'
import { verifyEvidence } from './verify.ts'

const rogue = keysOf('rogue')

test('E4 the quoting enclave is Intel’s, of this platform, and vouches for the attestation key', () => {
  bothRefuse([
    ['another vendor', 'qe-vendor-other', is({ vendor: filled(1, 16) })],
    ['its report signed by another', 'qe-report-invalid', is({ qeSigner: rogue })],
    ['another attestation key', 'qe-binding-invalid', is({ qeBinding: filled(3, 32) })],
    ['more in its report data', 'qe-binding-invalid', (one) => set(one.qeReport, 383, 1)],
    ['another signer', 'qe-other', (one) => set(one.qeReport, 128, 0)],
    ['another product', 'qe-other', (one) => set(one.qeReport, 256, 9)],
    ['in debug', 'qe-other', (one) => set(one.qeReport, 48, 0x13)],
    ['another miscselect', 'qe-other', (one) => set(one.qeReport, 16, 1)],
    ['identity of another enclave, properly signed', 'qe-other', to('qeIdentity', { mrsigner: '00'.repeat(32) })],
    ['revoked version', 'qe-outdated', (one) => set(one.qeReport, 258, 5)],
    ['older than any level', 'qe-outdated', (one) => set(one.qeReport, 258, 4)],
    ['out of date', 'qe-outdated', (one) => set(one.qeReport, 258, 6)],
  ])
})

test('E5 the attestation key signed this header and this body', () => {
  bothRefuse([['signed by another', 'quote-signature-invalid', is({ quoteSigner: rogue })]])
  refuses('tdx', [
    [
      'a key that is no point of the curve',
      'quote-signature-invalid',
      (one) => {
        const spki = Buffer.concat([Buffer.alloc(27), Buffer.alloc(64, 1)])
        one.attestation = { ...one.attestation, publicKey: { export: () => spki } as never }
      },
    ],
  ])
})

test('E6 a platform below the newest level is refused unless the policy accepts its status and each advisory', () => {
  const at =
    (svn: number): Change =>
    (one) =>
      void one.platform.components.fill(svn)
  bothRefuse([
    ['SWHardeningNeeded', 'tcb-outdated', at(4)],
    [
      'one component behind',
      'tcb-outdated',
      (one) => {
        one.platform.components[15] = 4
      },
    ],
    ['OutOfDate', 'tcb-outdated', at(2)],
    ['Revoked', 'tcb-outdated', at(1), { tcbStatuses: policySchema.parse({ tcbStatuses: ['OutOfDate'] }).tcbStatuses }],
    ['below all levels', 'tcb-unknown', at(0)],
    ['an old PCE', 'tcb-unknown', to('platform', { pceSvn: 12 })],
    ['status accepted, advisory not', 'advisory-refused', at(4), { tcbStatuses: ['SWHardeningNeeded'] }],
  ])
  for (const kind of ['sgx', 'tdx'] as const) {
    const accepted = { tcbStatuses: ['SWHardeningNeeded' as const], advisories: ['INTEL-SA-00001'] }
    const verdict = verdictOf(kind, at(4), accepted)
    assert.deepEqual(
      [verdict.status, verdict.tcbStatus, verdict.advisories],
      ['affirming', 'SWHardeningNeeded', accepted.advisories],
    )
  }
})

test('E6 the worse of platform and quoting enclave counts, and advisories add up', () => {
  const old: Change = (one) => set(one.qeReport, 258, 6)
  const verdict = (change: Change) =>
    verdictOf('sgx', change, {
      tcbStatuses: ['OutOfDate', 'OutOfDateConfigurationNeeded'],
      advisories: ['INTEL-SA-00002', 'INTEL-SA-00004'],
    })
  assert.equal(verdict(old).tcbStatus, 'OutOfDate')
  const both = verdict((one) => {
    old(one)
    one.platform.components.fill(3)
  })
  assert.deepEqual(
    [both.status, both.tcbStatus, both.advisories],
    ['affirming', 'OutOfDateConfigurationNeeded', ['INTEL-SA-00002', 'INTEL-SA-00004']],
  )
})

test('E6 the TDX module is the one TCB info names, at a version it rates', () => {
  const identities = (one: DcapRecipe) => one.tcbInfo.tdxModuleIdentities as Record<string, unknown>[]
  refuses('tdx', [
    ['signed by another', 'tdx-module-invalid', (one) => set(one.body, 64, 1)],
    ['another attribute', 'tdx-module-invalid', (one) => set(one.body, 112, 1)],
    ['an unknown module version', 'tdx-module-invalid', (one) => set(one.body, 1, 2)],
    ['no identities', 'tdx-module-invalid', (one) => void delete one.tcbInfo.tdxModuleIdentities],
    ['a version below its levels', 'tdx-module-invalid', (one) => set(one.body, 0, 3)],
    ['an older TDX component', 'tcb-unknown', (one) => set(one.body, 2, 4)],
    ['version 0, its component too old', 'tcb-unknown', (one) => set(one.body, 0, 4, 0)],
    [
      'version 0, signed by another',
      'tdx-module-invalid',
      (one) => {
        set(one.body, 1, 0)
        set(one.body, 64, 1)
      },
    ],
    [
      'an outdated module',
      'tcb-outdated',
      (one) => {
        ;(identities(one)[0]!.tcbLevels as { tcbStatus: string }[])[0]!.tcbStatus = 'OutOfDate'
      },
    ],
    [
      'no TDX components in the levels',
      'tcb-unknown',
      (one) => {
        for (const { tcb } of one.tcbInfo.tcbLevels) delete tcb.tdxtcbcomponents
      },
    ],
  ])
  assert.equal(verdictOf('tdx', (one) => set(one.body, 1, 0)).status, 'affirming')
})

test('E7 debug is never accepted, nor what lets the host in or moves', () => {
  refuses('sgx', [
    ['debug', 'debug-on', (one) => set(one.body, 48, 0x07)],
    ['not initialised', 'attributes-invalid', (one) => set(one.body, 48, 0x04)],
  ])
  refuses('tdx', [
    ['debug', 'debug-on', (one) => set(one.body, 120, 0x01)],
    ['another untrusted bit', 'debug-on', (one) => set(one.body, 120, 0x80)],
    ['migratable', 'migratable', (one) => set(one.body, 123, 0x30)],
    ['exceptions from the host', 'attributes-invalid', (one) => set(one.body, 123, 0x00)],
    ['an attribute nobody knows yet', 'attributes-invalid', (one) => set(one.body, 121, 0x01)],
    ['another one', 'attributes-invalid', (one) => set(one.body, 127, 0x40)],
  ])
})

test('E7 attributes that change nothing for the host are taken', () => {
  const known = (one: DcapRecipe) => {
    set(one.body, 123, 0xd8)
    set(one.body, 127, 0x80)
  }
  assert.equal(verdictOf('tdx', known).status, 'affirming')
})

test('E8 only an accepted measurement is affirmed', () => {
  refuses('sgx', [
    ['none accepted', 'measurement-other', () => {}, { measurements: [] }],
    ['another enclave', 'measurement-other', (one) => set(one.body, 64, 0)],
    [
      'of another kind',
      'measurement-other',
      () => {},
      { measurements: [{ kind: 'simulated', measurement: '11'.repeat(32) }] },
    ],
  ])
  const signer = { kind: 'sgx' as const, mrSigner: '22'.repeat(32), product: 7, minimumVersion: 3 }
  assert.equal(verdictOf('sgx', () => {}, { measurements: [signer] }).status, 'affirming')
  for (const other of [{ mrSigner: '23'.repeat(32) }, { product: 8 }, { minimumVersion: 4 }]) {
    assert.equal(verdictOf('sgx', () => {}, { measurements: [{ ...signer, ...other }] }).code, 'measurement-other')
  }
  refuses('tdx', [
    ['another MRTD', 'measurement-other', (one) => set(one.body, 136, 0)],
    ...[0, 1, 2, 3].map(
      (index): Case => [`RTMR ${index}`, 'measurement-other', (one) => set(one.body, 328 + 48 * index, 0)],
    ),
  ])
  const [td] = sampleDcap('tdx', reportData).policy.measurements
  assert.ok(td?.kind === 'tdx')
  const config = (mrConfig: string) => verdictOf('tdx', () => {}, { measurements: [{ ...td, mrConfig }] })
  assert.equal(config('00'.repeat(48)).status, 'affirming')
  assert.equal(config('01'.repeat(48)).code, 'measurement-other')
})

test('E9 report data is that of this exchange: another nonce or key, or fewer bytes, is refused', () => {
  for (const kind of ['sgx', 'tdx'] as const) {
    const { evidence, policy, now } = sampleDcap(kind, reportData)
    for (const other of [filled(0xd8, 64), reportData.subarray(0, 63), new Uint8Array(0), reportData.with(63, 0)]) {
      assert.equal(verifyEvidence(evidence, { reportData: other, policy }, now).code, 'report-data-other')
    }
  }
})
