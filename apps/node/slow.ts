/** Connections that never become a request: too slow, too large a head, no HTTP. Told in problem details, then closed (N14). */
import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { languageOf } from '@salus/ui/language'
import { errorWords } from '@salus/ui/words'
import type { LogLine } from './http.ts'
import { statusOf } from './status.ts'

/** How long a connection may take, milliseconds: for its headers, for its request, without a byte that moves; how often it is looked. */
export type Patience = {
  readonly headers: number
  readonly request: number
  readonly idle: number
  readonly look: number
}
export const PATIENCE: Patience = { headers: 15_000, request: 120_000, idle: 120_000, look: 5_000 }

/** Options of the server that keep it. */
export const limitsOf = ({ headers, request, look }: Patience) => ({
  ...{ requestTimeout: request, headersTimeout: headers, connectionsCheckingInterval: look },
  ...{ keepAliveTimeout: 10_000, maxHeaderSize: 32 * 1024 },
})

const codeOf = (error: NodeJS.ErrnoException): string => {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-too-slow'
  return error.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'request-unreadable'
}

/** Nothing that could be read came: no header says which language, so both are told. */
function answer(code: string): string {
  const [en, fr] = (['en', 'fr'] as const).map((one) => errorWords(code, languageOf(one)))
  const status = statusOf(code) ?? 400
  const words = { title: `${en?.title} / ${fr?.title}`, detail: `${en?.next} / ${fr?.next}` }
  const body = JSON.stringify({ type: `urn:salus:error:${code}`, ...words, status, code })
  const head = [
    `HTTP/1.1 ${status} ${code}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

/** Binds what the server does with such connections. */
export function endSlowly(server: Server, { idle }: Patience, log: (line: LogLine) => void): void {
  // Without a byte in or out: a reader that stopped reading holds its whole answer in memory. Streams beat more often.
  server.setTimeout(idle, (socket) => socket.destroy())
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Gone already, or in the middle of an answer: a second one would be read as part of the first.
    const answering = (socket as { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent
    if (error.code === 'ECONNRESET' || !socket.writable || answering) return void socket.destroy()
    const code = codeOf(error)
    log({ route: 'unmatched', status: statusOf(code) ?? 400, ms: 0, code })
    socket.end(answer(code))
  })
}
