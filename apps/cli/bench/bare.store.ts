/** What an append cannot do without: the rows of the sample slice's journal, in the same groups, with the same flush. */
import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

const SOURCES = `
CREATE TABLE leaf (idx INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT;
CREATE TABLE statement (
  idx INTEGER PRIMARY KEY, iss TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, token TEXT NOT NULL,
  chain TEXT NOT NULL, number INTEGER NOT NULL, previous BLOB NOT NULL, salt BLOB NOT NULL, at INTEGER NOT NULL,
  UNIQUE (iss, id)) STRICT;
CREATE UNIQUE INDEX statement_chain ON statement (chain, number);
`
const VIEWS = `
CREATE TABLE note (idx INTEGER PRIMARY KEY, chain TEXT NOT NULL, number INTEGER NOT NULL, words TEXT NOT NULL) STRICT;
`

/** Same pragmas as base/sqlite.ts, but for who flushes: SQLite itself, in COMMIT. */
function open(path: string, synchronous: 'FULL' | 'OFF', schema: string): DatabaseSync {
  const db = new DatabaseSync(path)
  db.exec(
    `PRAGMA journal_mode=WAL; PRAGMA synchronous=${synchronous}; PRAGMA secure_delete=ON; PRAGMA cache_size=-16000;
     PRAGMA wal_autocheckpoint=4000; ${schema}`,
  )
  return db
}

export type BareEntry = { readonly token: string; readonly salt: Uint8Array; readonly entry: Uint8Array }

export type Bare = ReturnType<typeof openBare>

/** Writes groups of entries; each is on disk when `write` returns. */
export function openBare(path: string) {
  const sources = open(`${path}-sources.db`, 'FULL', SOURCES)
  const views = open(`${path}-views.db`, 'OFF', VIEWS)
  const leaf = sources.prepare('INSERT INTO leaf (idx, entry) VALUES (?, ?)')
  const statement = sources.prepare(
    'INSERT INTO statement (idx, iss, id, type, token, chain, number, previous, salt, at) VALUES (?,?,?,?,?,?,?,?,?,?)',
  )
  const note = views.prepare('INSERT INTO note (idx, chain, number, words) VALUES (?,?,?,?)')
  const zero = new Uint8Array(32)
  let next = 0
  return {
    write(group: readonly BareEntry[], words: string): void {
      sources.exec('BEGIN IMMEDIATE')
      views.exec('BEGIN IMMEDIATE')
      for (const [lane, { token, salt, entry }] of group.entries()) {
        const idx = next++
        leaf.run(idx, entry)
        const chain = `chain-${lane}`
        const id = randomBytes(16).toString('base64url')
        statement.run(idx, chain, id, 'SampleWritten', token, chain, idx, zero, salt, 1_700_000_000)
        note.run(idx, chain, idx, words)
      }
      sources.exec('COMMIT')
      views.exec('COMMIT')
    },
    close(): void {
      sources.close()
      views.close()
    },
  }
}
