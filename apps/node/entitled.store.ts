/**
 * From where on another hospital's node may mirror a chain (N22): its own professionals', teams' and desks' rows are everybody's
 * from their beginning; a patient's from when an organisation of that hospital held part of the record, or was named by the patient.
 */
import type { Tx } from '@salus/base/sqlite'
import { ALWAYS } from '@salus/journal/handing'

/** Index of the entry that gave it to `orgs`; undefined: not theirs. */
export async function givenAt(v: Tx, chain: string, orgs: readonly string[]): Promise<number | undefined> {
  const keyring = await v.get<{ kind: string }>('SELECT kind FROM keyring WHERE handle = ?', chain)
  if (keyring?.kind === 'professional' || keyring?.kind === 'team') return ALWAYS
  if (keyring?.kind !== 'patient' || orgs.length === 0) return undefined
  const marks = orgs.map(() => '?').join(',')
  const row = await v.get<{ idx: number | null }>(
    `SELECT min(idx) AS idx FROM (
       SELECT min(idx) AS idx FROM record WHERE patient = ? AND org IN (${marks})
       UNION ALL SELECT min(idx) FROM care_circle WHERE handle = ? AND org IN (${marks}))`,
    ...[chain, ...orgs, chain, ...orgs],
  )
  return row?.idx ?? undefined
}

/**
 * Was something of this patient's record given to somebody of `orgs`, until later than `now`? Also where it was taken back since:
 * whoever asks is then told so where the copy is.
 */
export async function isGrantedTo(v: Tx, patient: string, orgs: readonly string[], now: number): Promise<boolean> {
  if (orgs.length === 0) return false
  const rows = await v.all<{ state: string }>(
    `SELECT g.state FROM grant_given g JOIN keyring k ON k.handle = g.reader
     WHERE g.patient = ? AND k.org IN (${orgs.map(() => '?').join(',')})`,
    ...[patient, ...orgs],
  )
  return rows.some(lastsBeyond(now))
}

/** The same of one person alone. */
export async function isGivenTo(v: Tx, patient: string, reader: string, now: number): Promise<boolean> {
  const sql = 'SELECT state FROM grant_given WHERE patient = ? AND reader = ?'
  return (await v.all<{ state: string }>(sql, patient, reader)).some(lastsBeyond(now))
}

const lastsBeyond =
  (now: number) =>
  ({ state }: { state: string }): boolean =>
    (JSON.parse(state) as { until: number }).until > now

/** Organisations that wrote part of a patient's record. */
export const writersOf = async (v: Tx, patient: string): Promise<string[]> =>
  (await v.all<{ org: string }>('SELECT DISTINCT org FROM record WHERE patient = ? ORDER BY org', patient)).map(
    (row) => row.org,
  )
