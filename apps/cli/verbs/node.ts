/** Verbs of whoever runs the node: start, and where the others stand. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { isDemonstration, isFounded } from '@salus/node-app/found'
import { type Listening, type LogLine, listenNode } from '@salus/node-app/listen'
import { errorWords } from '@salus/ui/words'
import { isBuilt, webFolder } from '@salus/web-app/build'
import { foundDemo, seedDemo } from '../demo/demo.ts'
import { startKeeper } from '../demo/keeper.ts'
import { startMarket } from '../demo/market.ts'
import { samplesOf } from '../demo/staff.ts'
import { sayTour } from '../demo/tour.ts'
import { moveDevices } from '../device.ts'
import { type CliCode, misuse } from '../errors.ts'
import { foundedFolder, modeFromEnvironment, placesOf } from '../host.ts'
import { storeUrl } from '../market.ts'
import type { Screen, Verb } from '../verb.ts'
import { doctor, sayProduction } from './doctor.ts'
import { found } from './found.ts'
import { rebuild } from './rebuild.ts'

/** Ends when asked to (SIGINT, SIGTERM). npm passes a Ctrl-C on a second time: it must not cut the clean stop short. */
const untilAsked = () =>
  new Promise<void>((resolve) => {
    process.on('SIGINT', resolve)
    process.on('SIGTERM', resolve)
  })

/** One line a request where SALUS_LOG=on; what was found wrong with the files at the start is said in words. */
const logTo =
  (screen: Screen) =>
  (line: LogLine): void => {
    if (process.env.SALUS_LOG === 'on') process.stdout.write(`${JSON.stringify(line)}\n`)
    if (line.route !== 'node.start' || !line.code) return
    const { title, next } = errorWords(line.code, screen.language)
    process.stderr.write(`${title}\n${next}\n`)
  }

/** The web apps, built from these sources when that was not done yet. */
async function web(screen: Screen): Promise<string> {
  if (!isBuilt()) screen.progress(screen.language === 'fr' ? 'préparation des pages web…' : 'building the web pages…')
  return webFolder()
}

/** What runs beside a node. */
type Beside = { stop(): Promise<void> }

/** Seeds the people, starts their keeper, says what to try. */
async function demonstrate(dir: string, running: Listening, screen: Screen): Promise<Beside> {
  const people = await seedDemo(dir, running, screen)
  await moveDevices(join(dir, 'devices'), running.node.roots.genesis, running.url)
  running.node.state.samples = await samplesOf(dir, people)
  running.node.state.ready = true
  const keeper = startKeeper(dir)
  sayTour(running.url, dir, people, screen)
  const market = startMarket(dir, running.url, screen)
  return { stop: async () => void (await Promise.all([keeper.stop(), market.stop()])) }
}

/** A node that could not be prepared does not stay behind. */
async function orStop<T>(running: Listening, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    await running.stop()
    throw error
  }
}

/** A founded node, without a demonstration. */
function sayReady(url: string, production: boolean, { language, say }: Screen): void {
  const fr = language === 'fr'
  say(fr ? `Salus est prêt : ${url}` : `Salus is ready: ${url}`)
  if (!production) {
    say(
      fr
        ? 'Sans SALUS_MODE=production : rien ne vérifie ici ce qu’il faut à des dossiers de vraies personnes.'
        : 'Without SALUS_MODE=production: nothing here checks what real people’s records need.',
    )
  }
  say(fr ? 'Ctrl-C pour arrêter ; rien ne se perd.' : 'Ctrl-C stops it; nothing is lost.')
}

/** What a founding of a demonstration leaves when it is cut short: it goes on from there. */
const begun =
  /^(node\.lock(-journal)?|keys|devices|demo\.json|(founding|proposal|genesis|consortium|node)\.json(\.new)?)$/

/** Nothing is founded where something else lies: a folder of somebody’s, or a node whose marker is gone. */
function checkFresh(dir: string): void {
  const there = existsSync(dir) ? readdirSync(dir) : []
  if (there.some((one) => !begun.test(one))) throw new AppError('data-there')
}

/** A log that serves nothing, or that was put back from a backup, is told before anything else is said of it. */
function sayState({ node }: Listening, { language, say }: Screen): void {
  const fr = language === 'fr'
  const condition = node.condition()
  if (condition === 'closed') {
    say(
      fr
        ? 'Ce journal est fermé : rien n’est servi. « salus doctor » dit pourquoi, docs/operations.md ce qui suit.'
        : 'This log is closed: nothing is served. salus doctor says why, docs/operations.md what comes next.',
    )
  } else if (condition === 'restored') {
    say(
      fr
        ? 'Ce nœud vient d’une sauvegarde (« restored ») jusqu’à ce que des témoins le confirment, ou « salus journal checked ».'
        : 'This node was put back from a backup (“restored”) until witnesses confirm it, or salus journal checked.',
    )
  }
}

const start: Verb = {
  name: 'start',
  options: [],
  words: {
    en: 'start the node, with a small demonstration the first time',
    fr: 'démarrer le nœud, avec une petite démonstration la première fois',
  },
  more: {
    en: `Environment: SALUS_HOST (127.0.0.1), SALUS_PORT (8080), SALUS_DATA (data), SALUS_LOG=on (requests, on standard output),
SALUS_TLS_CERT and SALUS_TLS_KEY (PEM files: the node then speaks https). The devices under SALUS_DATA/devices follow the node
to a new address; others are told it with SALUS_NODE=URL. SALUS_KEEPER=off: a demonstration starts no emergency keeper. SALUS_MARKET=off: nor a market. SALUS_STORE: where the market's objects are (SALUS_DATA/store). SALUS_MODE=production: no demonstration; salus doctor lists what that
needs (SALUS_KEYS, SALUS_PROXY, SALUS_ERASED; docs/operations.md).`,
    fr: `Environnement : SALUS_HOST (127.0.0.1), SALUS_PORT (8080), SALUS_DATA (data), SALUS_LOG=on (requêtes, sur la sortie
standard), SALUS_TLS_CERT et SALUS_TLS_KEY (fichiers PEM : le nœud parle alors https). Les appareils de SALUS_DATA/devices suivent
le nœud à une nouvelle adresse ; aux autres, on l’indique avec SALUS_NODE=URL. SALUS_KEEPER=off : une démonstration ne lance pas de
gardien des urgences. SALUS_MARKET=off : ni de marché. SALUS_STORE : où sont les objets du marché (SALUS_DATA/store).
SALUS_MODE=production : pas de démonstration ;
salus doctor énumère ce qu’il y faut (SALUS_KEYS, SALUS_PROXY, SALUS_ERASED ; docs/operations.md).`,
  },
  async run(_, screen) {
    const mode = modeFromEnvironment()
    const { dir, production } = mode
    if (production && sayProduction(mode, screen).some((one) => !one.ok)) {
      throw new AppError<CliCode>('production-incomplete')
    }
    // Keys of its own, and no node yet: somebody is about to found one, and no demonstration may take its place.
    if (mode.keys) foundedFolder()
    if (!isFounded(dir)) {
      checkFresh(dir)
      screen.progress(screen.language === 'fr' ? 'création du nœud…' : 'founding the node…')
      await foundDemo(dir)
    }
    // A folder of a release before demonstrations said so for good is known by what it holds.
    const demonstration = !production && (isDemonstration(dir) || existsSync(join(dir, 'demo.json')))
    const port = Number(process.env.SALUS_PORT ?? '8080')
    const host = process.env.SALUS_HOST ?? '127.0.0.1'
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw misuse({ en: 'SALUS_PORT is no port: 0 to 65535.', fr: 'SALUS_PORT n’est pas un port : de 0 à 65535.' })
    }
    const running = await listenNode({
      ...{ ...placesOf(mode), host, port, log: logTo(screen), preparing: demonstration, web: await web(screen) },
      store: storeUrl(),
      ...(mode.tls ? { tls: mode.tls } : {}),
    })
    const keeper = demonstration ? await orStop(running, demonstrate(dir, running, screen)) : undefined
    if (!demonstration) sayReady(running.url, production, screen)
    sayState(running, screen)
    await untilAsked()
    await keeper?.stop()
    await running.stop()
    return { stopped: true }
  },
}

export const nodeVerbs: readonly Verb[] = [start, found, doctor, rebuild]
