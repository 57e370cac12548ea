/** Planning epochs: which new epochs a change of standing grants needs, and who gets whose key. Pure. */
import type { Compartment } from '@salus/base/categories'

/** A standing grant that counts: whose key, which compartments, until when; an emergency keeper's escrow has no end. */
export type Standing = {
  readonly grant: string
  readonly compartments: readonly Compartment[]
  readonly until?: number | undefined
}

/** An epoch to be opened: its key is made by the device. */
export type PlannedEpoch = {
  readonly compartment: Compartment
  readonly epoch: number
  readonly from: number
  readonly until?: number
  /** Grants whose readers get this epoch's key. */
  readonly readers: readonly string[]
}

/**
 * G10 For each touched compartment: a new epoch from now, one after each reader's end, the last without end and
 * without readers but those that have none (keepers). So an epoch never outlives the earliest end among its readers (architecture §3), deposits always
 * find a key, and whoever's time is over holds nothing that opens what comes later.
 */
export function planEpochs(
  touched: readonly Compartment[],
  standing: readonly Standing[],
  lastEpoch: (compartment: Compartment) => number,
  now: number,
): PlannedEpoch[] {
  return touched.flatMap((compartment) => {
    const entitledAt = (from: number) => (one: Standing) => one.until === undefined || one.until > from
    const readers = standing.filter((one) => entitledAt(now)(one) && one.compartments.includes(compartment))
    const ends = [...new Set(readers.flatMap((one) => one.until ?? []))].sort((a, b) => a - b)
    const first = lastEpoch(compartment) + 1
    return [now, ...ends].map((from, i) => {
      const entitled = readers.filter(entitledAt(from)).map((one) => one.grant)
      const base = { compartment, epoch: first + i, from, readers: entitled }
      const until = ends[i]
      return until === undefined ? base : { ...base, until }
    })
  })
}
