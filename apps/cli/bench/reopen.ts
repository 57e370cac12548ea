/** A ledger of the embedded engine opened, asked and replayed in a process of its own, so that its memory is known. Orders on standard input. */
import { text } from 'node:stream/consumers'
import { systemClock } from '@salus/base/clock'
import { generateDeviceKey } from '@salus/crypto/keys'
import type { Genesis } from '@salus/ledger/contract'
import { createEmbedded } from '@salus/ledger/embedded'

const QUERIES = 1_000

const { path, genesis, operator, origin } = JSON.parse(await text(process.stdin)) as {
  path: string
  genesis: Genesis
  operator: string
  origin: string
}
const signer = await generateDeviceKey()
const times = [performance.now()]
const ledger = await createEmbedded({ path, genesis, clock: systemClock, signer, operators: [operator] })
times.push(performance.now())
for (let i = 0; i < QUERIES; i++) await ledger.query('checkpoints/head', origin)
times.push(performance.now())
const { transactions } = await ledger.verify()
times.push(performance.now())
await ledger.close()
const [open = 0, query = 0, replay = 0] = times.slice(1).map((at, i) => at - (times[i] ?? 0))
process.stdout.write(
  JSON.stringify({
    open,
    query: (query / QUERIES) * 1000,
    replay: transactions / (replay / 1000),
    memory: process.resourceUsage().maxRSS / 1024,
  }),
)
