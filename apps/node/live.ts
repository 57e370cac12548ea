/** What this node sees of the consortium now (N30): asked of its ledger, its journal and CometBFT beside it, and never guessed. */
import type { Clock } from '@salus/base/clock'
import { type Bound, bind } from '@salus/base/endpoint'
import { isAppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import type { Journal } from '@salus/journal/accept'
import { cursorOf } from '@salus/journal/adopted'
import { parsePolicy, witnessesFor } from '@salus/journal/policy'
import type { Head } from '@salus/ledger/checkpoints'
import { createRpc } from '@salus/ledger/comet/rpc'
import type { Block, Engine } from '@salus/ledger/contract'
import { type Live, liveEndpoint } from '@salus/ledger/live'
import type { Member } from '@salus/ledger/members'
import type { Apart } from './clocks.ts'
import { hasComet, readCometFile } from './comet.ts'
import type { Doubt, DoubtKind } from './doubts.ts'
import type { Founded } from './found.ts'
import { createLag } from './lag.ts'
import { type CometWord, shownBlocks, viewOf } from './liveview.ts'
import { witnessesOf } from './proposal.ts'

/** Blocks that hold something, and among how many of the newest they are looked for: every other one proves the one before. */
const SHOWN = 20
const LOOKED_AT = 60
/** However many ask, the view is made once in this time, ms. */
const LASTS = 1_000

/** Where it is asked, whatever state the node is in. */
export const LIVE = liveEndpoint.path

/** Codes by which the ledger refuses a head, whenever it is sent: not a moment's trouble. */
const refusals: ReadonlySet<string> = new Set(['log-rewind', 'log-fork', 'log-proof-invalid', 'origin-other'])

export type LivePorts = {
  readonly dir: string
  readonly founded: Founded
  readonly ledger: Engine
  readonly journal: Journal
  readonly sources: Sql
  /** Logs of others that contradict themselves. */
  readonly doubts: () => Promise<readonly Doubt[]>
  /** Operators whose clocks are too far from this one's. */
  readonly clocks: () => readonly Apart[]
  /** How many entries of the own journal a quorum has cosigned. */
  readonly cosigned: () => number
  readonly clock: Clock
}

/** What the host knows besides. */
export type Condition = { readonly shut: boolean; readonly failing: boolean }

export type LiveWatch = {
  /** The same `advance`, and its refusals are remembered. */
  readonly watch: (advance: () => Promise<void>) => () => Promise<void>
  readonly routes: (condition: () => Condition) => Bound[]
}

/** Who must cosign this node's log; undefined where nobody is asked. */
function witnessingOf({ roots, logKey }: Founded, cosigned: () => number) {
  const { quorum } = witnessesOf(roots.policy)
  const others = witnessesFor(parsePolicy(roots.policy), logKey.key.name)
  return quorum === 0 ? undefined : () => ({ needed: quorum, of: others.length, cosigned: cosigned() })
}

/** CometBFT's own word; undefined where it does not answer. */
async function wordOf(dir: string): Promise<(() => Promise<CometWord | undefined>) | undefined> {
  if (!hasComet(dir)) return undefined
  const rpc = createRpc((await readCometFile(dir)).rpc)
  return async () => {
    try {
      const [{ height, catching }, heard, furthest] = await Promise.all([rpc.status(), rpc.heard(), rpc.furthest()])
      return { height, catching, heard, furthest }
    } catch {
      return undefined
    }
  }
}

/** How far each other journal was looked at, where anything was: nothing is said of what never began. */
async function mirrorsOf({ founded, sources }: LivePorts, heads: readonly Head[]): Promise<Live['mirrors']> {
  const own = founded.logKey.key.name
  const found: Live['mirrors'] = []
  for (const { origin, org, size } of heads.filter((one) => one.origin !== own)) {
    const { after: seen } = await sources.tx((s) => cursorOf(s, origin))
    if (seen > 0) found.push({ org, seen, behind: Math.max(0, size - seen) })
  }
  return found
}

const alarmOf: Readonly<Record<DoubtKind, Live['doubts'][number]['alarm']>> = {
  ...{ 'log-fork': 'other-split', 'journal-behind': 'other-behind', 'proof-invalid': 'other-broken' },
}

/** Whose the journals are that contradict themselves. */
const doubtsOf = async ({ founded, doubts }: LivePorts): Promise<Live['doubts']> =>
  (await doubts()).flatMap(({ origin, kind, at }) => {
    const log = founded.roots.journals.find((one) => one.origin === origin)
    return log ? [{ org: log.operator, alarm: alarmOf[kind], at }] : []
  })

const newest = async (ledger: Engine, height: number): Promise<Block[]> =>
  (await ledger.blocks(Math.max(1, height - LOOKED_AT + 1), LOOKED_AT))
    .filter(({ txs }) => txs.length > 0)
    .slice(-SHOWN)

/** Since when something waits is known to nobody afterwards: watched from the moment the node is open. */
async function watchLags({ founded, ledger, journal, cosigned, clock }: LivePorts, asked: boolean) {
  const own = founded.logKey.key.name
  const [unrecorded, uncosigned, missing] = [createLag(clock), createLag(clock), createLag(clock)]
  const look = async (told?: CometWord) => {
    const size = journal.log.size()
    const recorded = ((await ledger.query('checkpoints/head', own)) as Head | undefined)?.size ?? 0
    // What the witnesses have not cosigned is not for the ledger yet (J32): that is their absence, and no other.
    const sayable = asked ? Math.min(size, cosigned()) : size
    const lags = { unrecorded: unrecorded(sayable, recorded), uncosigned: asked ? uncosigned(size, cosigned()) : 0 }
    return { journal: { size, recorded }, lags: { ...lags, missing: told ? missing(told.furthest, told.height) : 0 } }
  }
  journal.onAccepted(() => void look().catch(() => undefined))
  await look()
  return look
}

/** Makes the view anew each time it is called. */
async function createSight(ports: LivePorts) {
  const { dir, founded, ledger, cosigned, clock } = ports
  const word = await wordOf(dir)
  const witnesses = witnessingOf(founded, cosigned)
  const look = await watchLags(ports, witnesses !== undefined)
  return async (condition: Condition & { readonly refused: boolean }): Promise<Live> => {
    const [info, members, heads, told] = await Promise.all([
      ledger.info(),
      ledger.query('members/list', '') as Promise<Member[]>,
      ledger.query('checkpoints/list', '') as Promise<Head[]>,
      word?.(),
    ])
    const { journal, lags } = await look(told)
    return viewOf({
      ...{ founded, info, members, heads, now: clock(), alone: ledger.alone, word: told, journal },
      blocks: shownBlocks(await newest(ledger, info.height)),
      ...(witnesses ? { witnesses: witnesses() } : {}),
      mirrors: await mirrorsOf(ports, heads),
      doubts: await doubtsOf(ports),
      clocks: [...ports.clocks()],
      condition: { ...condition, ...lags },
    })
  }
}

/** Opened with the node; what its `routes` answer is made once a second at most. */
export async function createLive(ports: LivePorts): Promise<LiveWatch> {
  const { clock } = ports
  const see = await createSight(ports)
  let refused = false
  let made: { readonly at: number; readonly view: Promise<Live> } | undefined
  return {
    watch: (advance) => async () => {
      try {
        await advance()
        refused = false
      } catch (error) {
        refused = isAppError(error) && refusals.has(error.code)
        throw error
      }
    },
    routes: (condition) => [
      bind(liveEndpoint, () => {
        const at = clock()
        // A clock that is set back does not hold the old view up.
        if (!made || Math.abs(at - made.at) >= LASTS) made = { at, view: see({ ...condition(), refused }) }
        return made.view
      }),
    ],
  }
}
