/** Time and randomness are values handed in, so that a rule, a test and a replay see the same ones. */
import type { Bytes } from './bytes.ts'

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Clock = () => number

/** `length` fresh random bytes. */
export type Random = (length: number) => Bytes

/** The machine's clock, for hosts only. */
export const systemClock: Clock = () => Date.now()

/** The platform's cryptographic generator (Web Crypto `getRandomValues`). */
export const systemRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length))

/** Whole seconds, the unit of JWT times (RFC 7519 §2, NumericDate). */
export const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)
