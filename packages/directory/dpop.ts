/** Sender-constrained sessions: RFC 9449 (DPoP) proofs with the device key. A stolen token alone opens nothing. */
import { base64url, utf8 } from '@salus/base/bytes'
import { type Clock, type Random, seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { field, parseWith, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { decodeJws, type SigningKey, signJws, type VerifyEd25519 } from '@salus/crypto/jws'
import type { DirectoryCode } from './contract.ts'

const TYP = 'dpop+jwt'
const CHALLENGE_TYP = 'salus-session+jws'
/** How old a proof may be, and how far its clock may run ahead, seconds. */
const WINDOW = 120

const proofClaims = z.strictObject({
  jti: field.statementId,
  htm: z.enum(['GET', 'POST']),
  /** Path of the request: scheme and host vary behind a proxy, the token is for one node anyway. */
  htu: z.string().max(300),
  iat: field.time,
  ath: field.digest,
})

/** A proof for one request. */
export function dpopProof(
  key: SigningKey,
  request: { method: 'GET' | 'POST'; path: string; token: string },
  at: { clock: Clock; random: Random },
): Promise<string> {
  const claims = {
    jti: base64url(at.random(16)),
    htm: request.method,
    htu: request.path,
    iat: seconds(at.clock()),
    ath: digest(request.token),
  }
  return signJws(key, { typ: TYP }, utf8(JSON.stringify(claims)))
}

/** D15 Each `jti` is remembered while it could be replayed. State with a lifetime: one per node. */
function createSeen(): (jti: string, now: number) => boolean {
  let current = new Set<string>()
  let former = new Set<string>()
  let turned = 0
  // A proof is fresh for WINDOW in both directions; two generations of twice that hold every one that counts.
  return (jti, now) => {
    // A clock that was put back must not keep what it holds for ever; nor may it forget anything by that.
    turned = Math.min(turned, now)
    if (now - turned > 2 * WINDOW) {
      former = current
      current = new Set()
      turned = now
    }
    if (current.has(jti) || former.has(jti)) return true
    current.add(jti)
    return false
  }
}

/** D15 A proof is for one request, once, within two minutes. Its signature is checked before it is remembered. */
export function createDpopCheck(verify: VerifyEd25519, clock: Clock) {
  const seen = createSeen()
  return async (
    proof: string,
    request: { method: string; path: string; token: string },
    device: string,
  ): Promise<void> => {
    const refuse = () => new AppError<DirectoryCode>('session-invalid')
    try {
      const jws = decodeJws(proof, TYP)
      const claims = parseWith(proofClaims, jws.payload)
      const now = seconds(clock())
      const fits = claims.htm === request.method && claims.htu === request.path && claims.ath === digest(request.token)
      if (!fits || Math.abs(now - claims.iat) > WINDOW) throw refuse()
      if (!(await verify(device, jws.signingInput, jws.signature))) throw refuse()
      if (seen(claims.jti, now)) throw refuse()
    } catch (error) {
      throw isAppError(error) ? refuse() : error
    }
  }
}

/** Who opens a session: a keyring's handle or an organisation (its desk), with the device key it signs with. */
const challengeClaims = z.strictObject({
  challenge: field.key32,
  aud: z.string(),
  sub: z.union([field.handle, field.org]),
})

/** The device's answer to a challenge. */
export const answerChallenge = (
  key: SigningKey,
  kid: string,
  claims: z.infer<typeof challengeClaims>,
): Promise<string> => signJws(key, { typ: CHALLENGE_TYP, kid }, utf8(JSON.stringify(claims)))

/** Parses an answer; the signature is checked by the caller, with the key the keyring names. */
export function readAnswer(token: string) {
  const jws = decodeJws(token, CHALLENGE_TYP)
  const { kid } = jws.header
  if (typeof kid !== 'string') throw new AppError<DirectoryCode>('challenge-invalid')
  return { ...jws, kid, claims: parseWith(challengeClaims, jws.payload) }
}
