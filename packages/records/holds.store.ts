/** Holds in force (a view), and what erasures left for them (sources: nothing could make it again; erased by itself at its end). */
import type { Tx } from '@salus/base/sqlite'

/** SQL of the view. */
export const HOLD_VIEWS = `
CREATE TABLE IF NOT EXISTS hold (id TEXT PRIMARY KEY, patient TEXT NOT NULL, org TEXT NOT NULL, body TEXT NOT NULL,
  until INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS hold_patient ON hold (patient);
`

/** SQL of what is kept: under a random name, with nothing that says whose it was. */
export const KEPT_SCHEMA = `
CREATE TABLE IF NOT EXISTS kept (id TEXT PRIMARY KEY, org TEXT NOT NULL, reason TEXT NOT NULL, until INTEGER NOT NULL,
  at INTEGER NOT NULL, packet TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS kept_org ON kept (org, at);
CREATE TABLE IF NOT EXISTS kept_content (kept TEXT NOT NULL, record TEXT NOT NULL, version INTEGER NOT NULL, jwe TEXT NOT NULL,
  PRIMARY KEY (kept, record, version)) STRICT;
`

export type HoldRow = { id: string; patient: string; org: string; body: string; until: number; at: number }

export const saveHold = (v: Tx, h: HoldRow) =>
  v.run(
    'INSERT INTO hold (id, patient, org, body, until, at) VALUES (?,?,?,?,?,?)',
    ...[h.id, h.patient, h.org, h.body, h.until, h.at],
  )
export const holdById = (v: Tx, id: string): Promise<HoldRow | undefined> =>
  v.get('SELECT * FROM hold WHERE id = ?', id) as Promise<unknown> as Promise<HoldRow | undefined>
export const holdsOn = (v: Tx, patient: string, now: number): Promise<HoldRow[]> =>
  v.all('SELECT * FROM hold WHERE patient = ? AND until > ? ORDER BY id', patient, now) as Promise<unknown> as Promise<
    HoldRow[]
  >
export const dropHold = (v: Tx, id: string) => v.run('DELETE FROM hold WHERE id = ?', id)
export const forgetHolds = (v: Tx, patient: string) => v.run('DELETE FROM hold WHERE patient = ?', patient)

export type KeptRow = { id: string; org: string; reason: string; until: number; at: number; packet: string }

export const saveKept = (s: Tx, k: KeptRow) =>
  s.run(
    'INSERT INTO kept (id, org, reason, until, at, packet) VALUES (?,?,?,?,?,?)',
    ...[k.id, k.org, k.reason, k.until, k.at, k.packet],
  )
export const saveKeptContent = (s: Tx, kept: string, record: string, version: number, jwe: string) =>
  s.run('INSERT INTO kept_content (kept, record, version, jwe) VALUES (?,?,?,?)', kept, record, version, jwe)

/** What an organisation keeps, newest first, with how many versions. */
export const keptBy = (s: Tx, org: string) =>
  s.all<Omit<KeptRow, 'packet'> & { versions: number }>(
    `SELECT id, org, reason, until, at, (SELECT count(*) FROM kept_content WHERE kept = id) AS versions FROM kept
     WHERE org = ? ORDER BY at DESC`,
    org,
  )
export const keptById = (s: Tx, id: string): Promise<KeptRow | undefined> =>
  s.get('SELECT * FROM kept WHERE id = ?', id) as Promise<unknown> as Promise<KeptRow | undefined>
export const keptContents = (s: Tx, kept: string, after: { record: string; version: number }, limit: number) =>
  s.all<{ record: string; version: number; jwe: string }>(
    `SELECT record, version, jwe FROM kept_content WHERE kept = ? AND (record, version) > (?, ?)
     ORDER BY record, version LIMIT ?`,
    ...[kept, after.record, after.version, limit],
  )

/** Names of what is past its date. */
export const keptPast = async (s: Tx, now: number): Promise<string[]> =>
  (await s.all<{ id: string }>('SELECT id FROM kept WHERE until <= ?', now)).map((one) => one.id)

export async function dropKept(s: Tx, id: string): Promise<void> {
  await s.run('DELETE FROM kept_content WHERE kept = ?', id)
  await s.run('DELETE FROM kept WHERE id = ?', id)
}
