/** Brings the views to the sources' size after a crash, a failed commit or a drop. The disk is believed, never memory. */
import { equal } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import type { JournalCode } from './contract.ts'
import type { Log } from './log.ts'
import type { Projector } from './project.ts'
import { countStatements, leaves, logSize, recordedHead, statementsBetween } from './sources.store.ts'
import { appliedSize, clearViews, setApplied } from './tiles.store.ts'

/** Entries applied in one transaction. */
const STEP = 512
const closed = () => new AppError<JournalCode>('journal-closed')

export type CatchUpPorts = { readonly sources: Sql; readonly views: Sql }

type Parts = CatchUpPorts & { readonly projector: Projector; readonly log: Log }

/** Returns the function that catches up; it reloads `log` and answers how many entries it applied. */
export function createCatchUp(ports: CatchUpPorts, projector: Projector, log: Log): () => Promise<number> {
  const parts = { ...ports, projector, log }
  return async () => {
    const from = await parts.views.tx(appliedSize)
    const size = await parts.sources.tx(logSize)
    // The sources are older than what was derived from them: a backup was put back (architecture §4, never resumed).
    if (from > size) throw closed()
    const missed = from > 0 && (await erasedIn(parts, from, size))
    if (!missed) await apply(parts, from, size)
    const applied = missed ? await rebuild(parts, size) : size - from
    if (await agrees(parts)) return applied
    await rebuild(parts, size)
    if (!(await agrees(parts))) throw closed()
    return size
  }
}

/** Was something erased in there? Then the order to forget is gone too, and views that missed it still remember. */
const erasedIn = ({ sources }: Parts, from: number, to: number) =>
  sources.tx(async (s) => (await countStatements(s, from, to)) < to - from)

async function apply(parts: Parts, from: number, size: number): Promise<void> {
  parts.log.reload(from)
  for (let at = from; at < size; at += STEP) await applyStep(parts, at, Math.min(at + STEP, size))
}

const applyStep = ({ sources, views, projector, log }: Parts, from: number, to: number) =>
  views.tx((v) =>
    sources.tx(async (s) => {
      const entries = await leaves(s, from, to)
      if (entries.length !== to - from) throw closed()
      for (const stored of await statementsBetween(s, from, to)) await projector.replay(s, v, stored)
      await log.append(v, entries)
      await setApplied(v, to)
    }),
  )

async function rebuild(parts: Parts, size: number): Promise<number> {
  await parts.views.tx(clearViews)
  await apply(parts, 0, size)
  return size
}

/** Do the tiles give the root that was committed with the last group? What they give is what would be signed. */
const agrees = ({ sources, views, log }: Parts) =>
  views.tx((v) =>
    sources.tx(async (s) => {
      const head = await recordedHead(s)
      // A damaged tile may also be missing: then there is no root at all.
      const root = await log.root(v).catch(() => undefined)
      return root !== undefined && (!head || (head.size === log.size() && equal(head.root, root)))
    }),
  )
