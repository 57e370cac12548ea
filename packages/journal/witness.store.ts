/** What this node has cosigned as a witness, and how far its own log was witnessed: with the sources, never rebuilt. */
import type { Bytes } from '@salus/base/bytes'
import type { Tx } from '@salus/base/sqlite'

/** SQL with the sources. `witnessed.origin`: the log's whole verifier; rows of earlier versions have its name alone. */
export const WITNESS_SCHEMA = `
CREATE TABLE IF NOT EXISTS witnessed (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,
  note TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS own_witnessed (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL,
  note TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS own_cosigned (size INTEGER PRIMARY KEY, note TEXT NOT NULL, at INTEGER NOT NULL DEFAULT 0) STRICT;
`

export type Witnessed = { readonly size: number; readonly root: Bytes; readonly note: string }

/** The last checkpoint that was cosigned here for `log`: a verifier, or the name under which earlier versions kept it. */
export const lastWitnessed = (s: Tx, log: string): Promise<Witnessed | undefined> =>
  s.get('SELECT size, root, note FROM witnessed WHERE origin = ?', log) as Promise<unknown> as Promise<
    Witnessed | undefined
  >

export const saveWitnessed = (s: Tx, vkey: string, { size, root, note }: Witnessed) =>
  s.run('INSERT OR REPLACE INTO witnessed (origin, size, root, note) VALUES (?,?,?,?)', vkey, size, root, note)

/** The newest own checkpoint that met the witness policy, with the cosignatures. */
export const ownWitnessed = (s: Tx): Promise<{ size: number; note: string } | undefined> =>
  s.get('SELECT size, note FROM own_witnessed') as Promise<unknown> as Promise<
    { size: number; note: string } | undefined
  >

/** Seconds between cosigned checkpoints that are kept: short beside the deadline, and a day is some 700 of them. */
const KEPT_APART = 120

/**
 * Keeps it as the newest, and beside the earlier ones: when an entry was first covered is what its deadline is held against. One
 * that came soon after the one before it goes as soon as the next one, not much later, covers the same. `at`: when it was cosigned.
 */
export async function saveOwnWitnessed(s: Tx, size: number, note: string, at: number): Promise<void> {
  await s.run('INSERT OR REPLACE INTO own_witnessed (one, size, note) VALUES (1, ?, ?)', size, note)
  const [last, before] = await s.all<{ size: number; at: number }>(
    'SELECT size, at FROM own_cosigned ORDER BY size DESC LIMIT 2',
  )
  if (last && before && at - before.at <= KEPT_APART) await s.run('DELETE FROM own_cosigned WHERE size = ?', last.size)
  await s.run('INSERT OR IGNORE INTO own_cosigned (size, note, at) VALUES (?, ?, ?)', size, note, at)
}

/** The first own checkpoint covering entry `index` that met the policy. */
export const firstCosigned = (s: Tx, index: number): Promise<{ size: number; note: string } | undefined> =>
  s.get(
    'SELECT size, note FROM own_cosigned WHERE size > ? ORDER BY size LIMIT 1',
    index,
  ) as Promise<unknown> as Promise<{ size: number; note: string } | undefined>
