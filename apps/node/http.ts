/** The HTTP edge: one Hono app made from endpoint rows. Every request is parsed, its caller known, its rule asked, here. */
import type { Asked, Bound, Endpoint, Principal } from '@salus/base/endpoint'
import { owns } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { checkWith } from '@salus/base/schema'
import { languageOf } from '@salus/ui/language'
import { errorWords } from '@salus/ui/words'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { bodySize, createBudget } from './budget.ts'
import { statusOf } from './status.ts'

const DEFAULT_LIMIT = 64 * 1024

/** A line of the access log. No path, no parameter, no identifier: the route's name is enough (privacy gate P1). */
export type LogLine = { route: string; status: number; ms: number; code?: string }

export type HttpPorts = {
  readonly routes: readonly Bound[]
  readonly principal: (request: {
    method: string
    path: string
    authorization?: string
    dpop?: string
  }) => Promise<Principal>
  readonly log: (line: LogLine) => void
  readonly now: () => number
  /** Bytes of bodies held at one time; see budget.ts. */
  readonly budget?: number
}

const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** Answers with RFC 9457 problem details, in the caller's language. Unknown faults say nothing but "internal". */
function problem(c: Context, error: unknown): Response {
  const known = isAppError(error) ? statusOf(error.code) : undefined
  const code = known && isAppError(error) ? error.code : 'internal'
  const status = known ?? 500
  const words = errorWords(code, languageOf(c.req.header('accept-language')))
  const facts = known && isAppError(error) ? { facts: error.facts } : {}
  const body = { type: `urn:salus:error:${code}`, title: words.title, detail: words.next, status, code, ...facts }
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } })
}

/** The one place where a row's rule is applied: role first, then, for `own`, whose the addressed thing is. */
async function authorise(bound: Bound, asked: Asked<never>): Promise<void> {
  const { principal } = asked
  const rule = bound.endpoint.allow[principal.role]
  if (!rule) throw new AppError(principal.role === 'anonymous' ? 'session-missing' : 'not-allowed')
  if (rule === 'any') return
  const owners = await bound.owners?.(asked)
  // Not yours and not there look the same: ids of others tell nothing.
  if (!owners || !owns(principal, owners)) throw new AppError('not-found')
}

async function ask(c: Context, endpoint: Endpoint, principal: HttpPorts['principal']): Promise<Asked<never>> {
  const { method } = endpoint
  const authorization = c.req.header('authorization')
  const dpop = c.req.header('dpop')
  const credentials = { ...(authorization ? { authorization } : {}), ...(dpop ? { dpop } : {}) }
  const caller = await principal({ method, path: c.req.path, ...credentials })
  if (!endpoint.allow[caller.role]) {
    throw new AppError(caller.role === 'anonymous' ? 'session-missing' : 'not-allowed')
  }
  const params = endpoint.params ? checkWith(endpoint.params, c.req.param()) : {}
  const query = endpoint.query ? checkWith(endpoint.query, c.req.query()) : {}
  let input: unknown
  if (endpoint.input) input = checkWith(endpoint.input, parseJson(new Uint8Array(await c.req.arrayBuffer())))
  return { principal: caller, params, query, input } as unknown as Asked<never>
}

function attach(app: Hono, bound: Bound, ports: HttpPorts, book: (size: number) => () => void): void {
  const { endpoint } = bound
  const maxSize = endpoint.limit ?? DEFAULT_LIMIT
  const limit = bodyLimit({
    maxSize,
    onError: (c) => {
      c.set('code' as never, 'body-too-large' as never)
      return problem(c, new AppError('body-too-large', { limit: maxSize }))
    },
  })
  app.on(endpoint.method, endpoint.path, limit, async (c) => {
    c.set('route' as never, endpoint.name as never)
    const release = endpoint.input ? book(bodySize(c.req.header('content-length'), maxSize)) : () => {}
    try {
      const asked = await ask(c, endpoint, ports.principal)
      await authorise(bound, asked)
      return c.json((await bound.handle(asked)) as object)
    } finally {
      release()
    }
  })
}

/** Builds the app. A row without a rule for anyone is a mistake of ours and stops the node. */
export function createApp(ports: HttpPorts, more: (app: Hono) => void): Hono {
  const app = new Hono()
  const book = createBudget(ports.budget)
  app.use(async (c, next) => {
    const start = ports.now()
    await next()
    for (const [name, value] of Object.entries(securityHeaders)) if (!c.res.headers.has(name)) c.header(name, value)
    const code = c.get('code' as never) as string | undefined
    const route = (c.get('route' as never) as string | undefined) ?? 'unmatched'
    ports.log({ route, status: c.res.status, ms: Math.round(ports.now() - start), ...(code ? { code } : {}) })
  })
  app.onError((error, c) => {
    c.set('code' as never, (isAppError(error) ? error.code : 'internal') as never)
    return problem(c, error)
  })
  app.notFound((c) => problem(c, new AppError('not-found')))
  for (const bound of ports.routes) {
    if (Object.keys(bound.endpoint.allow).length === 0) throw new Error(`no rule for ${bound.endpoint.name}`)
    attach(app, bound, ports, book)
  }
  more(app)
  return app
}
