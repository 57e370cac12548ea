/** Views of recovery: where each way's keychain is found, and own packets. */
import type { Tx } from '@salus/base/sqlite'
import type { RecoveryWay } from './contract.ts'

/** SQL of these views. Locators and card ids are kept by digest. */
export const RECOVERY_VIEWS = `
CREATE TABLE IF NOT EXISTS recovery_way (locator TEXT PRIMARY KEY, handle TEXT NOT NULL, card TEXT, packet TEXT,
  until INTEGER) STRICT;
CREATE INDEX IF NOT EXISTS recovery_way_handle ON recovery_way (handle);
CREATE INDEX IF NOT EXISTS recovery_way_card ON recovery_way (card);
CREATE TABLE IF NOT EXISTS own_packet (handle TEXT NOT NULL, n INTEGER NOT NULL, packet TEXT NOT NULL,
  PRIMARY KEY (handle, n)) STRICT;
`

/** `packet` and `until` stand with a hand-over to a new device only. */
export type WayRow = {
  locator: string
  handle: string
  card: string | null
  packet: string | null
  until: number | null
}

const insert = (v: Tx, w: WayRow) =>
  v.run(
    'INSERT OR IGNORE INTO recovery_way (locator, handle, card, packet, until) VALUES (?,?,?,?,?)',
    ...[w.locator, w.handle, w.card, w.packet, w.until],
  )

/** The ways of `handle` from now on; a hand-over that waits is over too. */
export async function saveWays(v: Tx, handle: string, ways: readonly RecoveryWay[]): Promise<void> {
  await v.run('DELETE FROM recovery_way WHERE handle = ?', handle)
  for (const { locator, card = null } of ways) await insert(v, { locator, handle, card, packet: null, until: null })
}

/** One hand-over at a time: the newest. */
export async function saveHandover(
  v: Tx,
  one: { locator: string; handle: string; packet: string; until: number } | undefined,
  handle: string,
): Promise<void> {
  await v.run('DELETE FROM recovery_way WHERE handle = ? AND until IS NOT NULL', handle)
  if (one) await insert(v, { ...one, card: null })
}

export const wayAt = (v: Tx, locator: string): Promise<WayRow | undefined> =>
  v.get('SELECT * FROM recovery_way WHERE locator = ?', locator) as Promise<unknown> as Promise<WayRow | undefined>

/** Whose card it is, if it is in use. */
export const cardHolder = async (v: Tx, card: string): Promise<string | undefined> =>
  (await v.get<{ handle: string }>('SELECT handle FROM recovery_way WHERE card = ?', card))?.handle

/** Is one of these ways, or its card, somebody else's already? */
export async function waysTaken(v: Tx, handle: string, ways: readonly RecoveryWay[]): Promise<boolean> {
  for (const { locator, card } of ways) {
    const holders = [(await wayAt(v, locator))?.handle, card === undefined ? undefined : await cardHolder(v, card)]
    if (holders.some((one) => one !== undefined && one !== handle)) return true
  }
  return false
}

/** The packet of a waiting hand-over, if any. */
export const handoverPackets = async (v: Tx, handle: string): Promise<string[]> => {
  const rows = await v.all<{ packet: string }>(
    'SELECT packet FROM recovery_way WHERE handle = ? AND packet IS NOT NULL',
    handle,
  )
  return rows.map((row) => row.packet)
}

export const saveOwnPacket = (v: Tx, handle: string, n: number, packet: string) =>
  v.run('INSERT OR REPLACE INTO own_packet (handle, n, packet) VALUES (?,?,?)', handle, n, packet)

/** A renewal's packet holds every key so far: the earlier ones are destroyed with it. */
export const dropOwnPackets = (v: Tx, handle: string) => v.run('DELETE FROM own_packet WHERE handle = ?', handle)

/** Own packets of entries after `after`, oldest first. */
export const ownPacketsOf = (v: Tx, handle: string, after: number, limit: number) =>
  v.all<{ n: number; packet: string }>(
    'SELECT n, packet FROM own_packet WHERE handle = ? AND n > ? ORDER BY n LIMIT ?',
    ...[handle, after, limit],
  )

/** Clears what the views hold about `handle`. */
export async function forgetRecovery(v: Tx, handle: string): Promise<void> {
  for (const table of ['recovery_way', 'own_packet']) await v.run(`DELETE FROM ${table} WHERE handle = ?`, handle)
}
