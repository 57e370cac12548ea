/** Compact JWE (RFC 7516 §7.1) with A256GCM: taking apart, putting together. Internal; seal, packet and keychain use it. */
import { type Bytes, base64url, concat, fromBase64url, utf8 } from '@salus/base/bytes'
import { type Json, parseJson } from '@salus/base/json'
import { cannotOpen } from './errors.ts'
import { gcmOpen, gcmSeal, IV_BYTES, TAG_BYTES } from './gcm.ts'

export type Jwe = {
  /** The protected header as it stands in the text: its ASCII is the AAD (RFC 7516 §5.1 step 14). */
  protectedText: string
  header: Json
  encryptedKey: Bytes
  iv: Bytes
  /** Ciphertext with its 16-byte tag behind it, as WebCrypto wants it. */
  sealed: Bytes
}

/** Takes a compact JWE apart; five parts of canonical base64url, 96-bit IV, 128-bit tag, else `cannot-open`. */
export function splitJwe(jwe: string): Jwe {
  const parts = typeof jwe === 'string' ? jwe.split('.') : []
  if (parts.length !== 5) throw cannotOpen()
  const [protectedText, key, iv64, ciphertext, tag64] = parts as [string, string, string, string, string]
  try {
    const header = parseJson(fromBase64url(protectedText))
    const iv = fromBase64url(iv64)
    const tag = fromBase64url(tag64)
    if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) throw cannotOpen()
    const sealed = concat(fromBase64url(ciphertext), tag)
    return { protectedText, header, encryptedKey: fromBase64url(key), iv, sealed }
  } catch {
    throw cannotOpen()
  }
}

/** Encrypts `plaintext` under the 32-byte `key`; `iv` is 12 bytes never used before with that key. */
export async function encryptJwe(
  key: Bytes,
  header: Record<string, Json>,
  encryptedKey: Uint8Array,
  iv: Bytes,
  plaintext: Uint8Array,
): Promise<string> {
  const protectedText = base64url(utf8(JSON.stringify(header)))
  const sealed = await gcmSeal(key, iv, utf8(protectedText), plaintext)
  const at = sealed.length - TAG_BYTES
  const tail = `${base64url(iv)}.${base64url(sealed.subarray(0, at))}.${base64url(sealed.subarray(at))}`
  return `${protectedText}.${base64url(encryptedKey)}.${tail}`
}

/** Decrypts the parts; throws whatever the platform throws, callers stand inside `orCannotOpen`. */
export const decryptJwe = (key: Bytes, { protectedText, iv, sealed }: Jwe): Promise<Bytes> =>
  gcmOpen(key, iv, utf8(protectedText), sealed)
