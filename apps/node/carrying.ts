/**
 * A node carries on what its people ask of another hospital's node (N32): the same request, credentials and body and all, signed by
 * this node around it. It opens nothing of it, adds nothing to it, and hands the answer back.
 */
import type { Bound, Endpoint } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import type { Context, Hono } from 'hono'
import { type Book, readBody } from './budget.ts'
import type { NodeCode } from './errors.ts'
import { credentialsOf, type Fetch, type PeerAddress, type SignNode } from './peers.ts'

export type CarryingPorts = {
  readonly routes: readonly Bound[]
  /** Where the other nodes are: nobody else is asked anything. */
  readonly others: () => readonly PeerAddress[]
  readonly sign: SignNode
  readonly fetch: Fetch
  readonly book: Book
}

const PREFIX = '/at'
const DEFAULT_LIMIT = 64 * 1024
/** Public files of a log, which are no rows. */
const TILES = /^\/journal\/(?:checkpoint|tile\/[a-z0-9./]{1,100})$/
/** What a node answers with; anything else is handed on as bytes, so that no page of another hospital opens under this one's name. */
const KINDS = /^(?:application\/(?:json|problem\+json|fhir\+json)|text\/(?:plain|event-stream))(?:;|$)/

const segments = (path: string) => path.split('/')

function isAt({ path }: Endpoint, asked: string): boolean {
  const [mine, theirs] = [segments(path), segments(asked)]
  return (
    mine.length === theirs.length &&
    mine.every((one, at) => one === theirs[at] || (one.startsWith(':') && theirs[at] !== ''))
  )
}

/** The row that is asked for there, as this node knows it: what is for nodes alone is carried for nobody. */
function rowOf(routes: readonly Bound[], method: string, path: string): Endpoint | undefined {
  const found = routes.map(({ endpoint }) => endpoint).filter((one) => one.method === method && isAt(one, path))
  // A row that names the path is meant before one that takes anything in its place.
  const row = found.find((one) => one.path === path) ?? found[0]
  return row && Object.keys(row.allow).some((role) => role !== 'node') ? row : undefined
}

/** How much of a body is taken: as much as the row takes of whom it would be here. */
const limitOf = ({ limit, anonymousLimit }: Endpoint, known: boolean): number =>
  (known ? limit : (anonymousLimit ?? limit)) ?? DEFAULT_LIMIT

function answerOf(answer: Response): Response {
  const said = answer.headers.get('content-type') ?? ''
  const type = KINDS.test(said) ? said : 'application/octet-stream'
  return new Response(answer.body, { status: answer.status, headers: { 'content-type': type } })
}

async function carry({ req }: Context, ports: CarryingPorts): Promise<Response> {
  const { method, url, headers } = req.raw
  const { pathname, search } = new URL(url)
  const origin = req.param('origin') ?? ''
  const path = pathname.slice(PREFIX.length + 1 + origin.length)
  const peer = ports.others().find((one) => one.origin === origin)
  const row = rowOf(ports.routes, method, path)
  if (!peer) throw new AppError<NodeCode>('hospital-unknown')
  if (!row && !(method === 'GET' && TILES.test(path))) throw new AppError('not-found')
  const carried = credentialsOf(headers)
  const body = row?.input ? await readBody(req.raw, limitOf(row, carried.dpop !== undefined), ports.book) : undefined
  try {
    const asked = { method, url: `${peer.url}${path}${search}`, ...(body ? { body: body.bytes } : {}) }
    const signed = await ports.sign({ ...asked, to: peer.origin, carried })
    const own = ['authorization', 'dpop', 'content-type', 'accept-language'].flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value] as const]
    })
    const init = { method, headers: { ...Object.fromEntries(own), ...signed }, redirect: 'error' as const }
    const answer = await ports.fetch(asked.url, { ...init, ...(body ? { body: body.bytes } : {}) }).catch((cause) => {
      throw new AppError<NodeCode>('hospital-away', {}, { cause })
    })
    return answerOf(answer)
  } finally {
    body?.release()
  }
}

export function serveCarrying(app: Hono, ports: CarryingPorts): void {
  app.on(['GET', 'POST'], `${PREFIX}/:origin/*`, (c) => {
    c.set('route' as never, 'carried' as never)
    return carry(c, ports)
  })
}
