/** The node as a witness of other logs (tlog-witness.md): plain text in and out, public, bounded. */
import type { Witness } from '@salus/journal/witness'
import type { AskText } from '@salus/journal/witnessing'
import type { Hono } from 'hono'
import { type Book, readBody } from './budget.ts'

const PREFIX = '/witness'
/** A request: 63 hashes and a checkpoint with its signatures. */
const MAX_REQUEST = 16 * 1024
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

/** Asks a witness over HTTP. */
export const askText: AskText = async (url, body) => {
  const sending = body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': 'text/plain' } }
  const response = await fetch(url, { ...sending, signal: AbortSignal.timeout(PATIENCE) })
  return { status: response.status, body: await response.text() }
}
