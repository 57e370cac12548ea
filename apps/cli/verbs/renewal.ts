/** `roots leave`, `roots admit`, `roots finish`: versions of the roots without somebody or with a practice more, and the file of any of them. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { systemClock } from '@salus/base/clock'
import { parseWith } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import { organisationCard, type Roots } from '@salus/directory/consortium'
import { rootsDigest, rootsFingerprint } from '@salus/node-app/proposal'
import { admitRoots, endNow, finishRoots, leaveRoots } from '@salus/node-app/renewal'
import { type Change, checkSuccessor, successor } from '@salus/node-app/successor'
import { misuse } from '../errors.ts'
import { readInput } from '../files.ts'
import { openDesk } from '../people.ts'
import { list, type Option, required, type Screen, type Verb } from '../verb.ts'
import { checkLedger } from './desk/follows.ts'
import { naming, readSignatures } from './found.ts'
import { device } from './members.ts'
import { tell } from './roots.ts'

const output = (en: string, fr: string): Option => ({
  ...{ name: 'output', value: 'FILE', required: true },
  words: { en, fr },
})
const proposed = output('the proposal, for every organisation to sign', 'la proposition, à signer par toutes')

async function write(path: string, value: unknown): Promise<void> {
  if (existsSync(path)) throw misuse({ en: 'This file is there already.', fr: 'Ce fichier existe déjà.' })
  await writeWhole(resolve(path), `${JSON.stringify(value, null, 2)}\n`)
}

/** Proposes what `make` makes of the roots that the desk in `dir` trusts, if the ledger says so too. */
async function propose(dir: string, path: string, make: (previous: Roots) => Roots, screen: Screen) {
  const desk = await openDesk(dir)
  const previous = desk.device.roots
  const roots = await naming(path, async () => make(previous))
  const change: Change = checkSuccessor({ roots, previous })
  await checkLedger(desk, change)
  await write(path, { roots, previous })
  tell(previous, roots, screen)
  const { language, say } = screen
  say(language === 'fr' ? `À signer par chaque organisation : ${path}` : `For every organisation to sign: ${path}`)
  say(`  ${rootsFingerprint(roots)}`)
  return { proposal: path, version: roots.version, roots: rootsDigest(roots), fingerprint: rootsFingerprint(roots) }
}

const leave: Verb = {
  name: 'roots leave',
  positionals: 'ORG…',
  least: 1,
  options: [device, proposed],
  words: {
    en: 'propose roots without organisations that the members removed; what they signed still verifies',
    fr: 'proposer des racines sans les organisations retirées par vote ; ce qu’elles ont signé reste vérifiable',
  },
  run(args, screen) {
    const left = { orgs: args.positionals, until: endNow(systemClock()) }
    return propose(required(args, 'device'), required(args, 'output'), (at) => leaveRoots(at, left), screen)
  },
}

const admit: Verb = {
  name: 'roots admit',
  positionals: 'CARD',
  least: 1,
  options: [device, proposed],
  words: {
    en: 'propose roots with an organisation that was voted in and has no machine: a practice, a laboratory',
    fr: 'proposer des racines avec une organisation admise par vote et sans machine : un cabinet, un laboratoire',
  },
  async run(args, screen) {
    const path = args.positionals[0] ?? ''
    const card = await naming(path, async () => parseWith(organisationCard, await readInput(path)))
    return propose(required(args, 'device'), required(args, 'output'), (at) => admitRoots(at, card), screen)
  },
}

const finish: Verb = {
  name: 'roots finish',
  positionals: 'PROPOSAL',
  least: 1,
  options: [
    {
      ...{ name: 'signatures', value: 'FILE,…', required: true },
      words: {
        en: 'what the organisations signed (files, or their folder)',
        fr: 'ce que les organisations ont signé (fichiers, ou leur dossier)',
      },
    },
    output('the consortium’s file (consortium.json)', 'le fichier du consortium (consortium.json)'),
  ],
  words: {
    en: 'make the consortium’s next file from a proposal that every organisation has signed',
    fr: 'faire le fichier suivant du consortium d’une proposition que toutes les organisations ont signée',
  },
  more: {
    en: 'The file goes to every member: salus roots update FILE --node, the node stopped; --device for a desk’s folder.',
    fr: 'Le fichier va à chaque membre : salus roots update FICHIER --node, nœud arrêté ; --device pour un guichet.',
  },
  async run(args, screen) {
    const path = args.positionals[0] ?? ''
    const made = await naming(path, async () => parseWith(successor, await readInput(path)))
    checkSuccessor(made)
    const signatures = (await readSignatures(list(args, 'signatures'))).filter(
      (one) => one.roots === rootsDigest(made.roots),
    )
    const file = await naming(path, () => finishRoots(made, signatures))
    const to = required(args, 'output')
    await write(to, file)
    tell(made.previous, made.roots, screen)
    screen.say(screen.language === 'fr' ? `Pour chaque membre : ${to}` : `For every member: ${to}`)
    return { consortium: to, version: file.roots.version, roots: rootsDigest(file.roots) }
  },
}

export const renewalVerbs: readonly Verb[] = [leave, admit, finish]
