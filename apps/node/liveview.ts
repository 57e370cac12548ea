/** The pure half of the live view: what follows from what was asked. */
import { parseWith, z } from '@salus/base/schema'
import { decodeJws } from '@salus/crypto/jws'
import type { Head } from '@salus/ledger/checkpoints'
import { type Block, type Info, TX_TYP } from '@salus/ledger/contract'
import type { Alarm, Live, LiveMember, LiveTx } from '@salus/ledger/live'
import type { Member } from '@salus/ledger/members'
import type { Founded } from './found.ts'

/** How long an entry may wait for a block, and for its cosignatures, before that is an alarm, ms. */
const NO_BLOCK = 30_000
const UNWITNESSED = 60_000
/** Letters of the app hash that are shown. */
const HASH = 12

/** CometBFT's own: its height, whether it still fetches old blocks, the processes it hears, and the last block that these told of. */
export type CometWord = {
  readonly height: number
  readonly catching: boolean
  readonly heard: readonly string[]
  readonly furthest: number
}

export type Seen = {
  readonly founded: Pick<Founded, 'roots' | 'operator'>
  readonly now: number
  readonly alone: boolean
  readonly info: Info
  readonly members: readonly Member[]
  readonly heads: readonly Head[]
  readonly word: CometWord | undefined
  readonly blocks: Live['blocks']
  readonly journal: Live['journal']
  readonly witnesses?: NonNullable<Live['witnesses']>
  readonly mirrors: Live['mirrors']
  readonly doubts: Live['doubts']
  readonly clocks: Live['clocks']
  readonly condition: {
    readonly shut: boolean
    readonly failing: boolean
    /** The ledger refused the own journal's head. */
    readonly refused: boolean
    /** How long the oldest entry has waited for a block, and for cosignatures, ms. */
    readonly unrecorded: number
    readonly uncosigned: number
    /** How long the oldest block that others have is missing here, ms. */
    readonly missing: number
  }
}

/** How many of `voters` may fail at once while the others still hold more than two thirds. */
export const toleratedOf = (voters: number): number => Math.max(0, Math.floor((voters - 1) / 3))

/** A desk and the node beside it are one entity; the one that the roots name comes first. The one that answers is the first of all. */
function entities(members: readonly Member[], { roots, operator }: Seen['founded']): Member[][] {
  const named = (one: Member) => roots.organisations.some(({ org }) => org === one.org)
  const all = [...Map.groupBy(members, ({ legal }) => legal).values()]
  const first = (same: readonly Member[]) => Number(same.some(({ org }) => org === operator))
  return all
    .map((same) => [...same].sort((a, b) => Number(named(b)) - Number(named(a))))
    .sort((a, b) => first(b) - first(a))
}

function memberOf(same: readonly Member[], { founded, heads, word, alone }: Seen): LiveMember {
  const first = same[0] as Member
  const orgs: readonly string[] = same.map(({ org }) => org)
  const card = founded.roots.organisations.find(({ org }) => org === first.org)
  const here = orgs.includes(founded.operator)
  const node = same.find((one) => one.node)?.node
  const head = heads.find(({ org }) => orgs.includes(org))
  const heard = !alone && !here && word && node ? { heard: word.heard.includes(node.peer) } : {}
  return {
    ...{ orgs: [...orgs], kind: first.kind, country: first.country, here },
    ...(card ? { name: card.name } : {}),
    ...(node ? { node: { role: node.role, url: node.url, ...heard } } : {}),
    ...(head ? { head: { size: head.size, time: head.time } } : {}),
  }
}

/** More than two thirds of the votes must hear each other: counted from here, this node's own with them. */
const apart = (members: readonly LiveMember[]): boolean => {
  const voting = members.filter(({ node }) => node)
  const together = voting.filter(({ here, node }) => here || node?.heard)
  return voting.length > 0 && together.length * 3 <= voting.length * 2
}

function alarmsOf(
  { alone, word, condition, witnesses, doubts, clocks }: Seen,
  members: readonly LiveMember[],
): Alarm[] {
  const { shut, failing, refused, unrecorded, uncosigned, missing } = condition
  const found: readonly (readonly [Alarm, boolean])[] = [
    ['journal-shut', shut],
    ['head-refused', refused],
    ...(['other-split', 'other-behind', 'other-broken'] as const).map(
      (kind) => [kind, doubts.some(({ alarm }) => alarm === kind)] as const,
    ),
    ['votes-apart', !alone && word !== undefined && apart(members)],
    ['process-away', !alone && word === undefined],
    ['clocks-apart', clocks.length > 0],
    ['process-stuck', !alone && word?.catching === false && missing >= NO_BLOCK],
    ['process-catching', !alone && word?.catching === true],
    ['heads-failing', failing && !refused],
    ['no-block', unrecorded >= NO_BLOCK],
    ['unwitnessed', witnesses !== undefined && uncosigned >= UNWITNESSED],
  ]
  return found.flatMap(([alarm, is]) => (is ? [alarm] : []))
}

/** The whole view. */
export function viewOf(seen: Seen): Live {
  const { alone, info, word, now, blocks, journal, witnesses, mirrors, doubts, clocks } = seen
  const members = entities(seen.members, seen.founded).map((same) => memberOf(same, seen))
  const voters = alone ? 0 : members.filter(({ node }) => node).length
  return {
    ...{ now, engine: alone ? ('embedded' as const) : ('cometbft' as const), chain: info.chain },
    ...{ height: info.height, time: info.time, appHash: info.appHash.slice(0, HASH) },
    ...{ voters, tolerated: toleratedOf(voters), members, blocks, journal, mirrors, doubts, clocks },
    ...(word ? { process: { height: word.height, catching: word.catching, heard: word.heard.length } } : {}),
    ...(witnesses ? { witnesses } : {}),
    alarms: alarmsOf(seen, members),
  }
}

const payload = z.object({
  org: z.string(),
  type: z.string(),
  body: z.object({ org: z.string().optional(), size: z.int().optional() }).catch({}),
})
/** Types whose body names an organisation that is voted on. */
const voted: ReadonlySet<string> = new Set(['org.admit', 'org.remove', 'node.admit'])

/** The machine took it, so it is well formed; what else its body says is for whoever reads the block itself. */
function txOf(token: string): LiveTx {
  const { org, type, body } = parseWith(payload, decodeJws(token, TX_TYP).payload)
  return {
    ...{ org, type },
    ...(voted.has(type) && body.org !== undefined ? { about: body.org } : {}),
    ...(type === 'log.advance' && body.size !== undefined ? { size: body.size } : {}),
  }
}

/** Blocks as they are told, the newest first. */
export const shownBlocks = (blocks: readonly Block[]): Live['blocks'] =>
  blocks.map(({ height, time, txs }) => ({ height, time, txs: txs.map(txOf) })).reverse()
