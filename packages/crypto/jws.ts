/**
 * Compact JWS (RFC 7515 §7.1) with `alg` "Ed25519" (RFC 9864) and nothing else. Statements are kept as these exact
 * letters, so there is one text per token (rule C2).
 */
import { type Bytes, base64url, fromBase64url, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { type Json, parseJson } from '@salus/base/json'
import { createBounded } from './bounded.ts'
import type { CryptoCode } from './errors.ts'
import { digest } from './hash.ts'

export type DecodedJws = {
  header: Readonly<Record<string, Json>>
  payload: Bytes
  /** 64 bytes, not yet verified. */
  signature: Bytes
  /** ASCII of `header.payload`: what the signature covers (RFC 7515 §5.2 step 8). */
  signingInput: Bytes
}

/** Does `signature` over `message` verify under the base64url `publicKey`? False for anything malformed, never throws. */
export type VerifyEd25519 = (publicKey: string, message: Uint8Array, signature: Uint8Array) => Promise<boolean>

const ALGORITHM = { name: 'Ed25519' } as const
const KEYS_KEPT = 512
const invalid = () => new AppError<CryptoCode>('jws-invalid')

/** What signs: a key the platform holds, or whatever signs Ed25519 elsewhere (a security module) and never shows its key. */
export type SigningKey = CryptoKey | ((message: Bytes) => Promise<Uint8Array>)

/** Signs `payload`; `header` needs `typ` (explicit typing, RFC 8725 §3.11) and gets `alg` put first. */
export async function signJws(
  privateKey: SigningKey,
  header: Record<string, Json>,
  payload: Uint8Array,
): Promise<string> {
  const complete = { alg: 'Ed25519', ...header }
  if (complete.alg !== 'Ed25519' || typeof header.typ !== 'string' || forbidden(complete)) throw invalid()
  const input = `${base64url(utf8(JSON.stringify(complete)))}.${base64url(payload)}`
  const message = utf8(input)
  const signature =
    typeof privateKey === 'function'
      ? await privateKey(message)
      : await crypto.subtle.sign(ALGORITHM, privateKey, message)
  return `${input}.${base64url(new Uint8Array(signature))}`
}

/**
 * Somebody who signs often sends the same header each time: its text is read once. Longer ones are not kept. By digest: a part of a
 * token's text, as a key, would keep the whole token in memory.
 */
const HEADER_KEPT = 400
const headers = createBounded<Readonly<Record<string, Json>>>(KEYS_KEPT)

/** A strict JSON header with our `alg`, frozen because it is shared. */
function readHeader(head: string): Readonly<Record<string, Json>> {
  const header = parseJson(fromBase64url(head))
  if (header === null || typeof header !== 'object' || Array.isArray(header)) throw invalid()
  if (header.alg !== 'Ed25519' || forbidden(header)) throw invalid()
  return Object.freeze(header)
}

/**
 * Takes a token apart; throws `jws-invalid` unless it has three parts of canonical base64url, a strict JSON header
 * with our `alg` and exactly this `typ`, and a 64-byte signature. Does not verify.
 */
export function decodeJws(token: string, typ: string): DecodedJws {
  const parts = typeof token === 'string' ? token.split('.') : []
  if (parts.length !== 3) throw invalid()
  const [head, body, tail] = parts as [string, string, string]
  try {
    const header = head.length <= HEADER_KEPT ? headers.get(digest(head), () => readHeader(head)) : readHeader(head)
    const payload = fromBase64url(body)
    const signature = fromBase64url(tail)
    if (header.typ !== typ || signature.length !== 64) throw invalid()
    return { header, payload, signature, signingInput: utf8(token.slice(0, head.length + 1 + body.length)) }
  } catch {
    throw invalid()
  }
}

// `crit` asks for extensions we do not have (RFC 7515 §4.1.11); `b64` changes what is signed (RFC 7797).
const forbidden = (header: Record<string, Json>): boolean =>
  Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')

const keys = createBounded<Promise<CryptoKey>>(KEYS_KEPT)

// The text is checked before the map is asked, so that only 43-letter names are ever kept.
function imported(publicKey: string): Promise<CryptoKey> {
  const raw = fromBase64url(publicKey)
  if (raw.length !== 32) throw invalid()
  return keys.get(publicKey, () => crypto.subtle.importKey('raw', raw, ALGORITHM, false, ['verify']))
}

/** The platform's Ed25519 verifier (WebCrypto): many calls in flight use every core. Browsers and batch checks use it. */
export const verifyEd25519: VerifyEd25519 = async (publicKey, message, signature) => {
  try {
    return await crypto.subtle.verify(ALGORITHM, await imported(publicKey), signature as Bytes, message as Bytes)
  } catch {
    return false
  }
}
