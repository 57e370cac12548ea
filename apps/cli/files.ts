/** Files that people name: read or written with an answer in words when that cannot be. Paths may hold names: no fact does. */
import { existsSync } from 'node:fs'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { AppError } from '@salus/base/errors'
import type { CliCode } from './errors.ts'

/** A file's bytes; `file-missing` or `file-unreadable` (a folder, for one). */
export async function readInput(path: string): Promise<Uint8Array> {
  if (!existsSync(path)) throw new AppError('file-missing')
  try {
    return new Uint8Array(await readFile(path))
  } catch (cause) {
    throw new AppError('file-unreadable', {}, { cause })
  }
}

const unwritable = (cause: unknown) => new AppError<CliCode>('file-unwritable', {}, { cause })

/** Sees that `path` can be written before any work is done for it; leaves what is there as it is. */
export async function checkWritable(path: string | undefined): Promise<void> {
  if (path === undefined) return
  const fresh = !existsSync(path)
  try {
    await (await open(path, fresh ? 'wx' : 'r+', 0o600)).close()
    if (fresh) await rm(path)
  } catch (cause) {
    throw unwritable(cause)
  }
}

/** Writes a file for its owner alone. */
export async function writeOutput(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, content, { mode: 0o600 })
  } catch (cause) {
    throw unwritable(cause)
  }
}
