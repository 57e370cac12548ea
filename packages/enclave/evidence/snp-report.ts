/** The AMD SEV-SNP attestation report byte by byte (firmware ABI specification, versions 2 to 5): 1,184 bytes. */
import { hex } from '@salus/base/bytes'
import type { AmdProduct, SnpTcb } from './contract.ts'
import { refuse } from './refuse.ts'

export type SnpReport = {
  readonly version: number
  readonly policy: bigint
  readonly vmpl: number
  /** 0: the chip's own key (VCEK). 1: one leased to a cloud (VLEK). */
  readonly signingKey: number
  readonly reportData: Uint8Array
  readonly measurement: string
  readonly hostData: string
  /** Eight bytes whose order differs between families: `tcbOf` reads them. */
  readonly reportedTcb: Uint8Array
  /** The versions when the guest was started: it stays what older firmware made of it. */
  readonly launchTcb: Uint8Array
  /** Family and model of the processor, from version 3 on. */
  readonly processor?: { readonly family: number; readonly model: number }
  readonly chipId: Uint8Array
  /** What is signed. */
  readonly covered: Uint8Array
  /** r and s, big-endian, 48 bytes each. */
  readonly signature: Uint8Array
}

export const SNP_REPORT_BYTES = 1_184
const COVERED = 0x2a0
/** ECDSA P-384 with SHA-384. */
const ALGORITHM = 1

/** E1 Reads a report; the numbers in its signature must fill their fields with zeros, and so must the rest of them. */
export function readSnpReport(bytes: Uint8Array): SnpReport {
  if (bytes.length !== SNP_REPORT_BYTES) refuse('evidence-malformed')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint32(0, true)
  if (version < 2 || version > 5 || view.getUint32(0x34, true) !== ALGORITHM) refuse('version-unsupported')
  const part = (at: number, length: number) => bytes.subarray(at, at + length)
  return {
    version,
    policy: view.getBigUint64(8, true),
    vmpl: view.getUint32(0x30, true),
    signingKey: (view.getUint32(0x48, true) >> 2) & 7,
    reportData: part(0x50, 64),
    measurement: hex(part(0x90, 48)),
    hostData: hex(part(0xc0, 32)),
    reportedTcb: part(0x180, 8),
    launchTcb: part(0x1f0, 8),
    ...(version >= 3 ? { processor: { family: bytes[0x188]!, model: bytes[0x189]! } } : {}),
    chipId: part(0x1a0, 64),
    covered: part(0, COVERED),
    signature: readSignature(bytes.subarray(COVERED)),
  }
}

function readSignature(field: Uint8Array): Uint8Array {
  const filling = [field.subarray(48, 72), field.subarray(120)]
  if (filling.some((bytes) => bytes.some((byte) => byte !== 0))) refuse('evidence-malformed')
  const signature = new Uint8Array(96)
  signature.set(field.slice(0, 48).reverse(), 0)
  signature.set(field.slice(72, 120).reverse(), 48)
  return signature
}

/** AMD's version numbers in the eight bytes of a TCB; Turin put one more in front. */
export function tcbOf(bytes: Uint8Array, product: AmdProduct): SnpTcb {
  const [b0, b1, b2, b3, , , b6, b7] = [...bytes] as [number, number, number, number, number, number, number, number]
  return product === 'Turin'
    ? { fmc: b0, bootloader: b1, tee: b2, snp: b3, microcode: b7 }
    : { fmc: 0, bootloader: b0, tee: b1, snp: b6, microcode: b7 }
}

/** Is it a processor of this family? Milan and Genoa share a family number; their models differ. */
export function isProduct({ family, model }: { family: number; model: number }, product: AmdProduct): boolean {
  const high = model >> 4
  if (product === 'Turin') return family === 0x1a && high <= 1
  if (family !== 0x19) return false
  return product === 'Milan' ? high === 0 : high === 1 || high === 0xa
}
