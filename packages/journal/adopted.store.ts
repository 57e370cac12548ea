/**
 * What the sources know of statements whose home is another log (decision 0020): where each stands there, what was ended before
 * its turn had come, and erasures that others have not fetched yet.
 */
import type { Bytes } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Handle, StatementId } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import type { JournalCode } from './contract.ts'
import { CHAIN_START } from './entry.ts'
import { forgetSalts, saveSalt } from './mirror.store.ts'
import { forgetMoved, lastMoved, lastOwn, lastStay, movedAt } from './moved.store.ts'

export const ADOPTED_SCHEMA = `
CREATE TABLE IF NOT EXISTS adopted (
  idx INTEGER PRIMARY KEY, origin TEXT NOT NULL, home INTEGER NOT NULL, chain TEXT NOT NULL, number INTEGER NOT NULL,
  entry BLOB NOT NULL, late INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS adopted_chain ON adopted (chain, number);
CREATE INDEX IF NOT EXISTS adopted_home ON adopted (origin, home);
CREATE TABLE IF NOT EXISTS pulled (origin TEXT PRIMARY KEY, position INTEGER NOT NULL, within INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS held (origin TEXT NOT NULL, chain TEXT NOT NULL, home INTEGER NOT NULL, within INTEGER NOT NULL,
  code TEXT NOT NULL, PRIMARY KEY (origin, chain)) STRICT;
CREATE TABLE IF NOT EXISTS shared (peer TEXT NOT NULL, chain TEXT NOT NULL, PRIMARY KEY (chain, peer)) STRICT;
CREATE TABLE IF NOT EXISTS departed (
  idx INTEGER PRIMARY KEY, id TEXT NOT NULL, iss TEXT NOT NULL, token TEXT NOT NULL, type TEXT NOT NULL, chain TEXT NOT NULL,
  number INTEGER NOT NULL, previous BLOB NOT NULL, salt BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS owed (peer TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (peer, idx)) STRICT;
CREATE TABLE IF NOT EXISTS stop (id TEXT NOT NULL, chain TEXT NOT NULL, PRIMARY KEY (chain, id)) STRICT;
`

/** A statement's place at its home: index in that log, number in the chain there, entry there. */
export type Home = {
  readonly origin: string
  readonly home: number
  readonly number: number
  readonly entry: Bytes
  /** 1: it stood here first (a read made here, what a device brought itself), and its place at home came later. */
  readonly late: number
}

const COLUMNS = 'origin, home, number, entry, late'

const NEWEST = 'ORDER BY number DESC LIMIT 1'

/** Newest entry of a chain that stands in the log `origin`, as far as is known here. */
async function newestIn(tx: Tx, chain: string, origin: string): Promise<Home> {
  const sql = `SELECT ${COLUMNS} FROM adopted WHERE chain = ? AND origin = ? ${NEWEST}`
  const placed = (await tx.get(sql, chain, origin)) as Home | undefined
  const moved = await lastMoved(tx, chain, origin)
  const newest = moved && moved.number > (placed?.number ?? 0) ? moved : placed
  return newest ?? { origin, home: -1, number: 0, entry: CHAIN_START, late: 0 }
}

/** Where a chain is at home, with its newest entry adopted; undefined where this is its home, or it is unknown. */
export async function homeOf(tx: Tx, chain: string): Promise<Home | undefined> {
  const stay = await lastStay(tx, chain)
  if (stay) return stay.origin === '' ? undefined : newestIn(tx, chain, stay.origin)
  return (await tx.get(`SELECT ${COLUMNS} FROM adopted WHERE chain = ? ${NEWEST}`, chain)) as Home | undefined
}

/** The newest of a chain that was adopted from the log `origin`. */
export async function newestFrom(tx: Tx, chain: string, { origin, number }: Home) {
  const sql = `SELECT s.type, s.token FROM adopted a JOIN statement s ON s.idx = a.idx
    WHERE a.chain = ? AND a.origin = ? AND a.number = ?`
  return tx.get<{ type: string; token: string }>(sql, chain, origin, number)
}

/** How far a chain was adopted from the log `origin`: a number there; none while it is on its way there, as its first entry says how it came. */
export async function adoptedTo(tx: Tx, chain: string, origin: string): Promise<number> {
  const stay = await lastStay(tx, chain)
  return stay?.origin === origin && stay.since === null ? 0 : (await newestIn(tx, chain, origin)).number
}

/** The place at home of the statement at `idx` here. */
export const placeAt = (tx: Tx, idx: number): Promise<Home | undefined> =>
  tx.get(`SELECT ${COLUMNS} FROM adopted WHERE idx = ?`, idx) as Promise<unknown> as Promise<Home | undefined>

/** Every place of it in another log: at home, and in the logs that the home moved to. */
export const placesAt = async (tx: Tx, idx: number): Promise<Omit<Home, 'number' | 'entry'>[]> => [
  ...[await placeAt(tx, idx)].flatMap((one) => one ?? []),
  ...(await movedAt(tx, idx)),
]

/** Where it stands in the log `origin`, at home there or moved there since. */
export async function placeIn(tx: Tx, idx: number, origin: string): Promise<Omit<Home, 'late'> | undefined> {
  const place = await placeAt(tx, idx)
  if (place?.origin === origin) return place
  return (await movedAt(tx, idx)).find((one) => one.origin === origin)
}

/** Index here of what stands at `home` in the log `origin`. */
export async function indexOf(tx: Tx, origin: string, home: number): Promise<number | undefined> {
  const find = (table: 'adopted' | 'moved') =>
    tx.get<{ idx: number }>(`SELECT idx FROM ${table} WHERE origin = ? AND home = ?`, origin, home)
  return ((await find('adopted')) ?? (await find('moved')))?.idx
}

/** The same with the salt its entry there was made under (J33). */
export type Placed = Home & { readonly salt: Bytes }

/** Writes down where the statement at `idx` stands at home: in one place, and nothing else there. */
export async function savePlace(tx: Tx, idx: number, chain: Handle, p: Placed): Promise<void> {
  const taken = 'SELECT 1 FROM adopted WHERE (chain = ? AND number = ?) OR idx = ?'
  if (await tx.get(taken, chain, p.number, idx)) throw new AppError<JournalCode>('home-gap')
  await tx.run(
    'INSERT INTO adopted (idx, origin, home, chain, number, entry, late) VALUES (?,?,?,?,?,?,?)',
    ...[idx, p.origin, p.home, chain, p.number, p.entry, p.late],
  )
  await saveSalt(tx, idx, chain, p.salt)
}

/** From now on `peer` mirrors these chains: it will be told when they are erased. */
export async function saveShared(tx: Tx, peer: string, chains: Iterable<string>): Promise<void> {
  // Of a chain whose home was never here nobody is told from here; of one that left, whoever had it from here may have it from nobody else.
  for (const chain of chains)
    if (!(await homeOf(tx, chain)) || (await lastOwn(tx, chain)))
      await tx.run('INSERT OR IGNORE INTO shared (peer, chain) VALUES (?, ?)', peer, chain)
}

/** The logs of the nodes that were handed something of a chain whose home is here. */
export const sharedWith = async (tx: Tx, chain: string): Promise<string[]> =>
  (await tx.all<{ peer: string }>('SELECT peer FROM shared WHERE chain = ? ORDER BY peer', chain)).map(
    (row) => row.peer,
  )

/**
 * J30 A chain goes that others mirror: what erased it, its last statement, stays until each of them has it. Nobody mirrors it: nothing
 * stays.
 */
export async function keepDeparted(tx: Tx, chain: string): Promise<void> {
  const last = '(SELECT max(idx) FROM statement WHERE chain = ?)'
  const columns = 'idx, id, iss, token, type, chain, number, previous, salt, at'
  await tx.run(
    `INSERT OR IGNORE INTO departed (${columns}) SELECT ${columns} FROM statement
     WHERE idx = ${last} AND EXISTS (SELECT 1 FROM shared WHERE chain = ?)`,
    ...[chain, chain],
  )
  await tx.run(`INSERT OR IGNORE INTO owed (peer, idx) SELECT peer, ${last} FROM shared WHERE chain = ?`, chain, chain)
  await tx.run('DELETE FROM shared WHERE chain = ?', chain)
}

type Departed = {
  readonly idx: number
  readonly id: StatementId
  readonly iss: string
  readonly token: string
  readonly type: string
  readonly chain: Handle
  readonly number: number
  readonly previous: Bytes
  readonly salt: Bytes
  readonly at: number
}

/** What erased chains that `peer` mirrors, from index `from` on. */
export const departedFor = (tx: Tx, peer: string, from: number): Promise<Departed[]> =>
  tx.all(
    'SELECT d.* FROM departed d JOIN owed o ON o.idx = d.idx WHERE o.peer = ? AND d.idx >= ? ORDER BY d.idx',
    ...[peer, from],
  ) as Promise<unknown> as Promise<Departed[]>

/** The one at an index of the log, while somebody has yet to be told. */
export const departedAt = (tx: Tx, idx: number): Promise<Departed | undefined> =>
  tx.get('SELECT * FROM departed WHERE idx = ?', idx) as Promise<unknown> as Promise<Departed | undefined>

/** `peer` has everything before `before`: what nobody waits for any more is gone. How much went? */
export async function paidUp(tx: Tx, peer: string, before: number): Promise<number> {
  if ((await tx.run('DELETE FROM owed WHERE peer = ? AND idx < ?', peer, before)) === 0) return 0
  return tx.run('DELETE FROM departed WHERE idx NOT IN (SELECT idx FROM owed)')
}

/** How far `origin` was pulled: the place in its log, and in the chain that is given there from its beginning. */
export type Cursor = { readonly after: number; readonly within: number }

export const cursorOf = async (tx: Tx, origin: string): Promise<Cursor> =>
  ((await tx.get('SELECT position AS after, within FROM pulled WHERE origin = ?', origin)) as Cursor | undefined) ?? {
    after: 0,
    within: 0,
  }

export const saveCursor = (tx: Tx, origin: string, { after, within }: Cursor) =>
  tx.run('INSERT OR REPLACE INTO pulled (origin, position, within) VALUES (?,?,?)', origin, after, within)

/** A chain whose next entry a rule refused: that entry's index at home, the number before it, why. */
export type Held = {
  readonly origin: string
  readonly chain: Handle
  readonly home: number
  readonly within: number
  readonly code: string
}

export const heldChains = (tx: Tx): Promise<Held[]> =>
  tx.all('SELECT origin, chain, home, within, code FROM held ORDER BY origin, home') as Promise<unknown> as Promise<
    Held[]
  >

/** Is the chain held back, as that log gives it? */
export const isHeld = async (tx: Tx, origin: string, chain: string): Promise<boolean> =>
  (await tx.get('SELECT 1 FROM held WHERE origin = ? AND chain = ?', origin, chain)) !== undefined

export const saveHeld = (tx: Tx, { origin, chain, home, within, code }: Held) =>
  tx.run(
    'INSERT OR REPLACE INTO held (origin, chain, home, within, code) VALUES (?,?,?,?,?)',
    ...[origin, chain, home, within, code],
  )

export const dropHeld = (tx: Tx, origin: string, chain: string) =>
  tx.run('DELETE FROM held WHERE origin = ? AND chain = ?', origin, chain)

/** What this chain's erasure takes along. */
export async function forgetAdopted(tx: Tx, chain: string): Promise<void> {
  await tx.run('DELETE FROM adopted WHERE chain = ?', chain)
  await tx.run('DELETE FROM held WHERE chain = ?', chain)
  await tx.run('DELETE FROM stop WHERE chain = ?', chain)
  await forgetMoved(tx, chain)
  await forgetSalts(tx, chain)
}

/** Ends `ids` here, whatever of them has come or is still to come. */
export async function saveStops(tx: Tx, chain: Handle, ids: readonly string[]): Promise<void> {
  for (const id of ids) await tx.run('INSERT OR IGNORE INTO stop (id, chain) VALUES (?, ?)', id, chain)
}

/** Everything that was ended so: the chain and the id. */
export const stops = async (tx: Tx): Promise<string[]> =>
  (await tx.all<{ id: string; chain: string }>('SELECT id, chain FROM stop')).map((row) => `${row.chain} ${row.id}`)
