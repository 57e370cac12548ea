/** For tests: view tables of the sample slice. */
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'

export const SAMPLE_VIEWS = `
CREATE TABLE IF NOT EXISTS sample_person (handle TEXT PRIMARY KEY, device TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sample_note (idx INTEGER PRIMARY KEY, chain TEXT NOT NULL, number INTEGER NOT NULL,
  words TEXT NOT NULL, packets TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
`

/** The device key that speaks for a sample person now. */
export async function deviceOf(v: Tx, handle: string): Promise<string | undefined> {
  return (await v.get<{ device: string }>('SELECT device FROM sample_person WHERE handle = ?', handle))?.device
}

export async function saveDevice(v: Tx, handle: Handle, device: string): Promise<void> {
  await v.run('INSERT OR REPLACE INTO sample_person (handle, device) VALUES (?, ?)', handle, device)
}

export type SampleNote = { idx: number; chain: Handle; number: number; words: string; packets: string; at: number }

export async function saveNote(v: Tx, { idx, chain, number, words, packets, at }: SampleNote): Promise<void> {
  await v.run(
    'INSERT INTO sample_note (idx, chain, number, words, packets, at) VALUES (?,?,?,?,?,?)',
    ...[idx, chain, number, words, packets, at],
  )
}

export async function forgetSample(v: Tx, handle: Handle): Promise<void> {
  await v.run('DELETE FROM sample_note WHERE chain = ?', handle)
  await v.run('DELETE FROM sample_person WHERE handle = ?', handle)
}

/** Every row of every table, table by table, in a stable order: two files with the same dump hold the same. */
export async function dumpTables(tx: Tx): Promise<Record<string, unknown[]>> {
  const tables = await tx.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name",
  )
  const dump: Record<string, unknown[]> = {}
  for (const { name } of tables) dump[name] = await tx.all(`SELECT * FROM "${name}" ORDER BY 1, 2`)
  return dump
}

/** Caps the file at the pages it has and `more`, as a full disk would. */
export async function capPages(tx: Tx, more: number): Promise<void> {
  const row = await tx.get<{ page_count: number }>('PRAGMA page_count')
  await tx.get(`PRAGMA max_page_count = ${(row?.page_count ?? 0) + more}`)
}

/** Damages a stored tile: its first hash loses a bit. */
export async function damageTile(tx: Tx, level: number, n: number): Promise<void> {
  const row = await tx.get<{ hashes: Uint8Array }>('SELECT hashes FROM tile WHERE level = ? AND n = ?', level, n)
  const hashes = Uint8Array.from(row?.hashes ?? [])
  hashes[0] = (hashes[0] ?? 0) ^ 1
  await tx.run('UPDATE tile SET hashes = ? WHERE level = ? AND n = ?', hashes, level, n)
}

/** Damages a stored entry. */
export async function damageLeaf(tx: Tx, idx: number): Promise<void> {
  await tx.run('UPDATE leaf SET entry = zeroblob(32) WHERE idx = ?', idx)
}

/** Leaves the leaf alone, as an erasure does. */
export async function forgetStatement(tx: Tx, idx: number): Promise<void> {
  await tx.run('DELETE FROM statement WHERE idx = ?', idx)
}

/** Every note, by its number. */
export const notesIn = (v: Tx) =>
  v.all<{ number: number; words: string }>('SELECT number, words FROM sample_note ORDER BY number, words')
