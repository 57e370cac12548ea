/** A statement whose home is another log: what is known of it when it comes, and the numbers the views know it by. */
import type { Bytes } from '@salus/base/bytes'
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { homeOf, placeAt } from './adopted.store.ts'
import type { AnyKind } from './slice.ts'

/** Numbers of what was taken here in a chain whose home is elsewhere: beyond any that the home gives. */
export const HERE = 2 ** 40

/** A statement that comes from another log, its home (decision 0020). */
export type Homed = {
  readonly origin: string
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
  }
}

/** The numbers under which the views know it: one; two where it was shown under its own before it had that of its home. */
export async function shownNumbers(
  s: Tx,
  kind: AnyKind,
  { chain, number, index }: { chain: Handle; number: number; index: number },
): Promise<number[]> {
  const place = await placeAt(s, index)
  if (place && !place.late) return [place.number]
  if (!place && !(await homeOf(s, chain))) return [number]
  return place && kind.anywhere ? [HERE + number, place.number] : [HERE + number]
}
