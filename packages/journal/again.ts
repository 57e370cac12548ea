/** J24 What was erased once is erased again from a backup that still holds it, before anything of it is served. */

import type { Random } from '@salus/base/clock'
import type { Handle } from '@salus/base/ids'
import type { Sql, Tx } from '@salus/base/sqlite'
import { CLOCK_SKEW, MAX_LIFE } from './contract.ts'
import { chainNamed, erasingDone, nameChain, namelessChains } from './erased.store.ts'
import { rememberGone, sourceEffects } from './sources.store.ts'

export type AgainPorts = {
  readonly sources: Sql
  /** What else the host keeps of a person in the sources. */
  readonly eraseMore?: (sources: Tx, chain: Handle) => Promise<void>
  /** Seconds. */
  readonly now: number
}

const noChance: Random = () => {
  throw new Error('erasing needs no chance')
}

/**
 * Erases every chain whose store id is listed. Returns how many there were: when it is not 0 the views must be made again,
 * since they remember what the sources no longer tell them to forget.
 */
export const eraseListed = ({ sources, eraseMore, now }: AgainPorts, ids: readonly string[]): Promise<number> =>
  sources.tx(async (s) => {
    let found = 0
    const effects = sourceEffects(s, noChance, async (chain) => {
      await rememberGone(s, chain, now + MAX_LIFE + CLOCK_SKEW, now)
      await eraseMore?.(s, chain)
    })
    for (const id of ids) {
      const chain = await chainNamed(s, id)
      if (chain === undefined) continue
      await effects.eraseChain(chain as Handle)
      found++
    }
    // They are written down already: that is where they come from.
    await erasingDone(s, ids)
    return found
  })

/** Names the chains of a folder that was made before store ids were kept. Returns how many. */
export const nameAll = (sources: Sql, random: Random): Promise<number> =>
  sources.tx(async (s) => {
    const chains = await namelessChains(s)
    for (const chain of chains) await nameChain(s, chain, random)
    return chains.length
  })
