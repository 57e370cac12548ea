/**
 * X-Wing (draft-connolly-cfrg-xwing-kem): X25519 and ML-KEM-768 in one KEM, safe while either is. A private key is a 32-byte
 * seed, a public key 1,216 bytes (ML-KEM, then X25519), a ciphertext 1,120 (ML-KEM, then X25519). Internal to packet and keys.
 */
import { x25519 } from '@noble/curves/ed25519.js'
import { sha3_256, shake256 } from '@noble/hashes/sha3.js'
import { type Bytes, concat } from '@salus/base/bytes'
import { ephemeral, importPrivate, sharedSecret } from './agree.ts'
import {
  decapsulate,
  encapsulate,
  importMlKem,
  isMlKemPublic,
  ML_KEM_CIPHERTEXT,
  ML_KEM_PUBLIC,
  type MlKemKey,
  mlKemPublic,
} from './mlkem.ts'

export const XWING_PUBLIC = ML_KEM_PUBLIC + 32
export const XWING_CIPHERTEXT = ML_KEM_CIPHERTEXT + 32

/** §5.3: `\.//^\`, six letters that set this use of SHA3-256 apart. */
const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c)

/** A private key at work; `publicKey` is known where it was asked for. */
export type XWingKey = { readonly mlKem: MlKemKey; readonly x: CryptoKey; readonly xPublic: Bytes }

/** §5.2 expandDecapsulationKey. */
function expand(seed: Uint8Array): { mlKem: Bytes; x: Bytes } {
  if (seed.length !== 32) throw new RangeError('key length')
  const wide = shake256(seed, { dkLen: 96 }) as Bytes
  return { mlKem: wide.slice(0, 64), x: wide.slice(64) }
}

/** The public half of a seed. */
export function xwingPublic(seed: Uint8Array): Bytes {
  const { mlKem, x } = expand(seed)
  return concat(mlKemPublic(mlKem), x25519.getPublicKey(x))
}

/** Imports a seed; the parts made for it are wiped. */
export async function importXWing(seed: Uint8Array): Promise<XWingKey> {
  const { mlKem, x } = expand(seed)
  try {
    const [kem, agreement] = await Promise.all([importMlKem(mlKem), importPrivate(x)])
    return { mlKem: kem, x: agreement, xPublic: x25519.getPublicKey(x) as Bytes }
  } finally {
    mlKem.fill(0)
    x.fill(0)
  }
}

/** The ML-KEM half passes FIPS 203's check; whoever uses the X25519 half checks that apart. */
export const isXWingPublic = (publicKey: Uint8Array): boolean =>
  publicKey.length === XWING_PUBLIC && isMlKemPublic(publicKey.subarray(0, ML_KEM_PUBLIC))

/** §5.3 Combiner. */
const combine = (m: Bytes, x: Bytes, xCiphertext: Uint8Array, xPublic: Uint8Array): Bytes =>
  sha3_256(concat(m, x, xCiphertext, xPublic, LABEL)) as Bytes

/** §5.4 Encapsulate: 32 bytes of secret, 1,120 of ciphertext. Throws on a weak or malformed key. */
export async function xwingEncapsulate(publicKey: Uint8Array): Promise<{ secret: Bytes; ciphertext: Bytes }> {
  if (publicKey.length !== XWING_PUBLIC) throw new RangeError('key length')
  const xPublic = publicKey.slice(ML_KEM_PUBLIC)
  const [m, own] = await Promise.all([encapsulate(publicKey.subarray(0, ML_KEM_PUBLIC)), ephemeral()])
  const x = await sharedSecret(own.privateKey, xPublic)
  const secret = combine(m.secret, x, own.publicKey, xPublic)
  m.secret.fill(0)
  x.fill(0)
  return { secret, ciphertext: concat(m.ciphertext, own.publicKey) }
}

/** §5.5 Decapsulate. */
export async function xwingDecapsulate(key: XWingKey, ciphertext: Uint8Array): Promise<Bytes> {
  if (ciphertext.length !== XWING_CIPHERTEXT) throw new RangeError('ciphertext length')
  const xCiphertext = ciphertext.slice(ML_KEM_CIPHERTEXT)
  const [m, x] = await Promise.all([
    decapsulate(key.mlKem, ciphertext.subarray(0, ML_KEM_CIPHERTEXT)),
    sharedSecret(key.x, xCiphertext),
  ])
  const secret = combine(m, x, xCiphertext, key.xPublic)
  m.fill(0)
  x.fill(0)
  return secret
}
