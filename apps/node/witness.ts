/** The node as a witness of other logs (tlog-witness.md), and how it asks its own: plain text in and out, bounded. */
import { concat } from '@salus/base/bytes'
import type { Witness } from '@salus/journal/witness'
import type { AskText } from '@salus/journal/witnessing'
import type { Hono } from 'hono'
import { type Book, readBody } from './budget.ts'

const PREFIX = '/witness'
/** A request: 63 hashes and a checkpoint with its signatures. */
const MAX_REQUEST = 16 * 1024
/** An answer: a line or a checkpoint with its signatures. */
const MAX_ANSWER = 16 * 1024
/** How long a witness may take to answer, milliseconds. */
const PATIENCE = 5_000

export function serveWitness(app: Hono, witness: Witness, book: Book): void {
  app.post(`${PREFIX}/add-checkpoint`, async (c) => {
    c.set('route' as never, 'witness.add' as never)
    const { bytes } = await readBody(c.req.raw, MAX_REQUEST, book)
    const { status, body, type } = await witness.add(new TextDecoder().decode(bytes))
    return c.body(body, status, { 'content-type': type })
  })
  app.get(`${PREFIX}/:origin/checkpoint`, async (c) => {
    c.set('route' as never, 'witness.checkpoint' as never)
    const note = await witness.last(c.req.param('origin'))
    return note === undefined ? c.notFound() : c.text(note, 200, { 'cache-control': 'no-cache' })
  })
}

/** The whole text of an answer that is as small as it has to be; throws, and reads no further, where it is not. */
async function readAnswer({ headers, body }: Response): Promise<string> {
  // It was asked for as it is: a compressed one may be anything once it is unpacked.
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') throw new Error('the answer is compressed')
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body ?? []) {
    length += part.length
    if (length > MAX_ANSWER) throw new Error('the answer is too large')
    parts.push(part)
  }
  return new TextDecoder().decode(concat(...parts))
}

/**
 * Asks a witness over HTTP. Whoever answers there is not trusted with this node's memory, nor with where it sends its requests:
 * the address is the one in the roots, and nobody is followed elsewhere.
 */
export const askText: AskText = async (url, body) => {
  const headers = { 'accept-encoding': 'identity', ...(body === undefined ? {} : { 'content-type': 'text/plain' }) }
  const sending = body === undefined ? { headers } : { method: 'POST', body, headers }
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(PATIENCE)])
  try {
    const response = await fetch(url, { ...sending, redirect: 'error', signal })
    return { status: response.status, body: await readAnswer(response) }
  } finally {
    // What was not read is not waited for either.
    stop.abort()
  }
}
