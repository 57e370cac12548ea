/** The HTTP edge: one Hono app made from endpoint rows. Every request is parsed, its caller known, its rule asked, here. */
import type { Asked, Bound, Endpoint, Principal, Rule } from '@salus/base/endpoint'
import { owns } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { checkWith } from '@salus/base/schema'
import { systemCode } from '@salus/base/system'
import { contentDigest } from '@salus/crypto/httpsig'
import { languageOf } from '@salus/ui/language'
import { errorWords } from '@salus/ui/words'
import { type Context, Hono } from 'hono'
import { type Book, createBudget, readBody } from './budget.ts'
import type { NodeSigned } from './peers.ts'
import { statusOf } from './status.ts'

const DEFAULT_LIMIT = 64 * 1024
/** Answers whatever state the node is in. */
export const HEALTH = '/health'

/** A line of the access log. No path, no parameter, no identifier: the route's name is enough (privacy gate P1). */
export type LogLine = { route: string; status: number; ms: number; code?: string }

export type HttpPorts = {
  readonly routes: readonly Bound[]
  readonly principal: (request: {
    method: string
    path: string
    authorization?: string
    dpop?: string
    /** It bears a node's signature. */
    signed?: NodeSigned
  }) => Promise<Principal>
  /** Rejects when the node may serve nothing at all. */
  readonly gate: () => Promise<void>
  /** Is the session behind this header still good? */
  readonly alive: (authorization: string | undefined) => Promise<boolean>
  readonly log: (line: LogLine) => void
  readonly now: () => number
  /** Paths that say nothing of a log: answered whatever state it is in. */
  readonly free?: (path: string) => boolean
  /** Counts the bytes of bodies held at one time, over all callers and doors; see budget.ts. */
  readonly book?: Book
}

const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** The error as it is told: where the place is at fault (a full disk), that rather than what it led to. */
function told(error: unknown): unknown {
  const code = isAppError(error) && error.code !== 'journal-failed' ? undefined : systemCode(error)
  return code ? new AppError(code, {}, { cause: error }) : error
}

/** Codes whose facts are a protocol's own: SMART Health Links ask for `remainingAttempts`. */
const outside: ReadonlySet<string> = new Set(['passcode-wrong'])

/** Answers with RFC 9457 problem details, in the caller's language. Unknown faults say nothing but "internal". */
function problem(c: Context, error: unknown): Response {
  const known = isAppError(error) ? statusOf(error.code) : undefined
  const code = known && isAppError(error) ? error.code : 'internal'
  const status = known ?? 500
  const words = errorWords(code, languageOf(c.req.header('accept-language')))
  const facts = known && isAppError(error) ? { facts: error.facts } : {}
  // RFC 9457 §3.2: members that another protocol looks for stand beside its own.
  const members = isAppError(error) && outside.has(code) ? error.facts : {}
  const body = {
    type: `urn:salus:error:${code}`,
    title: words.title,
    detail: words.next,
    status,
    code,
    ...facts,
    ...members,
  }
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } })
}

/** The one place where a row's rule is applied: role first, before anything is read; then, for `own`, whose the thing is. */
function ruleFor(endpoint: Endpoint, principal: Principal): Rule {
  const rule = endpoint.allow[principal.role]
  if (!rule) throw new AppError(principal.role === 'anonymous' ? 'session-missing' : 'not-allowed')
  return rule
}

/** Not yours and not there look the same: ids of others tell nothing. */
async function checkOwner(bound: Bound, rule: Rule, asked: Asked<never>): Promise<void> {
  if (rule === 'any') return
  const owners = await bound.owners?.(asked)
  if (!owners || !owns(asked.principal, owners)) throw new AppError('not-found')
}

/** Whatever else it bears, a request that says which log it is for, and is signed, is a node's (RFC 9421). */
const nodeSigned = ({ method, url, headers }: Request): { signed?: NodeSigned } =>
  headers.has('salus-to') && headers.has('signature-input') ? { signed: { method, url, headers } } : {}

/** N21 The body is the one whose digest the node signed; without a body there is none. */
function checkDigest(c: Context, body: Uint8Array | undefined): void {
  const signed = c.req.header('content-digest')
  if (signed !== (body && contentDigest(body))) throw new AppError('signature-invalid')
}

async function answer(c: Context, bound: Bound, ports: HttpPorts, book: Book): Promise<Response> {
  const { endpoint } = bound
  const authorization = c.req.header('authorization')
  const dpop = c.req.header('dpop')
  const credentials = { ...(authorization ? { authorization } : {}), ...(dpop ? { dpop } : {}) }
  const signed = nodeSigned(c.req.raw)
  const principal = await ports.principal({ method: endpoint.method, path: c.req.path, ...credentials, ...signed })
  const rule = ruleFor(endpoint, principal)
  const params = endpoint.params ? checkWith(endpoint.params, c.req.param()) : {}
  const query = endpoint.query ? checkWith(endpoint.query, c.req.query()) : {}
  const known = principal.role !== 'anonymous'
  const limit = (known ? endpoint.limit : (endpoint.anonymousLimit ?? endpoint.limit)) ?? DEFAULT_LIMIT
  const body = endpoint.input ? await readBody(c.req.raw, limit, book) : undefined
  try {
    if (signed.signed) checkDigest(c, body?.bytes)
    const input = body && endpoint.input ? checkWith(endpoint.input, parseJson(body.bytes)) : undefined
    const alive = () => ports.alive(authorization)
    const asked = { principal, params, query, input, alive } as unknown as Asked<never>
    await checkOwner(bound, rule, asked)
    const result = await bound.handle(asked)
    return endpoint.media ? (result as Response) : c.json(result as object)
  } finally {
    body?.release()
  }
}

/** Pages of other origins may ask this row, and read what it refuses too; what they ask first (OPTIONS) is answered. */
function openTo(app: Hono, { path, method, name }: Endpoint): void {
  app.use(path, async (c, next) => {
    if (c.req.method === 'OPTIONS') c.set('route' as never, name as never)
    await next()
    c.header('access-control-allow-origin', '*')
  })
  app.options(path, (c) => {
    c.header('access-control-allow-methods', method)
    c.header('access-control-allow-headers', 'content-type')
    c.header('access-control-max-age', '600')
    return c.body(null, 204)
  })
}

/** Builds the app. A row without a rule for anyone is a mistake of ours and stops the node. */
export function createApp(ports: HttpPorts, more: (app: Hono) => void): Hono {
  const app = new Hono()
  const { book = createBudget() } = ports
  app.use(async (c, next) => {
    const start = ports.now()
    await next()
    for (const [name, value] of Object.entries(securityHeaders)) if (!c.res.headers.has(name)) c.header(name, value)
    const code = c.get('code' as never) as string | undefined
    const route = (c.get('route' as never) as string | undefined) ?? 'unmatched'
    ports.log({ route, status: c.res.status, ms: Math.round(ports.now() - start), ...(code ? { code } : {}) })
  })
  app.use(async (c, next) => {
    // Tiles and witnessing too: a log that was rolled back shows and signs nothing. Only its health is told.
    if (c.req.path !== HEALTH && !ports.free?.(c.req.path)) await ports.gate()
    await next()
  })
  app.onError((fault, c) => {
    const error = told(fault)
    c.set('code' as never, (isAppError(error) ? error.code : 'internal') as never)
    return problem(c, error)
  })
  app.notFound((c) => problem(c, new AppError('not-found')))
  for (const bound of ports.routes) {
    const { allow, method, name, origins, path } = bound.endpoint
    if (Object.keys(allow).length === 0) throw new Error(`no rule for ${name}`)
    if (origins) openTo(app, bound.endpoint)
    app.on(method, path, (c) => {
      c.set('route' as never, name as never)
      return answer(c, bound, ports, book)
    })
  }
  more(app)
  return app
}
