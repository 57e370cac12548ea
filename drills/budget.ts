/** A drill's share of the time, and the seed of its chance: printed, so that a run can be repeated with SALUS_DRILL_SEED. */
import { randomInt } from 'node:crypto'
import { seededRandom } from '@salus/base/testing'

const start = performance.now()

/** Seconds this drill may take; ten minutes when it is run alone. */
export const seconds = Number(process.env.SALUS_DRILL_SECONDS ?? '600')

/** Is there time left? Keeps a part for what follows the work: the checks at the end. */
export const timeLeft = (part = 0.8): boolean => performance.now() - start < seconds * 1000 * part

/** Chance with a seed that was said: whole numbers below a limit, picks from a list. */
export type Chance = { readonly seed: number; below(limit: number): number; pick<T>(list: readonly T[]): T }

export function createChance(seed = Number(process.env.SALUS_DRILL_SEED ?? randomInt(2 ** 31))): Chance {
  const random = seededRandom(seed)
  const below = (limit: number) => new DataView(random(4).buffer).getUint32(0) % limit
  return { seed, below, pick: (list) => list[below(list.length)] as never }
}
