/** Cosignatures both ways: how this node's log gets them, and which other logs it cosigns. */
import type { Clock } from '@salus/base/clock'
import type { Sql } from '@salus/base/sqlite'
import { logKeys, type Roots } from '@salus/directory/consortium'
import type { Journal } from '@salus/journal/accept'
import type { NoteKey } from '@salus/journal/note'
import { parsePolicy } from '@salus/journal/policy'
import { createWitness } from '@salus/journal/witness'
import { type AskText, createWitnessing, type Witnessing } from '@salus/journal/witnessing'
import type { Founded } from './found.ts'
import type { createReplicating } from './replicating.ts'

/** Receipts are provisional until the policy's witnesses have cosigned: asked after each group, off the request path. */
export async function witnessingOf(
  roots: Roots,
  at: { journal: Journal; sources: Sql; views: Sql },
  ask: AskText,
  key: NoteKey,
  onWitnessed: () => void,
) {
  const { journal, sources, views } = at
  const onBehind = ({ note }: { note: string }) => void journal.show(note).catch(() => undefined)
  const asking = {
    policy: parsePolicy(roots.policy),
    log: journal.log,
    note: journal.checkpoint,
    sources,
    views,
    ask,
    key,
  }
  const witnessing = await createWitnessing({ ...asking, onBehind, onWitnessed })
  journal.follow(witnessing)
  const round = () => void witnessing.ask().catch(() => undefined)
  if (witnessing.active) {
    journal.onAccepted(round)
    void witnessing.look().catch(() => undefined)
    round()
  }
  return witnessing
}

/** How much of the own journal may stand on the ledger. */
export const sayableOf = (journal: Pick<Journal, 'log'>, { active, best }: Witnessing): number =>
  active ? best().size : journal.log.size()

export type Cosigning = {
  readonly founded: Founded
  readonly origin: string
  readonly sources: Sql
  readonly followed: readonly NoteKey[]
  readonly replicating: Pick<Awaited<ReturnType<typeof createReplicating>>, 'holds' | 'doubts'>
}

/** This node cosigns the other logs of the consortium, and those its administrator has it follow (N16). */
export function witnessOf({ founded, origin, sources, followed, replicating }: Cosigning, clock: Clock) {
  const rooted = logKeys(founded.roots)
  const others = rooted.filter((one) => one.name !== origin)
  // Of one name the roots' key counts and no other, whatever a list of an earlier version says.
  const strangers = followed.filter((one) => rooted.every(({ name }) => name !== one.name))
  return createWitness({
    ...founded.witnessKey,
    logs: [...others, ...strangers],
    sources,
    clock,
    holds: replicating.holds,
    isFalse: replicating.doubts.isFalse,
    onRefused: (note) => void replicating.doubts.refused(note).catch(() => undefined),
  })
}
