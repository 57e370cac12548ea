import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, fromBase64url } from '@salus/base/bytes'
import { type EvidenceCode, type EvidencePolicy, evidenceSteps, policySchema } from './contract.ts'
import { filled, keysOf, NOW, YEAR } from './testing/certificates.ts'
import { integer } from './testing/der.ts'
import type { SnpRecipe, snpRecipe } from './testing/snp.ts'
import { sampleSnp } from './testing.ts'
import { verifyEvidence } from './verify.ts'

const reportData = filled(0xd7, 64)
const rogue = keysOf('rogue', 'P-384')
const rogueAuthority = keysOf('rogue', 'rsa')
type Form = Parameters<typeof snpRecipe>[1]
type Case = [
  said: string,
  code: EvidenceCode,
  change: (recipe: SnpRecipe) => void,
  policy?: Partial<EvidencePolicy>,
  form?: Form,
]

const verdictOf = (
  change: (recipe: SnpRecipe) => void = () => {},
  policy: Partial<EvidencePolicy> = {},
  form: Form = {},
) => {
  const sample = sampleSnp(reportData, change, form)
  return verifyEvidence(sample.evidence, { reportData, policy: { ...sample.policy, ...policy } }, NOW)
}

/** Each case is refused for its own reason, at its own step; without the change the same evidence is affirmed. */
function refuses(cases: readonly Case[]): void {
  for (const [said, code, change, policy, form] of cases) {
    assert.equal(verdictOf(() => {}, {}, form).status, 'affirming', said)
    const verdict = verdictOf(change, policy, form)
    assert.deepEqual([verdict.status, verdict.code, verdict.step], ['contraindicated', code, evidenceSteps[code]], said)
  }
}
const to =
  <Part extends keyof SnpRecipe>(part: Part, fields: Partial<NonNullable<SnpRecipe[Part]>>) =>
  (one: SnpRecipe) =>
    Object.assign(one[part] as object, fields)
const is = (fields: Partial<SnpRecipe>) => (one: SnpRecipe) => Object.assign(one, fields)
const set = (bytes: Uint8Array, at: number, ...values: number[]) => bytes.set(values, at)

test('E1 reports of version 2 to 5 are read, of each family, by the chip’s key or a leased one; others are not', () => {
  for (const product of ['Milan', 'Genoa', 'Turin'] as const) {
    for (const version of [2, 3, 4, 5]) {
      for (const leased of [false, true]) {
        const verdict = verdictOf(() => {}, {}, { product, version, leased })
        assert.deepEqual(
          [verdict.status, verdict.snpTcb?.microcode],
          ['affirming', 68],
          `${product} ${version} ${leased}`,
        )
      }
    }
  }
  refuses([
    ['version 1', 'version-unsupported', (one) => set(one.report, 0, 1)],
    ['version 6', 'version-unsupported', (one) => set(one.report, 0, 6)],
    ['version 258', 'version-unsupported', (one) => set(one.report, 1, 1)],
    ['another algorithm', 'version-unsupported', (one) => set(one.report, 0x34, 2)],
  ])
})

test('E1 bytes around the two numbers of a signature are zero, and the length is exact', () => {
  const { evidence, policy, now } = sampleSnp(reportData)
  const bytes = fromBase64url(evidence.report)
  const wrong = [
    ...[48, 71, 120, 143, 144, 511].map((at) => bytes.with(0x2a0 + at, 1)),
    ...[bytes.subarray(0, -1), bytes.subarray(0, 0x2a0), bytes.subarray(0, 1)],
  ]
  for (const one of wrong) {
    const shown = { ...evidence, report: base64url(one) }
    assert.equal(verifyEvidence(shown, { reportData, policy }, now).code, 'evidence-malformed')
  }
})

test('E2 only a pinned ARK is believed, for its own family', () => {
  const { policy } = sampleSnp(reportData)
  refuses([
    [
      'an ARK of another',
      'root-unknown',
      (one) => Object.assign(one.ark, { keys: rogueAuthority, signer: rogueAuthority }),
    ],
    ['AMD’s own roots', 'root-unknown', () => {}, { roots: policySchema.parse({}).roots }],
    [
      'believed for Intel only',
      'root-unknown',
      () => {},
      { roots: policy.roots.map((one) => ({ ...one, of: 'intel' })) },
    ],
    ['believed for Genoa', 'chain-invalid', () => {}, { roots: policy.roots.map((one) => ({ ...one, of: 'Genoa' })) }],
  ])
})

test('E2 the chain holds by signatures, names and powers, in its time', () => {
  refuses([
    ['VCEK signed by another', 'chain-invalid', to('endorsement', { signer: rogueAuthority })],
    ['ASK signed by another', 'chain-invalid', to('ask', { signer: rogueAuthority })],
    ['ASK without the power', 'chain-invalid', to('ask', { authority: false })],
    ['another name', 'chain-invalid', to('endorsement', { commonName: 'SEV-OTHER' })],
    ['a VLEK for a report of the chip’s key', 'chain-invalid', to('endorsement', { commonName: 'SEV-VLEK' })],
    ['a VCEK for a report of a leased key', 'chain-invalid', (one) => set(one.report, 0x48, 1 << 2)],
    ['signed by no key', 'chain-invalid', (one) => set(one.report, 0x48, 7 << 2)],
    ['VCEK ended', 'chain-expired', to('endorsement', { notAfter: NOW - 1 })],
    ['ASK ended', 'chain-expired', to('ask', { notAfter: NOW - YEAR / 2 })],
    ['another issuer named', 'chain-invalid', to('ask', { issuerName: 'ARK-Genoa' })],
  ])
})

test('E2 without a list revocation is unknown: refused, unless the policy says otherwise; a list that came is checked', () => {
  refuses([
    ['no list', 'revocation-unknown', is({ crl: undefined })],
    ['signed by another', 'crl-invalid', to('crl', { signer: rogueAuthority })],
    [
      'signed by another, not required',
      'crl-invalid',
      to('crl', { signer: rogueAuthority }),
      { requireRevocation: false },
    ],
    ['another issuer', 'crl-invalid', to('crl', { issuerName: 'ARK-Genoa' })],
    ['old', 'crl-expired', to('crl', { nextUpdate: NOW - 1 })],
    ['of tomorrow', 'crl-expired', to('crl', { thisUpdate: NOW + 1 })],
    ['ASK revoked', 'certificate-revoked', (one) => one.crl!.revoked.push(one.ask.serial)],
  ])
  assert.equal(verdictOf(is({ crl: undefined }), { requireRevocation: false }).status, 'affirming')
})

test('E4 the certificate speaks of this family, this chip and the very versions the report claims', () => {
  refuses([
    ['another product', 'product-other', is({ productName: 'Genoa-B0' })],
    ['a longer name', 'product-other', is({ productName: 'Milano' })],
    ['a processor of another family', 'product-other', (one) => set(one.report, 0x189, 0x11), {}, { version: 3 }],
    ['another chip', 'chip-other', (one) => set(one.report, 0x1a0, 0)],
    [
      'a masked chip',
      'chip-other',
      (one) => {
        one.report.fill(0, 0x1a0, 0x1e0)
        one.chipId.fill(0)
      },
    ],
    ['more than Turin’s eight bytes', 'chip-other', (one) => set(one.report, 0x1a8, 1), {}, { product: 'Turin' }],
    [
      'versions of another certificate',
      'endorsement-tcb-other',
      (one) => {
        one.spls[8] = 67
      },
    ],
    ['a version that is no byte', 'endorsement-tcb-other', to('spls', { 8: 256 + 68 })],
    ['versions raised in the report', 'endorsement-tcb-other', (one) => set(one.report, 0x187, 69)],
    ['no such extension', 'endorsement-tcb-other', (one) => void delete one.spls[3]],
    ['a reserved byte', 'endorsement-tcb-other', (one) => set(one.report, 0x185, 1), {}, { product: 'Turin' }],
    [
      'an extension twice',
      'chain-invalid',
      (one) => one.endorsement.extensions.push({ oid: '2b060104019c78010308', value: integer(255) }),
    ],
  ])
})

test('E4 a certificate may name the family without a stepping', () => {
  assert.equal(verdictOf(is({ productName: 'Milan' })).status, 'affirming')
})

test('E5 the certified key signed this report', () => {
  refuses([
    ['signed by another', 'quote-signature-invalid', is({ signer: rogue })],
    ['another certified key', 'quote-signature-invalid', to('endorsement', { keys: rogue })],
    ['a key of another curve', 'quote-signature-invalid', to('endorsement', { keys: keysOf('p256') })],
  ])
})

test('E6 AMD publishes no levels: the policy’s minimum counts, in each number, and without one nothing is known', () => {
  const minimum = { bootloader: 2, tee: 0, snp: 5, microcode: 68, fmc: 0 }
  refuses([
    ['no minimum', 'tcb-unknown', () => {}, { snpMinimum: undefined as never }],
    ['boot loader', 'tcb-outdated', () => {}, { snpMinimum: { ...minimum, bootloader: 3 } }],
    ['TEE', 'tcb-outdated', () => {}, { snpMinimum: { ...minimum, tee: 1 } }],
    ['SNP', 'tcb-outdated', () => {}, { snpMinimum: { ...minimum, snp: 6 } }],
    ['microcode', 'tcb-outdated', () => {}, { snpMinimum: { ...minimum, microcode: 69 } }],
    ['FMC', 'tcb-outdated', () => {}, { snpMinimum: { ...minimum, fmc: 2 } }, { product: 'Turin' }],
    ['started by older firmware', 'tcb-outdated', (one) => set(one.report, 0x1f7, 67)],
    [
      'an older platform',
      'tcb-outdated',
      (one) => {
        set(one.report, 0x187, 67)
        one.spls[8] = 67
      },
    ],
  ])
})

test('E7 debug and migration are never accepted, a privilege level only as far as the policy says', () => {
  refuses([
    ['debug', 'debug-on', (one) => set(one.report, 10, 0x0b)],
    ['migration agent', 'migratable', (one) => set(one.report, 10, 0x07)],
    ['the bit that is always one', 'attributes-invalid', (one) => set(one.report, 10, 0x01)],
    ['VMPL 1', 'vmpl-invalid', (one) => set(one.report, 0x30, 1)],
    ['asked for by the host', 'vmpl-invalid', (one) => one.report.fill(0xff, 0x30, 0x34), { maximumVmpl: 3 }],
  ])
  assert.equal(verdictOf((one) => set(one.report, 0x30, 1), { maximumVmpl: 1 }).status, 'affirming')
})

test('E8 only an accepted measurement is affirmed, with the host data the policy names', () => {
  const accepted = { kind: 'snp' as const, measurement: '55'.repeat(48) }
  refuses([
    ['another', 'measurement-other', (one) => set(one.report, 0x90, 0)],
    ['none', 'measurement-other', () => {}, { measurements: [] }],
    ['other host data', 'measurement-other', () => {}, { measurements: [{ ...accepted, hostData: '67'.repeat(32) }] }],
  ])
  const named = { measurements: [{ ...accepted, hostData: '66'.repeat(32) }] }
  assert.equal(verdictOf(() => {}, named).status, 'affirming')
})

test('E9 report data is that of this exchange', () => {
  refuses([['another', 'report-data-other', (one) => set(one.report, 0x50, 0)]])
})
