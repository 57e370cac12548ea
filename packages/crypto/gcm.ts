/** AES-GCM with a 96-bit IV and a 128-bit tag behind the ciphertext (NIST SP 800-38D), through WebCrypto. Internal. */
import type { Bytes } from '@salus/base/bytes'

/** Bytes of an IV; random ones are safe for 2^32 messages per key (§8.3), and ours seal one or a few. */
export const IV_BYTES = 12
export const TAG_BYTES = 16

/** Ciphertext and tag of `plaintext`; `iv` never served before with that key. */
export async function gcmSeal(key: Bytes, iv: Bytes, aad: Bytes, plaintext: Uint8Array): Promise<Bytes> {
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt'])
  const gcm = { name: 'AES-GCM', iv, additionalData: aad }
  return new Uint8Array(await crypto.subtle.encrypt(gcm, aes, plaintext as Bytes))
}

/** Plaintext of ciphertext and tag; throws whatever the platform throws, callers stand inside `orCannotOpen`. */
export async function gcmOpen(key: Bytes, iv: Bytes, aad: Bytes, sealed: Uint8Array): Promise<Bytes> {
  if (iv.length !== IV_BYTES) throw new RangeError('iv length')
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
  const gcm = { name: 'AES-GCM', iv, additionalData: aad }
  return new Uint8Array(await crypto.subtle.decrypt(gcm, aes, sealed as Bytes))
}
