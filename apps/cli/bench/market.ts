/** market.match, verify.quote, dataset.seal: the parts of a rented analysis, each beside what it is made of. */
import { createCipheriv, createSign, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { utf8 } from '@salus/base/bytes'
import { systemClock, systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey, generateKeyPair } from '@salus/crypto/keys'
import { sealStream } from '@salus/crypto/stream'
import { defaultGate } from '@salus/enclave/deal'
import { sampleEvidence } from '@salus/enclave/evidence/testing'
import { verifyEvidence } from '@salus/enclave/evidence/verify'
import { signTx } from '@salus/ledger/device'
import { createEmbedded, ledgerModules } from '@salus/ledger/embedded'
import { createSampleLog, createSender, SAMPLE_CHAIN, sampleGenesis, sampleOrganisation } from '@salus/ledger/samples'
import { marketModule } from '@salus/market/ledger'
import { openStore } from '@salus/market/store'
import { type BenchLine, elapsed, inFlight, line, rate, roundsOf, type Scale, sized } from './line.ts'

const FAR = 4_000_000_000
const CLIENTS = 512

/** Organisations on one embedded ledger with the market on it, and a way to send one transaction after another. */
async function floor(dir: string) {
  const names = ['hospital', 'lab', 'host', 'author', 'treasurer', 'second', 'third']
  const organisations = await Promise.all(
    names.map((name) => sampleOrganisation(`sample-${name}`, `log.${name}.example`)),
  )
  const signer = await generateDeviceKey()
  const modules = [...ledgerModules, marketModule(SAMPLE_CHAIN)]
  const genesis = sampleGenesis(organisations)
  const engine = await createEmbedded({ path: join(dir, 'ledger.db'), genesis, clock: systemClock, signer, modules })
  const seqs = new Map<string, number>()
  const sign = (name: string, type: string, body: object) => {
    const one = organisations.find(({ org }) => org === `sample-${name}`)
    if (!one) throw new Error(name)
    const seq = (seqs.get(name) ?? 0) + 1
    seqs.set(name, seq)
    const payload = { chain: SAMPLE_CHAIN, org: one.org, seq, type, body }
    return signTx(one.keys.privateKey, one.keys.publicKey, payload)
  }
  const send = async (name: string, type: string, body: object) => engine.submit(await sign(name, type, body))
  return { engine, organisations, sign, send, seqs, names }
}
type Floor = Awaited<ReturnType<typeof floor>>

const id = () => newId(systemRandom) as string

/** Credits, a data set, an analysis somebody stands for, a host: all that a match needs but the request. */
async function stall({ send, names }: Floor) {
  for (const name of names.slice(0, 5)) await send(name, 'credit.treasurer', { org: 'sample-treasurer' })
  await send('treasurer', 'credit.deposit', { deposit: id(), to: 'sample-lab', amount: 1_000_000_000 })
  const { publicKey: key } = generateKeyPair(systemRandom, 1)
  const [set, analysis, host] = [id(), id(), id()]
  const common = { uses: 1_000_000, until: FAR, labs: [] }
  await send('hospital', 'market.dataset', {
    ...{ order: set, set: id(), data: digest('data'), price: 2, ...common, analyses: [], kinds: ['snp'], duties: [] },
    ...{ purposes: ['DUO:0000042'], public: false, byHand: false, key, gate: defaultGate },
  })
  await send('author', 'market.analysis', { order: analysis, analysis: digest('analysis'), price: 1, ...common })
  await send('second', 'market.vouch', { analysis: digest('analysis') })
  await send('host', 'market.host', { order: host, kind: 'snp', price: 1, minutes: 10, ...common })
  return { set, analysis, host, key }
}

async function requests(at: Floor, stalled: Awaited<ReturnType<typeof stall>>, count: number): Promise<string[]> {
  const orders: string[] = []
  for (let i = 0; i < count; i++) {
    const order = id()
    orders.push(order)
    await at.send('lab', 'market.request', {
      ...{ order, datasets: [stalled.set], analysis: stalled.analysis, kind: 'snp', params: digest('{}') },
      ...{ purpose: 'DUO:0000042', duties: [], key: stalled.key, most: 10, until: FAR },
    })
  }
  return orders
}

/** Matches per second beside heads of logs per second (`ledger.commit`), on the same ledger. */
export async function benchMatch(scale: Scale): Promise<BenchLine[]> {
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-'))
  const at = await floor(dir)
  const [matched, limit]: number[][] = [[], []]
  try {
    const stalled = await stall(at)
    const third = at.organisations.find(({ org }) => org === 'sample-third')
    const log = createSampleLog(third?.journal?.origin ?? '')
    const sender = createSender('sample-third', third?.keys as never, at.seqs.get('third') ?? 0)
    for (let round = 0; round < roundsOf(scale); round++) {
      const count = sized(scale, 400, 8)
      const orders = await requests(at, stalled, count)
      const txs: string[] = []
      for (const request of orders) txs.push(await at.sign('host', 'market.match', { request, host: stalled.host }))
      const heads: string[] = []
      for (let i = 0; i < count; i++) {
        const since = log.size()
        log.grow(1)
        heads.push(await sender.next('log.advance', log.advance(since)))
      }
      limit?.push(await rate(count, () => inFlight(heads, CLIENTS, (tx) => at.engine.submit(tx))))
      matched?.push(await rate(count, () => inFlight(txs, CLIENTS, (tx) => at.engine.submit(tx))))
    }
  } finally {
    await at.engine.close()
    await rm(dir, { recursive: true, force: true })
  }
  return [line('market.match', 'matches/s, 512 clients', matched ?? [], limit ?? [])]
}

/** Signatures of one SGX quote and its collateral that are checked each time (facts: market §6.4). */
const SIGNATURES = 10

/** Evidence verifications per second beside the ECDSA P-256 verifications that are in one; collateral known, quote new to nobody. */
export async function benchQuote(scale: Scale): Promise<BenchLine[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const message = randomBytes(600)
  const signature = createSign('sha256').update(message).sign(privateKey)
  const [verified, limit]: number[][] = [[], []]
  const sample = sampleEvidence('sgx', new Uint8Array(64))
  const expected = { reportData: new Uint8Array(64), policy: sample.policy }
  if (verifyEvidence(sample.evidence, expected, sample.now).status !== 'affirming')
    throw new Error('the sample evidence fell')
  const count = sized(scale, 300, 3)
  for (let round = 0; round < roundsOf(scale); round++) {
    limit?.push(
      await rate(count, async () => {
        for (let i = 0; i < count * SIGNATURES; i++) verify('sha256', message, publicKey, signature)
      }),
    )
    verified?.push(
      await rate(count, async () => {
        for (let i = 0; i < count; i++) verifyEvidence(sample.evidence, expected, sample.now)
      }),
    )
  }
  return [line('verify.quote', 'verifications/s, SGX, collateral seen before', verified ?? [], limit ?? [])]
}

const PIECE = 1 << 20

function* pieces(bytes: number): Generator<Uint8Array> {
  const piece = randomBytes(PIECE)
  for (let at = 0; at < bytes; at += PIECE) yield piece
}

function* sealed(bytes: number): Generator<Uint8Array> {
  const seal = sealStream(systemRandom(32), utf8('bench'), systemRandom)
  for (const piece of pieces(bytes)) yield seal.push(piece)
  yield seal.end()
}

/** One cipher over everything, written and synced: the least that has to be done. */
async function bare(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w')
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12))
  for (const piece of pieces(bytes)) await file.writeFile(cipher.update(piece))
  await file.writeFile(cipher.final())
  await file.sync()
  await file.close()
}

/** Megabytes per second: encrypt in chunks, name by SHA-256, push durably; beside bare AES-GCM and write. */
export async function benchSeal(scale: Scale): Promise<BenchLine[]> {
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-'))
  const bytes = scale === 'long' ? 10 * 2 ** 30 : sized(scale, 2 ** 30, 8 * 2 ** 20)
  const store = await openStore(pathToFileURL(join(dir, 'store')).href)
  const [pushed, limit]: number[][] = [[], []]
  let grown = 0
  const megabytes = bytes / 1e6
  try {
    for (let round = 0; round < roundsOf(scale); round++) {
      limit?.push((megabytes / (await elapsed(() => bare(join(dir, 'bare'), bytes)))) * 1000)
      await rm(join(dir, 'bare'))
      const before = process.memoryUsage.rss()
      let digestOf = ''
      const ms = await elapsed(async () => {
        digestOf = (await store.put(sealed(bytes))).digest
      })
      pushed?.push((megabytes / ms) * 1000)
      grown = Math.max(grown, process.memoryUsage.rss() - before)
      await rm(await store.path(digestOf))
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
  return [
    line('dataset.seal', `MB/s, ${Math.round(megabytes)} MB`, pushed ?? [], limit ?? []),
    line('dataset.seal.memory', 'MB grown meanwhile', [grown / 1e6], undefined),
  ]
}
