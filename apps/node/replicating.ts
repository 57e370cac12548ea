/** Replication over one node's parts (N21-N24): who its peers are, what it hands them, what it pulls from them. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock, Random } from '@salus/base/clock'
import type { Sql } from '@salus/base/sqlite'
import { verifyEd25519Pooled } from '@salus/crypto/verify'
import { logKeys } from '@salus/directory/consortium'
import type { ReadingPort } from '@salus/grants/contract'
import type { Journal } from '@salus/journal/accept'
import { createProjector } from '@salus/journal/project'
import type { Slice } from '@salus/journal/slice'
import type { Engine } from '@salus/ledger/contract'
import { circleRoutes } from './circle.ts'
import { createClocks } from './clocks.ts'
import { createDoubts, doubtRoutes } from './doubts.ts'
import type { Founded } from './found.ts'
import { createHand, replicaRoutes } from './hand.ts'
import { homeRoutes } from './homes.ts'
import { lendRoutes } from './lend.ts'
import { createMirror, type LedgerHead, type Mirror } from './mirror.ts'
import { createNodePrincipal, createNodeSigner, type Fetch, followPeers, type PeerAddress } from './peers.ts'
import { createReplica } from './replica.ts'

/** What was ended before its turn in a mirrored chain came (J29). */
export type IsStopped = (chain: string, id: string) => boolean

/** N24 A grant that was ended so is served no more, whatever the views have come to. */
export const stoppable = (reading: ReadingPort, isStopped: IsStopped): ReadingPort => ({
  ...reading,
  async grant(views, id) {
    const found = await reading.grant(views, id)
    return found && isStopped(found.patient, found.id) ? { ...found, revokedAt: found.revokedAt ?? 0 } : found
  },
})

export type ReplicatingPorts = {
  readonly clock: Clock
  readonly random: Random
  /** Where the other nodes are asked; those the ledger gives an address when not given. */
  readonly peers?: readonly PeerAddress[]
  /** How they are asked: over HTTP when not given. */
  readonly reach?: Fetch
}

type Parts = {
  readonly founded: Founded
  readonly journal: Journal
  readonly sources: Sql
  readonly views: Sql
  readonly slices: readonly Slice[]
  readonly ledger: Pick<Engine, 'query' | 'onCommit'>
}

/** How long a peer may take to answer, milliseconds. */
const PATIENCE = 60_000
/** How long a cosignature waits for the entries it covers, milliseconds. */
const KEEP_UP = 3_000

/**
 * Fetches the bare entries of a log that asks to be cosigned, for a moment: what is cosigned is here (J32). Of a log whose node nobody
 * knows nothing can be fetched: that it goes on from where it was is all that is vouched for.
 */
const createHolds = (mirror: Mirror, others: () => readonly PeerAddress[]) => async (origin: string, size: number) => {
  const peer = others().find((one) => one.origin === origin)
  if (!peer) return true
  const fetched = async () => {
    // What ran already may have asked before the log had come to this size.
    for (let tries = 0; tries < 2 && (await mirror.sizeOf(origin)) < size; tries++) await mirror.pull(peer)
  }
  await Promise.race([fetched().catch(() => undefined), wait(KEEP_UP, undefined, { ref: false })])
  return (await mirror.sizeOf(origin)) >= size
}

/** A log's head on the ledger, as this node has it. */
const headOf =
  (ledger: Parts['ledger']) =>
  async (origin: string): Promise<LedgerHead | undefined> => {
    const found = (await ledger.query('checkpoints/head', origin)) as LedgerHead | undefined
    return found && { size: found.size, root: found.root }
  }

/** How the others are asked until `stop`. */
function reachOf({ reach }: ReplicatingPorts, stop: AbortSignal): Fetch {
  const overHttp: Fetch = (url, init) =>
    fetch(url, { ...init, signal: AbortSignal.any([stop, AbortSignal.timeout(PATIENCE)]) })
  // Whoever is asked after the end does not answer: a round that runs ends there.
  return (url, init) => (stop.aborted ? Promise.reject(new TypeError('closing')) : (reach ?? overHttp)(url, init))
}

export async function createReplicating({ founded, slices, ledger, ...at }: Parts, ports: ReplicatingPorts) {
  const { clock, random } = ports
  const stop = new AbortController()
  const reach = reachOf(ports, stop.signal)
  const own = founded.logKey.key.name
  const known = await followPeers(founded.roots, ledger)
  const projector = createProjector(slices)
  const all = (): readonly PeerAddress[] =>
    ports.peers ?? known().flatMap(({ origin, url }) => (url === undefined ? [] : [{ origin, url }]))
  const others = () => all().filter((one) => one.origin !== own)
  const logs = logKeys(founded.roots)
  const head = headOf(ledger)
  const mirror = createMirror({ sources: at.sources, logs, fetch: reach, head })
  const theirs = logs.filter((one) => one.name !== own)
  const doubts = createDoubts({ ...{ ...at, clock, mirror }, show: at.journal.show, logs: theirs })
  const sign = createNodeSigner(founded, { clock, random })
  const clocks = createClocks(clock)
  const replica = createReplica({
    ...{ ...at, projector, mirror, doubts, fetch: reach, sign },
    peers: others,
  })
  return {
    ...{ replica, doubts, clocks, sign, others, fetch: reach },
    /** Ends what runs: nothing is asked of the stores after it. */
    async close() {
      stop.abort()
      await replica.settle()
    },
    routes: [
      ...replicaRoutes(createHand({ ...at, projector }), at.journal),
      ...doubtRoutes(doubts),
      ...homeRoutes({ ...at, own, others, peers: known, sign, fetch: reach, clock }),
      ...lendRoutes({ sources: at.sources, projector, logs, head, others: all }),
      ...circleRoutes({ ...at, roots: founded.roots, peers: known, addresses: all, own }),
    ],
    holds: createHolds(mirror, others),
    principal: createNodePrincipal(known, own, verifyEd25519Pooled, clock, clocks),
  }
}
