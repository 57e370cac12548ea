/**
 * The memory of erasures (N11): random store ids, one a line, in a file outside the data folder and outside every backup. With
 * it a restored backup is erased again; without the backup it says nothing about anybody.
 */
import { existsSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { openSqlite, type Sql } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { acceptLines, ERASED_LINES_SCHEMA, linesSeen, seeLines } from './erased.store.ts'
import type { NodeCode } from './errors.ts'
import { forgetLast } from './last.ts'
import { lockFolder } from './lock.ts'

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

/** The file has at least as many lines as the data has seen, or `erased-cut-short`. */
function checkWhole(lines: number, seen: number): void {
  if (lines < seen) throw new AppError<NodeCode>('erased-cut-short', { missing: seen - lines })
}

/**
 * Writes ids down; on disk when it returns. Returns how many lines there are now. A file that has fewer than were `seen` is not
 * written on: a new beginning would pass for the whole.
 */
export async function writeErased(path: string, ids: readonly string[], seen = 0): Promise<number> {
  const fresh = !existsSync(path)
  const before = (await readErased(path)).length
  checkWhole(before, seen)
  const file = await open(path, 'a', 0o600)
  try {
    // The line break before it closes a line that a crash tore; empty lines mean nothing.
    await file.appendFile(`\n${ids.map((id, i) => lineOf(before + i + 1, id)).join('\n')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  if (fresh) {
    const folder = await open(dirname(path), 'r')
    await folder.sync().finally(() => folder.close())
  }
  return before + ids.length
}

/**
 * The same beside the data it is for, which knows how many lines it has seen: a file that is shorter now (cut, an old copy,
 * none) would let somebody come back, and is refused (`erased-cut-short`). Data older than the file is what it is there for.
 */
export function createMemory(path: string, sources: Sql) {
  /** Looks, and changes nothing. */
  async function check(): Promise<string[]> {
    const ids = await readErased(path)
    checkWhole(ids.length, await sources.tx(linesSeen))
    return ids
  }
  return {
    check,
    /** Every id; from then on the data knows of all of them. */
    async read(): Promise<string[]> {
      const ids = await check()
      if (ids.length > 0) await sources.tx((s) => seeLines(s, ids.length))
      return ids
    },
    /** Writes more down; refused as `check` does where the memory was cut while the node ran. */
    async write(ids: readonly string[]): Promise<void> {
      const lines = await writeErased(path, ids, await sources.tx(linesSeen))
      await sources.tx((s) => seeLines(s, lines))
    },
  }
}

/** Opens the sources of a stopped node for a word about its memory of erasures. */
async function beside<T>(dir: string, work: (sources: Sql) => Promise<T>): Promise<T> {
  const unlock = lockFolder(dir)
  try {
    const schema = ERASED_LINES_SCHEMA
    const sources = openSqlite(join(dir, 'sources.db'), { durability: 'full', schema, damaged: 'sources-damaged' })
    return await work(sources).finally(sources.close)
  } finally {
    unlock()
  }
}

type Memory = { readonly dir: string; readonly erased: string }

/** How many lines are missing at the end of the memory. The node must not be running. */
export const countMissing = ({ dir, erased }: Memory): Promise<number> =>
  beside(dir, async (sources) => Math.max(0, (await sources.tx(linesSeen)) - (await readErased(erased)).length))

/** The administrator says that they are lost for good: the data no longer asks for them. */
export const acceptMissing = ({ dir, erased }: Memory): Promise<void> =>
  beside(dir, async (sources) => {
    const { length } = await readErased(erased)
    await sources.tx((s) => acceptLines(s, length))
    // What is written there now is not what the clean stop left, and that is known here.
    forgetLast(dir)
  })
