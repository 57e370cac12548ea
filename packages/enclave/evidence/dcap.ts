/** SGX and TDX quotes (DCAP): the ten steps of facts/market.md §6.4 in their order; each `check` is one of them. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { concat, equal, fromBase64url, fromHex, hex } from '@salus/base/bytes'
import { type QeIdentity, readQeIdentity, readTcbInfo, type TcbInfo } from './collateral.ts'
import type { Checked, DcapEvidence, EvidencePolicy, Findings, Measured } from './contract.ts'
import { checkRevocation } from './crl.ts'
import { checkMeasured, checkReportData } from './expected.ts'
import { type Platform, platformOf } from './pck.ts'
import { type Quote, readQuote, readSgxReport } from './quote.ts'
import { orRefuse, refuse } from './refuse.ts'
import { join, matches, type Rating, rateModule, ratePlatform, rateVersion } from './tcb.ts'
import { type Certificate, checkChain, readChain } from './x509.ts'

/** Checks a quote with its collateral; fills `found` with what each passed step proves. */
export function checkDcap(evidence: DcapEvidence, { reportData, policy }: Checked, now: number, found: Findings): void {
  const quote = checkForm(evidence)
  const chains = checkChains(quote, evidence, policy, now)
  const platform = platformOf(chains.pck)
  const { info, identity } = checkCollateral(evidence, chains, platform, policy, now)
  found.evaluation = Math.min(info.tcbEvaluationDataNumber, identity.tcbEvaluationDataNumber)
  const enclave = checkQuotingEnclave(quote, chains.pck, identity, policy)
  checkQuoteSignature(quote)
  found.measured = measuredOf(quote)
  found.reportData = hex(quote.report.reportData)
  checkPlatform(quote, info, platform, enclave, policy, found)
  checkModes(quote)
  checkMeasured(found.measured, policy)
  checkReportData(quote.report.reportData, reportData)
}

/** Step 1. */
function checkForm(evidence: DcapEvidence): Quote {
  const quote = readQuote(orRefuse('evidence-malformed', () => fromBase64url(evidence.quote)))
  return quote.kind === evidence.kind ? quote : refuse('tee-type-other')
}

type Chains = { readonly pck: Certificate; readonly tcbSigner: Certificate; readonly identitySigner: Certificate }

/** Step 2: every chain to a pinned Intel root, then both lists of revoked certificates. */
function checkChains(quote: Quote, { collateral }: DcapEvidence, policy: EvidencePolicy, now: number): Chains {
  const pck = readChain(quote.pckChain)
  const tcb = readChain(collateral.tcbInfoChain)
  const identity = readChain(collateral.qeIdentityChain)
  const lists = readChain(collateral.pckCrlChain)
  const all = [pck, tcb, identity, lists]
  for (const chain of all) checkChain(chain, policy.roots, ['intel'], now)
  const [leaf, middle, root] = pck
  const [listSigner] = lists
  if (pck.length !== 3 || tcb.length !== 2 || identity.length !== 2 || lists.length !== 2) refuse('chain-invalid')
  // Two roots may be believed: a platform of one is not judged by the collateral of the other.
  if (all.some((chain) => chain.at(-1)?.fingerprint !== root!.fingerprint)) refuse('root-unknown')
  // The list's issuer must be the very authority that issued this PCK, not just one of Intel's.
  if (listSigner!.spki !== middle!.spki) refuse('crl-invalid')
  const below = [middle!, listSigner!, tcb[0]!, identity[0]!]
  checkRevocation(collateral.rootCrl, root!, below, now)
  checkRevocation(collateral.pckCrl, listSigner!, [leaf!], now)
  return { pck: leaf!, tcbSigner: tcb[0]!, identitySigner: identity[0]! }
}

/** A PCK certificate chains to the same root: only the name tells who may sign collateral. */
const SIGNER = 'Intel SGX TCB Signing'

/** Step 3: collateral signed by the TCB signer, for this kind of TEE and this platform, in its time, not rolled back. */
function checkCollateral(
  { kind, collateral }: DcapEvidence,
  { tcbSigner, identitySigner }: Chains,
  platform: Platform,
  policy: EvidencePolicy,
  now: number,
): { info: TcbInfo; identity: QeIdentity } {
  if (tcbSigner.commonName !== SIGNER || identitySigner.commonName !== SIGNER) refuse('collateral-signer-other')
  const info = readTcbInfo(collateral.tcbInfo, tcbSigner)
  const identity = readQeIdentity(collateral.qeIdentity, identitySigner)
  if (info.id !== (kind === 'sgx' ? 'SGX' : 'TDX')) refuse('tcb-info-invalid')
  if (identity.id !== (kind === 'sgx' ? 'QE' : 'TD_QE')) refuse('qe-identity-invalid')
  if (info.fmspc !== platform.fmspc || info.pceId !== platform.pceId) refuse('fmspc-other')
  if (now < info.issueDate || now > info.nextUpdate) refuse('tcb-info-expired')
  if (now < identity.issueDate || now > identity.nextUpdate) refuse('qe-identity-expired')
  const lower = Math.min(info.tcbEvaluationDataNumber, identity.tcbEvaluationDataNumber)
  if (lower < policy.minimumEvaluation) refuse('collateral-rolled-back')
  return { info, identity }
}

/** Intel's quoting enclave. */
const VENDOR = '939a7233f79c4ca9940a0db3957f0607'

/** Step 4: the quoting enclave is Intel's, on this platform, vouches for the attestation key, and is not too old. */
function checkQuotingEnclave(quote: Quote, pck: Certificate, identity: QeIdentity, policy: EvidencePolicy): Rating {
  if (quote.vendor !== VENDOR) refuse('qe-vendor-other')
  if (!verifies(quote.qeReport, pck.publicKey, quote.qeSignature)) refuse('qe-report-invalid')
  const report = readSgxReport(quote.qeReport)
  const bound = createHash('sha256').update(quote.attestationKey).update(quote.authData).digest()
  if (!equal(report.reportData, concat(bound, new Uint8Array(32)))) refuse('qe-binding-invalid')
  const isIt =
    report.mrSigner === identity.mrsigner &&
    report.product === identity.isvprodid &&
    matches(hex(report.attributes), identity.attributes, identity.attributesMask) &&
    matches(hex(report.miscSelect), identity.miscselect, identity.miscselectMask)
  if (!isIt) refuse('qe-other')
  const rating = rateVersion(identity.tcbLevels, report.version)
  if (!rating || rating.status === 'Revoked') return refuse('qe-outdated')
  const accepted: readonly string[] = policy.tcbStatuses
  if (rating.status === 'OutOfDate' && !accepted.some((one) => one.startsWith('OutOfDate'))) refuse('qe-outdated')
  return rating
}

/** What stands before a raw P-256 point in a SubjectPublicKeyInfo. */
const P256 = fromHex('3059301306072a8648ce3d020106082a8648ce3d03010703420004')

/** Step 5: the attestation key that the quoting enclave vouches for signed header and body. */
function checkQuoteSignature(quote: Quote): void {
  const key = orRefuse('quote-signature-invalid', () =>
    createPublicKey({ key: Buffer.from(concat(P256, quote.attestationKey)), format: 'der', type: 'spki' }),
  )
  if (!verifies(quote.covered, key, quote.signature)) refuse('quote-signature-invalid')
}

function verifies(covered: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify('sha256', covered, { key, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    return false
  }
}

/** Step 6: the level of platform, module and quoting enclave together, and the advisories that apply. */
function checkPlatform(
  quote: Quote,
  info: TcbInfo,
  platform: Platform,
  enclave: Rating,
  policy: EvidencePolicy,
  found: Findings,
): void {
  const td = quote.kind === 'tdx' ? quote.report : undefined
  const own = ratePlatform(info, platform, td)
  const { status, advisories } = join(td ? join(own, rateModule(info, td)) : own, enclave)
  found.tcbStatus = status
  found.advisories = [...advisories]
  if (!(policy.tcbStatuses as readonly string[]).includes(status)) refuse('tcb-outdated')
  if (advisories.some((one) => !policy.advisories.includes(one))) refuse('advisory-refused')
}

const bit = (bytes: Uint8Array, index: number): boolean => ((bytes[index >> 3]! >> (index & 7)) & 1) === 1

/** Attributes that may be on: LASS, SEPT_VE_DISABLE, PKS, KL, PERFMON. What the others will mean is not known. */
const KNOWN = [27, 28, 30, 31, 63]
const UNKNOWN = Array.from({ length: 64 }, (_, index) => index).filter((index) => !KNOWN.includes(index))

/** Step 7. SGX: initialised, no debug. TDX: nothing that lets the host in, cannot be moved, no injected exceptions. */
function checkModes({ kind, report }: Quote): void {
  if (kind === 'sgx') {
    if (bit(report.attributes, 1)) refuse('debug-on')
    if (!bit(report.attributes, 0)) refuse('attributes-invalid')
    return
  }
  // Bits 0 to 7 say "untrusted": 0 is debug, the others are reserved. 28 is SEPT_VE_DISABLE, 29 MIGRATABLE.
  if (report.attributes[0] !== 0) refuse('debug-on')
  if (bit(report.attributes, 29)) refuse('migratable')
  if (!bit(report.attributes, 28) || UNKNOWN.some((index) => bit(report.attributes, index)))
    refuse('attributes-invalid')
}

function measuredOf({ kind, report }: Quote): Measured {
  if (kind === 'sgx') {
    const { mrEnclave, mrSigner, product, version } = report
    return { kind, mrEnclave, mrSigner, product, version }
  }
  return { kind, mrTd: report.mrTd, rtmrs: [...report.rtmrs], mrConfig: report.mrConfig }
}
