/** consortium.history: what an embedded ledger costs as it grows, beside a small one and an empty one in the same run. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { systemClock } from '@salus/base/clock'
import { generateDeviceKey } from '@salus/crypto/keys'
import { createEmbedded } from '@salus/ledger/embedded'
import { type Heads, sampleHeads } from './heads.ts'
import { type BenchLine, inFlight, line, rate, roundsOf, type Scale, sized } from './line.ts'
import { MEMORY } from './world.ts'

const REOPEN = join(import.meta.dirname, 'reopen.ts')
/** As many wait at once while a ledger grows as four hospitals send: blocks of one to four. */
const GROWING = 4
/** And while its rate is measured: as `ledger.commit`. */
const CLIENTS = 512
/** Signed at once, so that a long history needs no memory here. */
const PART = 4_000

const found = async () => ({ ...(await sampleHeads()), signer: await generateDeviceKey() })
type Founded = Awaited<ReturnType<typeof found>>

/** One file, with what its hospitals send next. */
type Ledger = { readonly path: string; readonly heads: Heads; size: number }

const begin = ({ begin }: Founded, path: string): Ledger => ({ path, heads: begin(), size: 0 })

/** Sends the next `count`, `width` at once, and closes the file; transactions per second of the sending. */
async function send({ genesis, signer }: Founded, ledger: Ledger, count: number, width: number): Promise<number> {
  const engine = await createEmbedded({ path: ledger.path, genesis, clock: systemClock, signer })
  const rates: number[] = []
  try {
    for (let left = count; left > 0; left -= PART) {
      const txs = await ledger.heads(Math.min(PART, left))
      rates.push(await rate(txs.length, () => inFlight(txs, width, (tx) => engine.submit(tx))))
      ledger.size += txs.length
    }
  } finally {
    await engine.close()
  }
  return rates.at(-1) ?? 0
}

/** Bytes of the closed file a transaction: nothing of it is in a write-ahead log then. */
const bytesOf = async ({ path, size }: Ledger): Promise<number> => (await stat(path)).size / size

type Reopened = { readonly open: number; readonly query: number; readonly replay: number; readonly memory: number }

/** Room for what lives, little for what is done with: without it the engine lets garbage lie as long as the machine has memory. */
const ROOM = '--max-old-space-size=64'

/** The same file opened, asked and replayed by a process that has just begun. */
async function reopen({ genesis, signer, origin }: Founded, { path }: Ledger): Promise<Reopened> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ROOM, MEMORY, REOPEN], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify({ path, genesis, operator: signer.publicKey, origin }))
  return (await json(child.stdout)) as Reopened
}

const units = {
  open: 'ms to open it',
  query: 'µs a query (checkpoints/head)',
  replay: 'transactions/s replayed from the first block',
  memory: 'MB at most in the process that opened and replayed it, heap of 64 MB',
} as const

/** Figures of a grown ledger beside those of a small one; its rate beside that of an empty one. */
async function compared(founded: Founded, scale: Scale, large: Ledger, small: Ledger): Promise<BenchLine[]> {
  const [to, count] = [large.size, sized(scale, 1_000, 32)]
  const bytes = [await bytesOf(large), await bytesOf(small)] as const
  const again: { large: Reopened[]; small: Reopened[] } = { large: [], small: [] }
  const commit: { large: number[]; empty: number[] } = { large: [], empty: [] }
  for (let round = 0; round < roundsOf(scale); round++) {
    again.small.push(await reopen(founded, small))
    again.large.push(await reopen(founded, large))
  }
  for (let round = 0; round < roundsOf(scale); round++) {
    const empty = begin(founded, `${large.path}-${to}-${round}`)
    commit.empty.push(await send(founded, empty, count, CLIENTS))
    commit.large.push(await send(founded, large, count, CLIENTS))
  }
  const name = (figure: string) => `consortium.history.${figure}.${to}`
  const beside = `${to} there, beside ${small.size}`
  return [
    line(name('bytes'), `bytes of ledger.db a transaction, ${beside}`, [bytes[0]], [bytes[1]]),
    line(name('commit'), `transactions/s, ${to} there, beside an empty ledger`, commit.large, commit.empty),
    ...(['open', 'query', 'replay', 'memory'] as const).map((figure) => {
      const [subject, limit] = [again.large, again.small].map((all) => all.map((one) => one[figure]))
      return line(name(figure), `${units[figure]}, ${beside}`, subject ?? [], limit)
    }),
  ]
}

export async function benchHistory(scale: Scale): Promise<BenchLine[]> {
  const sizes = { tiny: [128], usual: [10_000], long: [10_000, 100_000] }[scale]
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-'))
  try {
    const founded = await found()
    const [large, small, lone] = ['large', 'small', 'lone'].map((name) => begin(founded, join(dir, `${name}.db`))) as [
      Ledger,
      Ledger,
      Ledger,
    ]
    await send(founded, small, sized(scale, 1_000, 32), GROWING)
    await send(founded, lone, sized(scale, 1_000, 32), 1)
    const lines = [
      line(
        'consortium.history.lone',
        'bytes of ledger.db a transaction that has a block to itself',
        [await bytesOf(lone)],
        undefined,
      ),
    ]
    for (const to of sizes) {
      await send(founded, large, to - large.size, GROWING)
      lines.push(...(await compared(founded, scale, large, small)))
    }
    return lines
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
