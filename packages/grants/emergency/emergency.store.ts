/** Views of emergency access: choices, what keepers hold, broken glass. Rebuilt from statements. */
import type { Tx } from '@salus/base/sqlite'
import type { Escrow, Glass } from './contract.ts'

/** SQL of these views. */
export const EMERGENCY_VIEWS = `
CREATE TABLE IF NOT EXISTS emergency_choice (patient TEXT PRIMARY KEY, categories TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS escrow (id TEXT PRIMARY KEY, patient TEXT NOT NULL, keeper TEXT NOT NULL, key TEXT NOT NULL,
  packet TEXT) STRICT;
CREATE INDEX IF NOT EXISTS escrow_patient ON escrow (patient);
CREATE TABLE IF NOT EXISTS escrow_epoch (escrow TEXT NOT NULL, compartment TEXT NOT NULL, epoch INTEGER NOT NULL,
  begins INTEGER NOT NULL, packet TEXT NOT NULL, patient TEXT NOT NULL, PRIMARY KEY (escrow, compartment, epoch)) STRICT;
CREATE INDEX IF NOT EXISTS escrow_epoch_patient ON escrow_epoch (patient);
CREATE TABLE IF NOT EXISTS glass (id TEXT PRIMARY KEY, patient TEXT NOT NULL, asker TEXT NOT NULL, org TEXT NOT NULL,
  until INTEGER NOT NULL, state TEXT NOT NULL, token_idx INTEGER NOT NULL, text TEXT, seconded INTEGER NOT NULL,
  released INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS glass_patient ON glass (patient);
CREATE INDEX IF NOT EXISTS glass_org ON glass (org, token_idx);
`

/** Categories the patient chose; none where nothing was chosen, or against. */
export async function choiceOf(v: Tx, patient: string): Promise<string[]> {
  const row = await v.get<{ categories: string }>('SELECT categories FROM emergency_choice WHERE patient = ?', patient)
  return row ? (JSON.parse(row.categories) as string[]) : []
}

type EscrowRow = { id: string; patient: string; keeper: string; key: string; packet: string | null }
export type StoredEscrow = Escrow & { readonly patient: string; readonly packet: string | null }
const toEscrow = ({ id, patient, keeper, key, packet }: EscrowRow): StoredEscrow =>
  ({ escrow: id, patient, keeper, key, packet }) as StoredEscrow

/** What keepers hold of a patient's. */
export const escrowsOf = async (v: Tx, patient: string): Promise<StoredEscrow[]> =>
  (await v.all<EscrowRow>('SELECT * FROM escrow WHERE patient = ? ORDER BY id', patient)).map(toEscrow)

export async function escrowById(v: Tx, id: string): Promise<StoredEscrow | undefined> {
  const row = await v.get<EscrowRow>('SELECT * FROM escrow WHERE id = ?', id)
  return row && toEscrow(row)
}

/** Puts a choice in the place of the one before; epochs of escrows that are named no more are forgotten. */
export async function saveChoice(
  v: Tx,
  patient: string,
  categories: readonly string[],
  escrows: readonly (Escrow & { packet: string | null })[],
): Promise<void> {
  await v.run('DELETE FROM escrow WHERE patient = ?', patient)
  for (const one of escrows) {
    await v.run(
      'INSERT INTO escrow (id, patient, keeper, key, packet) VALUES (?,?,?,?,?)',
      ...[one.escrow, patient, one.keeper, one.key, one.packet],
    )
  }
  await v.run(
    'DELETE FROM escrow_epoch WHERE patient = ? AND escrow NOT IN (SELECT id FROM escrow WHERE patient = ?)',
    ...[patient, patient],
  )
  await v.run(
    'INSERT OR REPLACE INTO emergency_choice (patient, categories) VALUES (?,?)',
    patient,
    JSON.stringify(categories),
  )
}

/** A keeper holds an epoch's key from `begins` on, in this packet. */
export type EpochKept = {
  escrow: string
  compartment: string
  epoch: number
  begins: number
  packet: string
  patient: string
}
export const saveEpochKept = (v: Tx, e: EpochKept) =>
  v.run(
    'INSERT OR REPLACE INTO escrow_epoch (escrow, compartment, epoch, begins, packet, patient) VALUES (?,?,?,?,?,?)',
    ...[e.escrow, e.compartment, e.epoch, e.begins, e.packet, e.patient],
  )

/** Ids of the epoch packets of an escrow that have begun; all of them without `now`. */
export async function escrowEpochPackets(v: Tx, escrow: string, now = Number.MAX_SAFE_INTEGER): Promise<string[]> {
  const sql = 'SELECT DISTINCT packet FROM escrow_epoch WHERE escrow = ? AND begins <= ? ORDER BY packet'
  const rows = await v.all<{ packet: string }>(sql, escrow, now)
  return rows.map((row) => row.packet).filter((one) => one !== '')
}

/** Broken glass with what only the node needs: where its statement stands, and the packet of its text. */
export type StoredGlass = Glass & { readonly idx: number; readonly text: string | null }
type GlassRow = { state: string; token_idx: number; text: string | null }
const toGlass = (row: GlassRow): StoredGlass => ({ ...JSON.parse(row.state), idx: row.token_idx, text: row.text })

export async function glassById(v: Tx, id: string): Promise<StoredGlass | undefined> {
  const row = await v.get<GlassRow>('SELECT state, token_idx, text FROM glass WHERE id = ?', id)
  return row && toGlass(row)
}

export async function saveGlass(v: Tx, glass: Glass, idx: number, text: string | null): Promise<void> {
  await v.run(
    `INSERT OR REPLACE INTO glass (id, patient, asker, org, until, state, token_idx, text, seconded, released)
     VALUES (?,?,?,?,?,?,?,?,?,?)`,
    ...[glass.id, glass.patient, glass.asker, glass.org, glass.until, JSON.stringify(glass), idx, text],
    ...[glass.second ? 1 : 0, glass.release === null ? 0 : 1],
  )
}

/** What changes of broken glass. */
export async function changeGlass(v: Tx, id: string, change: Partial<Glass>): Promise<void> {
  const before = await glassById(v, id)
  if (!before) return
  const { idx, text, ...glass } = before
  await saveGlass(v, { ...glass, ...change }, idx, text)
}

/** Glass broken by people of `org`, newest first. */
export const glassOf = async (v: Tx, org: string): Promise<StoredGlass[]> =>
  (
    await v.all<GlassRow>(
      'SELECT state, token_idx, text FROM glass WHERE org = ? ORDER BY token_idx DESC LIMIT 500',
      org,
    )
  ).map(toGlass)

/** Seconded and not released, of `org`, still standing at `now`: what its keeper looks at. */
export const glassWaiting = async (v: Tx, org: string, now: number): Promise<StoredGlass[]> =>
  (
    await v.all<GlassRow>(
      `SELECT state, token_idx, text FROM glass WHERE org = ? AND seconded = 1 AND released = 0 AND until > ?
       ORDER BY token_idx LIMIT 100`,
      org,
      now,
    )
  )
    .map(toGlass)
    .filter((one) => one.endedAt === null)

/** Clears every row about `patient`. */
export async function forgetEmergency(v: Tx, patient: string): Promise<void> {
  for (const table of ['emergency_choice', 'escrow', 'escrow_epoch', 'glass']) {
    await v.run(`DELETE FROM ${table} WHERE patient = ?`, patient)
  }
}
