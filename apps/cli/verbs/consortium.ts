/** `consortium …`: several hospitals on one machine, to be looked at, broken and mended. */
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { AppError } from '@salus/base/errors'
import { isBuilt, webFolder } from '@salus/web-app/build'
import { command, isUp, type Order, serveControl } from '../consortium/control.ts'
import { readPlan } from '../consortium/plan.ts'
import { startConsortium } from '../consortium/running.ts'
import type { ConsortiumStatus, HospitalStatus } from '../consortium/status.ts'
import { type CliCode, misuse } from '../errors.ts'
import { dataFolder } from '../host.ts'
import { type Arguments, type Option, type Outcome, option, type Screen, type Verb } from '../verb.ts'

const folder = () => join(dataFolder(), 'consortium')

const counted = (count: number, one: string, other: string) => `${count} ${count === 1 ? one : other}`

/** One hospital in a sentence. */
function sentence(one: HospitalStatus, fr: boolean): string {
  const head = `${one.hospital}  ${one.name}  ${one.url}`
  const node = { ready: ['up', 'en marche'], starting: ['starting', 'démarre'], away: ['away', 'absent'] }[
    one.node
  ] ?? [one.node, one.node]
  const block =
    one.height === undefined
      ? fr
        ? 'registre : absent'
        : 'ledger: away'
      : fr
        ? `bloc ${one.height}, ${counted(one.peers ?? 0, 'autre entendu', 'autres entendus')}`
        : `block ${one.height}, hears ${counted(one.peers ?? 0, 'other', 'others')}`
  const journal =
    one.entries === undefined
      ? ''
      : fr
        ? `; journal : ${one.entries} entrées, ${one.witnessed ?? 0} cosignées par les autres`
        : `; journal: ${one.entries} entries, ${one.witnessed ?? 0} cosigned by the others`
  return `${head}\n   ${node[fr ? 1 : 0]}; ${block}${journal}`
}

/** What matters first: are blocks made, and what may still fail. */
function sayStatus(status: ConsortiumStatus, { language, say }: Screen): void {
  const fr = language === 'fr'
  for (const one of status.hospitals) say(sentence(one, fr))
  const { tolerated, quorum, cut } = status
  const away = status.hospitals.filter(({ processes }) => processes.length < 2).length
  if (!quorum) {
    say(
      fr
        ? 'Aucun bloc : pas plus des deux tiers des hôpitaux s’entendent. Rien n’est perdu ; cela reprend tout seul à leur retour.'
        : 'No new block: no more than two thirds of the hospitals hear each other. Nothing is lost; it goes on by itself when they are back.',
    )
  }
  for (const [a, b] of cut) say(fr ? `Ligne coupée entre ${a} et ${b}.` : `The line between ${a} and ${b} is cut.`)
  say(
    tolerated === 0
      ? fr
        ? 'Moins de quatre hôpitaux : aucune panne n’est tolérée.'
        : 'Fewer than four hospitals: no failure is tolerated.'
      : fr
        ? `Pannes tolérées à la fois : ${tolerated} ; absents maintenant : ${away}.`
        : `Failures tolerated at once: ${tolerated}; away now: ${away}.`,
  )
}

const give = async (one: Order, screen: Screen): Promise<Outcome> => {
  const { control } = await readPlan(folder())
  const done = await command(folder(), control, one)
  if (one.do !== 'down') sayStatus(done as ConsortiumStatus, screen)
  return (done ?? {}) as Outcome
}

function hospitalFrom({ positionals }: Arguments): number {
  const nth = Number(positionals[0])
  if (!Number.isInteger(nth) || nth < 1) {
    throw misuse({ en: 'Which hospital: its number, from 1.', fr: 'Quel hôpital : son numéro, à partir de 1.' })
  }
  if (nth > 7) throw new AppError<CliCode>('consortium-hospital')
  return nth
}

function partFrom(args: Arguments): 'node' | 'comet' | undefined {
  const only = option(args, 'only')
  if (only === undefined || only === 'node' || only === 'comet') return only
  throw misuse({ en: '--only knows two words: node and comet.', fr: '--only connaît deux mots : node et comet.' })
}

const only: Option = {
  ...{ name: 'only', value: 'node|comet' },
  words: { en: 'one of its two processes', fr: 'un seul de ses deux processus' },
}

/** How long the first block may take once all nodes answer, ms: then it is said as it is. */
const FIRST_BLOCK = 30_000

/** Does everybody answer, and has a block? */
const hasBlock = ({ height }: HospitalStatus): boolean => (height ?? 0) > 0

/** Waits until every node answers and has a block, telling how far it is; undefined where it was asked to end first. */
async function ready(
  status: () => Promise<ConsortiumStatus>,
  down: AbortSignal,
  screen: Screen,
): Promise<ConsortiumStatus | undefined> {
  let [told, end] = ['', Number.POSITIVE_INFINITY]
  while (!down.aborted) {
    const now = await status()
    const { hospitals } = now
    const up = hospitals.filter(({ node }) => node === 'ready').length
    if (up === hospitals.length) end = Math.min(end, Date.now() + FIRST_BLOCK)
    if (up === hospitals.length && (hospitals.every(hasBlock) || Date.now() >= end)) return now
    const gone = hospitals.find(({ processes }) => !processes.includes('node'))
    if (gone) throw new AppError<CliCode>('consortium-node-ended', { hospital: gone.hospital })
    const said = soFar(up, now, screen.language === 'fr')
    if (said !== told) screen.progress(said)
    told = said
    await setTimeout(500, undefined, { signal: down }).catch(() => undefined)
  }
  return undefined
}

function soFar(up: number, { hospitals }: ConsortiumStatus, fr: boolean): string {
  const [all, at] = [hospitals.length, hospitals.filter(hasBlock).length]
  if (up < all) return fr ? `hôpitaux prêts : ${up} sur ${all}` : `hospitals ready: ${up} of ${all}`
  return fr ? `registre commun : ${at} sur ${all} ont un bloc` : `the common ledger: ${at} of ${all} have a block`
}

function sayUp(status: ConsortiumStatus, screen: Screen): void {
  sayStatus(status, screen)
  screen.say(
    screen.language === 'fr'
      ? 'Ouvrez une adresse dans un navigateur. Dans un autre terminal : npx salus consortium status, kill 3, wipe 3, rejoin 3, partition 1,2/3,4, down.'
      : 'Open an address in a browser. In another terminal: npx salus consortium status, kill 3, wipe 3, rejoin 3, partition 1,2/3,4, down.',
  )
}

const up: Verb = {
  name: 'consortium up',
  options: [
    {
      ...{ name: 'hospitals', value: 'N' },
      words: { en: 'how many, 1 to 7 (4 when not said)', fr: 'combien, de 1 à 7 (4 si l’on ne dit rien)' },
    },
  ],
  words: {
    en: 'start several hospitals on this machine, each with its node, its data and CometBFT beside it',
    fr: 'démarrer plusieurs hôpitaux sur cette machine, chacun avec son nœud, ses données et CometBFT à côté',
  },
  more: {
    en: 'SALUS_DATA (data): the folder is SALUS_DATA/consortium. SALUS_COMETBFT: the program; else PATH, else built once with Go.',
    fr: 'SALUS_DATA (data) : le dossier est SALUS_DATA/consortium. SALUS_COMETBFT : le programme ; sinon PATH, sinon construit une fois avec Go.',
  },
  async run(args, screen) {
    const { progress } = screen
    const fr = screen.language === 'fr'
    const hospitals = Number(option(args, 'hospitals') ?? '4')
    // Before anything is looked for or built: what it would find in use says less.
    if (await isUp(folder())) throw new AppError<CliCode>('consortium-running')
    if (!isBuilt()) progress(fr ? 'préparation des pages web…' : 'building the web pages…')
    const web = await webFolder()
    const building = () =>
      progress(fr ? 'construction de CometBFT, une seule fois (90 s)…' : 'building CometBFT, once (90 s)…')
    const running = await startConsortium({ dir: folder(), hospitals, web, building })
    const down = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => down.abort())
    const close = await serveControl(folder(), running, () => down.abort())
    try {
      const status = await ready(running.status, down.signal, screen)
      if (status) sayUp(status, screen)
      if (!down.signal.aborted) await new Promise((done) => down.signal.addEventListener('abort', done, { once: true }))
    } finally {
      await running.stop()
      await close()
    }
    return { stopped: true }
  },
}

const simple = (
  name: string,
  words: Verb['words'],
  orderOf: (args: Arguments) => Order,
  more: Partial<Verb> = {},
): Verb => ({
  ...{ name: `consortium ${name}`, options: [], words, ...more },
  run: (args, screen) => give(orderOf(args), screen),
})

const HOSPITAL = { positionals: 'N', least: 1 } as const

/** `1,2/3,4` or `1,2|3,4`; nothing joins all lines again. */
function groupsFrom({ positionals: [text = ''] }: Arguments): number[][] {
  if (text === '') return []
  return text
    .split(/[/|]/)
    .map((group) => group.split(',').map((one) => hospitalFrom({ positionals: [one], options: {} })))
}

export const consortiumVerbs: readonly Verb[] = [
  up,
  simple(
    'status',
    {
      en: 'who is up, which block, what the others have cosigned',
      fr: 'qui est là, à quel bloc, ce que les autres ont cosigné',
    },
    () => ({ do: 'status' }),
  ),
  simple(
    'kill',
    {
      en: 'kill a hospital’s processes, as a power cut would',
      fr: 'tuer les processus d’un hôpital, comme une coupure de courant',
    },
    (args) => ({ do: 'kill', hospital: hospitalFrom(args), part: partFrom(args) }),
    { ...HOSPITAL, options: [only] },
  ),
  simple(
    'wipe',
    {
      en: 'erase what a hospital holds, but for its keys, as an attacker would',
      fr: 'effacer ce qu’un hôpital détient, sauf ses clés, comme un attaquant',
    },
    (args) => ({ do: 'wipe', hospital: hospitalFrom(args) }),
    HOSPITAL,
  ),
  simple(
    'rejoin',
    {
      en: 'start a hospital again; it fetches what it lacks from the others',
      fr: 'redémarrer un hôpital ; il reprend aux autres ce qui lui manque',
    },
    (args) => ({ do: 'start', hospital: hospitalFrom(args), part: partFrom(args) }),
    { ...HOSPITAL, options: [only] },
  ),
  simple(
    'partition',
    {
      en: 'cut the ledger’s lines between groups: 1,2/3,4; with nothing, join them all',
      fr: 'couper les lignes du registre entre groupes : 1,2/3,4 ; sans rien, tout relier',
    },
    (args) => ({ do: 'partition', groups: groupsFrom(args) }),
    { positionals: '[1,2/3,4]' },
  ),
  simple('down', { en: 'stop the consortium that runs', fr: 'arrêter le consortium en marche' }, () => ({
    do: 'down',
  })),
]
