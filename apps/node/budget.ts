/** How much the node takes in at once: bytes of bodies that have arrived, over all callers. Beyond it, callers are told to wait. */
import type { Bytes } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'

/** Bytes of request bodies held at one time. */
export const BODY_BUDGET = 256 * 1024 * 1024
/** Bodies up to here are not booked: there are no more of them than connections. */
const SMALL = 64 * 1024

/** Books `size` bytes; the answer gives them back. Refuses with `node-busy` when the budget is spent. */
export type Book = (size: number) => () => void

export function createBudget(total = BODY_BUDGET): Book {
  let taken = 0
  return (size) => {
    // A single body that is allowed at all is always taken by an idle node.
    if (taken > 0 && taken + size > total) throw new AppError('node-busy')
    taken += size
    let open = true
    return () => {
      if (open) taken -= size
      open = false
    }
  }
}

/** The sender went away, or was let go, in the middle of it: no fault of ours. */
const cut = (cause: unknown): never => {
  throw new AppError('request-unreadable', {}, { cause })
}

/**
 * Reads a body of at most `limit` bytes (`body-too-large`), booking what has arrived, never what was announced: a caller who
 * announces much and sends nothing holds nothing back.
 */
export async function readBody(
  request: Request,
  limit: number,
  book: Book,
): Promise<{ bytes: Bytes; release: () => void }> {
  const tooLarge = () => new AppError('body-too-large', { limit })
  const said = Number(request.headers.get('content-length') ?? Number.NaN)
  if (said > limit) throw tooLarge()
  if (said <= SMALL) return { bytes: new Uint8Array(await request.arrayBuffer().catch(cut)), release: () => {} }
  const releases: (() => void)[] = []
  const release = () => {
    for (const one of releases.splice(0)) one()
  }
  try {
    const parts: Uint8Array[] = []
    let size = 0
    for await (const part of request.body ?? []) {
      size += part.length
      if (size > limit) throw tooLarge()
      releases.push(book(part.length))
      parts.push(part)
    }
    return { bytes: joined(parts, size), release }
  } catch (error) {
    release()
    if (isAppError(error)) throw error
    return cut(error)
  }
}

function joined(parts: readonly Uint8Array[], size: number): Bytes {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
