/** What is looked at before anything is served (N6, N7): as much as how the files were left asks for. */
import { AppError, isAppError } from '@salus/base/errors'
import { isWhole, type Sql } from '@salus/base/sqlite'
import { forgetSessions } from '@salus/directory/register'
import type { JournalCode } from '@salus/journal/contract'
import { type Faults, inspectSources, type Vouching } from '@salus/journal/inspect'
import { parsePolicy } from '@salus/journal/policy'
import type { Slice } from '@salus/journal/slice'
import type { Engine } from '@salus/ledger/contract'
import { type NodeCode, reading } from './errors.ts'
import type { Founded } from './found.ts'
import { isChanged, type Last } from './last.ts'

const sourcesDamaged = (faults: Faults) => new AppError<JournalCode>('sources-damaged', { ...faults })

/** What the cosigned checkpoints in a founded folder's sources are held against. */
export const vouchingOf = ({ logKey, roots }: Pick<Founded, 'logKey' | 'roots'>): Vouching => ({
  key: logKey.key,
  policy: parsePolicy(roots.policy),
})

/**
 * After a clean stop with nothing changed the files are those that were closed. Else every row that something can be held against
 * is looked at: the views are made from them, and their columns repeat what a token signs without being signed. A chain that went
 * on from a flipped leaf could never be mended. What carries no proof and can be had again, the sessions, is dropped.
 */
export async function checkSources(
  last: Last,
  sources: Sql,
  slices: readonly Slice[],
  founded: Founded,
): Promise<void> {
  if (last.how === 'stopped' && !isChanged(last, 'sources.db')) return
  const { faults } = await inspectSources(sources, slices, vouchingOf(founded))
  if (Object.keys(faults).length > 0) throw sourcesDamaged(faults)
  await sources.tx(forgetSessions)
}

/** Opens the ledger; what is wrong with it is said as the ledger's. A changed file is replayed from its genesis. */
export const checkedLedger = (last: Last, path: string, open: () => Promise<Engine>): Promise<Engine> =>
  reading('ledger-damaged', async () => {
    const changed = isChanged(last, 'ledger.db')
    if (changed && !isWhole(path)) throw new AppError<NodeCode>('ledger-damaged')
    const ledger = await open()
    if (!changed) return ledger
    try {
      await ledger.verify()
      return ledger
    } catch (error) {
      await ledger.close()
      throw error
    }
  })

/** Codes that say for themselves what is the matter; making the views again would not change it. */
const settled: ReadonlySet<string> = new Set<JournalCode | NodeCode>([
  ...([
    'journal-closed',
    'journal-failed',
    'journal-ended',
    'sources-damaged',
    'node-running',
    'data-format-newer',
  ] as const),
  ...([
    'data-format-older',
    'erased-damaged',
    'erased-cut-short',
    'evidence-damaged',
    'marker-damaged',
    'roots-damaged',
    'genesis-damaged',
    'key-damaged',
    'ledger-damaged',
  ] as const),
])

/** May the views be the reason why the folder did not open? They can be lost: made again, they are asked once more. */
export const viewsMayBeAtFault = (error: unknown): boolean =>
  isAppError(error) ? !settled.has(error.code) : !('errcode' in (error as object) || 'syscall' in (error as object))

/** The views are fresh now: what still does not hold is in the sources they were made from. */
export const blamed = (error: unknown): unknown =>
  (isAppError(error) && !settled.has(error.code)) || error instanceof SyntaxError
    ? new AppError<JournalCode>('sources-damaged', {}, { cause: error })
    : error
