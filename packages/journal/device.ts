/** What a device does with the journal: hand statements in, check each receipt, follow the own chain. */

import { equal, fromBase64url } from '@salus/base/bytes'
import type { Call } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import { verifyConsistency } from '@salus/crypto/merkle'
import { type ChainEntry, type JournalCode, journalEndpoints, type Receipt, type SubmissionItem } from './contract.ts'
import type { Checkpoint, NoteKey } from './note.ts'
import {
  type ChainHead,
  createCheckpointCheck,
  followChain,
  logsFor,
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
  await Promise.all(
    items.map(({ statement }, i) => verifyReceipt(statement, receipts[i] as Receipt, logsFor(statement, logs), verify)),
  )
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

/** A checkpoint that this device believed, and its exact text. */
type Known = { readonly point: Checkpoint; readonly note: string }

/**
 * Does this log continue what was seen of it? Below it, beside it, or grown from another past, it was rolled back: it is shown
 * what was seen, and nothing is believed. Gives what is known from now on.
 */
async function holdAgainst(
  call: Call,
  now: Known,
  before: Known | undefined,
  consistency: string[] = [],
): Promise<Known> {
  if (!before || before.point.origin !== now.point.origin || continues(now.point, before.point, consistency)) return now
  await show(call, before.note)
  throw new AppError<JournalCode>('journal-behind', { size: now.point.size, known: before.point.size })
}

function continues(now: Checkpoint, before: Checkpoint, consistency: readonly string[]): boolean {
  if (now.size === before.size) return equal(now.root, before.root)
  if (now.size < before.size) return false
  const proof = consistency.map(fromBase64url)
  return verifyConsistency({ size1: before.size, size2: now.size, root1: before.root, root2: now.root, proof })
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
  let known = await knownOf(logs, seen?.last)
  for (;;) {
    const page = await call(journalEndpoints.chain, { query: { after: at.number, seen: known?.point.size ?? 0 } })
    const now = { point: await verifyCheckpoint(page.checkpoint, logs), note: page.checkpoint }
    known = await holdAgainst(call, now, known, page.consistency)
    if (page.head < at.number) throw new AppError<JournalCode>('chain-broken')
    if (page.entries.length === 0) {
      if (page.head !== at.number) throw new AppError<JournalCode>('chain-broken')
      seen?.keep(page.checkpoint)
      return at
    }
    at = followChain(at, page.entries)
    const under = await verifyEntry(at.entry, page.entries.at(-1)?.index ?? 0, page.proof ?? '', logs)
    // Proven in another tree than the one that was held against what is known: that proves nothing here.
    if (under.size !== now.point.size || !equal(under.root, now.point.root))
      throw new AppError<JournalCode>('proof-invalid')
    await each(page.entries)
  }
}

async function knownOf(logs: readonly NoteKey[], note: string | undefined): Promise<Known | undefined> {
  const point = note === undefined ? undefined : await verifyCheckpoint(note, logs).catch(() => undefined)
  return point && note !== undefined ? { point, note } : undefined
}
