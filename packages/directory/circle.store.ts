/** View of care circles: the organisations a patient named. Rebuilt from statements. */
import type { OrgId } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'

/** SQL of the view; `idx`: the entry that named it, or named it again without a break. */
export const CIRCLE_VIEWS = `
CREATE TABLE IF NOT EXISTS care_circle (handle TEXT NOT NULL, org TEXT NOT NULL, idx INTEGER NOT NULL,
  PRIMARY KEY (handle, org)) STRICT;
CREATE TABLE IF NOT EXISTS moved_home (handle TEXT PRIMARY KEY, org TEXT NOT NULL) STRICT;
`

/** The list from now on: who stays keeps the place from which it was in. */
export async function saveCircle(v: Tx, handle: string, organisations: readonly string[], idx: number): Promise<void> {
  for (const org of await circleOf(v, handle))
    if (!organisations.includes(org)) await v.run('DELETE FROM care_circle WHERE handle = ? AND org = ?', handle, org)
  for (const org of organisations)
    await v.run('INSERT OR IGNORE INTO care_circle (handle, org, idx) VALUES (?,?,?)', handle, org, idx)
}

/** Whom the patient named. */
export const circleOf = async (v: Tx, handle: string): Promise<OrgId[]> =>
  (await v.all<{ org: string }>('SELECT org FROM care_circle WHERE handle = ? ORDER BY org', handle)).map(
    (row) => row.org as OrgId,
  )

/** Where the record is at home from now on. */
export const saveHomeOrg = (v: Tx, handle: string, org: string) =>
  v.run('INSERT OR REPLACE INTO moved_home (handle, org) VALUES (?,?)', handle, org)

/** Where it is at home since it moved; undefined while it is where it began. */
export const movedTo = async (v: Tx, handle: string): Promise<OrgId | undefined> =>
  (await v.get<{ org: OrgId }>('SELECT org FROM moved_home WHERE handle = ?', handle))?.org

export async function forgetCircle(v: Tx, handle: string): Promise<void> {
  await v.run('DELETE FROM care_circle WHERE handle = ?', handle)
  await v.run('DELETE FROM moved_home WHERE handle = ?', handle)
}
