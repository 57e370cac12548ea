/** One submission inside the transaction: times, actor, rule, then statement, salt, leaf, packets and view rows at once. */
import type { Bytes } from '@salus/base/bytes'
import { type Clock, type Random, seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Digest, Handle, StatementId } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { CLOCK_SKEW, FOR_EVER, type JournalCode, MAX_LIFE, MAX_MOVES } from './contract.ts'
import { journalEntry } from './entry.ts'
import type { Homed } from './home.ts'
import { lastStay } from './moved.store.ts'
import type { NoteKey } from './note.ts'
import { keepPlace, type Placing, placeLate, placeOf, shiftHome } from './placing.ts'
import { type Fresh, type Prepared, signingOf } from './prepare.ts'
import type { Projector } from './project.ts'
import type { Accepted, Actor, Deciding, SignerPort } from './slice.ts'
import { findStatement, insertEntry, isGone, rememberGone, sourceEffects } from './sources.store.ts'
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
  readonly origin: string
  readonly signers: SignerPort
  /** The other logs of the roots. */
  readonly homes?: readonly NoteKey[]
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
  readonly homed: Homed | undefined
}

/** Returns the function that admits a whole submission from index `from` on, or throws and must be rolled back. */
export function createAdmit(ports: AdmitPorts, projector: Projector) {
  return async (s: Tx, v: Tx, items: readonly Prepared[], from: number): Promise<Admission> => {
    const into: Admission = { placed: [], accepted: [], entries: [], erased: false }
    for (const { statement, fresh, homed } of items) {
      const before = await findStatement(s, statement.iss, statement.id)
      if (before && before.token !== statement.token) throw fail('statement-replayed')
      // Accepted before, byte for byte: answered again, whatever its age.
      if (before) {
        if (homed?.place) await placeLate({ s, v, projector }, before, { ...homed, place: homed.place })
        into.placed.push({ ...before, index: before.idx })
      }
      // It was stored a moment ago and its chain was erased since: nobody has checked this signature.
      else if (!fresh) throw fail('signer-unknown')
      else await admitOne(ports, projector, { s, v, statement, fresh, homed }, from + into.entries.length, into)
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
  const { deciding, placing } = await decide(ports, projector, step)
  const { chain, now: at } = deciding
  const { number, previous } = placing
  const salt = ports.random(32)
  const entry = journalEntry(salt, statement.token, number, previous)
  const { iss, id, type, token } = statement
  const row = { idx: index, iss, id, type, token, chain, number, previous, salt, at, entry }
  const packets = await insertEntry(s, row, fresh.packets, contentOf(fresh), ports.random)
  await keepPlace(s, index, chain, token, placing)
  const eraseMore = async (erased: Handle) => {
    into.erased = true
    // The statement that founded it lives on outside, and could be sent again until it expires.
    // J30 A mirrored one could come again from an old backup of its home, at any time.
    await rememberGone(s, erased, placing.mirrored ? FOR_EVER : at + MAX_LIFE + CLOCK_SKEW, seconds(ports.clock()))
    await ports.eraseMore?.(s, erased)
  }
  await fresh.kind.effects?.(sourceEffects(s, ports.random, eraseMore), deciding)
  const accepted = {
    statement,
    body: fresh.body,
    chain,
    number: placing.shown,
    index,
    at,
    packets,
  } as Accepted<unknown>
  await projector.project(v, accepted)
  await moveOn(ports, projector, step, placing, chain)
  into.placed.push({ id, index, number, previous, salt, at })
  into.accepted.push(accepted)
  into.entries.push(entry)
}

/** J34 The chain's home is another from here on; nothing goes to where nobody of the roots is. */
async function moveOn(ports: AdmitPorts, projector: Projector, step: Step, placing: Placing, chain: Handle) {
  const { s, v, fresh, statement, homed } = step
  const to = fresh.kind.moves?.(fresh.body as never)
  if (to === undefined) return
  if (!placing.mirrored && !ports.homes?.some((one) => one.name === to)) throw fail('home-unknown')
  // One more could be shown to nobody: every page that holds its chain would be refused.
  if (!placing.mirrored && ((await lastStay(s, chain))?.moves.length ?? 0) >= MAX_MOVES) throw fail('home-moves-over')
  await shiftHome({ s, v, projector }, placing, homed, { chain, to, own: ports.origin, token: statement.token })
}

function contentOf({ kind, body, content }: Fresh): { digest: Digest; jwe: string } | undefined {
  const claim = kind.claims?.(body as never).content
  return claim !== undefined && content !== undefined ? { digest: claim, jwe: content } : undefined
}

/** Asks the kind's rule at the head of the chain. Throws what refuses the statement. */
async function decide(
  ports: AdmitPorts,
  projector: Projector,
  step: Step,
): Promise<{ deciding: Deciding<never>; placing: Placing }> {
  const { s, v, statement, fresh, homed } = step
  const { kind, body, packets, content, whole } = fresh
  const clock = seconds(ports.clock())
  // J28 The rules are asked as of the moment the home took it.
  const now = homed?.place ? homed.at : clock
  if (homed?.place) checkTaken(statement, now, clock)
  else checkTimes(statement, now)
  const chain = kind.chain ? kind.chain(body as never, statement) : statement.sub
  if (!chain) throw fail('statement-invalid')
  // J18 An erased person's keyring does not come back by sending its first entry again.
  if (statement.sub === undefined && (await isGone(s, chain, clock))) throw fail('not-found')
  const placing = await placeOf({ s, projector }, kind, chain, statement, homed)
  const actor = await actorOf(ports.signers, step, now)
  const deciding: Deciding<never> = {
    ...{ views: v, statement, body: body as never, actor, chain, head: placing.head, now, packets, content },
    elsewhere: homed?.place !== undefined,
  }
  if (homed && kind.anywhere) await kind.anywhere(deciding)
  // J27 What was destroyed at the home cannot be asked about: its log and its author vouch for it.
  else if (whole) await kind.decide(deciding)
  return { deciding, placing }
}

function checkTimes({ iat, exp }: Statement, now: number): void {
  if (exp <= iat || exp - iat > MAX_LIFE) throw fail('statement-invalid')
  if (iat > now + CLOCK_SKEW) throw fail('statement-from-the-future')
  if (exp <= now) throw fail('statement-expired')
}

/** J26 The home's word on when it took it, held against what the author signed, and this clock. */
function checkTaken({ iat, exp }: Statement, at: number, clock: number): void {
  if (exp <= iat || exp - iat > MAX_LIFE || at < iat - CLOCK_SKEW || at >= exp) throw fail('home-receipt-invalid')
  if (at > clock + CLOCK_SKEW) throw fail('statement-from-the-future')
}

/** The actor is looked up again inside the transaction: a key removed a moment ago no longer signs. */
async function actorOf(signers: SignerPort, { v, statement, fresh, homed }: Step, now: number): Promise<Actor> {
  const { kind, body, publicKey } = fresh
  if (kind.ownKey?.(body as never, statement) !== undefined) return { role: 'founder' }
  const found = await signingOf(signers, v, statement, homed)
  if (!found || found.publicKey !== publicKey || (found.until ?? now + 1) <= now) throw fail('signer-unknown')
  if (!kind.signers.includes(found.actor.role)) throw fail('signer-not-allowed')
  return found.actor
}
