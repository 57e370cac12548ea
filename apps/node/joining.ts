/**
 * A hospital joins a consortium that is there (N35), in steps: its keys, the roots with it in them and the motions that admit it; members
 * vote, and every organisation signs on a device of its own; then the folder is finished, CometBFT's files too, `node.json` last.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { checkWith, field, parseWith, z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import { digest } from '@salus/crypto/hash'
import { consortium, openConsortium, organisationCard, type Roots, succeedRoots } from '@salus/directory/consortium'
import { formatVkey } from '@salus/journal/note'
import {
  type CometConfig,
  type CometIdentity,
  checkGenesis,
  readGenesisText,
  readIdentity,
  readPeers,
  writeConfig,
  writeGenesisText,
} from '@salus/ledger/comet/home'
import { bodies, genesis, memberNode, origin } from '@salus/ledger/contract'
import { cometFolder, hasComet, writeCometFile } from './comet.ts'
import { type NodeCode, reading } from './errors.ts'
import { isFounded, isUnfinished, readFounded, writeMarker } from './found.ts'
import {
  allSigned,
  beginKeys,
  checkEmpty,
  type Draft,
  dropDraft,
  type FoundingPorts,
  keysThere,
  MOTIONS,
  readDraft,
  verifiers,
} from './founding.ts'
import { keysOf } from './keys.ts'
import { lockFolder } from './lock.ts'
import { addressOf, cometIdentity, type MigrateTo } from './migrate.ts'
import { type RootsSignature, witness } from './proposal.ts'
import { checkSuccessor, nextRoots, type Successor } from './successor.ts'

const PEER = /^[0-9a-f]{40}@[a-z0-9.-]{1,100}:\d{1,5}$/

/** What a member hands to a newcomer: all of it is public, and held against the roots that both compare. */
export const welcome = z.strictObject({
  consortium,
  /** The ledger's first state, letter by letter: the roots name its digest. */
  genesis: z.string().max(4_000_000),
  /** The chain's beginning as CometBFT reads it. */
  comet: z.string().max(4_000_000),
  /** Who is dialled: `id@host:port`. */
  peers: z.array(z.string().regex(PEER)).min(1).max(100),
  /** The member's own node as a witness, where the policy names nobody yet. */
  witness: witness.optional(),
})
export type Welcome = z.output<typeof welcome>

/** The file that `salus join` reads. An organisation is its desk's card, or the name of the file that holds it. */
const joinFile = z.strictObject({
  organisation: z.union([organisationCard, z.string().min(1)]),
  origin,
  /** Short name under which the node itself is on the ledger. */
  operator: field.org,
  /** Where it is reached. */
  url: memberNode.shape.url,
  /** The legal entity, and the membership contract's reference, as the members know them. */
  entity: z.string().min(1).max(200),
  contract: z.string().min(1).max(200),
  role: memberNode.shape.role.default('controller'),
})
export type JoinPlan = Omit<z.output<typeof joinFile>, 'organisation'> & {
  readonly organisation: Roots['organisations'][number]
}

/** Where CometBFT begins that does not replay the chain: two members' RPC, and a block that an administrator read out. */
export type Snapshot = NonNullable<CometConfig['stateSync']>

/** Reads the newcomer's file; `card` fetches what its organisation names. */
export async function readJoin(text: Uint8Array, card: (name: string) => Promise<unknown>): Promise<JoinPlan> {
  const file = parseWith(joinFile, text)
  const { organisation: one } = file
  return { ...file, organisation: typeof one === 'string' ? checkWith(organisationCard, await card(one)) : one }
}

/** What this member's node can hand to a newcomer. `address`: where its CometBFT is dialled; `url`: where its node is asked. */
export async function welcomeFrom(
  { dir, keys }: { dir: string; keys?: string },
  { address, url }: { address?: string | undefined; url?: string | undefined },
): Promise<Welcome> {
  if (!hasComet(dir)) throw new AppError<NodeCode>('welcome-alone')
  const founded = await readFounded(dir, keys ?? keysOf(dir))
  const home = cometFolder(dir)
  const { host, p2p, peers } = await readPeers(home)
  const { peer } = await readIdentity(home)
  const at = address ?? (host === '127.0.0.1' ? `${host}:${p2p}` : undefined)
  if (at === undefined) throw new AppError<NodeCode>('welcome-address')
  const vkey = formatVkey(founded.witnessKey.key)
  const own = url && { name: founded.operator, vkey, url: `${url.replace(/\/$/, '')}/witness` }
  return checkWith(welcome, {
    consortium: founded.consortium,
    genesis: await readFile(join(dir, 'genesis.json'), 'utf8'),
    comet: await readGenesisText(home),
    peers: [`${peer}@${at}`, ...peers],
    ...(own ? { witness: own } : {}),
  })
}

/** The parts of a welcome, once they are of one piece. Throws `welcome-wrong`. */
async function opened(given: Welcome) {
  const roots = await openConsortium(JSON.stringify(given.consortium))
  const wrong = new AppError<NodeCode>('welcome-wrong')
  if (digest(given.genesis) !== roots.genesis) throw wrong
  const first = await reading('welcome-wrong', () => parseWith(genesis, given.genesis))
  const { fits, fromStart } = await reading('welcome-wrong', () => checkGenesis(given.comet, first))
  if (!fits) throw wrong
  return { roots, fromStart }
}

/** The roots with the newcomer in them. */
function successorOf(plan: JoinPlan, { witness: first }: Welcome, previous: Roots, draft: Draft): Successor {
  const { organisation: card, origin, operator, url } = plan
  const { log, witness: vkey } = verifiers(plan, draft)
  const newcomer = { card, origin, operator, log, witness: { name: card.org, vkey, url: `${url}/witness` } }
  const made = { roots: nextRoots(previous, newcomer, first), previous }
  // As every desk will: what would not be signed is not proposed.
  checkSuccessor(made)
  return made
}

/** What members vote on, each under a name of its own: the desk with its machine, and the node, which keeps the log. */
function motionsOf(plan: JoinPlan, draft: Draft, identity: CometIdentity) {
  const { organisation, entity, contract, url, role, operator, origin } = plan
  const { name: _, ...card } = organisation
  const legal = digest(`legal ${entity}`)
  const node = { ...identity, url, operator: legal, role, contract: digest(`contract ${contract}`) }
  const { kind, country } = card
  const journal = { origin, vkey: verifiers(plan, draft).log }
  const own = { org: operator, kind, country, key: draft.keys.operator, legal, journal }
  return [
    { type: 'org.admit' as const, body: checkWith(bodies['org.admit'], { ...card, legal, node }) },
    { type: 'org.admit' as const, body: checkWith(bodies['org.admit'], own) },
  ]
}

/** First step, as often as the plan changes: keys once, what is signed and voted on anew. */
export async function proposeJoin(ports: FoundingPorts, plan: JoinPlan, given: Welcome) {
  const { dir } = ports
  const { roots: previous } = await opened(given)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const unlock = lockFolder(dir)
  try {
    checkEmpty(dir, 'joining')
    const draft = await beginKeys(ports)
    const made = successorOf(plan, given, previous, draft)
    const motions = motionsOf(plan, draft, await cometIdentity(dir))
    const write = (name: string, value: unknown) => writeWhole(join(dir, name), `${JSON.stringify(value, null, 2)}\n`)
    await write('proposal.json', made)
    for (const [i, name] of MOTIONS.entries()) await write(name, motions[i])
    const paths = ['proposal.json', ...MOTIONS].map((name) => join(dir, name))
    return { made, motions, paths, ...verifiers(plan, draft) }
  } finally {
    unlock()
  }
}

/** CometBFT's files: the chain's beginning as it was handed over, and whom it dials. */
async function writeComet(dir: string, { comet, peers }: Welcome, to: MigrateTo, snapshot?: Snapshot): Promise<void> {
  const home = cometFolder(dir)
  await writeGenesisText(home, comet)
  // All on this machine: a demonstration or a test, several processes at one address.
  const demonstration = peers.every((one) => one.split('@')[1]?.startsWith('127.0.0.1:'))
  const { rpc, p2p } = to
  const more = { demonstration, ...(snapshot ? { stateSync: snapshot } : {}) }
  await writeConfig(home, { abci: addressOf(to.abci), rpc, p2p, peers, ...more })
  await writeCometFile(dir, { abci: to.abci, rpc: `http://127.0.0.1:${rpc}` })
}

/** Last step: every organisation has signed. The folder is a node's when this returns, and not before. */
export async function finishJoin(
  ports: FoundingPorts,
  { plan, welcome: given, to, snapshot }: { plan: JoinPlan; welcome: Welcome; to: MigrateTo; snapshot?: Snapshot },
  signatures: readonly RootsSignature[],
) {
  const { dir, keys = keysOf(dir) } = ports
  if (isFounded(dir)) throw new AppError<NodeCode>('node-founded')
  if (!isUnfinished(dir)) throw new AppError<NodeCode>('founding-none')
  const { roots: previous, fromStart } = await opened(given)
  // The blocks before a migration are nobody's to send.
  if (!fromStart && !snapshot) throw new AppError<NodeCode>('join-snapshot')
  const unlock = lockFolder(dir)
  try {
    checkEmpty(dir, 'joining')
    const draft = await readDraft(dir)
    if (!draft || !(await keysThere(keys, draft.keys))) throw new AppError<NodeCode>('keys-elsewhere')
    const made = successorOf(plan, given, previous, draft)
    const file = { roots: made.roots, signatures: await allSigned(made, signatures) }
    await succeedRoots(previous, JSON.stringify(file))
    const { log, witness } = verifiers(plan, draft)
    await writeWhole(join(dir, 'genesis.json'), given.genesis)
    await writeWhole(join(dir, `consortium-${previous.version}.json`), `${JSON.stringify(given.consortium, null, 2)}\n`)
    await writeWhole(join(dir, 'consortium.json'), `${JSON.stringify(file, null, 2)}\n`)
    await writeComet(dir, given, to, snapshot)
    const { operator, origin } = plan
    await writeMarker(dir, { operator, origin, witness, key: draft.keys.operator })
    dropDraft(dir)
    return { roots: made.roots, log, witness, home: cometFolder(dir) }
  } finally {
    unlock()
  }
}
