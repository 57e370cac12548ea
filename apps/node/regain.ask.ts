/** Who is asked when a hospital makes its log again (N27), what each says of that log, and which of it is believed. */
import { type Bytes, base64url, concat, fromBase64url } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { logKeys } from '@salus/directory/consortium'
import type { JournalCode } from '@salus/journal/contract'
import type { Checkpoint, NoteKey } from '@salus/journal/note'
import { parsePolicy, witnessesFor } from '@salus/journal/policy'
import { checkEntries, rootOf } from '@salus/journal/regain'
import { replicaEndpoints as at } from '@salus/journal/replica'
import { verifyCheckpoint } from '@salus/journal/verify'
import type { Founded } from './found.ts'
import { checkpointAt, type LedgerHead } from './mirror.ts'
import type { Fetch, PeerAddress, SignNode } from './peers.ts'
import { type Asking, askPeer } from './taking.ts'

/** A node that was asked in vain, or lied: by its log, or its address where nobody is known there; and what it was refused with. */
export type Passed = { readonly peer: string; readonly code: string }

/** A node that answers: how many bare entries it has, and the checkpoints of this log that it holds. */
export type Keeper = {
  readonly peer: PeerAddress
  readonly size: number
  readonly checkpoints: readonly Checkpoint[]
  readonly head: LedgerHead | undefined
}

export type MeetPorts = {
  readonly founded: Founded
  readonly fetch: Fetch
  readonly sign: SignNode
  /** Addresses of nodes; those of the witnesses in the roots when not given. */
  readonly peers?: readonly string[]
  readonly pass: (peer: string, code: string) => void
}

const askingOf = ({ fetch, sign }: MeetPorts, peer: PeerAddress): Asking => ({ ports: { fetch, sign }, peer })

/** The nodes of the witnesses that the roots name: a node answers there as a witness too. */
const rooted = ({ roots, logKey }: Founded): string[] =>
  witnessesFor(parsePolicy(roots.policy), logKey.key.name).flatMap(({ url }) =>
    url?.endsWith('/witness') ? [url.slice(0, -'/witness'.length)] : [],
  )

async function said(ports: MeetPorts, peer: PeerAddress, key: NoteKey) {
  const { size, notes, head, others } = await askPeer(askingOf(ports, peer), at.own, {})
  const checkpoints: Checkpoint[] = []
  for (const note of notes) checkpoints.push(await verifyCheckpoint(note, [key]))
  return { keeper: { peer, size, checkpoints, head }, others }
}

/** Asks everybody, and whom they name, once. */
export async function meet(ports: MeetPorts): Promise<Keeper[]> {
  const { founded, pass } = ports
  const { key } = founded.logKey
  const logs = logKeys(founded.roots).filter((one) => one.name !== key.name)
  const keepers = new Map<string, Keeper>()
  const waiting = [...(ports.peers ?? rooted(founded))]
  for (const seen = new Set<string>(); waiting.length > 0; ) {
    const url = (waiting.shift() as string).replace(/\/$/, '')
    if (seen.has(url)) continue
    seen.add(url)
    let name = url
    try {
      const { origin } = await checkpointAt(ports.fetch, url, logs)
      name = origin
      if (keepers.has(origin)) continue
      const { keeper, others } = await said(ports, { origin, url }, key)
      keepers.set(origin, keeper)
      // Where addresses were given nobody else is asked.
      if (!ports.peers) for (const one of others) if (logs.some((log) => log.name === one.origin)) waiting.push(one.url)
    } catch (error) {
      if (!isAppError(error)) throw error
      pass(name, error.code)
    }
  }
  return [...keepers.values()]
}

/**
 * How large the log must be at least: as large as any checkpoint that its own key signed, and as large as most of those asked say it
 * stands on the ledger. One of them alone can say what it likes.
 */
export function leastOf(keepers: readonly Keeper[]): number {
  const signed = keepers.flatMap((one) => one.checkpoints.map(({ size }) => size))
  const heads = keepers.map(({ head }) => head?.size ?? 0).sort((a, b) => b - a)
  return Math.max(0, ...signed, heads[Math.floor(heads.length / 2)] ?? 0)
}

async function entriesOf(ports: MeetPorts, peer: PeerAddress, size: number): Promise<Bytes> {
  const parts: Bytes[] = []
  for (let from = 0; from < size; ) {
    const { entries } = await askPeer(askingOf(ports, peer), at.ownLeaves, { from })
    const part = fromBase64url(entries)
    if (part.length === 0 || part.length % 32 !== 0) throw new AppError<JournalCode>('proof-invalid')
    parts.push(part)
    from += part.length / 32
  }
  return concat(...parts).slice(0, size * 32)
}

export type Proven = { readonly checkpoint: Checkpoint; readonly entries: Bytes }

/** Whoever says of the ledger what these entries are not: passed over, unless most say so. */
function contradicting(keepers: readonly Keeper[], entries: Bytes, size: number): Keeper[] {
  return keepers.filter(({ head }) => head && head.size <= size && base64url(rootOf(entries, head.size)) !== head.root)
}

/** The largest log that verifies and is not behind; undefined where nobody has it. Whoever has less, or another, is passed over. */
export async function provenBy(ports: MeetPorts, keepers: readonly Keeper[], least: number) {
  for (const { peer, size } of keepers) if (size < least) ports.pass(peer.origin, 'journal-behind')
  const whole = keepers.filter(({ size }) => size >= least)
  for (const { peer, size, checkpoints } of whole.sort((a, b) => b.size - a.size)) {
    try {
      const checkpoint = checkpoints.find((one) => one.size === size)
      if (!checkpoint) throw new AppError<JournalCode>('proof-invalid')
      const entries = await entriesOf(ports, peer, size)
      checkEntries(entries, checkpoint)
      const others = contradicting(keepers, entries, size)
      if (others.length * 2 > keepers.length) throw new AppError<JournalCode>('proof-invalid')
      for (const one of others) ports.pass(one.peer.origin, 'proof-invalid')
      return { checkpoint, entries }
    } catch (error) {
      if (!isAppError(error)) throw error
      ports.pass(peer.origin, error.code)
    }
  }
  return undefined
}
