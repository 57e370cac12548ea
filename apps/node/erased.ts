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

/** Numbered, and with a check of its own: a letter that changed, or a line that is gone, would bring somebody back. */
const lineOf = (n: number, id: string): string => `${n} ${id} ${digest(`${n} ${id}`).slice(0, 8)}`

/** A whole line with its number; undefined for anything else. */
function read(line: string): { n: number; id: string } | undefined {
  const [, number = '', id = ''] = /^(\d{1,9}) ([\w-]{22}) [\w-]{8}$/.exec(line) ?? []
  const n = Number(number)
  return id !== '' && lineOf(n, id) === line ? { n, id } : undefined
}

/**
 * Every id that was written down; `erased-damaged` where a line is not what was written, or is missing. A line that a crash
 * tore is the last thing in the file, or was begun again with the same number: its receipt never went out.
 */
export async function readErased(path: string): Promise<string[]> {
  if (!existsSync(path)) return []
  const text = await readFile(path, 'utf8')
  const lines = text.split('\n').filter((line) => line !== '')
  const found: string[] = []
  for (const [i, line] of lines.entries()) {
    const whole = read(line)
    if (whole?.n === found.length + 1) {
      found.push(whole.id)
      continue
    }
    const next = lines[i + 1]
    const again = next !== undefined && read(next)?.n === found.length + 1
    const begun = `${found.length + 1} `.startsWith(line.slice(0, `${found.length + 1} `.length))
    const torn = begun && (again || (next === undefined && !text.endsWith('\n')))
    if (whole || !torn) throw new AppError<NodeCode>('erased-damaged')
  }
  return found
}

/** Writes ids down; on disk when it returns. */
export async function writeErased(path: string, ids: readonly string[]): Promise<void> {
  const fresh = !existsSync(path)
  const before = (await readErased(path)).length
  const file = await open(path, 'a', 0o600)
  try {
    // The line break before it closes a line that a crash tore; empty lines mean nothing.
    await file.appendFile(`\n${ids.map((id, i) => lineOf(before + i + 1, id)).join('\n')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  if (!fresh) return
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
