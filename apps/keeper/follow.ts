/** A patient's chain, followed and checked as the patient's own device would: no gap, no fork, every signature. */
import { base64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Link } from '@salus/directory/device/link'
import type { ChainEntry, JournalCode } from '@salus/journal/contract'
import type { readChain } from '@salus/journal/device'
import { EMPTY_CHAIN } from '@salus/journal/verify'
import { createChainCheck } from '@salus/records/device/chain'
import { emptyBook, foldEntries, type OwnRecordBook } from '@salus/records/device/own'
import type { KeeperMemory } from './keys.ts'

const broken = () => new AppError<JournalCode>('chain-broken')

/** Folds the whole chain of a patient; `link.call` must answer for it. */
export const createBookOf =
  (link: Link, memory: KeeperMemory, read: typeof readChain) =>
  async (patient: Handle): Promise<OwnRecordBook> => {
    const seen = await memory.seen(patient)
    const { check } = createChainCheck(link, patient)
    const fresh: ChainEntry[] = []
    const head = await read(link.call, link.logs, EMPTY_CHAIN, async (entries) => {
      // K5 What was seen once stays: a chain that grew from another past, or that shrank, is a second history.
      const next = seen && entries.find((one) => one.number === seen.number + 1)
      if (next && next.previous !== seen.entry) throw broken()
      await Promise.all(entries.map(check))
      fresh.push(...entries)
    })
    const entry = base64url(head.entry)
    if (seen && (head.number < seen.number || (head.number === seen.number && entry !== seen.entry))) throw broken()
    await memory.keep(patient, { number: head.number, entry })
    const book = emptyBook()
    foldEntries(book, fresh)
    book.chain = { number: head.number, entry }
    return book
  }
