/**
 * The bare entries of the other hospitals' logs (J32): fetched as tiles, held against a checkpoint that the log's own key signed and
 * against its head on the ledger. They say nothing about anybody; with them a hospital that lost its log is given it back.
 */
import { type Bytes, concat, equal, fromBase64url, text } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import { createFrontier, type Frontier, type FrontierState, leafHash } from '@salus/crypto/merkle'
import type { JournalCode } from '@salus/journal/contract'
import { tileNumber } from '@salus/journal/log'
import {
  cutMirror,
  MIRROR_ROW,
  type Mirrored,
  mirrorEntries,
  mirroredOf,
  mirrorLength,
  mirrorRow,
  saveMirrored,
  saveMirrorRow,
} from '@salus/journal/mirror'
import { type Checkpoint, type NoteKey, parseCheckpoint, parseNote, signedAlone } from '@salus/journal/note'
import { verifyCheckpoint } from '@salus/journal/verify'
import type { Fetch, PeerAddress } from './peers.ts'

export type LedgerHead = { readonly size: number; readonly root: string }
export type MirrorPorts = {
  readonly sources: Sql
  /** The logs of the roots. */
  readonly logs: readonly NoteKey[]
  readonly fetch: Fetch
  /** A log's head on the ledger, as this node has it. */
  readonly head: (origin: string) => Promise<LedgerHead | undefined>
}

/** A checkpoint with its signatures, letters. */
const MAX_NOTE = 20_000
/** An entry with its length before it (tlog-tiles.md, "Log Entries"). */
const WIDTH = 34
/**
 * Entries beyond what is proven and what the ledger knows: a log that signs a size from nowhere fills no disk. Half a gigabyte: an archive of
 * years may come into a log while the others are away, and what is not fetched is never cosigned.
 */
const MOST_NEW = 16_000_000
/** Entries hashed at once. */
const STEP = 64 * MIRROR_ROW

const lie = (code: 'proof-invalid' | 'journal-behind') => new AppError<JournalCode>(code)

/** What stands at an address, `most` bytes of it; throws `node-unreachable`, or `node-answer-unreadable` where it is anything else. */
export async function bytesAt(fetch: Fetch, url: string, most: number): Promise<Bytes> {
  const unreachable = (cause: unknown) => Promise.reject(new AppError('node-unreachable', {}, { cause }))
  const response = await fetch(url, { redirect: 'error' }).catch(unreachable)
  if (!response.ok) throw new AppError('node-answer-unreadable')
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > most) throw new AppError('node-answer-unreadable')
    parts.push(part)
  }
  return concat(...parts)
}

/** The newest checkpoint of the log that is kept there, and whose it is. Throws `note-invalid` where no log of `logs` signed it. */
export async function checkpointAt(fetch: Fetch, url: string, logs: readonly NoteKey[]) {
  const note = text(await bytesAt(fetch, `${url}/journal/checkpoint`, MAX_NOTE))
  return { note, ...(await verifyCheckpoint(note, logs)) }
}

/** The entries of one tile, 32 bytes each. */
async function tileAt(fetch: Fetch, url: string, n: number, width: number): Promise<Bytes> {
  const path = `${tileNumber(n)}${width === MIRROR_ROW ? '' : `.p/${width}`}`
  const bytes = await bytesAt(fetch, `${url}/journal/tile/entries/${path}`, width * WIDTH)
  if (bytes.length !== width * WIDTH) throw lie('proof-invalid')
  const entries: Bytes[] = []
  for (let at = 0; at < bytes.length; at += WIDTH) {
    if (bytes[at] !== 0 || bytes[at + 1] !== 32) throw lie('proof-invalid')
    entries.push(bytes.slice(at + 2, at + WIDTH))
  }
  return concat(...entries)
}

/** Fetches what is missing up to `size`; each tile is kept as it comes, so that a round that was cut off goes on there. */
async function fetchTiles({ sources, fetch }: MirrorPorts, { origin, url }: PeerAddress, proven: number, size: number) {
  for (let at = await sources.tx((s) => mirrorLength(s, origin)); at < size; ) {
    const n = Math.floor(at / MIRROR_ROW)
    const width = Math.min(MIRROR_ROW, size - n * MIRROR_ROW)
    const entries = await tileAt(fetch, url, n, width)
    const before = (await sources.tx((s) => mirrorRow(s, origin, n)))?.slice(
      0,
      Math.max(0, proven - n * MIRROR_ROW) * 32,
    )
    if (before && !equal(before, entries.slice(0, before.length))) throw lie('proof-invalid')
    await sources.tx((s) => saveMirrorRow(s, origin, n, entries))
    at = n * MIRROR_ROW + width
  }
}

/** Adds the entries from where `frontier` ends up to `to`. */
async function grow({ sources }: MirrorPorts, origin: string, frontier: Frontier, to: number): Promise<void> {
  while (frontier.size < to) {
    const from = frontier.size
    const entries = await sources.tx((s) => mirrorEntries(s, origin, from, Math.min(to, from + STEP)))
    if (entries.length === 0) throw lie('proof-invalid')
    for (let at = 0; at < entries.length; at += 32) frontier.append(leafHash(entries.subarray(at, at + 32)))
  }
}

type Proving = { readonly size: number; readonly root: Bytes }

/** What is here up to the checkpoint gives its root, and those of what was known before: of the head on the ledger, of what was proven. */
async function check(
  ports: MirrorPorts,
  frontier: Frontier,
  said: Checkpoint,
  before: readonly Proving[],
): Promise<void> {
  const between = before.filter(({ size }) => size >= frontier.size && size <= said.size)
  for (const { size, root } of [...between, said].sort((x, y) => x.size - y.size)) {
    await grow(ports, said.origin, frontier, size)
    if (!equal(frontier.root(), root)) throw lie('proof-invalid')
  }
}

/** What is proven of each log, so that nothing is hashed twice. */
type Provens = Map<string, Frontier>

/** The checkpoint that entries were proven by. */
export const pointOf = ({ note }: Pick<Mirrored, 'note'>): Checkpoint => parseCheckpoint(parseNote(note).text)

const holds = (frontier: Frontier, mirrored: Mirrored): boolean => {
  const { size, root } = pointOf(mirrored)
  return frontier.size === size && equal(frontier.root(), root)
}

/**
 * Where the proven entries end: from memory, or hashed again from what is here. Where they do not give what they were proven by, they were
 * damaged here: that is nobody's lie, and all is fetched again.
 */
async function provenOf(ports: MirrorPorts, known: Provens, origin: string): Promise<Frontier> {
  const { sources } = ports
  const mirrored = await sources.tx((s) => mirroredOf(s, origin))
  const frontier = createFrontier(known.get(origin)?.state())
  if (!mirrored || frontier.size === mirrored.size) return frontier
  const whole = await grow(ports, origin, frontier, mirrored.size).then(
    () => holds(frontier, mirrored),
    () => false,
  )
  if (whole) return frontier
  known.delete(origin)
  await sources.tx((s) => cutMirror(s, origin, 0))
  return createFrontier()
}

async function pullLog(ports: MirrorPorts, known: Provens, peer: PeerAddress): Promise<number> {
  const { sources, logs, fetch } = ports
  const { origin, url } = peer
  // Asked first: a log is never behind a head that it has said itself.
  const head = await ports.head(origin)
  const own = logs.filter((one) => one.name === origin)
  const said = await checkpointAt(fetch, url, own)
  const mirrored = await sources.tx((s) => mirroredOf(s, origin))
  const before = mirrored?.size ?? 0
  if (said.size < Math.max(before, head?.size ?? 0)) throw lie('journal-behind')
  if (said.size > Math.max(before, head?.size ?? 0) + MOST_NEW) throw lie('proof-invalid')
  const frontier = await provenOf(ports, known, origin)
  const proven = frontier.size
  try {
    // What was fetched for a checkpoint that is not reached any more is fetched again.
    const there = await sources.tx((s) => mirrorLength(s, origin))
    if (there > said.size) await sources.tx((s) => cutMirror(s, origin, proven))
    await fetchTiles(ports, peer, proven, said.size)
    const known = [
      ...(head ? [{ size: head.size, root: fromBase64url(head.root) }] : []),
      ...(mirrored ? [pointOf(mirrored)] : []),
    ]
    await check(ports, frontier, said, known)
  } catch (error) {
    if ((error as AppError).code === 'proof-invalid') await sources.tx((s) => cutMirror(s, origin, proven))
    throw error
  }
  const [signer] = own
  if (signer && said.size > before)
    await sources.tx((s) => saveMirrored(s, origin, { size: said.size, note: signedAlone(said.note, signer) }))
  known.set(origin, frontier)
  return said.size - before
}

/** Entries between two places in a log from where it is hashed on: ten milliseconds of hashing, half a kilobyte of memory. */
const MARK = 4_096

/** The root of a log's first entries, from those that are proven here; undefined where it is more than these. */
function createRootAt(ports: MirrorPorts) {
  const marks = new Map<string, FrontierState[]>()
  return async (origin: string, size: number): Promise<Bytes | undefined> => {
    const mirrored = await ports.sources.tx((s) => mirroredOf(s, origin))
    if (mirrored === undefined || size > mirrored.size) return undefined
    const known = marks.get(origin) ?? []
    marks.set(origin, known)
    const frontier = createFrontier(known.findLast((one) => one.size <= size))
    while (frontier.size < size) {
      await grow(ports, origin, frontier, Math.min(size, (Math.floor(frontier.size / MARK) + 1) * MARK))
      if (frontier.size % MARK === 0 && frontier.size > (known.at(-1)?.size ?? 0)) known.push(frontier.state())
    }
    return frontier.root()
  }
}

/** The same again, from what is here, where the log seems to lie: the last entries may have been damaged here (N31). */
async function pullTwice(ports: MirrorPorts, known: Provens, peer: PeerAddress): Promise<number> {
  const trusted = known.has(peer.origin)
  return pullLog(ports, known, peer).catch((error) => {
    if (!trusted || (error as AppError).code !== 'proof-invalid') throw error
    known.delete(peer.origin)
    return pullLog(ports, known, peer)
  })
}

export type Mirror = ReturnType<typeof createMirror>

export function createMirror(ports: MirrorPorts) {
  const known: Provens = new Map()
  const running = new Map<string, Promise<number>>()
  return {
    rootAt: createRootAt(ports),
    /** How many entries of a log are here and proven. */
    sizeOf: (origin: string): Promise<number> =>
      ports.sources.tx(async (s) => Math.min((await mirroredOf(s, origin))?.size ?? 0, await mirrorLength(s, origin))),
    /** From now on nothing is believed that is not hashed again from what is here (N25). */
    lookAgain: () => known.clear(),
    /** Fetches what a log has more than is here; answers how many entries. Throws `journal-behind`, `proof-invalid` where it lies. */
    pull(peer: PeerAddress): Promise<number> {
      const now = running.get(peer.origin) ?? pullTwice(ports, known, peer).finally(() => running.delete(peer.origin))
      running.set(peer.origin, now)
      return now
    },
  }
}
