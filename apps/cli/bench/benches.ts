/** The benches there are, by name. */

import { sharedFolder } from '@salus/base/testing'
import { noChromium } from '@salus/web-app/testing'
import { benchAcross } from './across.ts'
import { benchApps } from './apps.ts'
import { benchFootprint, benchLatency, benchThroughput } from './consortium.ts'
import { benchImport } from './fhir.ts'
import { benchGlm1m, benchGlm70k } from './glm.ts'
import { benchRoundtrip } from './grants.ts'
import { benchValidators } from './growth.ts'
import { benchHistory } from './history.ts'
import { benchAppend, benchReceipt } from './journal.ts'
import { benchCommit } from './ledger.ts'
import type { BenchLine, Scale } from './line.ts'
import { benchMatch, benchQuote, benchSeal } from './market.ts'
import { benchIdle, benchMillion } from './node.ts'
import { benchDeposit, benchOpen } from './records.ts'
import { benchReplicate } from './replicate.ts'
import { benchTask } from './task.ts'
import { lacksComet } from './validators.ts'

export type Bench = {
  run(scale: Scale): Promise<BenchLine[]>
  /** What it needs and is not there (a part of the shared folder, a browser): it is then skipped by name. */
  readonly lacks?: () => string | undefined | Promise<string | undefined>
}

const lacksCardio = () => (sharedFolder('data/cardio') ? undefined : 'data/cardio (SALUS_SHARED)')

export const benches: Readonly<Record<string, Bench>> = {
  'journal.append': { run: benchAppend },
  'journal.receipt': { run: benchReceipt },
  'ledger.commit': { run: benchCommit },
  'records.deposit': { run: benchDeposit },
  'records.open': { run: benchOpen },
  'grants.roundtrip': { run: benchRoundtrip },
  'fhir.import': {
    run: benchImport,
    lacks: () => (sharedFolder('vectors/synthea') ? undefined : 'vectors/synthea (SALUS_SHARED)'),
  },
  'task.70k': { run: benchTask, lacks: lacksCardio },
  'market.match': { run: benchMatch },
  'verify.quote': { run: benchQuote },
  'dataset.seal': { run: benchSeal },
  'glm.70k': { run: benchGlm70k, lacks: lacksCardio },
  'glm.1m': { run: benchGlm1m, lacks: lacksCardio },
  'consortium.throughput': { run: benchThroughput, lacks: lacksComet },
  'consortium.latency': { run: benchLatency, lacks: lacksComet },
  'consortium.roundtrip': { run: benchAcross, lacks: lacksComet },
  'consortium.replicate': { run: benchReplicate, lacks: lacksComet },
  'consortium.footprint': { run: benchFootprint, lacks: lacksComet },
  'consortium.validators': { run: benchValidators, lacks: lacksComet },
  'consortium.history': { run: benchHistory },
  apps: { run: benchApps, lacks: async () => (await noChromium()) || undefined },
  'node.idle': { run: benchIdle },
  'node.million': { run: benchMillion },
}
