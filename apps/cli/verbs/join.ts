/** `members welcome` and `join`: a hospital joins a consortium that is there; members vote, and every organisation signs. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseJson } from '@salus/base/json'
import { parseWith } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import type { Roots } from '@salus/directory/consortium'
import {
  finishJoin,
  type JoinPlan,
  proposeJoin,
  readJoin,
  type Snapshot,
  type Welcome,
  welcome,
  welcomeFrom,
} from '@salus/node-app/joining'
import { rootsDigest, rootsFingerprint } from '@salus/node-app/proposal'
import { freePorts } from '../consortium/plan.ts'
import { misuse } from '../errors.ts'
import { readInput } from '../files.ts'
import { foundedFolder, modeFromEnvironment, newNodePlaces, placesOf } from '../host.ts'
import { type Arguments, list, option, required, type Screen, type Verb } from '../verb.ts'
import { naming, readSignatures } from './found.ts'
import { type Motion, motionMark, P2P, portFrom, socketIn } from './members.ts'

const welcoming: Verb = {
  name: 'members welcome',
  options: [
    { name: 'output', value: 'FILE', required: true, words: { en: 'for the newcomer', fr: 'pour le nouveau venu' } },
    {
      ...{ name: 'address', value: 'HOST:PORT' },
      words: {
        en: 'where the others dial this machine’s CometBFT (port 26656)',
        fr: 'où les autres appellent le CometBFT de cette machine (port 26656)',
      },
    },
    {
      ...{ name: 'url', value: 'URL' },
      words: {
        en: 'this node’s address, where it was alone until now: it becomes the newcomer’s witness',
        fr: 'adresse de ce nœud, s’il était seul : il devient le témoin du nouveau venu',
      },
    },
  ],
  words: {
    en: 'write what a newcomer needs from this node: the consortium’s public files, and whom to dial',
    fr: 'écrire ce qu’un nouveau venu doit tenir de ce nœud : fichiers publics du consortium, qui appeler',
  },
  async run(args, { language, say }) {
    const output = required(args, 'output')
    if (existsSync(output)) throw misuse({ en: 'This file is there already.', fr: 'Ce fichier existe déjà.' })
    const { keys } = placesOf(modeFromEnvironment())
    const at = { dir: foundedFolder(), ...(keys ? { keys } : {}) }
    const made = await welcomeFrom(at, { address: option(args, 'address'), url: option(args, 'url') })
    await writeWhole(resolve(output), `${JSON.stringify(made, null, 2)}\n`)
    const fingerprint = rootsFingerprint(made.consortium.roots)
    const fr = language === 'fr'
    say(fr ? `Pour le nouveau venu : ${output}` : `For the newcomer: ${output}`)
    say(fr ? 'Empreinte des racines, à lui lire :' : 'Fingerprint of the roots, to be read out:')
    say(`  ${fingerprint}`)
    return { welcome: output, fingerprint, peers: made.peers.length }
  },
}

const readPlanFile = (path: string): Promise<JoinPlan> =>
  naming(path, async () => {
    const card = async (name: string) => parseJson(await readInput(resolve(dirname(path), name)))
    return readJoin(await readInput(path), card)
  })

const SERVER = /^https?:\/\/[a-z0-9.-]{1,100}(:\d{1,5})?$/
const BLOCK = /^(\d{1,12}):([0-9A-F]{64})$/

/** Where CometBFT begins by a snapshot: both options, or none. */
function snapshotFrom(args: Arguments): Snapshot | undefined {
  const [servers, block] = [list(args, 'servers'), option(args, 'block')]
  if (servers.length === 0 && block === undefined) return undefined
  const [, height = '', hash = ''] = BLOCK.exec(block ?? '') ?? []
  if (servers.length < 2 || !servers.every((one) => SERVER.test(one)) || !height) {
    throw misuse({
      en: '--servers takes two addresses with a comma between them, --block a height and a hash: 1200:9F…',
      fr: '--servers attend deux adresses séparées par une virgule, --block une hauteur et une empreinte : 1200:9F…',
    })
  }
  return { servers, height: Number(height), hash }
}

type Proposed = Awaited<ReturnType<typeof proposeJoin>>

function sayProposed(
  { made, paths, log, witness, motions: voted }: Proposed,
  previous: Roots,
  file: string,
  screen: Screen,
): void {
  const { language, say } = screen
  const fr = language === 'fr'
  const [proposal, ...motions] = paths
  say(fr ? `Journal de ce nœud : ${log}` : `This node’s log: ${log}`)
  say(fr ? `Ce nœud comme témoin : ${witness}` : `This node as a witness: ${witness}`)
  say(
    fr
      ? 'Empreinte des racines d’aujourd’hui, à comparer avec un membre :'
      : 'Fingerprint of today’s roots, to be compared with a member:',
  )
  say(`  ${rootsFingerprint(previous)}`)
  say(fr ? `Version ${made.roots.version}, avec vous :` : `Version ${made.roots.version}, with you in it:`)
  say(`  ${rootsFingerprint(made.roots)}`)
  say('')
  say(
    fr
      ? 'Plus de la moitié des membres votent les deux motions :'
      : 'More than half of the members vote for both motions:',
  )
  for (const [i, one] of motions.entries())
    say(`  salus members vote ${one} --device DIR    # ${motionMark(voted[i] as Motion)}`)
  say(
    fr
      ? 'Chaque organisation, la vôtre aussi, signe sur son appareil :'
      : 'Each organisation, yours too, signs on its device:',
  )
  say(`  salus desk sign ${proposal} --device DIR`)
  say(fr ? 'Puis :' : 'Then:')
  say(`  salus join ${file} --welcome … --signatures ${fr ? 'FICHIERS' : 'FILES'}`)
}

async function propose(
  ports: Parameters<typeof proposeJoin>[0],
  plan: JoinPlan,
  given: Welcome,
  file: string,
  screen: Screen,
) {
  const made = await naming(file, () => proposeJoin(ports, plan, given))
  sayProposed(made, given.consortium.roots, file, screen)
  const { roots } = made.made
  const [proposal = '', ...motions] = made.paths
  return { joined: false, proposal, motions, roots: rootsDigest(roots), fingerprint: rootsFingerprint(roots) }
}

const join: Verb = {
  name: 'join',
  positionals: 'FILE',
  least: 1,
  options: [
    {
      ...{ name: 'welcome', value: 'FILE', required: true },
      words: {
        en: 'what a member wrote for you (members welcome)',
        fr: 'ce qu’un membre a écrit pour vous (members welcome)',
      },
    },
    {
      ...{ name: 'signatures', value: 'FILE,…' },
      words: {
        en: 'what the organisations signed (files, or their folder): finishes the node',
        fr: 'ce que les organisations ont signé (fichiers, ou leur dossier) : achève le nœud',
      },
    },
    {
      ...{ name: 'p2p', value: 'PORT' },
      words: { en: 'where CometBFT meets the others (26656)', fr: 'où CometBFT rencontre les autres (26656)' },
    },
    {
      ...{ name: 'servers', value: 'URL,URL' },
      words: {
        en: 'begin by a snapshot: two members’ CometBFT (RPC)',
        fr: 'commencer par un instantané : le CometBFT (RPC) de deux membres',
      },
    },
    {
      ...{ name: 'block', value: 'HEIGHT:HASH' },
      words: {
        en: 'with it: a block that another hospital’s administrator read out',
        fr: 'avec cela : un bloc lu par l’administrateur d’un autre hôpital',
      },
    },
  ],
  words: {
    en: 'join a consortium: this node’s keys and what is voted and signed; then, with the signatures, the node',
    fr: 'rejoindre un consortium : clés du nœud, ce qui est voté et signé ; puis, avec les signatures, le nœud',
  },
  more: {
    en: `FILE (JSON): organisation (its desk's card, or the name of the file with it), origin, operator, url, entity, contract, role.
SALUS_DATA: the new node's folder, empty. SALUS_KEYS: the folder for its keys, apart from it. docs/consortium.md, "Joining".`,
    fr: `FILE (JSON) : organisation (carte de son guichet, ou nom du fichier), origin, operator, url, entity, contract, role.
SALUS_DATA : le dossier du nouveau nœud, vide. SALUS_KEYS : le dossier de ses clés, à part. docs/consortium.md, « Joining ».`,
  },
  async run(args, screen) {
    const fr = screen.language === 'fr'
    const [file = ''] = args.positionals
    const ports = newNodePlaces()
    const { dir } = ports
    const [p2p, snapshot] = [portFrom(args, 'p2p', P2P), snapshotFrom(args)]
    const plan = await readPlanFile(file)
    const path = required(args, 'welcome')
    const given = await naming(path, async () => parseWith(welcome, await readInput(path)))
    if (option(args, 'signatures') === undefined) return propose(ports, plan, given, file, screen)
    const signatures = await readSignatures(list(args, 'signatures'))
    const [port = 0, rpc = 0] = await freePorts(2)
    const to = { abci: socketIn(dir, port), rpc, p2p }
    const joining = { plan, welcome: given, to, ...(snapshot ? { snapshot } : {}) }
    const done = await naming(file, () => finishJoin(ports, joining, signatures))
    screen.say(fr ? `Le nœud est prêt : ${dir}` : `The node is ready: ${dir}`)
    screen.say(
      fr
        ? `Les membres renouvellent leurs racines (salus roots update ${dir}/consortium.json --node). Puis : salus start, et cometbft start --home ${done.home}`
        : `Members renew their roots (salus roots update ${dir}/consortium.json --node). Then: salus start, and cometbft start --home ${done.home}`,
    )
    return { joined: true, log: done.log, witness: done.witness, roots: rootsDigest(done.roots), home: done.home }
  },
}

export const joinVerbs: readonly Verb[] = [welcoming, join]
