/** One submission inside the transaction: times, actor, rule, then statement, salt, leaf, packets and view rows at once. */
import type { Bytes } from '@salus/base/bytes'
import { type Clock, type Random, seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Digest, Handle, StatementId } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { CLOCK_SKEW, type JournalCode, MAX_LIFE } from './contract.ts'
import { journalEntry } from './entry.ts'
import type { Fresh, Prepared } from './prepare.ts'
import type { Projector } from './project.ts'
import type { Accepted, Actor, Deciding, SignerPort } from './slice.ts'
import { chainHead, findStatement, insertEntry, isGone, rememberGone, sourceEffects } from './sources.store.ts'
import type { Statement } from './statement.ts'

const fail = (code: JournalCode) => new AppError<JournalCode>(code)

/** Where a statement stands: what its receipt tells beside the proof. */
export type Placed = {
  readonly id: StatementId
  readonly index: number
  readonly number: number
  readonly previous: Uint8Array
  readonly salt: Uint8Array
  /** When it was accepted, seconds. */
  readonly at: number
}

/** What one submission brought: `placed` in its order; the rest only for statements that were not there before. */
export type Admission = {
  readonly placed: Placed[]
  readonly accepted: Accepted<unknown>[]
  readonly entries: Bytes[]
  /** A chain was erased: the write-ahead logs still hold its pages. */
  erased: boolean
}

export type AdmitPorts = {
  readonly signers: SignerPort
  readonly clock: Clock
  readonly random: Random
  /** What else the host keeps of a person in the sources: erased in the same transaction as the chain. */
  readonly eraseMore?: (sources: Tx, chain: Handle) => Promise<void>
}

type Step = {
  readonly s: Tx
  readonly v: Tx
  readonly statement: Statement
  readonly fresh: Fresh
}

/** Returns the function that admits a whole submission from index `from` on, or throws and must be rolled back. */
export function createAdmit(ports: AdmitPorts, projector: Projector) {
  return async (s: Tx, v: Tx, items: readonly Prepared[], from: number): Promise<Admission> => {
    const into: Admission = { placed: [], accepted: [], entries: [], erased: false }
    for (const { statement, fresh } of items) {
      const before = await findStatement(s, statement.iss, statement.id)
      if (before && before.token !== statement.token) throw fail('statement-replayed')
      // Accepted before, byte for byte: answered again, whatever its age.
      if (before) into.placed.push({ ...before, index: before.idx })
      // It was stored a moment ago and its chain was erased since: nobody has checked this signature.
      else if (!fresh) throw fail('signer-unknown')
      else await admitOne(ports, projector, { s, v, statement, fresh }, from + into.entries.length, into)
    }
    return into
  }
}

async function admitOne(
  ports: AdmitPorts,
  projector: Projector,
  step: Step,
  index: number,
  into: Admission,
): Promise<void> {
  const { s, v, statement, fresh } = step
  const { deciding, previous } = await decide(ports, step)
  const { chain, now: at } = deciding
  const number = deciding.head + 1
  const salt = ports.random(32)
  const entry = journalEntry(salt, statement.token, number, previous)
  const { iss, id, type, token } = statement
  const row = { idx: index, iss, id, type, token, chain, number, previous, salt, at, entry }
  const packets = await insertEntry(s, row, fresh.packets, contentOf(fresh), ports.random)
  const eraseMore = async (erased: Handle) => {
    into.erased = true
    // The statement that founded it lives on outside, and could be sent again until it expires.
    await rememberGone(s, erased, at + MAX_LIFE + CLOCK_SKEW, at)
    await ports.eraseMore?.(s, erased)
  }
  await fresh.kind.effects?.(sourceEffects(s, ports.random, eraseMore), deciding)
  const accepted = { statement, body: fresh.body, chain, number, index, at, packets } as Accepted<unknown>
  await projector.project(v, accepted)
  into.placed.push({ id, index, number, previous, salt, at })
  into.accepted.push(accepted)
  into.entries.push(entry)
}

function contentOf({ kind, body, content }: Fresh): { digest: Digest; jwe: string } | undefined {
  const claim = kind.claims?.(body as never).content
  return claim !== undefined && content !== undefined ? { digest: claim, jwe: content } : undefined
}

/** Asks the kind's rule at the head of the chain. Throws what refuses the statement. */
async function decide(ports: AdmitPorts, step: Step): Promise<{ deciding: Deciding<never>; previous: Bytes }> {
  const { s, v, statement, fresh } = step
  const { kind, body, packets, content } = fresh
  const now = seconds(ports.clock())
  checkTimes(statement, now)
  const chain = kind.chain ? kind.chain(body as never, statement) : statement.sub
  if (!chain) throw fail('statement-invalid')
  // J18 An erased person's keyring does not come back by sending its first entry again.
  if (statement.sub === undefined && (await isGone(s, chain, now))) throw fail('not-found')
  const actor = await actorOf(ports.signers, step, now)
  const { number: head, entry: previous } = await chainHead(s, chain)
  const deciding: Deciding<never> = {
    ...{ views: v, statement, body: body as never, actor, chain, head, now, packets, content },
  }
  await kind.decide(deciding)
  return { deciding, previous }
}

function checkTimes({ iat, exp }: Statement, now: number): void {
  if (exp <= iat || exp - iat > MAX_LIFE) throw fail('statement-invalid')
  if (iat > now + CLOCK_SKEW) throw fail('statement-from-the-future')
  if (exp <= now) throw fail('statement-expired')
}

/** The actor is looked up again inside the transaction: a key removed a moment ago no longer signs. */
async function actorOf(signers: SignerPort, { v, statement, fresh }: Step, now: number): Promise<Actor> {
  const { kind, body, publicKey } = fresh
  if (kind.ownKey?.(body as never, statement) !== undefined) return { role: 'founder' }
  const found = await signers.find(v, statement.iss, statement.kid)
  if (!found || found.publicKey !== publicKey || (found.until ?? now + 1) <= now) throw fail('signer-unknown')
  if (!kind.signers.includes(found.actor.role)) throw fail('signer-not-allowed')
  return found.actor
}
