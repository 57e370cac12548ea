/**
 * What proves that this log was rolled back or forked (N10): checkpoints of its own that it does not contain, each a file in
 * `evidence/`, so that a restart does not forget. And the administrator's word that a log is closed for good.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, isAppError } from '@salus/base/errors'
import { parseWith, z } from '@salus/base/schema'
import { openSqlite } from '@salus/base/sqlite'
import { writeWhole } from '@salus/base/whole'
import { digest } from '@salus/crypto/hash'
import type { Journal } from '@salus/journal/accept'
import { logSize } from '@salus/journal/sources'
import { type NodeCode, reading } from './errors.ts'
import { originOf } from './found.ts'
import { lockFolder } from './lock.ts'
import { isRestored, markChecked } from './restored.ts'

const FOLDER = 'evidence'
const ENDED = 'closed.json'

/** Keeps a checkpoint; the same one again changes nothing. */
export async function keepEvidence(dir: string, { known, note }: { known: number; note: string }): Promise<void> {
  const name = `${known}-${digest(note)}.note`
  if (existsSync(join(dir, FOLDER, name))) return
  await mkdir(join(dir, FOLDER), { recursive: true, mode: 0o700 })
  await writeWhole(join(dir, FOLDER, name), note)
}

/** Every checkpoint that was kept; `evidence-damaged` where one is not what was written. */
async function evidenceOf(dir: string): Promise<string[]> {
  const folder = join(dir, FOLDER)
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith('.note')) : []
  const notes: string[] = []
  for (const name of names.sort()) {
    const note = await readFile(join(folder, name), 'utf8')
    // Its name says what it is: evidence that lost a letter must not pass for none.
    if (!name.endsWith(`-${digest(note)}.note`)) throw new AppError<NodeCode>('evidence-damaged')
    notes.push(note)
  }
  return notes
}

/**
 * Shows the journal what was kept: it stays closed until it contains all of it, which is when it has caught up. A file that
 * bears no signature of this log proves nothing and is passed over.
 */
export async function recall(dir: string, journal: Pick<Journal, 'show'>): Promise<void> {
  for (const note of await evidenceOf(dir)) {
    await journal.show(note).catch((error) => {
      if (!isAppError(error) || error.code !== 'note-invalid') throw error
    })
  }
}

const ended = z.strictObject({ origin: z.string(), size: z.int(), at: z.int() })
export type Ended = z.output<typeof ended>

/**
 * Writes down that the log ends here; undefined when `origin` is not its name. There is no way back: whoever holds its
 * receipts must be able to rely on that. The node must not be running.
 */
export async function endJournal(dir: string, origin: string, at: number): Promise<Ended | undefined> {
  const unlock = lockFolder(dir)
  try {
    if ((await originOf(dir)) !== origin) return undefined
    const sources = openSqlite(join(dir, 'sources.db'), { durability: 'full', schema: '', damaged: 'sources-damaged' })
    const size = await sources.tx(logSize).finally(sources.close)
    await writeWhole(join(dir, ENDED), `${JSON.stringify({ origin, size, at })}\n`)
    return { origin, size, at }
  } finally {
    unlock()
  }
}

/** Throws `journal-ended` where an administrator closed the log for good. */
export async function checkEnded(dir: string): Promise<void> {
  if (!existsSync(join(dir, ENDED))) return
  const { size } = await reading('marker-damaged', async () =>
    parseWith(ended, await readFile(join(dir, ENDED), 'utf8')),
  )
  throw new AppError<NodeCode>('journal-ended', { size })
}

/** The administrator made sure that nothing later than what was restored exists. Was anything restored? */
export function sayChecked(dir: string): boolean {
  const was = isRestored(dir)
  markChecked(dir)
  return was
}
