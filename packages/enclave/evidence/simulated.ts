/**
 * Evidence for machines without a TEE: a development key signs what a real quote would say. It proves nothing about where
 * code runs, and says so in the verdict; only a policy with `allowSimulated` takes it.
 */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { base64url, concat, fromBase64url, fromHex, hex, utf8 } from '@salus/base/bytes'
import { verifyEd25519Sync } from '@salus/crypto/verify'
import type { Checked, Findings, SimulatedEvidence } from './contract.ts'
import { checkMeasured, checkReportData } from './expected.ts'
import { orRefuse, refuse } from './refuse.ts'

/** The well-known development key. Printed here on purpose: nobody can mistake what anyone can sign for a proof. */
export const DEVELOPMENT_SEED = utf8('salus: simulated, proves nothing')

/** Told apart from everything else an Ed25519 key of ours signs. */
const DOMAIN = utf8('salus-simulated-evidence-v1\n')
const PKCS8 = fromHex('302e020100300506032b657004220420')

/** What is signed: domain, 32 bytes of measurement, 64 of report data. All lengths are fixed. */
const covered = (measurement: string, reportData: string) => concat(DOMAIN, fromHex(measurement), fromHex(reportData))

/** Makes simulated evidence: `measurement` 32 bytes hexadecimal, `reportData` 64 bytes, `seed` of an Ed25519 key. */
export function simulateEvidence(
  measurement: string,
  reportData: Uint8Array,
  seed: Uint8Array = DEVELOPMENT_SEED,
): SimulatedEvidence {
  const key = createPrivateKey({ key: Buffer.from(concat(PKCS8, seed)), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const data = hex(reportData)
  return {
    kind: 'simulated',
    measurement,
    reportData: data,
    key: base64url(spki.subarray(-32)),
    signature: base64url(sign(null, covered(measurement, data), key)),
  }
}

/** Checks simulated evidence: refused first of all, unless the policy allows it. */
export function checkSimulated(evidence: SimulatedEvidence, { reportData, policy }: Checked, found: Findings): void {
  if (!policy.allowSimulated) refuse('simulated-refused')
  if (!policy.simulatedKeys.includes(evidence.key)) refuse('root-unknown')
  const signature = orRefuse('evidence-malformed', () => fromBase64url(evidence.signature))
  if (!verifyEd25519Sync(evidence.key, covered(evidence.measurement, evidence.reportData), signature)) {
    refuse('quote-signature-invalid')
  }
  found.measured = { kind: 'simulated', measurement: evidence.measurement }
  found.reportData = evidence.reportData
  checkMeasured(found.measured, policy)
  checkReportData(fromHex(evidence.reportData), reportData)
}
