/** The consortium as one node sees it now, as data: who is there, what was decided, what is amiss. Public; nothing of a person is in it. */
import type { Endpoint } from '@salus/base/endpoint'
import { z } from '@salus/base/schema'
import { nodeRoles, orgKinds } from './contract.ts'

/** What is amiss, the worst first. Words for each stand where it is shown. */
export const alarms = [
  'journal-shut',
  'head-refused',
  'other-split',
  'other-behind',
  'other-broken',
  'votes-apart',
  'process-away',
  'clocks-apart',
  'process-stuck',
  'process-catching',
  'heads-failing',
  'no-block',
  'unwitnessed',
] as const
export type Alarm = (typeof alarms)[number]

/** Milliseconds since 1970. */
const moment = z.int()
const count = z.int().min(0)

/** One legal entity among the members: its organisations on the ledger, its journal, its vote. */
const member = z.strictObject({
  /** The first is the one by which the roots name it, where they do. */
  orgs: z.array(z.string()).min(1),
  /** As the roots have it; none where they name none of them. */
  name: z.string().optional(),
  kind: z.enum(orgKinds),
  country: z.string(),
  /** Is it the one whose node answers? */
  here: z.boolean(),
  /** Its machine, which votes on blocks. `heard`: does CometBFT beside this node hear it now? */
  node: z.strictObject({ role: z.enum(nodeRoles), url: z.string(), heard: z.boolean().optional() }).optional(),
  /** Its journal's last head on the ledger; `time`: of that block. */
  head: z.strictObject({ size: count, time: moment }).optional(),
})
export type LiveMember = z.infer<typeof member>

/** A transaction: whose, of which type; `about`: an organisation that is voted on; `size`: of the journal that was recorded. */
const tx = z.strictObject({ org: z.string(), type: z.string(), about: z.string().optional(), size: count.optional() })
export type LiveTx = z.infer<typeof tx>

const live = z.strictObject({
  now: moment,
  /** `embedded`: this node alone decides the order. */
  engine: z.enum(['embedded', 'cometbft']),
  chain: z.string(),
  height: count,
  time: moment,
  /** The first letters. */
  appHash: z.string(),
  /** How many members vote on blocks, and how many of them may fail at once while blocks are still made. */
  voters: count,
  tolerated: count,
  /** What CometBFT says of itself; none where there is none, or where it does not answer. */
  process: z.strictObject({ height: count, catching: z.boolean(), heard: count }).optional(),
  members: z.array(member),
  /** The last ones that hold something, the newest first. */
  blocks: z.array(z.strictObject({ height: count, time: moment, txs: z.array(tx) })),
  /** This node's own journal: its entries, and how many of them are under a head on the ledger. */
  journal: z.strictObject({ size: count, recorded: count }),
  /** Who must cosign it (`needed` of `of` others), and how many entries they have cosigned; none where nobody is asked. */
  witnesses: z.strictObject({ needed: count, of: count, cosigned: count }).optional(),
  /** Of each other journal that this node mirrors from: entries looked at, and those still to come. */
  mirrors: z.array(z.strictObject({ org: z.string(), seen: count, behind: count })),
  /** Journals of others that contradict what they showed before, since when, and which alarm that is. */
  doubts: z.array(
    z.strictObject({ org: z.string(), alarm: z.enum(['other-split', 'other-behind', 'other-broken']), at: moment }),
  ),
  /** Whose requests were refused of late since their clock is so many seconds ahead of this one (below 0: behind). */
  clocks: z.array(z.strictObject({ org: z.string(), seconds: z.int() })),
  alarms: z.array(z.enum(alarms)),
})
export type Live = z.infer<typeof live>

export const liveEndpoint = {
  name: 'ledger.live',
  method: 'GET',
  path: '/consortium/live',
  allow: { anonymous: 'any', patient: 'any', representative: 'any', professional: 'any', desk: 'any' },
  output: live,
  summary:
    'The consortium as this node sees it now: members, blocks, witnesses, alarms. Answered in any state; made once a second at most.',
} as const satisfies Endpoint
