/**
 * The async SQL port and its SQLite engine (node face). SQL text itself stands only in `*.store.ts` files.
 * Why here: journal and ledger both rest on it and may import nothing else (docs/decisions/0002).
 */
import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { AppError } from './errors.ts'

export type SqlValue = null | number | bigint | string | Uint8Array
export type Row = Record<string, SqlValue>

/** What a store may do inside one transaction. Async by shape, so that PostgreSQL fits behind it. */
export interface Tx {
  run(sql: string, ...values: SqlValue[]): Promise<number>
  get<R extends Row = Row>(sql: string, ...values: SqlValue[]): Promise<R | undefined>
  all<R extends Row = Row>(sql: string, ...values: SqlValue[]): Promise<R[]>
  /** A part that may fail alone: when `fn` throws, only what it wrote is rolled back (SAVEPOINT). */
  nested<T>(fn: () => Promise<T>): Promise<T>
}

/** One database: transactions run one after another; `fn` throwing rolls everything back. */
export interface Sql {
  tx<T>(fn: (tx: Tx) => Promise<T>): Promise<T>
  /** Moves every committed page out of the write-ahead log and cuts the log to nothing (erasure needs it). */
  settle(): Promise<void>
  close(): Promise<void>
}

export type SqliteOptions = {
  /** `full`: durable when `tx` returns. `off`: for views, which can be rebuilt. */
  durability: 'full' | 'off'
  schema: string
  /** Code of the AppError that a damaged file gives, so that it is known which; SQLite's own error when not given. */
  damaged?: string
}

/** SQLite's primary result codes for bytes that are no database any more: SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGE: ReadonlySet<number> = new Set([11, 26])
/** SQLITE_IOERR_SHORT_READ: the file ends before a page that it says it has. Other I/O errors are the disk's, not the file's. */
const SHORT_READ = 522

/** Does this error of `node:sqlite` say that the file itself is damaged? */
export function isDamage(error: unknown): boolean {
  const { errcode = 0, code } = (error ?? {}) as { errcode?: number; code?: string }
  // A whole number beyond 2^53 in a column read as one: nobody here wrote that.
  return DAMAGE.has(errcode & 0xff) || errcode === SHORT_READ || code === 'ERR_OUT_OF_RANGE'
}

/** Pages in the write-ahead log before SQLite moves them on: many rows fall on the same pages, which are then moved once. */
const CHECKPOINT_PAGES = 4_000

/**
 * Opens (or creates) the SQLite file at `path` (`:memory:` for tests); deleted content is overwritten with zeros. A durable
 * commit is flushed off the main thread (docs/decisions/0016): others are answered meanwhile, the next transaction waits.
 */
export function openSqlite(path: string, options: SqliteOptions): Sql {
  const named = (error: unknown): unknown =>
    options.damaged !== undefined && isDamage(error) ? new AppError(options.damaged, {}, { cause: error }) : error
  let db: DatabaseSync
  let log: WriteAheadLog
  try {
    db = openWith(path, options)
    log = openLog(db, path, options)
  } catch (error) {
    throw named(error)
  }
  const prepare = createPrepare(db)
  const tx = createTx(db, prepare, log)
  const queue = createQueue(named)
  return {
    tx: (fn) => queue(() => transact(db, prepare, log, () => fn(tx))),
    settle: () =>
      queue(async () => {
        const row = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number } | undefined
        // Another reader holds old pages: erased content would stay in the log, so this must not pass for settled.
        if (row?.busy) throw new Error('the write-ahead log is in use and was not cut')
      }),
    close: () =>
      queue(async () => {
        prepare.clear()
        log.close()
        db.close()
      }),
  }
}

function openWith(path: string, { durability, schema }: SqliteOptions): DatabaseSync {
  const db = new DatabaseSync(path)
  try {
    // NORMAL flushes around a checkpoint only; what a commit owes the disk is the write-ahead log's, below.
    db.exec(
      `PRAGMA journal_mode=WAL; PRAGMA synchronous=${durability === 'full' ? 'NORMAL' : 'OFF'};
       PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000; PRAGMA cache_size=-16000;
       PRAGMA wal_autocheckpoint=${CHECKPOINT_PAGES};`,
    )
    // A read, whatever the schema: SQLite makes the write-ahead log's file when it first looks into a database.
    db.exec(`${schema}; SELECT 1 FROM sqlite_schema LIMIT 1;`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** The file in which a commit stands first. */
type WriteAheadLog = {
  /** Somebody writes: there will be something to flush. */
  written(): void
  /** Resolves when every commit so far is on the disk; at once when nobody wrote. After a failure nobody knows what is: it fails for good. */
  flush(): Promise<void>
  /** Throws what `flush` failed with. */
  check(): void
  close(): void
}

const noLog: WriteAheadLog = { written: () => {}, flush: async () => {}, check: () => {}, close: () => {} }

function openLog(db: DatabaseSync, path: string, { durability }: SqliteOptions): WriteAheadLog {
  if (durability === 'off' || path === ':memory:') return noLog
  let file: number
  try {
    // A process before this one may have left a commit that was never flushed: it goes to the disk before anybody relies on it.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    file = openSync(`${path}-wal`, 'r')
    // Its name too must outlive a power cut.
    syncFolder(dirname(path))
  } catch (error) {
    db.close()
    throw error
  }
  let failure: { readonly cause: unknown } | undefined
  let owed = false
  return {
    written() {
      owed = true
    },
    async flush() {
      if (!owed) return
      await new Promise<void>((resolve, reject) => {
        fdatasync(file, (cause) => {
          if (!cause) return resolve()
          // The system forgets what it could not write, and a second flush would succeed (fsync(2), errors).
          failure = { cause }
          reject(cause)
        })
      })
      owed = false
    },
    check() {
      if (failure) throw failure.cause
    },
    close: () => closeSync(file),
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

type Prepare = { (sql: string): StatementSync; clear(): void }

function createPrepare(db: DatabaseSync): Prepare {
  const prepared = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    let statement = prepared.get(sql)
    if (!statement) {
      statement = db.prepare(sql)
      prepared.set(sql, statement)
    }
    return statement
  }
  return Object.assign(prepare, { clear: () => prepared.clear() })
}

const createTx = (db: DatabaseSync, prepare: Prepare, log: WriteAheadLog): Tx => ({
  run: async (sql, ...values) => {
    log.written()
    return Number(prepare(sql).run(...(values as SQLInputValue[])).changes)
  },
  get: async <R extends Row>(sql: string, ...values: SqlValue[]) =>
    prepare(sql).get(...(values as SQLInputValue[])) as R | undefined,
  all: async <R extends Row>(sql: string, ...values: SqlValue[]) =>
    prepare(sql).all(...(values as SQLInputValue[])) as R[],
  nested: async (fn) => {
    prepare('SAVEPOINT part').run()
    try {
      const result = await fn()
      prepare('RELEASE part').run()
      return result
    } catch (error) {
      // A full disk has ended the whole transaction: there is no part to go back to, and the reason must not be lost.
      if (db.isTransaction) {
        prepare('ROLLBACK TO part').run()
        prepare('RELEASE part').run()
      }
      throw error
    }
  },
})

/** One piece of work after another; what one throws is named and harms no other. */
function createQueue(named: (error: unknown) => unknown): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = tail.then(work).catch((error) => {
      throw named(error)
    })
    tail = next.catch(() => undefined)
    return next
  }
}

/** `work` between BEGIN and COMMIT; what it changed is on the disk when this resolves. */
async function transact<T>(db: DatabaseSync, prepare: Prepare, log: WriteAheadLog, work: () => Promise<T>): Promise<T> {
  log.check()
  prepare('BEGIN IMMEDIATE').run()
  let result: T
  try {
    result = await work()
    prepare('COMMIT').run()
  } catch (error) {
    // A full disk may have ended the transaction already: then there is nothing left to roll back.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
  await log.flush()
  return result
}

/**
 * Copies the database at `from` into a new file at `to`, as it is at one moment, whoever writes to it meanwhile; on disk when it
 * returns. Rows that were deleted do not come along.
 */
export function copySqlite(from: string, to: string): void {
  const db = new DatabaseSync(from)
  try {
    // The copy too must leave nothing behind where its rows were moved: what is erased from it later would still lie there.
    db.exec('PRAGMA busy_timeout=5000; PRAGMA secure_delete=ON')
    db.prepare('VACUUM INTO ?').run(to)
  } finally {
    db.close()
  }
  const file = openSync(to, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Does SQLite find the file's structure whole, tables and indexes alike? Reads every page; changes nothing. */
export function isWhole(path: string): boolean {
  try {
    const db = new DatabaseSync(path, { readOnly: true })
    try {
      const rows = db.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[]
      return rows[0]?.integrity_check === 'ok'
    } finally {
      db.close()
    }
  } catch (error) {
    if (isDamage(error)) return false
    throw error
  }
}
