/** D17 The one-time claim code: 80 random bits a person can read over a counter. */
import { type Bytes, base32, fromBase32 } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import type { Digest } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'

/** Ten random bytes. */
export const newCode = (random: Random): Bytes => random(10)

/** As it is printed: four groups of four letters. */
export const codeText = (code: Bytes): string => base32(code).match(/.{4}/g)?.join('-') ?? ''

/** Digest under which a typed code is known, however it was typed; undefined when it cannot be one. */
export function codeDigest(typed: string): Digest | undefined {
  try {
    const bytes = fromBase32(typed)
    return bytes.length === 10 ? digest(bytes) : undefined
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}
