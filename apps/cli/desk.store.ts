/**
 * What the desk's device keeps beside its keys: intake seeds until the claim, and which source record became which record,
 * so that importing again makes no duplicate. Digests are keyed with the desk's own secret: the file alone tells nothing.
 */
import { openSqlite, type Sql } from '@salus/base/sqlite'
import type { SubmissionItem } from '@salus/journal/contract'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS person (source TEXT PRIMARY KEY, handle TEXT NOT NULL, seed TEXT) STRICT;
CREATE INDEX IF NOT EXISTS person_handle ON person (handle);
CREATE TABLE IF NOT EXISTS filed (source TEXT NOT NULL, handle TEXT NOT NULL, record TEXT NOT NULL, version INTEGER NOT NULL,
  statement TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (handle, source)) STRICT;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, items TEXT NOT NULL, filed TEXT NOT NULL) STRICT;
`

export type Person = { source: string; handle: string; seed: string | null }
export type Filed = {
  source: string
  handle: string
  record: string
  version: number
  statement: string
  digest: string
}

export type DeskStore = {
  personBySource(source: string): Promise<Person | undefined>
  personByHandle(handle: string): Promise<Person | undefined>
  /** Before anything is sent: a seed that is lost after publication locks the intake for ever. */
  addPerson(person: Person): Promise<void>
  dropSeed(handle: string): Promise<void>
  forget(handle: string): Promise<void>
  filed(handle: string, source: string): Promise<Filed | undefined>
  file(all: readonly Filed[]): Promise<void>
  /** Kept before a batch is sent, so that a crash between sending and noting makes no duplicate. */
  keepOutbox(items: readonly SubmissionItem[], filed: readonly Filed[]): Promise<void>
  outbox(): Promise<{ items: SubmissionItem[]; filed: Filed[] } | undefined>
  clearOutbox(): Promise<void>
  close(): Promise<void>
}

export function openDeskStore(path: string): DeskStore {
  const sql: Sql = openSqlite(path, { durability: 'full', schema: SCHEMA })
  const one = <T>(text: string, ...values: string[]) =>
    sql.tx((tx) => tx.get(text, ...values)) as Promise<unknown> as Promise<T | undefined>
  return {
    personBySource: (source) => one<Person>('SELECT * FROM person WHERE source = ?', source),
    personByHandle: (handle) => one<Person>('SELECT * FROM person WHERE handle = ?', handle),
    addPerson: (p) =>
      sql.tx(async (tx) => {
        await tx.run('INSERT OR REPLACE INTO person (source, handle, seed) VALUES (?,?,?)', p.source, p.handle, p.seed)
      }),
    dropSeed: (handle) =>
      sql.tx(async (tx) => {
        await tx.run('UPDATE person SET seed = NULL WHERE handle = ?', handle)
      }),
    async forget(handle) {
      await sql.tx(async (tx) => {
        await tx.run('DELETE FROM person WHERE handle = ?', handle)
        await tx.run('DELETE FROM filed WHERE handle = ?', handle)
      })
      await sql.settle()
    },
    filed: (handle, source) => one<Filed>('SELECT * FROM filed WHERE handle = ? AND source = ?', handle, source),
    file: (all) =>
      sql.tx(async (tx) => {
        for (const f of all) {
          await tx.run(
            'INSERT OR REPLACE INTO filed (source, handle, record, version, statement, digest) VALUES (?,?,?,?,?,?)',
            ...[f.source, f.handle, f.record, f.version, f.statement, f.digest],
          )
        }
      }),
    keepOutbox: (items, filed) =>
      sql.tx(async (tx) => {
        await tx.run('DELETE FROM outbox')
        await tx.run(
          'INSERT INTO outbox (id, items, filed) VALUES (1,?,?)',
          JSON.stringify(items),
          JSON.stringify(filed),
        )
      }),
    async outbox() {
      const row = await one<{ items: string; filed: string }>('SELECT items, filed FROM outbox')
      return row && { items: JSON.parse(row.items), filed: JSON.parse(row.filed) }
    },
    clearOutbox: () =>
      sql.tx(async (tx) => {
        await tx.run('DELETE FROM outbox')
      }),
    close: () => sql.close(),
  }
}
