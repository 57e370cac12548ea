/** The broker on a port of its own: two POSTs of JSON, bounded; answers are words of the protocol, refusals are codes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError, isAppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { challenge, release } from './endpoints.ts'
import type { Broker } from './service.ts'

/** A line for the hospital's log: no identifier of a task, lab or person. */
export type BrokerLine = { readonly route: string; readonly code: string }

const MAX_BODY = 7_000_000
const verbs = { [challenge.path]: 'challenge', [release.path]: 'release' } as const

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += (part as Buffer).length
    if (size > MAX_BODY) throw new AppError('body-too-large')
    parts.push(part as Buffer)
  }
  return new Uint8Array(Buffer.concat(parts))
}

function answer(response: ServerResponse, status: number, value: object): void {
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  response.writeHead(status, headers).end(JSON.stringify(value))
}

async function handle(broker: Broker, request: IncomingMessage, response: ServerResponse): Promise<BrokerLine> {
  const verb = request.method === 'POST' ? verbs[request.url as keyof typeof verbs] : undefined
  if (!verb) {
    answer(response, 404, { code: 'not-found' })
    return { route: 'unmatched', code: 'not-found' }
  }
  try {
    answer(response, 200, await broker[verb](parseJson(await bodyOf(request))))
    return { route: verb, code: 'ok' }
  } catch (error) {
    const known = isAppError(error)
    const code = known ? error.code : 'internal'
    answer(response, known ? 403 : 500, { code, ...(known ? { facts: error.facts } : {}) })
    return { route: verb, code }
  }
}

/** Listens; `stop` ends it when what is being answered was answered. */
export async function serveBroker(
  broker: Broker,
  { host, port, log }: { host: string; port: number; log: (line: BrokerLine) => void },
): Promise<{ url: string; stop(): Promise<void> }> {
  const server: Server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    void handle(broker, request, response).then(log, () => response.destroy())
  })
  server.maxConnections = 200
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(port, host, done)
  })
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://${host}:${bound}`,
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
