/** A keyring as the node hands it to whoever verifies: every entry, the newest receipt, what vouches for it. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Sql } from '@salus/base/sqlite'
import type { Journal } from '@salus/journal/accept'
import type { DirectoryCode } from './contract.ts'
import { credentialsOf, keyringIndexes } from './directory.store.ts'
import type { KeyringView } from './endpoints.ts'
import { joinedTo } from './identities.ts'

/** Gathers the view; an entry that is erased or not under a checkpoint yet makes the whole keyring unknown. */
export async function findKeyring(views: Sql, journal: Journal, handle: string): Promise<KeyringView> {
  const { indexes, credentials, joined } = await views.tx(async (v) => ({
    joined: await joinedTo(v, handle),
    indexes: await keyringIndexes(v, handle),
    credentials: await credentialsOf(v, handle),
  }))
  const entries = []
  for (const index of indexes) entries.push(await journal.receiptAt(index))
  const last = entries.at(-1)
  if (!last || entries.includes(undefined)) throw new AppError<DirectoryCode>('keyring-unknown')
  const vouched = []
  for (const { idx, revokedAt } of credentials) {
    const found = await journal.receiptAt(idx)
    if (found) vouched.push({ statement: found.stored.token, revoked: revokedAt !== null })
  }
  const merges = []
  for (const index of joined) merges.push((await journal.receiptAt(index))?.stored.token ?? '')
  return {
    merges: merges.filter((one) => one !== ''),
    handle: handle as Handle,
    entries: entries.map((one) => one?.stored.token ?? ''),
    receipt: last.receipt,
    credentials: vouched,
  }
}
