/** RSA-OAEP with SHA-256 in both places and no label (RFC 7518 §4.3, `RSA-OAEP-256`), through WebCrypto. Internal. */
import type { Bytes } from '@salus/base/bytes'
import type { RsaPublic } from './keys.ts'

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' } as const

/** Encrypts a content encryption key to a person key the caller has checked. */
export async function oaepSeal(publicKey: RsaPublic, key: Bytes): Promise<Bytes> {
  const rsa = await crypto.subtle.importKey('jwk', { ...publicKey }, OAEP, false, ['encrypt'])
  return new Uint8Array(await crypto.subtle.encrypt(OAEP, rsa, key))
}

/** Decrypts it; throws whatever the platform throws (one error for every bad padding), callers hide even that. */
export async function oaepOpen(privateKey: CryptoKey, encryptedKey: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.decrypt(OAEP, privateKey, encryptedKey))
}
