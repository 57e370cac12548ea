/**
 * The demonstration's market: two organisations offer synthetic data, a host a simulated machine, an author two analyses; the lab has
 * credits. Brokers and host run beside the node, as the keeper does. It is prepared while people look around already.
 */
import { existsSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { base64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { defaultGate } from '@salus/enclave/deal'
import { publishData } from '@salus/market/dataset/publish'
import { errorWords } from '@salus/ui/words'
import { isDevice } from '../device.ts'
import { type MarketDevice, openMarket, storeUrl } from '../market.ts'
import type { Screen } from '../verb.ts'
import { analysisVerbs } from '../verbs/market/analysis.ts'
import { programOf } from '../verbs/market/shared.ts'
import { beside, stop } from './beside.ts'
import { checkups, checkupsOf } from './checkups.ts'

/** Does a demonstration's start bring a market? */
export const marketStarts = (): boolean => process.env.SALUS_MARKET !== 'off'

/** Who offers; one decides by hand, so that there is something to decide. */
const offering = [
  { org: 'hopital-saint-roch', price: 20, byHand: true },
  { org: 'cabinet-des-lilas', price: 12, byHand: false },
] as const
const [LAB, HOST, AUTHOR, TREASURER] = ['coeur-lab', 'calcul-sud', 'methodes', 'tresor'] as const
const TERMS = 'Synthetic data: nobody stands behind a row. Anybody may use the results. (sample)\n'
const YEAR = 365 * 86_400

type At = { readonly dir: string; readonly store: string; readonly env: NodeJS.ProcessEnv }
type Beside = ReturnType<typeof beside>['child']
/** Ports of the brokers: offers name them, so they stay. */
type Known = { ports: Record<string, string> }

const deviceOf = ({ dir }: Pick<At, 'dir'>, org: string) => join(dir, 'devices', `desk-${org}`)
const marker = ({ dir }: Pick<At, 'dir'>) => join(dir, 'market.json')
const openAt = (at: At, org: string) => openMarket(deviceOf(at, org), { store: at.store })

async function startBroker(at: At, org: string, port: string, running: Beside[]): Promise<string> {
  const words = ['broker', 'up', '--device', deviceOf(at, org), '--store', at.store, '--port', port]
  const broker = beside(words, at.env, /(http:\S+\d)/)
  running.push(broker.child)
  return (await broker.found)[1] ?? ''
}

async function startHost(at: At, running: Beside[]): Promise<void> {
  const words = ['--device', deviceOf(at, HOST), '--store', at.store, '--evidence', 'simulated', '--price', '8']
  const host = beside(['host', 'up', ...words], at.env, /waits for deals|attend des marchés/)
  running.push(host.child)
  await host.found
}

/** The members name the treasurer, who credits the lab. */
async function credit(at: At): Promise<void> {
  for (const org of ['hopital-saint-roch', 'cabinet-des-lilas', 'pharmacie-du-port', LAB, AUTHOR]) {
    await (await openAt(at, org)).trader.send('credit.treasurer', { org: TREASURER as never })
  }
  const deposit = { deposit: newId(systemRandom) as never, to: LAB as never, amount: 1_000 }
  await (await openAt(at, TREASURER)).trader.send('credit.deposit', deposit)
}

/** What the author sells, and at which price. */
const programs = { heartify: '10', describe: '2' } as const

/** Both analyses, published by their author and vouched for by the hospital; once, however often it is begun. */
async function publishAnalyses(at: At, screen: Screen): Promise<void> {
  const { trader, store } = await openAt(at, AUTHOR)
  const known = (await trader.analyses()).filter(({ org, vouched }) => org === AUTHOR && vouched.length > 0)
  const names = await Promise.all(known.map(async ({ body }) => (await programOf(store, body.analysis)).manifest.name))
  const quiet = { ...screen, say: () => {} }
  for (const [name, price] of Object.entries(programs)) {
    if (names.includes(name)) continue
    const act = (verb: string, org: string, more = {}) =>
      analysisVerbs
        .find((one) => one.name === verb)
        ?.run({ positionals: [name], options: { device: deviceOf(at, org), store: at.store, ...more } }, quiet)
    await act('analysis publish', AUTHOR, { price })
    await act('analysis vouch', 'hopital-saint-roch')
  }
}

/** Encrypts one organisation's synthetic rows and offers them; the key is kept before anybody can order. */
async function offer(at: At, { org, price, byHand }: (typeof offering)[number], broker: string): Promise<void> {
  const market: MarketDevice = await openAt(at, org)
  const path = join(at.dir, `${org}.csv.new`)
  const [key, set] = [systemRandom(32), newId(systemRandom)]
  // A first start that was cut short may have offered already, at a broker's port that nobody kept.
  for (const one of await market.trader.datasets()) {
    if (one.org === org && !one.closed) await market.trader.send('market.close', { order: one.body.order })
  }
  try {
    await writeFile(path, checkupsOf(org), { mode: 0o600 })
    const version = { set: set as never, org: org as never, version: 1, terms: TERMS, broker, public: true }
    const { data } = await publishData({ path, contract: checkups, version, key, random: systemRandom }, market.store)
    const order = newId(systemRandom) as never
    const until = Math.floor((await market.trader.now()) / 1000) + YEAR
    await market.keepData(data, { key: base64url(key), set, version: 1, order })
    await market.trader.send('market.dataset', {
      ...{ order, set: set as never, data, key: (await market.keys()).share.publicKey, price, uses: 1_000, until },
      ...{ labs: [], analyses: [], kinds: ['simulated', 'sgx', 'tdx', 'snp'], purposes: ['DUO:0000006'], duties: [] },
      ...{ public: true, byHand, gate: defaultGate },
    })
  } finally {
    key.fill(0)
    await rm(path, { force: true })
  }
}

/** Brings everything up; the first time it is made. */
async function prepare(at: At, screen: Screen, running: Beside[]): Promise<void> {
  const done = marker(at)
  const before = existsSync(done) ? (JSON.parse(await readFile(done, 'utf8')) as Known) : undefined
  const host = startHost(at, running)
  const urls = offering.map(({ org }) => startBroker(at, org, before?.ports[org] ?? '0', running))
  if (before) {
    await Promise.all([host, ...urls])
    return
  }
  await Promise.all([credit(at).then(() => publishAnalyses(at, screen)), host, ...urls])
  const ports: Record<string, string> = {}
  for (const [i, one] of offering.entries()) {
    const url = (await urls[i]) ?? ''
    await offer(at, one, url)
    ports[one.org] = new URL(url).port
  }
  await writeFile(`${done}.new`, JSON.stringify({ ports } satisfies Known), { mode: 0o600, flush: true })
  await rename(`${done}.new`, done)
}

/** Starts it beside the node; what it cannot do it says on standard error, and the demonstration goes on without. */
export function startMarket(dir: string, url: string, screen: Screen): { stop(): Promise<void> } {
  const at = { dir, store: storeUrl(), env: { ...process.env, SALUS_NODE: url } }
  if (!marketStarts() || !isDevice(deviceOf(at, LAB))) return { stop: async () => undefined }
  const running: Beside[] = []
  let stopping = false
  const prepared = prepare(at, screen, running).then(
    () =>
      screen.say(
        screen.language === 'fr' ? 'Le marché est ouvert (porte Recherche).' : 'The market is open (door Research).',
      ),
    (error: unknown) => {
      if (stopping) return
      process.stderr.write(`${errorWords(isAppError(error) ? error.code : 'internal', screen.language).title}\n`)
    },
  )
  return {
    async stop() {
      stopping = true
      await Promise.all(running.map(stop))
      await prepared
    },
  }
}
