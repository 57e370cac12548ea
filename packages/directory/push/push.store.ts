/** Addresses to be woken (sources, erasable: no statement says them): whose, which device asked, when it was woken last. */
import type { Tx } from '@salus/base/sqlite'

export const PUSH_SCHEMA = `
CREATE TABLE IF NOT EXISTS push (handle TEXT NOT NULL, endpoint TEXT NOT NULL, role TEXT NOT NULL, device TEXT NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (handle, endpoint)) STRICT;
`

/** `at`: when it was woken last, seconds; 0: never. */
export type PushRow = { handle: string; endpoint: string; role: string; device: string; at: number }

/** Keeps it; of more than `most` the ones that were woken longest ago give way. */
export async function savePush(s: Tx, one: Omit<PushRow, 'at'>, most: number): Promise<void> {
  await s.run(
    `INSERT INTO push (handle, endpoint, role, device, at) VALUES (?,?,?,?,0)
     ON CONFLICT (handle, endpoint) DO UPDATE SET role = excluded.role, device = excluded.device`,
    ...[one.handle, one.endpoint, one.role, one.device],
  )
  await s.run(
    `DELETE FROM push WHERE handle = ? AND endpoint <> ? AND endpoint NOT IN
      (SELECT endpoint FROM push WHERE handle = ? AND endpoint <> ? ORDER BY at DESC, endpoint LIMIT ?)`,
    ...[one.handle, one.endpoint, one.handle, one.endpoint, most - 1],
  )
}

export const pushesOf = (s: Tx, handle: string): Promise<PushRow[]> =>
  s.all('SELECT * FROM push WHERE handle = ? ORDER BY endpoint', handle) as Promise<unknown> as Promise<PushRow[]>

/** Everybody who has an address. */
export const pushHandles = async (s: Tx): Promise<string[]> =>
  (await s.all<{ handle: string }>('SELECT DISTINCT handle FROM push')).map((one) => one.handle)

export const markPush = (s: Tx, { handle, endpoint }: PushRow, at: number) =>
  s.run('UPDATE push SET at = ? WHERE handle = ? AND endpoint = ?', at, handle, endpoint)
export const dropPush = (s: Tx, handle: string, endpoint: string) =>
  s.run('DELETE FROM push WHERE handle = ? AND endpoint = ?', handle, endpoint)
export const forgetPushes = (s: Tx, handle: string) => s.run('DELETE FROM push WHERE handle = ?', handle)
