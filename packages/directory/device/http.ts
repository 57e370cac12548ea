/** One HTTP client for every device: an endpoint row in, its typed answer out; errors come back as the same AppError. */
import type { Clock, Random } from '@salus/base/clock'
import type { Call, Endpoint } from '@salus/base/endpoint'
import { AppError, type Facts } from '@salus/base/errors'
import { checkWith, z } from '@salus/base/schema'
import { type Session, sessionHeaders } from './session.ts'

/** What carries requests: the platform's fetch, or straight into the app. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>
/** One node's address, and the clock and randomness proofs are made with. */
export type Wire = { readonly fetch: Fetch; readonly base: string; readonly clock: Clock; readonly random: Random }

/** RFC 9457 problem details as our nodes write them. */
const problem = z.object({
  code: z.string().regex(/^[a-z][a-z0-9-]{1,60}$/),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
})

function pathOf(endpoint: Endpoint, params: Readonly<Record<string, string | number>> = {}): string {
  return endpoint.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')))
}

async function failure(response: Response): Promise<AppError> {
  const parsed = problem.safeParse(await response.json().catch(() => undefined))
  const facts: Facts = parsed.success ? (parsed.data.facts ?? {}) : { status: response.status }
  return new AppError(parsed.success ? parsed.data.code : 'node-answer-unreadable', facts)
}

/** A caller for one node. `session` is asked at each call, so that it may be renewed; without one, calls are anonymous. */
export function createCall(wire: Wire, session: () => Session | undefined = () => undefined): Call {
  return async (endpoint, request = {}) => {
    const path = pathOf(endpoint, request.params)
    const query = new URLSearchParams(Object.entries(request.query ?? {}).map(([k, v]) => [k, String(v)])).toString()
    const current = session()
    const { method } = endpoint
    const headers: Record<string, string> = current ? await sessionHeaders(current, { method, path }, wire) : {}
    const init: RequestInit = { method, headers }
    if (method === 'POST') {
      headers['content-type'] = 'application/json'
      init.body = JSON.stringify(request.input ?? {})
    }
    const response = await wire.fetch(`${wire.base}${path}${query ? `?${query}` : ''}`, init).catch((cause) => {
      throw new AppError('node-unreachable', {}, { cause })
    })
    if (!response.ok) throw await failure(response)
    const answer = await response.json().catch((cause) => {
      throw new AppError('node-answer-unreadable', { status: response.status }, { cause })
    })
    return checkWith(endpoint.output, answer) as never
  }
}
