/**
 * A chain's home moves (J34): the person says so in the last statement that the old home takes, and whoever keeps a copy believes
 * the new one on that statement with the old home's receipt, link by link from the chain's first home.
 */
import type { Bytes } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { homeOf } from './adopted.store.ts'
import type { JournalCode, Move } from './contract.ts'
import { checkShown } from './home.ts'
import { lastStay, type Stay, saveMoved, saveStay } from './moved.store.ts'
import type { NoteKey } from './note.ts'
import type { Projector } from './project.ts'
import { chainAfter, chainHead, type Stored } from './sources.store.ts'
import { parseStatement } from './statement.ts'
import { verifyReceipt } from './verify.ts'

const fail = (code: JournalCode) => new AppError<JournalCode>(code)

/** The logs that were its home before. */
export const earlierHomes = ({ moves }: Pick<Stay, 'moves'>): string[] =>
  moves.map((one) => parseStatement(one.statement).aud)

type Checking = {
  readonly projector: Projector
  /** All logs of the roots, the own one too. */
  readonly logs: readonly NoteKey[]
}

/** The log that a move leads to; undefined for what is none. */
export function leadsTo(projector: Projector, token: string): string | undefined {
  const { statement, body } = projector.read({ token })
  return projector.kindOf(statement.type).moves?.(body as never)
}

/** One link: for whom the statement was, where it leads, whose chain; proven to stand in the log that it left. */
async function linkOf({ projector, logs }: Checking, { statement: token, receipt: shown }: Move) {
  const [statement, to] = [parseStatement(token), leadsTo(projector, token)]
  const keys = logs.filter((one) => one.name === statement.aud)
  if (to === undefined || keys.length === 0) throw fail('home-receipt-invalid')
  await verifyReceipt(token, shown, keys)
  return { from: statement.aud, to, chain: statement.sub }
}

/** Throws `home-receipt-invalid` unless these lead `chain` from one home to the next, and the last of them to `origin`. */
export async function checkMoves(ports: Checking, moves: readonly Move[], chain: string | undefined, origin: string) {
  try {
    let at: string | undefined
    for (const one of moves) {
      const link = await linkOf(ports, one)
      if (link.chain !== chain || (at !== undefined && link.from !== at)) throw fail('home-receipt-invalid')
      at = link.to
    }
    if (at !== origin) throw fail('home-receipt-invalid')
  } catch (error) {
    throw isAppError(error) ? fail('home-receipt-invalid') : error
  }
}

/** The log a chain began in, as what stands here of it says; undefined where nothing does. */
async function firstHome(s: Tx, chain: Handle): Promise<string | undefined> {
  const [first] = await chainAfter(s, chain, 0, 1)
  return first && parseStatement(first.token).aud
}

/**
 * J34 From now on `origin` is the home, where its moves (checked before) say more than is known here, and begin where the chain
 * began. A log that is the home itself learns of nothing but what it took itself and lost since: its own receipt says so.
 */
export async function followMoves(
  s: Tx,
  chain: Handle,
  aud: string,
  { origin, own, moves }: { origin: string; own: string; moves?: readonly Move[] },
): Promise<void> {
  if (!moves) return
  const stay = await lastStay(s, chain)
  if (moves.length <= (stay?.moves.length ?? 0)) return
  const first = await firstHome(s, chain)
  const next = moves[stay?.moves.length ?? 0]
  const left = next !== undefined && parseStatement(next.statement).aud === own
  if (first !== undefined && !left && !(await homeOf(s, chain))) return
  if (parseStatement(moves[0]?.statement ?? '').aud !== (first ?? aud)) throw fail('home-elsewhere')
  if (stay?.origin === origin && stay.since === null) return void (await saveStay(s, chain, { ...stay, moves }))
  const { number } = await chainHead(s, chain)
  await saveStay(s, chain, { number: number + 1, origin, moves, since: null })
}

/** What opened its entry in a log that is made again (J33): as it was shown there, and where the chain's home went with it. */
export type Returning = {
  readonly own: string
  readonly row: Pick<Stored, 'idx' | 'chain' | 'number' | 'token' | 'type' | 'salt'> & { readonly entry: Bytes }
  readonly shown: number | undefined
  /** How the chain came to this log, as its keeper tells; checked. */
  readonly moves: readonly Move[]
}

/** J34 A log that is made again is the home of what is at home there, and of nothing that left it. */
export async function returnHome(s: Tx, projector: Projector, { own, row, shown, moves }: Returning): Promise<void> {
  const { idx, chain, number, token, salt, entry } = row
  if (shown !== undefined) {
    await checkShown({ s, kind: projector.kindOf(row.type), chain, token, stay: { moves } }, { shown, number, idx })
    await saveMoved(s, idx, chain, { origin: own, home: idx, number, entry, salt, shown, late: 0 })
  }
  const to = leadsTo(projector, token)
  if (to === undefined) return
  const came = moves.findIndex((one) => one.statement === token)
  const stay = { number: number + 1, origin: to === own ? '' : to, since: null }
  // What left here is told by whoever it went to.
  if (parseStatement(token).aud === own || came >= 0)
    await saveStay(s, chain, { ...stay, moves: came < 0 ? moves : moves.slice(0, came + 1) })
}
