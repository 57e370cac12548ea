/**
 * Padding before sealing, so that a ciphertext's size says little of what is inside: lengths follow Padmé (Nikitin et al.,
 * "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019, §4), which costs at most
 * 12 % and leaves O(log log) bits of the length; the filling is ISO/IEC 7816-4's (0x80, then zeros).
 */
import { type Bytes, utf8 } from '@salus/base/bytes'
import { cannotOpen } from './errors.ts'

const MARK = 0x80

/** The Padmé length for `length` bytes: the next one with zeros in all but its first bits. */
export function padmeLength(length: number): number {
  if (length < 2) return length
  const exponent = Math.floor(Math.log2(length))
  const kept = Math.floor(Math.log2(exponent)) + 1
  const unit = 2 ** Math.max(0, exponent - kept)
  return Math.ceil(length / unit) * unit
}

/** `plaintext`, the mark, and zeros up to the Padmé length. */
export function pad(plaintext: Uint8Array): Bytes {
  const padded = new Uint8Array(padmeLength(plaintext.length + 1))
  padded.set(plaintext)
  padded[plaintext.length] = MARK
  return padded
}

/** A text with spaces behind it up to the Padmé length, where spaces at the end mean nothing. */
export function paddedText(text: string): Bytes {
  const bytes = utf8(text)
  const padded = new Uint8Array(padmeLength(bytes.length)).fill(0x20)
  padded.set(bytes)
  return padded
}

/** JSON so padded: whoever reads it needs not know (RFC 8259 §2 lets white space follow). */
export const paddedJson = (value: unknown): Bytes => paddedText(JSON.stringify(value))

/** What was padded; `cannot-open` for anything that `pad` does not give. */
export function unpad(padded: Bytes): Bytes {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  if (padded[end] !== MARK || padmeLength(end + 1) !== padded.length) throw cannotOpen()
  return padded.slice(0, end)
}
