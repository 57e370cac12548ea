/**
 * The life of one group: one transaction over both files, then settle, sign, answer. Sources commit first (the inner
 * transaction): views that fall behind are caught up, never ahead. After a failure the disk says what happened.
 */
import type { Bytes } from '@salus/base/bytes'
import { AppError, type Facts, isAppError } from '@salus/base/errors'
import type { Sql, Tx } from '@salus/base/sqlite'
import type { Admission } from './admit.ts'
import type { JournalCode, Receipt } from './contract.ts'
import { erasingDone, erasingIds } from './erased.store.ts'
import type { Waiting } from './group.ts'
import type { Head } from './head.ts'
import type { Log, SpanRoots } from './log.ts'
import type { Prepared } from './prepare.ts'
import type { Accepted } from './slice.ts'
import { logSize, recordHead } from './sources.store.ts'
import { setApplied } from './tiles.store.ts'

export type WriterPorts = {
  readonly sources: Sql
  readonly views: Sql
  readonly log: Log
  readonly head: Head
  readonly admit: (s: Tx, v: Tx, items: readonly Prepared[], from: number) => Promise<Admission>
  readonly catchUp: () => Promise<number>
  /** Writes down, outside of the sources, the store ids of what was erased; durable when it resolves. */
  readonly rememberErased?: (ids: readonly string[]) => Promise<void>
  readonly tell: (accepted: readonly Accepted<unknown>[]) => void
}

export type Writer = {
  /** From the disk to a signed head; also the way back after a hard failure. Returns how many entries were applied. */
  start(): Promise<number>
  /** Settles every member of the group but those it returns, which are to be tried again without the one that broke it. */
  write(waiting: readonly Waiting[]): Promise<readonly Waiting[]>
  /** Throws `journal-failed` once a recovery has failed: nothing is believed until `start` succeeds. */
  check(): void
  /** This log was rolled back, or forked: nothing is served or taken any more (architecture §4, never resumed). */
  close(facts: Facts): void
}

/** Everything one group knows; it dies with the group, so a group that throws midway leaves nothing to the next. */
type Group = {
  readonly start: number
  readonly entries: Bytes[]
  readonly outcomes: Map<Waiting, Admission | { readonly error: unknown }>
  erased: boolean
  /** Whose admission failed by accident, not by a rule. */
  culprit?: Waiting
}

const closed = (facts: Facts) => new AppError<JournalCode>('journal-closed', facts)
const failure = (cause: unknown) => new AppError<JournalCode>('journal-failed', {}, { cause })

/** What outlives a group. */
type State = {
  /** A recovery failed: nothing is believed until `start` succeeds. */
  failed?: { readonly cause: unknown } | undefined
  closed?: Facts
  /** The write-ahead logs may hold erased pages. Also at first: a crash between an erasure and its settling leaves them. */
  unsettled: boolean
}

export function createWriter(ports: WriterPorts): Writer {
  const state: State = { unsettled: true }
  return {
    async start() {
      state.unsettled = true
      const applied = await ports.catchUp()
      await publish(ports, state)
      state.failed = undefined
      return applied
    },
    async write(waiting) {
      if (state.closed) return reject(waiting, closed(state.closed))
      return state.failed ? refuse(waiting, state.failed.cause) : writeGroup(ports, state, waiting)
    },
    close(facts) {
      state.closed ??= facts
    },
    check() {
      if (state.closed) throw closed(state.closed)
      if (state.failed) throw failure(state.failed.cause)
    },
  }
}

/**
 * J24 Written down before any receipt goes out: what a crash left behind here is written down at the next start. Where nobody
 * writes it down it stays: it is gone from here only once it stands elsewhere.
 */
async function rememberAll({ sources, rememberErased }: WriterPorts): Promise<void> {
  if (!rememberErased) return
  const ids = await sources.tx(erasingIds)
  if (ids.length === 0) return
  await rememberErased(ids)
  await sources.tx((s) => erasingDone(s, ids))
}

/** Freed pages are zeroed as they go; settling empties the write-ahead logs that still hold them. Then the head. */
async function publish(ports: WriterPorts, state: State): Promise<void> {
  const { sources, views, head } = ports
  if (state.unsettled) {
    await rememberAll(ports)
    await views.settle()
    await sources.settle()
    state.unsettled = false
  }
  await views.tx((v) => head.sign(v))
}

async function writeGroup(ports: WriterPorts, state: State, waiting: readonly Waiting[]): Promise<readonly Waiting[]> {
  const { sources, views, log } = ports
  const group: Group = { start: log.size(), entries: [], outcomes: new Map(), erased: false }
  try {
    await views.tx((v) => sources.tx((s) => fill(ports, s, v, group, waiting)))
  } catch (error) {
    if (!(await recovered(ports, state))) return refuse(waiting, error)
    // The sources may hold the group although the commit of the views, or its answer, was lost: then it counts.
    const durable = group.entries.length > 0 && log.size() === group.start + group.entries.length
    if (!durable) return without(group.culprit, waiting, error)
  }
  state.unsettled ||= group.erased
  deliver(group, await publish(ports, state).then(() => receiptsOf(ports, group), failure))
  const accepted = [...group.outcomes.values()].flatMap((one) => ('error' in one ? [] : one.accepted))
  if (accepted.length > 0) ports.tell(accepted)
  return []
}

/** Brings memory and views back to the disk; false when even that failed. */
async function recovered({ catchUp }: WriterPorts, state: State): Promise<boolean> {
  // Views may be cleared and made again on the way: what they held leaves the write-ahead log too.
  state.unsettled = true
  try {
    await catchUp()
    return true
  } catch (cause) {
    state.failed = { cause }
    return false
  }
}

const refuse = async (waiting: readonly Waiting[], cause: unknown) => reject(waiting, failure(cause))

function reject(waiting: readonly Waiting[], error: AppError): readonly Waiting[] {
  for (const one of waiting) one.reject(error)
  return []
}

/** An accident while one was admitted fails that one; the others did nothing wrong. Without a culprit all fail. */
async function without(
  culprit: Waiting | undefined,
  waiting: readonly Waiting[],
  error: unknown,
): Promise<readonly Waiting[]> {
  await refuse(culprit ? [culprit] : waiting, error)
  return culprit ? waiting.filter((one) => one !== culprit) : []
}

/** Inside the transaction: each submission in a part of its own, then the log, its mark and its root. */
async function fill(ports: WriterPorts, s: Tx, v: Tx, group: Group, waiting: readonly Waiting[]): Promise<void> {
  const { log, admit } = ports
  if ((await logSize(s)) !== group.start) throw new Error('the sources moved: another process writes them')
  for (const one of waiting) {
    try {
      const from = group.start + group.entries.length
      const admission = await s.nested(() => v.nested(() => admit(s, v, one.items, from)))
      group.entries.push(...admission.entries)
      group.erased ||= admission.erased
      group.outcomes.set(one, admission)
    } catch (error) {
      // Only a rule refuses one and lets the others pass. After any other error (a full disk) SQLite may have ended
      // the whole transaction: whoever goes on would write outside of it.
      if (!isAppError(error)) {
        group.culprit = one
        throw error
      }
      group.outcomes.set(one, { error })
    }
  }
  if (group.entries.length === 0) return
  await log.append(v, group.entries)
  await setApplied(v, log.size())
  await recordHead(s, { size: log.size(), root: await log.root(v) })
}

/** Receipts of all who were admitted, under the head that was just signed; or why there are none. */
const receiptsOf = ({ views, head }: WriterPorts, group: Group): Promise<Map<Waiting, Receipt[]> | AppError> =>
  views
    .tx(async (v) => {
      const all = new Map<Waiting, Receipt[]>()
      const seen: SpanRoots = new Map()
      for (const [one, outcome] of group.outcomes) {
        const receipts: Receipt[] = []
        for (const placed of 'error' in outcome ? [] : outcome.placed)
          receipts.push(await head.receipt(v, placed, seen))
        all.set(one, receipts)
      }
      return all
    })
    .catch(failure)

/** A refusal is told as it is. Who was admitted and has no receipt is told to send again: the same receipt waits. */
function deliver(group: Group, receipts: ReadonlyMap<Waiting, Receipt[]> | AppError): void {
  for (const [one, outcome] of group.outcomes) {
    if ('error' in outcome) one.reject(outcome.error)
    else if (receipts instanceof Error) one.reject(receipts)
    else one.resolve(receipts.get(one) as Receipt[])
  }
}
