/**
 * The memory of erasures (N11): random store ids, one a line, in a file outside the data folder and outside every backup. With
 * it a restored backup is erased again; without the backup it says nothing about anybody.
 */
import { existsSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import type { NodeCode } from './errors.ts'

/** An id with a check of its own: a letter that changed would bring somebody back. */
const lineOf = (id: string): string => `${id} ${digest(id).slice(0, 8)}`

/** A line that a crash tore is shorter: its receipt never went out, and its id was written again at the next start. */
const LENGTH = lineOf('').length + 22

function idIn(line: string): string {
  const id = line.slice(0, 22)
  if (lineOf(id) !== line) throw new AppError<NodeCode>('erased-damaged')
  return id
}

/** Every id that was written down; `erased-damaged` where a line is not what was written. */
export async function readErased(path: string): Promise<string[]> {
  if (!existsSync(path)) return []
  const lines = (await readFile(path, 'utf8')).split('\n')
  return lines.filter((line) => line.length >= LENGTH).map(idIn)
}

/** Writes ids down; on disk when it returns. */
export async function writeErased(path: string, ids: readonly string[]): Promise<void> {
  const fresh = !existsSync(path)
  const file = await open(path, 'a', 0o600)
  try {
    // The line break before it closes a line that a crash tore; empty lines mean nothing.
    await file.appendFile(`\n${ids.map(lineOf).join('\n')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  if (!fresh) return
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
