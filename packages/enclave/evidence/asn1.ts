/** DER (X.690 §10) read strictly: one element, its exact length, definite and shortest lengths only. Throws RangeError. */
import { ASN1 } from '@lapo/asn1js'
import { hex } from '@salus/base/bytes'

/** An element. `tag` is its first byte; higher tag numbers are refused, no certificate has one. */
export type Der = {
  readonly tag: number
  /** Identifier, length and content: what signatures cover. */
  readonly raw: Uint8Array
  readonly content: Uint8Array
  readonly children: readonly Der[]
}

/** First bytes of the elements that are read. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/**
 * The reader, kept from looking at what values mean: to guess whether a string of octets holds structure it would print each
 * number and identifier inside, which takes a minute of work for a hostile list of 250 kB.
 */
class Structure extends ASN1 {
  static override decode(bytes: Uint8Array, offset?: number): ASN1 {
    return ASN1.decode(bytes, offset, Structure)
  }

  override content(): string {
    return ''
  }
}

const MAX_DEPTH = 16
const wrong = () => new RangeError('der')

/** Reads exactly one element; a byte after it is refused. */
export function readDer(bytes: Uint8Array): Der {
  const node = Structure.decode(bytes)
  if (node.posEnd() !== bytes.length) throw wrong()
  return strict(node, bytes, 0)
}

function strict(node: ASN1, bytes: Uint8Array, depth: number): Der {
  const [start, content, end] = [node.posStart(), node.posContent(), node.posEnd()]
  const tag = bytes[start]!
  if (depth > MAX_DEPTH || node.length === null || node.length < 0 || (tag & 0x1f) === 0x1f) throw wrong()
  if (node.header !== shortestHeader(node.length) || bytes[start + 1] === 0x80) throw wrong()
  // The reader also looks for structure inside strings of octets: only what says it is constructed is taken as such.
  const inside = node.tag.tagConstructed ? (node.sub ?? []) : []
  return {
    tag,
    raw: bytes.subarray(start, end),
    content: bytes.subarray(content, end),
    children: inside.map((one) => strict(one, bytes, depth + 1)),
  }
}

function shortestHeader(length: number): number {
  if (length < 0x80) return 2
  return 2 + Math.ceil(Math.log2(length + 1) / 8)
}

/** The children of an element that must have this tag. */
export const inside = (der: Der | undefined, tag: number = TAG.sequence): readonly Der[] => expect(der, tag).children

/** The content of a primitive element that must have this tag. */
export const contentOf = (der: Der | undefined, tag: number): Uint8Array => expect(der, tag).content

function expect(der: Der | undefined, tag: number): Der {
  if (der?.tag !== tag) throw wrong()
  return der
}

/** An object identifier as hexadecimal of its content: compared, never shown. */
export const oidOf = (der: Der | undefined): string => hex(contentOf(der, TAG.oid))

/** A non-negative INTEGER (or ENUMERATED, when asked) up to 2^31, in its shortest form. */
export function numberOf(der: Der | undefined, tag: number = TAG.integer): number {
  const bytes = contentOf(der, tag)
  if (bytes.length === 0 || bytes.length > 5 || bytes[0]! & 0x80) throw wrong()
  if (bytes.length > 1 && bytes[0] === 0 && !(bytes[1]! & 0x80)) throw wrong()
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}

/** BIT STRING of whole bytes. */
export function bitsOf(der: Der | undefined): Uint8Array {
  const bytes = contentOf(der, TAG.bits)
  if (bytes[0] !== 0) throw wrong()
  return bytes.subarray(1)
}

/** Seconds of a UTCTime (years 1950 to 2049) or GeneralizedTime, both in UTC and to the second (RFC 5280 §4.1.2.5). */
export function secondsOf(der: Der | undefined): number {
  const text = String.fromCharCode(...(der?.content ?? []))
  const short = der?.tag === TAG.utcTime
  if (!short && der?.tag !== TAG.generalizedTime) throw wrong()
  const parts = (short ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(
    text,
  )
  if (!parts) throw wrong()
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [number, ...number[]]
  const full = short ? year + (year < 50 ? 2000 : 1900) : year
  return Date.UTC(full, month! - 1, day, hour, minute, second) / 1000
}
