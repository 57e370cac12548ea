/** consortium.validators: one, four and seven of them on this machine, what one needs beside the others. */
import { setTimeout as wait } from 'node:timers/promises'
import { flatOut, genesis, latencies, ours } from './consortium.ts'
import { type BenchLine, line, quantile, roundsOf, type Scale, sized } from './line.ts'
import { startValidators } from './validators.ts'

type Found = { readonly latency: number; readonly energy: number; readonly disk: number }

/** A fresh chain of `count`: latency at 20/s, CPU when flat out, and what transactions one at a time leave on the first one's disk. */
async function measured(count: number, scale: Scale): Promise<Found> {
  const validators = await startValidators('salus', genesis, count)
  try {
    const source = ours()
    await flatOut(validators, source, 32)
    const latency = quantile(await latencies(validators, source, sized(scale, 200, 10)), 0.5)
    const many = sized(scale, 1_600, 64)
    const busy = validators.cpuSeconds()
    await flatOut(validators, source, many)
    const energy = ((validators.cpuSeconds() - busy) / many) * 1000
    // The empty block that proves the last one is on the disk too.
    await wait(1_000)
    const before = await validators.disk()
    const alone = sized(scale, 100, 5)
    for (let i = 0; i < alone; i++) await flatOut(validators, source, 1)
    await wait(1_000)
    return { latency, energy, disk: ((await validators.disk()) - before) / alone }
  } finally {
    await validators.stop()
  }
}

const units = {
  latency: 'ms to commit at 20/s, p50',
  energy: 'CPU ms a transaction, all together',
  disk: 'bytes of CometBFT’s own a transaction that has a block to itself',
} as const

export async function benchValidators(scale: Scale): Promise<BenchLine[]> {
  const counts = scale === 'tiny' ? [1, 2] : [1, 4, 7]
  const all = counts.map((): Found[] => [])
  for (let round = 0; round < roundsOf(scale); round++) {
    for (const [i, count] of counts.entries()) all[i]?.push(await measured(count, scale))
  }
  const [one = []] = all
  return counts.flatMap((count, i) =>
    (['latency', 'energy', 'disk'] as const).map((figure) => {
      const [subject = [], limit] = [all[i], one].map((found) => found?.map((each) => each[figure]))
      return line(`consortium.validators.${figure}.${count}`, units[figure], subject, i === 0 ? undefined : limit)
    }),
  )
}
