/** Views of the directory: keyrings folded, credentials, teams, claim codes. All rebuilt from statements. */
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import type { Credential, Keyring } from './contract.ts'

/** SQL of these views. Free text (names) is in `keyring.state` and `credential` only, and goes with the person. */
export const DIRECTORY_VIEWS = `
CREATE TABLE IF NOT EXISTS keyring (handle TEXT PRIMARY KEY, org TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS keyring_entry (handle TEXT NOT NULL, n INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (handle, n)) STRICT;
CREATE TABLE IF NOT EXISTS member (team TEXT NOT NULL, handle TEXT NOT NULL, PRIMARY KEY (team, handle)) STRICT;
CREATE INDEX IF NOT EXISTS member_handle ON member (handle);
CREATE TABLE IF NOT EXISTS team_packet (packet TEXT PRIMARY KEY, team TEXT NOT NULL, kid TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS credential (id TEXT PRIMARY KEY, handle TEXT NOT NULL, org TEXT NOT NULL, profession TEXT NOT NULL,
  name TEXT NOT NULL, until INTEGER NOT NULL, revoked_at INTEGER, idx INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS credential_handle ON credential (handle);
CREATE TABLE IF NOT EXISTS claim_code (handle TEXT PRIMARY KEY, code TEXT NOT NULL, until INTEGER NOT NULL, idx INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS claim_code_code ON claim_code (code);
CREATE TABLE IF NOT EXISTS approval (handle TEXT PRIMARY KEY, claim TEXT NOT NULL, device TEXT NOT NULL, prev TEXT NOT NULL,
  statement TEXT NOT NULL, idx INTEGER NOT NULL, packet TEXT) STRICT;
`

/** Keyrings as last read, frozen: a patient's is asked for at every deposit, and parsing it costs more than the rule. */
const folded = new Map<string, { readonly state: string; readonly keyring: Keyring }>()
const FOLDED = 64

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) frozen(one)
  return Object.freeze(value)
}

/** The row's text decides: what was parsed before stands only for the very same one. */
function keyringIn(handle: string, state: string): Keyring {
  const before = folded.get(handle)
  folded.delete(handle)
  const found = before?.state === state ? before : { state, keyring: frozen(JSON.parse(state) as Keyring) }
  folded.set(handle, found)
  if (folded.size > FOLDED) folded.delete(folded.keys().next().value as string)
  return found.keyring
}

/** A keyring as folded so far; it cannot be changed in place. */
export async function loadKeyring(v: Tx, handle: string): Promise<Keyring | undefined> {
  const row = await v.get<{ state: string }>('SELECT state FROM keyring WHERE handle = ?', handle)
  return row && keyringIn(handle, row.state)
}

/** Keeps the folded state and where its newest entry stands in the log. */
export async function saveKeyring(v: Tx, state: Keyring, idx: number): Promise<void> {
  await v.run(
    'INSERT OR REPLACE INTO keyring (handle, org, kind, state) VALUES (?,?,?,?)',
    ...[state.handle, state.org, state.kind, JSON.stringify(state)],
  )
  await v.run('INSERT OR REPLACE INTO keyring_entry (handle, n, idx) VALUES (?,?,?)', state.handle, state.n, idx)
  if (state.kind !== 'team') return
  await v.run('DELETE FROM member WHERE team = ?', state.handle)
  for (const one of state.members) await v.run('INSERT INTO member (team, handle) VALUES (?,?)', state.handle, one)
}

/** Indexes in the log of a keyring's entries, in order. */
export async function keyringIndexes(v: Tx, handle: string): Promise<number[]> {
  const rows = await v.all<{ idx: number }>('SELECT idx FROM keyring_entry WHERE handle = ? ORDER BY n', handle)
  return rows.map((row) => row.idx)
}

/** Teams that `handle` is in now. */
export async function teamsOf(v: Tx, handle: string): Promise<Handle[]> {
  const rows = await v.all<{ team: string }>('SELECT team FROM member WHERE handle = ? ORDER BY team', handle)
  return rows.map((row) => row.team as Handle)
}

type CredentialRow = Credential & { revokedAt: number | null; idx: number }

/** Newest first, ended and revoked ones too: the rule decides. */
export const credentialsOf = (v: Tx, handle: string): Promise<CredentialRow[]> =>
  v.all(
    `SELECT id, handle, org, profession, name, until, revoked_at AS revokedAt, idx FROM credential
     WHERE handle = ? ORDER BY idx DESC`,
    handle,
  ) as Promise<unknown> as Promise<CredentialRow[]>

/** Handles of the keepers whose credential is in force at `now`. */
export async function keepersAt(v: Tx, now: number): Promise<Handle[]> {
  const sql = `SELECT handle FROM credential WHERE profession = 'keeper' AND revoked_at IS NULL AND until > ?
    ORDER BY handle LIMIT 200`
  return (await v.all<{ handle: string }>(sql, now)).map((row) => row.handle as Handle)
}

export const credentialById = (v: Tx, id: string): Promise<CredentialRow | undefined> =>
  v.get(
    'SELECT id, handle, org, profession, name, until, revoked_at AS revokedAt, idx FROM credential WHERE id = ?',
    id,
  ) as Promise<unknown> as Promise<CredentialRow | undefined>

export async function saveCredential(v: Tx, c: Credential, idx: number): Promise<void> {
  await v.run(
    'INSERT INTO credential (id, handle, org, profession, name, until, revoked_at, idx) VALUES (?,?,?,?,?,?,NULL,?)',
    ...[c.id, c.handle, c.org, c.profession, c.name, c.until, idx],
  )
}

/** D8 One credential at a time: a newer one takes the place of those before. */
export const replaceCredentials = (v: Tx, handle: string, at: number) =>
  v.run('UPDATE credential SET revoked_at = ? WHERE handle = ? AND revoked_at IS NULL', at, handle)

/** Professionals of `org` whom nobody has vouched for yet. */
export async function unvouched(v: Tx, org: string): Promise<number> {
  const sql = `SELECT count(*) AS n FROM keyring k WHERE k.org = ? AND k.kind = 'professional'
    AND NOT EXISTS (SELECT 1 FROM credential c WHERE c.handle = k.handle)`
  return (await v.get<{ n: number }>(sql, org))?.n ?? 0
}

export const revokeCredential = (v: Tx, id: string, at: number) =>
  v.run('UPDATE credential SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', at, id)

/** A newer code replaces the one before. */
export const saveClaimCode = (v: Tx, handle: string, code: string, until: number, idx: number) =>
  v.run('INSERT OR REPLACE INTO claim_code (handle, code, until, idx) VALUES (?,?,?,?)', handle, code, until, idx)

/** Whose code it is, by its digest. */
export const claimCode = (v: Tx, code: string) =>
  v.get<{ handle: string; until: number; idx: number }>(
    'SELECT handle, until, idx FROM claim_code WHERE code = ?',
    code,
  )

/** The desk's countersignature that waits for its device. */
export type Approval = {
  handle: string
  claim: string
  device: string
  prev: string
  /** Digest of the countersignature itself. */
  statement: string
  idx: number
  packet: string | null
}

export const saveApproval = (v: Tx, a: Approval) =>
  v.run(
    'INSERT OR REPLACE INTO approval (handle, claim, device, prev, statement, idx, packet) VALUES (?,?,?,?,?,?,?)',
    ...[a.handle, a.claim, a.device, a.prev, a.statement, a.idx, a.packet],
  )

/** The hand-over is done: its packet is destroyed and its id forgotten. */
export const closeApproval = (v: Tx, handle: string) =>
  v.run('UPDATE approval SET packet = NULL WHERE handle = ?', handle)

export const approvalOf = (v: Tx, handle: string): Promise<Approval | undefined> =>
  v.get(
    'SELECT handle, claim, device, prev, statement, idx, packet FROM approval WHERE handle = ?',
    handle,
  ) as Promise<unknown> as Promise<Approval | undefined>

/** Which packet hands which team's keys to which person key. */
export const saveTeamPacket = (v: Tx, packet: string, team: string, kid: string) =>
  v.run('INSERT OR REPLACE INTO team_packet (packet, team, kid) VALUES (?,?,?)', packet, team, kid)

/** Ids of the packets that hand a team's keys to the person key `kid`. */
export async function teamPackets(v: Tx, team: string, kid: string): Promise<string[]> {
  const rows = await v.all<{ packet: string }>('SELECT packet FROM team_packet WHERE team = ? AND kid = ?', team, kid)
  return rows.map((row) => row.packet)
}

/** Professionals of `org`, with or without a credential: what the desk's list shows. */
export async function professionalsOf(v: Tx, org: string): Promise<Keyring[]> {
  const rows = await v.all<{ state: string }>("SELECT state FROM keyring WHERE org = ? AND kind = 'professional'", org)
  return rows.map((row) => JSON.parse(row.state) as Keyring)
}

const OWN_ROWS = ['keyring', 'keyring_entry', 'credential', 'claim_code', 'approval', 'member'] as const

/** Clears every row about `handle`. */
export async function forgetPerson(v: Tx, handle: string): Promise<void> {
  // Nor does memory go on knowing who was erased.
  folded.clear()
  for (const table of OWN_ROWS) await v.run(`DELETE FROM ${table} WHERE handle = ?`, handle)
}
