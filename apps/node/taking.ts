/** Takes in what a peer handed over (N23): its content fetched and held against the digest that was signed, then adopted. */
import type { Endpoint } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { checkWith, type z } from '@salus/base/schema'
import type { Sql } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import type { Journal } from '@salus/journal/accept'
import type { Adoption } from '@salus/journal/adopt'
import { adoptedTo, homeOf, isHeld, saveHeld } from '@salus/journal/adopted'
import type { Projector } from '@salus/journal/project'
import { replicaEndpoints as at, REPLICA_PART, type ReplicaEntry, type ReplicaPage } from '@salus/journal/replica'
import { parseStatement } from '@salus/journal/statement'
import type { Doubts } from './doubts.ts'
import type { Mirror } from './mirror.ts'
import { type Fetch, jsonOf, type PeerAddress, type SignNode } from './peers.ts'

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
/** Entries adopted in one group, and letters of their contents; contents fetched at once. */
const GROUP = 64
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

/** Asks a peer one row; throws `node-unreachable`, or the code it refuses with. */
export async function askPeer<E extends Endpoint>(
  { ports: { fetch, sign }, peer }: Asking,
  { method, path, output }: E,
  query: Readonly<Record<string, string | number>>,
): Promise<z.output<E['output']>> {
  const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  const url = `${peer.url}${path}?${asked}`
  const headers = await sign({ method, url, to: peer.origin })
  const response = await fetch(url, { method, headers, redirect: 'error' }).catch((cause) => {
    throw new AppError('node-unreachable', {}, { cause })
  })
  const body = await jsonOf(response, MOST_ANSWER)
  if (response.ok) return checkWith(output, body) as z.output<E['output']>
  const code = (body as { code?: unknown } | undefined)?.code
  throw new AppError(typeof code === 'string' && /^[a-z][a-z0-9-]{1,60}$/.test(code) ? code : 'node-answer-unreadable')
}

/** A page that ends nothing must lead on: a peer that shows the same place for ever is taken no further. */
export function assertOn(from: { after: number; within: number }, { next, end }: ReplicaPage): void {
  const on = next.after > from.after || (next.after === from.after && next.within > from.within)
  if (!end && !on) throw new AppError('node-answer-unreadable')
}

/** What a statement signs as its content; undefined where it has none. */
function claimOf({ projector }: ReplicaPorts, token: string): string | undefined {
  const { statement, body } = projector.read({ token })
  return projector.kindOf(statement.type).claims?.(body as never).content
}

/** A ciphertext, part by part, as the peer has it. */
export async function partsOf(
  taking: Asking,
  asked: { readonly of: number; readonly by: 'log' | 'home' },
  announced?: number,
): Promise<string> {
  const parts: string[] = []
  for (let from = 0, size = 1; from < size; ) {
    const answer = await askPeer(taking, at.content, { ...asked, from })
    // A whole part each time but the last: nobody is asked a million times for one letter.
    const short = answer.part.length < REPLICA_PART && from + answer.part.length < answer.size
    // As long as it was announced: by that it was decided how many are held at once.
    const other = answer.size !== (announced ?? answer.size)
    if (short || other || answer.size > MOST_CONTENT) throw new AppError('node-answer-unreadable')
    parts.push(answer.part)
    from += answer.part.length
    size = answer.part.length === 0 ? 0 : answer.size
  }
  return parts.join('')
}

/** A ciphertext of exactly the digest that is signed; undefined where the peer has it no more. */
export async function contentFrom(taking: Taking, entry: ReplicaEntry): Promise<string | undefined> {
  const claim = entry.content === undefined ? undefined : claimOf(taking.ports, entry.statement)
  if (claim === undefined) return undefined
  const whole = entry.small ?? (await partsOf(taking, { of: entry.receipt.index, by: 'log' }, entry.content))
  if (digest(whole) !== claim) throw new AppError('content-mismatch')
  return whole
}

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
