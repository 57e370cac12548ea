/** Brings the views to the sources' size after a crash, a failed commit or a drop. The disk is believed, never memory. */
import { equal } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import type { JournalCode } from './contract.ts'
import type { Log } from './log.ts'
import type { Projector } from './project.ts'
import { leaves, logSize, recordedHead, statementsBetween } from './sources.store.ts'
import { appliedSize, clearViews, setApplied } from './tiles.store.ts'

/** Entries applied in one transaction. */
const STEP = 512
const closed = () => new AppError<JournalCode>('journal-closed')

export type CatchUpPorts = { readonly sources: Sql; readonly views: Sql }

/** Returns the function that catches up; it reloads `log` and answers how many entries it applied. */
export function createCatchUp({ sources, views }: CatchUpPorts, projector: Projector, log: Log) {
  const step = (from: number, to: number) =>
    views.tx((v) =>
      sources.tx(async (s) => {
        const entries = await leaves(s, from, to)
        if (entries.length !== to - from) throw closed()
        for (const stored of await statementsBetween(s, from, to)) await projector.replay(s, v, stored)
        await log.append(v, entries)
        await setApplied(v, to)
      }),
    )

  async function apply(from: number, size: number): Promise<void> {
    log.reload(from)
    for (let at = from; at < size; at += STEP) await step(at, Math.min(at + STEP, size))
  }

  async function rebuild(size: number): Promise<number> {
    await views.tx(clearViews)
    await apply(0, size)
    return size
  }

  /** Was something erased in there? Then the order to forget is gone too, and views that missed it still remember. */
  const erasedIn = (from: number, to: number) =>
    sources.tx(async (s) => (await statementsBetween(s, from, to)).length < to - from)

  /** Do the tiles give the root that was committed with the last group? What they give is what would be signed. */
  const agrees = () =>
    views.tx((v) =>
      sources.tx(async (s) => {
        const head = await recordedHead(s)
        return !head || (head.size === log.size() && equal(head.root, await log.root(v).catch(() => new Uint8Array(0))))
      }),
    )

  return async (): Promise<number> => {
    const from = await views.tx(appliedSize)
    const size = await sources.tx(logSize)
    // The sources are older than what was derived from them: a backup was put back (architecture §4, never resumed).
    if (from > size) throw closed()
    const missed = from > 0 && (await erasedIn(from, size))
    if (!missed) await apply(from, size)
    const applied = missed ? await rebuild(size) : size - from
    if (await agrees()) return applied
    await rebuild(size)
    if (!(await agrees())) throw closed()
    return size
  }
}
