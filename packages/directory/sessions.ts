/** Sessions: a challenge signed by the device key, then a token that works with that key only (D14-D16). */
import { base64url } from '@salus/base/bytes'
import { type Clock, type Random, seconds } from '@salus/base/clock'
import type { Principal } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import type { Thumbprint } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import type { Actor } from '@salus/journal/slice'
import type { DirectoryCode } from './contract.ts'
import { createDpopCheck, readAnswer } from './dpop.ts'
import { deviceThumbprint } from './keyring.ts'
import type { DirectoryPorts } from './ports.ts'
import { dropOldSessions, type SessionRow, saveSession, sessionByToken } from './register.store.ts'

const SESSION_LIFE = 12 * 3600
const CHALLENGE_LIFE = 60
/** Challenges waiting at once; beyond, the oldest give way. */
const MAX_CHALLENGES = 10_000
const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

/** Who may open a session: people's devices, those who act for them, and desks; not a recovery key. */
const sessionRoles: ReadonlySet<string> = new Set(['patient', 'representative', 'professional', 'desk'])

type Request = {
  readonly method: string
  readonly path: string
  readonly authorization?: string
  readonly dpop?: string
}

/** D14 A challenge is good for a minute and for one answer, right or wrong. State with a lifetime: one per node. */
function createChallenges(clock: Clock, random: Random) {
  const waiting = new Map<string, number>()
  return {
    issue(): string {
      const now = seconds(clock())
      for (const [old, until] of waiting) if (until <= now || waiting.size >= MAX_CHALLENGES) waiting.delete(old)
      const challenge = base64url(random(32))
      waiting.set(challenge, now + CHALLENGE_LIFE)
      return challenge
    },
    take(challenge: string): void {
      const until = waiting.get(challenge)
      waiting.delete(challenge)
      if (until === undefined || until <= seconds(clock())) throw fail('challenge-invalid')
    },
  }
}

/** The verbs of a session, with what they remember between calls. */
export function createSessions(ports: DirectoryPorts) {
  const { clock, random } = ports
  const challenges = createChallenges(clock, random)
  const checkProof = createDpopCheck(ports.verify, clock)
  return {
    challenge: () => ({ challenge: challenges.issue() }),
    async open(proof: string) {
      const answer = readable(() => readAnswer(proof))
      challenges.take(answer.claims.challenge)
      return openFor(ports, answer)
    },
    /** Is the session of this header still good? For a stream that was opened with it; no fresh proof is asked for. */
    async alive(authorization: string | undefined): Promise<boolean> {
      const token = tokenIn(authorization)
      const row = token && (await ports.sources.tx((s) => sessionByToken(s, digest(token))))
      if (!row || row.until <= seconds(clock())) return false
      return principalOf(ports, row).then(
        () => true,
        () => false,
      )
    },
    /** Who is calling: the token's session, and a fresh proof by the key it was opened with. */
    async principal(request: Request): Promise<Principal> {
      if (!request.authorization) return { role: 'anonymous' }
      const token = tokenIn(request.authorization)
      if (!token || !request.dpop) throw fail('session-missing')
      const row = await ports.sources.tx((s) => sessionByToken(s, digest(token)))
      if (!row || row.until <= seconds(clock())) throw fail('session-invalid')
      await checkProof(request.dpop, { method: request.method, path: request.path, token }, row.device)
      return principalOf(ports, row)
    },
  }
}

const tokenIn = (authorization = ''): string | undefined => /^DPoP ([A-Za-z0-9_-]{43})$/.exec(authorization)?.[1]

/** The signer must be who `sub` says, with the key it has now; the token itself is kept by its digest only. */
async function openFor(ports: DirectoryPorts, answer: ReturnType<typeof readAnswer>) {
  const { views, sources, clock, random, signers, verify, origin } = ports
  const { kid, claims, signingInput, signature } = answer
  const found = await views.tx((v) => signers.find(v, claims.sub, kid as Thumbprint))
  const good = found && claims.aud === origin && (await verify(found.publicKey, signingInput, signature))
  if (!found || !good || !sessionRoles.has(found.actor.role)) throw fail('challenge-invalid')
  const token = base64url(random(32))
  const now = seconds(clock())
  const until = Math.min(now + SESSION_LIFE, found.until ?? Number.POSITIVE_INFINITY)
  if (until <= now) throw fail('challenge-invalid')
  const { role, org } = found.actor as Exclude<Actor, { role: 'founder' }>
  const handle = 'handle' in found.actor ? found.actor.handle : ''
  await sources.tx(async (s) => {
    await dropOldSessions(s, seconds(clock()))
    await saveSession(s, { token: digest(token), role, handle, org, device: found.publicKey, until })
  })
  return { token, until }
}

/** D16 The device must still be the keyring's (or the desk's): a replaced device loses its sessions at once. */
const principalOf = ({ views, signers, clock }: DirectoryPorts, row: SessionRow): Promise<Principal> =>
  views.tx(async (v) => {
    const { org, device, handle } = row
    if (row.role === 'desk') {
      if (!(await signers.find(v, org, deviceThumbprint(device)))) throw fail('session-invalid')
      return { role: 'desk', org, device }
    }
    const found = await signers.find(v, handle, deviceThumbprint(device))
    const over = found?.until !== undefined && found.until <= seconds(clock())
    if (!found || over || found.actor.role !== row.role) throw fail('session-invalid')
    return { role: row.role as 'patient' | 'representative' | 'professional', handle, org, device }
  })

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw isAppError(error) ? fail('challenge-invalid') : error
  }
}
