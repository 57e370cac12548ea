/** Sets of rows as words of 32 bits: how many rows two sets do not share is counted a word at a time. */
import type { Bytes } from '@salus/base/bytes'

export type Words = Uint32Array

function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Packed rows as words (of the machine's own order of bytes, which is the same for all sets). */
export function wordsOf(packed: Bytes): Words {
  const words = new Uint32Array(Math.ceil(packed.length / 4))
  new Uint8Array(words.buffer).set(packed)
  return words
}

/** How many rows are in. */
export const countOf = (packed: Bytes): number => packed.reduce((sum, byte) => sum + bitsIn(byte), 0)

/** Do two sets differ by one row at least and fewer than `k`? Stops where they differ by more. */
export function closeTo(a: Words, b: Words, k: number): boolean {
  const length = Math.max(a.length, b.length)
  let count = 0
  for (let w = 0; w < length && count < k; w++) {
    const apart = (a[w] ?? 0) ^ (b[w] ?? 0)
    if (apart !== 0) count += bitsIn(apart)
  }
  return count > 0 && count < k
}

/** Equal sets have equal names. */
export const keyOf = (packed: Bytes): string => Buffer.from(packed).toString('latin1')
