/**
 * Authors whose keyring came after what they wrote, as it may in a log that was made again from others (N27): what they did stands under
 * their own name until then, and under their organisation's from then on. A view, rebuilt from statements.
 */
import { field } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'

/** SQL of this view. */
export const LATE_VIEWS = `
CREATE TABLE IF NOT EXISTS late_author (author TEXT NOT NULL, patient TEXT NOT NULL, PRIMARY KEY (author, patient)) STRICT,
  WITHOUT ROWID;
`

/** `author` did something in the patient's chain and nobody knows of which organisation yet; an organisation itself is known. */
export async function saveLate(v: Tx, author: string, patient: string): Promise<void> {
  if (!field.handle.safeParse(author).success) return
  await v.run('INSERT OR IGNORE INTO late_author (author, patient) VALUES (?,?)', author, patient)
}

/** The author is of `org`. */
export async function knowAuthor(v: Tx, author: string, org: string): Promise<void> {
  const rows = await v.all<{ patient: string }>('SELECT patient FROM late_author WHERE author = ?', author)
  for (const { patient } of rows) {
    for (const table of ['record', 'act', 'dispute'])
      await v.run(`UPDATE ${table} SET org = ? WHERE patient = ? AND org = ?`, org, patient, author)
  }
  await v.run('DELETE FROM late_author WHERE author = ?', author)
}

/** Clears what the view holds about `handle`. */
export const forgetLate = (v: Tx, handle: string) =>
  v.run('DELETE FROM late_author WHERE author = ? OR patient = ?', handle, handle)
