/** Verbs of whoever runs the node: start, doctor, rebuild. */
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { systemClock, systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { journalEntry } from '@salus/journal/entry'
import { mismatches } from '@salus/journal/sources'
import { composeNode } from '@salus/node-app/compose'
import { isFounded } from '@salus/node-app/found'
import { listenNode } from '@salus/node-app/listen'
import { rebuildViews } from '@salus/node-app/rebuild'
import { foundDemo, seedDemo } from '../demo/demo.ts'
import { sayTour } from '../demo/tour.ts'
import type { Screen, Verb } from '../verb.ts'

const dataFolder = () => process.env.SALUS_DATA ?? 'data'

function tlsFromEnvironment() {
  const { SALUS_TLS_CERT: cert, SALUS_TLS_KEY: key } = process.env
  if (Boolean(cert) !== Boolean(key)) throw new AppError('misuse')
  return cert && key ? { tls: { cert, key } } : {}
}

/** Ends when asked to (SIGINT, SIGTERM). npm passes a Ctrl-C on a second time: it must not cut the clean stop short. */
const untilAsked = () =>
  new Promise<void>((resolve) => {
    process.on('SIGINT', resolve)
    process.on('SIGTERM', resolve)
  })

const start: Verb = {
  name: 'start',
  options: [],
  words: {
    en: 'start the node, with a small demonstration the first time',
    fr: 'démarrer le nœud, avec une petite démonstration la première fois',
  },
  more: {
    en: `Environment: SALUS_HOST (127.0.0.1), SALUS_PORT (8080), SALUS_DATA (data), SALUS_LOG=on (requests, on standard output),
SALUS_TLS_CERT and SALUS_TLS_KEY (PEM files: the node then speaks https).`,
    fr: `Environnement : SALUS_HOST (127.0.0.1), SALUS_PORT (8080), SALUS_DATA (data), SALUS_LOG=on (requêtes, sur la sortie
standard), SALUS_TLS_CERT et SALUS_TLS_KEY (fichiers PEM : le nœud parle alors https).`,
  },
  async run(_, screen) {
    const dir = dataFolder()
    if (!isFounded(dir)) {
      screen.progress(screen.language === 'fr' ? 'création du nœud…' : 'founding the node…')
      await foundDemo(dir)
    }
    const port = Number(process.env.SALUS_PORT ?? '8080')
    const host = process.env.SALUS_HOST ?? '127.0.0.1'
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new AppError('misuse')
    const log = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`)
    const running = await listenNode({
      dir,
      host,
      port,
      log: process.env.SALUS_LOG === 'on' ? log : () => {},
      preparing: true,
      ...tlsFromEnvironment(),
    })
    const people = await seedDemo(dir, running, screen)
    running.node.state.ready = true
    sayTour(running.url, dir, people, screen)
    await untilAsked()
    await running.stop()
    return { stopped: true }
  },
}

async function doctorChecks(dir: string, screen: Screen) {
  const node = await composeNode({ dir, clock: systemClock, random: systemRandom, log: () => {} })
  try {
    const ledger = await node.ledger.verify()
    const { checked, bad } = await node.sources.tx((s) =>
      mismatches(s, (one) => journalEntry(one.salt, one.token, one.number, one.previous)),
    )
    const { bavail, bsize } = await statfs(dir)
    const free = Math.round((bavail * bsize) / 1e6)
    const fr = screen.language === 'fr'
    screen.say(fr ? `registre : ${ledger.height} blocs vérifiés` : `ledger: ${ledger.height} blocks verified`)
    screen.say(
      fr
        ? `journal : ${checked} entrées rouvertes, ${bad.length} en défaut`
        : `journal: ${checked} entries opened again, ${bad.length} at fault`,
    )
    screen.say(fr ? `espace libre : ${free} Mo` : `free space: ${free} MB`)
    return { ledger, journal: { size: node.journal.log.size(), checked, bad }, freeMegabytes: free }
  } finally {
    await node.close()
  }
}

const doctor: Verb = {
  name: 'doctor',
  options: [],
  words: { en: 'check the data folder (the node must be stopped)', fr: 'vérifier le dossier de données (nœud arrêté)' },
  async run(_, screen) {
    const dir = dataFolder()
    if (!existsSync(dir) || !isFounded(dir)) throw new AppError('node-missing')
    const found = await doctorChecks(dir, screen)
    if (found.journal.bad.length > 0) throw new AppError('journal-damaged', { entries: found.journal.bad.length })
    return found
  },
}

const rebuild: Verb = {
  name: 'rebuild',
  options: [],
  words: {
    en: 'make the views again from the sources (the node must be stopped)',
    fr: 'refaire les vues à partir des sources (nœud arrêté)',
  },
  async run(_, screen) {
    const dir = dataFolder()
    if (!isFounded(dir)) throw new AppError('node-missing')
    const entries = await rebuildViews({ dir, clock: systemClock, random: systemRandom, log: () => {} })
    screen.say(screen.language === 'fr' ? `${entries} entrées appliquées.` : `${entries} entries applied.`)
    return { entries }
  },
}

export const nodeVerbs: readonly Verb[] = [start, doctor, rebuild]
