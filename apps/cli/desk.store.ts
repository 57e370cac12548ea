/**
 * What the desk's device keeps beside its keys: intake seeds until the claim, each sealed under the device's master key, and
 * which source record became which record, so that importing again makes no duplicate. Digests are keyed with the desk's
 * own secret: this file alone opens nothing and names nobody. With the folder's master.key beside it, it does.
 */
import type { Bytes } from '@salus/base/bytes'
import { openSqlite, type Sql } from '@salus/base/sqlite'
import type { SubmissionItem } from '@salus/journal/contract'
import type { Device } from './device.ts'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS person (handle TEXT PRIMARY KEY, seed TEXT) STRICT;
CREATE TABLE IF NOT EXISTS source (source TEXT PRIMARY KEY, handle TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS source_handle ON source (handle);
CREATE TABLE IF NOT EXISTS identifier (identifier TEXT PRIMARY KEY, handle TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS filed (source TEXT NOT NULL, handle TEXT NOT NULL, record TEXT NOT NULL, version INTEGER NOT NULL,
  statement TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (handle, source)) STRICT;
CREATE TABLE IF NOT EXISTS merged (merge TEXT PRIMARY KEY, source TEXT NOT NULL, target TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS moved (merge TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (merge, kind, key)) STRICT;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, items TEXT NOT NULL, filed TEXT NOT NULL) STRICT;
`

/** Somebody this desk registered. `source` and `identifiers` are keyed digests. */
export type Person = { handle: string; seed: Bytes; source: string; identifiers: readonly string[] }
export type Filed = {
  source: string
  handle: string
  record: string
  version: number
  statement: string
  digest: string
}

export type DeskStore = {
  handleBySource(source: string): Promise<string | undefined>
  /** Only identifiers that a clerk gave are kept: what a file says of itself matches nobody. */
  handleByIdentifier(identifier: string): Promise<string | undefined>
  /** From now on records of this source are this person's. */
  linkSource(source: string, handle: string): Promise<void>
  /** The intake seed; undefined once the record was claimed. */
  seedOf(handle: string): Promise<Bytes | undefined>
  /** Before anything is sent: a seed that is lost after publication locks the intake for ever. */
  addPerson(person: Person): Promise<void>
  dropSeed(handle: string): Promise<void>
  /** What imports filed under `from` goes to `into` from now on; kept, so that it can go back. */
  mergePeople(merge: string, from: string, into: string): Promise<void>
  /** The two handles of a merge that stands here. */
  mergeOf(merge: string): Promise<{ source: string; target: string } | undefined>
  merges(): Promise<{ merge: string; source: string; target: string }[]>
  unmergePeople(merge: string): Promise<void>
  forget(handle: string): Promise<void>
  filed(handle: string, source: string): Promise<Filed | undefined>
  file(all: readonly Filed[]): Promise<void>
  /** Kept before a batch is sent, so that a crash between sending and noting makes no duplicate. */
  keepOutbox(items: readonly SubmissionItem[], filed: readonly Filed[]): Promise<void>
  outbox(): Promise<{ items: SubmissionItem[]; filed: Filed[] } | undefined>
  clearOutbox(): Promise<void>
  close(): Promise<void>
}

type Row = <T>(text: string, ...values: string[]) => Promise<T | undefined>

/** Which person a source system's patient is, and what a merge of two moved. */
const identities = (sql: Sql, one: Row) => ({
  handleBySource: async (source: string) =>
    (await one<{ handle: string }>('SELECT handle FROM source WHERE source = ?', source))?.handle,
  handleByIdentifier: async (identifier: string) =>
    (await one<{ handle: string }>('SELECT handle FROM identifier WHERE identifier = ?', identifier))?.handle,
  linkSource: (source: string, handle: string) =>
    sql.tx(async (tx) => {
      await tx.run('INSERT OR REPLACE INTO source (source, handle) VALUES (?,?)', source, handle)
    }),
  mergePeople: (merge: string, from: string, into: string) =>
    sql.tx(async (tx) => {
      await tx.run('INSERT INTO merged (merge, source, target) VALUES (?,?,?)', merge, from, into)
      for (const kind of ['source', 'identifier'] as const) {
        await tx.run(
          `INSERT INTO moved (merge, kind, key) SELECT ?, '${kind}', ${kind} FROM ${kind} WHERE handle = ?`,
          ...[merge, from],
        )
        await tx.run(`UPDATE ${kind} SET handle = ? WHERE handle = ?`, into, from)
      }
    }),
  mergeOf: (merge: string) =>
    one<{ source: string; target: string }>('SELECT source, target FROM merged WHERE merge = ?', merge),
  merges: () => sql.tx((tx) => tx.all('SELECT merge, source, target FROM merged ORDER BY merge')) as Promise<never>,
  unmergePeople: (merge: string) =>
    sql.tx(async (tx) => {
      for (const kind of ['source', 'identifier'] as const) {
        await tx.run(
          `UPDATE ${kind} SET handle = (SELECT source FROM merged WHERE merge = ?)
           WHERE ${kind} IN (SELECT key FROM moved WHERE merge = ? AND kind = '${kind}')`,
          ...[merge, merge],
        )
      }
      await tx.run('DELETE FROM moved WHERE merge = ?', merge)
      await tx.run('DELETE FROM merged WHERE merge = ?', merge)
    }),
})

type Sealer = Pick<Device, 'seal' | 'open'>

/** People the desk registered, with the seeds of their intake keys, sealed. */
const people = (sql: Sql, one: Row, device: Sealer) => ({
  async seedOf(handle: string) {
    const row = await one<{ seed: string | null }>('SELECT seed FROM person WHERE handle = ?', handle)
    return row?.seed ? device.open(row.seed) : undefined
  },
  async addPerson({ handle, seed, source, identifiers }: Parameters<DeskStore['addPerson']>[0]) {
    const sealed = await device.seal(seed)
    await sql.tx(async (tx) => {
      await tx.run('INSERT INTO person (handle, seed) VALUES (?,?)', handle, sealed)
      await tx.run('INSERT OR REPLACE INTO source (source, handle) VALUES (?,?)', source, handle)
      for (const identifier of identifiers)
        await tx.run('INSERT OR REPLACE INTO identifier (identifier, handle) VALUES (?,?)', identifier, handle)
    })
  },
  dropSeed: (handle: string) =>
    sql.tx(async (tx) => {
      await tx.run('UPDATE person SET seed = NULL WHERE handle = ?', handle)
    }),
  async forget(handle: string) {
    await sql.tx(async (tx) => {
      for (const table of ['person', 'source', 'identifier', 'filed'])
        await tx.run(`DELETE FROM ${table} WHERE handle = ?`, handle)
      await tx.run(
        'DELETE FROM moved WHERE merge IN (SELECT merge FROM merged WHERE source = ? OR target = ?)',
        ...[handle, handle],
      )
      await tx.run('DELETE FROM merged WHERE source = ? OR target = ?', handle, handle)
    })
    await sql.settle()
  },
})

/** What was filed already, and what is on its way and not yet known to have arrived. */
const filings = (sql: Sql, one: Row) => ({
  filed: (handle: string, source: string) =>
    one<Filed>('SELECT * FROM filed WHERE handle = ? AND source = ?', handle, source),
  file: (all: readonly Filed[]) =>
    sql.tx(async (tx) => {
      for (const f of all) {
        await tx.run(
          'INSERT OR REPLACE INTO filed (source, handle, record, version, statement, digest) VALUES (?,?,?,?,?,?)',
          ...[f.source, f.handle, f.record, f.version, f.statement, f.digest],
        )
      }
    }),
  keepOutbox: (items: Parameters<DeskStore['keepOutbox']>[0], filed: readonly Filed[]) =>
    sql.tx(async (tx) => {
      await tx.run('DELETE FROM outbox')
      await tx.run(
        'INSERT INTO outbox (id, items, filed) VALUES (1,?,?)',
        ...[JSON.stringify(items), JSON.stringify(filed)],
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
})

export function openDeskStore({ store, device }: { store: string; device: Sealer }): DeskStore {
  const sql: Sql = openSqlite(store, { durability: 'full', schema: SCHEMA })
  const one: Row = (text, ...values) => sql.tx((tx) => tx.get(text, ...values)) as Promise<never>
  return { ...identities(sql, one), ...people(sql, one, device), ...filings(sql, one), close: () => sql.close() }
}
