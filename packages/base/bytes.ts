/** Byte strings and their text forms. Every decoder refuses text that is not its own re-encoding (canonical only). */
import { AppError, type BaseCode } from './errors.ts'

export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const invalid = () => new AppError<BaseCode>('encoding-invalid')

/** UTF-8 bytes of `text`. */
export const utf8 = (text: string): Bytes => encoder.encode(text)

/** Text of UTF-8 `bytes`; throws `encoding-invalid` on malformed UTF-8. */
export function text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw invalid()
  }
}

/** Joins byte strings. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Same bytes? Time depends on the lengths only, so it may compare secrets. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

/** Unsigned big-endian 64-bit integer. */
export function u64(value: number | bigint): Bytes {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, BigInt(value))
  return out
}

/** Unsigned big-endian 32-bit integer. */
export function u32(value: number): Bytes {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value)
  return out
}

const HEX = /^(?:[0-9a-f]{2})*$/

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0')
  return out
}

/** Bytes of lower-case hexadecimal `value`. */
export function fromHex(value: string): Bytes {
  if (!HEX.test(value)) throw invalid()
  return Uint8Array.from({ length: value.length / 2 }, (_, i) => Number.parseInt(value.slice(2 * i, 2 * i + 2), 16))
}

type Base64 = { toBase64(options?: { alphabet?: 'base64' | 'base64url'; omitPadding?: boolean }): string }
type Base64Constructor = { fromBase64?(value: string, options?: object): Bytes }
const native = typeof (Uint8Array.prototype as unknown as Partial<Base64>).toBase64 === 'function'

function binary(bytes: Uint8Array): string {
  let out = ''
  for (let at = 0; at < bytes.length; at += 8192) out += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return out
}

/** Standard base64 with padding (RFC 4648 §4). */
export function base64(bytes: Uint8Array): string {
  if (native) return (bytes as unknown as Base64).toBase64()
  if (typeof Buffer !== 'undefined') return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  return btoa(binary(bytes))
}

/** base64url without padding (RFC 4648 §5, RFC 7515 appendix C). */
export function base64url(bytes: Uint8Array): string {
  if (native) return (bytes as unknown as Base64).toBase64({ alphabet: 'base64url', omitPadding: true })
  if (typeof Buffer !== 'undefined') {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
  }
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function decodeBase64(value: string, alphabet: 'base64' | 'base64url'): Bytes {
  const decode = (Uint8Array as unknown as Base64Constructor).fromBase64
  if (decode) {
    try {
      return decode.call(Uint8Array, value, { alphabet, lastChunkHandling: 'loose' })
    } catch {
      throw invalid()
    }
  }
  if (typeof Buffer !== 'undefined') {
    const bytes = Buffer.from(value, alphabet)
    return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length).slice()
  }
  try {
    return Uint8Array.from(atob(value.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  } catch {
    throw invalid()
  }
}

/** Bytes of standard padded base64; only the canonical text is accepted. */
export function fromBase64(value: string): Bytes {
  const bytes = decodeBase64(value, 'base64')
  if (base64(bytes) !== value) throw invalid()
  return bytes
}

/** Bytes of unpadded base64url; only the canonical text is accepted (a JWS verifies with 16 other last letters). */
export function fromBase64url(value: string): Bytes {
  const bytes = decodeBase64(value, 'base64url')
  if (base64url(bytes) !== value) throw invalid()
  return bytes
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Crockford base32, upper case, no padding: what people read aloud and type (handles, codes). */
export function base32(bytes: Uint8Array): string {
  let out = ''
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += CROCKFORD[(buffer >>> bits) & 31]
    }
    buffer &= (1 << bits) - 1
  }
  return bits > 0 ? out + CROCKFORD[(buffer << (5 - bits)) & 31] : out
}

/** Bytes of Crockford base32 as typed by a person: case, spaces and dashes do not matter, I L read 1, O reads 0. */
export function fromBase32(typed: string): Bytes {
  const letters = typed.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replaceAll('O', '0')
  const out: number[] = []
  let buffer = 0
  let bits = 0
  for (const letter of letters) {
    const value = CROCKFORD.indexOf(letter)
    if (value < 0) throw invalid()
    buffer = (buffer << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      out.push((buffer >>> bits) & 255)
      buffer &= (1 << bits) - 1
    }
  }
  if (bits >= 5 || buffer !== 0) throw invalid()
  return Uint8Array.from(out)
}
