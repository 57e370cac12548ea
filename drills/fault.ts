/** Damage to one file, as disks and power cuts make it: a bit is another, the end is missing, half of a page was never written. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs'

/** `at` is any number: it is brought into the file. */
export type Fault = { readonly kind: 'flip' | 'cut' | 'torn'; readonly at: number }

const PAGE = 4096

/** Does it; false where nothing can be damaged so. `old`: the same file as it was earlier, for what a torn page still holds. */
export function damage(path: string, { kind, at }: Fault, old?: string): boolean {
  const file = openSync(path, 'r+')
  try {
    const { size } = fstatSync(file)
    if (size === 0) return false
    if (kind === 'torn') return tear(file, at, size, old)
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

/** The second half of one page is what stood there before, or nothing; false where that is the same. */
function tear(file: number, at: number, size: number, old: string | undefined): boolean {
  const pages = Math.floor(size / PAGE)
  if (pages === 0) return false
  const from = (Math.floor(at / 2) % pages) * PAGE + PAGE / 2
  const [now, then] = [Buffer.alloc(PAGE / 2), Buffer.alloc(PAGE / 2)]
  readSync(file, now, 0, now.length, from)
  if (at % 2 === 1 && old !== undefined && existsSync(old))
    readFileSync(old)
      .subarray(from, from + PAGE / 2)
      .copy(then)
  if (now.equals(then)) return false
  writeSync(file, then, 0, then.length, from)
  fsyncSync(file)
  return true
}
