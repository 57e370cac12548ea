/** ledger.commit: the embedded engine in this process, over a real file. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@salus/base/clock'
import { generateDeviceKey } from '@salus/crypto/keys'
import { createEmbedded } from '@salus/ledger/embedded'
import { createSampleLog, createSender, sampleGenesis, sampleOrganisation } from '@salus/ledger/samples'
import { verifications } from './limits.ts'
import { type BenchLine, inFlight, line, rate, roundsOf, type Scale, sized } from './line.ts'

const HOSPITALS = 32
const CLIENTS = 512

/** Sample hospitals, each with a log that grows by one entry a transaction. */
async function hospitals() {
  const names = Array.from({ length: HOSPITALS }, (_, nth) => `sample-${nth + 1}`)
  const organisations = await Promise.all(names.map((name) => sampleOrganisation(name, `log.${name}.example`)))
  const each = organisations.map(({ org, keys, journal }) => ({
    sender: createSender(org, keys),
    log: createSampleLog(journal?.origin ?? ''),
  }))
  return { genesis: sampleGenesis(organisations), each }
}
type Hospitals = Awaited<ReturnType<typeof hospitals>>['each']

/** Signed heads, each with the proof that it extends the one before: what hospitals really send. */
async function heads(each: Hospitals, count: number): Promise<string[]> {
  const txs: string[] = []
  for (let i = 0; i < count; i++) {
    const { sender, log } = each[i % HOSPITALS] as Hospitals[number]
    const since = log.size()
    log.grow(1)
    txs.push(await sender.next('log.advance', log.advance(since)))
  }
  return txs
}

/** Transactions per second, signature and consistency proof checked, durable when answered. */
export async function benchCommit(scale: Scale): Promise<BenchLine[]> {
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-'))
  const { genesis, each } = await hospitals()
  const signer = await generateDeviceKey()
  const engine = await createEmbedded({ path: join(dir, 'ledger.db'), genesis, clock: systemClock, signer })
  const committed: number[] = []
  const limit: number[] = []
  try {
    for (let round = 0; round < roundsOf(scale); round++) {
      const txs = await heads(each, sized(scale, 4_000, 64))
      limit.push(await verifications(scale))
      committed.push(await rate(txs.length, () => inFlight(txs, CLIENTS, (tx) => engine.submit(tx))))
    }
  } finally {
    await engine.close()
    await rm(dir, { recursive: true, force: true })
  }
  return [line('ledger.commit', 'transactions/s, 512 clients', committed, limit)]
}
