/** `npm run heartify`: the whole demonstration, one order, one result. */

import { resolve } from 'node:path'
import { digest } from '@salus/crypto/hash'
import { fitted, termRows } from '@salus/market/fitted'
import { isBuilt, webFolder } from '@salus/web-app/build'
import { type HeartifyWorld, type Looked, startHeartify } from '../demo/heartify.ts'
import { untilAsked } from '../until.ts'
import { type Arguments, option, type Screen, type Verb } from '../verb.ts'
import { analysisVerbs } from './market/analysis.ts'
import { creditVerbs } from './market/credit.ts'
import { datasetVerbs } from './market/dataset.ts'
import { orderVerbs } from './market/order.ts'
import { resultVerbs } from './market/result.ts'
import { serveVerbs } from './market/serve.ts'

const steps = {
  start: {
    en: 'founding a consortium of eight organisations…',
    fr: 'fondation d’un consortium de huit organisations…',
  },
  web: { en: 'building the web pages…', fr: 'préparation des pages web…' },
  order: { en: 'the lab orders; the host works…', fr: 'le laboratoire commande ; l’hôte travaille…' },
  open: { en: 'the lab opens its result…', fr: 'le laboratoire ouvre son résultat…' },
}

/** What the demonstration's people type. */
export const heartifyVerbs: readonly Verb[] = [
  ...[...datasetVerbs, ...analysisVerbs, ...orderVerbs],
  ...[...resultVerbs, ...serveVerbs, ...creditVerbs],
]

/** Runs a verb whose words people see. */
const aloud = async (name: string, args: Parameters<Verb['run']>[0], screen: Screen) => {
  const verb = heartifyVerbs.find((one) => one.name === name)
  if (!verb) throw new Error(name)
  return verb.run(args, screen)
}

export const heartifyVerb: Verb = {
  name: 'heartify',
  options: [
    {
      name: 'out',
      value: 'DIR',
      words: { en: 'save table, pictures and receipt there', fr: 'y enregistrer tableau, images et reçu' },
    },
    {
      name: 'browser',
      words: {
        en: 'stay, to be looked at and ordered from in a browser (SALUS_PORT, 8080)',
        fr: 'rester, pour regarder et commander dans un navigateur (SALUS_PORT, 8080)',
      },
    },
  ],
  words: {
    en: 'the demonstration: four hospitals, one lab, one order; weights of cardiovascular risk factors on public data',
    fr: 'la démonstration : quatre hôpitaux, un laboratoire, une commande ; le poids des facteurs de risque cardiovasculaire sur des données publiques',
  },
  more: {
    en: 'SALUS_SHARED: the folder with data/cardio (../shared).',
    fr: 'SALUS_SHARED : le dossier contenant data/cardio (../shared).',
  },
  async run(args, screen) {
    const looked = args.options.browser === true ? await lookedAt(screen) : undefined
    screen.progress(steps.start[screen.language])
    const world = await startHeartify(heartifyVerbs, screen, undefined, looked)
    try {
      const found = await play(world, args, screen)
      if (looked) await stay(world, screen)
      return found
    } finally {
      await world.stop()
    }
  },
}

/** One order, watched to its end, opened. */
async function play(world: HeartifyWorld, args: Arguments, screen: Screen) {
  screen.progress(steps.order[screen.language])
  const device = `${world.dir}/coeur-lab`
  const store = `file://${world.dir}/store`
  const order = {
    ...{ device, store, datasets: Object.values(world.offers).join(',') },
    ...{ analysis: 'heartify@1', 'host-kind': 'simulated' },
  }
  const buy = { ...order, params: world.params, 'max-price': '150', purpose: 'health-research' }
  const placed = await aloud('order place', { positionals: [], options: buy }, screen)
  const task = String(placed.task)
  const ended = await aloud('task watch', { positionals: [task], options: { device, store } }, screen)
  screen.progress(steps.open[screen.language])
  const dir = option(args, 'out')
  const out = dir ? { out: resolve(dir) } : {}
  const opened = await aloud('result open', { positionals: [task], options: { device, store, ...out } }, screen)
  const model = fitted.parse(opened.result)
  return {
    terms: termRows(model),
    ...{ n: model.n, events: model.events, auc: model.fit.auc, paid: ended.paid, simulated: opened.simulated },
    receipt: { task, verified: opened.verified, digest: digest(JSON.stringify(opened.result)) },
  }
}

/** Where the pages are, and at which port they are looked at. */
async function lookedAt(screen: Screen): Promise<Looked> {
  if (!isBuilt()) screen.progress(steps.web[screen.language])
  const port = Number(process.env.SALUS_PORT ?? '8080')
  return { web: await webFolder(), host: '127.0.0.1', port }
}

/** The same in a browser, with credits for another order, until somebody has seen enough. */
async function stay({ url, act }: HeartifyWorld, { language, say }: Screen): Promise<void> {
  await act('credit deposit', 'tresor', { org: 'coeur-lab', amount: '200' })
  const fr = language === 'fr'
  say(fr ? `Salus est prêt : ${url}/research/` : `Salus is ready: ${url}/research/`)
  say(
    fr
      ? 'Soyez le laboratoire et commandez, un hôpital ou l’hôte et regardez. Ctrl-C l’arrête ; rien n’en reste.'
      : 'Be the laboratory and order, a hospital or the host and look. Ctrl-C stops it; nothing of it stays.',
  )
  const asked = untilAsked()
  if (!asked.aborted) await new Promise((done) => asked.addEventListener('abort', done, { once: true }))
}
