import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, fromBase64url, fromHex } from '@salus/base/bytes'
import { needsShared, sharedFolder } from '@salus/base/testing'
import fc from 'fast-check'
import { type DcapEvidence, type Evidence, type Expected, policySchema, type SnpEvidence } from './contract.ts'
import { filled } from './testing/certificates.ts'
import { recordedDcap, recordedSnp, sampleDcap, sampleSimulated, sampleSnp } from './testing.ts'
import { verifyEvidence } from './verify.ts'

const [DCAP, SNP] = ['vectors/attestation/dcap', 'vectors/attestation/snp']
const reportData = filled(0xd7, 64)
const RUNS = { numRuns: 1_500 }

/** Every text in evidence, by its path; `quote` and the like as the bytes they stand for. */
type Place = { read: () => Uint8Array; write: (bytes: Uint8Array) => Evidence }

function places(evidence: Evidence): Place[] {
  const found: Place[] = []
  const visit = (value: object, path: string[]) => {
    for (const [key, one] of Object.entries(value)) {
      const at = [...path, key]
      if (typeof one !== 'string') visit(one, at)
      else if (key !== 'kind') found.push(place(evidence, at, one))
    }
  }
  visit(evidence, [])
  return found
}

const BINARY = ['quote', 'report', 'endorsement', 'ask', 'ark']

function place(evidence: Evidence, path: string[], value: string): Place {
  const binary = BINARY.includes(path.at(-1)!)
  return {
    read: () => (binary ? fromBase64url(value) : Buffer.from(value, 'latin1')),
    write: (bytes) => {
      const copy = structuredClone(evidence) as unknown as Record<string, never>
      const holder = path.slice(0, -1).reduce((at, key) => at[key]!, copy)
      Object.assign(holder, { [path.at(-1)!]: binary ? base64url(bytes) : Buffer.from(bytes).toString('latin1') })
      return copy as unknown as Evidence
    },
  }
}

/** No single byte of quote or collateral can be another one. */
function noByteIsFree(evidence: Evidence, expected: Expected, now: number, worst: number): void {
  const all = places(evidence).map((one) => ({ ...one, bytes: one.read() }))
  const flip = fc.tuple(fc.nat(all.length - 1), fc.nat(), fc.integer({ min: 1, max: 255 }))
  fc.assert(
    fc.property(flip, ([which, where, mask]) => {
      const { bytes, write } = all[which]!
      const at = where % bytes.length
      const verdict = verifyEvidence(write(bytes.with(at, bytes[at]! ^ mask)), expected, now)
      assert.equal(verdict.status, 'contraindicated')
      assert.ok(verdict.step <= worst, `step ${verdict.step}`)
    }),
    RUNS,
  )
}

/** Each byte of the quote itself, one after the other. */
function noByteOfQuote(evidence: DcapEvidence | SnpEvidence, expected: Expected, now: number): void {
  const key = evidence.kind === 'snp' ? 'report' : 'quote'
  const bytes = fromBase64url((evidence as unknown as Record<string, string>)[key]!)
  for (let at = 0; at < bytes.length; at++) {
    const one = { ...evidence, [key]: base64url(bytes.with(at, bytes[at]! ^ (1 << (at % 8)))) }
    const verdict = verifyEvidence(one, expected, now)
    assert.ok(verdict.status === 'contraindicated' && verdict.step <= 5, `byte ${at}: step ${verdict.step}`)
  }
}

for (const kind of ['sgx', 'tdx'] as const) {
  test(`E11 no flipped byte of the recorded ${kind} quote or its collateral is affirmed`, needsShared(DCAP), () => {
    const evidence = recordedDcap(sharedFolder(DCAP)!, kind)
    const now = Date.UTC(2025, 6, 1) / 1000
    const lenient = { tcbStatuses: ['UpToDate', 'ConfigurationAndSWHardeningNeeded'] }
    const policy = policySchema.parse({ ...lenient, advisories: ['INTEL-SA-00289', 'INTEL-SA-00615'] })
    const { measured, reportData: is } = verifyEvidence(evidence, { reportData, policy }, now)
    const accepted = measured?.kind === 'sgx' ? { kind: 'sgx' as const, mrEnclave: measured.mrEnclave } : measured!
    const expected = { reportData: fromHex(is!), policy: { ...policy, measurements: [accepted as never] } }
    assert.equal(verifyEvidence(evidence, expected, now).status, 'affirming')
    noByteIsFree(evidence, expected, now, 5)
    noByteOfQuote(evidence, expected, now)
  })

  test(`E11 no flipped byte of synthetic ${kind} evidence is affirmed`, () => {
    const { evidence, policy, now } = sampleDcap(kind, reportData)
    noByteIsFree(evidence, { reportData, policy }, now, 5)
  })
}

test(
  'E11 no flipped byte of the recorded SNP report or its certificates passes the signature',
  needsShared(SNP),
  () => {
    const evidence = recordedSnp(sharedFolder(SNP)!)
    const policy = policySchema.parse({ requireRevocation: false })
    const now = Date.UTC(2023, 5, 1) / 1000
    assert.equal(verifyEvidence(evidence, { reportData, policy }, now).step, 6)
    noByteIsFree(evidence, { reportData, policy }, now, 5)
    noByteOfQuote(evidence, { reportData, policy }, now)
  },
)

test('E11 no flipped byte of synthetic SNP or simulated evidence is affirmed', () => {
  const snp = sampleSnp(reportData)
  noByteIsFree(snp.evidence, { reportData, policy: snp.policy }, snp.now, 5)
  const { evidence, policy, now } = sampleSimulated(reportData)
  noByteIsFree(evidence, { reportData, policy }, now, 5)
})

test('E11 synthetic evidence cut at any length is malformed', () => {
  const { evidence, policy, now } = sampleDcap('tdx', reportData)
  const bytes = fromBase64url(evidence.quote)
  for (let length = 0; length < bytes.length; length++) {
    const one = { ...evidence, quote: base64url(bytes.subarray(0, length)) }
    assert.equal(verifyEvidence(one, { reportData, policy }, now).code, 'evidence-malformed', String(length))
  }
})
