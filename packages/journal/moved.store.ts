/**
 * Chains whose home has changed (J34): which log was their home from which number on, by which statements, and where what came
 * before stands in the log that is their home now.
 */
import type { Bytes } from '@salus/base/bytes'
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import type { Move } from './contract.ts'

export const MOVED_SCHEMA = `
CREATE TABLE IF NOT EXISTS stay (
  chain TEXT NOT NULL, number INTEGER NOT NULL, origin TEXT NOT NULL, moves TEXT NOT NULL, since INTEGER,
  PRIMARY KEY (chain, number)) STRICT;
CREATE TABLE IF NOT EXISTS moved (
  origin TEXT NOT NULL, home INTEGER NOT NULL, idx INTEGER NOT NULL, chain TEXT NOT NULL, number INTEGER NOT NULL,
  entry BLOB NOT NULL, salt BLOB NOT NULL, shown INTEGER, late INTEGER NOT NULL, PRIMARY KEY (origin, home)) STRICT;
CREATE INDEX IF NOT EXISTS moved_chain ON moved (chain, origin, number);
CREATE INDEX IF NOT EXISTS moved_idx ON moved (idx);
`

/** From number `number` of this log's chain on, `origin` is its home; '' where that is this log. */
export type Stay = {
  readonly number: number
  readonly origin: string
  /** How it came there from its first home, each with its receipt; one less where the newest is still on its way. */
  readonly moves: readonly Move[]
  /** Number of the newest of them at that home: what stands there before it came from an earlier one. */
  readonly since: number | null
}

type Row = Omit<Stay, 'moves'> & { readonly moves: string }
const stayOf = ({ moves, ...row }: Row): Stay => ({ ...row, moves: JSON.parse(moves) as Move[] })
const STAY = 'SELECT number, origin, moves, since FROM stay WHERE chain = ? ORDER BY number'

/** Where its home went, in order; none where it never moved. */
export const staysOf = async (tx: Tx, chain: string): Promise<Stay[]> => (await tx.all<Row>(STAY, chain)).map(stayOf)

/** Where it is now. */
export async function lastStay(tx: Tx, chain: string): Promise<Stay | undefined> {
  const row = await tx.get<Row>(`${STAY} DESC LIMIT 1`, chain)
  return row && stayOf(row)
}

export const saveStay = (tx: Tx, chain: string, { number, origin, moves, since }: Stay) =>
  tx.run(
    'INSERT OR REPLACE INTO stay (chain, number, origin, moves, since) VALUES (?,?,?,?,?)',
    ...[chain, number, origin, JSON.stringify(moves), since],
  )

/** Where a statement stands in a later home's log. */
export type Moved = {
  readonly origin: string
  readonly home: number
  readonly number: number
  readonly entry: Bytes
  readonly salt: Bytes
  /** The number by which every log knows it, where it came from there first: no earlier home gave it one here. */
  readonly shown: number | null
  /** 1: it stood here before. */
  readonly late: number
}

export const saveMoved = (tx: Tx, idx: number, chain: Handle, m: Moved) =>
  tx.run(
    'INSERT INTO moved (origin, home, idx, chain, number, entry, salt, shown, late) VALUES (?,?,?,?,?,?,?,?,?)',
    ...[m.origin, m.home, idx, chain, m.number, m.entry, m.salt, m.shown, m.late],
  )

const COLUMNS = 'origin, home, number, entry, salt, shown, late'

/** The newest of a chain that stands so in the log `origin`. */
export const lastMoved = (tx: Tx, chain: string, origin: string): Promise<Moved | undefined> =>
  tx.get(
    `SELECT ${COLUMNS} FROM moved WHERE chain = ? AND origin = ? ORDER BY number DESC LIMIT 1`,
    ...[chain, origin],
  ) as Promise<unknown> as Promise<Moved | undefined>

/** Has another statement of the chain than that at `idx` the number `shown` already: by its place in a log that was its home, or as was told? */
export async function isTaken(tx: Tx, chain: string, shown: number, idx: number | undefined): Promise<boolean> {
  const sql = `SELECT idx FROM adopted WHERE chain = ? AND number = ? AND idx <> ?
    UNION ALL SELECT idx FROM moved WHERE chain = ? AND shown = ? AND idx <> ?`
  const at = [chain, shown, idx ?? -1]
  if (await tx.get(sql, ...at, ...at)) return true
  if (!(await homeSpans(tx, chain))(shown)) return false
  return (await tx.get('SELECT idx FROM statement WHERE chain = ? AND number = ? AND idx <> ?', ...at)) !== undefined
}

/** Every such place of the statement at `idx` here. */
export const movedAt = (tx: Tx, idx: number): Promise<Moved[]> =>
  tx.all(`SELECT ${COLUMNS} FROM moved WHERE idx = ?`, idx) as Promise<unknown> as Promise<Moved[]>

/** Did its first entry come from another log? Of a chain that moved. */
export async function beganElsewhere(tx: Tx, chain: string): Promise<boolean> {
  const sql = `SELECT 1 FROM statement s WHERE s.chain = ? AND s.number = 1 AND (
    EXISTS (SELECT 1 FROM adopted a WHERE a.idx = s.idx AND a.late = 0)
    OR EXISTS (SELECT 1 FROM moved m WHERE m.idx = s.idx AND m.late = 0))`
  return (await tx.get(sql, chain)) !== undefined
}

/** Of which numbers of a chain that has moved this log was the home when it took them; of none, where it never moved. */
export async function homeSpans(tx: Tx, chain: string): Promise<(number: number) => boolean> {
  const stays = await staysOf(tx, chain)
  if (stays.length === 0) return () => false
  const began = !(await beganElsewhere(tx, chain))
  return (number) => {
    const at = stays.findLast((one) => one.number <= number)
    return at ? at.origin === '' : began
  }
}

/** The newest stay here of a chain that moved: the numbers that this log was the home of, and the entry that brought it, where one did. */
export async function lastOwn(tx: Tx, chain: string): Promise<{ from: number; to: number; came?: number } | undefined> {
  const stays = await staysOf(tx, chain)
  const nth = stays.findLastIndex((one) => one.origin === '')
  const to = (stays[nth + 1]?.number ?? Number.POSITIVE_INFINITY) - 1
  const stay = stays[nth]
  if (!stay) return stays.length > 0 && !(await beganElsewhere(tx, chain)) ? { from: 1, to } : undefined
  // From the last entry of before on: at its place in the log the chain is given.
  const sql = 'SELECT idx FROM statement WHERE chain = ? AND number = ?'
  const came = (await tx.get<{ idx: number }>(sql, chain, stay.number - 1))?.idx
  return { from: stay.number - 1, to, ...(came === undefined ? {} : { came }) }
}

/** Number in this log's chain of the statement at `idx`. */
export const numberAt = async (tx: Tx, idx: number): Promise<number | undefined> =>
  (await tx.get<{ number: number }>('SELECT number FROM statement WHERE idx = ?', idx))?.number

/** They go with the chain. */
export async function forgetMoved(tx: Tx, chain: string): Promise<void> {
  await tx.run('DELETE FROM stay WHERE chain = ?', chain)
  await tx.run('DELETE FROM moved WHERE chain = ?', chain)
}
