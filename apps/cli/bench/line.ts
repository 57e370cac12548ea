/** A bench's line: a figure beside the limit measured in the same run, alternating, medians. */
import { cpus } from 'node:os'

export type BenchLine = {
  name: string
  value: number
  unit: string
  /** Null where there is nothing to measure beside it: the aim is a plain figure then. */
  limit: number | null
  /** Value by limit. */
  ratio: number | null
  machine: string
}

/** How much is measured: `tiny` shows only that a bench runs, `long` adds what takes many minutes. */
export type Scale = 'tiny' | 'usual' | 'long'

/** How many times subject and limit alternate. */
export const roundsOf = (scale: Scale): number => (scale === 'tiny' ? 1 : 3)

/** A count at this scale. */
export const sized = (scale: Scale, usual: number, tiny: number): number => (scale === 'tiny' ? tiny : usual)

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`

/** Operations per second of `work`, which does `count` of them. */
export async function rate(count: number, work: () => Promise<unknown>): Promise<number> {
  return count / ((await elapsed(work)) / 1000)
}

/** Milliseconds that `work` takes. */
export async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
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
/** Whole numbers where they are large, two digits where they are small. */
const shown = (value: number) => (value < 100 ? round(value) : Math.round(value))

/** The line for medians of subject and limit; the ratio is the median of the rounds' own ratios. */
export function line(
  name: string,
  unit: string,
  subject: readonly number[],
  limit: readonly number[] | undefined,
): BenchLine {
  const ratios = limit ? subject.map((value, i) => value / (limit[i] ?? Number.NaN)) : []
  return {
    name,
    value: shown(median(subject)),
    unit,
    limit: limit ? shown(median(limit)) : null,
    ratio: limit ? round(median(ratios)) : null,
    machine,
  }
}
