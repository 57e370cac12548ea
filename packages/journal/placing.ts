/**
 * Where a statement enters its chain (J25): at home under the next number; at a replica under the next number of its own log, and
 * shown to the rules and views under the one it has at home, so that both know the same chain.
 */
import { type Bytes, equal } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { type Home, homeOf, newestFrom, type Placed, placeIn, savePlace, saveShared } from './adopted.store.ts'
import type { JournalCode } from './contract.ts'
import { CHAIN_START } from './entry.ts'
import { checkShown, HERE, type Homed, shownNumbers } from './home.ts'
import { lastStay, type Stay, saveMoved, saveStay } from './moved.store.ts'
import { earlierHomes, followMoves, leadsTo } from './moves.ts'
import type { Projector } from './project.ts'
import type { Accepted, AnyKind } from './slice.ts'
import { chainAfter, chainHead, packetsOf, type Stored } from './sources.store.ts'
import { parseStatement, type Statement } from './statement.ts'

const fail = (code: JournalCode) => new AppError<JournalCode>(code)

export type Placing = {
  /** In this log's chain: what the leaf commits to. */
  readonly number: number
  readonly previous: Bytes
  /** What the views know it by. */
  readonly shown: number
  /** Last number before it, as the rules know it. */
  readonly head: number
  /** Is the chain's home elsewhere? */
  readonly mirrored: boolean
  /** Its place there, where that is known. */
  readonly home?: Placed
  /** It came there from an earlier home (J34). */
  readonly earlier?: true
}

type Place = NonNullable<Homed['place']>
/** Rows of a chain looked at together. */
const READS = 500

/** J26 Does it come right after what was adopted of this chain before? */
const follows = (before: Home | undefined, { number, previous }: Place): boolean =>
  number === (before?.number ?? 0) + 1 && equal(previous, before?.entry ?? CHAIN_START)

const homeAt = (origin: string, { home, number, entry, salt }: Place, late: number): Placed => ({
  ...{ origin, home, number, entry, salt, late },
})

/** Has the newest move not come from the new home itself? Then what comes from there is what was taken at an earlier one. */
const isOnTheWay = (stay: Stay | undefined): stay is Stay => stay !== undefined && stay.since === null

type Coming = {
  readonly s: Tx
  readonly projector: Projector
  readonly chain: Handle
  readonly token: string
  readonly kind: AnyKind
  readonly aud: string
  readonly homed: Homed
  readonly before: Home | undefined
  readonly stay: Stay | undefined
}

/** J34 What an earlier home took, as the new one has it: under the number by which everybody knows it. */
async function earlierPlace(coming: Coming, own: Pick<Placing, 'number' | 'previous'>): Promise<Placing> {
  const { kind, aud, homed, stay } = coming
  const { place, origin } = homed
  if (!stay || place?.shown === undefined) throw fail('home-gap')
  if (!earlierHomes(stay).includes(aud) && !kind.anywhere) throw fail('statement-for-another')
  const { shown } = place
  await checkShown(coming, { shown, number: place.number })
  return { ...own, shown, head: shown - 1, mirrored: true, home: homeAt(origin, place, 0), earlier: true }
}

/** Was the newest that came from there its last word? */
async function hasLeft({ s, projector, chain }: Coming, before: Home): Promise<boolean> {
  const newest = await newestFrom(s, chain, before)
  if (!newest || !projector.kindOf(newest.type).moves) return false
  return leadsTo(projector, newest.token) !== before.origin
}

/** What a home hands on: at its place there; what only takes away (J29) waits for nothing that should have come before. */
async function placeHomed(coming: Coming, own: Pick<Placing, 'number' | 'previous'>): Promise<Placing> {
  const { kind, aud, homed, before, stay } = coming
  const { place, origin } = homed
  if (place && follows(before, place) && (before || aud === origin)) {
    if (isOnTheWay(stay)) return earlierPlace(coming, own)
    const left = before !== undefined && (await hasLeft(coming, before))
    // J34 After its last word an old home tells of nothing but an erasure that it was told of.
    if (kind.stops && (left || aud !== origin))
      return { ...own, shown: HERE + own.number, head: place.number - 1, mirrored: true }
    if (left) throw fail('home-elsewhere')
    if (aud !== origin && !kind.anywhere) throw fail('statement-for-another')
    return { ...own, shown: place.number, head: place.number - 1, mirrored: true, home: homeAt(origin, place, 0) }
  }
  if (!kind.stops || !before) throw fail(place ? 'home-gap' : 'home-receipt-missing')
  return { ...own, shown: HERE + own.number, head: before.number, mirrored: true }
}

/** Where it enters, or why it may not. */
export async function placeOf(
  { s, projector }: { s: Tx; projector: Projector },
  kind: AnyKind,
  chain: Handle,
  { aud, token }: Statement,
  homed: Homed | undefined,
): Promise<Placing> {
  if (homed?.place) await followMoves(s, chain, aud, homed)
  const { number: last, entry: previous } = await chainHead(s, chain)
  const before = await homeOf(s, chain)
  const own = { number: last + 1, previous }
  if (before === undefined && last > 0) {
    // This is its home: only what was done elsewhere comes from there, and stands here like anything else.
    if (homed && !kind.anywhere) throw fail('home-elsewhere')
    return { ...own, shown: last + 1, head: last, mirrored: false }
  }
  if (before === undefined && !homed) return { ...own, shown: 1, head: 0, mirrored: false }
  const here = { ...own, shown: HERE + last + 1, head: before?.number ?? 0, mirrored: true }
  if (!homed) {
    if (!kind.anywhere) throw fail('home-elsewhere')
    return here
  }
  const stay = await lastStay(s, chain)
  // J34 Who has not heard of the move brings what was done there to the old home: from here it goes on to the new one.
  const onwards = stay && kind.anywhere
  if (before && before.origin !== homed.origin) {
    if (!onwards) throw fail('home-elsewhere')
    return here
  }
  return placeHomed({ s, projector, chain, token, kind, aud, homed, before, stay }, own)
}

/** Writes down where it stands at home; from its newest move on the chain goes on there. */
export async function keepPlace(s: Tx, idx: number, chain: Handle, token: string, at: Placing): Promise<void> {
  const { home, earlier, shown } = at
  if (!home) return
  if (!earlier) return savePlace(s, idx, chain, home)
  await saveMoved(s, idx, chain, { ...home, shown })
  await arrive(s, chain, token, home.number)
}

/** The newest move stands at the new home under `number`. */
async function arrive(s: Tx, chain: Handle, token: string, number: number): Promise<void> {
  const stay = await lastStay(s, chain)
  if (isOnTheWay(stay) && stay.moves.at(-1)?.statement === token) await saveStay(s, chain, { ...stay, since: number })
}

/** It stood here before its place at home was known: written down now, if it follows. */
export async function placeLate(
  { s, v, projector }: { s: Tx; v: Tx; projector: Projector },
  stored: Stored,
  homed: Late,
): Promise<void> {
  const { origin, place } = homed
  const { idx, chain, token, type } = stored
  await followMoves(s, chain, parseStatement(token).aud, homed)
  const known = await placeIn(s, idx, origin)
  if (known) {
    // J26 One statement has one place: the same again is no news, another is a lie.
    if (known.number !== place.number || !equal(known.entry, place.entry)) throw fail('home-gap')
    return
  }
  const before = await homeOf(s, chain)
  // What was done here or elsewhere, in a chain whose home is here.
  if (!before) return
  const kind = projector.kindOf(type)
  if (before.origin !== origin) {
    // J34 An earlier home gives what it took once more.
    const stay = await lastStay(s, chain)
    if (stay && (kind.anywhere || earlierHomes(stay).includes(origin))) return
    throw fail('home-elsewhere')
  }
  if (!follows(before, place)) throw fail('home-gap')
  const shown = await lateNumber(s, kind, stored, homed)
  if (shown !== undefined && kind.anywhere) await projectAs(s, v, projector, stored, shown)
}

type Late = Homed & { readonly place: Place }

/** Keeps the place; answers the number it has from now on, where it was known under its own until now. */
async function lateNumber(s: Tx, kind: AnyKind, { idx, chain, number, token }: Stored, { origin, place }: Late) {
  const at = homeAt(origin, place, 1)
  const stay = await lastStay(s, chain)
  if (!isOnTheWay(stay)) {
    await savePlace(s, idx, chain, at)
    return place.number
  }
  const numbers = await shownNumbers(s, kind, { chain, number, index: idx })
  // Read here, and told to no home before the chain moved.
  const alone = numbers.length === 1 && numbers[0] === HERE + number
  const shown = alone ? place.shown : undefined
  if (shown !== undefined) await checkShown({ s, kind, chain, token, stay }, { shown, number: place.number, idx })
  // Known here by another: one of the two homes lies.
  else if (!kind.stops && place.shown !== undefined && numbers.at(-1) !== place.shown) throw fail('home-gap')
  await saveMoved(s, idx, chain, { ...at, shown: shown ?? null })
  await arrive(s, chain, token, place.number)
  return shown
}

async function projectAs(s: Tx, v: Tx, projector: Projector, stored: Stored, number: number): Promise<void> {
  const packets = await packetsOf(s, stored.idx)
  const { chain, idx: index, at } = stored
  await projector.project(v, { ...projector.read(stored), chain, number, index, at, packets } as Accepted<unknown>)
}

/** The statement that moves the home, as it was taken here. */
type Moving = { readonly chain: Handle; readonly to: string; readonly own: string; readonly token: string }

/**
 * J34 After a chain's last word here the home is `to`. Where that is this log: what was read here and reached the old home no more
 * has a number of its own from now on, and the old home is told of an erasure.
 */
export async function shiftHome(
  { s, v, projector }: { s: Tx; v: Tx; projector: Projector },
  placing: Placing,
  homed: Homed | undefined,
  { chain, to, own, token }: Moving,
): Promise<void> {
  const before = (await lastStay(s, chain))?.moves ?? []
  const number = placing.number + 1
  if (!placing.mirrored) return void (await saveStay(s, chain, { number, origin: to, moves: before, since: null }))
  if (to !== own || !homed?.place || !placing.home || placing.earlier) return
  const moves = [...before, { statement: token, at: homed.at, receipt: homed.place.receipt }]
  const reads = await readsOf(s, projector, chain)
  const known = new Map<number, number>()
  for (const { idx: index, number, kind } of reads)
    known.set(index, (await shownNumbers(s, kind, { chain, number, index })).length)
  await saveStay(s, chain, { number, origin: '', moves, since: null })
  await saveShared(s, homed.origin, [chain])
  for (const { kind, ...stored } of reads) {
    const numbers = await shownNumbers(s, kind, { chain, number: stored.number, index: stored.idx })
    const last = numbers.at(-1)
    if (last !== undefined && numbers.length > (known.get(stored.idx) ?? 0))
      await projectAs(s, v, projector, stored, last)
  }
}

/** What was done anywhere, of one chain. */
async function readsOf(s: Tx, projector: Projector, chain: Handle): Promise<(Stored & { kind: AnyKind })[]> {
  const found: (Stored & { kind: AnyKind })[] = []
  for (let after = 0; ; ) {
    const rows = await chainAfter(s, chain, after, READS)
    for (const row of rows) {
      const kind = projector.kindOf(row.type)
      if (kind.anywhere) found.push({ ...row, kind })
      after = row.number
    }
    if (rows.length < READS) return found
  }
}
