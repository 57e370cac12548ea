/**
 * From where on another hospital's node may mirror a chain (N22): its own professionals', teams' and desks' rows are everybody's
 * from their beginning; a patient's from when an organisation of that hospital held part of the record, or was named by the patient.
 */
import type { Tx } from '@salus/base/sqlite'

/** A chain that is everybody's from its beginning. */
export const ALWAYS = -1

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

/** Organisations that wrote part of a patient's record. */
export const writersOf = async (v: Tx, patient: string): Promise<string[]> =>
  (await v.all<{ org: string }>('SELECT DISTINCT org FROM record WHERE patient = ? ORDER BY org', patient)).map(
    (row) => row.org,
  )
