/** X25519 agreement through WebCrypto and the JOSE Concat KDF (RFC 7518 §4.6.2, RFC 8037 §3.2). Internal to packet. */
import { type Bytes, concat, fromBase64url, u32, utf8 } from '@salus/base/bytes'
import { sha256 } from './hash.ts'

const X25519 = { name: 'X25519' } as const
const NONE = new Uint8Array(0)
// PrivateKeyInfo of RFC 8410 §7 up to the 32 private bytes: WebCrypto takes no raw private key.
const PKCS8_HEAD = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20)
const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(31))

/** Imports 32 private bytes, non-extractable; the copy made for it is wiped. */
export async function importPrivate(privateKey: Uint8Array): Promise<CryptoKey> {
  if (privateKey.length !== 32) throw new RangeError('key length')
  const pkcs8 = concat(PKCS8_HEAD, privateKey)
  try {
    return await crypto.subtle.importKey('pkcs8', pkcs8, X25519, false, ['deriveBits'])
  } finally {
    pkcs8.fill(0)
  }
}

/** The 32-byte shared secret; throws when it is all zero (RFC 7748 §6.1), which only a low-order key produces. */
export async function sharedSecret(privateKey: CryptoKey, publicKey: Bytes): Promise<Bytes> {
  const peer = await crypto.subtle.importKey('raw', publicKey, X25519, false, [])
  const secret = new Uint8Array(await crypto.subtle.deriveBits({ ...X25519, public: peer }, privateKey, 256))
  if (secret.every((byte) => byte === 0)) throw new RangeError('shared secret is zero')
  return secret
}

/** The public half of an imported private key: agreement with the base point, the quickest way WebCrypto has. */
export const publicOf = (privateKey: CryptoKey): Promise<Bytes> => sharedSecret(privateKey, BASE_POINT)

/** A fresh ephemeral pair; its private half never leaves the platform. */
export async function ephemeral(): Promise<{ privateKey: CryptoKey; publicKey: Bytes }> {
  const pair = (await crypto.subtle.generateKey(X25519, false, ['deriveBits'])) as CryptoKeyPair
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  return { privateKey: pair.privateKey, publicKey }
}

/** One round of Concat KDF with SHA-256: `bits` (at most 256) of key for the content encryption `enc`. */
export function concatKdf(secret: Uint8Array, enc: string, bits: number, apu = NONE, apv = NONE): Bytes {
  const sized = (part: Uint8Array) => concat(u32(part.length), part)
  const otherInfo = concat(sized(utf8(enc)), sized(apu), sized(apv), u32(bits))
  return sha256(concat(u32(1), secret, otherInfo)).slice(0, bits / 8)
}

/** Decodes a base64url key of 32 bytes; throws on any other. */
export function raw32(value: string): Bytes {
  const bytes = fromBase64url(value)
  if (bytes.length !== 32) throw new RangeError('key length')
  return bytes
}
