/** Intel quotes byte by byte: SGX version 3 and TDX version 4, ECDSA P-256. Exact lengths, nothing after the end. */
import { hex } from '@salus/base/bytes'
import { refuse } from './refuse.ts'

/** What an SGX report says of an enclave: the body of a version 3 quote, or of the quoting enclave itself. */
export type SgxReport = {
  readonly miscSelect: Uint8Array
  readonly attributes: Uint8Array
  readonly mrEnclave: string
  readonly mrSigner: string
  readonly product: number
  readonly version: number
  readonly reportData: Uint8Array
}

/** What a TD report (TDX 1.0, 584 bytes) says of a virtual machine. */
export type TdReport = {
  readonly teeTcbSvn: Uint8Array
  readonly seamSigner: string
  readonly seamAttributes: Uint8Array
  readonly attributes: Uint8Array
  readonly mrTd: string
  readonly mrConfig: string
  readonly rtmrs: readonly [string, string, string, string]
  readonly reportData: Uint8Array
}

export type Quote = {
  readonly vendor: string
  /** Header and body: what the attestation key signed. */
  readonly covered: Uint8Array
  readonly signature: Uint8Array
  readonly attestationKey: Uint8Array
  /** 384 bytes, signed by the platform's PCK. */
  readonly qeReport: Uint8Array
  readonly qeSignature: Uint8Array
  readonly authData: Uint8Array
  readonly pckChain: string
} & ({ readonly kind: 'sgx'; readonly report: SgxReport } | { readonly kind: 'tdx'; readonly report: TdReport })

const HEADER = 48
const SGX_BODY = 384
const TD_BODY = 584
const TEE_TDX = 0x81
const ECDSA_P256 = 2
/** Kinds of certification data: 5 is the PCK chain as PEM, 6 wraps the quoting enclave's report and a 5. */
const PCK_CHAIN = 5
const QE_REPORT = 6

/** A place in bytes that only moves forward and never past the end. */
function reader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const take = (length: number) => {
    if (at + length > bytes.length) refuse('evidence-malformed')
    at += length
    return bytes.subarray(at - length, at)
  }
  const u16 = () => view.getUint16(take(2).byteOffset - bytes.byteOffset, true)
  const u32 = () => view.getUint32(take(4).byteOffset - bytes.byteOffset, true)
  const end = () => {
    if (at !== bytes.length) refuse('evidence-malformed')
  }
  return { take, u16, u32, end, left: () => bytes.length - at }
}
type Reader = ReturnType<typeof reader>

/** Bytes the quote at the start of `bytes` has by its own lengths, 0 when there is none of a version we read. */
export function quoteLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = bytes.length < HEADER ? 0 : view.getUint16(0, true)
  if (version !== 3 && version !== 4) return 0
  const at = HEADER + (version === 3 ? SGX_BODY : TD_BODY)
  return bytes.length < at + 4 ? 0 : at + 4 + view.getUint32(at, true)
}

/** E1 Reads a quote; `evidence-malformed`, or `version-unsupported` for versions, TEE types and keys not listed above. */
export function readQuote(bytes: Uint8Array): Quote {
  const from = reader(bytes)
  const version = from.u16()
  if (version !== 3 && version !== 4) refuse('version-unsupported')
  const keyType = from.u16()
  const tee = from.u32()
  if (keyType !== ECDSA_P256 || tee !== (version === 3 ? 0 : TEE_TDX)) refuse('version-unsupported')
  from.take(4)
  const vendor = hex(from.take(16))
  from.take(20)
  const body = from.take(version === 3 ? SGX_BODY : TD_BODY)
  const covered = bytes.subarray(0, HEADER + body.length)
  const parts = readSignature(from, version)
  const common = { vendor, covered, ...parts }
  return version === 3
    ? { ...common, kind: 'sgx', report: readSgxReport(body) }
    : { ...common, kind: 'tdx', report: readTdReport(body) }
}

function readSignature(from: Reader, version: 3 | 4) {
  if (from.u32() !== from.left()) refuse('evidence-malformed')
  const signature = from.take(64)
  const attestationKey = from.take(64)
  if (version === 4 && (from.u16() !== QE_REPORT || from.u32() !== from.left())) refuse('evidence-malformed')
  const qeReport = from.take(SGX_BODY)
  const qeSignature = from.take(64)
  const authData = from.take(from.u16())
  if (from.u16() !== PCK_CHAIN) refuse('evidence-malformed')
  const chain = from.take(from.u32())
  from.end()
  // Some platforms end the text with one zero byte.
  const text = Buffer.from(chain.at(-1) === 0 ? chain.subarray(0, -1) : chain).toString('latin1')
  return { signature, attestationKey, qeReport, qeSignature, authData, pckChain: text }
}

/** Reads the 384 bytes of an SGX report body. */
export function readSgxReport(body: Uint8Array): SgxReport {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  return {
    miscSelect: body.subarray(16, 20),
    attributes: body.subarray(48, 64),
    mrEnclave: hex(body.subarray(64, 96)),
    mrSigner: hex(body.subarray(128, 160)),
    product: view.getUint16(256, true),
    version: view.getUint16(258, true),
    reportData: body.subarray(320, 384),
  }
}

function readTdReport(body: Uint8Array): TdReport {
  const part = (at: number, length = 48) => hex(body.subarray(at, at + length))
  return {
    teeTcbSvn: body.subarray(0, 16),
    seamSigner: part(64),
    seamAttributes: body.subarray(112, 120),
    attributes: body.subarray(120, 128),
    mrTd: part(136),
    mrConfig: part(184),
    rtmrs: [part(328), part(376), part(424), part(472)],
    reportData: body.subarray(520, 584),
  }
}
