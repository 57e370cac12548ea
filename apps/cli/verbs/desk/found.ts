/** The desk before its node is founded: `desk init` makes its device and card, `desk sign` shows what is to be signed, and signs. */
import { join } from 'node:path'
import { fromBase64url } from '@salus/base/bytes'
import { systemClock } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { checkWith, z } from '@salus/base/schema'
import { importDeviceKey } from '@salus/crypto/keys'
import { defaultSuite } from '@salus/crypto/suites'
import { organisationCard, orgKey, type Roots, signRoots } from '@salus/directory/consortium'
import type { Pair } from '@salus/directory/device/patient'
import { fingerprint } from '@salus/directory/keyring'
import {
  checkProposal,
  type Proposal,
  proposal,
  type RootsSignature,
  rootsDigest,
  rootsFingerprint,
  witnessesOf,
} from '@salus/node-app/proposal'
import { type Successor, successor } from '@salus/node-app/successor'
import type { Both } from '@salus/ui/language'
import { organisationWords } from '@salus/ui/vocabulary'
import { nodeAddress } from '../../address.ts'
import { organisationChoices } from '../../choices.ts'
import type { DeskKeys } from '../../desk.keys.ts'
import { holdDevice } from '../../device.ts'
import { type CliCode, misuse } from '../../errors.ts'
import { checkWritable, readInput, writeOutput } from '../../files.ts'
import { makeUnfounded, openSigning } from '../../unfounded.ts'
import { option, required, type Screen, type Verb } from '../../verb.ts'
import { sayHalfQuorum } from '../../witnesses.ts'
import { tell } from '../roots.ts'
import { checkFollows } from './follows.ts'
import { device } from './shared.ts'

export const deskInit: Verb = {
  name: 'desk init',
  options: [
    device,
    {
      ...{ name: 'org', value: 'ORG', required: true },
      words: { en: 'short name: small letters, digits, hyphens', fr: 'nom court : minuscules, chiffres, tirets' },
    },
    {
      ...{ name: 'name', value: 'NAME', required: true },
      words: {
        en: 'the organisation’s name, as patients will see it',
        fr: 'nom de l’organisation, affiché aux patients',
      },
    },
    {
      ...{ name: 'kind', value: 'KIND', required: true, choices: organisationChoices },
      words: { en: 'what it is', fr: 'ce qu’elle est' },
    },
    { name: 'country', value: 'FR', required: true, words: { en: 'two capital letters', fr: 'deux majuscules' } },
    { name: 'node', value: 'URL', words: { en: 'address its node will have', fr: 'adresse qu’aura son nœud' } },
  ],
  words: {
    en: 'make an organisation’s desk device and its card, before its node is founded',
    fr: 'créer l’appareil du guichet d’une organisation et sa carte, avant la fondation du nœud',
  },
  async run(args, screen) {
    const [dir, org, name, kind, country] = ['device', 'org', 'name', 'kind', 'country'].map((one) =>
      required(args, one),
    )
    const said = { org, name, kind, country }
    // Asked before the folder is made: a typing error leaves nothing behind.
    const { org: checked } = checkWith(organisationCard.omit({ key: true }), said)
    const key = await makeUnfounded(dir ?? '', checked, nodeAddress(option(args, 'node')))
    const card = checkWith(organisationCard, { ...said, key })
    const path = join(dir ?? '', 'card.json')
    await writeOutput(path, `${JSON.stringify(card, null, 2)}\n`)
    const fr = screen.language === 'fr'
    screen.say(fr ? `Carte, pour qui fonde le nœud : ${path}` : `Card, for whoever founds the node: ${path}`)
    screen.say(fr ? `Empreinte de la clé : ${fingerprint(key)}` : `Fingerprint of the key: ${fingerprint(key)}`)
    return { card: path, org, fingerprint: fingerprint(key) }
  },
}

/** What the signature will stand for, in words. */
function sayProposal({ roots }: Pick<Proposal, 'roots'>, { keys }: { keys: DeskKeys }, screen: Screen): void {
  const { language, say } = screen
  const fr = language === 'fr'
  say(fr ? `Registre : ${roots.chain}` : `Ledger: ${roots.chain}`)
  say(fr ? 'Organisations :' : 'Organisations:')
  for (const { org, name, kind, country, key } of roots.organisations) {
    const you = org === keys.org ? (fr ? '  (vous)' : '  (you)') : ''
    say(`  ${org}  ${name}  ${organisationWords[kind]?.[language]}  ${country}  ${fingerprint(key)}${you}`)
  }
  for (const { origin, operator, vkey } of roots.journals) {
    say(fr ? `Journal : ${origin}, tenu par ${operator}` : `Log: ${origin}, kept by ${operator}`)
    say(`  ${vkey}`)
  }
  const { asked, quorum } = witnessesOf(roots.policy)
  if (asked.length === 0) say(fr ? 'Témoins : aucun ; rien n’est attesté' : 'Witnesses: none; nothing is witnessed')
  else say(fr ? `Témoins : ${quorum} sur ${asked.length}` : `Witnesses: ${quorum} of ${asked.length}`)
  for (const { name, vkey, url } of asked) say(`  ${name}  ${url}\n    ${vkey}`)
  say(fr ? `Suite : ${roots.suite ?? defaultSuite}` : `Suite: ${roots.suite ?? defaultSuite}`)
  sayHalfQuorum(roots, screen)
  say(fr ? 'Empreinte de l’ensemble :' : 'Fingerprint of the whole:')
  say(`  ${rootsFingerprint(roots)}`)
}

const notSigned = {
  en: 'The word was another one; nothing was signed.',
  fr: 'Le mot était un autre ; rien n’a été signé.',
}

/** A signature cannot be called back: who gave two leaves it to the others which of them comes about. */
const givenUp = {
  en: 'It can still come about if all sign it: make sure with the others that it was given up.',
  fr: 'Elle peut encore aboutir si toutes la signent : assurez-vous auprès des autres qu’elle est abandonnée.',
}

/** The word that says yes; anything else signs nothing. */
async function confirm({ language, ask }: Screen, word: Both, question: Both): Promise<void> {
  if ((await ask(question[language])) !== word[language]) throw misuse(notSigned)
}

/**
 * Nothing is signed that was not seen: on the screen, or where nobody reads one (`--json`) by the letters that somebody compared.
 * Another proposal than the one signed before takes a word of its own.
 */
async function agree(
  { roots }: Pick<Proposal, 'roots'>,
  before: Roots | undefined,
  given: string | undefined,
  screen: Screen,
) {
  const letters = (text: string) => text.toUpperCase().replace(/[\s-]/g, '')
  if (given === undefined && screen.json) {
    throw misuse({
      en: 'With --json the proposal is not shown: give --fingerprint, as compared with the other organisations.',
      fr: 'Avec --json, la proposition n’est pas affichée : donnez --fingerprint, comparée avec les autres organisations.',
    })
  }
  if (given !== undefined && letters(given) !== letters(rootsFingerprint(roots))) {
    throw misuse({
      en: 'The fingerprint of the whole is another one; nothing was signed.',
      fr: 'L’empreinte de l’ensemble est une autre ; rien n’a été signé.',
    })
  }
  if (before !== undefined && rootsDigest(before) !== rootsDigest(roots)) {
    const earlier = rootsFingerprint(before)
    screen.say(
      screen.language === 'fr'
        ? `Attention : cet appareil a déjà signé une autre proposition :\n  ${earlier}\n${givenUp.fr}`
        : `Attention: this device has signed another proposal already:\n  ${earlier}\n${givenUp.en}`,
    )
    await confirm(
      screen,
      { en: 'INSTEAD', fr: 'REMPLACER' },
      {
        en: 'To sign this one instead, type INSTEAD:',
        fr: 'Pour signer celle-ci à la place, tapez REMPLACER :',
      },
    )
  }
  await confirm(screen, { en: 'SIGN', fr: 'SIGNER' }, { en: 'To sign, type SIGN:', fr: 'Pour signer, tapez SIGNER :' })
}

/** What is to be signed. A desk that belongs to a node founds no other: it signs what follows the roots it trusts. */
function readProposal(file: Uint8Array, pinned: Roots | undefined): Proposal | Successor {
  const said = parseJson(file)
  if (pinned && !successor.safeParse(said).success) throw new AppError<CliCode>('desk-founded')
  return checkWith(z.union([proposal, successor]), said)
}

/** What was signed before counts as another answer to the same question only where it is of the same version. */
const sameStep = (signed: Roots | undefined, next: Roots): Roots | undefined =>
  signed?.version === next.version ? signed : undefined

/** The key of this device that the proposal names for its organisation: the one in use, or one that was replaced since (N38). */
function namedKey({ roots }: Pick<Proposal, 'roots'>, { org, device: own, before }: DeskKeys): Pair {
  const key = orgKey(roots, org)
  const named = [own, before].find((one) => one !== undefined && one.publicKey === key)
  if (!named) throw new AppError<CliCode>('desk-not-named')
  return named
}

const signWith = async (document: Roots, { publicKey, privateKey }: Pair): Promise<string> =>
  signRoots(document, await importDeviceKey(fromBase64url(privateKey)), publicKey)

/** The organisation's signature; with the key that only the version before names, its vote too. */
async function signatureOf(made: Proposal | Successor, keys: DeskKeys, named: Pair): Promise<RootsSignature> {
  const { org, before } = keys
  const votes = before && before !== named && 'previous' in made && orgKey(made.previous, org) === before.publicKey
  return {
    ...{ org, roots: rootsDigest(made.roots), signature: await signWith(made.roots, named) },
    ...(votes ? { previous: await signWith(made.roots, before) } : {}),
  }
}

export const deskSign: Verb = {
  name: 'desk sign',
  positionals: 'PROPOSAL',
  least: 1,
  options: [
    device,
    { name: 'out', value: 'FILE', words: { en: 'where to (ORG.signature.json)', fr: 'vers (ORG.signature.json)' } },
    {
      ...{ name: 'fingerprint', value: 'LETTERS' },
      words: {
        en: 'sign only what has this fingerprint of the whole; required with --json, which shows nothing',
        fr: 'ne signer que ce qui a cette empreinte de l’ensemble ; exigée avec --json, qui n’affiche rien',
      },
    },
  ],
  words: {
    en: 'see what founds a node or changes the roots, and sign it for this organisation',
    fr: 'voir ce qui fonde un nœud ou change les racines, et le signer pour cette organisation',
  },
  more: {
    en: 'Compare the fingerprint of the whole with the other organisations. From then on this device trusts a node of exactly these roots.',
    fr: 'Comparez l’empreinte de l’ensemble avec les autres organisations. L’appareil ne croira ensuite qu’un nœud de ces racines-là.',
  },
  async run(args, screen) {
    const fr = screen.language === 'fr'
    const dir = required(args, 'device')
    holdDevice(dir)
    const { keys, signed, pinned, keepSigned } = await openSigning(dir)
    const made = readProposal(await readInput(args.positionals[0] ?? ''), pinned)
    const out = option(args, 'out') ?? `${keys.org}.signature.json`
    await checkWritable(out)
    if ('previous' in made) await checkFollows(made, pinned, dir)
    else checkProposal(made, systemClock())
    const named = namedKey(made, keys)
    sayProposal(made, { keys }, screen)
    if ('previous' in made) tell(made.previous, made.roots, screen)
    await agree(made, pinned ? sameStep(signed, made.roots) : signed, option(args, 'fingerprint'), screen)
    const signature = await signatureOf(made, keys, named)
    await keepSigned(made.roots)
    await writeOutput(out, `${JSON.stringify(signature)}\n`)
    screen.say(fr ? `Signé. À rendre à qui l’a proposé : ${out}` : `Signed. For whoever proposed it: ${out}`)
    return { signature: out, org: keys.org, roots: signature.roots }
  },
}
