/** Rows of the sources as an inspection reads them: page by page, with what they are compared to. */
import type { Bytes } from '@salus/base/bytes'
import type { Tx } from '@salus/base/sqlite'

export type PacketSeen = {
  readonly id: string
  readonly idx: number
  readonly at: number
  readonly chain: string
  readonly kid: string
  readonly bind: string
  readonly jwe: string
}
export type ContentSeen = { readonly digest: string; readonly chain: string; readonly jwe: string }

/** The packets that came with the entries at `from` up to (not including) `to`. */
export const packetsBetween = (tx: Tx, from: number, to: number): Promise<PacketSeen[]> =>
  tx.all(
    'SELECT id, idx, at, chain, kid, bind, jwe FROM packet WHERE idx >= ? AND idx < ? ORDER BY idx, at',
    ...[from, to],
  ) as Promise<unknown> as Promise<PacketSeen[]>

/** Packets of no statement that is still there. */
export async function strayPackets(tx: Tx): Promise<number> {
  const row = await tx.get<{ n: number }>(
    'SELECT count(*) AS n FROM packet p WHERE NOT EXISTS (SELECT 1 FROM statement s WHERE s.idx = p.idx)',
  )
  return row?.n ?? 0
}

/** Ciphertexts after (`chain`, `digest`), in that order. */
export const contentsAfter = (tx: Tx, chain: string, digest: string, limit: number): Promise<ContentSeen[]> =>
  tx.all(
    'SELECT digest, chain, jwe FROM content WHERE (chain, digest) > (?, ?) ORDER BY chain, digest LIMIT ?',
    ...[chain, digest, limit],
  ) as Promise<unknown> as Promise<ContentSeen[]>

/** The numbers that each chain should count through, and does it? Chains whose numbers have a gap. */
export async function gaps(tx: Tx): Promise<number> {
  const row = await tx.get<{ n: number }>(
    `SELECT count(*) AS n FROM (
       SELECT 1 FROM statement GROUP BY chain HAVING count(*) <> max(number) OR min(number) <> 1)`,
  )
  return row?.n ?? 0
}

/** Indexes of leaves from `from` on that are no 32 bytes, or missing before the next. */
export async function brokenLeaves(tx: Tx): Promise<number> {
  const row = await tx.get<{ n: number; last: number | null; bad: number }>(
    'SELECT count(*) AS n, max(idx) AS last, coalesce(sum(length(entry) IS NOT 32), 0) AS bad FROM leaf',
  )
  return (row?.bad ?? 0) + ((row?.last ?? -1) + 1 - (row?.n ?? 0))
}

/** SQLite's own look at the file: faults in its structure and in its rows; with `indexes`, also tables against their indexes. */
export async function structure(tx: Tx, indexes: boolean): Promise<number> {
  const rows = await tx.all(`PRAGMA ${indexes ? 'integrity_check' : 'quick_check'}(100)`)
  return rows.filter((row) => Object.values(row)[0] !== 'ok').length
}

export type LeafRow = { readonly idx: number; readonly entry: Bytes }

/** Leaves in order, `limit` at a time. */
export const leafRows = (tx: Tx, from: number, limit: number): Promise<LeafRow[]> =>
  tx.all('SELECT idx, entry FROM leaf WHERE idx >= ? ORDER BY idx LIMIT ?', from, limit) as Promise<unknown> as Promise<
    LeafRow[]
  >

/** Store ids that name no chain that is there, or are none; and chains that have none. */
export async function misnamed(tx: Tx): Promise<number> {
  const row = await tx.get<{ n: number }>(
    `SELECT
       (SELECT count(*) FROM store_id i WHERE length(id) <> 22 OR (i.chain IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM statement s WHERE s.chain = i.chain)))
       + (SELECT count(DISTINCT chain) FROM statement s
         WHERE NOT EXISTS (SELECT 1 FROM store_id i WHERE i.chain = s.chain)) AS n`,
  )
  return row?.n ?? 0
}

export type WitnessedSeen = CosignedSeen & { readonly origin: string; readonly root: Bytes }
export type CosignedSeen = { readonly size: number; readonly note: string }

/** Checkpoints of other logs that were cosigned here. */
export const witnessedRows = (tx: Tx): Promise<WitnessedSeen[]> =>
  tx.all('SELECT origin, size, root, note FROM witnessed') as Promise<unknown> as Promise<WitnessedSeen[]>

/** Checkpoints of this log that a quorum cosigned: the newest, and one for each size. */
export const cosignedRows = (tx: Tx): Promise<CosignedSeen[]> =>
  tx.all(
    'SELECT size, note FROM own_witnessed UNION ALL SELECT size, note FROM own_cosigned',
  ) as Promise<unknown> as Promise<CosignedSeen[]>
