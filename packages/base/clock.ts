/** Time and randomness are values handed in, so that a rule, a test and a replay see the same ones. */
import type { Bytes } from './bytes.ts'

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Clock = () => number

/** `length` fresh random bytes. */
export type Random = (length: number) => Bytes

/** The machine's clock, for hosts only. */
export const systemClock: Clock = () => Date.now()

const POOLED = 64
const pool = new Uint8Array(4096)
let next = pool.length

/**
 * The platform's cryptographic generator (Web Crypto `getRandomValues`). Asking it costs the same for 16 bytes as for 4096:
 * small ones are handed out of a stock, each byte once, and wiped from it.
 */
export const systemRandom: Random = (length) => {
  if (length > POOLED) return crypto.getRandomValues(new Uint8Array(length))
  if (next + length > pool.length) {
    crypto.getRandomValues(pool)
    next = 0
  }
  const bytes = pool.slice(next, next + length)
  pool.fill(0, next, next + length)
  next += length
  return bytes
}

/** Whole seconds, the unit of JWT times (RFC 7519 §2, NumericDate). */
export const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)
