/** One machine behind ABCI in a process of its own, for the consortium's benches. Its orders come on standard input. */
import { text } from 'node:stream/consumers'
import { createComet } from '@salus/ledger/comet/engine'
import type { Genesis } from '@salus/ledger/contract'

const { path, genesis, abci, rpc } = JSON.parse(await text(process.stdin)) as {
  path: string
  genesis: Genesis
  abci: string
  rpc: string
}
await createComet({ path, genesis, abci: { path: abci }, rpc, fault: (error) => process.stderr.write(`${error}\n`) })
process.once('disconnect', () => process.exit(0))
