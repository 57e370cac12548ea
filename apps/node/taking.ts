/** Takes in what a peer handed over (N23): its content fetched and held against the digest that was signed, then adopted. */
import type { Endpoint } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { checkWith, type z } from '@salus/base/schema'
import type { Sql } from '@salus/base/sqlite'
import type { Journal } from '@salus/journal/accept'
import type { Adoption } from '@salus/journal/adopt'
import { adoptedTo, homeOf, isHeld, saveHeld } from '@salus/journal/adopted'
import type { Projector } from '@salus/journal/project'
import {
  replicaEndpoints as at,
  REPLICA_PAGE,
  REPLICA_PART,
  type ReplicaEntry,
  type ReplicaPage,
} from '@salus/journal/replica'
import { parseStatement } from '@salus/journal/statement'
import type { Doubts } from './doubts.ts'
import type { Mirror } from './mirror.ts'
import { type Fetch, jsonOf, type PeerAddress, type SignNode, textOf } from './peers.ts'

export type ReplicaPorts = {
  readonly journal: Journal
  readonly sources: Sql
  readonly projector: Projector
  readonly peers: () => readonly PeerAddress[]
  readonly fetch: Fetch
  readonly mirror: Mirror
  readonly doubts: Doubts
  readonly sign: SignNode
}

/** One peer while it is pulled from; `counting` goes on through the round. */
export type Taking = {
  readonly ports: ReplicaPorts
  readonly peer: PeerAddress
  readonly counting: { adopted: number; letters: number }
}

/** Letters of one ciphertext; more than any node takes. */
const MOST_CONTENT = 128_000_000
/** Bytes of one answer: a page of packets, or a part of a content, with what stands around it. */
const MOST_ANSWER = 64_000_000
/** Entries adopted in one group, and letters of their contents; contents fetched at once. A page of small ones is one flush of the disk. */
const GROUP = REPLICA_PAGE
const GROUP_LETTERS = 16_000_000
const AT_ONCE = 4

/** No word on the entry: this node cannot go on, or the peer does not answer as one. The round ends there, the cursor stays. */
const endings: ReadonlySet<string> = new Set([
  ...['journal-failed', 'journal-closed', 'disk-full', 'folder-unusable', 'node-unreachable', 'node-answer-unreadable'],
  ...['session-missing', 'not-allowed', 'schema-mismatch', 'node-busy'],
])

/** What no honest node hands over (N26): nothing that it gives is taken further this round, and what it said moves no cursor. */
const lies: ReadonlySet<string> = new Set([
  ...['home-receipt-invalid', 'home-unknown', 'packets-mismatch', 'content-mismatch', 'statement-invalid'],
  ...['statement-for-another', 'statement-too-large', 'signature-invalid', 'proof-invalid', 'note-invalid'],
  'journal-behind',
])
export const isLie = (error: unknown): error is AppError => isAppError(error) && lies.has(error.code)

/** Is it about this entry alone? */
export const isRefusal = (error: unknown): error is AppError =>
  isAppError(error) && !endings.has(error.code) && !lies.has(error.code)

/** A peer that is asked, and how. */
export type Asking = { readonly ports: Pick<ReplicaPorts, 'fetch' | 'sign'>; readonly peer: PeerAddress }

/** What a peer answers to one row; throws `node-unreachable`, or the code it refuses with. */
async function answerOf(
  { ports: { fetch, sign }, peer }: Asking,
  { method, path }: Endpoint,
  query: Readonly<Record<string, string | number>>,
): Promise<Response> {
  const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  const url = `${peer.url}${path}?${asked}`
  const headers = await sign({ method, url, to: peer.origin })
  const response = await fetch(url, { method, headers, redirect: 'error' }).catch((cause) => {
    throw new AppError('node-unreachable', {}, { cause })
  })
  if (response.ok) return response
  const code = ((await jsonOf(response, MOST_ANSWER)) as { code?: unknown } | undefined)?.code
  throw new AppError(typeof code === 'string' && /^[a-z][a-z0-9-]{1,60}$/.test(code) ? code : 'node-answer-unreadable')
}

/** Asks a peer one row, and reads what it answers. */
export async function askPeer<E extends Endpoint>(
  taking: Asking,
  row: E,
  query: Readonly<Record<string, string | number>>,
): Promise<z.output<E['output']>> {
  const body = await jsonOf(await answerOf(taking, row, query), MOST_ANSWER)
  return checkWith(row.output, body) as z.output<E['output']>
}

/** A page that ends nothing must lead on: a peer that shows the same place for ever is taken no further. */
export function assertOn(from: { after: number; within: number }, { next, end }: ReplicaPage): void {
  const on = next.after > from.after || (next.after === from.after && next.within > from.within)
  if (!end && !on) throw new AppError('node-answer-unreadable')
}

type Wanted = { readonly of: number; readonly by: 'log' | 'home' }

/** A ciphertext, part by part, as the peer has it. */
export async function partsOf(taking: Asking, asked: Wanted, announced?: number): Promise<string> {
  const parts: string[] = []
  for (let from = 0, more = true; more; ) {
    const part = await partFrom(taking, { ...asked, from })
    parts.push(part.letters)
    from += part.letters.length
    // A whole part each time but the last: nobody is asked a million times for one letter.
    more = part.letters.length === REPLICA_PART && from !== part.size
    // As long as it was announced: by that it was decided how many are held at once.
    const other = from > (announced ?? MOST_CONTENT) || (!more && from !== (announced ?? part.size ?? from))
    if (other) throw new AppError('node-answer-unreadable')
  }
  return parts.join('')
}

/** One part; `size`, of the whole, where the peer says it. */
async function partFrom(
  taking: Asking,
  asked: Wanted & { readonly from: number },
): Promise<{ letters: string; size?: number }> {
  const answer = await answerOf(taking, at.ciphertext, asked).catch((error) => {
    if (isAppError(error) && error.code === 'not-found') return undefined
    throw error
  })
  if (answer?.headers.get('content-type') !== at.ciphertext.media) {
    // It has none; or it is of the release before, which knows JSON alone.
    await answer?.body?.cancel()
    const { part: letters, size } = await askPeer(taking, at.content, asked)
    return { letters, size }
  }
  const letters = await textOf(answer, REPLICA_PART)
  if (letters === undefined) throw new AppError('node-answer-unreadable')
  return { letters }
}

/** A ciphertext as the peer has it: the journal compares it with what was signed before it takes anything. */
export const contentFrom = async (
  taking: Taking,
  { content, small, receipt }: ReplicaEntry,
): Promise<string | undefined> =>
  content === undefined ? undefined : (small ?? (await partsOf(taking, { of: receipt.index, by: 'log' }, content)))

async function adoptionOf(taking: Taking, entry: ReplicaEntry): Promise<Adoption> {
  // Destroyed since it was listed: the entry comes without.
  const content = await contentFrom(taking, entry).catch((error) => {
    if (isAppError(error) && error.code === 'not-found') return undefined
    throw error
  })
  taking.counting.letters += content?.length ?? 0
  const { statement, packets, at: taken, receipt, shown, moves } = entry
  const told = { ...(shown === undefined ? {} : { shown }), ...(moves === undefined ? {} : { moves }) }
  const home = { origin: taking.peer.origin, at: taken, receipt, ...told }
  return { statement, packets, ...(content === undefined ? {} : { content }), home }
}

/** What comes after an entry that is held waits with it. What only takes away has nothing to take from a chain that is not here. */
async function waits({ ports, peer }: Taking, chain: Handle, token: string): Promise<boolean> {
  const { stops } = ports.projector.kindOf(parseStatement(token).type)
  return ports.sources.tx(
    async (s) => (await isHeld(s, peer.origin, chain)) || (stops !== undefined && !(await homeOf(s, chain))),
  )
}

/** One entry; what a rule refuses holds its chain back, and nothing else. */
export async function adoptOne(taking: Taking, entry: ReplicaEntry): Promise<void> {
  const { ports, peer, counting } = taking
  const { origin } = peer
  const chain = ports.projector.chainOf(entry.statement)
  if (chain === undefined || (await waits(taking, chain, entry.statement))) return
  try {
    await ports.journal.adopt([await adoptionOf(taking, entry)])
    counting.adopted += 1
  } catch (error) {
    if (!isRefusal(error)) throw error
    const { index: home } = entry.receipt
    await ports.sources.tx(async (s) => {
      const within = await adoptedTo(s, chain, origin)
      await saveHeld(s, { origin, chain, home, within, code: error.code })
    })
  }
}

type Group = readonly ReplicaEntry[]
type Gathered = { readonly all: readonly Adoption[]; readonly letters: number }

/** Work that was begun ahead: where it fails, whoever comes to it is told, and nobody else. */
export function quietly<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

/** What was signed of each, fetched and compared; no more of it once `over`. */
async function gather(taking: Taking, group: Group, over: { now: boolean }): Promise<Gathered> {
  const counting = { adopted: 0, letters: 0 }
  const all: Adoption[] = []
  for (let at = 0; at < group.length && !over.now; at += AT_ONCE)
    all.push(
      ...(await Promise.all(group.slice(at, at + AT_ONCE).map((one) => adoptionOf({ ...taking, counting }, one)))),
    )
  return { all, letters: counting.letters }
}

/** A group at once where nothing stands in the way; one after another where something does. */
async function adoptGroup(taking: Taking, group: Group, gathered: Promise<Gathered>): Promise<void> {
  const { counting, ports } = taking
  try {
    const { all, letters } = await gathered
    await ports.journal.adopt(all)
    counting.adopted += group.length
    counting.letters += letters
  } catch (error) {
    if (!isRefusal(error)) throw error
    for (const one of group) await adoptOne(taking, one)
  }
}

function groupsOf(entries: readonly ReplicaEntry[]): Group[] {
  const groups: Group[] = []
  for (let from = 0; from < entries.length; ) {
    let [to, letters] = [from, 0]
    while (to < entries.length && to - from < GROUP && (to === from || letters < GROUP_LETTERS))
      letters += entries[to++]?.content ?? 0
    groups.push(entries.slice(from, to))
    from = to
  }
  return groups
}

/** One group after the other; the next one's contents come while one is adopted. When it ends, nothing that it began goes on. */
export async function adoptAll(taking: Taking, entries: readonly ReplicaEntry[]): Promise<void> {
  const over = { now: false }
  let next: Promise<Gathered> | undefined
  try {
    const groups = groupsOf(entries)
    for (const [nth, group] of groups.entries()) {
      const gathered = next ?? quietly(gather(taking, group, over))
      const after = groups[nth + 1]
      // Not before this group's own contents are here: two groups at most are held at once. Where they did not come, the next begins anew.
      const whole = await gathered.then(
        () => true,
        () => false,
      )
      next = whole && after ? quietly(gather(taking, after, over)) : undefined
      await adoptGroup(taking, group, gathered)
    }
  } finally {
    over.now = true
    await next?.catch(() => undefined)
  }
}

/** An erasure waits for nothing that comes before it; where there is nothing to erase, nothing is to be done. */
export async function adoptErasure(taking: Taking, entry: ReplicaEntry): Promise<void> {
  await taking.ports.journal.adopt([await adoptionOf(taking, entry)]).catch((error) => {
    if (!isRefusal(error)) throw error
  })
}
