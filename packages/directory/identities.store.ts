/** View of merges: which keyring goes on under which. Rebuilt from statements. */
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'

/** SQL of the view. `joined`: where the other chain says so; until then the merge is half said and counts for nothing. */
export const IDENTITY_VIEWS = `
CREATE TABLE IF NOT EXISTS identity_merge (id TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, org TEXT NOT NULL,
  joined INTEGER, ended INTEGER NOT NULL, PRIMARY KEY (source, id)) STRICT;
CREATE INDEX IF NOT EXISTS identity_merge_target ON identity_merge (target);
`

/** `joined`: index in the log of the entry in the target's chain. */
export type MergeRow = {
  id: string
  source: Handle
  target: Handle
  org: string
  joined: number | null
  ended: number
}

export const saveMerge = (v: Tx, m: Omit<MergeRow, 'joined' | 'ended'>) =>
  v.run(
    'INSERT INTO identity_merge (id, source, target, org, ended) VALUES (?,?,?,?,0)',
    m.id,
    m.source,
    m.target,
    m.org,
  )
type MergeName = Pick<MergeRow, 'source' | 'id' | 'org'>
export const joinMerge = (v: Tx, { source, id, org }: MergeName, index: number) =>
  v.run('UPDATE identity_merge SET joined = ? WHERE source = ? AND id = ? AND org = ?', index, source, id, org)
export const endMerge = (v: Tx, { source, id, org }: MergeName) =>
  v.run('UPDATE identity_merge SET ended = 1 WHERE source = ? AND id = ? AND org = ?', source, id, org)

/** A merge by its id and the desk that said it, as said in the chain of either side. */
export const mergeIn = (v: Tx, chain: string, id: string, org: string): Promise<MergeRow | undefined> =>
  v.get(
    'SELECT * FROM identity_merge WHERE id = ? AND org = ? AND (source = ? OR target = ?)',
    ...[id, org, chain, chain],
  ) as Promise<unknown> as Promise<MergeRow | undefined>

/** Merges that stand and name `handle`, on either side. */
export const mergesOf = (v: Tx, handle: string): Promise<MergeRow[]> =>
  v.all(
    'SELECT * FROM identity_merge WHERE (source = ? OR target = ?) AND ended = 0 ORDER BY id',
    handle,
    handle,
  ) as Promise<unknown> as Promise<MergeRow[]>

/** Clears what the view holds about `handle`: who is gone is merged with nobody. */
export const forgetMerges = (v: Tx, handle: string) =>
  v.run('DELETE FROM identity_merge WHERE source = ? OR target = ?', handle, handle)
