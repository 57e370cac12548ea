/** consortium.*: four validators on this machine, and CometBFT's own key-value store over the same kind of socket beside them. */
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { base64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { wireOf } from '@salus/ledger/comet/wire'
import { createSampleLog, createSender, sampleGenesis, sampleOrganisation } from '@salus/ledger/samples'
import { type BenchLine, line, median, quantile, roundsOf, type Scale, sized } from './line.ts'
import { startValidators, type Validators } from './validators.ts'

const ORGANISATIONS = 32
/** Requests in one HTTP body: CometBFT's own limit here. */
const BATCH = 10
const LANES = 16

const organisations = await Promise.all(
  Array.from({ length: ORGANISATIONS }, (_, nth) =>
    sampleOrganisation(`sample-${nth + 1}`, `log.sample-${nth + 1}.example`),
  ),
)
export const genesis = sampleGenesis(organisations)

/** What is sent, in lanes: what one organisation says goes one after the other; each byte one letter. */
type Source = { take(count: number): Promise<string[][]> }

const { bytesOf } = wireOf()
const letters = (tx: string): string => Buffer.from(bytesOf(tx)).toString('latin1')

export const ours = (): Source => {
  const senders = organisations.map(({ org, keys }) => createSender(org, keys))
  return {
    async take(count) {
      const lanes: string[][] = senders.map(() => [])
      for (let i = 0; i < count; i++) {
        const digest = base64url(systemRandom(32))
        const sender = senders[i % ORGANISATIONS] as (typeof senders)[number]
        const tx = await sender.next('app.publish', { app: 'salus-web', version: '1.0.0', digest })
        lanes[i % ORGANISATIONS]?.push(letters(tx))
      }
      return lanes
    },
  }
}

/** As long as ours. */
const theirs = (length: number): Source => ({
  async take(count) {
    const lanes: string[][] = Array.from({ length: ORGANISATIONS }, () => [])
    for (let i = 0; i < count; i++) {
      const text = `${randomBytes(16).toString('hex')}=${randomBytes(Math.ceil(length / 2)).toString('hex')}`
      lanes[i % ORGANISATIONS]?.push(text.slice(0, length))
    }
    return lanes
  },
})

async function give(url: string, txs: readonly string[]): Promise<void> {
  const requests = txs.map((tx, id) => ({
    ...{ jsonrpc: '2.0', id, method: 'broadcast_tx_sync' },
    params: { tx: Buffer.from(tx, 'latin1').toString('base64') },
  }))
  const body = JSON.stringify(requests.length === 1 ? requests[0] : requests)
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const said = [await response.json()].flat() as { result?: { code: number }; error?: object }[]
  if (said.some(({ result, error }) => error || result?.code !== 0))
    throw new Error(`refused: ${JSON.stringify(said[0])}`)
}

type Seen = { readonly at: Map<string, number>; close(): void }

/** When each transaction was seen in a committed block. */
async function watch(url: string): Promise<Seen> {
  const at = new Map<string, number>()
  const socket = new WebSocket(`${url.replace('http', 'ws')}/websocket`)
  await new Promise((done, failed) => {
    socket.onopen = done
    socket.onerror = failed
  })
  socket.onmessage = ({ data }) => {
    const now = performance.now()
    const { result } = JSON.parse(String(data)) as {
      result?: { data?: { value?: { block?: { data: { txs: string[] } } } } }
    }
    for (const tx of result?.data?.value?.block?.data.txs ?? [])
      at.set(Buffer.from(tx, 'base64').toString('latin1'), now)
  }
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { query: "tm.event='NewBlock'" } }))
  return { at, close: () => socket.close() }
}

/** Sends all there is, and gives how many a second were committed. */
export async function flatOut({ rpc }: Validators, source: Source, count: number): Promise<number> {
  const lanes = await source.take(count)
  const seen = await watch(rpc[0] as string)
  const start = performance.now()
  const queue = lanes.map((lane, i) => ({ lane, url: rpc[i % rpc.length] as string }))
  const work = async () => {
    for (let one = queue.shift(); one; one = queue.shift())
      for (let from = 0; from < one.lane.length; from += BATCH) await give(one.url, one.lane.slice(from, from + BATCH))
  }
  await Promise.all(Array.from({ length: LANES }, work))
  while (seen.at.size < count) await wait(5)
  const end = Math.max(...seen.at.values())
  seen.close()
  return count / ((end - start) / 1000)
}

/** Twenty a second, each at the next validator: milliseconds from being sent to being seen in a block. */
export async function latencies({ rpc }: Validators, source: Source, count: number): Promise<number[]> {
  const txs = (await source.take(count)).flat()
  const seen = await watch(rpc[0] as string)
  const sent = new Map<string, number>()
  for (const [i, tx] of txs.entries()) {
    sent.set(tx, performance.now())
    void give(rpc[i % rpc.length] as string, [tx]).catch(() => undefined)
    await wait(50)
  }
  for (let tries = 0; seen.at.size < count && tries < 200; tries++) await wait(50)
  seen.close()
  return txs.map((tx) => (seen.at.get(tx) ?? Number.POSITIVE_INFINITY) - (sent.get(tx) ?? 0))
}

/** The same work with ours and with theirs, one after the other; fresh chains each round. */
async function alternating<T>(scale: Scale, work: (validators: Validators, source: Source) => Promise<T>) {
  const [length = 0] = (await ours().take(1)).flat().map((tx) => tx.length)
  const found: { ours: T[]; theirs: T[] } = { ours: [], theirs: [] }
  for (let round = 0; round < roundsOf(scale); round++) {
    for (const kind of ['salus', 'kvstore'] as const) {
      const validators = await startValidators(kind, genesis)
      try {
        const source = kind === 'salus' ? ours() : theirs(length)
        await flatOut(validators, source, 32)
        found[kind === 'salus' ? 'ours' : 'theirs'].push(await work(validators, source))
      } finally {
        await validators.stop()
      }
    }
  }
  return { ...found, length }
}

/** Transactions a second, signatures checked by each of the four. */
export async function benchThroughput(scale: Scale): Promise<BenchLine[]> {
  const count = sized(scale, 6_400, 64)
  const found = await alternating(scale, (validators, source) => flatOut(validators, source, count))
  return [line('consortium.throughput', `transactions/s of ${found.length} bytes`, found.ours, found.theirs)]
}

/** From being sent to being committed, at twenty a second. */
export async function benchLatency(scale: Scale): Promise<BenchLine[]> {
  const count = sized(scale, 300, 20)
  const found = await alternating(scale, (validators, source) => latencies(validators, source, count))
  const of = (share: number) => [found.ours, found.theirs].map((all) => all.map((one) => quantile(one, share)))
  const [p50 = [], limit50 = []] = of(0.5)
  const [p95 = [], limit95 = []] = of(0.95)
  return [
    line('consortium.latency', 'ms to commit at 20/s, p50', p50, limit50),
    line('consortium.latency.p95', 'ms to commit at 20/s, p95', p95, limit95),
  ]
}

/** What the ledger keeps of a journal of any size, and what four validators use of this machine. */
export async function benchFootprint(scale: Scale): Promise<BenchLine[]> {
  const sizes: number[] = []
  for (const [nth, { org, keys, journal }] of organisations.slice(0, 3).entries()) {
    const log = createSampleLog(journal?.origin ?? '')
    log.grow(sized(scale, 10 ** (nth + 2), 10))
    const since = log.size()
    log.grow(1_000)
    sizes.push(bytesOf(await createSender(org, keys).next('log.advance', log.advance(since))).length)
  }
  const validators = await startValidators('salus', genesis)
  try {
    const source = ours()
    await flatOut(validators, source, 32)
    await wait(2_000)
    const before = validators.cpuSeconds()
    const quiet = sized(scale, 20_000, 1_000)
    await wait(quiet)
    const idle = (validators.cpuSeconds() - before) / (quiet / 1000)
    const count = sized(scale, 3_200, 64)
    const busy = validators.cpuSeconds()
    await flatOut(validators, source, count)
    const each = ((validators.cpuSeconds() - busy) / count) * 1000
    const { application, comet } = validators.memory()
    return [
      line(
        'consortium.footprint',
        'bytes on the ledger a checkpoint, whatever the records',
        [median(sizes)],
        undefined,
      ),
      line('consortium.footprint.memory', 'MB a validator, machine and CometBFT', [application + comet], undefined),
      line('consortium.energy', 'CPU ms a transaction, all four validators together', [each], undefined),
      line('consortium.energy.idle', 'CPU ms a second, all four idle', [idle * 1000], undefined),
    ]
  } finally {
    await validators.stop()
  }
}
