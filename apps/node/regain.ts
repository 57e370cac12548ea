/**
 * A hospital that lost its data makes its log again from the others (N27): the same entries under the same root, the statements that
 * others adopted, what is left of their packets and ciphertexts. It goes on appending to the same log, or not at all.
 */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bytes, hex, utf8 } from '@salus/base/bytes'
import type { Clock, Random } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { openSqlite, type Sql } from '@salus/base/sqlite'
import { digest, sha256 } from '@salus/crypto/hash'
import { verifyEd25519Pooled } from '@salus/crypto/verify'
import { knownTo, logKeys, orgKey, orgKeyAt } from '@salus/directory/consortium'
import { createSigners } from '@salus/directory/slice'
import { openJournal, viewSchema } from '@salus/journal/accept'
import { saveShared } from '@salus/journal/adopted'
import type { JournalCode, Move } from '@salus/journal/contract'
import { inspectSources } from '@salus/journal/inspect'
import { mirroredOf } from '@salus/journal/mirror'
import { checkMoves, type Returning, returnHome } from '@salus/journal/moves'
import { formatVkey, type NoteKey } from '@salus/journal/note'
import { createProjector, type Projector } from '@salus/journal/project'
import { checkSignatures, createOpening, furthest, type Opened, writeEntries, writeOpened } from '@salus/journal/regain'
import { replicaEndpoints as at, type OwnEntry } from '@salus/journal/replica'
import { openSources } from '@salus/journal/sources'
import { verifyCheckpoint } from '@salus/journal/verify'
import { saveWitnessed } from '@salus/journal/witnessed'
import { composeSlices } from './compose.ts'
import { ERASABLE_SCHEMA, eraseMore } from './erasable.ts'
import type { NodeCode } from './errors.ts'
import { type Founded, readFounded } from './found.ts'
import { keysOf } from './keys.ts'
import { dropViews, forgetLast } from './last.ts'
import { lockFolder } from './lock.ts'
import { bytesAt, createMirror, pointOf } from './mirror.ts'
import { createNodeSigner, type Fetch, type PeerAddress } from './peers.ts'
import { type Keeper, leastOf, type MeetPorts, meet, type Passed, type Proven, provenBy } from './regain.ask.ts'
import { vouchingOf } from './sound.ts'
import { type Asking, askPeer, partsOf } from './taking.ts'

export type RegainPorts = {
  readonly dir: string
  readonly keys?: string
  readonly clock: Clock
  readonly random: Random
  /** Addresses of other nodes; those of the witnesses in the roots, and whom these name, when not given. */
  readonly peers?: readonly string[]
  /** How they are asked: over HTTP when not given. */
  readonly reach?: Fetch
}

/** What came back, counted. */
export type Regained = {
  /** Entries of the log, all of them. */
  readonly entries: number
  /** Of how many the statement came back; the others' contents are at no peer. */
  readonly statements: number
  readonly packets: number
  readonly contents: number
  /** Statements whose signer's key is not among what came back: they stand on the log's own word. */
  readonly alone: number
  /** Chains that a peer says were erased: nothing of them was written. */
  readonly erased: number
  /** Who gave. */
  readonly from: readonly string[]
  readonly passed: readonly Passed[]
}

/** How long a peer may take to answer, milliseconds. */
const PATIENCE = 60_000
const FRESH = 'sources.db.new'

const overHttp: Fetch = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE) })

type Work = {
  readonly meeting: MeetPorts
  readonly proven: Proven
  readonly projector: Projector
  readonly random: Random
  readonly sources: Sql
}
type Chains = ReadonlyMap<string, { readonly number: number }>

/** A keeper lies, or fails: what it gave is not used. */
type Blamed = { readonly blame: Keeper; readonly code: string }

async function blaming<T>(keeper: Keeper, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // What is the matter with this folder or its disk is nobody else's fault.
    if (!isAppError(error) || error.code === 'disk-full' || error.code === 'folder-unusable') throw error
    throw { blame: keeper, code: error.code } satisfies Blamed
  }
}

const askingOf = ({ meeting: { fetch, sign } }: Work, { peer }: Keeper): Asking => ({ ports: { fetch, sign }, peer })

/** Every statement that a keeper has, in the order of the log, opened. */
async function eachOpened(
  work: Work,
  keeper: Keeper,
  packets: 'with' | 'without',
  use: (row: Opened, entry: OwnEntry) => Promise<void>,
): Promise<Chains> {
  const opening = createOpening({ projector: work.projector, entries: work.proven.entries })
  for (let from = 0; ; ) {
    const page = await askPeer(askingOf(work, keeper), at.ownEntries, { from, packets })
    for (const entry of page.entries) await use(opening.open(entry), entry)
    if (page.end) return opening.chains
    if (page.next <= from) throw new AppError('node-answer-unreadable')
    from = page.next
  }
}

/** A ciphertext as it was signed; undefined where the keeper has it no more. */
async function contentOf(work: Work, keeper: Keeper, { index, content }: OwnEntry): Promise<string | undefined> {
  if (content === undefined) return undefined
  return partsOf(askingOf(work, keeper), { of: index, by: 'home' }).catch((error) => {
    if (isAppError(error) && error.code === 'not-found') return undefined
    throw error
  })
}

/** Digests of chains that a keeper knows to be erased. */
async function goneAt(work: Work, keeper: Keeper): Promise<string[]> {
  const all: string[] = []
  for (;;) {
    const { gone } = await askPeer(askingOf(work, keeper), at.ownGone, { after: all.at(-1) ?? '' })
    if (gone.length === 0) return all
    if (gone.some((one) => one <= (all.at(-1) ?? ''))) throw new AppError('node-answer-unreadable')
    all.push(...gone)
  }
}

/** J34 How each chain came to this log, as one keeper tells it, checked; and what that says of each of its entries. */
function createHomes({ meeting: { founded }, projector }: Work) {
  const own = founded.logKey.key.name
  const known = new Map<string, readonly Move[]>()
  return async (row: Opened, { shown, moves }: OwnEntry): Promise<Returning> => {
    if (moves) {
      await checkMoves({ projector, logs: logKeys(founded.roots) }, moves, row.chain, own)
      known.set(row.chain, moves)
    }
    return { own, row, shown, moves: known.get(row.chain) ?? [] }
  }
}

type Counts = { statements: number; packets: number; contents: number; erased: number }

/** Each chain from whoever has most of it, into sources that hold the bare entries alone. */
async function fill(work: Work, keepers: readonly Keeper[]): Promise<Counts> {
  const { sources, random } = work
  const all = new Map<Keeper, Chains>()
  const gone = new Set<string>()
  for (const keeper of keepers) {
    all.set(keeper, await blaming(keeper, () => eachOpened(work, keeper, 'without', async () => undefined)))
    for (const one of await blaming(keeper, () => goneAt(work, keeper))) gone.add(one)
  }
  const best = furthest(all)
  const counts = { statements: 0, packets: 0, contents: 0, erased: 0 }
  for (const chain of [...best.keys()]) if (gone.has(digest(chain)) && best.delete(chain)) counts.erased++
  for (const [keeper, chains] of all) {
    const homes = createHomes(work)
    const put = async (row: Opened, entry: OwnEntry) => {
      const { keeper: chosen, number = 0 } = best.get(row.chain) ?? {}
      if (chosen !== keeper || row.number > number) return
      const content = await contentOf(work, keeper, entry)
      const came = { packets: entry.packets, ...(content === undefined ? {} : { content }) }
      const returning = await homes(row, entry)
      await sources.tx(async (s) => {
        await writeOpened(s, row, came, random)
        await returnHome(s, work.projector, returning)
      })
      counts.statements += 1
      counts.packets += entry.packets.length
      counts.contents += content === undefined ? 0 : 1
    }
    await blaming(keeper, () => eachOpened(work, keeper, 'with', put))
    // They will be told of an erasure, as before.
    const theirs = [...chains.keys()].filter((chain) => best.has(chain as never))
    await sources.tx((s) => saveShared(s, keeper.peer.origin, theirs))
  }
  return counts
}

type Seen = { readonly size: number; readonly root: Bytes; readonly note: string }

/** What a node's own log says of itself, once its bare entries are here: they would be asked for with the checkpoint (J32). */
async function ownWord({ meeting: { founded, fetch }, sources }: Work, peer: PeerAddress): Promise<Seen | undefined> {
  const mirror = createMirror({ sources, logs: logKeys(founded.roots), fetch, head: async () => undefined })
  await mirror.pull(peer)
  const mirrored = await sources.tx((s) => mirroredOf(s, peer.origin))
  return mirrored && { ...pointOf(mirrored), note: mirrored.note }
}

/** What another node last cosigned of a log. */
async function cosignedBy({ meeting: { fetch } }: Work, peer: PeerAddress, log: NoteKey): Promise<Seen> {
  const url = `${peer.url}/witness/${hex(sha256(utf8(log.name)))}/checkpoint`
  const note = new TextDecoder().decode(await bytesAt(fetch, url, 20_000))
  return { note, ...(await verifyCheckpoint(note, [log])) }
}

/** What this node has cosigned of the others: the newest that any of them holds, or it could be shown another past now. */
async function remember(work: Work, keepers: readonly Keeper[]): Promise<void> {
  const { founded } = work.meeting
  for (const log of logKeys(founded.roots).filter((one) => one.name !== founded.logKey.key.name)) {
    const seen: (Seen | undefined)[] = []
    for (const { peer } of keepers) {
      const asked = peer.origin === log.name ? ownWord(work, peer) : cosignedBy(work, peer, log)
      seen.push(await asked.catch(() => undefined))
    }
    const [newest] = seen.flatMap((one) => one ?? []).sort((a, b) => b.size - a.size)
    if (newest && newest.size > 0) await work.sources.tx((s) => saveWitnessed(s, formatVkey(log), newest))
  }
}

/** Opens a journal over what was written, as the node will: every row, every signature, and the root that is signed next. */
async function prove({ meeting: { founded }, proven, sources, projector, random }: Work, clock: Clock) {
  const slices = composeSlices(knownTo(founded.roots))
  const { faults } = await inspectSources(sources, slices, vouchingOf(founded))
  if (Object.keys(faults).length > 0) throw new AppError<JournalCode>('sources-damaged', { ...faults })
  const views = openSqlite(':memory:', { durability: 'off', schema: viewSchema(slices) })
  try {
    const { logKey, roots } = founded
    const signers = createSigners({ key: (org) => orgKey(roots, org), earlier: (...said) => orgKeyAt(roots, ...said) })
    const origin = logKey.key.name
    const at = { origin, sources, views, slices, signers, verify: verifyEd25519Pooled, logKey, clock, random }
    const journal = await openJournal({ ...at, eraseMore })
    if (journal.log.size() !== proven.checkpoint.size) throw new AppError<JournalCode>('sources-damaged')
    return await checkSignatures({ sources, views, projector, signers, verify: verifyEd25519Pooled })
  } finally {
    await views.close()
  }
}

function dropFresh(dir: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `${FRESH}${suffix}`), { force: true })
}

/** Fills fresh sources from these keepers; whoever lies is passed over, and it begins anew without it. */
async function attempt(ports: RegainPorts, meeting: MeetPorts, proven: Proven, keepers: readonly Keeper[]) {
  const { dir, random } = ports
  dropFresh(dir)
  const sources = openSources(join(dir, FRESH), ERASABLE_SCHEMA)
  try {
    const projector = createProjector(composeSlices(knownTo(meeting.founded.roots)))
    const work: Work = { meeting, proven, projector, random, sources }
    await writeEntries(sources, proven.entries, proven.checkpoint)
    const counts = await fill(work, keepers)
    await remember(work, keepers)
    const alone = await prove(work, ports.clock)
    await sources.settle()
    return { ...counts, alone, from: keepers.map(({ peer }) => peer.origin) }
  } finally {
    await sources.close()
  }
}

const isBlamed = (error: unknown): error is Blamed => typeof error === 'object' && error !== null && 'blame' in error

async function withoutLiars(ports: RegainPorts, meeting: MeetPorts, proven: Proven, keepers: readonly Keeper[]) {
  for (let left = keepers; ; ) {
    try {
      return await attempt(ports, meeting, proven, left)
    } catch (error) {
      if (!isBlamed(error)) throw error
      meeting.pass(error.blame.peer.origin, error.code)
      left = left.filter((one) => one !== error.blame)
    }
  }
}

function meetingOf({ reach, peers, ...at }: RegainPorts, founded: Founded, passed: Passed[]): MeetPorts {
  return {
    ...{ founded, fetch: reach ?? overHttp, sign: createNodeSigner(founded, at) },
    ...(peers && peers.length > 0 ? { peers } : {}),
    pass: (peer, code) => void passed.push({ peer, code }),
  }
}

/** By log or address, why. */
const codesOf = (passed: readonly Passed[]) => Object.fromEntries(passed.map(({ peer, code }) => [peer, code]))

/**
 * Makes the sources of a founded folder that has none. The node must not be running. Throws `rebuild-nobody` where nobody answers,
 * `rebuild-behind` where nobody has the whole log.
 */
export async function regainFromPeers(ports: RegainPorts): Promise<Regained> {
  const { dir, keys = keysOf(dir) } = ports
  const founded = await readFounded(dir, keys)
  const unlock = lockFolder(dir)
  const passed: Passed[] = []
  try {
    if (existsSync(join(dir, 'sources.db'))) throw new AppError<NodeCode>('data-there')
    const meeting = meetingOf(ports, founded, passed)
    const keepers = await meet(meeting)
    if (keepers.length === 0) throw new AppError<NodeCode>('rebuild-nobody', codesOf(passed))
    const least = leastOf(keepers)
    const proven = await provenBy(meeting, keepers, least)
    if (!proven) throw new AppError<NodeCode>('rebuild-behind', { known: least, ...codesOf(passed) })
    const lied = new Set(passed.filter((one) => one.code !== 'journal-behind').map((one) => one.peer))
    const honest = keepers.filter(({ peer }) => !lied.has(peer.origin))
    const regained = await withoutLiars(ports, meeting, proven, honest)
    renameSync(join(dir, FRESH), join(dir, 'sources.db'))
    dropViews(dir)
    forgetLast(dir)
    return { entries: proven.checkpoint.size, ...regained, passed }
  } finally {
    dropFresh(dir)
    unlock()
  }
}
