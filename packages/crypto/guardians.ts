/**
 * A secret in the hands of guardians: any `need` of `of` people restore it, fewer learn nothing (Shamir, "How to share a
 * secret", 1979; the arithmetic is the audited library's). Each share is a text to print or to show as a QR.
 */
import { type Bytes, base32, concat, equal, fromBase32, utf8 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { combine, split } from 'shamir-secret-sharing'
import type { CryptoCode } from './errors.ts'
import { sha256 } from './hash.ts'

/** Most guardians one may have: more than people keep track of. */
export const MAX_GUARDIANS = 20

const VERSION = 1
/** 32 bytes of the secret and the point they belong to. */
const SHARE = 33
const mistyped = () => new AppError<CryptoCode>('share-mistyped')

// 3 bytes of a hash: a typing mistake is told before shares are joined, where it would only "not open".
const checksum = (bytes: Uint8Array): Bytes => sha256(concat(utf8('salus/guardian-share/v1/'), bytes)).slice(0, 3)

/** Shares of a 32-byte secret, as texts; throws `guardians-wrong` unless 2 <= need <= of <= 20. */
export async function splitSecret(secret: Bytes, need: number, of: number): Promise<string[]> {
  const whole = Number.isInteger(need) && Number.isInteger(of)
  if (!whole || need < 2 || of < need || of > MAX_GUARDIANS) throw new AppError<CryptoCode>('guardians-wrong')
  const shares = await split(secret, of, need)
  return shares.map((share) => {
    const body = concat(Uint8Array.of(VERSION, need), share)
    return (base32(concat(body, checksum(body))).match(/.{1,5}/g) ?? []).join('-')
  })
}

function readShare(typed: string): { need: number; share: Bytes } {
  try {
    const bytes = fromBase32(typed)
    const body = bytes.slice(0, 2 + SHARE)
    const right = bytes.length === 5 + SHARE && bytes[0] === VERSION && equal(checksum(body), bytes.slice(2 + SHARE))
    if (!right) throw mistyped()
    return { need: body[1] as number, share: body.slice(2) }
  } catch (error) {
    throw isAppError(error) ? mistyped() : error
  }
}

/** How many shares the set of this one needs; `share-mistyped` when it is none. */
export const sharesNeeded = (typed: string): number => readShare(typed).need

/**
 * The secret behind enough shares of one set. Throws `share-mistyped`, or `shares-missing` when there are too few. Shares of
 * different sets join to 32 bytes that open nothing: only trying tells.
 */
export async function joinShares(typed: readonly string[]): Promise<Bytes> {
  const read = typed.map(readShare)
  const distinct = new Map(read.map((one) => [one.share[SHARE - 1], one]))
  const need = Math.max(2, ...read.map((one) => one.need))
  if (distinct.size < need) throw new AppError<CryptoCode>('shares-missing', { need, have: distinct.size })
  return Uint8Array.from(await combine([...distinct.values()].slice(0, need).map((one) => one.share)))
}
