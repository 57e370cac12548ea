/**
 * The pinned Ed25519 verifier (node face). Libraries differ on edge-case signatures (README, table); nodes that must
 * agree on what is valid, the ledger above all, call this one and no other (rule C6).
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { fromBase64url } from '@salus/base/bytes'
import { createBounded } from './bounded.ts'

const keys = createBounded<KeyObject>(512)

// Canonical text first: the JWK importer would also take padded or non-canonical base64url.
function keyObject(publicKey: string): KeyObject {
  if (fromBase64url(publicKey).length !== 32) throw new RangeError('key length')
  const make = () => createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  return keys.get(publicKey, make)
}

/** Does `signature` over `message` verify under the base64url `publicKey`? False for anything malformed, never throws. */
export function verifyEd25519Sync(publicKey: string, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, message, keyObject(publicKey), signature)
  } catch {
    return false
  }
}

/** The same verdict from the same verifier, on the platform's thread pool: many in flight use every core. */
export function verifyEd25519Pooled(publicKey: string, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      verify(null, message, keyObject(publicKey), signature, (error, valid) => resolve(!error && valid))
    } catch {
      resolve(false)
    }
  })
}
