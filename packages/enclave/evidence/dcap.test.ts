import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64url, fromHex, hex } from '@salus/base/bytes'
import { type DcapCollateral, type EvidenceCode, policySchema } from './contract.ts'
import { readQuote } from './quote.ts'
import { bothRefuse, type Change, is, refuses, reportData, to } from './testing/cases.ts'
import { certificate, keysOf, makeChain, makeList, NOW, YEAR } from './testing/certificates.ts'
import { dcapRecipe, signedResponse } from './testing/dcap.ts'
import { sampleDcap } from './testing.ts'
import { verifyEvidence } from './verify.ts'
import { readChain } from './x509.ts'

const rogue = keysOf('rogue')

test('E1 another version, TEE, key type or kind than the quote has is refused', () => {
  bothRefuse([
    ['version 2', 'version-unsupported', is({ version: 2 })],
    ['version 5', 'version-unsupported', is({ version: 5 })],
    ['P-384 attestation key', 'version-unsupported', is({ keyType: 3 })],
    ['another TEE', 'version-unsupported', is({ tee: 0x82 })],
  ])
  refuses('sgx', [
    ['SGX in version 4', 'version-unsupported', (one) => Object.assign(one, { version: 4, body: new Uint8Array(584) })],
    ['shown as TDX', 'tee-type-other', is({ kind: 'tdx' })],
  ])
  refuses('tdx', [['shown as SGX', 'tee-type-other', is({ kind: 'sgx' })]])
})

test('E1 a version 5 body (TD 1.5, 648 bytes behind a type and a size) is unsupported, not misread', () => {
  refuses('tdx', [
    [
      'v5',
      'version-unsupported',
      (one) => {
        one.version = 5
        one.body = new Uint8Array([3, 0, 0x88, 2, 0, 0, ...new Uint8Array(648)])
      },
    ],
  ])
})

test('E2 only a pinned root is believed', () => {
  const other = keysOf('other root')
  bothRefuse([
    ['a root of another', 'root-unknown', (one) => Object.assign(one.root, { keys: other, signer: other })],
    ['the root made anew', 'root-unknown', to('root', { serial: 99 })],
    ['no roots', 'root-unknown', () => {}, { roots: [] }],
    ['the vendor’s own roots', 'root-unknown', () => {}, { roots: policySchema.parse({}).roots }],
  ])
  const { policy } = sampleDcap('sgx', reportData)
  const amd = policy.roots.map(({ sha256 }) => ({ of: 'Milan' as const, sha256 }))
  refuses('sgx', [['a root believed for AMD only', 'root-unknown', () => {}, { roots: amd }]])
})

test('E2 with two roots believed, a platform of one is not judged by collateral of the other', () => {
  const one = sampleDcap('sgx', reportData)
  const two = sampleDcap('sgx', reportData, (recipe) => {
    const keys = keysOf('second root')
    Object.assign(recipe.root, { keys, signer: keys })
    for (const part of [recipe.pckCa, recipe.tcbSigner, recipe.rootCrl]) part.signer = keys
  })
  const [, , root] = readChain(quoteChain(two.evidence.quote))
  const policy = { ...one.policy, roots: [...one.policy.roots, { of: 'intel' as const, sha256: root!.fingerprint }] }
  for (const { evidence, now } of [one, two]) {
    assert.equal(verifyEvidence(evidence, { reportData, policy }, now).status, 'affirming')
  }
  const { tcbInfoChain, qeIdentityChain, pckCrlChain, rootCrl } = two.evidence.collateral
  for (const part of [{ tcbInfoChain }, { qeIdentityChain }, { pckCrlChain }, { pckCrlChain, rootCrl }]) {
    const mixed = { ...one.evidence, collateral: { ...one.evidence.collateral, ...part } }
    assert.equal(verifyEvidence(mixed, { reportData, policy }, one.now).code, 'root-unknown')
  }
})

const quoteChain = (quote: string) => readQuote(fromBase64url(quote)).pckChain

test('E2 a chain holds by signatures, names, powers and length', () => {
  bothRefuse([
    ['PCK signed by another', 'chain-invalid', to('pck', { signer: rogue })],
    ['CA signed by another', 'chain-invalid', to('pckCa', { signer: rogue })],
    ['TCB signer signed by another', 'chain-invalid', to('tcbSigner', { signer: rogue })],
    ['a certificate signed with SHA-1', 'chain-invalid', to('pck', { weak: true })],
    ['another issuer named', 'chain-invalid', to('pck', { issuerName: 'Somebody' })],
    ['a CA without the power', 'chain-invalid', to('pckCa', { authority: false })],
    ['a CA that may not sign certificates', 'chain-invalid', to('pckCa', { usage: 0x02 })],
    [
      'an unknown critical extension',
      'chain-invalid',
      (one) => one.pck.extensions.push({ oid: '2a03', value: new Uint8Array(2), critical: true }),
    ],
    [
      'an extension twice',
      'chain-invalid',
      (one) => one.pck.extensions.push({ oid: '551d0f', value: new Uint8Array(2) }),
    ],
  ])
})

test('E2 chains have the vendor’s length: nothing left out, nothing in between', () => {
  const direct: Change = (one) => {
    one.between = []
    Object.assign(one.pck, { signer: one.root.keys, issuerName: one.root.commonName })
  }
  const longer: Change = (one) => {
    const keys = keysOf('middle')
    delete one.pckCa.pathLength
    one.between = [certificate('Middle', one.pckCa.commonName, 8, keys, one.pckCa.keys, true), one.pckCa]
    Object.assign(one.pck, { signer: keys, issuerName: 'Middle' })
  }
  bothRefuse([
    ['PCK by the root', 'chain-invalid', direct],
    ['PCK by one more authority', 'chain-invalid', longer],
  ])
  const recipe = dcapRecipe('sgx', reportData)
  const { root, tcbSigner } = recipe
  const keys = keysOf('middle')
  const middle = certificate('Middle', root.commonName, 8, keys, root.keys, true)
  const chain = makeChain({ ...tcbSigner, signer: keys, issuerName: 'Middle' }, middle, root)
  for (const part of [{ tcbInfoChain: chain }, { qeIdentityChain: chain }, { pckCrlChain: makeChain(root) }]) {
    assert.equal(withCollateral(part), 'chain-invalid', Object.keys(part)[0])
  }
})

test('E2 a list of an authority with the right name and another key says nothing of this PCK', () => {
  const { root, pckCa, pckCrl } = dcapRecipe('sgx', reportData)
  const keys = keysOf('namesake')
  const namesake = {
    pckCrlChain: makeChain({ ...pckCa, keys }, root),
    pckCrl: hex(makeList({ ...pckCrl, signer: keys })),
  }
  assert.equal(withCollateral(namesake), 'crl-invalid')
})

test('E3 either signer of collateral must be the TCB signer', () => {
  const { root, tcbSigner } = dcapRecipe('sgx', reportData)
  const chain = makeChain({ ...tcbSigner, commonName: 'Intel SGX PCK Certificate' }, root)
  assert.equal(withCollateral({ tcbInfoChain: chain }), 'collateral-signer-other')
  assert.equal(withCollateral({ qeIdentityChain: chain }), 'collateral-signer-other')
})

/** The code for a sample with other collateral put in as it is. */
function withCollateral(part: Partial<DcapCollateral>): EvidenceCode | undefined {
  const { evidence, policy, now } = sampleDcap('sgx', reportData)
  const shown = { ...evidence, collateral: { ...evidence.collateral, ...part } }
  return verifyEvidence(shown, { reportData, policy }, now).code
}

test('E2 a chain holds in its time only', () => {
  bothRefuse([
    ['PCK ended', 'chain-expired', to('pck', { notAfter: NOW - 1 })],
    ['PCK begins later', 'chain-expired', to('pck', { notBefore: NOW + 1 })],
    ['CA ended', 'chain-expired', to('pckCa', { notAfter: NOW - 1 })],
    ['TCB signer ended', 'chain-expired', to('tcbSigner', { notAfter: NOW - 1 })],
    ['all of it years later', 'chain-expired', () => {}, {}, NOW + 6 * YEAR],
    ['all of it years before', 'chain-expired', () => {}, {}, NOW - 2 * YEAR],
  ])
})

test('E2 revocation lists are authenticated: issuer, signature, dates, serial', () => {
  bothRefuse([
    ['root list re-signed by another', 'crl-invalid', to('rootCrl', { signer: rogue })],
    ['PCK list re-signed by another', 'crl-invalid', to('pckCrl', { signer: rogue })],
    [
      'PCK list under the root’s name',
      'crl-invalid',
      (one) => {
        one.pckCrl.issuerName = one.root.commonName
      },
    ],
    [
      'root list under the CA’s name',
      'crl-invalid',
      (one) => {
        one.rootCrl.issuerName = one.pckCa.commonName
      },
    ],
    ['a list signed with SHA-1', 'crl-invalid', to('pckCrl', { weak: true })],
    ['root list old', 'crl-expired', to('rootCrl', { nextUpdate: NOW - 1 })],
    ['PCK list old', 'crl-expired', to('pckCrl', { nextUpdate: NOW - 1 })],
    ['PCK list of tomorrow', 'crl-expired', to('pckCrl', { thisUpdate: NOW + 1 })],
    ['PCK revoked', 'certificate-revoked', (one) => one.pckCrl.revoked.push(9, one.pck.serial)],
    ['CA revoked', 'certificate-revoked', (one) => one.rootCrl.revoked.push(one.pckCa.serial)],
    ['TCB signer revoked', 'certificate-revoked', (one) => one.rootCrl.revoked.push(one.tcbSigner.serial)],
    [
      'a list with a critical extension (a delta, or of some only)',
      'crl-invalid',
      (one) => one.pckCrl.extensions.push({ oid: '551d1b', value: new Uint8Array([2, 1, 1]), critical: true }),
    ],
    ['a CA that may not sign lists', 'crl-invalid', to('pckCa', { usage: 0x04 })],
  ])
})

test('E2 a list that is empty, garbage or of another authority of the same root is no list', () => {
  const { evidence, policy, now } = sampleDcap('sgx', reportData)
  const other = sampleDcap('sgx', reportData, (one) => {
    const keys = keysOf('other CA')
    one.pckCa = { ...certificate('Intel SGX PCK Platform CA', one.root.commonName, 5, keys, one.root.signer, true) }
    Object.assign(one.pck, { signer: keys, issuerName: one.pckCa.commonName })
    Object.assign(one.pckCrl, { signer: keys, issuerName: one.pckCa.commonName })
  })
  assert.equal(verifyEvidence(other.evidence, { reportData, policy: other.policy }, now).status, 'affirming')
  const { pckCrl, pckCrlChain } = other.evidence.collateral
  const cases: [EvidenceCode, Partial<typeof evidence.collateral>][] = [
    ['evidence-malformed', { pckCrl: '' }],
    ['crl-invalid', { pckCrl: '3000' }],
    ['crl-invalid', { rootCrl: 'garbage' }],
    ['crl-invalid', { rootCrl: evidence.collateral.pckCrl }],
    ['crl-invalid', { pckCrl: evidence.collateral.rootCrl }],
    ['crl-invalid', { pckCrl: `${evidence.collateral.pckCrl}00` }],
    ['crl-invalid', { pckCrl, pckCrlChain }],
  ]
  for (const [code, change] of cases) {
    const one = { ...evidence, collateral: { ...evidence.collateral, ...change } }
    assert.equal(verifyEvidence(one, { reportData, policy }, now).code, code, JSON.stringify(change).slice(0, 60))
  }
})

test('E3 TCB info and QE identity count as their exact letters, signed by the TCB signer, for this platform', () => {
  bothRefuse([
    ['signed by another', 'tcb-info-invalid', is({ collateralSigner: rogue })],
    [
      'signer with another name',
      'collateral-signer-other',
      (one) => {
        one.tcbSigner.commonName = one.pck.commonName
      },
    ],
    ['TCB info version', 'tcb-info-invalid', to('tcbInfo', { version: 2 })],
    [
      'TCB info of the other TEE',
      'tcb-info-invalid',
      (one) => {
        one.tcbInfo.id = one.kind === 'sgx' ? 'TDX' : 'SGX'
      },
    ],
    ['QE identity version', 'qe-identity-invalid', to('qeIdentity', { version: 1 })],
    [
      'identity of the other QE',
      'qe-identity-invalid',
      (one) => {
        one.qeIdentity.id = one.kind === 'sgx' ? 'TD_QE' : 'QE'
      },
    ],
    ['another FMSPC', 'fmspc-other', to('tcbInfo', { fmspc: '00A067110001' })],
    ['a PCK of another platform', 'fmspc-other', to('platform', { fmspc: 'b0c06f000000' })],
    ['another PCE', 'fmspc-other', to('platform', { pceId: '0100' })],
    ['old TCB info', 'tcb-info-expired', to('tcbInfo', { nextUpdate: '2020-01-01T00:00:00Z' })],
    ['TCB info of tomorrow', 'tcb-info-expired', to('tcbInfo', { issueDate: '2036-01-01T00:00:00Z' })],
    ['old QE identity', 'qe-identity-expired', to('qeIdentity', { nextUpdate: '2020-01-01T00:00:00Z' })],
    ['QE identity of tomorrow', 'qe-identity-expired', to('qeIdentity', { issueDate: '2036-01-01T00:00:00Z' })],
    ['rolled back', 'collateral-rolled-back', () => {}, { minimumEvaluation: 18 }],
    [
      'identity rolled back',
      'collateral-rolled-back',
      to('qeIdentity', { tcbEvaluationDataNumber: 16 }),
      { minimumEvaluation: 17 },
    ],
    [
      'a component too few',
      'tcb-info-invalid',
      (one) => (one.tcbInfo.tcbLevels[0]!.tcb.sgxtcbcomponents as unknown[]).pop(),
    ],
    [
      'an unknown status',
      'tcb-info-invalid',
      (one) => {
        one.tcbInfo.tcbLevels[4]!.tcbStatus = 'Fine'
      },
    ],
    [
      'a key twice, signed so',
      'tcb-info-invalid',
      (one) => {
        one.tcbInfoText = (json) => json.replace('"version":3', '"version":3,"version":3')
      },
    ],
    [
      'a key twice in the identity',
      'qe-identity-invalid',
      (one) => {
        one.qeIdentityText = (json) => json.replace('"version":2', '"version":2,"\\u0076ersion":2')
      },
    ],
  ])
})

test('E3 collateral written again, with the same meaning, is refused: the signature covers letters', () => {
  const { evidence, policy, now } = sampleDcap('tdx', reportData)
  const spaced = (text: string) => text.replace('"version":', '"version": ')
  const { tcbInfo, qeIdentity } = evidence.collateral
  const cases: [EvidenceCode, Record<string, string>][] = [
    ['tcb-info-invalid', { tcbInfo: spaced(tcbInfo) }],
    ['tcb-info-invalid', { tcbInfo: `${tcbInfo}\n` }],
    ['tcb-info-invalid', { tcbInfo: ` ${tcbInfo}` }],
    ['tcb-info-invalid', { tcbInfo: tcbInfo.replace('"signature"', '"x":1,"signature"') }],
    ['tcb-info-invalid', { tcbInfo: tcbInfo.toUpperCase() }],
    ['tcb-info-invalid', { tcbInfo: qeIdentity }],
    ['qe-identity-invalid', { qeIdentity: spaced(qeIdentity) }],
    ['qe-identity-invalid', { qeIdentity: '{}' }],
    ['qe-identity-invalid', { qeIdentity: '{"enclaveIdentity":{},"signature":""}' }],
    ['qe-identity-invalid', { qeIdentity: signedResponse('enclaveIdentity', '{}', keysOf('tcb')) }],
  ]
  for (const [code, change] of cases) {
    const one = { ...evidence, collateral: { ...evidence.collateral, ...change } }
    assert.equal(verifyEvidence(one, { reportData, policy }, now).code, code, Object.values(change)[0]!.slice(0, 40))
  }
})

test('E2 hexadecimal in capitals, PEM and base64 lists read alike', () => {
  const { evidence, policy, now } = sampleDcap('sgx', reportData)
  const der = fromHex(evidence.collateral.pckCrl)
  const base64 = Buffer.from(der).toString('base64')
  const pem = `-----BEGIN X509 CRL-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END X509 CRL-----\n`
  for (const pckCrl of [evidence.collateral.pckCrl.toUpperCase(), base64, pem, pem.trimEnd()]) {
    const one = { ...evidence, collateral: { ...evidence.collateral, pckCrl } }
    assert.equal(verifyEvidence(one, { reportData, policy }, now).status, 'affirming')
  }
  for (const pckCrl of [` ${base64}`, `${pem}\n`, pem.replaceAll('\n', '\r\n'), `${pem}x`]) {
    const one = { ...evidence, collateral: { ...evidence.collateral, pckCrl } }
    assert.equal(verifyEvidence(one, { reportData, policy }, now).code, 'crl-invalid')
  }
})
