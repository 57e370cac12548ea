/** The two that run for long: a hospital's key broker, and a host's machine. */
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock, systemRandom } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { parseWith } from '@salus/base/schema'
import type { HostKind } from '@salus/enclave/deal'
import { type Evidence, type EvidencePolicy, policySchema } from '@salus/enclave/evidence/contract'
import { measureSources } from '@salus/enclave/measure'
import type { RawQuote, RunStep } from '@salus/enclave/task/messages'
import type { EvidenceSource } from '@salus/enclave/task/quote'
import { deliverDue } from '@salus/market/broker/delivery'
import { serveBroker } from '@salus/market/broker/serve'
import { createBroker } from '@salus/market/broker/service'
import type { Task } from '@salus/market/contract'
import { brokerAt } from '@salus/market/host/brokers'
import { collateralFile, createCollate } from '@salus/market/host/collate'
import { isolationHere } from '@salus/market/host/isolation'
import { type HostPorts, runTask } from '@salus/market/host/run'
import { createEnding } from '@salus/market/overdue'
import type { Both } from '@salus/ui/language'
import { causeWords } from '@salus/ui/market'
import { cohortsIn, evaluationsIn } from '../../cohorts.ts'
import { holdFile } from '../../device.ts'
import { misuse } from '../../errors.ts'
import { readInput } from '../../files.ts'
import { brokerKeysOf, type MarketDevice } from '../../market.ts'
import { letGo, untilAsked } from '../../until.ts'
import { type Arguments, option, type Screen, type Verb } from '../../verb.ts'
import { device, marketOf, oneOf, storeOption, wholeOption } from './shared.ts'

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))

/** Does `work` after each block until `signal`; what goes wrong is said once and tried again. */
async function each(
  at: MarketDevice,
  signal: AbortSignal,
  say: (code: string) => void,
  work: () => Promise<void>,
): Promise<void> {
  const ended = new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }))
  let said = ''
  while (!signal.aborted) {
    try {
      await work()
      said = ''
      await Promise.race([at.trader.next(), ended])
    } catch (error) {
      if (signal.aborted) return
      const code = isAppError(error) ? error.code : 'internal'
      if (said !== code) say(code)
      said = code
      await Promise.race([pause(1_000), ended])
    }
  }
}

/** Accepted machines: `policy.json` of the broker's folder, and this very program where an offer allows simulated ones. */
async function policyOf(dir: string): Promise<EvidencePolicy> {
  const path = join(dir, 'policy.json')
  const given = existsSync(path) ? parseWith(policySchema, await readInput(path)) : policySchema.parse({})
  const own = { kind: 'simulated' as const, measurement: measureSources() }
  return { ...given, measurements: [...given.measurements, own] }
}

const broker: Verb = {
  name: 'broker up',
  options: [
    device,
    {
      name: 'port',
      value: 'N',
      words: { en: 'port on 127.0.0.1 (0: any free one)', fr: 'port sur 127.0.0.1 (0 : un port libre)' },
    },
    storeOption,
  ],
  words: {
    en: 'run the hospital’s key broker: a process of its own, which gives a data key to a proven enclave and to nobody else',
    fr: 'faire tourner le gardien de clés : un processus à part, qui ne remet une clé de données qu’à une enclave qui a fait ses preuves',
  },
  async run(args, screen) {
    const signal = untilAsked()
    const at = await marketOf(args, false, signal)
    holdFile(join(at.device.dir, 'broker.lock'))
    const ports = {
      ...{ keys: brokerKeysOf(at), trader: at.trader, store: at.store, cohorts: cohortsIn(at.device) },
      evaluations: evaluationsIn(at.device),
      ...{ policy: await policyOf(at.device.dir), clock: systemClock, random: systemRandom },
    }
    const fr = screen.language === 'fr'
    const say = (line: string) => screen.say(line)
    const { url, stop } = await serveBroker(createBroker(ports), {
      ...{ host: '127.0.0.1', port: wholeOption(args, 'port', 0, 0, 65_535) },
      log: ({ route, code }) => code === 'ok' || say(`${route}: ${code}`),
    })
    say(
      fr
        ? `Le gardien de clés répond à ${url} ; Ctrl-C l’arrête.`
        : `The key broker answers at ${url}; Ctrl-C stops it.`,
    )
    const endOverdue = createEnding(at.trader, systemClock)
    await each(at, signal, say, async () => {
      const tasks = await at.trader.tasks()
      await endOverdue(tasks)
      await deliverDue(ports, tasks)
    })
    await stop()
    letGo()
    return { stopped: true }
  },
}

/** The kinds of machine that each source can be. */
const sources = { simulated: ['simulated'], gramine: ['sgx'], tsm: ['tdx', 'snp'] } as const satisfies Record<
  EvidenceSource,
  readonly HostKind[]
>
const names = { simulated: 'simulated', gramine: 'gramine', tsm: 'tsm' } as const
type Collating = { readonly kind: HostKind; collate(quote: RawQuote): Promise<Evidence> }

/** Simulated evidence is whole. */
async function simulated(quote: RawQuote): Promise<Evidence> {
  if (quote.kind === 'simulated') return quote.evidence
  throw new AppError('evidence-refused', { why: 'kind' })
}

/** A quote of hardware needs the vendor's collateral beside it, which also says what kind of machine this is. */
async function collatingOf(args: Arguments, source: EvidenceSource): Promise<Collating> {
  if (source === 'simulated') return { kind: 'simulated', collate: simulated }
  const path = option(args, 'collateral')
  if (!path)
    throw misuse({
      en: `--evidence ${source} needs --collateral FILE: docs/market.md says how to get one.`,
      fr: `--evidence ${source} demande --collateral FICHIER : docs/market.md dit comment l’obtenir.`,
    })
  const read = async () => parseWith(collateralFile, await readInput(path))
  const { kind } = await read()
  if ((sources[source] as readonly HostKind[]).includes(kind)) return { kind, collate: createCollate(read) }
  throw misuse({
    en: `--evidence ${source} shows no evidence of kind ${kind}: the collateral is of another machine.`,
    fr: `--evidence ${source} ne montre pas de preuve ${kind} : le collatéral est celui d’une autre machine.`,
  })
}

/** Offers this machine, unless an offer of the same price stands. */
async function offerHost(at: MarketDevice, kind: HostKind, args: Arguments): Promise<void> {
  const [price, minutes] = [wholeOption(args, 'price', 0), wholeOption(args, 'minutes', 10, 1, 1440)]
  const now = Math.floor((await at.trader.now()) / 1000)
  const own = (await at.trader.hosts()).filter(
    ({ org, closed, body }) => org === at.org && !closed && body.kind === kind,
  )
  if (
    own.some(
      ({ body, used }) => body.price === price && body.minutes === minutes && body.until > now && used < body.uses,
    )
  )
    return
  for (const { body } of own) await at.trader.send('market.close', { order: body.order })
  const offer = {
    order: newId(systemRandom) as never,
    kind,
    price,
    minutes,
    labs: [],
    uses: 100_000,
    until: now + 365 * 86_400,
  }
  await at.trader.send('market.host', offer)
}

/** A host that is stopped takes no more deals: what it offered is closed. Where the ledger cannot be reached it stays, until it is late. */
async function closeHost(args: Arguments): Promise<void> {
  const at = await marketOf(args, false, AbortSignal.timeout(5_000))
  for (const { org, closed, body } of await at.trader.hosts()) {
    if (org === at.org && !closed) await at.trader.send('market.close', { order: body.order })
  }
}

function sayIsolation(isolation: 'namespaces' | 'none', { language, say }: Screen): void {
  if (isolation === 'namespaces') return
  say(
    language === 'fr'
      ? 'Cette machine ne permet pas d’espaces de noms : l’enclave simulée n’est pas coupée du réseau par le noyau.'
      : 'This machine allows no namespaces: the kernel does not cut the simulated enclave off the network.',
  )
}

const host: Verb = {
  name: 'host up',
  options: [
    device,
    {
      name: 'evidence',
      value: 'SOURCE',
      required: true,
      words: { en: 'simulated, gramine or tsm', fr: 'simulated, gramine ou tsm' },
    },
    {
      name: 'collateral',
      value: 'FILE',
      words: { en: 'what the vendor says of this machine', fr: 'ce que le fabricant dit de cette machine' },
    },
    { name: 'price', value: 'CREDITS', words: { en: 'for one run (0)', fr: 'pour une exécution (0)' } },
    { name: 'minutes', value: 'N', words: { en: 'longest run (10)', fr: 'durée maximale (10)' } },
    { name: 'memory', value: 'MB', words: { en: 'memory of one analysis (2048)', fr: 'mémoire d’une analyse (2048)' } },
    storeOption,
  ],
  words: {
    en: 'run a compute host: it offers its machine, waits for deals, and runs each in an enclave of its own',
    fr: 'faire tourner un hôte de calcul : il offre sa machine, attend les marchés, et exécute chacun dans sa propre enclave',
  },
  async run(args, screen) {
    const source = oneOf<EvidenceSource>(args, 'evidence', names, 'simulated')
    const { kind, collate } = await collatingOf(args, source)
    const signal = untilAsked()
    const at = await marketOf(args, false, signal)
    holdFile(join(at.device.dir, 'host.lock'))
    const folder = join(at.device.dir, 'tasks')
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const isolation = isolationHere()
    sayIsolation(isolation, screen)
    await offerHost(at, kind, args)
    screen.say(
      screen.language === 'fr'
        ? 'L’hôte attend des marchés ; Ctrl-C l’arrête.'
        : 'The host waits for deals; Ctrl-C stops it.',
    )
    const ports: HostPorts = {
      ...{ trader: at.trader, store: at.store, publicKey: at.publicKey, sign: at.sign, folder, isolation, collate },
      machine: { source },
      ...{
        broker: brokerAt,
        memoryBytes: wholeOption(args, 'memory', 2_048, 64, 4_000) * 2 ** 20,
        step: (_, step) => screen.say(`  ${stepWords[step][screen.language]}`),
      },
    }
    await serveTasks(at, ports, screen, signal)
    await closeHost(args).catch(() => undefined)
    letGo()
    return { stopped: true }
  },
}

/** What an enclave is doing, for whoever watches the machine; of whose task it says nothing. */
const stepWords = {
  proving: { en: 'proving itself to the hospitals', fr: 'fait ses preuves devant les hôpitaux' },
  opening: { en: 'opening the data in memory', fr: 'ouvre les données en mémoire' },
  running: { en: 'running the analysis', fr: 'exécute l’analyse' },
  checking: { en: 'checking the result against the rules', fr: 'contrôle le résultat selon les règles' },
  sealing: { en: 'sealing the result to the laboratory', fr: 'scelle le résultat pour le laboratoire' },
} as const satisfies Readonly<Record<RunStep, Both>>

/** What was running when this host stopped cannot go on, and is given back: once, before anything else is run. */
function createGivingBack(at: MarketDevice): (mine: readonly Task[]) => Promise<void> {
  let done = false
  return async (mine) => {
    if (done) return
    for (const { task, state } of mine) {
      if (state === 'running') await at.trader.send('task.fail', { task: task as never, cause: 'host-stopped' })
    }
    done = true
  }
}

/** Runs what is ready, one after another. */
async function serveTasks(at: MarketDevice, ports: HostPorts, { say, language }: Screen, signal: AbortSignal) {
  const giveBack = createGivingBack(at)
  const endOverdue = createEnding(at.trader, systemClock)
  const done = language === 'fr' ? 'tâche terminée' : 'task done'
  await each(at, signal, say, async () => {
    const mine = (await at.trader.tasks()).filter(({ host }) => host.org === at.org)
    await giveBack(mine)
    await endOverdue(mine)
    for (const { task, state } of mine) {
      if (state !== 'ready') continue
      const end = await runTask(ports, task)
      say(end === 'done' ? done : (causeWords[end]?.[language] ?? end))
    }
  })
}

export const serveVerbs: readonly Verb[] = [broker, host]
