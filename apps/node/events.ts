/** Server-sent events: "something about you is new", with its kind and place in the log. The content is fetched, checked, elsewhere. */
import type { Principal } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import type { Sql, Tx } from '@salus/base/sqlite'
import type { Journal } from '@salus/journal/accept'
import type { Accepted } from '@salus/journal/slice'
import type { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'

/** Streams open at once for one person, and in all: load is bounded. */
const PER_PERSON = 8
const IN_ALL = 2_000
const HEARTBEAT_MS = 25_000

export type EventPorts = {
  readonly journal: Journal
  readonly views: Sql
  readonly principal: (request: {
    method: string
    path: string
    authorization?: string
    dpop?: string
  }) => Promise<Principal>
  /** Who beside the chain's owner is told of a statement: the asker of an answered request, a team's members. */
  readonly concerned: (v: Tx, accepted: Accepted<unknown>) => Promise<readonly string[]>
}

type Told = (event: { type: string; index: number }) => void

/** Opens the hub and serves GET /events. */
export function serveEvents(app: Hono, { journal, views, principal, concerned }: EventPorts): void {
  const listeners = new Map<string, Set<Told>>()
  let open = 0

  journal.onAccepted((all) => {
    if (open === 0) return
    void (async () => {
      for (const one of all) {
        const handles = new Set([one.chain, ...(await views.tx((v) => concerned(v, one)))])
        for (const handle of handles) {
          for (const tell of listeners.get(handle) ?? []) tell({ type: one.statement.type, index: one.index })
        }
      }
    })()
  })

  app.get('/events', async (c) => {
    c.set('route' as never, 'events' as never)
    const authorization = c.req.header('authorization')
    const dpop = c.req.header('dpop')
    const caller = await principal({
      ...{ method: 'GET', path: c.req.path },
      ...(authorization ? { authorization } : {}),
      ...(dpop ? { dpop } : {}),
    })
    if (!('handle' in caller)) throw new AppError('session-missing')
    const mine = listeners.get(caller.handle) ?? new Set<Told>()
    if (mine.size >= PER_PERSON || open >= IN_ALL) throw new AppError('not-allowed')
    listeners.set(caller.handle, mine)
    return streamSSE(c, async (stream) => {
      const tell: Told = ({ type, index }) => void stream.writeSSE({ event: type, data: JSON.stringify({ index }) })
      mine.add(tell)
      open++
      stream.onAbort(() => {
        if (!mine.delete(tell)) return
        open--
        if (mine.size === 0) listeners.delete(caller.handle)
      })
      while (!stream.aborted) {
        await stream.writeSSE({ event: 'alive', data: '' })
        await stream.sleep(HEARTBEAT_MS)
      }
    })
  })
}
