/** The benches there are, by name. */
import { sharedFolder } from '@salus/base/testing'
import { benchImport } from './fhir.ts'
import { benchRoundtrip } from './grants.ts'
import { benchAppend, benchReceipt } from './journal.ts'
import { benchCommit } from './ledger.ts'
import type { BenchLine, Scale } from './line.ts'
import { benchIdle, benchMillion } from './node.ts'
import { benchDeposit, benchOpen } from './records.ts'

export type Bench = {
  run(scale: Scale): Promise<BenchLine[]>
  /** The part of the shared folder that it needs, where that is absent: it is then skipped by name. */
  readonly lacks?: () => string | undefined
}

export const benches: Readonly<Record<string, Bench>> = {
  'journal.append': { run: benchAppend },
  'journal.receipt': { run: benchReceipt },
  'ledger.commit': { run: benchCommit },
  'records.deposit': { run: benchDeposit },
  'records.open': { run: benchOpen },
  'grants.roundtrip': { run: benchRoundtrip },
  'fhir.import': {
    run: benchImport,
    lacks: () => (sharedFolder('vectors/synthea') ? undefined : 'vectors/synthea'),
  },
  'node.idle': { run: benchIdle },
  'node.million': { run: benchMillion },
}
