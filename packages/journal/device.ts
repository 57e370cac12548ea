/** What a device does with the journal: hand statements in, check each receipt, follow the own chain. */

import { equal } from '@salus/base/bytes'
import type { Call } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import { type ChainEntry, type JournalCode, journalEndpoints, type Receipt, type SubmissionItem } from './contract.ts'
import type { Checkpoint, NoteKey } from './note.ts'
import {
  type ChainHead,
  createCheckpointCheck,
  followChain,
  verifyCheckpoint,
  verifyEntry,
  verifyReceipt,
} from './verify.ts'

/** Submits all or nothing and believes nothing: a receipt that does not verify is an error, not a success. */
export async function submit(
  call: Call,
  logs: readonly NoteKey[],
  items: readonly SubmissionItem[],
): Promise<Receipt[]> {
  const { receipts } = await call(journalEndpoints.submit, { input: { items } })
  if (receipts.length !== items.length) throw new AppError<JournalCode>('proof-invalid')
  const verify = createCheckpointCheck()
  await Promise.all(items.map((item, i) => verifyReceipt(item.statement, receipts[i] as Receipt, logs, verify)))
  return receipts
}

/** What a device remembers of the log as a whole: the newest checkpoint that it has seen. */
export type Seen = { readonly last: string | undefined; readonly keep: (checkpoint: string) => void }

/** Shows the log its own later word. Its answer does not matter: an honest one closes itself, another is not asked again. */
const show = (call: Call, checkpoint: string) =>
  call(journalEndpoints.show, { input: { checkpoint } }).then(
    () => undefined,
    () => undefined,
  )

/** Is this log where it was seen before? Below it, or beside it, it was rolled back: it is shown that, and nothing is believed. */
async function holdAgainst(call: Call, logs: readonly NoteKey[], now: Checkpoint, { last }: Seen): Promise<void> {
  const before = last === undefined ? undefined : await verifyCheckpoint(last, logs).catch(() => undefined)
  if (!before || before.origin !== now.origin || before.size < now.size) return
  if (before.size === now.size && equal(before.root, now.root)) return
  await show(call, last ?? '')
  throw new AppError<JournalCode>('journal-behind', { size: now.size, known: before.size })
}

/**
 * The same for a device that this node does not even let in: after a rollback it may know neither the device nor its keyring.
 * Anybody may ask for the signed checkpoint by showing one.
 */
export async function showLast(call: Call, last: string | undefined): Promise<void> {
  if (last === undefined) return
  await call(journalEndpoints.show, { input: { checkpoint: last } }).catch((error) => {
    if (isAppError(error) && error.code === 'journal-closed')
      throw new AppError<JournalCode>('journal-behind', error.facts)
  })
}

/** Fetches and checks what came after `head` in the caller's own chain, page by page: no gap, no fork, and in the log. */
export async function readChain(
  call: Call,
  logs: readonly NoteKey[],
  head: ChainHead,
  each: (entries: readonly ChainEntry[]) => Promise<void>,
  seen?: Seen,
): Promise<ChainHead> {
  try {
    return await follow(call, logs, head, each, seen)
  } catch (error) {
    // A chain that does not go on may have grown again after a rollback: then the known checkpoint is beside the log.
    if (seen?.last !== undefined && isAppError(error) && error.code === 'chain-broken') await show(call, seen.last)
    throw error
  }
}

async function follow(
  call: Call,
  logs: readonly NoteKey[],
  head: ChainHead,
  each: (entries: readonly ChainEntry[]) => Promise<void>,
  seen?: Seen,
): Promise<ChainHead> {
  let at = head
  for (;;) {
    const page = await call(journalEndpoints.chain, { query: { after: at.number } })
    const now = await verifyCheckpoint(page.checkpoint, logs)
    if (seen) await holdAgainst(call, logs, now, seen)
    if (page.head < at.number) throw new AppError<JournalCode>('chain-broken')
    if (page.entries.length === 0) {
      if (page.head !== at.number) throw new AppError<JournalCode>('chain-broken')
      seen?.keep(page.checkpoint)
      return at
    }
    at = followChain(at, page.entries)
    await verifyEntry(at.entry, page.entries.at(-1)?.index ?? 0, page.proof ?? '', logs)
    await each(page.entries)
  }
}
