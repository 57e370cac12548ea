/** Synthetic SGX and TDX evidence under a test root: a recipe, changed at will, is put together and signed as it stands. */
import { createHash, sign } from 'node:crypto'
import { base64url, concat, fromHex, hex, u32, utf8 } from '@salus/base/bytes'
import type { DcapEvidence } from '../contract.ts'
import { fingerprintOf } from '../x509.ts'
import {
  type CertificateRecipe,
  certificate,
  filled,
  type Keys,
  keysOf,
  type ListRecipe,
  list,
  makeCertificate,
  makeChain,
  makeList,
  NOW,
} from './certificates.ts'
import { integer, octets, oid, sequence } from './der.ts'

type Level = { tcb: Record<string, unknown>; tcbDate: string; tcbStatus: string; advisoryIDs?: string[] }

/** All that can be changed. `body`, `qeReport`: bytes at the offsets of quote.ts. */
export type DcapRecipe = {
  kind: 'sgx' | 'tdx'
  version: number
  keyType: number
  tee: number
  vendor: Uint8Array
  body: Uint8Array
  attestation: Keys
  /** Who signs the quote: another key than `attestation` makes a wrong signature. */
  quoteSigner: Keys
  qeReport: Uint8Array
  /** When set, stands in the quoting enclave's report instead of the key's digest. */
  qeBinding?: Uint8Array
  qeSigner: Keys
  authData: Uint8Array
  platform: { fmspc: string; pceId: string; components: number[]; pceSvn: number }
  root: CertificateRecipe
  pckCa: CertificateRecipe
  pck: CertificateRecipe
  /** What stands between the PCK and the root in the quote's chain; undefined: the CA. */
  between?: CertificateRecipe[]
  tcbSigner: CertificateRecipe
  rootCrl: ListRecipe
  pckCrl: ListRecipe
  tcbInfo: Record<string, unknown> & { tcbLevels: Level[] }
  qeIdentity: Record<string, unknown> & { tcbLevels: Level[] }
  collateralSigner: Keys
  /** Changes the JSON text before it is signed. */
  tcbInfoText: (json: string) => string
  qeIdentityText: (json: string) => string
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000', '')
const DATES = { issueDate: iso(NOW - 86_400), nextUpdate: iso(NOW + 86_400), tcbEvaluationDataNumber: 17 }
const svns = (value: number) => Array.from({ length: 16 }, () => ({ svn: value }))
const ROOT = 'Test Root CA (sample)'
const [PCK_CA, PCK, TCB] = ['Intel SGX PCK Processor CA', 'Intel SGX PCK Certificate', 'Intel SGX TCB Signing']
const ZERO_SIGNER = '00'.repeat(48)

/** A recipe whose evidence is affirmed: up to date, no advisory. */
export function dcapRecipe(kind: 'sgx' | 'tdx', reportData: Uint8Array): DcapRecipe {
  const [root, ca, pck, tcb, attestation] = ['root', 'ca', 'pck', 'tcb', 'attestation'].map((one) => keysOf(one)) as [
    Keys,
    Keys,
    Keys,
    Keys,
    Keys,
  ]
  return {
    ...{ kind, version: kind === 'sgx' ? 3 : 4, keyType: 2, tee: kind === 'sgx' ? 0 : 0x81 },
    vendor: fromHex('939a7233f79c4ca9940a0db3957f0607'),
    body: kind === 'sgx' ? sgxBody(reportData) : tdBody(reportData),
    ...{
      attestation,
      quoteSigner: attestation,
      qeReport: quotingEnclave(kind),
      qeSigner: pck,
      authData: filled(0xaa, 32),
    },
    platform: { fmspc: '00a067110000', pceId: '0000', components: Array(16).fill(5), pceSvn: 13 },
    root: certificate(ROOT, ROOT, 1, root, root, true),
    pckCa: { ...certificate(PCK_CA, ROOT, 2, ca, root, true), pathLength: 0 },
    pck: certificate(PCK, PCK_CA, 3, pck, ca),
    tcbSigner: certificate(TCB, ROOT, 4, tcb, root),
    rootCrl: list(ROOT, root),
    pckCrl: list(PCK_CA, ca),
    ...{ tcbInfo: tcbInfo(kind), qeIdentity: qeIdentity(kind), collateralSigner: tcb },
    tcbInfoText: (json) => json,
    qeIdentityText: (json) => json,
  }
}

function sgxBody(reportData: Uint8Array): Uint8Array {
  const body = new Uint8Array(384)
  body[48] = 0x05
  body.set(filled(0x11, 32), 64)
  body.set(filled(0x22, 32), 128)
  body.set([7, 0, 3, 0], 256)
  body.set(reportData, 320)
  return body
}

function tdBody(reportData: Uint8Array): Uint8Array {
  const body = new Uint8Array(584)
  body.set([5, 1, 5], 0)
  body[123] = 0x10
  body.set(filled(0x33, 48), 136)
  for (const index of [0, 1, 2, 3]) body.set(filled(0x40 + index, 48), 328 + 48 * index)
  body.set(reportData, 520)
  return body
}

const QE_SIGNER = 'ab'.repeat(32)

function quotingEnclave(kind: 'sgx' | 'tdx'): Uint8Array {
  const report = new Uint8Array(384)
  report[48] = 0x11
  report.set(fromHex(QE_SIGNER), 128)
  report.set([kind === 'sgx' ? 1 : 2, 0, 8, 0], 256)
  return report
}

const tcbDate = iso(NOW - 86_400)

function tcbInfo(kind: 'sgx' | 'tdx'): DcapRecipe['tcbInfo'] {
  const level = (svn: number, tcbStatus: string, advisoryIDs?: string[]): Level => ({
    tcb: { sgxtcbcomponents: svns(svn), pcesvn: 13, ...(kind === 'tdx' ? { tdxtcbcomponents: tdxSvns } : {}) },
    ...{ tcbDate, tcbStatus, ...(advisoryIDs ? { advisoryIDs } : {}) },
  })
  const tdxSvns = [5, 0, 5, ...Array<number>(13).fill(0)].map((svn) => ({ svn }))
  const seam = { mrsigner: ZERO_SIGNER, attributes: '00'.repeat(8), attributesMask: 'FF'.repeat(8) }
  const levels = [{ tcb: { isvsvn: 4 }, tcbDate, tcbStatus: 'UpToDate' }]
  const tdx = { tdxModule: seam, tdxModuleIdentities: [{ id: 'TDX_01', ...seam, tcbLevels: levels }] }
  return {
    ...{ id: kind.toUpperCase(), version: 3, ...DATES, fmspc: '00A067110000', pceId: '0000', tcbType: 0 },
    ...(kind === 'tdx' ? tdx : {}),
    tcbLevels: [
      level(5, 'UpToDate'),
      level(4, 'SWHardeningNeeded', ['INTEL-SA-00001']),
      level(3, 'ConfigurationNeeded', ['INTEL-SA-00002']),
      level(2, 'OutOfDate', ['INTEL-SA-00003']),
      level(1, 'Revoked'),
    ],
  }
}

const qeIdentity = (kind: 'sgx' | 'tdx'): DcapRecipe['qeIdentity'] => ({
  ...{ id: kind === 'sgx' ? 'QE' : 'TD_QE', version: 2, ...DATES, miscselect: '00000000', miscselectMask: 'FFFFFFFF' },
  ...{ attributes: `11${'00'.repeat(15)}`, attributesMask: `FB${'FF'.repeat(7)}${'00'.repeat(8)}` },
  ...{ mrsigner: QE_SIGNER.toUpperCase(), isvprodid: kind === 'sgx' ? 1 : 2 },
  tcbLevels: [
    { tcb: { isvsvn: 8 }, tcbDate, tcbStatus: 'UpToDate' },
    { tcb: { isvsvn: 6 }, tcbDate, tcbStatus: 'OutOfDate', advisoryIDs: ['INTEL-SA-00004'] },
    { tcb: { isvsvn: 5 }, tcbDate, tcbStatus: 'Revoked' },
  ],
})

const SGX = '2a864886f84d010d01'
const pair = (id: string, value: Uint8Array) => sequence(oid(`${SGX}${id}`), value)

function platformExtension({
  fmspc,
  pceId,
  components,
  pceSvn,
}: DcapRecipe['platform']): CertificateRecipe['extensions'][0] {
  const versions = [...components, pceSvn].map((svn, index) => pair(`02${hex(Uint8Array.of(index + 1))}`, integer(svn)))
  const value = sequence(
    pair('01', octets(new Uint8Array(16))),
    pair('02', sequence(...versions, pair('0212', octets(new Uint8Array(16))))),
    pair('03', octets(fromHex(pceId))),
    pair('04', octets(fromHex(fmspc))),
  )
  return { oid: SGX, value }
}

const u16 = (value: number) => Uint8Array.of(value & 255, value >> 8)
const le32 = (value: number) => u32(value).reverse()
const raw = (covered: Uint8Array, { privateKey }: Keys) =>
  new Uint8Array(sign('sha256', covered, { key: privateKey, dsaEncoding: 'ieee-p1363' }))

/** The quote alone. */
export function makeQuote(recipe: DcapRecipe): Uint8Array {
  const { version, keyType, tee, vendor, body, attestation, authData } = recipe
  const covered = concat(u16(version), u16(keyType), le32(tee), new Uint8Array(4), vendor, new Uint8Array(20), body)
  const key = new Uint8Array(attestation.publicKey.export({ format: 'der', type: 'spki' }).subarray(-64))
  const report = recipe.qeReport.slice()
  report.set(recipe.qeBinding ?? createHash('sha256').update(key).update(authData).digest(), 320)
  const pck = { ...recipe.pck, extensions: [platformExtension(recipe.platform), ...recipe.pck.extensions] }
  const chain = concat(utf8(makeChain(pck, ...(recipe.between ?? [recipe.pckCa]), recipe.root)), Uint8Array.of(0))
  const certified = concat(
    ...[report, raw(report, recipe.qeSigner), u16(authData.length), authData],
    ...[u16(5), le32(chain.length), chain],
  )
  const wrapped = version === 3 ? certified : concat(u16(6), le32(certified.length), certified)
  const signature = concat(raw(covered, recipe.quoteSigner), key, wrapped)
  return concat(covered, le32(signature.length), signature)
}

/** A response of the provisioning service: `json` as it stands, and its signature. */
export const signedResponse = (key: string, json: string, signer: Keys): string =>
  `{"${key}":${json},"signature":"${hex(raw(utf8(json), signer))}"}`

/** Puts evidence together. */
export function makeDcap(recipe: DcapRecipe): DcapEvidence {
  const { root, pckCa, tcbSigner, collateralSigner: signer } = recipe
  const signing = makeChain(tcbSigner, root)
  return {
    kind: recipe.kind,
    quote: base64url(makeQuote(recipe)),
    collateral: {
      tcbInfo: signedResponse('tcbInfo', recipe.tcbInfoText(JSON.stringify(recipe.tcbInfo)), signer),
      tcbInfoChain: signing,
      qeIdentity: signedResponse('enclaveIdentity', recipe.qeIdentityText(JSON.stringify(recipe.qeIdentity)), signer),
      qeIdentityChain: signing,
      pckCrl: hex(makeList(recipe.pckCrl)),
      pckCrlChain: makeChain(pckCa, root),
      rootCrl: hex(makeList(recipe.rootCrl)),
    },
  }
}

/** What a policy must pin to believe a recipe. */
export const rootOf = ({ root }: DcapRecipe): string => fingerprintOf(makeCertificate(root))
