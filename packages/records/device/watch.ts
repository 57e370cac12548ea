/**
 * J21 What a device itself signed, watched until a quorum of witnesses has cosigned it: known by its statement and its place,
 * due by the device's own reckoning. The node is asked for proof, and decides nothing: neither by when, nor of what.
 */
import { seconds } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import type { Link } from '@salus/directory/device/link'
import { journalEndpoints, type Receipt, type SubmissionItem } from '@salus/journal/contract'
import { type Policy, parsePolicy } from '@salus/journal/policy'
import { verifyReceipt, type WitnessState, witnessDeadline, witnessedBy } from '@salus/journal/verify'

export type Watched = {
  readonly index: number
  /** Digest of the statement; books of earlier versions do not say. */
  readonly statement?: string
  /** Seconds: when it must have been witnessed. */
  readonly by: number
  /** That time went by. `late`: witnesses came after it; that stays, and is not asked again. */
  readonly missed?: true
  readonly late?: true
}

type Book = { unwitnessed?: Watched[] }
type Watching = { readonly link: Link; readonly book: Book }

/** Notes what waits for witnesses: everything, where the pinned policy asks any. */
export function awaitWitnesses(
  { link, book }: Watching,
  items: readonly SubmissionItem[],
  receipts: readonly Receipt[],
): void {
  if (parsePolicy(link.roots.policy).quorum === 'none') return
  const waiting = receipts.map((receipt, i) => {
    const { statement } = items[i] as SubmissionItem
    return { index: receipt.index, statement: digest(statement), by: witnessDeadline(statement, receipt) }
  })
  book.unwitnessed = [...(book.unwitnessed ?? []), ...waiting]
}

/** How far the node proves that very statement at that very place; undefined where it proves nothing of it. */
async function proven(link: Link, one: Watched, policy: Policy): Promise<WitnessState | undefined> {
  try {
    const { statement, receipt } = await link.call(journalEndpoints.receipt, { params: { index: one.index } })
    const same = receipt.index === one.index && (one.statement ?? digest(statement)) === digest(statement)
    if (!same) return undefined
    await verifyReceipt(statement, receipt, link.logs)
    return await witnessedBy(statement, { ...receipt, by: one.by }, policy, seconds(link.clock()))
  } catch (error) {
    // A refusal, or an answer that proves nothing, does not strike off what was to be proven.
    if (isAppError(error)) return undefined
    throw error
  }
}

/** Asks again for what waits. What was not witnessed in its time stays in the book: shown as long as the book is kept. */
export async function checkWitnessed({ link, book }: Watching): Promise<void> {
  if (!book.unwitnessed) return
  const policy = parsePolicy(link.roots.policy)
  const open: Watched[] = []
  for (const one of book.unwitnessed) {
    const state = one.late ? 'late' : await proven(link, one, policy)
    // A book of an earlier version has the node's word for the time: too little to call a cosignature late.
    const done = state === 'witnessed' || state === 'not-asked' || (state === 'late' && one.statement === undefined)
    if (done) continue
    if (state === 'late') open.push({ ...one, missed: true, late: true })
    else open.push(seconds(link.clock()) > one.by ? { ...one, missed: true } : one)
  }
  book.unwitnessed = open
}
