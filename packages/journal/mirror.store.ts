/**
 * What a node keeps so that another hospital can be made again (J32, J33): the bare entries of its log, up to a checkpoint which
 * that log's key signed, and the salt under which each adopted statement stands there.
 */
import { type Bytes, concat } from '@salus/base/bytes'
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { FOR_EVER } from './contract.ts'

/** Entries in one row: as in a tile. */
export const MIRROR_ROW = 256

export const MIRROR_SCHEMA = `
CREATE TABLE IF NOT EXISTS mirrored (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS mirror_row (origin TEXT NOT NULL, n INTEGER NOT NULL, entries BLOB NOT NULL,
  PRIMARY KEY (origin, n)) STRICT;
CREATE TABLE IF NOT EXISTS home_salt (idx INTEGER PRIMARY KEY, chain TEXT NOT NULL, salt BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS home_salt_chain ON home_salt (chain);
`

/** How many entries of a log are here and proven by which checkpoint of its own. */
export type Mirrored = { readonly size: number; readonly note: string }

export const mirroredOf = (tx: Tx, origin: string): Promise<Mirrored | undefined> =>
  tx.get('SELECT size, note FROM mirrored WHERE origin = ?', origin) as Promise<unknown> as Promise<
    Mirrored | undefined
  >

export const saveMirrored = (tx: Tx, origin: string, { size, note }: Mirrored) =>
  tx.run('INSERT OR REPLACE INTO mirrored (origin, size, note) VALUES (?,?,?)', origin, size, note)

/** Entries of row `n`, 32 bytes each; undefined where nothing of it is here. */
export const mirrorRow = async (tx: Tx, origin: string, n: number): Promise<Bytes | undefined> =>
  (await tx.get<{ entries: Bytes }>('SELECT entries FROM mirror_row WHERE origin = ? AND n = ?', origin, n))?.entries

export const saveMirrorRow = (tx: Tx, origin: string, n: number, entries: Uint8Array) =>
  tx.run('INSERT OR REPLACE INTO mirror_row (origin, n, entries) VALUES (?,?,?)', origin, n, entries)

/** Entries here, proven or not yet. */
export async function mirrorLength(tx: Tx, origin: string): Promise<number> {
  const last = await tx.get<{ n: number; length: number }>(
    'SELECT n, length(entries) AS length FROM mirror_row WHERE origin = ? ORDER BY n DESC LIMIT 1',
    origin,
  )
  return last ? last.n * MIRROR_ROW + last.length / 32 : 0
}

/** The entries from `from` up to (not including) `to`, one after another in one piece. */
export async function mirrorEntries(tx: Tx, origin: string, from: number, to: number): Promise<Bytes> {
  const first = Math.floor(from / MIRROR_ROW)
  const rows = await tx.all<{ entries: Bytes }>(
    'SELECT entries FROM mirror_row WHERE origin = ? AND n >= ? AND n * ? < ? ORDER BY n',
    ...[origin, first, MIRROR_ROW, to],
  )
  const start = first * MIRROR_ROW
  return concat(...rows.map((row) => row.entries)).slice((from - start) * 32, (to - start) * 32)
}

/** Only the first `size` stay: what came after them was not what the log signed. */
export async function cutMirror(tx: Tx, origin: string, size: number): Promise<void> {
  const n = Math.floor(size / MIRROR_ROW)
  const kept = (await mirrorRow(tx, origin, n))?.slice(0, (size % MIRROR_ROW) * 32)
  await tx.run('DELETE FROM mirror_row WHERE origin = ? AND n >= ?', origin, n)
  if (kept && kept.length > 0) await saveMirrorRow(tx, origin, n, kept)
}

/** Under which salt the statement at `idx` here stands at its home: without it nobody could show there that it was ever taken. */
export const saveSalt = (tx: Tx, idx: number, chain: Handle, salt: Bytes) =>
  tx.run('INSERT OR REPLACE INTO home_salt (idx, chain, salt) VALUES (?,?,?)', idx, chain, salt)

/** They go with the chain. */
export const forgetSalts = (tx: Tx, chain: string) => tx.run('DELETE FROM home_salt WHERE chain = ?', chain)

/** A statement of the log `origin` as it was adopted here: its place there, and `idx`, its place here. */
export type Lent = {
  readonly idx: number
  readonly home: number
  readonly chain: Handle
  readonly number: number
  readonly salt: Bytes
  readonly at: number
  readonly token: string
}

/** Those that stand there at index `from` or after, in the order of that log. */
export const lentFrom = (tx: Tx, origin: string, from: number, limit: number): Promise<Lent[]> =>
  tx.all(
    `SELECT a.idx, a.home AS home, a.chain, a.number, h.salt, s.at, s.token
     FROM adopted a JOIN statement s ON s.idx = a.idx JOIN home_salt h ON h.idx = a.idx
     WHERE a.origin = ? AND a.home >= ?
     UNION ALL SELECT m.idx, m.home, m.chain, m.number, m.salt, s.at, s.token
     FROM moved m JOIN statement s ON s.idx = m.idx WHERE m.origin = ? AND m.home >= ?
     ORDER BY home LIMIT ?`,
    ...[origin, from, origin, from, limit],
  ) as Promise<unknown> as Promise<Lent[]>

/** Digests of mirrored chains that were erased for good (J30), after one of them. */
export const goneForGood = async (tx: Tx, after: string, limit: number): Promise<string[]> =>
  (
    await tx.all<{ chain: string }>(
      'SELECT chain FROM gone WHERE chain > ? AND until >= ? ORDER BY chain LIMIT ?',
      ...[after, FOR_EVER, limit],
    )
  ).map((row) => row.chain)
