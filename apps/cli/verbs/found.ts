/** `found`: a real node's folder, in steps; each organisation signs on a device of its own. */
import { readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isAppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { parseWith } from '@salus/base/schema'
import { finishNode, type Proposed, proposeNode, readPlan } from '@salus/node-app/founding'
import {
  type RootsSignature,
  rootsDigest,
  rootsFingerprint,
  rootsSignature,
  witnessesOf,
} from '@salus/node-app/proposal'
import type { Both } from '@salus/ui/language'
import { withHint } from '../errors.ts'
import { readInput } from '../files.ts'
import { newNodePlaces } from '../host.ts'
import { list, type Screen, type Verb } from '../verb.ts'
import { sayHalfQuorum } from '../witnesses.ts'

/** What a plan that contradicts itself says where. */
const places: Readonly<Record<string, Both>> = {
  'organisation-twice': { en: 'An organisation stands there twice.', fr: 'Une organisation y figure deux fois.' },
  'key-twice': { en: 'Two organisations have the same key.', fr: 'Deux organisations ont la même clé.' },
  organisation: {
    en: 'The roots do not name this organisation, or it is the last one in them.',
    fr: 'Les racines ne citent pas cette organisation, ou elle y est la dernière.',
  },
  past: {
    en: 'This organisation has had as many keys as the roots can name: it goes on with the one it has.',
    fr: 'Cette organisation a eu autant de clés que les racines peuvent en citer : elle garde celle qu’elle a.',
  },
  operator: {
    en: 'operator: the node needs a short name of its own, which is no organisation’s.',
    fr: 'operator : le nœud a besoin d’un nom court à lui, qui n’est celui d’aucune organisation.',
  },
  'witness-name': { en: 'witnesses: each needs a name of its own.', fr: 'witnesses : il faut à chacun un nom à lui.' },
  'witness-vkey': {
    en: 'witnesses: a vkey is no witness’s key, or stands there twice.',
    fr: 'witnesses : une clé n’est pas celle d’un témoin, ou y figure deux fois.',
  },
  'witness-own': {
    en: 'witnesses: this node cannot be its own witness.',
    fr: 'witnesses : ce nœud ne peut pas être son propre témoin.',
  },
  log: {
    en: 'The journal’s key does not bear the journal’s name.',
    fr: 'La clé du journal ne porte pas le nom du journal.',
  },
  'log-twice': {
    en: 'origin: another journal of the consortium has this name.',
    fr: 'origin : un autre journal du consortium porte ce nom.',
  },
  policy: {
    en: 'The consortium’s witness policy has a form that is not known here: its members write the next version themselves.',
    fr: 'La règle de témoins du consortium a une forme inconnue ici : ses membres écrivent eux-mêmes la version suivante.',
  },
  quorum: {
    en: 'quorum: a number from 1 to that of the witnesses, and none without witnesses.',
    fr: 'quorum : un nombre de 1 à celui des témoins, et aucun sans témoins.',
  },
}

/** Says in words what of `file` cannot be used. */
export async function naming<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isAppError(error)) throw error
    const at = String(error.facts.at ?? '')
    const missing = String(error.facts.missing ?? '')
    if (error.code === 'founding-signature-missing') {
      throw withHint(error, { en: `Still to sign: ${missing}.`, fr: `Doivent encore signer : ${missing}.` })
    }
    if (error.code === 'founding-wrong' && places[at]) throw withHint(error, places[at])
    if (error.code === 'schema-mismatch') throw withHint(error, { en: `${file}: ${at}.`, fr: `${file} : ${at}.` })
    throw error
  }
}

const readPlanFile = (path: string) =>
  naming(path, async () => {
    const card = async (name: string) => parseJson(await readInput(resolve(dirname(path), name)))
    return readPlan(await readInput(path), card)
  })

/** Signature files, named one by one or by their folder. */
export async function readSignatures(names: readonly string[]): Promise<RootsSignature[]> {
  const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  const inside = (path: string) => readdirSync(path).filter((one) => one.endsWith('.signature.json'))
  const files = names.flatMap((path) => (isFolder(path) ? inside(path).map((one) => join(path, one)) : [path]))
  return Promise.all(files.map((path) => naming(path, async () => parseWith(rootsSignature, await readInput(path)))))
}

function sayProposed({ proposal, path, log, witness }: Proposed, file: string, screen: Screen): void {
  const { language, say } = screen
  const fr = language === 'fr'
  const { asked, quorum } = witnessesOf(proposal.roots.policy)
  say(fr ? `Journal de ce nœud : ${log}` : `This node’s log: ${log}`)
  say(fr ? `Ce nœud comme témoin : ${witness}` : `This node as a witness: ${witness}`)
  if (asked.length === 0) {
    say(
      fr
        ? 'Personne n’atteste ce journal : ses reçus diront « sans témoin ». On peut encore ajouter des témoins au fichier.'
        : 'Nobody witnesses this log: its receipts will read “not witnessed”. Witnesses can still be added to the file.',
    )
  } else say(fr ? `Témoins : ${asked.length}, quorum ${quorum}` : `Witnesses: ${asked.length}, quorum ${quorum}`)
  sayHalfQuorum(proposal.roots, screen)
  say(fr ? `Proposition : ${path}` : `Proposal: ${path}`)
  say(fr ? 'Empreinte de l’ensemble :' : 'Fingerprint of the whole:')
  say(`  ${rootsFingerprint(proposal.roots)}`)
  say('')
  say(
    fr
      ? 'Chaque organisation la lit et la signe sur son propre appareil, puis vous terminez :'
      : 'Each organisation reads and signs it on its own device, then you finish:',
  )
  say(`  salus desk sign ${path} --device DIR`)
  say(`  salus found ${file} --signatures ${fr ? 'FICHIERS' : 'FILES'}`)
}

export const found: Verb = {
  name: 'found',
  positionals: 'FILE',
  least: 1,
  options: [
    {
      ...{ name: 'signatures', value: 'FILE,…' },
      words: {
        en: 'what the organisations signed (files, or their folder): founds the node',
        fr: 'ce que les organisations ont signé (fichiers, ou leur dossier) : fonde le nœud',
      },
    },
  ],
  words: {
    en: 'found a node: its keys and what the organisations are to sign; then, with their signatures, the node',
    fr: 'fonder un nœud : ses clés et ce que les organisations signent ; puis, avec leurs signatures, le nœud',
  },
  more: {
    en: `FILE (JSON): chain, origin, operator, organisations (their desks' cards, or names of files with them), witnesses (name, vkey,
url) and quorum, suite (1 or 2). SALUS_DATA: the new node's folder, empty. SALUS_KEYS: the folder for its keys, apart from it.
Run again with a changed FILE, it makes another proposal for the same keys. docs/operations.md goes through it step by step.`,
    fr: `FILE (JSON) : chain, origin, operator, organisations (cartes des guichets, ou noms de leurs fichiers), witnesses (name, vkey,
url) et quorum, suite (1 ou 2). SALUS_DATA : le dossier du nouveau nœud, vide. SALUS_KEYS : le dossier de ses clés, à part.
Relancé avec un FILE modifié, il fait une autre proposition pour les mêmes clés. docs/operations.md détaille chaque étape.`,
  },
  async run(args, screen) {
    const fr = screen.language === 'fr'
    const [file = ''] = args.positionals
    const ports = newNodePlaces()
    const { dir } = ports
    const plan = await readPlanFile(file)
    if (args.options.signatures === undefined) {
      const made = await naming(file, () => proposeNode(ports, plan))
      sayProposed(made, file, screen)
      const { path, log, witness } = made
      const { roots } = made.proposal
      const named = {
        roots: rootsDigest(roots),
        fingerprint: rootsFingerprint(roots),
        halfQuorum: witnessesOf(roots.policy).half,
      }
      return { founded: false, proposal: path, log, witness, ...named }
    }
    const given = await readSignatures(list(args, 'signatures'))
    const done = await naming(file, () => finishNode(ports, plan, given))
    screen.say(fr ? `Le nœud est fondé : ${dir}` : `The node is founded: ${dir}`)
    screen.say(fr ? `Journal : ${done.log}` : `Log: ${done.log}`)
    screen.say(
      fr
        ? 'Ensuite : salus doctor, salus start, puis une copie de ses clés, à garder à part (salus backup DOSSIER --keys FICHIER).'
        : 'Next: salus doctor, salus start, then a copy of its keys, to be kept apart (salus backup FOLDER --keys FILE).',
    )
    return { founded: true, log: done.log, witness: done.witness, roots: rootsDigest(done.roots) }
  },
}
