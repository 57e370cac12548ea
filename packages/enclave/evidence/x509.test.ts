import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat } from '@salus/base/bytes'
import { certificate, keysOf, makeCertificate, makeChain, NOW } from './testing/certificates.ts'
import { checkChain, readCertificate, readChain, writePem } from './x509.ts'

const root = keysOf('x509 root')
const top = certificate('Root (sample)', 'Root (sample)', 1, root, root, true)
const leaf = certificate('Leaf (sample)', 'Root (sample)', 2, keysOf('x509 leaf'), root)
const refused = (code: string) => ({ name: 'AppError', code })

test('E2 PEM is read only as a writer writes it: nothing before, between, after, no other line', () => {
  const pem = makeChain(leaf, top)
  const [one, other] = pem.split(/(?<=-----END CERTIFICATE-----\n)/) as [string, string]
  assert.equal(readChain(pem).length, 2)
  assert.equal(readChain(pem.trimEnd()).length, 2)
  const wrong = [
    ...['', ' ', 'x', `x${pem}`, ` ${pem}`, `${pem}x`, `${pem}\n`, `${pem}\0`, `${one}\n${other}`, `${one}x${other}`],
    ...[pem.replace('\n', '\r\n'), pem.replaceAll('\n', ''), pem.replace('CERTIFICATE', 'X509 CERTIFICATE')],
    ...[one.replace(/\n(?=.)/g, '\n\n'), `${one.trimEnd()}${other}`, one.replace('MII', 'MI I'), one.repeat(5)],
  ]
  for (const text of wrong)
    assert.throws(() => readChain(text), refused('chain-invalid'), JSON.stringify(text.slice(0, 60)))
})

test('E2 a certificate is one DER element that the platform reads too; another byte makes it another or none', () => {
  const der = makeCertificate(leaf)
  const read = readCertificate(der)
  assert.deepEqual([read.commonName, read.serial, read.authority], ['Leaf (sample)', '02', false])
  assert.deepEqual([read.notBefore, read.notAfter], [leaf.notBefore, leaf.notAfter])
  assert.equal(readCertificate(makeCertificate(top)).authority, true)
  for (const wrong of [concat(der, Uint8Array.of(0)), der.subarray(0, -1), new Uint8Array(0), der.subarray(4)]) {
    assert.throws(() => readCertificate(wrong), refused('chain-invalid'))
  }
  assert.throws(() => readCertificate(new Uint8Array(9), 'qe-other'), refused('qe-other'))
})

test('E2 a chain without certificates, or whose top is not pinned, is unknown', () => {
  const chain = readChain(makeChain(leaf, top))
  const pinned = [{ of: 'intel' as const, sha256: chain[1]!.fingerprint }]
  assert.equal(checkChain(chain, pinned, ['intel'], NOW).of, 'intel')
  for (const [shown, roots, of] of [
    [[], pinned, 'intel'],
    [chain.slice(0, 1), pinned, 'intel'],
    [chain, [], 'intel'],
    [chain, pinned, 'Milan'],
    [chain.toReversed(), pinned, 'intel'],
  ] as const) {
    assert.throws(() => checkChain(shown, roots, [of], NOW), refused('root-unknown'))
  }
  assert.throws(() => checkChain([chain[0]!, ...chain], pinned, ['intel'], NOW), refused('chain-invalid'))
})

test('E2 a pinned leaf is its own root, and what is written is read', () => {
  const der = makeCertificate(top)
  assert.equal(readChain(writePem(der))[0]?.fingerprint, readCertificate(der).fingerprint)
})
