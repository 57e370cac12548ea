/** The patient's verbs on the own record: approve, refuse, take back, hide, read, erase. Each first gets in step (`sync`). */
import { fromBase64url, text } from '@salus/base/bytes'
import type { Category } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import { keyThumbprint, suiteOfKey } from '@salus/crypto/keys'
import { sealToKey } from '@salus/crypto/packet'
import { paddedJson } from '@salus/crypto/pad'
import { openContent } from '@salus/crypto/seal'
import type { SuiteId } from '@salus/crypto/suites'
import { isOrg } from '@salus/directory/consortium'
import { sign } from '@salus/directory/device/link'
import { authorKeys, createKeyrings } from '@salus/directory/device/verify'
import type { GrantCode } from '@salus/grants/contract'
import { give, refuse, revoke } from '@salus/grants/device'
import type { Receipt } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { logsFor, verifyReceipt } from '@salus/journal/verify'
import type { RecordCode } from '../contract.ts'
import { type AuthorKeys, openDocument } from '../document.ts'
import { recordEndpoints } from '../endpoints.ts'
import { whoAsks } from './asker.ts'
import { renewEscrow } from './emergency.ts'
import { appointmentOf } from './entrusted.ts'
import type { OwnRecord, OwnRecordBook, OwnRequest } from './own.ts'
import { halvesOf, orTooLarge, pagesOf } from './pages.ts'
import { acting, freshKeyring, moveTo, type PatientDevice, publish, standingReaders, sync } from './sync.ts'

// biome-ignore lint/performance/noBarrelFile: one face of the package, kept in files of one subject each
export { type PatientDevice, sync } from './sync.ts'

const failGrant = (code: GrantCode) => new AppError<GrantCode>(code)

/**
 * Moves records out of every category: never given by category again. Packets given before still hold their keys, but for the
 * emergency keepers': what they hold is made again (E6).
 */
export async function hide(device: PatientDevice, records: readonly string[]): Promise<void> {
  const known = Object.values(device.book.records).filter((one) => records.includes(one.record))
  await moveTo(device, known, 'hidden')
  await renewEscrow(device)
  await device.save()
}

/** The suite each own record was first sealed in, whatever it lies under now; undefined where the key is not known here. */
export function suiteOfRecords({ keys }: PatientDevice): (own: OwnRecord) => SuiteId | undefined {
  const all = [...keys.epochs.map((one) => one.key), keys.inbox.publicKey, ...keys.inboxes.map((one) => one.publicKey)]
  const suites = new Map<string, SuiteId>(
    all.filter((key) => key !== '').map((key) => [keyThumbprint(key), suiteOfKey(key)]),
  )
  return ({ sealed }) => suites.get(sealed ?? '')
}

/** What of a request is given: all of it unless said otherwise. */
export type Choice = {
  readonly only?: readonly Category[]
  readonly records?: readonly string[]
  readonly standing?: boolean
  readonly until?: number
}

function waitingRequest(book: OwnRecordBook, id: string): OwnRequest {
  const request = book.requests[id]
  if (!request) throw failGrant('request-unknown')
  if (request.status !== 'waiting') throw failGrant('request-answered')
  return request
}

/** Approves a request in full or in part. */
export async function approve(device: PatientDevice, id: string, choice: Choice) {
  await sync(device)
  const { link, book } = device
  const request = waitingRequest(book, id)
  const { reader } = await whoAsks(device, request)
  const single = choice.records ?? (choice.only ? [] : request.records)
  const categories = choice.only ?? (choice.records ? [] : request.categories)
  const keyring = await freshKeyring(device)
  const { by } = device.keys
  // G16 Who acts for somebody gives for as long as that lasts.
  const own = by === undefined ? request.until : appointmentOf(keyring, device.keys, seconds(link.clock())).until
  const until = Math.min(choice.until ?? request.until, request.until, own)
  const made = await give(
    link,
    { ...(await acting(device)), keyring },
    {
      ...{ request, reader: reader.keyring, categories, records: single, until, standing: choice.standing ?? false },
      ...{ head: book.chain.number, policy: book.policy },
      held: Object.values(book.records).map((one) => ({ ...one, key: one.broken ? undefined : one.key })),
    },
    choice.standing ? await standingReaders(device) : [],
  )
  const receipts = await publish(device, made)
  return { grant: made.id, receipts, categories, records: single, until, statement: made.items[0]?.statement ?? '' }
}

/** Refuses a request. */
export async function turnDown(device: PatientDevice, id: string, reason: string): Promise<Receipt> {
  await sync(device)
  waitingRequest(device.book, id)
  const item = await refuse(device.link, await acting(device), id, reason)
  return (await publish(device, { items: [item], epochs: [] }))[0] as Receipt
}

/** Takes a grant back; what its reader opened before is told, not undone. */
export async function takeBack(device: PatientDevice, id: string) {
  await sync(device)
  const grant = device.book.grants[id]
  if (!grant) throw failGrant('grant-unknown')
  if (grant.revokedAt !== undefined) throw failGrant('grant-revoked')
  const patient = { ...(await acting(device)), keyring: await freshKeyring(device) }
  const remaining = grant.standing ? await standingReaders(device, id) : []
  const { standing, categories } = grant
  const made = await revoke(device.link, patient, { id, standing, categories, policy: device.book.policy }, remaining)
  const [receipt] = await publish(device, made)
  const statement = made.items[0]?.statement ?? ''
  const opened = device.book.log.filter((one) => one.type === 'RecordRead' && one.grant === id)
  return { statement, receipt: receipt as Receipt, opened }
}

/** One of one's own records, opened and its author checked. */
export type OpenedRecord = {
  readonly own: OwnRecord
  readonly content: string
  readonly document: string
  readonly fhir: string
}

/**
 * Opens own records, author checked, a hundred at a time; newest versions unless `all`. What an author filed wrongly is
 * marked `broken` and passed over: one rubbish record must not lock a person out of the rest. Only what follows from signed bytes
 * lasts: what the node says of an author, or has lost, may be otherwise tomorrow (`unread`).
 */
export async function* openOwn(device: PatientDevice, all = false): AsyncGenerator<OpenedRecord> {
  const { link, book, keys } = device
  const authors = authorKeys(link, keys.handle)
  const list = Object.values(book.records).filter(
    (one) => one.key !== undefined && !one.broken && (all || one.superseded === null),
  )
  for (const one of list) delete one.unread
  const pages = pagesOf(list, 100)
  for (let page = pages.shift(); page; page = pages.shift()) {
    const answer = await orTooLarge(contentsOf(device, page))
    if (!answer) {
      pages.unshift(...halvesOf(page))
      // Damaged on the node's disk: a good copy may be brought back.
      const [alone] = page
      if (page.length === 1 && alone) alone.unread = true
      continue
    }
    for (const [i, own] of page.entries()) {
      const content = answer.contents[i]?.content ?? ''
      // Other bytes than the author signed for are the node's doing, not the author's: that ends the errand.
      if (digest(content) !== own.content) throw new AppError<RecordCode>('document-invalid')
      const opened = await openOne(own, content, keys.handle, authors)
      if (typeof opened === 'object') yield opened
      else own[opened] = true
    }
  }
}

/** R25 The person's own contents; for who acts for the person, under a signed read that the log keeps. */
async function contentsOf(
  device: PatientDevice,
  wanted: readonly OwnRecord[],
): Promise<{ contents: { content: string }[] }> {
  const { link, keys } = device
  const records = wanted.map(({ record, version }) => ({ record, version }))
  if (keys.by === undefined) return link.call(recordEndpoints.contents, { input: { records } })
  const { handle, signer } = await acting(device)
  const { id: grant } = appointmentOf(await freshKeyring(device), keys, seconds(link.clock()))
  const draft = { type: 'RecordRead', iss: handle, sub: handle, body: { grant, records } }
  const statement = await sign(link, signer, draft)
  const answer = await link.call(recordEndpoints.read, { input: { statement } })
  await verifyReceipt(statement, answer.receipt, logsFor(statement, link.logs))
  return { contents: answer.records }
}

/** What an author can get wrong. */
const rubbish: ReadonlySet<string> = new Set(['cannot-open', 'document-invalid', 'encoding-invalid'])

async function openOne(
  own: OwnRecord,
  content: string,
  patient: string,
  authors: AuthorKeys,
): Promise<OpenedRecord | 'broken' | 'unread'> {
  try {
    const document = text(await openContent(fromBase64url(own.key ?? ''), content))
    const about = { sub: patient, rec: own.record, ver: own.version, cat: own.category, iss: own.author }
    const { fhir } = await openDocument(document, about as never, authors, verifyEd25519)
    return { own, content, document, fhir: text(fhir) }
  } catch (error) {
    if (!isAppError(error) || !rubbish.has(error.code)) throw error
    return error.facts.author === 'unknown' ? 'unread' : 'broken'
  }
}

/** What an organisation keeps for a reason of law when everything else is erased. */
export type Kept = {
  readonly hold: string
  readonly org: string
  readonly reason: string
  readonly until: number
  readonly versions: number
}

type Holding = { readonly kept: Kept; readonly key: string; readonly versions: readonly OwnRecord[] }

/** R26 The holds in force, each with what it keeps: the versions its own organisation wrote, all of them or those it names. */
async function holdsInForce({ link, book, keys: own }: PatientDevice): Promise<Holding[]> {
  const now = seconds(link.clock())
  const keyrings = createKeyrings(link)
  const orgOf = async (author: string): Promise<string> =>
    isOrg(link.roots, author) ? author : (await keyrings(author)).keyring.org
  const all: Holding[] = []
  for (const [hold, { org, reason, until, records, key }] of Object.entries(book.holds ?? {})) {
    if (until <= now) continue
    const versions: OwnRecord[] = []
    for (const one of Object.values(book.records)) {
      const named = records.length === 0 || records.includes(one.record as never)
      // What the person wrote is nobody's to keep.
      if (named && one.author !== own.handle && (await orgOf(one.author)) === org) versions.push(one)
    }
    if (versions.length > 0) all.push({ kept: { hold, org, reason, until, versions: versions.length }, key, versions })
  }
  return all.sort((a, b) => (a.kept.hold < b.kept.hold ? -1 : 1))
}

/** What erasing would leave, for whom, why, until when. */
export async function whatStays(device: PatientDevice): Promise<Kept[]> {
  await sync(device)
  return (await holdsInForce(device)).map((one) => one.kept)
}

/**
 * Erases everything the node holds about this person; what the law has somebody keep goes under a random name, its keys sealed
 * to that organisation alone (R27). The receipt is all that remains of it.
 */
export async function erase(device: PatientDevice): Promise<{ statement: string; receipt: Receipt; kept: Kept[] }> {
  const { link } = device
  // A node that misbehaves keeps nobody from leaving: then what this device knows has to do.
  await sync(device).catch((error) => {
    if (!isAppError(error) || error.code === 'node-unreachable') throw error
  })
  const { handle, signer } = await acting(device)
  const holds = await holdsInForce(device)
  const packets: string[] = []
  for (const { kept, key: to, versions } of holds) {
    const keys = versions.flatMap(({ record, version, key }) => (key && version ? [{ record, version, key }] : []))
    packets.push(await sealToKey(to as never, { kind: 'kept', hold: kept.hold }, paddedJson({ keys })))
  }
  const ids = holds.map((one) => one.kept.hold)
  const named = ids.length > 0 ? { kept: ids, packets: packets.map((one) => digest(one)) } : {}
  const body = { confirm: 'erase-everything', ...named }
  const statement = await sign(link, signer, { type: 'PersonErased', iss: handle, sub: handle, body })
  const item = packets.length > 0 ? { statement, packets } : { statement }
  const [receipt] = await submit(link.call, link.logs, [item])
  return { statement, receipt: receipt as Receipt, kept: holds.map((one) => one.kept) }
}
