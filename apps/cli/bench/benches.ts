/** The benches there are, by name. */
import type { BenchLine } from './line.ts'
import { benchDeposit, benchOpen } from './records.ts'

export const benches: Readonly<Record<string, () => Promise<BenchLine[]>>> = {
  'records.deposit': benchDeposit,
  'records.open': benchOpen,
}
