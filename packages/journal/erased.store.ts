/**
 * Names for erasures that survive a backup (J24): each chain has a random store id, which says nothing by itself. Erasing a
 * chain leaves its id, without the chain, until the host has written it down outside of everything that a backup holds.
 */
import { base64url } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import type { Tx } from '@salus/base/sqlite'

export const ERASED_SCHEMA = `
CREATE TABLE IF NOT EXISTS store_id (id TEXT PRIMARY KEY, chain TEXT UNIQUE) STRICT;
`

/** Gives a chain its store id, when it begins. */
export const nameChain = (tx: Tx, chain: string, random: Random) =>
  tx.run('INSERT OR IGNORE INTO store_id (id, chain) VALUES (?, ?)', base64url(random(16)), chain)

/** Chains that have none: they began before store ids were kept. */
export const namelessChains = async (tx: Tx): Promise<string[]> =>
  (
    await tx.all<{ chain: string }>(
      `SELECT DISTINCT chain FROM statement s WHERE NOT EXISTS (SELECT 1 FROM store_id i WHERE i.chain = s.chain)
       ORDER BY chain`,
    )
  ).map((row) => row.chain)

/** The chain goes: its id stays behind, with nothing that says whose it was. */
export const beginErasing = (tx: Tx, chain: string) => tx.run('UPDATE store_id SET chain = NULL WHERE chain = ?', chain)

/** Ids of erased chains that are not written down yet. */
export const erasingIds = async (tx: Tx): Promise<string[]> =>
  (await tx.all<{ id: string }>('SELECT id FROM store_id WHERE chain IS NULL ORDER BY id')).map((row) => row.id)

/** They are written down. */
export async function erasingDone(tx: Tx, ids: readonly string[]): Promise<void> {
  for (const id of ids) await tx.run('DELETE FROM store_id WHERE id = ? AND chain IS NULL', id)
}

/** The chain with this store id, if it stands here. */
export const chainNamed = async (tx: Tx, id: string): Promise<string | undefined> =>
  (await tx.get<{ chain: string | null }>('SELECT chain FROM store_id WHERE id = ?', id))?.chain ?? undefined
