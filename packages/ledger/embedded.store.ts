/** The embedded engine's one file: blocks, state rows and signed headers. A block is in it whole or not at all. */
import { AppError, isAppError } from '@salus/base/errors'
import { openSqlite, type Row, type Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import type { Placed } from './contract.ts'
import type { LedgerCode } from './errors.ts'
import { frontierOf, frontierText, type Saved } from './snapshot.ts'
import type { Changes } from './state.ts'

/** A block as it lies in the file: the exact texts, nothing re-serialised. */
export type StoredBlock = {
  readonly height: number
  readonly time: number
  readonly header: string
  readonly txs: readonly string[]
}
/** A block with what it changes. */
export type NewBlock = StoredBlock & { readonly changes: Changes; readonly log: Saved['log'] }

/** What the engine asks of its file. */
export type LedgerStore = {
  genesis(): Promise<string | undefined>
  /** Does CometBFT order it now? */
  moved(): Promise<boolean>
  /** Writes the first state. */
  begin(genesis: string, saved: Saved): Promise<void>
  /** Everything the machine goes on from. */
  saved(): Promise<Saved>
  /** Durable when it resolves; throws when the height is taken, so two sequencers on one file cannot fork it. */
  append(block: NewBlock): Promise<void>
  /** Blocks of height `from` and above, in order. */
  blocks(from: number, limit: number): Promise<StoredBlock[]>
  find(digest: string): Promise<Placed | undefined>
  close(): Promise<void>
}

/**
 * `state` could be rebuilt from `txs`; it stands here so that opening does not replay years of blocks. `txs` has rowids: without them a
 * row of more than 1,002 bytes, as a head is, takes a page of 4 KiB for itself. Files begun before have it so, and work as they are.
 */
export const LEDGER_SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS blocks (height INTEGER PRIMARY KEY, time INTEGER NOT NULL, header TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS txs (
    height INTEGER NOT NULL REFERENCES blocks (height), place INTEGER NOT NULL, digest TEXT NOT NULL UNIQUE,
    tx TEXT NOT NULL, PRIMARY KEY (height, place)) STRICT;
  CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`

const SET_META = 'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value'
const SET_STATE = 'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value'

/** The row by which CometBFT says that it orders this file now: the embedded sequencer opens it no more. */
export const MOVED = 'comet'

export const readMeta = async (tx: Tx, name: string): Promise<string | undefined> =>
  (await tx.get<{ value: string }>('SELECT value FROM meta WHERE name = ?', name))?.value

export const setMeta = (tx: Tx, name: string, value: string): Promise<number> => tx.run(SET_META, name, value)

// In the order the machine changed them; the order does not matter, each key comes once.
export async function writeState(tx: Tx, changes: Iterable<readonly [string, string | null]>): Promise<void> {
  for (const [key, value] of changes) {
    if (value === null) await tx.run('DELETE FROM state WHERE key = ?', key)
    else await tx.run(SET_STATE, key, value)
  }
}

// The block row first: its height is the primary key, so a second sequencer fails before it writes anything.
export async function writeBlock(tx: Tx, { height, time, header, txs, changes, log }: NewBlock): Promise<void> {
  await tx.run('INSERT INTO blocks (height, time, header) VALUES (?, ?, ?)', height, time, header)
  for (const [place, text] of txs.entries()) {
    await tx.run('INSERT INTO txs (height, place, digest, tx) VALUES (?, ?, ?, ?)', height, place, digest(text), text)
  }
  await writeState(tx, changes)
  await setMeta(tx, 'log', frontierText(log))
}

// A frontier that does not parse is a damaged file, not bad input.
function orBroken<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw isAppError(error) ? new AppError<LedgerCode>('chain-broken') : error
  }
}

// One transaction reads all of it: rows, height and log are of the same block.
export async function readSaved(tx: Tx): Promise<Saved> {
  const last = await tx.get<Row>('SELECT height, time FROM blocks ORDER BY height DESC LIMIT 1')
  const log = await readMeta(tx, 'log')
  const rows = await tx.all<{ key: string; value: string }>('SELECT key, value FROM state')
  return {
    height: Number(last?.height ?? 0),
    time: Number(last?.time ?? 0),
    rows: rows.map(({ key, value }) => [key, value] as const),
    log: orBroken(() => frontierOf(log ?? '')),
  }
}

// By height, each with its transactions in their order.
export async function readBlocks(tx: Tx, from: number, limit: number): Promise<StoredBlock[]> {
  const found = await tx.all<{ height: number; time: number; header: string }>(
    'SELECT height, time, header FROM blocks WHERE height >= ? ORDER BY height LIMIT ?',
    from,
    limit,
  )
  const blocks: StoredBlock[] = []
  for (const { height, time, header } of found) {
    const txs = await tx.all<{ tx: string }>('SELECT tx FROM txs WHERE height = ? ORDER BY place', height)
    blocks.push({ height, time, header, txs: txs.map((row) => row.tx) })
  }
  return blocks
}

// A digest stands once: the same text has the same sequence number and is refused the second time (L3).
export async function findTx(tx: Tx, name: string): Promise<Placed | undefined> {
  const row = await tx.get<{ height: number; place: number; time: number }>(
    'SELECT height, place, time FROM txs JOIN blocks USING (height) WHERE digest = ?',
    name,
  )
  return row && { height: row.height, index: row.place, time: row.time, digest: name }
}

/** Opens (or creates) the file at `path`; synchronous=FULL, so what resolved survives kill -9 and power loss. */
export function openLedgerStore(path: string): LedgerStore {
  const sql = openSqlite(path, { durability: 'full', schema: LEDGER_SCHEMA, damaged: 'ledger-damaged' })
  return {
    genesis: () => sql.tx((tx) => readMeta(tx, 'genesis')),
    moved: () => sql.tx(async (tx) => (await readMeta(tx, MOVED)) !== undefined),
    begin: (genesis, saved) =>
      sql.tx(async (tx) => {
        await writeState(tx, saved.rows)
        await setMeta(tx, 'log', frontierText(saved.log))
        await tx.run('INSERT INTO meta (name, value) VALUES (?, ?)', 'genesis', genesis)
      }),
    saved: () => sql.tx(readSaved),
    append: (block) => sql.tx((tx) => writeBlock(tx, block)),
    blocks: (from, limit) => sql.tx((tx) => readBlocks(tx, from, limit)),
    find: (name) => sql.tx((tx) => findTx(tx, name)),
    close: () => sql.close(),
  }
}
