/** The patient's device and its record: follow the chain, open packets, seal again, approve, revoke, read, erase. */
import { base64url, fromBase64url } from '@salus/base/bytes'
import type { Category } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import { rsaThumbprint } from '@salus/crypto/keys'
import { openWithX25519, sealToX25519 } from '@salus/crypto/packet'
import { openContent } from '@salus/crypto/seal'
import { type Link, sign } from '@salus/directory/device/link'
import { ownKeyring, type PatientKeys, signerOf } from '@salus/directory/device/patient'
import { authorKeys, createKeyrings, findKeyring, type Known } from '@salus/directory/device/verify'
import { runningEpoch } from '@salus/directory/keyring'
import type { GrantCode } from '@salus/grants/contract'
import { give, openEpochs, refuse, revoke, type StandingReader, standingCompartments } from '@salus/grants/device'
import type { Receipt, SubmissionItem } from '@salus/journal/contract'
import { readChain, submit } from '@salus/journal/device'
import type { RecordCode } from '../contract.ts'
import { openDocument } from '../document.ts'
import { recordEndpoints } from '../endpoints.ts'
import {
  bookHead,
  foldEntries,
  type OwnRecord,
  type OwnRecordBook,
  type OwnRequest,
  standingGrants,
  versionKey,
} from './own.ts'

/** A patient's device at work: its keys, its book, and how both are kept before anything irreversible is sent. */
export type PatientDevice = {
  readonly link: Link
  readonly keys: PatientKeys
  readonly book: OwnRecordBook
  readonly save: () => Promise<void>
}

const REWRAP_BATCH = 250
const acting = async ({ keys }: PatientDevice) => ({ handle: keys.handle, signer: await signerOf(keys.device) })
const failGrant = (code: GrantCode) => new AppError<GrantCode>(code)

/** Follows the own chain to its end, opens new packets, and seals again what still lies under intake or inbox keys. */
export async function sync(device: PatientDevice): Promise<void> {
  await follow(device)
  await openPackets(device)
  await sealAgain(device)
  await turnOver(device)
  await device.save()
}

async function follow({ link, book }: PatientDevice): Promise<void> {
  const head = await readChain(link.call, link.logs, bookHead(book), async (entries) => foldEntries(book, entries))
  book.chain = { number: head.number, entry: base64url(head.entry) }
}

/** The private half that opens packets of an epoch (0: the inbox); undefined when this device never had it. */
function epochPrivate(keys: PatientKeys, compartment: string, epoch: number): string | undefined {
  if (epoch === 0) return keys.inbox.privateKey
  return keys.epochs.find((one) => one.compartment === compartment && one.epoch === epoch)?.privateKey
}

/** Opens the packets of records whose content key is not known yet. A packet that is not the signed one is refused. */
async function openPackets(device: PatientDevice): Promise<void> {
  const missing = Object.values(device.book.records).filter((one) => one.key === undefined && !one.broken)
  if (missing.length === 0) return
  let after = Math.min(...missing.map((one) => one.index)) - 1
  for (;;) {
    const { records } = await device.link.call(recordEndpoints.own, { query: { after } })
    const last = records.at(-1)
    if (!last) return
    await Promise.all(
      records.map(async (row) => {
        const own = device.book.records[versionKey(row.record, row.version)]
        if (own && own.key === undefined && row.packet) await openOne(device.keys, own, row.packet)
      }),
    )
    after = last.index
  }
}

async function openOne(keys: PatientKeys, own: OwnRecord, packet: string): Promise<void> {
  const { record, version, compartment, epoch } = own
  const privateKey = epochPrivate(keys, compartment, epoch)
  try {
    if (!privateKey || digest(packet) !== own.packet) throw new AppError<RecordCode>('deposit-packet-wrong')
    const expected = { kind: 'deposit', record, version, compartment, epoch } as const
    own.key = base64url(await openWithX25519(fromBase64url(privateKey), packet, expected))
  } catch (error) {
    if (!isAppError(error)) throw error
    own.broken = true
  }
}

/** Epoch 1 is the desk's intake epoch; what lies there or in the inbox goes to the epoch that runs now. */
async function sealAgain(device: PatientDevice): Promise<void> {
  const waiting = Object.values(device.book.records).filter((one) => one.epoch <= 1 && one.key !== undefined)
  for (let at = 0; at < waiting.length; at += REWRAP_BATCH) await moveTo(device, waiting.slice(at, at + REWRAP_BATCH))
}

/** Seals the packets of `records` anew, to the running epoch of `compartment` (where they lie when not given). */
async function moveTo(device: PatientDevice, records: readonly OwnRecord[], compartment?: 'hidden'): Promise<void> {
  const { link, keys } = device
  const keyring = await ownKeyring(link, keys.handle)
  const now = seconds(link.clock())
  const items = []
  const packets: string[] = []
  for (const { record, version, key, ...own } of records) {
    const epoch = runningEpoch(keyring, compartment ?? own.compartment, now)
    if (!epoch || key === undefined) continue
    const item = { record, version, compartment: epoch.compartment, epoch: epoch.epoch }
    packets.push(await sealToX25519(epoch.key, { kind: 'deposit', ...item }, fromBase64url(key)))
    items.push(item)
  }
  if (items.length === 0) return
  const { handle, signer } = await acting(device)
  const body = { items, packets: packets.map((one) => digest(one)) }
  const statement = await sign(link, signer, { type: 'RecordsRewrapped', iss: handle, sub: handle, body })
  await submit(link.call, link.logs, [{ statement, packets }])
  await follow(device)
}

/** Moves records out of every category: never given by category again. Packets given before still hold their keys. */
export async function hide(device: PatientDevice, records: readonly string[]): Promise<void> {
  const known = Object.values(device.book.records).filter((one) => records.includes(one.record))
  await moveTo(device, known, 'hidden')
  await device.save()
}

/** Who asks, checked: the asker's keyring and credential, and the key that the signed request names. */
export async function whoAsks({ link }: PatientDevice, request: OwnRequest): Promise<{ asker: Known; reader: Known }> {
  const asker = await findKeyring(link, request.asker)
  const reader = request.team ? await findKeyring(link, request.team) : asker
  const { person, members } = reader.keyring
  if (request.team && !members.includes(request.asker as never)) throw failGrant('team-not-member')
  if (!person || rsaThumbprint(person) !== request.reader) throw failGrant('reader-key-changed')
  return { asker, reader }
}

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

/** Readers of the standing grants in force, with their keys as they are now; one without a credential gets nothing more. */
async function standingReaders({ link, book }: PatientDevice, except?: string): Promise<StandingReader[]> {
  const readers: StandingReader[] = []
  for (const one of standingGrants(book, seconds(link.clock()))) {
    if (!one.standing || one.id === except) continue
    const { keyring, credentials } = await findKeyring(link, one.reader)
    const compartments = standingCompartments(one.categories)
    const entitled = keyring.kind === 'team' || credentials.length > 0
    if (keyring.person && entitled)
      readers.push({ grant: one.id, compartments, until: one.until, person: keyring.person })
  }
  return readers
}

const keysOf = (readers: readonly StandingReader[]): Record<string, string> =>
  Object.fromEntries(readers.map((one) => [one.grant, rsaThumbprint(one.person)]))

/**
 * A team that somebody left has a new key; a reader may have lost the credential: at this next contact the epochs of
 * their standing grants turn over, sealed to whoever is entitled now.
 */
async function turnOver(device: PatientDevice): Promise<void> {
  const { link, book, keys } = device
  const standing = standingGrants(book, seconds(link.clock())).filter((one) => one.standing)
  if (standing.length === 0) return
  const readers = await standingReaders(device)
  const now = keysOf(readers)
  const moved = standing.filter((one) => (now[one.id] ?? '') !== (book.sealedTo[one.id] ?? one.key))
  if (moved.length === 0) return
  const touched = [...new Set(moved.flatMap((one) => standingCompartments(one.categories)))]
  const patient = { ...(await acting(device)), keyring: await ownKeyring(link, keys.handle) }
  await publish(device, await openEpochs(link, patient, touched, readers))
  for (const one of standing) book.sealedTo[one.id] = now[one.id] ?? ''
}

/** Keeps new epoch keys on the device BEFORE their public halves are published, then submits and follows. */
async function publish(
  device: PatientDevice,
  made: { items: SubmissionItem[]; epochs: PatientKeys['epochs'] },
): Promise<Receipt[]> {
  device.keys.epochs.push(...made.epochs)
  await device.save()
  const { link } = device
  const receipts = await submit(link.call, link.logs, made.items)
  await follow(device)
  await device.save()
  return receipts
}

/** Approves a request in full or in part. */
export async function approve(device: PatientDevice, id: string, choice: Choice) {
  await sync(device)
  const { link, book, keys } = device
  const request = waitingRequest(book, id)
  const { reader } = await whoAsks(device, request)
  const single = choice.records ?? (choice.only ? [] : request.records)
  const categories = choice.only ?? (choice.records ? [] : request.categories)
  const until = Math.min(choice.until ?? request.until, request.until)
  const made = await give(
    link,
    { ...(await acting(device)), keyring: await ownKeyring(link, keys.handle) },
    {
      ...{ request, reader: reader.keyring, categories, records: single, until, standing: choice.standing ?? false },
      ...{ head: book.chain.number, policy: book.policy },
      held: Object.values(book.records).map((one) => ({ ...one, key: one.key })),
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
  const patient = { ...(await acting(device)), keyring: await ownKeyring(device.link, device.keys.handle) }
  const remaining = grant.standing ? await standingReaders(device, id) : []
  const { standing, categories } = grant
  const made = await revoke(device.link, patient, { id, standing, categories, policy: device.book.policy }, remaining)
  const [receipt] = await publish(device, made)
  const opened = device.book.log.filter((one) => one.type === 'RecordRead' && one.grant === id)
  return { receipt: receipt as Receipt, opened }
}

export type OpenedRecord = {
  readonly own: OwnRecord
  readonly content: string
  readonly document: string
  readonly fhir: string
}

/** Opens own records, author checked, a hundred at a time; newest versions unless `all`. */
export async function* openOwn(device: PatientDevice, all = false): AsyncGenerator<OpenedRecord> {
  const { link, book, keys } = device
  const authors = authorKeys(link, createKeyrings(link))
  const list = Object.values(book.records).filter((one) => one.key !== undefined && (all || one.superseded === null))
  for (let at = 0; at < list.length; at += 100) {
    const page = list.slice(at, at + 100)
    const wanted = page.map(({ record, version }) => ({ record, version }))
    const { contents } = await link.call(recordEndpoints.contents, { input: { records: wanted } })
    for (const [i, own] of page.entries()) {
      const content = contents[i]?.content ?? ''
      if (digest(content) !== own.content) throw new AppError<RecordCode>('document-invalid')
      const document = new TextDecoder().decode(await openContent(fromBase64url(own.key ?? ''), content))
      const about = { sub: keys.handle, rec: own.record, ver: own.version, cat: own.category, iss: own.author }
      const { fhir } = await openDocument(document, about as never, authors, verifyEd25519)
      yield { own, content, document, fhir: new TextDecoder().decode(fhir) }
    }
  }
}

/** Erases everything the node holds about this person. The receipt is all that remains of it. */
export async function erase(device: PatientDevice): Promise<{ statement: string; receipt: Receipt }> {
  const { link } = device
  const { handle, signer } = await acting(device)
  const body = { confirm: 'erase-everything' }
  const statement = await sign(link, signer, { type: 'PersonErased', iss: handle, sub: handle, body })
  const [receipt] = await submit(link.call, link.logs, [{ statement }])
  return { statement, receipt: receipt as Receipt }
}
