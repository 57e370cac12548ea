/** The verbs the node offers beside statements: sessions, claims, keyrings as verifiers need them, the sealed register. */
import { base64url, equal, fromBase64url } from '@salus/base/bytes'
import { type Clock, type Random, seconds } from '@salus/base/clock'
import type { Principal } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle, StatementId, Thumbprint } from '@salus/base/ids'
import type { Sql, Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import type { VerifyEd25519 } from '@salus/crypto/jws'
import { assertStrongEd25519, assertX25519, rsaThumbprint } from '@salus/crypto/keys'
import type { Journal } from '@salus/journal/accept'
import type { SignerPort } from '@salus/journal/slice'
import { packetJwes, statementAt } from '@salus/journal/sources'
import { codeDigest } from './code.ts'
import type { DirectoryCode } from './contract.ts'
import {
  approvalOf,
  claimCode,
  credentialsOf,
  keyringIndexes,
  loadKeyring,
  professionalsOf,
  teamPackets,
  teamsOf,
} from './directory.store.ts'
import { createDpopCheck, readAnswer } from './dpop.ts'
import type { KeyringView } from './endpoints.ts'
import { deviceThumbprint } from './keyring.ts'
import {
  claimById,
  claimsOf,
  dropOldSessions,
  enterPerson,
  peopleOf,
  saveClaim,
  saveSession,
  sessionByToken,
  useCode,
  usedCode,
} from './register.store.ts'
import { credentialInForce } from './rules.ts'

const SESSION_LIFE = 12 * 3600
const CHALLENGE_LIFE = 60
const MAX_CHALLENGES = 10_000
/** Wrong claim codes answered in a minute, whole node. */
const MAX_WRONG_CODES = 120
const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

export type DirectoryPorts = {
  readonly origin: string
  readonly views: Sql
  readonly sources: Sql
  readonly journal: Journal
  readonly signers: SignerPort
  readonly verify: VerifyEd25519
  readonly clock: Clock
  readonly random: Random
}

type Request = {
  readonly method: string
  readonly path: string
  readonly authorization?: string
  readonly dpop?: string
}

/** Sessions: a challenge signed by the device key, then a token that works with that key only. */
export function createSessions(ports: DirectoryPorts) {
  const { views, sources, clock, random, signers, verify, origin } = ports
  const challenges = new Map<string, number>()
  const checkProof = createDpopCheck(verify, clock)

  function takeChallenge(challenge: string): void {
    const until = challenges.get(challenge)
    challenges.delete(challenge)
    if (until === undefined || until <= seconds(clock())) throw fail('challenge-invalid')
  }

  return {
    challenge() {
      const now = seconds(clock())
      for (const [old, until] of challenges)
        if (until <= now || challenges.size >= MAX_CHALLENGES) challenges.delete(old)
      const challenge = base64url(random(32))
      challenges.set(challenge, now + CHALLENGE_LIFE)
      return { challenge }
    },
    async open(proof: string) {
      const { kid, claims, signingInput, signature } = readable(() => readAnswer(proof))
      takeChallenge(claims.challenge)
      const found = await views.tx((v) => signers.find(v, claims.sub, kid as Thumbprint))
      const good = found && claims.aud === origin && (await verify(found.publicKey, signingInput, signature))
      if (!found || !good || found.actor.role === 'founder' || found.actor.role === 'team')
        throw fail('challenge-invalid')
      const token = base64url(random(32))
      const until = seconds(clock()) + SESSION_LIFE
      const { role, org } = found.actor
      const handle = 'handle' in found.actor ? found.actor.handle : ''
      await sources.tx(async (s) => {
        await dropOldSessions(s, seconds(clock()))
        await saveSession(s, { token: digest(token), role, handle, org, device: found.publicKey, until })
      })
      return { token, until }
    },
    /** Who is calling. The device must still be the keyring's: a replaced device loses its sessions at once. */
    async principal(request: Request): Promise<Principal> {
      if (!request.authorization) return { role: 'anonymous' }
      const token = /^DPoP ([A-Za-z0-9_-]{43})$/.exec(request.authorization)?.[1]
      if (!token || !request.dpop) throw fail('session-missing')
      const row = await sources.tx((s) => sessionByToken(s, digest(token)))
      if (!row || row.until <= seconds(clock())) throw fail('session-invalid')
      await checkProof(request.dpop, { method: request.method, path: request.path, token }, row.device)
      return views.tx(async (v) => {
        if (row.role === 'desk') {
          if (!(await signers.find(v, row.org, deviceThumbprint(row.device)))) throw fail('session-invalid')
          return { role: 'desk', org: row.org, device: row.device }
        }
        const state = await loadKeyring(v, row.handle)
        if (state?.device !== row.device) throw fail('session-invalid')
        return { role: row.role as 'patient' | 'professional', handle: row.handle, org: row.org, device: row.device }
      })
    },
  }
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw isAppError(error) ? fail('challenge-invalid') : error
  }
}

/** Claims: the code, then the desk's countersignature, then the keyring's own statement. */
export function createClaims({ views, sources, journal, clock, random }: DirectoryPorts) {
  let wrong = 0
  let wrongSince = 0

  /** Codes have 80 random bits: guessing is hopeless at any rate. The brake only keeps noise from filling the log. */
  function brake(): void {
    const now = seconds(clock())
    if (now - wrongSince >= 60) {
      wrong = 0
      wrongSince = now
    }
    if (wrong >= MAX_WRONG_CODES) throw fail('claim-code-locked')
  }

  return {
    async claim(input: { code: string; device: string; agreement: string }) {
      brake()
      try {
        assertStrongEd25519(input.device)
        assertX25519(input.agreement)
      } catch (error) {
        throw isAppError(error) ? fail('key-refused') : error
      }
      const code = codeDigest(input.code)
      const now = seconds(clock())
      const secret = base64url(random(32))
      const id = base64url(random(16)) as StatementId
      const handle = await views.tx(async (v) => {
        const found = code && (await claimCode(v, code))
        const state = found && (await loadKeyring(v, found.handle))
        if (!found || !state || found.until <= now || state.device !== undefined) return undefined
        return sources.tx(async (s) => {
          if ((await usedCode(s, found.handle))?.used === found.idx) return undefined
          await useCode(s, found.handle, found.idx)
          const { device, agreement } = input
          await saveClaim(s, {
            id,
            handle: found.handle,
            org: state.org,
            secret: digest(secret),
            device,
            agreement,
            at: now,
          })
          return found.handle as Handle
        })
      })
      if (!handle) {
        wrong++
        throw fail('claim-code-wrong')
      }
      const view = await findKeyring(views, journal, handle)
      return { claim: id, secret, handle, entries: view.entries, receipt: view.receipt }
    },
    async collect(input: { claim: string; secret: string }) {
      return views.tx(async (v) => {
        const row = await sources.tx((s) => claimById(s, input.claim))
        const known = row && equal(fromBase64url(row.secret), fromBase64url(digest(input.secret)))
        if (!row || !known) throw fail('claim-unknown')
        const approval = await approvalOf(v, row.handle)
        if (!approval?.packet || approval.claim !== row.id) return { approval: null, packet: null }
        const { packet: id, idx } = approval
        const jwe = await sources.tx((s) => packetJwes(s, [id]))
        const stored = await sources.tx((s) => statementAt(s, idx))
        return { approval: stored?.token ?? null, packet: jwe.get(id) ?? null }
      })
    },
    async waiting(org: string) {
      return views.tx(async (v) => {
        const rows = await sources.tx((s) => claimsOf(s, org))
        const open = []
        for (const { id, handle, device, agreement, at } of rows) {
          const state = await loadKeyring(v, handle)
          const approval = await approvalOf(v, handle)
          if (!state || state.device !== undefined || approval?.claim === id) continue
          open.push({ claim: id as StatementId, handle: handle as Handle, device, agreement, at })
        }
        return { claims: open }
      })
    },
  }
}

/** A keyring as verifiers need it. */
export async function findKeyring(views: Sql, journal: Journal, handle: string): Promise<KeyringView> {
  const { indexes, credentials } = await views.tx(async (v) => ({
    indexes: await keyringIndexes(v, handle),
    credentials: await credentialsOf(v, handle),
  }))
  const entries = []
  for (const index of indexes) entries.push(await journal.receiptAt(index))
  const last = entries.at(-1)
  if (!last || entries.includes(undefined)) throw fail('keyring-unknown')
  const vouched = []
  for (const { idx, revokedAt } of credentials) {
    const found = await journal.receiptAt(idx)
    if (found) vouched.push({ statement: found.stored.token, revoked: revokedAt !== null })
  }
  return {
    handle: handle as Handle,
    entries: entries.map((one) => one?.stored.token ?? ''),
    receipt: last.receipt,
    credentials: vouched,
  }
}

/** Lists for desks and professionals, and the sealed register. */
export function createPeople({ views, sources, journal, clock }: DirectoryPorts) {
  const own = async (v: Tx, handle: string, org: string) => {
    const state = await loadKeyring(v, handle)
    if (state?.org !== org) throw fail('keyring-unknown')
    return state
  }
  return {
    keyring: (handle: string) => findKeyring(views, journal, handle),
    professionals: (org: string) =>
      views.tx(async (v) => {
        const out = []
        for (const one of await professionalsOf(v, org)) {
          const held = (await credentialsOf(v, one.handle)).find((c) => credentialInForce(c, seconds(clock())))
          const credential = held
            ? { id: held.id as StatementId, profession: held.profession, until: held.until }
            : null
          out.push({
            handle: one.handle,
            name: one.name ?? '',
            device: one.device ?? '',
            head: one.head as never,
            credential,
          })
        }
        return { professionals: out }
      }),
    teams: (handle: string) =>
      views.tx(async (v) => {
        const me = await loadKeyring(v, handle)
        if (!me?.person) throw fail('keyring-unknown')
        const kid = rsaThumbprint(me.person)
        const out = []
        for (const team of await teamsOf(v, handle)) {
          const state = await loadKeyring(v, team)
          if (!state?.person) continue
          const ids = await teamPackets(v, team, kid)
          const packets = [...(await sources.tx((s) => packetJwes(s, ids))).values()]
          out.push({ handle: team, name: state.name ?? '', person: state.person, packets })
        }
        return { teams: out }
      }),
    register: (org: string) =>
      views.tx(async (v) => {
        const people = []
        for (const row of await sources.tx((s) => peopleOf(s, org))) {
          const state = await loadKeyring(v, row.handle)
          if (state)
            people.push({ handle: row.handle as Handle, sealed: row.sealed, claimed: state.device !== undefined })
        }
        return { people }
      }),
    enter: (org: string, input: { handle: string; sealed: string }) =>
      views.tx(async (v) => {
        await own(v, input.handle, org)
        await sources.tx((s) => enterPerson(s, input.handle, org, input.sealed))
        return {}
      }),
  }
}
