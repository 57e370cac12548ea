/** Emergency access as the own chain tells it: what was chosen, who broke the glass, who seconded, released, reviewed. */
import { checkWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import {
  type Escrow,
  emergencyChosen,
  emergencyReleased,
  type Glass,
  glassBroken,
  glassEnded,
  glassReviewed,
  glassSeconded,
} from '@salus/grants/emergency/contract'
import { nextPolicy } from '@salus/grants/rules'
import type { ChainEntry } from '@salus/journal/contract'
import type { Statement } from '@salus/journal/statement'

/** The choice in force: which categories, and what each keeper holds (digests of the one-off packets beside them). */
export type OwnChoice = {
  categories: string[]
  keepers: Escrow[]
  packets: string[]
  at: number
}

/** `org` is empty: the asker's keyring says whose people they are, the chain does not. */
export type OwnGlass = Glass

/** The part of the own book that tells of emergencies. */
export type EmergencyBook = {
  policy: number
  /** What an emergency may open, and who holds it; absent until the patient chose. */
  emergency?: OwnChoice
  /** Broken glass, by its id. */
  glass?: Record<string, OwnGlass>
}

/** Takes one entry into that part; says what its line of the log tells. */
type EmergencyFold = (
  book: EmergencyBook,
  statement: Statement,
  entry: ChainEntry,
) => { grant?: string; request?: string; records?: string[]; count?: number }

/** Changes what is known of one emergency; one that the chain never began is passed over. */
function change(book: EmergencyBook, id: string, by: Partial<Glass>): void {
  const before = book.glass?.[id]
  if (before) book.glass = { ...book.glass, [id]: { ...before, ...by } }
}

export const emergencyFolds: Readonly<Record<string, EmergencyFold>> = {
  EmergencyChosen(book, statement, { at }) {
    const { categories, keepers, packets, policy } = checkWith(emergencyChosen, statement.body)
    nextPolicy(book.policy, policy)
    book.emergency = { categories, keepers, packets, at }
    book.policy = policy
    return {}
  },
  BreakGlass(book, { id, iss, sub = '', body, token }, { at }) {
    const { reason, reader: key, until } = checkWith(glassBroken, body)
    const named = { id, patient: sub, asker: iss, org: '', reason, key, at, until, statement: digest(token) }
    // An id stands once: a second one would take the first one's signatures over.
    if (!book.glass?.[id]) {
      book.glass = { ...book.glass, [id]: { ...named, second: null, release: null, endedAt: null, review: null } }
    }
    return { request: id }
  },
  BreakGlassSeconded(book, { iss, body }, { at }) {
    const { glass, statement } = checkWith(glassSeconded, body)
    const known = book.glass?.[glass]
    if (known && !known.second && known.statement === statement) change(book, glass, { second: { who: iss, at } })
    return { request: glass }
  },
  BreakGlassEnded(book, { body }, { at }) {
    const { glass, policy } = checkWith(glassEnded, body)
    nextPolicy(book.policy, policy)
    change(book, glass, { endedAt: at })
    book.policy = policy
    return { request: glass }
  },
  EmergencyReleased(book, { id, body }) {
    const { glass, records } = checkWith(emergencyReleased, body)
    change(book, glass, { release: id })
    return { grant: id, request: glass, records, count: records.length }
  },
  BreakGlassReviewed(book, { iss, body }, { at }) {
    const { glass, found } = checkWith(glassReviewed, body)
    change(book, glass, { review: { found, who: iss, at } })
    return { request: glass }
  },
}

/** Emergencies that stand at `now`, seconds. */
export const openGlass = (book: EmergencyBook, now: number): OwnGlass[] =>
  Object.values(book.glass ?? {}).filter((one) => one.endedAt === null && one.until > now)
