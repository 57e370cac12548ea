/**
 * What other logs show that contradicts what they showed before (N31): held against their entries as they are mirrored here, told to
 * whoever asks, and asked of the other nodes, so that a log cannot tell each of them another story.
 */
import { equal } from '@salus/base/bytes'
import type { Clock } from '@salus/base/clock'
import { type Bound, bind } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { saveSplit, splits } from '@salus/journal/doubts'
import { mirroredOf } from '@salus/journal/mirror'
import { formatVkey, type NoteKey, signedAlone } from '@salus/journal/note'
import { replicaEndpoints as at, SEEN_NOTES } from '@salus/journal/replica'
import { verifyCheckpoint } from '@salus/journal/verify'
import { lastWitnessed } from '@salus/journal/witnessed'
import type { Mirror } from './mirror.ts'

/**
 * `journal-behind`: it shows less than it showed; `proof-invalid`: what does not continue it. Both last until it shows better.
 * `log-fork`: its key signed two histories; that stays.
 */
export type DoubtKind = 'journal-behind' | 'proof-invalid' | 'log-fork'
export type Doubt = { readonly origin: string; readonly kind: DoubtKind; readonly at: number }

export type DoubtPorts = {
  readonly sources: Sql
  readonly clock: Clock
  /** The logs of the others: nobody else's notes are looked at. */
  readonly logs: readonly NoteKey[]
  readonly mirror: Pick<Mirror, 'rootAt'>
  /** Takes a checkpoint that may be this node's own log's: one that it does not contain closes it (N10). */
  readonly show: (note: string) => Promise<unknown>
}

/** Notes that were found right, remembered so that none is looked at twice. */
const REMEMBERED = 1_000

/** Which of `logs` signed it, and what it says; undefined for anything else. */
async function readNote(note: string, logs: readonly NoteKey[]) {
  for (const log of logs) {
    const said = await verifyCheckpoint(note, [log]).catch(() => undefined)
    if (said) return { ...said, log, alone: signedAlone(note, log) }
  }
  return undefined
}

export type Doubts = ReturnType<typeof createDoubts>

/**
 * Holds a checkpoint against the entries that are proven here: is it false? What cannot be judged yet is judged when it is shown again.
 */
function createJudge({ sources, clock, logs, mirror }: DoubtPorts) {
  const right = new Set<string>()
  return async (note: string): Promise<boolean> => {
    const name = digest(note)
    const said = right.has(name) ? undefined : await readNote(note, logs)
    const root = said && (await mirror.rootAt(said.origin, said.size))
    if (!root) return false
    if (equal(root, said.root)) {
      if (right.size >= REMEMBERED) right.clear()
      right.add(name)
      return false
    }
    // A name may have had another key before: two keys' histories contradict nobody.
    const against = (await sources.tx((s) => mirroredOf(s, said.origin)))?.note
    if (!against || !(await readNote(against, [said.log]))) return false
    await sources.tx((s) => saveSplit(s, { origin: said.origin, at: clock(), note: said.alone, against }))
    return true
  }
}

/** The worst of each log. */
async function worst(sources: Sql, now: Iterable<Doubt>): Promise<Doubt[]> {
  const split = (await sources.tx(splits)).map(
    ({ origin, at: since }): Doubt => ({ origin, kind: 'log-fork', at: since }),
  )
  return [...split, ...[...now].filter((one) => split.every(({ origin }) => origin !== one.origin))]
}

export function createDoubts(ports: DoubtPorts) {
  const { sources, clock, logs, show } = ports
  const now = new Map<string, Doubt>()
  const judge = createJudge(ports)
  /** Shown to this node's witness and refused, one for each log: more may be known of it after the next round. */
  const refused = new Map<string, string>()
  /** What was cosigned here of the others, what was refused, and what proves a split view. */
  const seen = (): Promise<string[]> =>
    sources.tx(async (s) => {
      const cosigned = await Promise.all(logs.map(async (log) => (await lastWitnessed(s, formatVkey(log)))?.note))
      const proven = (await splits(s)).flatMap(({ note, against }) => [note, against])
      return [...proven, ...refused.values(), ...cosigned.flatMap((note) => note ?? [])].slice(0, SEEN_NOTES)
    })
  return {
    ...{ judge, seen },
    /** The log showed what continues it. */
    clear: (origin: string) => void now.delete(origin),
    doubt(origin: string, kind: DoubtKind): void {
      if (now.get(origin)?.kind !== kind) now.set(origin, { origin, kind, at: clock() })
    },
    /** A checkpoint that this node's witness did not cosign. */
    async refused(note: string): Promise<void> {
      const said = await readNote(note, logs)
      if (said) refused.set(said.origin, said.alone)
    },
    /** Judges what was seen here and at another node. Answers whether a log is proven to have split. */
    async hear(told: readonly string[]): Promise<boolean> {
      for (const note of [...(await seen()), ...told]) await judge(note)
      for (const note of told) await show(note).catch(() => undefined)
      return (await sources.tx(splits)).length > 0
    },
    list: () => worst(sources, now.values()),
  }
}

/** Binds the row by which nodes tell each other what they saw. */
export const doubtRoutes = (doubts: Doubts): Bound[] => [
  bind(at.seen, async ({ principal }) => {
    if (principal.role !== 'node') throw new AppError('not-allowed')
    return { notes: await doubts.seen() }
  }),
]
