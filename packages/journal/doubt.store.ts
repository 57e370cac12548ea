/** Checkpoints by which another log contradicts itself (a split view): with the sources, never rebuilt, and never taken back. */
import type { Tx } from '@salus/base/sqlite'

export const DOUBT_SCHEMA = `
CREATE TABLE IF NOT EXISTS split (origin TEXT PRIMARY KEY, at INTEGER NOT NULL, note TEXT NOT NULL, against TEXT NOT NULL) STRICT;
`

/** `note` and `against`: both signed by the log's own key, and no log holds both. `at`: when that was seen here, ms. */
export type Split = { readonly origin: string; readonly at: number; readonly note: string; readonly against: string }

/** The first one stays: one is enough. */
export const saveSplit = (tx: Tx, { origin, at, note, against }: Split) =>
  tx.run('INSERT OR IGNORE INTO split (origin, at, note, against) VALUES (?,?,?,?)', origin, at, note, against)

export const splits = (tx: Tx): Promise<Split[]> =>
  tx.all('SELECT origin, at, note, against FROM split ORDER BY origin') as Promise<unknown> as Promise<Split[]>
