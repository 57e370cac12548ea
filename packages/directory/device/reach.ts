/** Links of a device: without a session, and with one that is opened again where the node no longer knows it. */
import type { Call } from '@salus/base/endpoint'
import { isAppError } from '@salus/base/errors'
import type { Signer } from '@salus/journal/statement'
import { verifyCheckpoint } from '@salus/journal/verify'
import { logKeys, type Roots } from '../consortium.ts'
import { createCall, type Wire } from './http.ts'
import { createLink, type Link } from './link.ts'
import { openSession, type Session } from './session.ts'

/** How a device reaches its node, and how its platform makes device keys. */
export type Way = Wire & Pick<Link, 'newDevice'> & Partial<Pick<Link, 'origin'>>

/**
 * Which of the roots' journals the node at `base` keeps: by a checkpoint that this journal's key has signed, where there are
 * several. A node that shows another's gets statements that it cannot accept.
 */
export async function originAt({ base, fetch }: Pick<Wire, 'base' | 'fetch'>, roots: Roots): Promise<string> {
  const [first, second] = roots.journals
  if (first && !second) return first.origin
  const note = await fetch(`${base}/journal/checkpoint`, {})
  return (await verifyCheckpoint(await note.text(), logKeys(roots))).origin
}

/** The same way, carried on to the node that keeps the journal `origin`: what is signed there is signed for that one. */
export const wayTo = <W extends { readonly base: string }>(
  way: W,
  origin: string,
): W & { readonly origin: string } => ({
  ...way,
  base: `${way.base}/at/${origin}`,
  origin,
})

/** How long another hospital may take to answer, milliseconds: whoever waits there is tried again later. */
const PATIENCE_MS = 8_000

/** Other hospitals are asked as this one is, without a session, and for a moment only. */
const withOthers = (way: Way) => ({
  ...way,
  elsewhere: (base: string) =>
    createCall({
      ...way,
      base: base.replace(/\/$/, ''),
      fetch: (url, init) => way.fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) }),
    }),
})

/** A link without a session: statements and claims need none. */
export const plainLinkOver = (way: Way, roots: Roots): Link => createLink(createCall(way), roots, withOthers(way))

/** A link whose calls carry a session; the session itself and the address: for what is no call of an endpoint row (events). */
export type SessionLink = Link & { readonly base: string; readonly session: () => Session }

/**
 * A link whose calls carry a session of `sub` (a handle, or an organisation for its desk), opened now; and once more where the
 * node no longer knows it, as after a fall: a call that was refused so did nothing.
 */
export async function sessionLinkOver(way: Way, roots: Roots, signer: Signer, sub: string): Promise<SessionLink> {
  const anonymous = plainLinkOver(way, roots)
  const open = (): Promise<Session> => openSession(anonymous.call, signer, sub, anonymous.origin)
  let session = await open()
  const asked = createCall(way, () => session)
  const call: Call = async (endpoint, request) => {
    const used = session
    try {
      return await asked(endpoint, request)
    } catch (error) {
      if (!isAppError(error) || error.code !== 'session-invalid') throw error
      // Somebody who asked at the same time may have opened it.
      if (session === used) session = await open()
      return asked(endpoint, request)
    }
  }
  return { ...createLink(call, roots, withOthers(way)), base: way.base, session: () => session }
}
