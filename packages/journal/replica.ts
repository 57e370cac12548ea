/** What nodes ask each other (decision 0020): rows as any endpoint's, for nodes alone. No name of a person stands in a path or query. */
import type { Endpoint } from '@salus/base/endpoint'
import { field, z } from '@salus/base/schema'
import { MAX_MOVES, MAX_STATEMENT, move, receipt } from './contract.ts'
import { stopEndpoint } from './stop.ts'

/** Entries in one answer, and letters of their packets. */
export const REPLICA_PAGE = 200
export const REPLICA_LETTERS = 4_000_000
/** Letters of a content in one answer. */
export const REPLICA_PART = 4_000_000
/** Letters of a content that comes with its entry; what is longer is fetched apart. */
export const REPLICA_SMALL = 32_768

const place = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
/** In whose log an index counts: in that of the node that is asked, or in that of the node that asks (its own chains, mirrored here). */
const whose = z.enum(['log', 'home']).default('log')
/** From where on in the log, and how far in the chain that begins to be given there. */
const cursor = { after: place.default(0), within: place.default(0) }

const origins = z.array(z.string().max(100)).max(1_000)

/** Bare entries in one answer; digests in one answer. */
export const OWN_LEAVES = 8_192
export const OWN_GONE = 1_000
/** Checkpoints in one answer. */
export const SEEN_NOTES = 200

/** Of a chain that came from another home (J34): the number by which every log knows it, and on its first entry how it came. */
const told = { shown: field.count.optional(), moves: z.array(move).min(1).max(MAX_MOVES).optional() }

/** One entry as its home gives it: statement, receipt, what is left of its packets and its content. */
export const replicaEntry = z.strictObject({
  statement: z.string().max(MAX_STATEMENT),
  at: field.time,
  receipt,
  packets: z.array(z.string().max(2_000_000)).max(2_000),
  /** Letters of the ciphertext that came with it, where that is still there; itself, where it is small. */
  content: field.count.optional(),
  small: z.string().max(REPLICA_SMALL).optional(),
  ...told,
})
export type ReplicaEntry = z.infer<typeof replicaEntry>

/** A statement of the asking node's own log, as it was adopted here: what opens its entry there, and what came with it. */
const ownEntry = z.strictObject({
  index: field.count,
  number: field.count,
  salt: field.key32,
  at: field.time,
  statement: z.string().max(MAX_STATEMENT),
  packets: z.array(z.string().max(2_000_000)).max(2_000),
  content: field.count.optional(),
  ...told,
})
export type OwnEntry = z.infer<typeof ownEntry>

const page = z.strictObject({
  entries: z.array(replicaEntry).max(REPLICA_PAGE),
  /** Where to go on; `end`: there is nothing after it now. */
  next: z.strictObject({ after: field.count, within: field.count }),
  end: z.boolean(),
})
export type ReplicaPage = z.infer<typeof page>

export const replicaEndpoints = {
  entries: {
    name: 'replica.entries',
    method: 'GET',
    path: '/replica/entries',
    allow: { node: 'any' },
    /** `all` says that what stands before the cursor is adopted; `next` looks ahead and says nothing. */
    query: z.strictObject({ ...cursor, only: z.enum(['all', 'next', 'stops']).default('all') }),
    output: page,
    summary:
      'Entries of the chains that the asking node may mirror, in the order of the log; a newly given chain from its beginning.',
  },
  chain: {
    name: 'replica.chain',
    method: 'GET',
    path: '/replica/chain',
    allow: { node: 'any' },
    query: z.strictObject({ of: place, within: place.default(0) }),
    output: page,
    summary: 'The chain in which entry `of` stands, after number `within`.',
  },
  entry: {
    name: 'replica.entry',
    method: 'GET',
    path: '/replica/entry',
    allow: { node: 'any' },
    query: z.strictObject({ of: place, by: whose }),
    output: replicaEntry,
    summary:
      'One entry again, for whoever finds it damaged: by its index in this log, or in that of the node that asks.',
  },
  content: {
    name: 'replica.content',
    method: 'GET',
    path: '/replica/content',
    allow: { node: 'any' },
    query: z.strictObject({ of: place, by: whose, from: place.default(0) }),
    output: z.strictObject({ part: z.string().max(REPLICA_PART), size: field.count }),
    summary:
      'The ciphertext that came with entry `of`, from letter `from` on, within JSON: for nodes of an earlier release.',
  },
  ciphertext: {
    name: 'replica.ciphertext',
    method: 'GET',
    path: '/replica/ciphertext',
    allow: { node: 'any' },
    query: z.strictObject({ of: place, by: whose, from: place.default(0) }),
    /** The letters themselves, REPLICA_PART of them; fewer: there are no more. JSON of a long text costs more than its digest. */
    output: z.any(),
    media: 'application/jose',
    summary: 'The ciphertext that came with entry `of`, from letter `from` on, as it is.',
  },
  stop: stopEndpoint,
  home: {
    name: 'replica.home',
    method: 'POST',
    path: '/replica/home',
    allow: { professional: 'any', desk: 'any', node: 'any' },
    /** `copies`: the others are asked who keeps one, also where the home is known here. */
    input: z.strictObject({ chain: field.handle, copies: z.boolean().optional() }),
    output: z.strictObject({
      origins,
      /** Of nodes that keep a copy; a node of an earlier release says nothing of it. */
      copies: origins.default([]),
      silent: field.count,
    }),
    summary:
      'Journals in which a record is at home, and those of nodes that keep a copy: as known here, or as other nodes say of their own, and how many did not answer. A node that asks, and somebody of another hospital, is told of this one alone; of a copy, only where one of its people, or that person, was given something of the record.',
  },
  seen: {
    name: 'replica.seen',
    method: 'GET',
    path: '/replica/seen',
    allow: { node: 'any' },
    output: z.strictObject({ notes: z.array(z.string().max(20_000)).max(SEEN_NOTES) }),
    summary: 'Checkpoints of the other logs as they were shown here, so that none shows each node another history.',
  },
  own: {
    name: 'replica.own',
    method: 'GET',
    path: '/replica/own',
    allow: { node: 'any' },
    output: z.strictObject({
      /** Entries of the asking node's log that are here. */
      size: field.count,
      /** Checkpoints of it that are here, as its key signed them. */
      notes: z.array(z.string().max(20_000)).max(4),
      /** Its head on the ledger, as this node has it. */
      head: z.strictObject({ size: field.count, root: field.key32 }).optional(),
      /** Where the ledger says the other nodes are. */
      others: z.array(z.strictObject({ origin: z.string().max(100), url: z.string().max(300) })).max(1_000),
    }),
    summary: 'What is here of the asking node’s own log, for one that lost it.',
  },
  ownLeaves: {
    name: 'replica.own.leaves',
    method: 'GET',
    path: '/replica/own/leaves',
    allow: { node: 'any' },
    query: z.strictObject({ from: place.default(0) }),
    /** 32 bytes each, one after another, base64url. */
    output: z.strictObject({ entries: z.string().max(OWN_LEAVES * 43) }),
    summary: 'Bare entries of the asking node’s own log, from `from` on.',
  },
  ownEntries: {
    name: 'replica.own.entries',
    method: 'GET',
    path: '/replica/own/entries',
    allow: { node: 'any' },
    query: z.strictObject({ from: place.default(0), packets: z.enum(['with', 'without']).default('with') }),
    output: z.strictObject({ entries: z.array(ownEntry).max(REPLICA_PAGE), next: field.count, end: z.boolean() }),
    summary: 'Statements of the asking node’s own log that were adopted here, with what is left of their packets.',
  },
  ownGone: {
    name: 'replica.own.gone',
    method: 'GET',
    path: '/replica/own/gone',
    allow: { node: 'any' },
    query: z.strictObject({ after: z.string().max(43).default('') }),
    output: z.strictObject({ gone: z.array(field.digest).max(OWN_GONE) }),
    summary: 'Digests of mirrored chains that were erased: nobody brings them back to their home.',
  },
} as const satisfies Record<string, Endpoint>
