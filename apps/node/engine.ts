/** The ledger over a node's folder: ordered here, or by CometBFT beside it. */
import { join } from 'node:path'
import type { Clock } from '@salus/base/clock'
import { createComet } from '@salus/ledger/comet/engine'
import type { Engine } from '@salus/ledger/contract'
import { createEmbedded } from '@salus/ledger/embedded'
import { hasComet, openComet } from './comet.ts'
import type { Founded } from './found.ts'
import type { LogLine } from './http.ts'
import type { Last } from './last.ts'
import { modulesOf } from './ledger.ts'
import { checkedLedger } from './sound.ts'

type Ports = { readonly dir: string; readonly clock: Clock; readonly log: (line: LogLine) => void }

export function openLedger({ dir, clock, log }: Ports, founded: Founded, last: Last): Promise<Engine> {
  const { genesis, operatorKey } = founded
  const path = join(dir, 'ledger.db')
  const fault = () => log({ route: 'ledger', status: 500, ms: 0, code: 'engine-halted' })
  return checkedLedger(last, path, () =>
    hasComet(dir)
      ? openComet(dir, founded, fault)
      : createEmbedded({ path, genesis, clock, signer: operatorKey, modules: modulesOf(genesis) }),
  )
}

/** The same over a copy of the file, to be looked at: nobody orders anything there. */
export function openLedgerCopy(
  dir: string,
  path: string,
  { genesis, operatorKey: signer }: Founded,
  clock: Clock,
): Promise<Engine> {
  const modules = modulesOf(genesis)
  // A port nobody is told of, and no CometBFT to ask.
  const alone = { abci: { port: 0 }, rpc: 'http://127.0.0.1:9' } as const
  return hasComet(dir)
    ? createComet({ path, genesis, modules, ...alone })
    : createEmbedded({ path, genesis, clock, signer, modules })
}
