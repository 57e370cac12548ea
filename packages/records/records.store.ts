/** View of records: where each version lies, what opens it, what replaced it. Rebuilt from statements. */
import type { Tx } from '@salus/base/sqlite'
import type { Placement } from '@salus/grants/contract'

/** SQL of this view. `placed` and `superseded` are numbers in the patient's chain. */
export const RECORD_VIEWS = `
CREATE TABLE IF NOT EXISTS record (
  record TEXT NOT NULL, version INTEGER NOT NULL, patient TEXT NOT NULL, category TEXT NOT NULL, compartment TEXT NOT NULL,
  epoch INTEGER NOT NULL, placed INTEGER NOT NULL, superseded INTEGER, author TEXT NOT NULL, org TEXT NOT NULL,
  statement TEXT NOT NULL, content TEXT NOT NULL, packet TEXT, at INTEGER NOT NULL, idx INTEGER NOT NULL,
  PRIMARY KEY (record, version)) STRICT;
CREATE INDEX IF NOT EXISTS record_patient ON record (patient, idx);
`

/** A version as the view holds it. */
export type Stored = Placement & {
  readonly patient: string
  readonly category: string
  readonly author: string
  readonly org: string
  readonly statement: string
  readonly content: string
  readonly packet: string | null
  readonly at: number
  readonly idx: number
}

export const versionOf = (v: Tx, record: string, version: number): Promise<Stored | undefined> =>
  v.get('SELECT * FROM record WHERE record = ? AND version = ?', record, version) as Promise<unknown> as Promise<
    Stored | undefined
  >

/** Every version of a record. */
export const versionsOf = (v: Tx, record: string): Promise<Stored[]> =>
  v.all('SELECT * FROM record WHERE record = ? ORDER BY version', record) as Promise<unknown> as Promise<Stored[]>

/** Takes a record out of the view, all its versions. */
export const dropRecord = (v: Tx, record: string) => v.run('DELETE FROM record WHERE record = ?', record)

export const newestOf = (v: Tx, record: string): Promise<Stored | undefined> =>
  v.get('SELECT * FROM record WHERE record = ? ORDER BY version DESC LIMIT 1', record) as Promise<unknown> as Promise<
    Stored | undefined
  >

/** A patient's versions in the order of the log, after index `after`. */
export const recordsOf = (v: Tx, patient: string, after: number, limit: number): Promise<Stored[]> =>
  v.all(
    'SELECT * FROM record WHERE patient = ? AND idx > ? ORDER BY idx LIMIT ?',
    patient,
    after,
    limit,
  ) as Promise<unknown> as Promise<Stored[]>

/** Writes a version and marks the one before as superseded by chain entry `placed`. */
export async function saveRecord(v: Tx, r: Stored): Promise<void> {
  await v.run(
    `INSERT INTO record (record, version, patient, category, compartment, epoch, placed, superseded, author, org, statement,
      content, packet, at, idx) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
    ...[r.record, r.version, r.patient, r.category, r.compartment, r.epoch, r.placed, r.superseded, r.author, r.org],
    ...[r.statement, r.content, r.packet, r.at, r.idx],
  )
  await v.run('UPDATE record SET superseded = ? WHERE record = ? AND version = ?', r.placed, r.record, r.version - 1)
}

/** Where a version goes, by which entry of the chain. */
export type Move = {
  record: string
  version: number
  compartment: string
  epoch: number
  packet: string | null
  number: number
}

/**
 * A packet sealed again. `placed` moves only where the key was out of the compartment's reach before (the inbox) or
 * the compartment changes: else packets given earlier still hold the key, and still count.
 */
export const moveRecord = (v: Tx, m: Move) =>
  v.run(
    `UPDATE record SET placed = CASE WHEN epoch = 0 OR compartment <> ? THEN ? ELSE placed END,
      compartment = ?, epoch = ?, packet = ? WHERE record = ? AND version = ?`,
    ...[m.compartment, m.number, m.compartment, m.epoch, m.packet, m.record, m.version],
  )

export const forgetRecords = (v: Tx, patient: string) => v.run('DELETE FROM record WHERE patient = ?', patient)
