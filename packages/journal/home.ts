/** A statement whose home is another log: what is known of it when it comes, and the numbers the views know it by. */
import type { Bytes } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { homeOf, placeAt } from './adopted.store.ts'
import { type JournalCode, MAX_MOVES, type Move, type Receipt } from './contract.ts'
import { homeSpans, isTaken, lastStay, movedAt, numberAt, type Stay, staysOf } from './moved.store.ts'
import type { AnyKind } from './slice.ts'
import type { Stored } from './sources.store.ts'

/** Numbers of what was taken here in a chain whose home is elsewhere: beyond any that the home gives. */
export const HERE = 2 ** 40

/** A statement that comes from another log, its home (decision 0020). */
export type Homed = {
  readonly origin: string
  /** This log's own name. */
  readonly own: string
  /** When the home took it, seconds. */
  readonly at: number
  /** Is there a log of that name? */
  known(origin: string): boolean
  /** Where it stands there, as its receipt proves; absent for what only takes away and came without one (J29). */
  readonly place?: {
    readonly home: number
    readonly number: number
    readonly previous: Bytes
    readonly entry: Bytes
    /** Under which its entry there was made. */
    readonly salt: Bytes
    readonly receipt: Receipt
    /** By which number every log knows it, where that is not the number there: it came before the home did (J34). */
    readonly shown?: number
  }
  /** How the chain's home came there from its first (J34), checked. */
  readonly moves?: readonly Move[]
}

/** The number of what was read at a log before it became the home, and reached no home before: apart from all others'. */
const joined = (moves: readonly Move[], number: number): number => HERE * (1 + moves.length) + number

/** Of a chain that moved: what was known at each stay keeps its number. */
async function movedNumbers(
  s: Tx,
  kind: AnyKind,
  stays: Awaited<ReturnType<typeof staysOf>>,
  { chain, number, index }: { chain: Handle; number: number; index: number },
): Promise<number[]> {
  const place = await placeAt(s, index)
  if (place && !place.late) return [place.number]
  const told = (await movedAt(s, index)).find((one) => one.shown !== null)
  if (told && !told.late) return [told.shown ?? number]
  if ((await homeSpans(s, chain))(number)) return [number]
  const came = stays.find((one) => one.number > number && one.origin === '')
  const later = place?.number ?? told?.shown ?? (came && joined(came.moves, number))
  return kind.anywhere && later !== undefined ? [HERE + number, later] : [HERE + number]
}

/** The numbers under which the views know it: one; two where it was shown under its own before it had that of its home. */
export async function shownNumbers(
  s: Tx,
  kind: AnyKind,
  at: { chain: Handle; number: number; index: number },
): Promise<number[]> {
  const { chain, number, index } = at
  const stays = await staysOf(s, chain)
  if (stays.length > 0) return movedNumbers(s, kind, stays, at)
  const place = await placeAt(s, index)
  if (place && !place.late) return [place.number]
  if (!place && !(await homeOf(s, chain))) return [number]
  return place && kind.anywhere ? [HERE + number, place.number] : [HERE + number]
}

type Showing = {
  readonly s: Tx
  readonly kind: AnyKind
  readonly chain: Handle
  readonly token: string
  readonly stay: Pick<Stay, 'moves'> | undefined
}

/**
 * J34 By which number everybody knows it is the word of whoever tells it. Throws `home-gap` unless it is one that nothing else has: an
 * earlier home's, or, of what was done elsewhere, beyond what any log gives for itself; of a move what
 * its receipt says.
 */
export async function checkShown(
  { s, kind, chain, token, stay }: Showing,
  { shown, number, idx }: { shown: number; number: number; idx?: number },
): Promise<void> {
  const move = stay?.moves.find((one) => one.statement === token)
  const joined = kind.anywhere !== undefined && shown >= 2 * HERE && shown < (MAX_MOVES + 2) * HERE
  // What was done where it came later may have a larger number at an earlier home, but none beyond that one's last word.
  const most = kind.anywhere ? (stay?.moves.at(-1)?.receipt.number ?? HERE - 1) : number
  const given = shown >= 1 && (shown <= most || joined) && (!move || move.receipt.number === shown)
  if (!given || (await isTaken(s, chain, shown, idx))) throw new AppError<JournalCode>('home-gap')
}

/** Of a statement that came from an earlier home: its number everywhere, and on the first how the chain came. */
export type Told = { readonly shown?: number; readonly moves?: Move[] }

/** J34 What whoever adopts a chain that came here has to know of what an earlier home took, and of how it came. */
export async function toldOf(
  s: Tx,
  kind: AnyKind,
  { chain, number, idx: index }: { chain: Handle; number: number; idx: number },
): Promise<Told> {
  const stay = (await staysOf(s, chain)).findLast((one) => one.origin === '')
  if (!stay || number >= stay.number) return {}
  const shown = (await shownNumbers(s, kind, { chain, number, index })).at(-1) ?? number
  return number === 1 ? { shown, moves: [...stay.moves] } : { shown }
}

/** The same of several. */
export async function toldOfAll(
  s: Tx,
  { kindOf }: { kindOf(type: string): AnyKind },
  rows: readonly Stored[],
): Promise<Told[]> {
  const told: Told[] = []
  for (const row of rows) told.push(await toldOf(s, kindOf(row.type), row))
  return told
}

/** The same for the log `origin` that lost it: what it was shown as there, and how the chain came there. */
export async function lentTold(
  s: Tx,
  kind: AnyKind,
  origin: string,
  leadsTo: (move: Move) => string,
  { chain, idx: index, number }: { chain: Handle; idx: number; number: number },
): Promise<Told> {
  const [stay, here] = [await lastStay(s, chain), await numberAt(s, index)]
  if (!stay || here === undefined) return {}
  const shown = (await shownNumbers(s, kind, { chain, number: here, index })).at(-1) ?? number
  const came = stay.moves.findLastIndex((one) => leadsTo(one) === origin)
  const moves = number === 1 && came >= 0 ? { moves: stay.moves.slice(0, came + 1) } : {}
  return { ...(shown === number ? {} : { shown }), ...moves }
}
