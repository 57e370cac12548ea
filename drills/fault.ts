/** Damage to one file, as disks and power cuts make it: a bit is another, or the end is missing. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'

/** `at` is any number: it is brought into the file. */
export type Fault = { readonly kind: 'flip' | 'cut'; readonly at: number }

/** Does it; false for an empty file, where nothing can be damaged. */
export function damage(path: string, { kind, at }: Fault): boolean {
  const file = openSync(path, 'r+')
  try {
    const { size } = fstatSync(file)
    if (size === 0) return false
    if (kind === 'cut') ftruncateSync(file, at % size)
    else flip(file, at % (size * 8))
    fsyncSync(file)
    return true
  } finally {
    closeSync(file)
  }
}

function flip(file: number, bit: number): void {
  const byte = new Uint8Array(1)
  const at = Math.floor(bit / 8)
  readSync(file, byte, 0, 1, at)
  byte[0] = (byte[0] ?? 0) ^ (1 << (bit % 8))
  writeSync(file, byte, 0, 1, at)
}
