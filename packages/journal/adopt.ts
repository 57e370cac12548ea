/**
 * Adopting what stands in another organisation's log (decision 0020): the one way in, but addressed to its home, and on the
 * home's receipt instead of within the time to send. The same rules are asked again, as of when the home took it.
 */
import { type Bytes, fromBase64url } from '@salus/base/bytes'
import { type Clock, seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { field, z } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'
import { homeOf, saveStops } from './adopted.store.ts'
import { type JournalCode, MAX_MOVES, move, receipt, type SubmissionItem, submissionItem } from './contract.ts'
import type { Homed } from './home.ts'
import { checkMoves } from './moves.ts'
import type { NoteKey } from './note.ts'
import type { Prepared, PreparePorts } from './prepare.ts'
import type { Projector } from './project.ts'
import type { AnyKind, SignerPort } from './slice.ts'
import { parseStatement, type Statement } from './statement.ts'
import { createCheckpointCheck, verifyReceipt } from './verify.ts'

/** A statement with what is left of its packets and its content, and where its home says it stands. */
export const adoption = submissionItem.extend({
  home: z
    .strictObject({
      origin: z.string().min(3).max(100),
      /** When the home took it, seconds. */
      at: field.time,
      receipt,
      /** J34 The number by which every log knows it, where it is another; and on the first of a chain how its home came there. */
      shown: field.count.optional(),
      moves: z.array(move).min(1).max(MAX_MOVES).optional(),
    })
    .optional(),
})
export type Adoption = z.infer<typeof adoption>

const fail = (code: JournalCode) => new AppError<JournalCode>(code)

export type AdoptPorts = {
  /** This log's own name: nothing is adopted from it. */
  readonly origin: string
  /** The other logs of the roots, and this one's own key. */
  readonly logs: readonly NoteKey[]
  readonly own: NoteKey
  readonly projector: Projector
  readonly prepare: (submission: { items: SubmissionItem[] }, homes: readonly Homed[]) => Promise<readonly Prepared[]>
}

/** Looks at everything that can be looked at ahead: the log, its receipt, then what is looked at in any submission. */
export function createAdopt({ origin, logs, own, projector, prepare }: AdoptPorts) {
  const known = (name: string) => name === origin || logs.some((one) => one.name === name)

  async function homedBy(item: Adoption, verify: ReturnType<typeof createCheckpointCheck>): Promise<Homed> {
    const from = item.home?.origin ?? parseStatement(item.statement).aud
    const keys = logs.filter((one) => one.name === from)
    if (from === origin || keys.length === 0) throw fail('home-unknown')
    if (!item.home) return { origin: from, own: origin, at: 0, known }
    const { at, receipt, shown, moves } = item.home
    const entry = await proven(() => verifyReceipt(item.statement, receipt, keys, verify))
    const { index: home, number, previous, salt } = receipt
    const opened = { previous: fromBase64url(previous), entry, salt: fromBase64url(salt) }
    const place = { home, number, ...opened, receipt, ...(shown === undefined ? {} : { shown }) }
    const homed = { origin: from, own: origin, at, known, place }
    if (!moves) return homed
    await checkMoves({ projector, logs: [...logs, own] }, moves, projector.chainOf(item.statement), from)
    return { ...homed, moves }
  }

  return async (items: readonly Adoption[]): Promise<readonly Prepared[]> => {
    const verify = createCheckpointCheck()
    const homes: Homed[] = []
    for (const one of items) homes.push(await homedBy(one, verify))
    return prepare({ items: items.map(({ home: _, ...item }) => item) }, homes)
  }
}

/** J26 A receipt that does not prove exactly this statement under that log's own key has one name, whatever is wrong with it. */
async function proven(work: () => Promise<{ entry: Bytes }>): Promise<Bytes> {
  try {
    return (await work()).entry
  } catch (error) {
    throw isAppError(error) ? fail('home-receipt-invalid') : error
  }
}

type StopPorts = Pick<PreparePorts, 'sources' | 'views' | 'verify'> & {
  readonly signers: SignerPort
  readonly clock: Clock
}

/**
 * J29 Ends at once, durably, what a chain's own person takes back, also where the statement's turn has not come yet. Answers the
 * ids that are ended. Only what the person's key signed counts, and only for the person's own chain. `from`: the log it was listed in.
 */
export function createStop(ports: StopPorts, projector: Projector) {
  const { sources } = ports
  return async (token: string, from?: string): Promise<readonly string[]> => {
    const statement = parseStatement(token)
    const { body } = projector.read({ token })
    const { stops } = projector.kindOf(statement.type)
    const chain = statement.sub
    if (!stops || !chain || statement.iss !== chain) throw fail('home-receipt-missing')
    const home = await sources.tx((s) => homeOf(s, chain))
    await checkOwn(statement, projector.kindOf(statement.type), ports, from !== undefined && home?.origin === from)
    const ids = stops(body as never, statement)
    await sources.tx(async (s) => {
      if (!(await homeOf(s, chain))) throw fail('home-unknown')
      await saveStops(s, chain, ids)
    })
    return ids.map((id) => `${chain} ${id}`)
  }
}

/**
 * The key spoke for the person when it was signed, as the chain's home says and nobody else; or it does now. A key that was taken out says
 * nothing by itself, whoever brings it; nor does a representative's after the appointment's end.
 */
async function checkOwn(
  statement: Statement,
  kind: AnyKind,
  { signers, views, verify, clock }: Omit<StopPorts, 'sources'>,
  byHome: boolean,
): Promise<void> {
  const { iss, kid, iat } = statement
  const other = async (v: Tx) => (byHome ? signers.earlier?.(v, iss, kid, iat) : signers.named?.(v, iss, kid))
  const found = await views.tx(async (v) => (await signers.find(v, iss, kid)) ?? (await other(v)))
  const now = byHome ? iat : seconds(clock())
  if (!found || (found.until ?? now + 1) <= now) throw fail('signer-unknown')
  const { publicKey, actor } = found
  if (!kind.signers.includes(actor.role)) throw fail('signer-not-allowed')
  if (!(await verify(publicKey, statement.signingInput, statement.signature))) throw fail('signature-invalid')
}
