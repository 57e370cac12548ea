/**
 * What a hospital that lost its log is given back (N27): the bare entries that are mirrored here, and its own statements as they
 * were adopted. Only the node whose log it is may ask.
 */
import { base64url } from '@salus/base/bytes'
import { type Bound, bind, type Principal } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import { lentTold } from '@salus/journal/home'
import { goneForGood, type Lent, lentFrom, mirrorEntries, mirroredOf } from '@salus/journal/mirror'
import { leadsTo } from '@salus/journal/moves'
import { formatVkey, type NoteKey } from '@salus/journal/note'
import type { Projector } from '@salus/journal/project'
import {
  replicaEndpoints as at,
  OWN_GONE,
  OWN_LEAVES,
  type OwnEntry,
  REPLICA_LETTERS,
  REPLICA_PAGE,
} from '@salus/journal/replica'
import { contentSize, packetJwes, packetsOf } from '@salus/journal/sources'
import { lastWitnessed } from '@salus/journal/witnessed'
import type { LedgerHead } from './mirror.ts'
import type { PeerAddress } from './peers.ts'

export type LendPorts = {
  readonly sources: Sql
  readonly projector: Projector
  readonly logs: readonly NoteKey[]
  readonly head: (origin: string) => Promise<LedgerHead | undefined>
  readonly others: () => readonly PeerAddress[]
}

const originOf = (principal: Principal): string => {
  if (principal.role !== 'node') throw new AppError('not-allowed')
  return principal.origin
}

/** Every checkpoint of that log that is here: what was mirrored, and what was cosigned. */
async function notesOf({ sources, logs }: LendPorts, origin: string): Promise<string[]> {
  return sources.tx(async (s) => {
    const mirrored = await mirroredOf(s, origin)
    const notes = mirrored ? [mirrored.note] : []
    for (const key of logs.filter((one) => one.name === origin).slice(0, 3)) {
      const witnessed = await lastWitnessed(s, formatVkey(key))
      if (witnessed) notes.push(witnessed.note)
    }
    return notes
  })
}

/** J34 As it was shown in the log that lost it, where its chain has moved. */
const toldOf = ({ sources, projector }: LendPorts, origin: string, row: Lent) => {
  const kind = projector.kindOf(projector.read(row).statement.type)
  const leads = ({ statement }: { statement: string }) => leadsTo(projector, statement) ?? ''
  return sources.tx((s) => lentTold(s, kind, origin, leads, row))
}

async function entryOf(ports: LendPorts, origin: string, row: Lent, whole: boolean): Promise<OwnEntry> {
  const { sources, projector } = ports
  const { statement, body } = projector.read(row)
  const claim = projector.kindOf(statement.type).claims?.(body as never).content
  const { home: index, number, at: taken, token, salt } = row
  const told = await toldOf(ports, origin, row)
  const said = { index, number, salt: base64url(salt), at: taken, statement: token, ...told }
  if (!whole) return { ...said, packets: [] }
  return sources.tx(async (s) => {
    const ids = (await packetsOf(s, row.idx)).map((one) => one.id)
    const jwes = await packetJwes(s, ids, 'leave out')
    const size = claim === undefined ? 0 : await contentSize(s, row.chain, claim)
    return { ...said, packets: ids.flatMap((id) => jwes.get(id) ?? []), ...(size > 0 ? { content: size } : {}) }
  })
}

async function entriesFrom(ports: LendPorts, origin: string, from: number, whole: boolean) {
  const rows = await ports.sources.tx((s) => lentFrom(s, origin, from, REPLICA_PAGE))
  const entries: OwnEntry[] = []
  let [letters, next] = [0, from]
  for (const row of rows) {
    if (letters >= REPLICA_LETTERS) return { entries, next, end: false }
    const entry = await entryOf(ports, origin, row, whole)
    letters += entry.moves ? JSON.stringify(entry.moves).length : 0
    letters += entry.packets.reduce((sum, one) => sum + one.length, entry.statement.length)
    entries.push(entry)
    next = row.home + 1
  }
  return { entries, next, end: rows.length < REPLICA_PAGE }
}

/** Binds the rows by which a node asks for what is its own. */
export const lendRoutes = (ports: LendPorts): Bound[] => [
  bind(at.own, async ({ principal }) => {
    const origin = originOf(principal)
    const [mirrored, head] = [await ports.sources.tx((s) => mirroredOf(s, origin)), await ports.head(origin)]
    const others = ports.others().map(({ origin: name, url }) => ({ origin: name, url }))
    return { size: mirrored?.size ?? 0, notes: await notesOf(ports, origin), others, ...(head ? { head } : {}) }
  }),
  bind(at.ownLeaves, async ({ principal, query }) => {
    const origin = originOf(principal)
    return ports.sources.tx(async (s) => {
      const to = Math.min((await mirroredOf(s, origin))?.size ?? 0, query.from + OWN_LEAVES)
      return { entries: query.from < to ? base64url(await mirrorEntries(s, origin, query.from, to)) : '' }
    })
  }),
  bind(at.ownEntries, ({ principal, query }) =>
    entriesFrom(ports, originOf(principal), query.from, query.packets === 'with'),
  ),
  bind(at.ownGone, async ({ principal, query }) => {
    originOf(principal)
    return { gone: (await ports.sources.tx((s) => goneForGood(s, query.after, OWN_GONE))) as never[] }
  }),
]
