/** Brings a folder of an earlier format up to date (N12): a backup first, then the changes, then the mark that says so. */
import { join } from 'node:path'
import type { Random } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import { knownTo } from '@salus/directory/consortium'
import { nameCardTries, REGISTER_SCHEMA } from '@salus/directory/register'
import { nameAll } from '@salus/journal/again'
import type { JournalCode } from '@salus/journal/contract'
import { inspectSources } from '@salus/journal/inspect'
import { openSources } from '@salus/journal/sources'
import { backupNode } from './backup.ts'
import { composeSlices } from './compose.ts'
import { dropCopies } from './copies.ts'
import { addWitnessKey, FORMAT, formatOf, readFormat, setFormat } from './found.ts'
import { keysOf } from './keys.ts'
import { dropViews, forgetLast } from './last.ts'
import { lockFolder } from './lock.ts'
import { vouchingOf } from './sound.ts'

export type UpgradePorts = {
  readonly dir: string
  readonly keys?: string
  readonly random: Random
  readonly now: number
}

/** What each format lacked, by the format it brings on; run in order, each safe to run again after a crash. */
const steps: Readonly<Record<number, (sources: Sql, random: Random) => Promise<unknown>>> = {
  // 1 -> 2: chains have store ids, so that their erasure survives a backup (N11); a card's wrong PINs go with its holder.
  1: async (sources, random) => {
    await nameAll(sources, random)
    await sources.tx(nameCardTries)
  },
}

/**
 * Upgrades the folder after a backup into the new folder `to`; undefined when it is up to date already. Nothing is changed
 * before every row was looked at (`sources-damaged`): a fault must not be carried on under a new name.
 */
export async function upgradeNode({ dir, keys = keysOf(dir), random, now }: UpgradePorts, to: string) {
  const unlock = lockFolder(dir)
  try {
    const from = await formatOf(dir)
    // Nothing to bring up to date, unless it lacks the key that earlier versions made when they first needed it.
    if (from === FORMAT) return (await addWitnessKey(dir, keys)) ? { from, to: FORMAT } : undefined
    const { roots, logKey } = await readFormat(dir, keys, from)
    const backup = await backupNode({ dir, keys, now }, to)
    const sources = openSources(join(dir, 'sources.db'), REGISTER_SCHEMA)
    try {
      const slices = composeSlices(knownTo(roots))
      const found = await inspectSources(sources, slices, vouchingOf({ roots, logKey }))
      // Chains without names are what this upgrade is for.
      const { name: _, ...faults } = found.faults
      if (Object.keys(faults).length > 0) throw new AppError<JournalCode>('sources-damaged', { ...faults })
      for (let at = from; at < FORMAT; at++) await steps[at]?.(sources, random)
    } finally {
      await sources.close()
    }
    // Views follow from the sources; how the files were left was said of files that are others now.
    dropViews(dir)
    forgetLast(dir)
    dropCopies(dir)
    await addWitnessKey(dir, keys)
    await setFormat(dir, FORMAT)
    return { from, to: FORMAT, entries: backup.size }
  } finally {
    unlock()
  }
}
