import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EvidencePolicy } from './contract.ts'
import { createKept } from './keep.ts'
import { filled, YEAR } from './testing/certificates.ts'
import { sampleDcap, sampleSnp } from './testing.ts'
import { verifyEvidence } from './verify.ts'

const reportData = filled(0xd7, 64)

test('E13 what was affirmed once is looked at again: time, roots, revocation, policy', () => {
  for (const { evidence, policy, now } of [
    sampleDcap('sgx', reportData),
    sampleDcap('tdx', reportData),
    sampleSnp(reportData),
  ]) {
    const at = (when: number, change: Partial<EvidencePolicy> = {}) =>
      verifyEvidence(evidence, { reportData, policy: { ...policy, ...change } }, when).code
    for (const round of [1, 2]) {
      assert.equal(at(now), undefined, `round ${round}`)
      assert.equal(at(now + 2 * 86_400), 'crl-expired')
      assert.equal(at(now + 6 * YEAR), 'chain-expired')
      assert.equal(at(now, { roots: [] }), 'root-unknown')
      assert.equal(at(now, { measurements: [] }), 'measurement-other')
    }
  }
})

test('E13 a certificate affirmed a moment ago is refused with the list that revokes it, and the other way round', () => {
  const good = sampleDcap('sgx', reportData)
  const bad = sampleDcap('sgx', reportData, (one) => one.pckCrl.revoked.push(one.pck.serial))
  const { pckCrl } = bad.evidence.collateral
  const revoked = { ...good.evidence, collateral: { ...good.evidence.collateral, pckCrl } }
  for (const [evidence, code] of [[good.evidence], [revoked, 'certificate-revoked'], [good.evidence]] as const) {
    assert.equal(verifyEvidence(evidence, { reportData, policy: good.policy }, good.now).code, code)
  }
})

test('E13 a signature that failed, or held, says nothing of another text or key', () => {
  const good = sampleDcap('sgx', reportData)
  const { tcbInfo } = good.evidence.collateral
  const flipped = tcbInfo.replace(/.(?="\}$)/, (last) => (last === '0' ? '1' : '0'))
  const mended = (text: string) => ({ ...good.evidence, collateral: { ...good.evidence.collateral, tcbInfo: text } })
  for (const [text, code] of [
    [tcbInfo],
    [flipped, 'tcb-info-invalid'],
    [tcbInfo],
    [flipped, 'tcb-info-invalid'],
  ] as const) {
    assert.equal(verifyEvidence(mended(text), { reportData, policy: good.policy }, good.now).code, code)
  }
})

test('E13 no more is kept than the limit, the oldest goes first, and what throws is not kept', () => {
  const kept = createKept<number>(2)
  let made = 0
  const make = () => ++made
  assert.deepEqual([kept.get('a', make), kept.get('b', make), kept.get('a', make)], [1, 2, 1])
  assert.deepEqual([kept.get('c', make), kept.get('b', make), kept.get('a', make)], [3, 2, 4])
  const fail = () => {
    throw new RangeError('x')
  }
  assert.throws(() => kept.get('d', fail), RangeError)
  assert.equal(kept.get('d', make), 5)
})
