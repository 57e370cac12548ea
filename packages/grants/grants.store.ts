/** Views of grants: requests, grants, the epochs each reader holds, the policy head. Rebuilt from statements. */
import type { Tx } from '@salus/base/sqlite'
import type { Grant } from './contract.ts'
import type { Request } from './rules.ts'

/** SQL of these views. */
export const GRANT_VIEWS = `
CREATE TABLE IF NOT EXISTS request (id TEXT PRIMARY KEY, patient TEXT NOT NULL, asker TEXT NOT NULL, body TEXT NOT NULL,
  status TEXT NOT NULL, at INTEGER NOT NULL, idx INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS request_asker ON request (asker, idx);
CREATE INDEX IF NOT EXISTS request_patient ON request (patient);
CREATE TABLE IF NOT EXISTS grant_given (id TEXT PRIMARY KEY, request TEXT NOT NULL, patient TEXT NOT NULL, reader TEXT NOT NULL,
  state TEXT NOT NULL, revoked_at INTEGER, packet TEXT, idx INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS grant_reader ON grant_given (reader, idx);
CREATE INDEX IF NOT EXISTS grant_patient ON grant_given (patient, idx);
CREATE INDEX IF NOT EXISTS grant_request ON grant_given (request);
CREATE TABLE IF NOT EXISTS grant_epoch (grant_id TEXT NOT NULL, compartment TEXT NOT NULL, epoch INTEGER NOT NULL,
  begins INTEGER NOT NULL, packet TEXT NOT NULL, patient TEXT NOT NULL, PRIMARY KEY (grant_id, compartment, epoch)) STRICT;
CREATE INDEX IF NOT EXISTS grant_epoch_patient ON grant_epoch (patient);
CREATE TABLE IF NOT EXISTS policy (patient TEXT PRIMARY KEY, head INTEGER NOT NULL) STRICT;
`

type RequestRow = { id: string; patient: string; asker: string; body: string; status: string; at: number; idx: number }
const toRequest = (row: RequestRow): Request & { at: number; idx: number } => ({
  ...JSON.parse(row.body),
  id: row.id,
  patient: row.patient,
  asker: row.asker,
  status: row.status,
  at: row.at,
  idx: row.idx,
})

export async function requestById(v: Tx, id: string) {
  const row = await v.get<RequestRow>('SELECT * FROM request WHERE id = ?', id)
  return row && toRequest(row)
}

export async function requestsBy(v: Tx, asker: string) {
  const rows = await v.all<RequestRow>('SELECT * FROM request WHERE asker = ? ORDER BY idx DESC LIMIT 500', asker)
  return rows.map(toRequest)
}

/** Requests, whoever made them, whose grants name this reader (a colleague, a team): what they may read too. */
export async function requestsGivenTo(v: Tx, reader: string) {
  const sql = `SELECT r.* FROM request r JOIN grant_given g ON g.request = r.id
    WHERE g.reader = ? AND g.revoked_at IS NULL ORDER BY r.idx DESC LIMIT 500`
  return (await v.all<RequestRow>(sql, reader)).map(toRequest)
}

export const saveRequest = (v: Tx, r: RequestRow) =>
  v.run(
    'INSERT INTO request (id, patient, asker, body, status, at, idx) VALUES (?,?,?,?,?,?,?)',
    ...[r.id, r.patient, r.asker, r.body, r.status, r.at, r.idx],
  )

export const answerRequest = (v: Tx, id: string, status: 'granted' | 'refused') =>
  v.run('UPDATE request SET status = ? WHERE id = ?', status, id)

type GrantRow = {
  id: string
  request: string
  state: string
  revoked_at: number | null
  packet: string | null
  idx: number
}
/** A grant with what only the node needs: its packet and place. */
export type StoredGrant = Grant & { readonly request: string; readonly packet: string | null; readonly idx: number }

async function toGrant(v: Tx, row: GrantRow): Promise<StoredGrant> {
  const held = await v.all<{ compartment: string; epoch: number; begins: number }>(
    'SELECT compartment, epoch, begins FROM grant_epoch WHERE grant_id = ?',
    row.id,
  )
  const epochs = Object.fromEntries(held.map((one) => [`${one.compartment}:${one.epoch}`, one.begins]))
  const { id, request, packet, idx } = row
  return { ...JSON.parse(row.state), id, request, packet, idx, revokedAt: row.revoked_at, epochs }
}

export async function grantById(v: Tx, id: string): Promise<StoredGrant | undefined> {
  const row = await v.get<GrantRow>('SELECT * FROM grant_given WHERE id = ?', id)
  return row && toGrant(v, row)
}

export async function grantByRequest(v: Tx, request: string): Promise<StoredGrant | undefined> {
  const row = await v.get<GrantRow>('SELECT * FROM grant_given WHERE request = ?', request)
  return row && toGrant(v, row)
}

export const saveGrant = (
  v: Tx,
  g: Omit<Grant, 'epochs' | 'revokedAt'>,
  request: string,
  packet: string | null,
  idx: number,
) =>
  v.run(
    'INSERT INTO grant_given (id, request, patient, reader, state, revoked_at, packet, idx) VALUES (?,?,?,?,?,NULL,?,?)',
    ...[g.id, request, g.patient, g.reader, JSON.stringify(g), packet, idx],
  )

/** Marks a grant taken back and forgets its packets' ids: the sources no longer hold them (G11). */
export async function revokeGrant(v: Tx, id: string, at: number): Promise<void> {
  await v.run('UPDATE grant_given SET revoked_at = ?, packet = NULL WHERE id = ?', at, id)
  await v.run("UPDATE grant_epoch SET packet = '' WHERE grant_id = ?", id)
}

/** A reader holds an epoch's key from `begins` on, in this packet. */
export type EpochHeld = {
  grant: string
  compartment: string
  epoch: number
  begins: number
  packet: string
  patient: string
}

export const saveEpochHeld = (v: Tx, e: EpochHeld) =>
  v.run(
    'INSERT OR REPLACE INTO grant_epoch (grant_id, compartment, epoch, begins, packet, patient) VALUES (?,?,?,?,?,?)',
    ...[e.grant, e.compartment, e.epoch, e.begins, e.packet, e.patient],
  )

/** Ids of the epoch packets of a grant that have begun. */
export async function begunEpochPackets(v: Tx, grant: string, now: number): Promise<string[]> {
  const rows = await v.all<{ packet: string }>(
    'SELECT DISTINCT packet FROM grant_epoch WHERE grant_id = ? AND begins <= ? ORDER BY packet',
    grant,
    now,
  )
  return rows.map((row) => row.packet)
}

/** Ids of every epoch packet of a grant, begun or coming. */
export async function allEpochPackets(v: Tx, grant: string): Promise<string[]> {
  const rows = await v.all<{ packet: string }>('SELECT DISTINCT packet FROM grant_epoch WHERE grant_id = ?', grant)
  return rows.map((row) => row.packet)
}

/** The highest policy head this patient has signed. */
export async function policyHead(v: Tx, patient: string): Promise<number> {
  return (await v.get<{ head: number }>('SELECT head FROM policy WHERE patient = ?', patient))?.head ?? 0
}

export const savePolicy = (v: Tx, patient: string, head: number) =>
  v.run('INSERT OR REPLACE INTO policy (patient, head) VALUES (?,?)', patient, head)

/** Clears every row about `patient`. */
export async function forgetPatient(v: Tx, patient: string): Promise<void> {
  for (const table of ['request', 'grant_given', 'grant_epoch', 'policy']) {
    await v.run(`DELETE FROM ${table} WHERE patient = ?`, patient)
  }
}
