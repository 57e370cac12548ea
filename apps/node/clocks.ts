/** Whose clocks are too far from this one's: told by what other nodes signed rightly, and at another time than now. */
import type { Clock } from '@salus/base/clock'

export type Apart = { readonly org: string; readonly seconds: number }
export type Clocks = {
  /** A request that `org` signed: so many seconds ahead (below 0: behind), 0 where it was taken. */
  told(org: string, seconds: number): void
  list(): readonly Apart[]
}

/** Each asks several times a minute: who has not for this long has nothing to say of its clock any more, ms. */
const LASTS = 120_000

/** A request of long ago that somebody kept and sends again says the same for as long: an alarm more, and nothing else. */
export function createClocks(clock: Clock): Clocks {
  const apart = new Map<string, { readonly seconds: number; readonly at: number }>()
  return {
    told(org, seconds) {
      if (seconds === 0) apart.delete(org)
      else apart.set(org, { seconds, at: clock() })
    },
    list() {
      const now = clock()
      // A clock that was set right since has no part in what the wrong one saw.
      return [...apart].flatMap(([org, { seconds, at }]) => (Math.abs(now - at) < LASTS ? [{ org, seconds }] : []))
    },
  }
}
