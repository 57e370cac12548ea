/** A bench's line: a figure beside the limit measured in the same run, alternating, medians. */
import { cpus } from 'node:os'

export type BenchLine = { name: string; value: number; unit: string; limit: number; ratio: number; machine: string }

/** How many times subject and limit alternate. */
export const ROUNDS = 3

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`

/** Operations per second of `work`, which does `count` of them. */
export async function rate(count: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return count / ((performance.now() - start) / 1000)
}

/** Runs `work` over `items`, at most `width` at a time. */
export async function inFlight<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < items.length) await work(items[next++] as T)
  }
  await Promise.all(Array.from({ length: width }, lane))
}

const round = (value: number) => Math.round(value * 100) / 100

/** The line for medians of subject and limit; the ratio is the median of the rounds' own ratios. */
export function line(name: string, unit: string, subject: readonly number[], limit: readonly number[]): BenchLine {
  const ratios = subject.map((value, i) => value / (limit[i] ?? Number.NaN))
  return {
    name,
    value: Math.round(median(subject)),
    unit,
    limit: Math.round(median(limit)),
    ratio: round(median(ratios)),
    machine,
  }
}
