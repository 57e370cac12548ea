/** The ledger as members' devices reach it: they put on it what they signed, and read what it says. */
import { type Bound, bind } from '@salus/base/endpoint'
import type { Engine, Genesis } from '@salus/ledger/contract'
import { ledgerModules } from '@salus/ledger/embedded'
import { ledgerEndpoints } from '@salus/ledger/endpoints'
import type { Module } from '@salus/ledger/module'
import { marketModule } from '@salus/market/ledger'

/** The machine's modules on this chain: what the ledger brings, and the slices' own. The same at every opening. */
export const modulesOf = ({ chain }: Genesis): readonly Module[] => [...ledgerModules, marketModule(chain)]

/** How long a question for the next block waits, ms. */
const PATIENCE = 20_000

/** Resolves at the next commit, or when patience ends. */
function nextCommit(ledger: Engine): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer)
      stop()
      done()
    }
    const timer = setTimeout(end, PATIENCE)
    timer.unref()
    const stop = ledger.onCommit(end)
  })
}

/** N18 Binds what desks may ask of the ledger. The machine decides what a transaction may do, not the edge. */
export const ledgerRoutes = (ledger: Engine): Bound[] => [
  bind(ledgerEndpoints.submit, ({ input }) => ledger.submit(input.tx)),
  bind(ledgerEndpoints.state, async ({ query }) => {
    const { chain, height, time } = await ledger.info()
    return { chain, height, time, value: await ledger.query(query.path, query.data ?? '') }
  }),
  bind(ledgerEndpoints.blocks, async ({ query }) => ({
    blocks: (await ledger.blocks(query.from)).map(({ height, time, txs, header }) => ({
      ...{ height, time, txs: [...txs] },
      ...(header === undefined ? {} : { header }),
    })),
  })),
  bind(ledgerEndpoints.next, async ({ query }) => {
    const before = await ledger.info()
    if (before.height <= query.after) await nextCommit(ledger)
    return { height: (await ledger.info()).height }
  }),
]
