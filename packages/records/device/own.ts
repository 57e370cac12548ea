/** R16 The patient's own picture of the record, folded from the chain as the node folds its view: what is filed, who asked, what was given, who opened. */
import { base64url, fromBase64url } from '@salus/base/bytes'
import type { Compartment } from '@salus/base/categories'
import { AppError, isAppError } from '@salus/base/errors'
import type { OrgId } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import {
  homeMoved,
  identityJoined,
  identityMerged,
  identityUnmerged,
  representativesChanged,
} from '@salus/directory/contract'
import type { Stop } from '@salus/directory/device/stops'
import { deviceThumbprint } from '@salus/directory/keyring'
import type { Store } from '@salus/directory/stores'
import { isBlocked } from '@salus/grants/choices/rules'
import {
  type AccessRequested,
  accessRequested,
  type GrantGiven,
  grantGiven,
  grantRevoked,
  requestRefused,
} from '@salus/grants/contract'
import { answerable, decideGrant, nextPolicy } from '@salus/grants/rules'
import type { ChainEntry, JournalCode } from '@salus/journal/contract'
import { parseStatement, type Statement } from '@salus/journal/statement'
import { type ChainHead, EMPTY_CHAIN } from '@salus/journal/verify'
import {
  type RetentionHeld,
  recordDeposited,
  recordDisputed,
  recordRead,
  recordsRewrapped,
  recordWithdrawn,
  retentionHeld,
  retentionReleased,
} from '../contract.ts'
import { type LinkShared, linkEnded, linkShared } from '../links/contract.ts'
import type { Signing } from './chain.ts'
import { type EmergencyBook, emergencyFolds } from './glass.ts'
import { type SaidBook, saidFolds } from './said.ts'
import type { Watched } from './watch.ts'

/** One version of one record as the patient's device knows it. */
export type OwnRecord = {
  record: string
  version: number
  category: string
  compartment: Compartment
  epoch: number
  placed: number
  superseded: number | null
  content: string
  /** Digest of the packet that opens it now. */
  packet: string
  author: string
  index: number
  at: number
  /** Thumbprint of the key its first packet was sealed to: what was open to suite 1 once stays marked so. */
  sealed?: string
  /** Content key, base64url, once its packet was opened. */
  key?: string
  /** What its author signed does not open: the record is listed, never opened, and left out of grants. */
  broken?: true
  /** It did not open the last time, for what the node said or had lost: it is listed, and tried again at the next errand. */
  unread?: true
}

/** Somebody's request, with the answer given. */
export type OwnRequest = AccessRequested & {
  id: string
  asker: string
  at: number
  status: 'waiting' | 'granted' | 'refused'
}
/** A grant of one's own, as signed. */
export type OwnGrant = GrantGiven & { id: string; at: number; revokedAt?: number }

/** A link of one's own, as signed. */
export type OwnLink = LinkShared & { id: string; at: number; endedAt?: number }

/** A line of the access log: somebody else's act, or one's own that changed who may read. */
export type LogLine = {
  number: number
  index: number
  at: number
  type: string
  who: string
  /** Who signed it in that one's name: a representative. */
  by?: string
  grant?: string
  /** The request made or answered. */
  request?: string
  count?: number
  records?: string[]
  /** Which version of its record was added. */
  version?: number
}

/** Everything folded so far. Plain data: a device keeps it sealed between errands. */
export type OwnRecordBook = EmergencyBook &
  SaidBook & {
    chain: { number: number; entry: string }
    records: Record<string, OwnRecord>
    requests: Record<string, OwnRequest>
    grants: Record<string, OwnGrant>
    log: LogLine[]
    /** For each standing grant, the person key its epochs are sealed to now (thumbprint); empty: to nobody. */
    sealedTo: Record<string, string>
    /** Newest entry of the own keyring that the chain has shown: the node may not answer with an older state (R19). */
    keyring?: { n: number; head: string }
    /** Statements of one's own that wait for witnesses, or were witnessed too late. */
    unwitnessed?: Watched[]
    /** Records that their author took back: the notice is all that is left. */
    withdrawn?: Record<string, { reason: string; at: number }>
    /** Merges by the desk that stand: the other handle, and whether new documents go there. */
    merges?: Record<string, { other: string; goesOn: 'here' | 'there' }>
    /** What the law has an organisation keep, by the hold's id. */
    holds?: Record<string, RetentionHeld & { org: string; at: number }>
    /** Links shared with people outside, by the id of their statement. */
    links?: Record<string, OwnLink>
    /** The links themselves, on the device that made them: whoever has one has the key. */
    shlinks?: Record<string, string>
    /** Open disputes, by record. */
    disputes?: Record<string, { version: number; reason: string; at: number }>
    /** Whose device keys act for this person, by thumbprint: the log names them. */
    representatives?: Record<string, string>
    /** Whose keys speak for the person at the end of what was followed (R11). */
    signing?: Signing
    /** Every statement that was followed, by name: none of them counts again (R31). */
    seen?: string[]
    /** Seconds: when this device last saw the chain's end. */
    followed?: number
    /** The appointments that stand, each with the key it was sealed to. */
    entrusted?: { id: string; handle: string; key: string; until: number }[]
    /** The newest checkpoint seen of the log: what proves that a node was rolled back (J23). */
    checkpoint?: string
    /** What was taken back and goes to every store, by the grant it ends (D41). */
    stops?: Record<string, Stop>
    /** The journal in whose numbers the chain was followed; before this was said, that of the device's own node. */
    origin?: string
    /** The record went to another hospital: its organisation and its journal (D46). */
    home?: { readonly org: OrgId; readonly origin: string }
    /** The stores as the home last told, and how far the chain was then: known also while the home is down. */
    stores?: { readonly at: number; readonly all: readonly Store[] }
    /** Keyring head at which this device held every epoch key: later entries may be another device's. */
    complete?: string
  }

/** Where a device begins. */
export const emptyBook = (): OwnRecordBook => ({
  chain: { number: 0, entry: base64url(EMPTY_CHAIN.entry) },
  policy: 0,
  records: {},
  requests: {},
  grants: {},
  log: [],
  sealedTo: {},
})

/** How far the chain was followed. */
export const bookHead = (book: OwnRecordBook): ChainHead => ({
  number: book.chain.number,
  entry: fromBase64url(book.chain.entry),
})

/** Name of a version in maps. */
export const versionKey = (record: string, version: number): string => `${record}:${version}`

const broken = () => new AppError<JournalCode>('chain-broken')

/** Takes one entry into the book; says what its line of the log tells. */
type Fold = (book: OwnRecordBook, statement: Statement, entry: ChainEntry) => Partial<LogLine> | undefined

/** An own keyring entry: a line of the log, and how far the keyring has come. Each names the one before, as the node's rule has it. */
const keyringFold: Fold = (book, { type, body, token }) => {
  const { n, head } = book.keyring ?? { n: 0, head: undefined }
  const next = type === 'KeyringStarted' ? 1 : body.n
  if (next !== n + 1 || (head !== undefined && body.prev !== head)) throw broken()
  book.keyring = { n: next, head: digest(token) }
  return {}
}

/** G16 Until when a representative may give, where one signed: never longer than he or she acts. */
function givesUntil(book: OwnRecordBook, kid: string): number {
  const by = book.representatives?.[kid]
  if (by === undefined) return Number.POSITIVE_INFINITY
  return book.entrusted?.find((one) => one.handle === by)?.until ?? 0
}

const folds: Record<string, Fold> = {
  ...emergencyFolds,
  ...saidFolds,
  KeyringStarted: keyringFold,
  KeyringClaimed: keyringFold,
  EpochOpened: keyringFold,
  DevicesChanged: keyringFold,
  RecoveryChanged: keyringFold,
  KeyringRenewed: keyringFold,
  RepresentativesChanged(book, statement, entry) {
    const { representatives } = checkWith(representativesChanged, statement.body)
    const named = representatives.flatMap(({ handle, devices }) =>
      devices.map((key) => [deviceThumbprint(key), handle] as const),
    )
    book.representatives = { ...book.representatives, ...Object.fromEntries(named) }
    book.entrusted = representatives.map(({ id, handle, key, until }) => ({ id, handle, key, until }))
    return keyringFold(book, statement, entry)
  },
  RecordDeposited(book, statement, { number, index, at }) {
    const {
      record,
      version,
      category,
      epoch,
      content,
      key: sealed,
      packets,
    } = checkWith(recordDeposited, statement.body)
    // R2 A version stands once: a second one would take its place, and bring a hidden record back.
    if (book.records[versionKey(record, version)]) throw broken()
    const before = book.records[versionKey(record, version - 1)]
    if (before) before.superseded = number
    delete book.disputes?.[record]
    book.records[versionKey(record, version)] = {
      ...{ record, version, category, compartment: category, epoch, placed: number, superseded: null },
      ...{ content, packet: packets[0] ?? '', author: statement.iss, index, at, sealed },
    }
    return { records: [record], version }
  },
  RecordsRewrapped(book, statement, { number }) {
    const { items, packets } = checkWith(recordsRewrapped, statement.body)
    for (const [i, { record, version, compartment, epoch }] of items.entries()) {
      const known = book.records[versionKey(record, version)]
      if (!known) continue
      // The same rule as the node's view (records.store moveRecord): older packets hold the key unless it was out of reach.
      if (known.epoch === 0 || known.compartment !== compartment) known.placed = number
      Object.assign(known, { compartment, epoch, packet: packets[i] ?? '' })
    }
    return undefined
  },
  AccessRequested(book, statement, { at }) {
    const body = checkWith(accessRequested, statement.body)
    if (book.requests[statement.id]) throw broken()
    book.requests[statement.id] = { ...body, id: statement.id, asker: statement.iss, at, status: 'waiting' }
    return { request: statement.id }
  },
  RequestRefused(book, statement) {
    const { request } = checkWith(requestRefused, statement.body)
    const refused = book.requests[request]
    if (refused) refused.status = 'refused'
    return { request }
  },
  GrantGiven(book, { id, kid, sub = '', body: signed }, { at }) {
    const body = checkWith(grantGiven, signed)
    const request = book.requests[body.request]
    // The rules that the node asked: a grant it should have refused is none here either.
    decideGrant(answerable(request && { ...request, patient: sub }, sub, at), body, book.policy, at)
    if (book.grants[id] || body.until > givesUntil(book, kid)) throw broken()
    book.grants[id] = { ...body, id, at }
    if (request) request.status = 'granted'
    book.policy = body.policy
    return { grant: id, request: body.request }
  },
  GrantRevoked(book, statement, { at }) {
    const { grant, policy } = checkWith(grantRevoked, statement.body)
    nextPolicy(book.policy, policy)
    const given = book.grants[grant]
    if (!given || given.revokedAt !== undefined) throw broken()
    given.revokedAt = at
    book.policy = policy
    return { grant }
  },
  RecordWithdrawn(book, statement, { at }) {
    const { record, reason } = checkWith(recordWithdrawn, statement.body)
    for (const one of Object.values(book.records)) {
      if (one.record === record) delete book.records[versionKey(record, one.version)]
    }
    delete book.disputes?.[record]
    book.withdrawn = { ...book.withdrawn, [record]: { reason, at } }
    return { records: [record] }
  },
  RecordDisputed(book, statement, { at }) {
    const { record, version, reason } = checkWith(recordDisputed, statement.body)
    book.disputes = { ...book.disputes, [record]: { version, reason, at } }
    return { records: [record], version }
  },
  IdentityMerged(book, statement) {
    const { merge, into } = checkWith(identityMerged, statement.body)
    book.merges = { ...book.merges, [merge]: { other: into, goesOn: 'there' } }
    return {}
  },
  IdentityJoined(book, statement) {
    const { merge, from } = checkWith(identityJoined, statement.body)
    book.merges = { ...book.merges, [merge]: { other: from, goesOn: 'here' } }
    return {}
  },
  IdentityUnmerged(book, statement) {
    delete book.merges?.[checkWith(identityUnmerged, statement.body).merge]
    return {}
  },
  RetentionHeld(book, statement, { at }) {
    const body = checkWith(retentionHeld, statement.body)
    book.holds = { ...book.holds, [statement.id]: { ...body, org: statement.iss, at } }
    return { records: body.records }
  },
  RetentionReleased(book, statement) {
    const { hold } = checkWith(retentionReleased, statement.body)
    delete book.holds?.[hold]
    return {}
  },
  LinkShared(book, { id, body: signed }, { at }) {
    const body = checkWith(linkShared, signed)
    if (book.links?.[id]) throw broken()
    book.links = { ...book.links, [id]: { ...body, id, at } }
    return {}
  },
  LinkEnded(book, { body }, { at }) {
    const { link } = checkWith(linkEnded, body)
    const shared = book.links?.[link]
    if (!shared || shared.endedAt !== undefined) throw broken()
    shared.endedAt = at
    delete book.shlinks?.[link]
    return {}
  },
  HomeMoved(book, { body }) {
    book.home = checkWith(homeMoved, body)
    return {}
  },
  RecordRead(_, statement) {
    const { grant, records } = checkWith(recordRead, statement.body)
    return { grant, count: records.length, records: records.map((one) => one.record) }
  },
}

/** Folds checked entries into the book, in order: all of them, or none (`chain-broken`). */
export function foldEntries(book: OwnRecordBook, entries: readonly ChainEntry[]): void {
  if (entries.length === 0) return
  const next = structuredClone(book)
  for (const entry of entries) foldOne(next, { ...entry, number: entry.shown ?? entry.number })
  Object.assign(book, next)
}

function foldOne(book: OwnRecordBook, entry: ChainEntry): void {
  const statement = parseStatement(entry.statement)
  const { number, index, at } = entry
  const fold = folds[statement.type]
  const line = fold ? obeyed(() => fold(book, statement, entry)) : {}
  const by = book.representatives?.[statement.kid]
  const signed = by === undefined ? {} : { by }
  if (line) book.log.push({ number, index, at, type: statement.type, who: statement.iss, ...signed, ...line })
}

/** What a rule refuses should not stand in a chain: whoever put it there lies. */
function obeyed<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw isAppError(error) ? broken() : error
  }
}

/** Grants in force at `now` (seconds). */
export const standingGrants = (book: OwnRecordBook, now: number): OwnGrant[] =>
  Object.values(book.grants).filter((one) => one.revokedAt === undefined && one.until > now)

/** G18 Requests that wait for an answer at `now` (seconds): not those of people who are blocked. */
export const requestsWaiting = ({ requests, choices }: OwnRecordBook, now: number): OwnRequest[] =>
  Object.values(requests).filter(
    (one) => one.status === 'waiting' && one.until > now && !isBlocked(choices?.blocked ?? [], one),
  )
