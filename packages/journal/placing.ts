/**
 * Where a statement enters its chain (J25): at home under the next number; at a replica under the next number of its own log, and
 * shown to the rules and views under the one it has at home, so that both know the same chain.
 */
import { type Bytes, equal } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { type Home, homeOf, type Placed, placeAt, savePlace } from './adopted.store.ts'
import type { JournalCode } from './contract.ts'
import { CHAIN_START } from './entry.ts'
import { HERE, type Homed } from './home.ts'
import type { Projector } from './project.ts'
import type { Accepted, AnyKind } from './slice.ts'
import { chainHead, packetsOf, type Stored } from './sources.store.ts'
import type { Statement } from './statement.ts'

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
}

type Place = NonNullable<Homed['place']>

/** J26 Does it come right after what was adopted of this chain before? */
const follows = (before: Home | undefined, { number, previous }: Place): boolean =>
  number === (before?.number ?? 0) + 1 && equal(previous, before?.entry ?? CHAIN_START)

const homeAt = (origin: string, { home, number, entry, salt }: Place, late: number): Placed => ({
  ...{ origin, home, number, entry, salt, late },
})

/** Where it enters, or why it may not. */
export async function placeOf(
  s: Tx,
  kind: AnyKind,
  chain: Handle,
  { aud }: Statement,
  homed: Homed | undefined,
): Promise<Placing> {
  const { number: last, entry: previous } = await chainHead(s, chain)
  const before = await homeOf(s, chain)
  const own = { number: last + 1, previous }
  if (before === undefined && last > 0) {
    // This is its home: only what was done elsewhere comes from there, and stands here like anything else.
    if (homed && !kind.anywhere) throw fail('home-elsewhere')
    return { ...own, shown: last + 1, head: last, mirrored: false }
  }
  if (before === undefined && !homed) return { ...own, shown: 1, head: 0, mirrored: false }
  if (homed && before && before.origin !== homed.origin) throw fail('home-elsewhere')
  const here = { ...own, shown: HERE + last + 1, head: before?.number ?? 0, mirrored: true }
  if (!homed) {
    if (!kind.anywhere) throw fail('home-elsewhere')
    return here
  }
  const { place, origin } = homed
  if (place && follows(before, place) && (before || aud === origin))
    return { ...own, shown: place.number, head: place.number - 1, mirrored: true, home: homeAt(origin, place, 0) }
  // J29 What only takes away waits for nothing that should have come before.
  if (!kind.stops || !before) throw fail(place ? 'home-gap' : 'home-receipt-missing')
  return here
}

/** It stood here before its place at home was known: written down now, if it follows. */
export async function placeLate(
  { s, v, projector }: { s: Tx; v: Tx; projector: Projector },
  stored: Stored,
  { origin, place }: { origin: string; place: Place },
): Promise<void> {
  const known = await placeAt(s, stored.idx)
  if (known) {
    // J26 One statement has one place: the same again is no news, another is a lie.
    if (known.origin !== origin || known.number !== place.number || !equal(known.entry, place.entry))
      throw fail('home-gap')
    return
  }
  const before = await homeOf(s, stored.chain)
  // What was done here or elsewhere, in a chain whose home is here.
  if (!before) return
  if (before.origin !== origin) throw fail('home-elsewhere')
  if (!follows(before, place)) throw fail('home-gap')
  await savePlace(s, stored.idx, stored.chain, homeAt(origin, place, 1))
  if (projector.kindOf(stored.type).anywhere) await projectAs(s, v, projector, stored, place.number)
}

async function projectAs(s: Tx, v: Tx, projector: Projector, stored: Stored, number: number): Promise<void> {
  const packets = await packetsOf(s, stored.idx)
  const { chain, idx: index, at } = stored
  await projector.project(v, { ...projector.read(stored), chain, number, index, at, packets } as Accepted<unknown>)
}
