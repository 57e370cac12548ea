/** For tests: a clock that moves only when told, randomness that repeats, and where the shared vectors are. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Clock, Random } from './clock.ts'

/** A clock that stands at `start` (ms) until `advance` moves it. */
export function manualClock(start = Date.UTC(2026, 10, 21, 9)): { clock: Clock; advance(ms: number): void } {
  let now = start
  return {
    clock: () => now,
    advance: (ms) => {
      now += ms
    },
  }
}

/** Repeatable bytes from a seed (xorshift128+): for data, never for keys that protect anything. */
export function seededRandom(seed: number): Random {
  let a = (seed ^ 0x9e3779b9) >>> 0 || 1
  let b = (seed * 0x85ebca6b) >>> 0 || 2
  return (length) =>
    Uint8Array.from({ length }, () => {
      a ^= a << 13
      a ^= a >>> 17
      a ^= a << 5
      b = (Math.imul(b, 0x2c1b3c6d) + 0x297a2d39) >>> 0
      return ((a ^ b) >>> 8) & 255
    })
}

/** The folder of vectors and data made by others, or undefined where it is absent (the test then skips by name). */
export function sharedFolder(part: string): string | undefined {
  const root = process.env.SALUS_SHARED ?? resolve(import.meta.dirname, '../../../shared')
  const folder = resolve(root, part)
  return existsSync(folder) ? folder : undefined
}

/** `node:test` options that skip, with the reason, when the shared `part` is not there. */
export const needsShared = (part: string): { skip: string | false } => ({
  skip: sharedFolder(part) ? false : `needs ${part} of the shared folder (set SALUS_SHARED)`,
})
