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
import { type Mirrored, mirroredOf } from '@salus/journal/mirror'
import { formatVkey, type NoteKey, signedAlone } from '@salus/journal/note'
import { replicaEndpoints as at, SEEN_NOTES } from '@salus/journal/replica'
import { verifyCheckpoint } from '@salus/journal/verify'
import { lastWitnessed } from '@salus/journal/witnessed'
import { type Mirror, pointOf } from './mirror.ts'

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
/** Notes of one log that wait to be judged: its own key signed each. */
const WAITING = 16

/** Which of `logs` signed it, and what it says; undefined for anything else. */
async function readNote(note: string, logs: readonly NoteKey[]) {
  for (const log of logs) {
    const said = await verifyCheckpoint(note, [log]).catch(() => undefined)
    if (said) return { ...said, log, alone: signedAlone(note, log) }
  }
  return undefined
}

export type Doubts = ReturnType<typeof createDoubts>

/** Is our copy whole? What was damaged here accuses nobody. */
async function isWhole({ sources, mirror }: DoubtPorts, origin: string): Promise<Mirrored | undefined> {
  const mirrored = await sources.tx((s) => mirroredOf(s, origin))
  if (!mirrored) return undefined
  const { size, root } = pointOf(mirrored)
  const ours = await mirror.rootAt(origin, size)
  return ours && equal(ours, root) ? mirrored : undefined
}

type Judged = 'right' | 'false' | 'unknown'

/** Holds a checkpoint against the entries that are proven here. What cannot be judged yet is judged when it is shown again. */
function createJudge(ports: DoubtPorts) {
  const { sources, clock, logs, mirror } = ports
  const right = new Set<string>()
  const judge = async (note: string): Promise<Judged> => {
    const said = await readNote(note, logs)
    if (!said) return 'unknown'
    // By what the log itself signed: a line of a stranger's makes no other note of it.
    const name = digest(said.alone)
    if (right.has(name)) return 'right'
    const root = await mirror.rootAt(said.origin, said.size)
    if (!root) return 'unknown'
    if (equal(root, said.root)) {
      if (right.size >= REMEMBERED) right.clear()
      right.add(name)
      return 'right'
    }
    const mirrored = await isWhole(ports, said.origin)
    // A name may have had another key before: two keys' histories contradict nobody.
    if (!mirrored || !(await readNote(mirrored.note, [said.log]))) return 'unknown'
    const split = { origin: said.origin, at: clock(), note: said.alone, against: mirrored.note }
    await sources.tx((s) => saveSplit(s, split))
    return 'false'
  }
  // Where our own copy cannot be read, nothing is judged.
  return (note: string): Promise<Judged> => judge(note).catch(() => 'unknown')
}

/** The worst of each log. */
async function worst(sources: Sql, now: Iterable<Doubt>): Promise<Doubt[]> {
  const split = (await sources.tx(splits)).map(
    ({ origin, at: since }): Doubt => ({ origin, kind: 'log-fork', at: since }),
  )
  return [...split, ...[...now].filter((one) => split.every(({ origin }) => origin !== one.origin))]
}

/** Shown to this node's witness, not cosigned and not judged yet, some of each log: more may be known after the next round. */
function createRefused({ logs }: DoubtPorts, judge: (note: string) => Promise<Judged>) {
  const refused = new Map<string, Set<string>>()
  return {
    all: () => [...refused.values()].flatMap((one) => [...one]),
    async add(note: string): Promise<void> {
      const said = await readNote(note, logs)
      if (!said || (await judge(note)) !== 'unknown') return
      const waiting = refused.get(said.origin) ?? new Set()
      refused.set(said.origin, waiting)
      if (waiting.size < WAITING) waiting.add(said.alone)
    },
    async look(): Promise<void> {
      for (const waiting of refused.values())
        for (const note of waiting) if ((await judge(note)) !== 'unknown') waiting.delete(note)
    },
  }
}

export function createDoubts(ports: DoubtPorts) {
  const { sources, clock, logs, show } = ports
  const now = new Map<string, Doubt>()
  const judge = createJudge(ports)
  const refused = createRefused(ports, judge)
  /** What was cosigned here of the others, what was refused, and what proves a split view. */
  const seen = (): Promise<string[]> =>
    sources.tx(async (s) => {
      const cosigned = await Promise.all(logs.map(async (log) => (await lastWitnessed(s, formatVkey(log)))?.note))
      const proven = (await splits(s)).flatMap(({ note, against }) => [note, against])
      return [...proven, ...refused.all(), ...cosigned.flatMap((note) => note ?? [])].slice(0, SEEN_NOTES)
    })
  return {
    seen,
    isFalse: async (note: string) => (await judge(note)) === 'false',
    /** The log showed what continues it. */
    clear: (origin: string) => void now.delete(origin),
    doubt(origin: string, kind: DoubtKind): void {
      if (now.get(origin)?.kind !== kind) now.set(origin, { origin, kind, at: clock() })
    },
    /** A checkpoint that this node's witness did not cosign. */
    refused: refused.add,
    /** Judges what another node saw; one of this node's own log is shown to that. */
    async hear(told: readonly string[]): Promise<void> {
      for (const note of told) await judge(note)
      for (const note of told) await show(note).catch(() => undefined)
    },
    /** Judges what was seen here. */
    async look(): Promise<void> {
      for (const note of await seen()) await judge(note)
      await refused.look()
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
