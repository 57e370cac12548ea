/** `members …` and `ledger migrate`: who is in the consortium, voting on who comes and goes, and handing a ledger to CometBFT. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fromBase64url } from '@salus/base/bytes'
import { systemClock } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import type { OrgId } from '@salus/base/ids'
import { checkWith, parseWith, z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import { digest } from '@salus/crypto/hash'
import type { SigningKey } from '@salus/crypto/jws'
import { importDeviceKey } from '@salus/crypto/keys'
import { organisationCard, orgName } from '@salus/directory/consortium'
import { fingerprint } from '@salus/directory/keyring'
import { type Bodies, bodies, type MemberNode, nodeRoles } from '@salus/ledger/contract'
import { draftTx, signTx } from '@salus/ledger/device'
import { ledgerEndpoints, type StatePath } from '@salus/ledger/endpoints'
import { readFounded } from '@salus/node-app/found'
import { cometIdentity, migrateToComet } from '@salus/node-app/migrate'
import { freePorts } from '../consortium/plan.ts'
import { misuse } from '../errors.ts'
import { readInput } from '../files.ts'
import { foundedFolder, modeFromEnvironment, placesOf } from '../host.ts'
import { type OpenDesk, openDesk } from '../people.ts'
import { type Arguments, type Option, option, required, type Screen, type Verb } from '../verb.ts'

export const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of a member’s desk', fr: 'dossier du guichet d’un membre' },
}

/** What is voted on, as a file that members hand to each other. */
const motion = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('org.admit'), body: bodies['org.admit'] }),
  z.strictObject({ type: z.literal('org.remove'), body: bodies['org.remove'] }),
  z.strictObject({ type: z.literal('node.admit'), body: bodies['node.admit'] }),
])
export type Motion = z.infer<typeof motion>

type Member = { org: string; kind: string; country: string; legal: string; node?: { url: string; role: string } }
type Proposal = Motion & { votes: readonly string[] }

export const ask = async <T>({ link }: OpenDesk, path: StatePath, data?: string): Promise<T> =>
  (await link.call(ledgerEndpoints.state, { query: { path, ...(data === undefined ? {} : { data }) } })).value as T

/** What people compare by telephone: the same motion has the same, whoever wrote it down. */
export const motionMark = (one: Motion): string => fingerprint(digest(JSON.stringify(motion.parse(one))))

/** A motion in a sentence. */
function sentence({ type, body }: Motion, fr: boolean): string {
  if (type === 'org.admit') {
    const shown = fingerprint(body.key)
    return fr
      ? `admettre l’organisation ${body.org} (clé ${shown})`
      : `admit the organisation ${body.org} (key ${shown})`
  }
  if (type === 'org.remove') return fr ? `retirer l’organisation ${body.org}` : `remove the organisation ${body.org}`
  const { org, url } = body
  return fr
    ? `admettre le nœud ${url} de ${org}, qui votera les blocs`
    : `admit the node ${url} of ${org}, which votes on blocks`
}

type Words = (en: string, fr: string) => string

/** A machine that will vote on blocks, field by field. */
const machineLines = ({ url, role, validator, peer, contract }: MemberNode, words: Words): string[] => [
  words(`  machine: ${url}, votes on blocks, as ${role}`, `  machine : ${url}, vote les blocs, comme ${role}`),
  words(`  its keys: ${fingerprint(validator)}, ${peer}`, `  ses clés : ${fingerprint(validator)}, ${peer}`),
  words(`  contract: ${contract}`, `  contrat : ${contract}`),
]

/** A removal takes one member: of the same legal entity the others stay, a hospital's node beside its desk for one. */
function stayingLines(org: string, members: readonly Member[], words: Words): string[] {
  const legal = members.find((one) => one.org === org)?.legal
  const same = members.filter((one) => one.legal === legal && one.org !== org).map((one) => one.org)
  if (legal === undefined || same.length === 0) return []
  const names = same.join(', ')
  return [
    words(
      `  Attention: of the same legal entity these stay members, each with its vote: ${names}. Each takes a motion of its own.`,
      `  Attention : de la même entité juridique restent membres, chacun avec sa voix : ${names}. À chacun sa propre motion.`,
    ),
  ]
}

/**
 * All that a motion says, so that nobody votes for more than is shown. Whoever is the same legal entity as a member speaks for it
 * between nodes (N21): that is said by name.
 */
function details({ type, body }: Motion, members: readonly Member[], words: Words): string[] {
  if (type === 'org.remove') return stayingLines(body.org, members, words)
  if (type === 'node.admit') return machineLines(body, words)
  const { kind, country, journal, node, legal } = body
  const same = members.filter((one) => one.legal === legal).map(({ org }) => org)
  return [
    `  ${kind}  ${country}`,
    ...(journal ? [words(`  keeps the journal ${journal.vkey}`, `  tient le journal ${journal.vkey}`)] : []),
    ...(node ? machineLines(node, words) : []),
    same.length > 0
      ? words(
          `  Attention: the same legal entity as ${same.join(', ')}. It will act for them.`,
          `  Attention : la même entité juridique que ${same.join(', ')}. Il agira pour elles.`,
        )
      : words('  a legal entity of its own', '  une entité juridique à part'),
  ]
}

const list: Verb = {
  name: 'members list',
  options: [device],
  words: {
    en: 'members of the consortium, their nodes, open votes',
    fr: 'membres du consortium, leurs nœuds, votes ouverts',
  },
  async run(args, { language, say }) {
    const fr = language === 'fr'
    const desk = await openDesk(required(args, 'device'))
    const members = await ask<Member[]>(desk, 'members/list')
    const proposals = await ask<Proposal[]>(desk, 'members/proposals')
    for (const { org, kind, country, node } of members)
      say([org, orgName(desk.device.roots, org) ?? '', kind, country, node?.url ?? ''].filter(Boolean).join('  '))
    for (const one of proposals) {
      const votes = one.votes.join(', ')
      say(
        fr ? `Vote ouvert : ${sentence(one, fr)} — pour : ${votes}` : `Open vote: ${sentence(one, fr)}; for: ${votes}`,
      )
    }
    const needed = Math.floor(members.length / 2) + 1
    say(fr ? `Il faut ${needed} voix sur ${members.length}.` : `It takes ${needed} votes of ${members.length}.`)
    return { members, proposals, needed }
  },
}

/** Who votes: the desk with its device's key, or its node with the operator's. */
type Voter = { readonly org: string; readonly publicKey: string; readonly privateKey: SigningKey }

export const deskVoter = async ({ keys: { org, device } }: OpenDesk): Promise<Voter> => ({
  ...{ org, publicKey: device.publicKey },
  privateKey: await importDeviceKey(fromBase64url(device.privateKey)),
})

/** The node counts as a member beside its desk: its vote is given where its keys are. */
async function nodeVoter(): Promise<Voter> {
  const { keys } = placesOf(modeFromEnvironment())
  const { operator, operatorKey } = await readFounded(foundedFolder(), keys)
  return { org: operator, ...operatorKey }
}

/** A node that runs writes its journal's head under the same count: then the next number is asked for again. */
const TRIES = 5

/** Puts one transaction on the ledger, signed by `voter`, through the desk's session. */
export async function send(
  { link, device }: OpenDesk,
  { org, publicKey, privateKey }: Voter,
  { type, body }: { readonly type: keyof Bodies; readonly body: unknown },
) {
  for (let tries = 1; ; tries++) {
    const { chain, value } = await link.call(ledgerEndpoints.state, { query: { path: 'machine/seq', data: org } })
    // Nobody's key signs for a ledger that the roots do not name, whatever a node says.
    if (chain !== device.roots.chain) throw new AppError('roots-chain')
    const payload = draftTx({ chain, org: org as OrgId, seq: Number(value) + 1 }, type, body as never)
    const tx = await signTx(privateKey, publicKey, payload)
    try {
      return await link.call(ledgerEndpoints.submit, { input: { tx } })
    } catch (error) {
      if (!isAppError(error) || !error.code.startsWith('seq-') || tries === TRIES) throw error
    }
  }
}

const vote: Verb = {
  name: 'members vote',
  positionals: 'FILE',
  least: 1,
  options: [
    device,
    {
      name: 'node',
      words: {
        en: 'the vote of this node itself (SALUS_DATA, SALUS_KEYS), beside its desk’s',
        fr: 'la voix du nœud lui-même (SALUS_DATA, SALUS_KEYS), à côté de celle du guichet',
      },
    },
    { name: 'yes', words: { en: 'do not ask', fr: 'ne pas demander' } },
  ],
  words: {
    en: 'vote for a motion; it takes effect when more than half of the members did',
    fr: 'voter pour une motion ; elle prend effet quand plus de la moitié des membres l’ont fait',
  },
  async run(args, { language, say, ask: prompt }) {
    const fr = language === 'fr'
    const one = parseWith(motion, await readInput(args.positionals[0] ?? ''))
    const desk = await openDesk(required(args, 'device'))
    say(fr ? `Vous votez : ${sentence(one, fr)}.` : `You vote: ${sentence(one, fr)}.`)
    const words: Words = (en, french) => (fr ? french : en)
    for (const each of details(one, await ask<Member[]>(desk, 'members/list'), words)) say(each)
    say(fr ? `Empreinte de la motion : ${motionMark(one)}` : `Fingerprint of the motion: ${motionMark(one)}`)
    if (!args.options.yes) {
      const answer = await prompt(fr ? 'Tapez oui pour signer : ' : 'Type yes to sign: ')
      if (answer.trim().toLowerCase() !== (fr ? 'oui' : 'yes')) {
        throw misuse({ en: 'Nothing was signed.', fr: 'Rien n’a été signé.' })
      }
    }
    const voter = args.options.node ? await nodeVoter() : await deskVoter(desk)
    const { height } = await send(desk, voter, one)
    const open = await ask<Proposal[]>(desk, 'members/proposals')
    const waits = open.find((each) => each.type === one.type && each.body.org === one.body.org)
    say(
      waits
        ? fr
          ? `Voix comptée (bloc ${height}) ; ${waits.votes.length} jusqu’ici.`
          : `Your vote counts (block ${height}); ${waits.votes.length} so far.`
        : fr
          ? `C’est décidé (bloc ${height}).`
          : `It is decided (block ${height}).`,
    )
    return { height, decided: !waits }
  },
}

const remove: Verb = {
  name: 'members motion',
  positionals: 'ORG',
  least: 1,
  options: [{ name: 'output', value: 'FILE', required: true, words: { en: 'the motion', fr: 'la motion' } }],
  words: { en: 'write the motion that removes a member', fr: 'écrire la motion qui retire un membre' },
  async run(args, screen) {
    const body = checkWith(bodies['org.remove'], { org: args.positionals[0] })
    return written(required(args, 'output'), { type: 'org.remove', body }, screen)
  },
}

const admit: Verb = {
  name: 'members admit',
  positionals: 'CARD',
  least: 1,
  options: [
    {
      name: 'entity',
      value: 'WORDS',
      required: true,
      words: { en: 'the legal entity, as its contract names it', fr: 'l’entité juridique, comme au contrat' },
    },
    { name: 'output', value: 'FILE', required: true, words: { en: 'the motion', fr: 'la motion' } },
  ],
  words: {
    en: 'write the motion that admits an organisation, from the card its desk made (desk init)',
    fr: 'écrire la motion qui admet une organisation, d’après la carte de son guichet (desk init)',
  },
  async run(args, screen) {
    const { name: _, ...card } = parseWith(organisationCard, await readInput(args.positionals[0] ?? ''))
    const body = checkWith(bodies['org.admit'], { ...card, legal: digest(`legal ${required(args, 'entity')}`) })
    const shown = fingerprint(card.key)
    screen.say(
      screen.language === 'fr'
        ? `Empreinte de sa clé, à comparer avec elle avant de voter : ${shown}`
        : `Fingerprint of its key, to compare with it before anybody votes: ${shown}`,
    )
    return written(required(args, 'output'), { type: 'org.admit', body }, screen)
  },
}

async function written(path: string, one: Motion, { language, say }: Screen) {
  if (existsSync(path)) throw misuse({ en: 'This file is there already.', fr: 'Ce fichier existe déjà.' })
  await writeWhole(resolve(path), `${JSON.stringify(one, null, 2)}\n`)
  say(language === 'fr' ? `Motion écrite : ${path}` : `Motion written: ${path}`)
  return { motion: one }
}

const roleFrom = (args: Arguments) => {
  const said = option(args, 'role') ?? 'controller'
  const role = nodeRoles.find((one) => one === said)
  if (role) return role
  throw misuse({
    en: '--role knows two words: controller and processor.',
    fr: '--role connaît deux mots : controller et processor.',
  })
}

const card: Verb = {
  name: 'members node',
  options: [
    {
      name: 'org',
      value: 'ORG',
      required: true,
      words: { en: 'the member it belongs to', fr: 'le membre à qui il est' },
    },
    {
      name: 'url',
      value: 'URL',
      required: true,
      words: { en: 'where it is reached (https)', fr: 'où on le joint (https)' },
    },
    {
      name: 'entity',
      value: 'WORDS',
      required: true,
      words: { en: 'who runs the machine', fr: 'qui exploite la machine' },
    },
    {
      name: 'contract',
      value: 'WORDS',
      required: true,
      words: { en: 'the membership contract’s reference', fr: 'la référence du contrat d’adhésion' },
    },
    {
      name: 'role',
      value: 'ROLE',
      words: { en: 'controller (not said) or processor', fr: 'controller (par défaut) ou processor' },
    },
    { name: 'output', value: 'FILE', required: true, words: { en: 'the motion', fr: 'la motion' } },
  ],
  words: {
    en: 'make this node’s CometBFT keys and write the motion that admits it as a voter on blocks',
    fr: 'créer les clés CometBFT de ce nœud et écrire la motion qui l’admet à voter les blocs',
  },
  async run(args, screen) {
    const identity = await cometIdentity(foundedFolder())
    const body = checkWith(bodies['node.admit'], {
      ...{ org: required(args, 'org'), ...identity, url: required(args, 'url'), role: roleFrom(args) },
      operator: digest(`legal ${required(args, 'entity')}`),
      contract: digest(`contract ${required(args, 'contract')}`),
    })
    return written(required(args, 'output'), { type: 'node.admit', body }, screen)
  },
}

export const P2P = 26_656

/** A port that an option names, or the usual one. */
export function portFrom(args: Arguments, name: string, usual: number): number {
  const port = Number(option(args, name) ?? usual)
  if (Number.isInteger(port) && port >= 1024 && port <= 65_535) return port
  throw misuse({ en: 'A port is a number from 1024 to 65535.', fr: 'Un port est un nombre de 1024 à 65535.' })
}

/** A socket in the node's own folder is the node's user's alone; systems take about a hundred letters for its name. */
export function socketIn(dir: string, port: number): { path: string } | { port: number } {
  const path = resolve(dir, 'abci.sock')
  return path.length <= 100 ? { path } : { port }
}

const migrate: Verb = {
  name: 'ledger migrate',
  options: [
    {
      name: 'to',
      value: 'cometbft',
      required: true,
      words: { en: 'the one word it knows', fr: 'le seul mot qu’il connaît' },
    },
    {
      name: 'p2p',
      value: 'PORT',
      words: { en: 'where CometBFT meets the others (26656)', fr: 'où CometBFT rencontre les autres (26656)' },
    },
  ],
  words: {
    en: 'hand this node’s ledger to CometBFT, history and all; the node must be stopped, its own node admitted',
    fr: 'confier le registre de ce nœud à CometBFT, histoire comprise ; nœud arrêté, et admis par un vote',
  },
  async run(args, { language, say }) {
    if (required(args, 'to') !== 'cometbft') {
      throw misuse({ en: '--to knows one word: cometbft.', fr: '--to ne connaît qu’un mot : cometbft.' })
    }
    const p2p = portFrom(args, 'p2p', P2P)
    const dir = foundedFolder()
    const places = { ...placesOf(modeFromEnvironment()), dir, clock: systemClock }
    const [port = 0, rpc = 0] = await freePorts(2)
    const done = await migrateToComet(places, { abci: socketIn(dir, port), rpc, p2p })
    const fr = language === 'fr'
    say(
      fr
        ? `Le registre continue après le bloc ${done.height}, sous CometBFT. Démarrez le nœud, puis : cometbft start --home ${done.home}`
        : `The ledger goes on after block ${done.height}, under CometBFT. Start the node, then: cometbft start --home ${done.home}`,
    )
    return done
  },
}

export const memberVerbs: readonly Verb[] = [list, admit, card, remove, vote, migrate]
