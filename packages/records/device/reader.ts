/** Reading under a grant: sign the read, open packets, check every author (architecture §6, "A request and its grant"). */
import { fromBase64url, text } from '@salus/base/bytes'
import type { Category } from '@salus/base/categories'
import { AppError, isAppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import type { PersonPrivate } from '@salus/crypto/keys'
import { createOpener, openWithPerson, packetHeader } from '@salus/crypto/packet'
import { openContent } from '@salus/crypto/seal'
import { type Link, sign } from '@salus/directory/device/link'
import { authorKeys } from '@salus/directory/device/verify'
import { epochKeys, grantedKeys } from '@salus/grants/contract'
import type { JournalCode, Receipt } from '@salus/journal/contract'
import type { Signer } from '@salus/journal/statement'
import { logsFor, verifyReceipt } from '@salus/journal/verify'
import type { RecordCode, RecordRow } from '../contract.ts'
import { type AuthorKeys, openDocument } from '../document.ts'
import { recordEndpoints, type SealedRecord } from '../endpoints.ts'
import { versionKey } from './own.ts'
import { halvesOf, orTooLarge, pagesOf } from './pages.ts'

/** Records read with one signed statement; the first few come alone, so that something is on the screen at once. */
const BATCH = 200
const FIRST = 20

/** Who reads, and every key that may open. */
export type Reader = {
  readonly handle: string
  readonly signer: Signer
  /** Person keys by thumbprint: the own one and those of teams. */
  readonly keys: ReadonlyMap<string, PersonPrivate>
}

/** One record, opened, its author checked. */
export type ReadRecord = {
  readonly row: RecordRow
  readonly author: string
  readonly document: string
  readonly fhir: string
}

type Opened = { contents: Map<string, string>; epochs: Map<string, string> }

/** Opens grant and epoch packets: content keys by record version, epoch keys by compartment and number. */
export async function openPackets(
  reader: Pick<Reader, 'keys'>,
  grant: string,
  packets: readonly string[],
): Promise<Opened> {
  const contents = new Map<string, string>()
  const epochs = new Map<string, string>()
  for (const packet of packets) {
    const { kid, bind } = packetHeader(packet)
    const key = reader.keys.get(kid)
    if (!key) continue
    const kind = bind.kind === 'epoch' ? 'epoch' : 'grant'
    const plain = text(await openWithPerson(key, packet, { kind, grant }))
    if (kind === 'epoch') {
      for (const one of parseWith(epochKeys, plain).keys) epochs.set(`${one.compartment}:${one.epoch}`, one.key)
    } else
      for (const one of parseWith(grantedKeys, plain).keys) contents.set(versionKey(one.record, one.version), one.key)
  }
  return { contents, epochs }
}

/** The content key of one sealed record, from the one-off packet or through its epoch. */
export async function contentKey(opened: Opened, one: Omit<SealedRecord, 'content'>, open = createOpener()) {
  const { record, version, compartment, epoch, packet } = one
  const direct = opened.contents.get(versionKey(record, version))
  if (direct !== undefined) return fromBase64url(direct)
  const epochKey = opened.epochs.get(`${compartment}:${epoch}`)
  if (epochKey === undefined || packet === null) throw new AppError<RecordCode>('not-granted')
  return open(epochKey, packet, { kind: 'deposit', record, version, compartment, epoch })
}

/** What the grant lets one open now, and the categories it gives whole, as the node tells them: a packet names records only. */
export const whatIsGranted = (link: Link, grant: string): Promise<{ records: RecordRow[]; categories: Category[] }> =>
  link.call(recordEndpoints.granted, { params: { grant } })

/** The records alone. */
export const listGranted = async (link: Link, grant: string): Promise<RecordRow[]> =>
  (await whatIsGranted(link, grant)).records

/** One signed read and what came of it. */
export type ReadPage = {
  readonly receipt: Receipt
  readonly statement: string
  readonly records: ReadRecord[]
  /** What did not open or does not prove its author: told to the reader, never passed over in silence. */
  readonly refused: RecordRow[]
}

/** Signs the read of one page and sends it: journalled before anything comes back. */
async function askPage(link: Link, reader: Reader, grant: { id: string; patient: string }, page: readonly RecordRow[]) {
  const body = { grant: grant.id, records: page.map(({ record, version }) => ({ record, version })) }
  const draft = { type: 'RecordRead', iss: reader.handle, sub: grant.patient, body }
  const statement = await sign(link, reader.signer, draft)
  return { page, statement, answer: await orTooLarge(link.call(recordEndpoints.read, { input: { statement } })) }
}

/** Asks for the first of `pages`, which leaves them. */
function askNext<T>(pages: (readonly RecordRow[])[], ask: (page: readonly RecordRow[]) => Promise<T>) {
  const page = pages.shift()
  const asked = page && ask(page)
  // Whoever waits for it hears of it; nobody does when the caller has had enough.
  asked?.catch(() => undefined)
  return asked
}

/**
 * R9 Opens `rows` under `grant`, author-verified, in batches; each batch leaves one signed, journalled read. One rubbish
 * record does not lock the others away: it comes back as `refused`.
 */
export async function* read(
  link: Link,
  reader: Reader,
  grant: { id: string; patient: string },
  rows: readonly RecordRow[],
): AsyncGenerator<ReadPage> {
  const authors = authorKeys(link, grant.patient)
  const open = createOpener()
  const pages = [...pagesOf(rows.slice(0, FIRST), FIRST), ...pagesOf(rows.slice(FIRST), BATCH)]
  const next = () => askNext(pages, (page) => askPage(link, reader, grant, page))
  let damaged = false
  let goesOn = false
  for (let asked = next(); asked; ) {
    const { page, statement, answer } = await asked
    if (!answer) {
      pages.unshift(...halvesOf(page))
      damaged ||= page.length === 1
      asked = next()
      continue
    }
    // While this page is opened the next one comes, as soon as it is sure that the caller wants more than the first.
    const ahead = goesOn ? next() : undefined
    await verifyReceipt(statement, answer.receipt, logsFor(statement, link.logs))
    const opened = await openPackets(reader, grant.id, answer.packets)
    const keys = { opened, open }
    const rowOf = (row: RecordRow, i: number) => openRow(row, answer.records[i], keys, grant.patient, authors)
    const found = await Promise.all(page.map(rowOf))
    const records = found.flatMap((one) => one ?? [])
    const refused = page.filter((_, i) => found[i] === undefined)
    yield { receipt: answer.receipt, statement, records, refused }
    goesOn = true
    asked = ahead ?? next()
  }
  // After everything else was opened: one damaged on the node's disk locks nothing away, and is not passed over.
  if (damaged) throw new AppError<JournalCode>('content-damaged')
}

/** What is wrong with a record itself; anything else (a node out of reach) ends the errand. */
const rubbish: ReadonlySet<string> = new Set(['cannot-open', 'document-invalid', 'not-granted', 'encoding-invalid'])

async function openRow(
  row: RecordRow,
  sealed: SealedRecord | undefined,
  { opened, open }: { opened: Opened; open: ReturnType<typeof createOpener> },
  patient: string,
  authors: AuthorKeys,
): Promise<ReadRecord | undefined> {
  try {
    const same = sealed && sealed.record === row.record && sealed.version === row.version
    if (!same || digest(sealed.content) !== row.content) throw new AppError<RecordCode>('document-invalid')
    const document = text(await openContent(await contentKey(opened, sealed, open), sealed.content))
    const about = { sub: patient, rec: row.record, ver: row.version, cat: row.category, iss: row.author }
    const { head, fhir } = await openDocument(document, about as never, authors, verifyEd25519)
    return { row, author: head.iss, document, fhir: text(fhir) }
  } catch (error) {
    if (isAppError(error) && rubbish.has(error.code)) return undefined
    throw error
  }
}
