/**
 * The one way in (architecture §8.2): parse -> signature -> credential -> rules -> one transaction
 * {statement, salt, leaf, packets, view rows} -> receipt. This file joins the parts: prepare (ahead of the group),
 * group (who is written together), write (a group's life), admit (one submission in it), head, catchup.
 */
import { base64url } from '@salus/base/bytes'
import type { Facts } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import { type AdmitPorts, createAdmit } from './admit.ts'
import { type Adoption, createAdopt, createStop } from './adopt.ts'
import { departedAt, stops } from './adopted.store.ts'
import { createCatchUp } from './catchup.ts'
import type { Receipt, Submission } from './contract.ts'
import { createQueue, type Queue } from './group.ts'
import { createHead, type Head, type LogKey } from './head.ts'
import { type Told, toldOfAll } from './home.ts'
import { createLog, type LogReads, readsUpTo, type SpanRoots } from './log.ts'
import type { NoteKey } from './note.ts'
import { createPrepare, type PreparePorts } from './prepare.ts'
import { createProjector } from './project.ts'
import { formatProof } from './proof.ts'
import { createShow, type ShownPorts } from './shown.ts'
import type { Accepted, Slice } from './slice.ts'
import { type Stored, statementAt } from './sources.store.ts'
import { TILE_SCHEMA } from './tiles.store.ts'
import type { Witnessing } from './witnessing.ts'
import { createWriter, type Writer } from './write.ts'

export type JournalPorts = PreparePorts &
  AdmitPorts & {
    readonly slices: readonly Slice[]
    readonly logKey: LogKey
    /** The other logs of the roots, whose statements may be adopted; none when not given. */
    readonly homes?: readonly NoteKey[]
    /** Writes store ids of erased chains down, outside of everything that a backup holds (J24). */
    readonly rememberErased?: (ids: readonly string[]) => Promise<void>
    /** Keeps what proves that this log was rolled back or forked. */
    readonly keepEvidence?: ShownPorts['keep']
  }

export type { Told } from './home.ts'

type Listener = (accepted: readonly Accepted<unknown>[]) => void

export type Journal = {
  /** All statements of the submission or none. `journal-failed` does not say that nothing was kept: send the same again. */
  accept(submission: Submission): Promise<Receipt[]>
  /** Takes in what stands in another log, all or none; answers this log's own receipts (decision 0020). */
  adopt(items: readonly Adoption[]): Promise<Receipt[]>
  /** Ends at once what the statement takes away, whatever has come of its chain (J29); `from`: the log it was listed in. */
  stop(statement: string, from?: string): Promise<void>
  /** What whoever adopts these has to know of them beside their places here (J34). */
  told(rows: readonly Stored[]): Promise<readonly Told[]>
  /** Was this ended so, or the whole chain? */
  isStopped(chain: string, id: string): boolean
  /** The latest signed checkpoint. */
  checkpoint(): string
  /** A statement and its receipt under the latest checkpoint; undefined when it is erased or not there yet. */
  receiptAt(index: number): Promise<{ stored: Stored; receipt: Receipt } | undefined>
  /** The receipts of statements as they were just read; undefined for what is not there yet. */
  receiptsOf(all: readonly Stored[]): Promise<(Receipt | undefined)[]>
  /** The same of what erased a chain, while somebody who mirrors it has yet to be told (J30). */
  partingAt(index: number): Promise<{ stored: Stored; receipt: Receipt } | undefined>
  /**
   * The latest checkpoint; under it, the proof of the entry at `index`, and that it continues the log of `seen` entries (where it
   * is longer). Undefined when the entry's statement is erased.
   */
  prove(index: number | undefined, seen: number): Promise<Proven | undefined>
  /** The log up to the latest checkpoint. */
  readonly log: LogReads
  /** Whom to ask for cosignatures from now on: receipts are provisional until the policy is met. */
  follow(witnessing: Pick<Witnessing, 'active' | 'covering'>): void
  /** Throws when nothing may be served: `journal-closed`, or `journal-failed` after a recovery that failed. */
  check(): void
  /** Serves and takes nothing any more: a witness or a client has shown that this log was rolled back or forked. */
  close(facts: Facts): void
  /** Looks at a checkpoint that somebody holds (J23): afterwards `check` throws where it proves a rollback or a fork. */
  show(note: string): Promise<void>
  /** Called after each durable group with what was accepted, in order: pushes hang on it, never rules. */
  onAccepted(listener: Listener): void
  /**
   * Applies to the views every statement they have not taken in yet, between two groups. Returns how many. Views that
   * missed an erasure, or whose tiles are damaged, are cleared first and made again.
   */
  catchUp(): Promise<number>
}

/** SQL of the journal's own views and of every slice's. */
export const viewSchema = (slices: readonly Slice[]): string =>
  [TILE_SCHEMA, ...slices.map((slice) => slice.views)].join('\n')

/** Opens the journal over its sources and views: catches the views up, settles, signs the first checkpoint. */
export async function openJournal(ports: JournalPorts): Promise<Journal> {
  const { sources, views, rememberErased, keepEvidence: keep, logKey, origin, homes: logs = [] } = ports
  const projector = createProjector(ports.slices)
  const prepare = createPrepare(ports, projector)
  const admit = createAdmit(ports, projector)
  const log = createLog(0)
  const head = createHead(origin, logKey, log)
  const catchUp = createCatchUp(ports, projector, log)
  const { listeners, tell } = createListeners()
  const remembering = rememberErased ? { rememberErased } : {}
  const writer = createWriter({ sources, views, log, head, admit, catchUp, tell, ...remembering })
  const queue = createQueue(writer.write)
  await writer.start()
  const reads = readsUpTo(log, head.size)
  const adopting = {
    adopt: createAdopt({ origin, logs, own: logKey.key, projector, prepare }),
    stop: createStop(ports, projector),
  }
  const shown = { log: reads, views, key: logKey.key, close: writer.close, ...(keep ? { keep } : {}) }
  return {
    async accept(submission) {
      writer.check()
      return queue.add(await prepare(submission))
    },
    ...adoptions(adopting, writer, queue, new Set(await sources.tx(stops))),
    ...proofs({ sources, views, head, log }, writer),
    told: (rows) => sources.tx((s) => toldOfAll(s, projector, rows)),
    checkpoint: head.note,
    log: reads,
    show: createShow(shown),
    follow: head.follow,
    close: writer.close,
    check: writer.check,
    onAccepted: (listener) => void listeners.push(listener),
    catchUp: () => queue.alone(writer.start),
  }
}

type Adopting = { readonly adopt: ReturnType<typeof createAdopt>; readonly stop: ReturnType<typeof createStop> }

/** What comes from other logs, in the same groups as everything else. `stopped` follows the disk. */
const adoptions = (
  { adopt, stop }: Adopting,
  { check }: Writer,
  queue: Queue,
  stopped: Set<string>,
): Pick<Journal, 'adopt' | 'stop' | 'isStopped'> => ({
  async adopt(items) {
    check()
    return queue.add(await adopt(items))
  },
  async stop(statement, from) {
    check()
    for (const one of await stop(statement, from)) stopped.add(one)
  },
  isStopped: (chain, id) => stopped.has(`${chain} ${id}`) || stopped.has(`${chain} ${chain}`),
})

const proofs = (at: Proving, { check }: Writer): Pick<Journal, 'receiptAt' | 'receiptsOf' | 'partingAt' | 'prove'> => {
  const { sources, views, head } = at
  return {
    async receiptAt(index) {
      check()
      return receiptAt(sources, views, head, index)
    },
    async receiptsOf(all) {
      check()
      return receiptsOf(views, head, all)
    },
    async partingAt(index) {
      check()
      return receiptAt(sources, views, head, index, true)
    },
    async prove(index, seen) {
      check()
      return prove(at, index, seen)
    },
  }
}

const receiptAt = (sources: Sql, views: Sql, head: Head, index: number, parting = false) =>
  views.tx(async (v) => {
    const stored = await sources.tx((s) => (parting ? departedAt : statementAt)(s, index))
    if (!stored || index >= head.size()) return undefined
    return { stored, receipt: await head.receipt(v, { ...stored, index }) }
  })

const receiptsOf = (views: Sql, head: Head, all: readonly Stored[]) =>
  views.tx(async (v) => {
    const receipts: (Receipt | undefined)[] = []
    const seen: SpanRoots = new Map()
    for (const one of all)
      receipts.push(one.idx < head.size() ? await head.receipt(v, { ...one, index: one.idx }, seen) : undefined)
    return receipts
  })

type Proven = { readonly checkpoint: string; readonly proof?: string; readonly consistency?: string[] }
type Proving = { readonly sources: Sql; readonly views: Sql; readonly head: Head; readonly log: LogReads }

/** All under one checkpoint: the head does not move while the views are held. */
const prove = ({ sources, views, head, log }: Proving, index: number | undefined, seen: number) =>
  views.tx(async (v): Promise<Proven | undefined> => {
    const [size, checkpoint] = [head.size(), head.note()]
    if (index !== undefined && !(await sources.tx((s) => statementAt(s, index)))) return undefined
    const path = index === undefined ? undefined : await log.inclusion(v, index, size)
    const proof = index === undefined || !path ? {} : { proof: formatProof({ index, path, checkpoint }) }
    const grown = seen > 0 && seen < size ? await log.consistency(v, seen, size) : undefined
    return { checkpoint, ...proof, ...(grown ? { consistency: grown.map(base64url) } : {}) }
  })

/** A listener that throws harms neither the others nor the next group. */
function createListeners(): { listeners: Listener[]; tell: Listener } {
  const listeners: Listener[] = []
  const tell: Listener = (accepted) => {
    for (const listener of listeners) {
      try {
        listener(accepted)
      } catch {
        // What is pushed is a hint; whoever missed it finds the statement in the chain.
      }
    }
  }
  return { listeners, tell }
}
