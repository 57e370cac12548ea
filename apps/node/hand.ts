/**
 * The home's side of replication (N22): hands entries of its log to the nodes that may mirror them, in the order of the log. A chain
 * that a node is given later comes from its beginning, at the entry that gave it. A cursor can always be told again.
 */
import { type Bytes, text } from '@salus/base/bytes'
import { type Bound, bind, type Principal } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import type { Digest, Handle } from '@salus/base/ids'
import type { Sql, Tx } from '@salus/base/sqlite'
import type { Journal, Told } from '@salus/journal/accept'
import { departedFor, indexOf, paidUp, saveShared } from '@salus/journal/adopted'
import type { Receipt } from '@salus/journal/contract'
import { handedFrom, handedOf } from '@salus/journal/handing'
import type { Projector } from '@salus/journal/project'
import {
  replicaEndpoints as at,
  REPLICA_LETTERS,
  REPLICA_PAGE,
  REPLICA_PART,
  REPLICA_SMALL,
  type ReplicaEntry,
  type ReplicaPage,
} from '@salus/journal/replica'
import {
  chainAfter,
  contentBytes,
  contentOf,
  contentSize,
  packetJwes,
  packetsOf,
  type Stored,
  statementAt,
  statementsBetween,
} from '@salus/journal/sources'
import { givenAt } from './entitled.store.ts'

/** Entries of the log looked at for one answer. */
const SCAN = 2_000

export type HandPorts = {
  readonly journal: Journal
  readonly sources: Sql
  readonly views: Sql
  readonly projector: Projector
}
type Node = Extract<Principal, { role: 'node' }>
type Place = { readonly after: number; readonly within: number }

const notFound = () => new AppError('not-found')

/** What one answer holds so far. */
type Filling = {
  readonly entries: ReplicaEntry[]
  readonly chains: Set<string>
  letters: number
  next: Place
  full: boolean
}

/** From which entry on a chain of this home is the node's. */
type Given = (chain: string) => Promise<number | undefined>

/** Looked up once for one answer: a chain is many rows of it. */
function givenTo({ views }: HandPorts, { orgs }: Node): Given {
  const known = new Map<string, Promise<number | undefined>>()
  return (chain) => {
    const found = known.get(chain) ?? views.tx((v) => givenAt(v, chain, orgs))
    known.set(chain, found)
    return found
  }
}

/** From where on the entry's chain is this node's; undefined: not at all. */
async function startOf(
  { sources, projector }: HandPorts,
  node: Node,
  row: Stored,
  given: Given,
): Promise<number | undefined> {
  const from = await given(row.chain)
  return sources.tx((s) => handedFrom(s, projector.kindOf(row.type), row, node.origin, from))
}

/** The digest of the content that a statement signs, if it signs one. */
function claimOf({ projector }: HandPorts, row: Stored): Digest | undefined {
  const { body, statement } = projector.read(row)
  return projector.kindOf(statement.type).claims?.(body as never).content
}

async function entryOf(ports: HandPorts, s: Tx, row: Stored, receipt: Receipt, told: Told): Promise<ReplicaEntry> {
  const { chain, idx } = row
  const claim = claimOf(ports, row)
  const ids = (await packetsOf(s, idx)).map((one) => one.id)
  const jwes = await packetJwes(s, ids, 'leave out')
  const packets = ids.flatMap((id) => jwes.get(id) ?? [])
  const size = claim === undefined ? 0 : await contentSize(s, chain, claim)
  // One that is damaged here is not handed over: it is asked for apart, and refused there.
  const small =
    claim && size > 0 && size <= REPLICA_SMALL ? await contentOf(s, chain, claim).catch(() => undefined) : undefined
  const content = { ...(size > 0 ? { content: size } : {}), ...(small === undefined ? {} : { small }) }
  return { statement: row.token, at: row.at, receipt, packets, ...content, ...told }
}

/** Entries that are read in one transaction: more would keep others waiting. */
const AT_ONCE = 32

/** As many as there is room for, in order; answers the first that there was none for. */
async function put(ports: HandPorts, into: Filling, rows: readonly Stored[]): Promise<Stored | undefined> {
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const some = rows.slice(from, from + AT_ONCE)
    if (into.full) return some[0]
    const receipts = await ports.journal.receiptsOf(some)
    const told = await ports.journal.told(some)
    const over = await ports.sources.tx(async (s) => {
      for (const [i, row] of some.entries()) {
        if (into.full) return row
        const receipt = receipts[i]
        if (!receipt) continue
        into.chains.add(row.chain)
        add(into, await entryOf(ports, s, row, receipt, told[i] ?? {}))
      }
      return undefined
    })
    if (over) return over
  }
  return undefined
}

/** What erased a chain: its statement alone. */
async function putParting({ journal }: HandPorts, into: Filling, row: Stored): Promise<void> {
  const found = await journal.partingAt(row.idx)
  if (found) add(into, { statement: row.token, at: row.at, receipt: found.receipt, packets: [] })
}

function add(into: Filling, entry: ReplicaEntry): void {
  into.entries.push(entry)
  into.letters +=
    entry.statement.length + (entry.small?.length ?? 0) + entry.packets.reduce((sum, one) => sum + one.length, 0)
  // How a chain came here, on its first entry.
  for (const { statement, receipt } of entry.moves ?? []) into.letters += statement.length + receipt.proof.length
  into.full ||= into.entries.length >= REPLICA_PAGE || into.letters >= REPLICA_LETTERS
}

/** A chain from number `within` on, up to index `to`; false where the answer was full before its end. */
async function fromBeginning(
  ports: HandPorts,
  into: Filling,
  { chain, to, within, wanted }: { chain: Handle; to: number; within: number; wanted: Wanted },
): Promise<boolean> {
  for (let number = within; ; ) {
    const rows = await ports.sources.tx((s) => chainAfter(s, chain, number, REPLICA_PAGE))
    const here = rows.filter((row) => row.idx <= to)
    const over = await put(ports, into, here.filter(wanted))
    if (over) {
      into.next = { after: to, within: over.number - 1 }
      return false
    }
    if (here.length < REPLICA_PAGE) return true
    number = here.at(-1)?.number ?? number
  }
}

type Only = 'all' | 'next' | 'stops'
type Asking = {
  readonly node: Node
  readonly from: Place
  readonly only: Only
  readonly given: Given
}

/** What the log holds for the node between two indexes, what erased a chain in its place. */
async function rowsFor({ sources }: HandPorts, { node, from }: Asking, to: number) {
  const rows = await sources.tx((s) => statementsBetween(s, from.after, to))
  const gone = (await sources.tx((s) => departedFor(s, node.origin, from.after))).filter((one) => one.idx < to)
  return [...rows.map((row) => ({ row, parting: false })), ...gone.map((row) => ({ row, parting: true }))].sort(
    (a, b) => a.row.idx - b.row.idx,
  )
}

/** One entry of the log; false where the answer is full before its end. */
async function step(ports: HandPorts, into: Filling, asking: Asking, row: Stored, within: number): Promise<boolean> {
  const { node, only, given } = asking
  const wanted: Wanted = only !== 'stops' ? () => true : (one) => ports.projector.kindOf(one.type).stops !== undefined
  const start = await startOf(ports, node, row, given)
  if (start === row.idx) return fromBeginning(ports, into, { chain: row.chain, to: row.idx, within, wanted })
  if (start !== undefined && start < row.idx && wanted(row)) await put(ports, into, [row])
  return true
}

const filling = (next: Place): Filling => ({ entries: [], chains: new Set(), letters: 0, next, full: false })

async function entriesFor(ports: HandPorts, asking: Asking): Promise<ReplicaPage> {
  const { node, from, only } = asking
  const { journal, sources } = ports
  // What it asks after it has: nobody needs to remember that for it.
  if (only === 'all') await sources.tx((s) => paidUp(s, node.origin, from.after))
  const size = journal.log.size()
  const to = Math.min(size, from.after + SCAN)
  const into = filling(from)
  for (const { row, parting } of await rowsFor(ports, asking, to)) {
    if (into.full) return finish(ports, node, into, false)
    const within = row.idx === from.after ? from.within : 0
    into.next = { after: row.idx, within }
    if (parting) await putParting(ports, into, row)
    else if (!(await step(ports, into, asking, row, within))) return finish(ports, node, into, false)
    into.next = { after: row.idx + 1, within: 0 }
  }
  into.next = { after: Math.max(to, from.after), within: 0 }
  return finish(ports, node, into, to >= size)
}

/** Whose chains were given is written down before they are: they will be told of an erasure. */
async function finish({ sources }: HandPorts, node: Node, { entries, chains, next }: Filling, end: boolean) {
  if (chains.size > 0) await sources.tx((s) => saveShared(s, node.origin, chains))
  return { entries, next, end }
}

type Whose = 'log' | 'home'

/** The entry `of`, where the node may have its chain; by its place in the node's own log it is the node's anyway. */
async function entitled(ports: HandPorts, node: Node, of: number, by: Whose = 'log'): Promise<Stored> {
  if (by === 'home') {
    const idx = await ports.sources.tx((s) => indexOf(s, node.origin, of))
    const own = idx === undefined ? undefined : await ports.sources.tx((s) => statementAt(s, idx))
    if (!own) throw notFound()
    return own
  }
  const row = of < ports.journal.log.size() ? await ports.sources.tx((s) => statementAt(s, of)) : undefined
  if (!row || (await startOf(ports, node, row, givenTo(ports, node))) === undefined) throw notFound()
  return row
}

/** The ciphertext that came with the entry `of`, where the node may have it. */
async function contentAt(ports: HandPorts, node: Node, of: number, by: Whose): Promise<Bytes> {
  const row = await entitled(ports, node, of, by)
  const claim = claimOf(ports, row)
  const content = claim && (await ports.sources.tx((s) => contentBytes(s, row.chain, claim)))
  if (content === undefined) throw notFound()
  return content
}

export const createHand = (ports: HandPorts) => ({
  entries: (node: Node, from: Place, only: Only) =>
    entriesFor(ports, { node, from, only, given: givenTo(ports, node) }),
  async chain(node: Node, of: number, within: number): Promise<ReplicaPage> {
    const { chain } = await entitled(ports, node, of)
    const into = filling({ after: of, within })
    const to = ports.journal.log.size() - 1
    const handed = await ports.sources.tx((s) => handedOf(s, chain))
    const wanted: Wanted = ({ type, number }) => handed(ports.projector.kindOf(type), number)
    const end = await fromBeginning(ports, into, { chain, to, within, wanted })
    return finish(ports, node, into, end)
  },
  async entry(node: Node, of: number, by: Whose): Promise<ReplicaEntry> {
    const row = await entitled(ports, node, of, by)
    const found = await ports.journal.receiptAt(row.idx)
    if (!found) throw notFound()
    const [told = {}] = await ports.journal.told([row])
    return ports.sources.tx((s) => entryOf(ports, s, row, found.receipt, told))
  },
  async content(node: Node, of: number, by: Whose, from: number): Promise<{ part: string; size: number }> {
    const content = await contentAt(ports, node, of, by)
    return { part: text(content.subarray(from, from + REPLICA_PART)), size: content.length }
  },
  async ciphertext(node: Node, of: number, by: Whose, from: number): Promise<Response> {
    const content = await contentAt(ports, node, of, by)
    return new Response(content.subarray(from, from + REPLICA_PART), {
      headers: { 'content-type': 'application/jose' },
    })
  },
})
type Wanted = (row: Stored) => boolean

const nodeOf = (principal: Principal): Node => {
  if (principal.role !== 'node') throw new AppError('not-allowed')
  return principal
}

/** Binds the rows for nodes, and the one by which anybody brings what a person takes back. */
export const replicaRoutes = (hand: ReturnType<typeof createHand>, journal: Journal): Bound[] => [
  bind(at.entries, ({ principal, query }) => hand.entries(nodeOf(principal), query, query.only)),
  bind(at.chain, ({ principal, query }) => hand.chain(nodeOf(principal), query.of, query.within)),
  bind(at.entry, ({ principal, query }) => hand.entry(nodeOf(principal), query.of, query.by)),
  bind(at.content, ({ principal, query }) => hand.content(nodeOf(principal), query.of, query.by, query.from)),
  bind(at.ciphertext, ({ principal, query }) => hand.ciphertext(nodeOf(principal), query.of, query.by, query.from)),
  bind(at.stop, async ({ input }) => {
    // Who holds no key learns the same of everybody: that nobody is known.
    await journal.stop(input.statement).catch((error) => {
      throw isAppError(error) && error.code === 'signature-invalid' ? new AppError('signer-unknown') : error
    })
    return { stopped: true as const }
  }),
]
