/** What a device does with the journal: hand statements in, check each receipt, follow the own chain. */
import type { Call } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import { type ChainEntry, type JournalCode, journalEndpoints, type Receipt, type SubmissionItem } from './contract.ts'
import type { NoteKey } from './note.ts'
import { type ChainHead, followChain, verifyCheckpoint, verifyEntry, verifyReceipt } from './verify.ts'

/** Submits all or nothing and believes nothing: a receipt that does not verify is an error, not a success. */
export async function submit(
  call: Call,
  logs: readonly NoteKey[],
  items: readonly SubmissionItem[],
): Promise<Receipt[]> {
  const { receipts } = await call(journalEndpoints.submit, { input: { items } })
  if (receipts.length !== items.length) throw new AppError<JournalCode>('proof-invalid')
  await Promise.all(items.map((item, i) => verifyReceipt(item.statement, receipts[i] as Receipt, logs)))
  return receipts
}

/** Fetches and checks what came after `head` in the caller's own chain, page by page: no gap, no fork, and in the log. */
export async function readChain(
  call: Call,
  logs: readonly NoteKey[],
  head: ChainHead,
  each: (entries: readonly ChainEntry[]) => Promise<void>,
): Promise<ChainHead> {
  let at = head
  for (;;) {
    const page = await call(journalEndpoints.chain, { query: { after: at.number } })
    await verifyCheckpoint(page.checkpoint, logs)
    if (page.head < at.number) throw new AppError<JournalCode>('chain-broken')
    if (page.entries.length === 0) {
      if (page.head !== at.number) throw new AppError<JournalCode>('chain-broken')
      return at
    }
    at = followChain(at, page.entries)
    await verifyEntry(at.entry, page.entries.at(-1)?.index ?? 0, page.proof ?? '', logs)
    await each(page.entries)
  }
}
