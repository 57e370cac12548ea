/**
 * Sealing under a 32-byte key with a key commitment (rule C3): GCM alone lets one ciphertext open under two keys.
 * Internal; content, keychain and wraps differ in label and header only.
 */
import { type Bytes, base64url, equal, fromBase64url } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Json } from '@salus/base/json'
import { field, z } from '@salus/base/schema'
import { type CryptoCode, cannotOpen } from './errors.ts'
import { hkdf256Each } from './hash.ts'
import { decryptJwe, encryptJwe, type Jwe } from './jwe.ts'
import { suiteOf } from './suites.ts'

/** Under a key that both sides hold the suites do the same: these objects bear the first one's number in either. */
const symmetric = suiteOf(1)

const NONE = new Uint8Array(0)

/** The header members every committed object has; each shape adds its `typ` and own members to a strict object. */
export const committedHeader = {
  alg: z.literal('dir'),
  enc: z.literal('A256GCM'),
  suite: z.literal(1),
  kc: field.key32,
} as const

// Two infos from one extraction: neither output tells anything about the other (RFC 5869 §3.2).
function derive(key: Uint8Array, salt: Uint8Array, label: string): { encryption: Bytes; commitment: Bytes } {
  const [encryption, commitment] = hkdf256Each(key, salt, [`${label}/encryption`, `${label}/commitment`], 32)
  return { encryption: encryption as Bytes, commitment: commitment as Bytes }
}

/** Which derivation, and with which salt (none where the key itself is fresh). */
export type Derivation = { label: string; salt?: Uint8Array }

/** Seals `plaintext` as `dir` + A256GCM; `members` are the header members that name the shape. */
export async function sealCommitted(
  key: Uint8Array,
  { label, salt = NONE }: Derivation,
  members: Record<string, Json>,
  plaintext: Uint8Array,
  random: Random,
): Promise<string> {
  const { encryption, commitment } = derive(key, salt, label)
  const { enc, id } = symmetric
  const header = { alg: 'dir', enc, suite: id, ...members, kc: base64url(commitment) }
  const jwe = await encryptJwe(encryption, header, NONE, random(12), plaintext)
  encryption.fill(0)
  return jwe
}

/** Opens parts whose header the caller has parsed; the commitment is compared, in constant time, before decrypting. */
export async function openCommitted(
  key: Uint8Array,
  { label, salt = NONE }: Derivation,
  kc: string,
  parts: Jwe,
): Promise<Bytes> {
  // RFC 7516 §5.2 step 10: direct encryption has an empty encrypted key.
  if (parts.encryptedKey.length !== 0) throw cannotOpen()
  const { encryption, commitment } = derive(key, salt, label)
  if (!equal(commitment, fromBase64url(kc))) throw cannotOpen()
  const plaintext = await decryptJwe(encryption, parts)
  encryption.fill(0)
  return plaintext
}

/** Refuses a key that is not 32 bytes (`key-invalid`): HKDF would take any, and a short one protects nothing. */
export function assertKey32(key: Uint8Array): void {
  if (!(key instanceof Uint8Array) || key.length !== 32) throw new AppError<CryptoCode>('key-invalid')
}
