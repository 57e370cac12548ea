/** Rows of the sources as they stand, for whoever looks for damage; and how one is put right. */
import type { Bytes } from '@salus/base/bytes'
import type { Digest, Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { opensLeaf, type Stored } from './sources.store.ts'

/** The ciphertext under this name, whatever it is now; undefined where none is. */
export const contentAsIs = async (tx: Tx, chain: string, name: string): Promise<unknown> =>
  (await tx.get('SELECT jwe FROM content WHERE chain = ? AND digest = ?', chain, name))?.jwe

/** The statement's row as it stands, with its leaf. */
const rowAt = (tx: Tx, idx: number): Promise<(Stored & { entry: Bytes }) | undefined> =>
  tx.get(
    `SELECT idx, id, iss, token, type, chain, number, previous, salt, at, entry FROM statement JOIN leaf USING (idx)
     WHERE idx = ?`,
    idx,
  ) as Promise<unknown> as Promise<(Stored & { entry: Bytes }) | undefined>

/** Puts a statement's text back; false where it does not open the leaf: then it is not what stood there. */
export async function putStatement(tx: Tx, idx: number, token: string): Promise<boolean> {
  const row = await rowAt(tx, idx)
  if (!row || !opensLeaf({ ...row, token }, row.entry)) return false
  await tx.run('UPDATE statement SET token = ? WHERE idx = ?', token, idx)
  return true
}

/** Puts a packet back that came `at` its place with the entry; `named`: what the statement signs there. */
export async function putPacket(
  tx: Tx,
  place: { idx: number; at: number; named: string },
  jwe: string,
): Promise<boolean> {
  if (digest(jwe) !== place.named) return false
  return (await tx.run('UPDATE packet SET jwe = ? WHERE idx = ? AND at = ?', jwe, place.idx, place.at)) === 1
}

/** Puts a ciphertext back under its name. */
export async function putContent(tx: Tx, chain: Handle, name: Digest, jwe: string): Promise<boolean> {
  if (digest(jwe) !== name) return false
  return (await tx.run('UPDATE content SET jwe = ? WHERE chain = ? AND digest = ?', jwe, chain, name)) === 1
}
