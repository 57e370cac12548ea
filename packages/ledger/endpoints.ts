/** What anybody may ask a node of its ledger, as data. */
import type { Endpoint } from '@salus/base/endpoint'
import { z } from '@salus/base/schema'
import { bodies, MAX_TX_LETTERS } from './contract.ts'

const published = z.strictObject({
  ...bodies['app.publish'].shape,
  org: z.string(),
  height: z.int(),
  /** Milliseconds since 1970: when its block was made. */
  time: z.int(),
})

/** What a member's device may read of the ledger's state; data is an organisation, an opaque id or a digest. */
export const statePaths = [
  ...['members/get', 'members/list', 'members/proposals', 'members/peers', 'machine/seq'],
  ...['market/balance', 'market/treasurer', 'market/credits'],
  ...['market/draws', 'market/order', 'market/datasets', 'market/analyses', 'market/hosts', 'market/requests'],
  ...['market/task', 'market/tasks', 'market/deal'],
] as const
export type StatePath = (typeof statePaths)[number]

const placed = z.strictObject({ height: z.int(), index: z.int(), time: z.int(), digest: z.string() })

/** One row an endpoint: router, client, OpenAPI and the authorisation test read it. */
export const ledgerEndpoints = {
  apps: {
    name: 'ledger.apps',
    method: 'GET',
    path: '/apps',
    allow: { anonymous: 'any', patient: 'any', representative: 'any', professional: 'any', desk: 'any' },
    output: z.strictObject({ apps: z.array(published) }),
    summary:
      'The web apps that members of the consortium say they serve: the digest of each one’s files, by the ledger.',
  },
  submit: {
    name: 'ledger.submit',
    method: 'POST',
    path: '/ledger/transactions',
    allow: { desk: 'any' },
    input: z.strictObject({ tx: z.string().min(1).max(MAX_TX_LETTERS) }),
    output: placed,
    limit: 16 * 1024,
    summary: 'Puts a transaction that an organisation signed on the ledger; answers when its block is durable.',
  },
  state: {
    name: 'ledger.state',
    method: 'GET',
    path: '/ledger/state',
    allow: { desk: 'any' },
    query: z.strictObject({ path: z.enum(statePaths), data: z.string().max(100).optional() }),
    output: z.strictObject({ chain: z.string(), height: z.int(), time: z.int(), value: z.unknown() }),
    summary:
      'What the ledger says now: of members, offers, deals and credits. Members’ desks ask; nothing of a person is in it.',
  },
  blocks: {
    name: 'ledger.blocks',
    method: 'GET',
    path: '/ledger/blocks',
    allow: { desk: 'any' },
    query: z.strictObject({ from: z.coerce.number().int().min(1) }),
    output: z.strictObject({
      blocks: z.array(
        z.strictObject({ height: z.int(), time: z.int(), txs: z.array(z.string()), header: z.string().optional() }),
      ),
    }),
    summary:
      'At most a hundred blocks from a height on, word for word: what members signed, for whoever keeps receipts.',
  },
  next: {
    name: 'ledger.next',
    method: 'GET',
    path: '/ledger/next',
    allow: { desk: 'any' },
    query: z.strictObject({ after: z.coerce.number().int().min(0) }),
    output: z.strictObject({ height: z.int() }),
    summary:
      'Answers when there is a block after the given height, or after twenty seconds: so that nobody has to keep asking.',
  },
} as const satisfies Record<string, Endpoint>
