/** The nouns of the ledger: transactions, genesis, headers. Closed fields only (rule L1); reasons stand in reasons.ts. */
import { field, z } from '@salus/base/schema'

/** JWS types (RFC 7515 §4.1.9) of a transaction and of a block header. */
export const TX_TYP = 'salus-tx+jws'
export const HEADER_TYP = 'salus-header+jws'

/** Letters of the longest transaction: room for a 64-hash consistency proof and no document. */
export const MAX_TX_LETTERS = 8192
/** Transactions in one block of the embedded engine. */
export const MAX_BLOCK_TXS = 1000

/** What an organisation is (architecture §7). */
export const orgKinds = [
  'hospital',
  'health-centre',
  'practice',
  'pharmacy',
  'laboratory',
  'research',
  'authority',
] as const
export type OrgKind = (typeof orgKinds)[number]

// A host name with an optional path, lower case: what a log's origin line may be. No space and no `+` (C2SP signed-note).
const ORIGIN = /^(?=.{4,80}$)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?:\/[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/
const VKEY = /^(?=.{4,140}$)[a-z0-9]+(?:[./-][a-z0-9]+)+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const PORT = '(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})'
// An origin in its one spelling (no path, no default port), so that two texts are two nodes.
const NODE_URL = new RegExp(
  `^(?=.{12,120}$)(?:https:\\/\\/(?:${LABEL}\\.)+[a-z]{2,24}(?::(?!443$)${PORT})?|http:\\/\\/127\\.0\\.0\\.1:(?!80$)${PORT})$`,
)

/** Name of one chain: short, public, pinned in every transaction so that none is valid on a second chain. */
export const chainId = z.string().regex(/^[a-z][a-z0-9-]{2,30}[a-z0-9]$/)
/** Name of a transaction log: a journal's origin. */
export const origin = z.string().regex(ORIGIN)
/** 32 bytes as base64url: a root or a node of a tree. */
const hash32 = field.key32
/** Milliseconds since 1970: a block's time. */
const blockTime = field.count
const seq = z.int().min(1).max(Number.MAX_SAFE_INTEGER)

/** A journal as the others verify it: origin and C2SP verifier key. */
export const journal = z.strictObject({ origin, vkey: z.string().regex(VKEY) })
export type Journal = z.infer<typeof journal>

/** Under the law, whoever runs a node decides on the data itself, or works for those who do (GDPR art. 4). */
export const nodeRoles = ['controller', 'processor'] as const
/** CometBFT's name of a node: the first 20 bytes of SHA-256 of its peer key, in hex. */
export const peerId = z.string().regex(/^[0-9a-f]{40}$/)

/** A member's machine in the consortium: its vote on blocks, where it is reached, who runs it under which contract. */
export const memberNode = z.strictObject({
  /** Ed25519 key that signs blocks; the organisation's ledger key is another one (rule L16). */
  validator: field.key32,
  peer: peerId,
  /** https, or http://127.0.0.1:PORT for a demonstration on one machine. */
  url: z.string().regex(NODE_URL),
  /** The legal entity that runs the machine, as `legal` of an organisation. */
  operator: field.digest,
  role: z.enum(nodeRoles),
  /** Reference of the membership contract. */
  contract: field.digest,
})
export type MemberNode = z.infer<typeof memberNode>

/** What the consortium knows of an organisation: public facts of a legal entity, none of a person. */
export const organisation = z.strictObject({
  org: field.org,
  kind: z.enum(orgKinds),
  country: z.string().regex(/^[A-Z]{2}$/),
  key: field.key32,
  legal: field.digest,
  journal: journal.optional(),
  /** Left out where there is none, so that what was written before members had nodes keeps its text. */
  node: memberNode.optional(),
})
export type Organisation = z.infer<typeof organisation>

/** Apps whose bundles organisations serve: closed words. */
export const apps = ['salus-web'] as const

/** Bodies by type of transaction: the closed union of this package. A slice adds its own in a module of its own. */
export const bodies = {
  'org.admit': organisation,
  'org.remove': z.strictObject({ org: field.org }),
  'org.rotate': z.strictObject({ key: field.key32 }),
  'node.admit': z.strictObject({ org: field.org, ...memberNode.shape }),
  'node.rotate': z.strictObject({ validator: field.key32, peer: peerId.optional() }),
  'log.advance': z.strictObject({
    origin,
    size: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
    root: hash32,
    proof: z.array(hash32).max(64),
  }),
  'app.publish': z.strictObject({
    app: z.enum(apps),
    version: z.string().regex(/^\d{1,4}\.\d{1,4}\.\d{1,4}$/),
    digest: hash32,
  }),
} as const
export type Bodies = { [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> }

/** The payload around every body. `seq` counts each organisation's transactions by one: a replay has no place. */
export const envelope = { chain: chainId, org: field.org, seq } as const

/** A transaction's payload before it is signed. */
export type Payload<Type extends string = string, Body = unknown> = {
  readonly chain: string
  readonly org: string
  readonly type: Type
  readonly seq: number
  readonly body: Body
}
/** A payload of this package's own types. */
export type LedgerPayload = { [T in keyof Bodies]: Payload<T, Bodies[T]> }[keyof Bodies]

/** The first state of a chain, agreed outside it. `time` in ms since 1970. */
export const genesis = z.strictObject({
  chain: chainId,
  time: blockTime,
  organisations: z.array(organisation).min(1).max(1000),
})
export type Genesis = z.infer<typeof genesis>

/** What the embedded engine's operator signs for each block; `previous` is the digest of the header text before it. */
export const header = z.strictObject({
  chain: chainId,
  height: seq,
  time: blockTime,
  previous: field.digest,
  appHash: hash32,
  txRoot: hash32,
  txSize: field.count,
})
export type Header = z.infer<typeof header>

/** A block as an engine hands it out; `header` is the signed text where the engine has one. */
export type Block = {
  readonly height: number
  readonly time: number
  readonly txs: readonly string[]
  readonly appHash: string
  readonly header?: string
}

/** Where a transaction stands: the acknowledgement a submitter gets, after its block is durable. */
export type Placed = {
  readonly height: number
  readonly index: number
  readonly time: number
  readonly digest: string
}

/** A vote on blocks: Ed25519 key (base64url) and weight; in a change, weight 0 takes the vote away. */
export type Validator = { readonly key: string; readonly power: number }

/** Where a chain stands: height and block time (ms) of the last committed block, and its app hash. */
export type Info = { readonly chain: string; readonly height: number; readonly time: number; readonly appHash: string }

/** What a node sees of a ledger, whichever engine orders the blocks; `engineBehaviour` is the test each must pass. */
export type Engine = {
  /** Does this process decide the order by itself? Then an answer waits for nobody else. */
  readonly alone: boolean
  /** Resolves when the transaction's block is durable, never before; rejects with the code that refused it. */
  submit(tx: string): Promise<Placed>
  /** Reads the committed state, e.g. `members/list`, `checkpoints/head` with an origin, `machine/seq` with an organisation. */
  query(path: string, data?: string): Promise<unknown>
  info(): Promise<Info>
  /** Where the transaction of this digest stands: the answer for a submitter who lost the acknowledgement. */
  find(digest: string): Promise<Placed | undefined>
  /** Committed blocks from a height on, at most `limit` (100). */
  blocks(from: number, limit?: number): Promise<Block[]>
  /** Tells `listener` of each block that holds transactions, after it is durable; gives the function that stops it. */
  onCommit(listener: (block: Block) => void): () => void
  /** Replays every block from the genesis on a fresh machine; throws `chain-broken` at the first that differs. */
  verify(): Promise<{ height: number; transactions: number }>
  close(): Promise<void>
}
