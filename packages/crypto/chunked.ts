/**
 * Attachments: C2SP chunked-encryption with AES-256-GCM and SHA-512 (facts: journal §6). Chunks of 16 KiB, the last
 * always shorter, a key commitment in front: truncation, reordering and extension are found.
 */
import { type Bytes, concat, equal, utf8 } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { assertKey32 } from './committed.ts'
import { cannotOpen, orCannotOpen } from './errors.ts'
import { expand512 } from './hash.ts'

/** Plaintext bytes of a full chunk. */
export const CHUNK = 16_384
/** Bytes of a tag, of the salt, of salt and commitment in front, and of a full sealed chunk. */
export const TAG = 16
export const SALT = 24
export const HEAD = SALT + 32
export const SEALED = CHUNK + TAG
const INFO = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0')
// WebCrypto copies its input: so many chunks in flight keep the cores busy and the memory flat.
const IN_FLIGHT = 64

type Derived = { aes: CryptoKey; baseNonce: Bytes; commitment: Bytes }

/** The file's own key (32 bytes), first nonce and key commitment. */
export function deriveChunked(key: Uint8Array, salt: Uint8Array, context: Uint8Array) {
  assertKey32(key)
  const derived = expand512(key, concat(INFO, salt, context), 32 + 12 + 32)
  return { aes: derived.slice(0, 32), baseNonce: derived.slice(32, 44), commitment: derived.slice(44) }
}

async function derive(
  key: Uint8Array,
  salt: Uint8Array,
  context: Uint8Array,
  usage: 'encrypt' | 'decrypt',
): Promise<Derived> {
  const { aes, ...rest } = deriveChunked(key, salt, context)
  return { ...rest, aes: await crypto.subtle.importKey('raw', aes, 'AES-GCM', false, [usage]) }
}

/** Base nonce XOR the chunk number as a 96-bit big-endian integer: its last 5 bytes at most (2^38 chunks). */
export function nonceOf(baseNonce: Bytes, chunk: number): Bytes {
  const out = baseNonce.slice()
  for (let at = 11, rest = chunk; rest > 0; at--, rest = Math.floor(rest / 256)) out[at] = out[at]! ^ (rest % 256)
  return out
}

// Runs `work` for 0..count-1, IN_FLIGHT at a time.
async function each(count: number, work: (k: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += IN_FLIGHT) {
    const batch = Array.from({ length: Math.min(IN_FLIGHT, count - from) }, (_, i) => work(from + i))
    await Promise.all(batch)
  }
}

/** Encrypts `plaintext`; `context` (may be empty) says what the file belongs to and is needed again to open it. */
export async function encryptChunked(
  key: Bytes,
  plaintext: Uint8Array,
  context: Uint8Array,
  random: Random,
): Promise<Bytes> {
  const salt = random(SALT)
  const { aes, baseNonce, commitment } = await derive(key, salt, context, 'encrypt')
  // A full last chunk would read as "more follows": an even multiple gets an empty chunk behind it.
  const count = Math.floor(plaintext.length / CHUNK) + 1
  const file = new Uint8Array(HEAD + plaintext.length + count * TAG)
  file.set(salt)
  file.set(commitment, SALT)
  await each(count, async (k) => {
    const part = plaintext.subarray(k * CHUNK, (k + 1) * CHUNK) as Bytes
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonceOf(baseNonce, k) }, aes, part)
    file.set(new Uint8Array(sealed), HEAD + k * SEALED)
  })
  return file
}

/** How many chunks a file has; the last holds 0 to CHUNK - 1 bytes, so some lengths are impossible: `cannot-open`. */
export function chunkCount(fileLength: number): number {
  const body = fileLength - HEAD
  if (body < TAG || body % SEALED < TAG) throw cannotOpen()
  return Math.floor(body / SEALED) + 1
}

async function opener(key: Bytes, file: Uint8Array, context: Uint8Array): Promise<(k: number) => Promise<Bytes>> {
  const count = chunkCount(file.length)
  const { aes, baseNonce, commitment } = await derive(key, file.subarray(0, SALT), context, 'decrypt')
  if (!equal(commitment, file.subarray(SALT, HEAD))) throw cannotOpen()
  return async (k) => {
    if (!Number.isSafeInteger(k) || k < 0 || k >= count) throw cannotOpen()
    const part = file.subarray(HEAD + k * SEALED, HEAD + (k + 1) * SEALED) as Bytes
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonceOf(baseNonce, k) }, aes, part))
  }
}

/** Decrypts a whole file; `cannot-open` unless every chunk up to the short last one is there, in place and whole. */
export function decryptChunked(key: Bytes, file: Uint8Array, context: Uint8Array): Promise<Bytes> {
  return orCannotOpen(async () => {
    const open = await opener(key, file, context)
    const count = chunkCount(file.length)
    const plaintext = new Uint8Array(file.length - HEAD - count * TAG)
    await each(count, async (k) => plaintext.set(await open(k), k * CHUNK))
    return plaintext
  })
}

/**
 * Decrypts chunk `k` alone: plaintext bytes from `k * CHUNK` on. It vouches for that chunk and its place only; that
 * nothing is cut off behind is known when the last chunk opens too.
 */
export function openChunk(key: Bytes, file: Uint8Array, context: Uint8Array, k: number): Promise<Bytes> {
  return orCannotOpen(async () => (await opener(key, file, context))(k))
}
