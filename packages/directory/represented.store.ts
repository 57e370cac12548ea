/** Views of appointments: whom somebody acts for, and the packets that came with it. Rebuilt from statements. */
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'

/** SQL of these views. */
export const REPRESENTED_VIEWS = `
CREATE TABLE IF NOT EXISTS represented (id TEXT NOT NULL, handle TEXT NOT NULL, by TEXT NOT NULL, until INTEGER NOT NULL,
  PRIMARY KEY (handle, id)) STRICT;
CREATE INDEX IF NOT EXISTS represented_by ON represented (by);
CREATE TABLE IF NOT EXISTS represented_packet (packet TEXT PRIMARY KEY, id TEXT NOT NULL, handle TEXT NOT NULL,
  begins INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS represented_packet_handle ON represented_packet (handle, id, begins);
`

/** The rows of `handle` from now on; packets of rows that are gone go with them. */
export async function saveRepresented(
  v: Tx,
  handle: string,
  rows: readonly { id: string; handle: string; until: number }[],
): Promise<void> {
  await v.run('DELETE FROM represented WHERE handle = ?', handle)
  for (const { id, handle: by, until } of rows) {
    await v.run('INSERT INTO represented (id, handle, by, until) VALUES (?,?,?,?)', id, handle, by, until)
  }
  await v.run(
    'DELETE FROM represented_packet WHERE handle = ? AND id NOT IN (SELECT id FROM represented WHERE handle = ?)',
    ...[handle, handle],
  )
}

/** Whom `by` acts for at `now`. */
export const representedBy = (v: Tx, by: string, now: number): Promise<{ handle: Handle; until: number }[]> =>
  v.all<{ handle: Handle; until: number }>(
    'SELECT handle, until FROM represented WHERE by = ? AND until > ? ORDER BY until',
    ...[by, now],
  )

export const saveRepresentedPacket = (v: Tx, packet: string, id: string, handle: string, begins: number) =>
  v.run('INSERT INTO represented_packet (packet, id, handle, begins) VALUES (?,?,?,?)', packet, id, handle, begins)

/** Packets of an appointment that have begun, oldest first. */
export const begunPackets = async (v: Tx, handle: string, id: string, now: number): Promise<string[]> =>
  (
    await v.all<{ packet: string }>(
      'SELECT packet FROM represented_packet WHERE handle = ? AND id = ? AND begins <= ? ORDER BY begins, packet',
      ...[handle, id, now],
    )
  ).map((one) => one.packet)

/** Every packet of an appointment. */
export const appointmentPackets = (v: Tx, handle: string, id: string): Promise<string[]> =>
  begunPackets(v, handle, id, Number.MAX_SAFE_INTEGER)

/** Clears what the views hold about `handle`, represented or representing. */
export async function forgetRepresented(v: Tx, handle: string): Promise<void> {
  await v.run('DELETE FROM represented_packet WHERE handle = ?', handle)
  await v.run('DELETE FROM represented WHERE handle = ? OR by = ?', handle, handle)
}
