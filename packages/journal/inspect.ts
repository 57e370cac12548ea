/**
 * Looks at the rows of the sources: does each leaf stand in the committed root, does each statement open its leaf and say
 * what its columns say, is each packet and each ciphertext the one its statement signed? A flipped bit is found and named by
 * the kind of row it is in.
 */
import { equal } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import type { Sql, Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { createFrontier, leafHash } from '@salus/crypto/merkle'
import { packetHeader } from '@salus/crypto/packet'
import { CLOCK_SKEW } from './contract.ts'
import { CHAIN_START, journalEntry } from './entry.ts'
import {
  brokenLeaves,
  contentsAfter,
  gaps,
  leafRows,
  misnamed,
  type PacketSeen,
  packetsBetween,
  strayPackets,
  structure,
} from './inspect.store.ts'
import { createProjector, type Projector } from './project.ts'
import type { Slice } from './slice.ts'
import { opensLeaf, recordedHead, type Stored, statementsFrom } from './sources.store.ts'
import { parseStatement } from './statement.ts'
import { unvouched, type Vouching } from './vouched.ts'

export type { Vouching } from './vouched.ts'

/** Rows read at once. */
const PAGE = 500

export const faultKinds = [
  'file',
  'leaf',
  'head',
  'statement',
  'chain',
  'packet',
  'content',
  'name',
  'witness',
] as const
/** How many faults of each kind; a kind that is not named has none. */
export type Faults = Partial<Record<(typeof faultKinds)[number], number>>
export type Inspection = {
  readonly leaves: number
  readonly statements: number
  readonly packets: number
  readonly contents: number
  readonly faults: Faults
}

const count = (faults: Faults, kind: keyof Faults, times = 1): void => {
  if (times > 0) faults[kind] = (faults[kind] ?? 0) + times
}

/** What only `work` itself may refuse: bytes that are not what they say. Anything else (a file that cannot be read) goes up. */
function holds(work: () => boolean): boolean {
  try {
    return work()
  } catch (error) {
    if (isAppError(error) || error instanceof SyntaxError) return false
    throw error
  }
}

/**
 * Only that the file is whole and the leaves give the root that was committed with them: quick, and enough to go on writing
 * chains. In a file whose pages are missing a statement would look as if it had been erased.
 */
export async function inspectLeaves(sources: Sql, indexes = false): Promise<{ leaves: number; faults: Faults }> {
  const faults: Faults = {}
  count(faults, 'file', await sources.tx((s) => structure(s, indexes)))
  // Rows of a file that is not whole may lack what every row has: nothing is read from them.
  if (!faults.file) count(faults, 'leaf', await sources.tx(brokenLeaves))
  if (faults.file || faults.leaf) return { leaves: 0, faults }
  const frontier = createFrontier()
  for (let from = 0; ; ) {
    const rows = await sources.tx((s) => leafRows(s, from, PAGE * 10))
    for (const { entry } of rows) frontier.append(leafHash(entry))
    const last = rows.at(-1)
    if (!last) break
    from = last.idx + 1
  }
  const head = await sources.tx(recordedHead)
  const same = head ? head.size === frontier.size && equal(head.root, frontier.root()) : frontier.size === 0
  if (!same) count(faults, 'head')
  return { leaves: frontier.size, faults }
}

type Chains = Map<string, { number: number; entry: Uint8Array }>
type Looking = { readonly projector: Projector; readonly chains: Chains; readonly faults: Faults }

/** Everything that something can be held against (docs/operations.md says what cannot). Nobody else may write meanwhile. */
export async function inspectSources(sources: Sql, slices: readonly Slice[], vouching: Vouching): Promise<Inspection> {
  const { leaves, faults } = await inspectLeaves(sources, true)
  if (faults.file) return { leaves, statements: 0, packets: 0, contents: 0, faults }
  const looking: Looking = { projector: createProjector(slices), chains: new Map(), faults }
  let [statements, packets] = [0, 0]
  for (let from = 0; ; ) {
    const rows = await sources.tx((s) => statementsFrom(s, from, PAGE))
    const last = rows.at(-1)
    if (!last) break
    packets += await sources.tx((s) => inspectStatements(s, looking, rows))
    statements += rows.length
    from = last.idx + 1
  }
  count(faults, 'chain', await sources.tx(gaps))
  count(faults, 'packet', await sources.tx(strayPackets))
  count(faults, 'name', await sources.tx(misnamed))
  count(faults, 'witness', await sources.tx((s) => unvouched(s, vouching)))
  const contents = await inspectContents(sources, faults)
  return { leaves, statements, packets, contents, faults }
}

async function inspectContents(sources: Sql, faults: Faults): Promise<number> {
  let contents = 0
  let after = { chain: '', digest: '' }
  for (;;) {
    const rows = await sources.tx((s) => contentsAfter(s, after.chain, after.digest, PAGE))
    const last = rows.at(-1)
    if (!last) break
    count(faults, 'content', rows.filter((one) => digest(one.jwe) !== one.digest).length)
    contents += rows.length
    after = last
  }
  return contents
}

async function inspectStatements(s: Tx, looking: Looking, rows: readonly Stored[]): Promise<number> {
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return 0
  const leaves = new Map((await leafRows(s, first.idx, last.idx - first.idx + 1)).map((one) => [one.idx, one.entry]))
  const packets = await packetsBetween(s, first.idx, last.idx + 1)
  const byEntry = Map.groupBy(packets, (one) => one.idx)
  for (const row of rows) {
    const leaf = leaves.get(row.idx)
    if (!leaf || !opensLeaf(row, leaf) || !holds(() => saysTheSame(row, looking))) count(looking.faults, 'statement')
    const wrong = (byEntry.get(row.idx) ?? []).filter((one) => !holds(() => signedFor(one, row, looking.projector)))
    count(looking.faults, 'packet', wrong.length)
  }
  return packets.length
}

/** The columns beside the token: what the token says, at a time it was valid, one after another in its chain. */
function saysTheSame(row: Stored, { projector, chains }: Looking): boolean {
  const statement = parseStatement(row.token)
  const { id, iss, type, iat, exp } = statement
  const kind = projector.kindOf(type)
  const body = checkWith(kind.body, statement.body)
  const chain = kind.chain ? kind.chain(body as never, statement) : statement.sub
  const before = chains.get(row.chain) ?? { number: 0, entry: CHAIN_START }
  chains.set(row.chain, { number: row.number, entry: journalEntry(row.salt, row.token, row.number, row.previous) })
  const named = row.id === id && row.iss === iss && row.type === type && row.chain === chain
  const placed = row.number === before.number + 1 && equal(row.previous, before.entry)
  return named && placed && row.at >= iat - CLOCK_SKEW && row.at < exp
}

/** Is this packet the one the statement signed, under the recipient and the binding its own header states? */
function signedFor(packet: PacketSeen, row: Stored, projector: Projector): boolean {
  const { type, body } = parseStatement(row.token)
  const kind = projector.kindOf(type)
  const named = kind.claims?.(checkWith(kind.body, body) as never).packets?.[packet.at]
  const { kid, bind } = packetHeader(packet.jwe)
  const same = packet.kid === kid && packet.bind === JSON.stringify(bind) && packet.chain === row.chain
  return named === digest(packet.jwe) && same
}
