/** AMD SEV-SNP reports: the steps of facts/market.md §6.4 that AMD has; there is no step 3, its collateral are certificates. */
import { verify } from 'node:crypto'
import { equal, fromBase64url, hex } from '@salus/base/bytes'
import { numberOf, readDer } from './asn1.ts'
import type { AmdProduct, Checked, EvidencePolicy, Findings, Root, SnpEvidence, SnpTcb } from './contract.ts'
import { checkRevocation } from './crl.ts'
import { checkMeasured, checkReportData } from './expected.ts'
import { orRefuse, refuse } from './refuse.ts'
import { isProduct, readSnpReport, type SnpReport, tcbOf } from './snp-report.ts'
import { type Certificate, checkChain, readCertificate } from './x509.ts'

/** Checks a report with its certificates; fills `found` with what each passed step proves. */
export function checkSnp(evidence: SnpEvidence, { reportData, policy }: Checked, now: number, found: Findings): void {
  const report = readSnpReport(orRefuse('evidence-malformed', () => fromBase64url(evidence.report)))
  const { endorsement, product } = checkChains(evidence, report, policy, now)
  checkEndorsement(report, endorsement, product)
  checkSignature(report, endorsement)
  found.measured = { kind: 'snp', measurement: report.measurement, hostData: report.hostData }
  found.reportData = hex(report.reportData)
  found.snpTcb = tcbOf(report.reportedTcb, product)
  checkLevel([found.snpTcb, tcbOf(report.launchTcb, product)], policy)
  checkModes(report, policy)
  checkMeasured(found.measured, policy)
  checkReportData(report.reportData, reportData)
}

const PRODUCTS: readonly AmdProduct[] = ['Milan', 'Genoa', 'Turin']
const VLEK = 1

/** Step 2: VCEK or VLEK, ASK or ASVK, a pinned ARK; names that fit each other; AMD's list, or the policy does without. */
function checkChains({ collateral }: SnpEvidence, report: SnpReport, policy: EvidencePolicy, now: number) {
  const { endorsement: leaf, ask, ark, crl } = collateral
  const chain = [leaf, ask, ark].map((text) => readCertificate(orRefuse('chain-invalid', () => fromBase64url(text))))
  const [endorsement, middle, top] = chain as [Certificate, Certificate, Certificate]
  const product = productOf(checkChain(chain, policy.roots, PRODUCTS, now))
  const leased = report.signingKey === VLEK
  const named =
    endorsement.commonName === (leased ? 'SEV-VLEK' : 'SEV-VCEK') &&
    middle.commonName === (leased ? `SEV-VLEK-${product}` : `SEV-${product}`)
  if (report.signingKey > VLEK || !named) refuse('chain-invalid')
  if (crl !== undefined) checkRevocation(crl, top, [middle], now)
  else if (policy.requireRevocation) refuse('revocation-unknown')
  return { endorsement, product }
}

const productOf = ({ of }: Root): AmdProduct => (of === 'intel' ? refuse('root-unknown') : of)

/** 1.3.6.1.4.1.3704.1 and below, hexadecimal. */
const AMD = '2b060104019c7801'
const [PRODUCT_NAME, CHIP_ID] = [`${AMD}02`, `${AMD}04`]
/** The extension of each of the eight bytes of a TCB; undefined: the byte is reserved and must be zero. */
const SPLS: Readonly<Record<'older' | 'Turin', readonly (number | undefined)[]>> = {
  older: [1, 2, 4, 5, 6, 7, 3, 8],
  Turin: [9, 1, 2, 3, undefined, undefined, undefined, 8],
}

/** Step 4: the certificate speaks of this family, this chip, and exactly the version numbers the report claims. */
function checkEndorsement(report: SnpReport, { extensions }: Certificate, product: AmdProduct): void {
  const name = orRefuse('product-other', () =>
    Buffer.from(readDer(extensions.get(PRODUCT_NAME)!).content).toString('latin1'),
  )
  if (name !== product && !name.startsWith(`${product}-`)) refuse('product-other')
  if (report.processor && !isProduct(report.processor, product)) refuse('product-other')
  if (report.signingKey !== VLEK && !isChip(report, extensions.get(CHIP_ID), product)) refuse('chip-other')
  const spls = SPLS[product === 'Turin' ? 'Turin' : 'older']
  const claimed = orRefuse('endorsement-tcb-other', () =>
    Uint8Array.from(spls, (spl) => (spl === undefined ? 0 : splOf(extensions.get(`${AMD}030${spl}`)))),
  )
  if (!equal(claimed, report.reportedTcb)) refuse('endorsement-tcb-other')
}

function splOf(value: Uint8Array | undefined): number {
  const number = numberOf(readDer(value!))
  if (number > 255) throw new RangeError('spl')
  return number
}

/** A masked chip id (all zeros) names no chip: it is refused. Turin's are eight bytes. */
function isChip({ chipId }: SnpReport, certified: Uint8Array | undefined, product: AmdProduct): boolean {
  const length = product === 'Turin' ? 8 : 64
  if (certified?.length !== length || chipId.every((byte) => byte === 0)) return false
  return equal(chipId.subarray(0, length), certified) && chipId.subarray(length).every((byte) => byte === 0)
}

/** Step 5. */
function checkSignature({ covered, signature }: SnpReport, { publicKey }: Certificate): void {
  const holds = orRefuse(
    'quote-signature-invalid',
    () =>
      publicKey.asymmetricKeyDetails?.namedCurve === 'secp384r1' &&
      verify('sha384', covered, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature),
  )
  if (!holds) refuse('quote-signature-invalid')
}

/** Step 6: at least the version numbers the policy asks for, each of them, now and when the guest was started. */
function checkLevel(levels: readonly SnpTcb[], { snpMinimum }: EvidencePolicy): void {
  const minimum = snpMinimum ?? refuse('tcb-unknown')
  const parts = ['fmc', 'bootloader', 'tee', 'snp', 'microcode'] as const
  if (levels.some((has) => parts.some((part) => has[part] < minimum[part]))) refuse('tcb-outdated')
}

/** Bits of the guest policy. */
const [ALWAYS_ONE, MIGRATE, DEBUG] = [1n << 17n, 1n << 18n, 1n << 19n]

/** Step 7. */
function checkModes({ policy, vmpl }: SnpReport, { maximumVmpl }: EvidencePolicy): void {
  if (policy & DEBUG) refuse('debug-on')
  if (policy & MIGRATE) refuse('migratable')
  if (!(policy & ALWAYS_ONE)) refuse('attributes-invalid')
  if (vmpl > maximumVmpl) refuse('vmpl-invalid')
}
