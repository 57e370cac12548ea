/** The erasable sources: statements with their salts, packets, ciphertext; and the leaves, which stay (architecture §2 rule 5). */
import { type Bytes, base64url, equal, fromBase64url, text } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import type { Digest, Handle, StatementId, Thumbprint } from '@salus/base/ids'
import { openSqlite, type Sql, type Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { ADOPTED_SCHEMA, forgetAdopted, keepDeparted } from './adopted.store.ts'
import type { JournalCode } from './contract.ts'
import { DOUBT_SCHEMA } from './doubt.store.ts'
import { CHAIN_START, journalEntry } from './entry.ts'
import { beginErasing, ERASED_SCHEMA, nameChain } from './erased.store.ts'
import { MIRROR_SCHEMA } from './mirror.store.ts'
import { MOVED_SCHEMA } from './moved.store.ts'
import type { PacketIn, PacketRow, SourceEffects } from './slice.ts'
import { WITNESS_SCHEMA } from './witness.store.ts'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS leaf (idx INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS statement (
  idx INTEGER PRIMARY KEY, iss TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, token TEXT NOT NULL,
  chain TEXT NOT NULL, number INTEGER NOT NULL, previous BLOB NOT NULL, salt BLOB NOT NULL, at INTEGER NOT NULL,
  UNIQUE (iss, id)) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS statement_chain ON statement (chain, number);
CREATE TABLE IF NOT EXISTS packet (
  id TEXT PRIMARY KEY, idx INTEGER NOT NULL, at INTEGER NOT NULL, chain TEXT NOT NULL, kid TEXT NOT NULL,
  bind TEXT NOT NULL, jwe TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS packet_of ON packet (idx, at);
CREATE INDEX IF NOT EXISTS packet_chain ON packet (chain);
CREATE TABLE IF NOT EXISTS content (digest TEXT NOT NULL, chain TEXT NOT NULL, jwe TEXT NOT NULL,
  PRIMARY KEY (chain, digest)) STRICT;
CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL,
  root BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS gone (chain TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT;
`

export type Stored = {
  readonly idx: number
  readonly id: StatementId
  readonly iss: string
  readonly token: string
  readonly type: string
  readonly chain: Handle
  readonly number: number
  readonly previous: Bytes
  readonly salt: Bytes
  readonly at: number
}

/** Opens the sources at `path`, with whatever other erasable tables its host keeps (`more`): a commit is on disk when it returns. */
export const openSources = (path: string, more = ''): Sql =>
  openSqlite(path, {
    durability: 'full',
    schema: `${SCHEMA}${ERASED_SCHEMA}${WITNESS_SCHEMA}${ADOPTED_SCHEMA}${MIRROR_SCHEMA}${MOVED_SCHEMA}${DOUBT_SCHEMA}${more}`,
    damaged: 'sources-damaged',
  })

/** Entries in the log. */
export async function logSize(tx: Tx): Promise<number> {
  const row = await tx.get<{ size: number }>('SELECT coalesce(max(idx) + 1, 0) AS size FROM leaf')
  return row?.size ?? 0
}

/** The root that the log had when its last group was committed: in the same transaction as the leaves it is over. */
export const recordedHead = (tx: Tx): Promise<{ size: number; root: Bytes } | undefined> =>
  tx.get<{ size: number; root: Bytes }>('SELECT size, root FROM head')

/** Moves it; what was recorded here is what is signed, and nothing beside it ever (tlog-checkpoint.md). */
export async function recordHead(tx: Tx, head: { size: number; root: Uint8Array }): Promise<void> {
  await tx.run('INSERT OR REPLACE INTO head (one, size, root) VALUES (1, ?, ?)', head.size, head.root)
}

/** The 32-byte entries from `from` up to (not including) `to`. */
export async function leaves(tx: Tx, from: number, to: number): Promise<Bytes[]> {
  const rows = await tx.all<{ entry: Bytes }>(
    'SELECT entry FROM leaf WHERE idx >= ? AND idx < ? ORDER BY idx',
    from,
    to,
  )
  return rows.map((row) => row.entry)
}

/** Last number and entry of a chain. */
export async function chainHead(tx: Tx, chain: Handle): Promise<{ number: number; entry: Bytes }> {
  const row = await tx.get<{ number: number; entry: Bytes }>(
    'SELECT s.number, l.entry FROM statement s JOIN leaf l ON l.idx = s.idx WHERE s.chain = ? ORDER BY s.number DESC LIMIT 1',
    chain,
  )
  return row ?? { number: 0, entry: CHAIN_START }
}

/** Last number of a chain among the first `size` entries of the log. */
export async function chainNumber(tx: Tx, chain: Handle, size: number): Promise<number> {
  const row = await tx.get<{ number: number }>(
    'SELECT number FROM statement WHERE chain = ? AND idx < ? ORDER BY number DESC LIMIT 1',
    ...[chain, size],
  )
  return row?.number ?? 0
}

const COLUMNS = 'idx, id, iss, token, type, chain, number, previous, salt, at'
const WITH_LEAF = `SELECT ${COLUMNS}, entry FROM statement JOIN leaf USING (idx)`
const damaged = () => new AppError<JournalCode>('content-damaged')

/** J22 What no longer opens its leaf is neither served, nor answered for, nor folded into a view. */
const sound = (rows: readonly unknown[]): Stored[] =>
  (rows as readonly (Stored & { entry: Bytes })[]).map(({ entry, ...stored }) => {
    if (!opensLeaf(stored, entry)) throw damaged()
    return stored
  })

/** Does the statement, with its salt and its place in the chain, give the leaf? */
export function opensLeaf({ salt, token, number, previous }: Stored, leaf: Uint8Array): boolean {
  // In a damaged row any column may be missing.
  if (salt?.length !== 32 || previous?.length !== 32 || leaf?.length !== 32 || typeof token !== 'string') return false
  if (!Number.isSafeInteger(number) || number < 1) return false
  return equal(leaf, journalEntry(salt, token, number, previous))
}

/** The statement that (issuer, id) names, whatever its bytes. */
export const findStatement = async (tx: Tx, iss: string, id: string): Promise<Stored | undefined> =>
  sound(await tx.all(`${WITH_LEAF} WHERE iss = ? AND id = ?`, iss, id))[0]

/** The statement at an index of the log, unless it was erased. */
export const statementAt = async (tx: Tx, idx: number): Promise<Stored | undefined> =>
  sound(await tx.all(`${WITH_LEAF} WHERE idx = ?`, idx))[0]

/** Statements of the log in order, from index `from` on, as they stand there: for whoever looks for damage. */
export const statementsFrom = (tx: Tx, from: number, limit: number): Promise<Stored[]> =>
  tx.all(
    `SELECT ${COLUMNS} FROM statement WHERE idx >= ? ORDER BY idx LIMIT ?`,
    from,
    limit,
  ) as Promise<unknown> as Promise<Stored[]>

/** What is left of the statements at `from` up to (not including) `to`: an erased one is a gap. */
export const statementsBetween = async (tx: Tx, from: number, to: number): Promise<Stored[]> =>
  sound(await tx.all(`${WITH_LEAF} WHERE idx >= ? AND idx < ? ORDER BY idx`, from, to))

/** How many statements are left there. */
export async function countStatements(tx: Tx, from: number, to: number): Promise<number> {
  const row = await tx.get<{ n: number }>('SELECT count(*) AS n FROM statement WHERE idx >= ? AND idx < ?', from, to)
  return row?.n ?? 0
}

/** A person's chain after entry `after`, in order. */
export const chainAfter = async (tx: Tx, chain: Handle, after: number, limit: number): Promise<Stored[]> =>
  sound(await tx.all(`${WITH_LEAF} WHERE chain = ? AND number > ? ORDER BY number LIMIT ?`, chain, after, limit))

/** Writes one entry: leaf, statement, salt, packets and ciphertext. Returns the packets' random ids, in order. */
export async function insertEntry(
  tx: Tx,
  entry: Stored & { readonly entry: Bytes },
  packets: readonly PacketIn[],
  content: { digest: Digest; jwe: string } | undefined,
  random: Random,
): Promise<PacketRow[]> {
  await insertLeaf(tx, entry.idx, entry.entry)
  return insertUnder(tx, entry, packets, content, random)
}

/** A bare entry of the log. */
export const insertLeaf = (tx: Tx, idx: number, entry: Uint8Array) =>
  tx.run('INSERT INTO leaf (idx, entry) VALUES (?, ?)', idx, entry)

/** The same under a leaf that stands already. */
export async function insertUnder(
  tx: Tx,
  entry: Stored,
  packets: readonly PacketIn[],
  content: { digest: Digest; jwe: string } | undefined,
  random: Random,
): Promise<PacketRow[]> {
  await tx.run(
    'INSERT INTO statement (idx, iss, id, type, token, chain, number, previous, salt, at) VALUES (?,?,?,?,?,?,?,?,?,?)',
    ...[entry.idx, entry.iss, entry.id, entry.type, entry.token, entry.chain, entry.number],
    ...[entry.previous, entry.salt, entry.at],
  )
  const rows: PacketRow[] = []
  if (entry.number === 1) await nameChain(tx, entry.chain, random)
  for (const [at, packet] of packets.entries()) {
    const id = base64url(random(16))
    await tx.run(
      'INSERT INTO packet (id, idx, at, chain, kid, bind, jwe) VALUES (?,?,?,?,?,?,?)',
      ...[id, entry.idx, packet.at ?? at, entry.chain, packet.kid, JSON.stringify(packet.bind), packet.jwe],
    )
    rows.push({ id, kid: packet.kid, bind: packet.bind })
  }
  if (content) {
    await tx.run(
      'INSERT OR IGNORE INTO content (digest, chain, jwe) VALUES (?,?,?)',
      ...[content.digest, entry.chain, content.jwe],
    )
  }
  return rows
}

/** Packets that came with the entry at `idx`, in their order; dropped ones are absent. */
export async function packetsOf(tx: Tx, idx: number): Promise<PacketRow[]> {
  const rows = await tx.all<{ id: string; kid: string; bind: string }>(
    'SELECT id, kid, bind FROM packet WHERE idx = ? ORDER BY at',
    idx,
  )
  return rows.map((row) => ({ id: row.id, kid: row.kid as Thumbprint, bind: JSON.parse(row.bind) }))
}

/**
 * The JWE of each packet that is still there, by id. One that is not what its statement signed is never served: it ends the
 * answer (`content-damaged`), or is left out where the rest is of use without it.
 */
export async function packetJwes(
  tx: Tx,
  ids: readonly string[],
  damage: 'refuse' | 'leave out' = 'refuse',
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const signed = new Map<number, string>()
  for (const id of ids) {
    const row = await tx.get<{ jwe: string; idx: number }>('SELECT jwe, idx FROM packet WHERE id = ?', id)
    if (!row) continue
    const payload = signed.get(row.idx) ?? (await payloadAt(tx, row.idx))
    signed.set(row.idx, payload)
    if (typeof row.jwe === 'string' && payload.includes(`"${digest(row.jwe)}"`)) found.set(id, row.jwe)
    else if (damage === 'refuse') throw damaged()
  }
  return found
}

/** What the statement at `idx` signed, as text; empty when it is not there or cannot be read. */
async function payloadAt(tx: Tx, idx: number): Promise<string> {
  const row = await tx.get<{ token: string }>('SELECT token FROM statement WHERE idx = ?', idx)
  try {
    return text(fromBase64url(row?.token.split('.')[1] ?? ''))
  } catch (error) {
    if (isAppError(error)) return ''
    throw error
  }
}

/** The ciphertext of one record version; `content-damaged` when it is no longer what was signed. */
export async function contentOf(tx: Tx, chain: Handle, name: Digest): Promise<string | undefined> {
  const row = await tx.get<{ jwe: string }>('SELECT jwe FROM content WHERE chain = ? AND digest = ?', chain, name)
  if (row && (typeof row.jwe !== 'string' || digest(row.jwe) !== name)) throw damaged()
  return row?.jwe
}

/** The same as the bytes of its letters: for whoever passes it on, and makes no text of it. */
export async function contentBytes(tx: Tx, chain: Handle, name: Digest): Promise<Bytes | undefined> {
  const sql = 'SELECT CAST(jwe AS BLOB) AS jwe FROM content WHERE chain = ? AND digest = ?'
  const row = await tx.get<{ jwe: Bytes | null }>(sql, chain, name)
  if (row && (row.jwe === null || digest(row.jwe) !== name)) throw damaged()
  return row?.jwe ?? undefined
}

/** Size of a ciphertext, letters (it is ASCII), without reading it. */
export async function contentSize(tx: Tx, chain: Handle, digest: Digest): Promise<number> {
  const sql = 'SELECT octet_length(jwe) AS size FROM content WHERE chain = ? AND digest = ?'
  return (await tx.get<{ size: number }>(sql, chain, digest))?.size ?? 0
}

/** The effects slices may ask for, inside the running transaction. */
export const sourceEffects = (tx: Tx, random: Random, more: (chain: Handle) => Promise<void>): SourceEffects => ({
  own: (work) => work(tx, random),
  dropPackets: async (ids) => {
    for (const id of ids) await tx.run('DELETE FROM packet WHERE id = ?', id)
  },
  dropContent: async (chain, digest) => {
    await tx.run('DELETE FROM content WHERE chain = ? AND digest = ?', chain, digest)
  },
  eraseChain: async (chain) => {
    await beginErasing(tx, chain)
    await keepDeparted(tx, chain)
    for (const table of ['packet', 'content', 'statement']) await tx.run(`DELETE FROM ${table} WHERE chain = ?`, chain)
    await forgetAdopted(tx, chain)
    await more(chain)
  },
})

/** J18 Remembers, by its digest and for a quarter of an hour, that a chain was erased. */
export async function rememberGone(tx: Tx, chain: string, until: number, now: number): Promise<void> {
  await tx.run('DELETE FROM gone WHERE until <= ?', now)
  await tx.run('INSERT OR REPLACE INTO gone (chain, until) VALUES (?,?)', digest(chain), until)
}

/** Was it erased a moment ago? */
export const isGone = async (tx: Tx, chain: string, now: number): Promise<boolean> =>
  (await tx.get('SELECT 1 FROM gone WHERE chain = ? AND until > ?', digest(chain), now)) !== undefined
