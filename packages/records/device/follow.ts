/** A patient's device follows its own chain: at the home it knows, and where the home went (D46). */
import { base64url } from '@salus/base/bytes'
import { seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import type { DirectoryCode } from '@salus/directory/contract'
import type { Link } from '@salus/directory/device/link'
import { ownKeyring, type PatientKeys } from '@salus/directory/device/patient'
import type { ChainEntry, JournalCode } from '@salus/journal/contract'
import { readChain } from '@salus/journal/device'
import { parseStatement } from '@salus/journal/statement'
import { type ChainHead, EMPTY_CHAIN, followChain } from '@salus/journal/verify'
import { createChainCheck, type Followed, nameOf, signingOf } from './chain.ts'
import { bookHead, foldEntries, type OwnRecordBook, versionKey } from './own.ts'

/** A patient's device at work: its keys, its book, and how both are kept before anything irreversible is sent. */
export type PatientDevice = {
  readonly link: Link
  readonly keys: PatientKeys
  readonly book: OwnRecordBook
  readonly save: () => Promise<void>
}

/** What is known where this device stopped. A book that was kept before names were collects them once, from the whole chain. */
async function placeOf(device: PatientDevice): Promise<Followed> {
  const { link, book, keys } = device
  if (book.chain.number === 0) return {}
  const signing = book.signing ?? signingOf(await ownKeyring(link, keys.handle))
  const home = homeIn(device)
  const at = { home, ...(book.followed === undefined ? {} : { at: book.followed }) }
  if (book.seen) return { signing, seen: new Set(book.seen), ...at }
  const seen = new Set<string>()
  await readChain(link.call, link.logs, EMPTY_CHAIN, async (entries) => {
    for (const one of entries) if (one.number <= book.chain.number) seen.add(nameOf(one.statement))
    // What was followed then is what stands there now.
    const next = entries.find((one) => one.number === book.chain.number + 1)
    if (next && next.previous !== book.chain.entry) throw new AppError<JournalCode>('chain-broken')
  })
  return { signing, seen, ...at }
}

/** D46 Follows the own chain where it is at home; throws `home-moved` where that is another journal, with what was known before it left. */
export async function followHome(device: PatientDevice): Promise<void> {
  const { link, keys, book, save } = device
  if (book.chain.number > 0 && (book.origin ?? link.origin) !== link.origin) await rejoin(device)
  else if (!(await follow(device))) {
    await save()
    throw new AppError<DirectoryCode>('home-moved')
  }
  keys.org = book.home?.org ?? keys.org
}

const homeIn = ({ book, link }: PatientDevice): string => book.home?.origin ?? book.origin ?? link.origin

/** Folds only when the end was reached: an errand that breaks off midway leaves the book as it was. Is the chain at home there? */
async function follow(device: PatientDevice): Promise<boolean> {
  const { link, book, keys } = device
  const from = await placeOf(device)
  const followed = createChainCheck(link, keys.handle, from)
  const fresh: ChainEntry[] = []
  let checkpoint = book.checkpoint
  const keep = (note: string) => {
    checkpoint = note
  }
  const each = async (entries: readonly ChainEntry[]) => {
    await Promise.all(entries.map(followed.check))
    fresh.push(...entries)
  }
  const head = await readChain(link.call, link.logs, bookHead(book), each, { last: checkpoint, keep })
  const home = followed.home() ?? link.origin
  if (home === link.origin) keepFollowed(device, fresh, head, followed)
  else await leave(device, from, fresh)
  if (checkpoint !== undefined) book.checkpoint = checkpoint
  return home === link.origin
}

type Checked = Pick<ReturnType<typeof createChainCheck>, 'signing' | 'seen'>

function keepFollowed({ link, book }: PatientDevice, fresh: readonly ChainEntry[], head: ChainHead, checked: Checked) {
  foldEntries(book, fresh)
  book.signing = checked.signing()
  book.seen = [...checked.seen()]
  book.followed = seconds(link.clock())
  book.origin = link.origin
  book.chain = { number: head.number, entry: base64url(head.entry) }
}

/** What the old home took, up to its last word; what stands after it is the new one's, and is followed there. */
async function leave(device: PatientDevice, from: Followed, fresh: readonly ChainEntry[]): Promise<void> {
  const { link, keys, book } = device
  const moves = ({ statement }: ChainEntry) => {
    const { type, aud } = parseStatement(statement)
    return type === 'HomeMoved' && aud === link.origin
  }
  const own = fresh.slice(0, fresh.findLastIndex(moves) + 1)
  if (own.length === 0) return
  const followed = createChainCheck(link, keys.handle, from)
  await Promise.all(own.map(followed.check))
  keepFollowed(device, own, followChain(bookHead(book), own), followed)
}

/**
 * D46 The chain as the new home has it: all that was followed stands there too, and beside it, before the move, nothing but reads. It
 * goes on from there, under that log's places. Throws `home-arriving` where the move has not come there yet.
 */
async function rejoin(device: PatientDevice): Promise<void> {
  const { link, book, keys } = device
  const followed = createChainCheck(link, keys.handle)
  const all: ChainEntry[] = []
  let checkpoint: string | undefined
  const keep = (note: string) => {
    checkpoint = note
  }
  const each = async (entries: readonly ChainEntry[]) => {
    await Promise.all(entries.map(followed.check))
    all.push(...entries)
  }
  const head = await readChain(link.call, link.logs, EMPTY_CHAIN, each, { last: undefined, keep })
  if (followed.home() !== link.origin) throw new AppError<DirectoryCode>('home-arriving')
  const known = new Set(book.seen)
  const there = followed.seen()
  if ([...known].some((one) => !there.has(one))) throw new AppError<JournalCode>('chain-broken')
  const fresh = all.filter((one) => !known.has(nameOf(one.statement)))
  const came = all.findLast((one) => parseStatement(one.statement).type === 'HomeMoved')?.number ?? 0
  const strange = fresh.some((one) => one.number < came && parseStatement(one.statement).type !== 'RecordRead')
  if (strange && known.size > 0) throw new AppError<JournalCode>('chain-broken')
  placeAgain(book, all)
  keepFollowed(device, fresh, head, followed)
  if (checkpoint !== undefined) book.checkpoint = checkpoint
}

/** Everything that is known keeps its number; its place in the log is the new home's from now on. */
function placeAgain(book: OwnRecordBook, all: readonly ChainEntry[]): void {
  const index = new Map(all.map((one) => [one.shown ?? one.number, one.index]))
  const stands = new Map(all.map((one): [string, number] => [digest(one.statement), one.index]))
  book.log = book.log.map((line) => ({ ...line, index: index.get(line.number) ?? line.index }))
  for (const one of all) {
    const { type, body } = parseStatement(one.statement)
    const own = type === 'RecordDeposited' && book.records[versionKey(body.record as string, body.version as number)]
    if (own) own.index = one.index
  }
  book.unwitnessed = (book.unwitnessed ?? []).flatMap((one) => {
    const at = one.statement === undefined ? undefined : stands.get(one.statement)
    return at === undefined ? [] : [{ ...one, index: at }]
  })
}
