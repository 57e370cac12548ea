/** Views of mistakes: what was withdrawn, and disputes that wait for their author's answer. */
import type { Tx } from '@salus/base/sqlite'

/** SQL of these views. */
export const MISTAKE_VIEWS = `
CREATE TABLE IF NOT EXISTS withdrawal (record TEXT PRIMARY KEY, patient TEXT NOT NULL, reason TEXT NOT NULL,
  at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS dispute (record TEXT PRIMARY KEY, version INTEGER NOT NULL, patient TEXT NOT NULL,
  author TEXT NOT NULL, org TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS dispute_org ON dispute (org);
`

export type Withdrawal = { record: string; patient: string; reason: string; at: number }
/** An open dispute: it is deleted when a newer version, or a withdrawal, answers it. */
export type Dispute = Withdrawal & { version: number; author: string; org: string }

export async function saveWithdrawal(v: Tx, w: Withdrawal): Promise<void> {
  await v.run(
    'INSERT INTO withdrawal (record, patient, reason, at) VALUES (?,?,?,?)',
    w.record,
    w.patient,
    w.reason,
    w.at,
  )
  await closeDispute(v, w.record)
}

export const wasWithdrawn = async (v: Tx, record: string): Promise<boolean> =>
  (await v.get('SELECT 1 FROM withdrawal WHERE record = ?', record)) !== undefined

export const saveDispute = (v: Tx, d: Dispute) =>
  v.run(
    'INSERT INTO dispute (record, version, patient, author, org, reason, at) VALUES (?,?,?,?,?,?,?)',
    ...[d.record, d.version, d.patient, d.author, d.org, d.reason, d.at],
  )
export const closeDispute = (v: Tx, record: string) => v.run('DELETE FROM dispute WHERE record = ?', record)

export const openDispute = (v: Tx, record: string): Promise<Dispute | undefined> =>
  v.get('SELECT * FROM dispute WHERE record = ?', record) as Promise<unknown> as Promise<Dispute | undefined>

/** Disputes of what an organisation wrote, oldest first. */
export const disputesOf = (v: Tx, org: string): Promise<Dispute[]> =>
  v.all('SELECT * FROM dispute WHERE org = ? ORDER BY at LIMIT 500', org) as Promise<unknown> as Promise<Dispute[]>

export async function forgetMistakes(v: Tx, patient: string): Promise<void> {
  for (const table of ['withdrawal', 'dispute']) await v.run(`DELETE FROM ${table} WHERE patient = ?`, patient)
}
