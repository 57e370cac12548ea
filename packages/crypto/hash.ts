/** Hashes and key derivation, synchronous and the same on every platform (FIPS 180-4, RFC 2104, RFC 5869). */
import { expand, extract, hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as nobleSha256, sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, base64url, concat, utf8 } from '@salus/base/bytes'
import type { Digest } from '@salus/base/ids'
import { platformSha256 } from '@salus/base/platform'

const EMPTY = new Uint8Array(0)

/** SHA-256, 32 bytes; the platform's own where it has a synchronous one. */
export const sha256 = (bytes: Uint8Array): Bytes => {
  if (platformSha256 === undefined) return nobleSha256(bytes)
  const { buffer, byteOffset } = platformSha256(bytes, 'buffer')
  // A plain array of bytes, whatever the platform's own kind is.
  return new Uint8Array(buffer, byteOffset, 32)
}

/** HMAC-SHA-256, 32 bytes. HMAC pads short keys with zeros, so a caller that commits with it fixes the key length. */
export const hmacSha256 = (key: Uint8Array, bytes: Uint8Array): Bytes =>
  platformSha256 === undefined ? hmac(nobleSha256, key, bytes) : hmacOf(key, bytes)

const BLOCK = 64

/** RFC 2104 §2 over the platform's SHA-256: H(K xor opad, H(K xor ipad, text)), a key longer than a block being hashed first. */
function hmacOf(key: Uint8Array, bytes: Uint8Array): Bytes {
  const short = key.length > BLOCK ? sha256(key) : key
  const inner = new Uint8Array(BLOCK + bytes.length)
  const outer = new Uint8Array(BLOCK + 32)
  for (let i = 0; i < BLOCK; i++) {
    inner[i] = (short[i] ?? 0) ^ 0x36
    outer[i] = (short[i] ?? 0) ^ 0x5c
  }
  inner.set(bytes, BLOCK)
  outer.set(sha256(inner), BLOCK)
  const mac = sha256(outer)
  inner.fill(0, 0, BLOCK)
  outer.fill(0)
  return mac
}

/** HKDF-SHA-256 (RFC 5869): extract with `salt` (empty = none, §2.2), expand to `length` bytes, at most 255 * 32. */
export const hkdf256 = (ikm: Uint8Array, salt: Uint8Array, info: Uint8Array | string, length: number): Bytes =>
  hkdf(nobleSha256, ikm, salt, bytesOf(info), length)

/** Several HKDF-SHA-256 outputs of `length` bytes from one extraction, one per `info`. */
export function hkdf256Each(ikm: Uint8Array, salt: Uint8Array, infos: readonly string[], length: number): Bytes[] {
  const prk = extract(nobleSha256, ikm, salt)
  const outputs = infos.map((info): Bytes => expand(nobleSha256, prk, utf8(info), length))
  prk.fill(0)
  return outputs
}

/**
 * HKDF-Expand-SHA-512 (RFC 5869 §2.3) of a uniformly random key of any length, as chunked-encryption asks. Written out
 * because noble's `expand` refuses a key shorter than the hash, which extraction would have made longer.
 */
export function expand512(key: Uint8Array, info: Uint8Array, length: number): Bytes {
  const blocks: Bytes[] = []
  for (let n = 1; (n - 1) * 64 < length; n++) {
    blocks.push(hmac(sha512, key, concat(blocks.at(-1) ?? EMPTY, info, Uint8Array.of(n))))
  }
  return concat(...blocks).slice(0, length)
}

/** base64url SHA-256 of exact bytes, or of the UTF-8 of a text: how statements, packets and blobs are named. */
export const digest = (content: Uint8Array | string): Digest =>
  (platformSha256?.(content, 'base64url') ?? base64url(nobleSha256(bytesOf(content)))) as Digest

const bytesOf = (content: Uint8Array | string): Uint8Array => (typeof content === 'string' ? utf8(content) : content)
