/** Opening and using a session from a device: answer the challenge, then prove possession of the key on each request. */
import type { Clock, Random } from '@salus/base/clock'
import type { Call } from '@salus/base/endpoint'
import type { Signer } from '@salus/journal/statement'
import { answerChallenge, dpopProof } from '../dpop.ts'
import { directoryEndpoints } from '../endpoints.ts'

/** An open session: the token is worth nothing without the signer. */
export type Session = { readonly token: string; readonly until: number; readonly signer: Signer }

/** Opens a session for a keyring's handle or an organisation's desk. */
export async function openSession(call: Call, signer: Signer, sub: string, aud: string): Promise<Session> {
  const { challenge } = await call(directoryEndpoints.challenge)
  const proof = await answerChallenge(signer.privateKey, signer.kid, { challenge, aud, sub } as never)
  const { token, until } = await call(directoryEndpoints.session, { input: { proof } })
  return { token, until, signer }
}

/** The two headers of one request (RFC 9449 §7.1). */
export async function sessionHeaders(
  session: Session,
  request: { method: 'GET' | 'POST'; path: string },
  at: { clock: Clock; random: Random },
): Promise<Record<string, string>> {
  const proof = await dpopProof(session.signer.privateKey, { ...request, token: session.token }, at)
  return { authorization: `DPoP ${session.token}`, dpop: proof }
}
