/** Server-sent events: "something about you is new", with its kind and place in the log. The content is fetched, checked, elsewhere. */
import { type Asked, type Bound, bind, type Endpoint } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import { z } from '@salus/base/schema'
import type { Sql, Tx } from '@salus/base/sqlite'
import type { Journal } from '@salus/journal/accept'
import type { Accepted } from '@salus/journal/slice'

/** Streams open at once for one person, and in all: load is bounded. */
const PER_PERSON = 8
const IN_ALL = 2_000
const HEARTBEAT_MS = 25_000

export type EventPorts = {
  readonly journal: Journal
  readonly views: Sql
  /** Who beside the chain's owner is told of a statement: the asker of an answered request, a team's members. */
  readonly concerned: (v: Tx, accepted: Accepted<unknown>) => Promise<readonly string[]>
}

const eventsEndpoint = {
  name: 'node.events',
  method: 'GET',
  path: '/events',
  allow: { patient: 'any', representative: 'any', professional: 'any' },
  media: 'text/event-stream',
  output: z.string(),
  summary: 'Server-sent events: what concerns the caller, as its kind and its place in the log. Ends with the session.',
} as const satisfies Endpoint

type Told = { type: string; index: number }
type Tell = (event: Told) => void

/** The hub: who listens, and for whom. */
function createHub({ journal, views, concerned }: EventPorts) {
  const listeners = new Map<string, Set<Tell>>()
  let open = 0
  const told = async (all: readonly Accepted<unknown>[]) => {
    for (const one of all) {
      const handles = new Set([one.chain, ...(await views.tx((v) => concerned(v, one)))])
      for (const handle of handles) {
        for (const tell of listeners.get(handle) ?? []) tell({ type: one.statement.type, index: one.index })
      }
    }
  }
  // An event is a hint: whoever misses one finds the same when it next looks.
  journal.onAccepted((all) => void (open > 0 && told(all).catch(() => undefined)))
  return {
    /** Listens for `handle`; the answer stops it, once. */
    add(handle: string, tell: Tell): () => void {
      const mine = listeners.get(handle) ?? new Set<Tell>()
      if (mine.size >= PER_PERSON || open >= IN_ALL) throw new AppError('too-many-streams')
      listeners.set(handle, mine.add(tell))
      open++
      return () => {
        if (!mine.delete(tell)) return
        open--
        if (mine.size === 0 && listeners.get(handle) === mine) listeners.delete(handle)
      }
    },
  }
}

/** Binds GET /events. A stream ends when its session does: asked again at each event and each heartbeat (D16). */
export function eventRoutes(ports: EventPorts): Bound[] {
  const hub = createHub(ports)
  return [bind(eventsEndpoint, async (asked) => stream(hub, asked) as never)]
}

function stream(hub: ReturnType<typeof createHub>, { principal, alive }: Asked<typeof eventsEndpoint>): Response {
  const handle = 'handle' in principal ? principal.handle : ''
  const text = new TextEncoder()
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const end = () => {
        stop()
        try {
          controller.close()
        } catch {
          // Closed already, by the reader.
        }
      }
      const write = async (event: string, data: string) => {
        if (!(await alive().catch(() => false))) return end()
        controller.enqueue(text.encode(`event: ${event}\ndata: ${data}\n\n`))
      }
      // Refused where there are too many: then nothing was begun that would have to be ended.
      const leave = hub.add(handle, ({ type, index }) => void write(type, JSON.stringify({ index })).catch(end))
      const beat = setInterval(() => void write('alive', '').catch(end), HEARTBEAT_MS)
      beat.unref()
      stop = () => {
        clearInterval(beat)
        leave()
      }
      controller.enqueue(text.encode('event: alive\ndata: \n\n'))
    },
    cancel: () => stop(),
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
}
