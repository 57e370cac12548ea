/** Tiles of the log, a view: everything here is recomputed from the stored leaves. */
import type { Bytes } from '@salus/base/bytes'
import type { Tx } from '@salus/base/sqlite'

export const TILE_SCHEMA = `
CREATE TABLE IF NOT EXISTS tile (level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL,
  PRIMARY KEY (level, n)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS applied (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL) STRICT;
`

/** The hashes of a tile, 32 bytes each, as many as there are (at most 256). */
export async function readTile(tx: Tx, level: number, n: number): Promise<Bytes | undefined> {
  return (await tx.get<{ hashes: Bytes }>('SELECT hashes FROM tile WHERE level = ? AND n = ?', level, n))?.hashes
}

/** Writes or extends a tile. */
export async function writeTile(tx: Tx, level: number, n: number, hashes: Uint8Array): Promise<void> {
  await tx.run('INSERT OR REPLACE INTO tile (level, n, hashes) VALUES (?, ?, ?)', level, n, hashes)
}

/** How many entries of the log the views have taken in ("applied up to"). */
export async function appliedSize(tx: Tx): Promise<number> {
  return (await tx.get<{ size: number }>('SELECT size FROM applied'))?.size ?? 0
}

/** Moves the mark; in the same transaction as the rows it speaks of. */
export async function setApplied(tx: Tx, size: number): Promise<void> {
  await tx.run(
    'INSERT INTO applied (one, size) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET size = excluded.size',
    size,
  )
}

/** Empties every table of the views: they are about to be made again, and must not remember what was erased. */
export async function clearViews(tx: Tx): Promise<void> {
  await tx.run('PRAGMA defer_foreign_keys = ON')
  const tables = await tx.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'",
  )
  for (const { name } of tables) await tx.run(`DELETE FROM "${name}"`)
}
