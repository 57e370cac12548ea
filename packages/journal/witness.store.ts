/** What this node has cosigned as a witness, and how far its own log was witnessed: with the sources, never rebuilt. */
import type { Bytes } from '@salus/base/bytes'
import type { Tx } from '@salus/base/sqlite'

/** SQL with the sources. */
export const WITNESS_SCHEMA = `
CREATE TABLE IF NOT EXISTS witnessed (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,
  note TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS own_witnessed (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL,
  note TEXT NOT NULL) STRICT;
`

export type Witnessed = { readonly size: number; readonly root: Bytes; readonly note: string }

/** The last checkpoint of `origin` that was cosigned here. */
export const lastWitnessed = (s: Tx, origin: string): Promise<Witnessed | undefined> =>
  s.get('SELECT size, root, note FROM witnessed WHERE origin = ?', origin) as Promise<unknown> as Promise<
    Witnessed | undefined
  >

export const saveWitnessed = (s: Tx, origin: string, { size, root, note }: Witnessed) =>
  s.run('INSERT OR REPLACE INTO witnessed (origin, size, root, note) VALUES (?,?,?,?)', origin, size, root, note)

/** The newest own checkpoint that met the witness policy, with the cosignatures. */
export const ownWitnessed = (s: Tx): Promise<{ size: number; note: string } | undefined> =>
  s.get('SELECT size, note FROM own_witnessed') as Promise<unknown> as Promise<
    { size: number; note: string } | undefined
  >

export const saveOwnWitnessed = (s: Tx, size: number, note: string) =>
  s.run('INSERT OR REPLACE INTO own_witnessed (one, size, note) VALUES (1, ?, ?)', size, note)
