/** A patient's device in step with its node: follow the own chain, open packets, seal again, turn epochs over. */
import { base64url, fromBase64url } from '@salus/base/bytes'
import { type Compartment, compartments } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import { keyThumbprint, personThumbprint } from '@salus/crypto/keys'
import { createOpener, packetHeader, sealToKey } from '@salus/crypto/packet'
import { orgKey } from '@salus/directory/consortium'
import { type DirectoryCode, type Keyring, keyringEntries } from '@salus/directory/contract'
import { adopt, collectEpochs } from '@salus/directory/device/keychain'
import { type Link, sign } from '@salus/directory/device/link'
import { ownKeyring, type PatientKeys, signerOf } from '@salus/directory/device/patient'
import { findKeyring, inForce } from '@salus/directory/device/verify'
import { runningEpoch } from '@salus/directory/keyring'
import { openEpochs, type StandingReader, standingCompartments } from '@salus/grants/device'
import type { Receipt, SubmissionItem } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { parseStatement } from '@salus/journal/statement'
import { recordEndpoints } from '../endpoints.ts'
import { collectEntrusted } from './entrusted.ts'
import { followHome, type PatientDevice } from './follow.ts'
import { escrowHolders, keeperReaders } from './keepers.ts'
import { type OwnRecord, standingGrants, versionKey } from './own.ts'
import { awaitWitnesses, checkWitnessed } from './watch.ts'

export type { PatientDevice } from './follow.ts'

/** Packets sealed again with one statement. */
const REWRAP_BATCH = 250

/** The patient as signer. */
export const acting = async ({ keys }: PatientDevice) => ({
  handle: keys.handle,
  signer: await signerOf(keys.device),
})

/** Follows the own chain to its end, opens new packets, and seals again what still lies under intake or inbox keys. */
export async function sync(device: PatientDevice): Promise<void> {
  await followHome(device)
  await catchUp(device)
  await openPackets(device)
  // What moves records, and whose keys stand behind standing grants, stays with the person's own devices.
  if (device.keys.by === undefined) {
    await replaceUnknown(device)
    await hideAgain(device)
    await sealAgain(device)
    await turnOver(device)
  }
  await checkWitnessed(device)
  await device.save()
}

/** What other devices of the same person did: keys that were sent take their place, epochs opened elsewhere come along. */
async function catchUp(device: PatientDevice): Promise<void> {
  const { link, keys, book } = device
  if (book.complete === book.keyring?.head && !keys.next) return
  const keyring = await freshKeyring(device)
  if (keys.by === undefined) {
    adopt(keys, keyring)
    await collectEpochs(link, keys, keyring)
  } else await collectEntrusted(link, keys, keyring)
  book.complete = keyring.head
  await device.save()
}

/**
 * R19 The own keyring exactly as the own chain tells it. A node that answers with an older state (valid receipt and all)
 * would have this device seal to epochs whose readers were sent away.
 */
export async function freshKeyring({ link, keys, book }: PatientDevice): Promise<Keyring> {
  const keyring = await ownKeyring(link, keys.handle)
  if (keyring.head !== book.keyring?.head) throw new AppError<DirectoryCode>('keyring-moved')
  return keyring
}

/**
 * R15 The private half a packet was sealed to; undefined when this device never had it. Several keys may bear one number: a
 * submission that was refused leaves its keys behind (they are kept before anything is sent), so the thumbprint decides.
 */
function epochPrivate(keys: PatientKeys, compartment: string, epoch: number, kid: string): string | undefined {
  if (epoch === 0) {
    if (keys.by !== undefined) return undefined
    const inboxes = [keys.inbox, ...keys.inboxes]
    return inboxes.find((one) => keyThumbprint(one.publicKey) === kid)?.privateKey
  }
  const all = keys.epochs.filter((one) => one.compartment === compartment && one.epoch === epoch)
  return all.find((one) => keyThumbprint(one.key) === kid)?.privateKey
}

/** Opens the packets of records whose content key is not known yet. */
async function openPackets(device: PatientDevice): Promise<void> {
  const missing = Object.values(device.book.records).filter((one) => one.key === undefined && !one.broken)
  if (missing.length === 0) return
  let after = Math.min(...missing.map((one) => one.index)) - 1
  const open = createOpener()
  for (;;) {
    const { records } = await device.link.call(recordEndpoints.own, { query: { after } })
    const last = records.at(-1)
    if (!last) return
    await Promise.all(
      records.map(async (row) => {
        const own = device.book.records[versionKey(row.record, row.version)]
        if (own && own.key === undefined && row.packet) await openOne(device.keys, own, row.packet, open)
      }),
    )
    after = last.index
  }
}

/** A packet that is not the signed one says nothing of the record: asked for again at the next contact. */
async function openOne(
  keys: PatientKeys,
  own: OwnRecord,
  packet: string,
  open: ReturnType<typeof createOpener>,
): Promise<void> {
  if (digest(packet) !== own.packet) return
  const { record, version, compartment, epoch } = own
  try {
    const privateKey = epochPrivate(keys, compartment, epoch, packetHeader(packet).kid)
    // Not for who acts for the person, or a key that never came: it stays listed as not opened, and may open later.
    if (!privateKey) return
    const expected = { kind: 'deposit', record, version, compartment, epoch } as const
    const key = await open(privateKey, packet, expected)
    // A content key of another length would make every packet that lists it unreadable for its reader.
    if (key.length === 32) own.key = base64url(key)
    else own.broken = true
  } catch (error) {
    if (!isAppError(error)) throw error
    own.broken = true
  }
}

/**
 * R25 An epoch that runs and whose key never reached this device (who acts for the person made it, and sent rubbish along) is
 * turned over: what comes next opens again.
 */
async function replaceUnknown(device: PatientDevice): Promise<void> {
  const { link, keys } = device
  const keyring = await freshKeyring(device)
  const known = new Set(keys.epochs.map((one) => one.key))
  const now = seconds(link.clock())
  const unknown = compartments.filter((one) => {
    const running = runningEpoch(keyring, one, now)
    return running !== undefined && !known.has(running.key)
  })
  if (unknown.length === 0) return
  const patient = { ...(await acting(device)), keyring }
  await publish(device, await openEpochs(link, patient, unknown, await standingReaders(device)))
}

/** R12 A new version of a hidden record is hidden too, as soon as the device hears of it. */
async function hideAgain(device: PatientDevice): Promise<void> {
  const all = Object.values(device.book.records)
  const hidden = new Set(all.filter((one) => one.compartment === 'hidden').map((one) => one.record))
  const strays = all.filter((one) => hidden.has(one.record) && one.compartment !== 'hidden' && one.key !== undefined)
  await moveTo(device, strays, 'hidden')
}

/** Epoch 1 is the desk's intake epoch; what lies there or in the inbox goes to the epoch that runs now. */
async function sealAgain(device: PatientDevice): Promise<void> {
  await moveTo(
    device,
    Object.values(device.book.records).filter((one) => one.epoch <= 1 && one.key !== undefined),
  )
}

/** Seals the packets of `records` anew, to the running epoch of `compartment` (where they lie when not given). */
export async function moveTo(
  device: PatientDevice,
  records: readonly OwnRecord[],
  compartment?: 'hidden',
): Promise<void> {
  const movable = records.filter((one) => one.key !== undefined)
  if (movable.length === 0) return
  await openMissing(device, [...new Set(movable.map((one) => compartment ?? one.compartment))])
  for (let at = 0; at < movable.length; at += REWRAP_BATCH) {
    await moveSome(device, movable.slice(at, at + REWRAP_BATCH), compartment)
  }
}

async function moveSome(device: PatientDevice, records: readonly OwnRecord[], compartment?: 'hidden'): Promise<void> {
  const { link } = device
  const keyring = await freshKeyring(device)
  const now = seconds(link.clock())
  const items = []
  const packets: string[] = []
  for (const { record, version, key = '', ...own } of records) {
    const epoch = runningEpoch(keyring, compartment ?? own.compartment, now)
    if (!epoch) continue
    const item = { record, version, compartment: epoch.compartment, epoch: epoch.epoch }
    packets.push(await sealToKey(epoch.key, { kind: 'deposit', ...item }, fromBase64url(key)))
    items.push(item)
  }
  if (items.length === 0) return
  const { handle, signer } = await acting(device)
  const body = { items, packets: packets.map((one) => digest(one)) }
  const statement = await sign(link, signer, { type: 'RecordsRewrapped', iss: handle, sub: handle, body })
  await submit(link.call, link.logs, [{ statement, packets }])
  await followHome(device)
}

/** R13 Where no epoch runs, the device opens one, with the standing readers entitled now: else the inbox would fill for ever. */
async function openMissing(device: PatientDevice, compartments: readonly Compartment[]): Promise<void> {
  const { link } = device
  const keyring = await freshKeyring(device)
  const ended = compartments.filter((one) => !runningEpoch(keyring, one, seconds(link.clock())))
  if (ended.length === 0) return
  const patient = { ...(await acting(device)), keyring }
  await publish(device, await openEpochs(link, patient, ended, await standingReaders(device)))
}

/**
 * Readers of the standing grants in force, with their keys as they are now; one without a credential in force gets nothing
 * more. Representatives are readers of everything but `hidden`, keepers of what the patient chose for emergencies.
 */
export async function standingReaders(device: PatientDevice, except?: string): Promise<StandingReader[]> {
  const { link, book } = device
  const now = seconds(link.clock())
  const readers: StandingReader[] = await representativeReaders(link, await freshKeyring(device), now)
  readers.push(...(await keeperReaders(device)))
  for (const one of standingGrants(book, now)) {
    if (!one.standing || one.id === except) continue
    const { keyring, credentials } = await findKeyring(link, one.reader)
    const compartments = standingCompartments(one.categories)
    const team = keyring.kind === 'team' && orgKey(link.roots, keyring.org) !== undefined
    const entitled = team || inForce(link, credentials) !== undefined
    if (keyring.person && entitled)
      readers.push({ grant: one.id, compartments, until: one.until, person: keyring.person })
  }
  return readers
}

/** What representatives open. */
const entrustedCompartments = compartments.filter((one) => one !== 'hidden')

/** D30 Those who act for the person at `now`, each with the key that the appointment named; who has another one is appointed anew. */
export async function representativeReaders(link: Link, keyring: Keyring, now: number): Promise<StandingReader[]> {
  const readers: StandingReader[] = []
  for (const { id, handle, key, until } of keyring.representatives ?? []) {
    if (until <= now) continue
    const { person } = await findKeyring(link, handle).then(
      ({ keyring: own }) => own,
      (error) => {
        // Somebody whose own record was erased acts for nobody.
        if (isAppError(error) && error.code === 'keyring-unknown') return { person: undefined }
        throw error
      },
    )
    if (person && personThumbprint(person) === key)
      readers.push({ grant: id, compartments: entrustedCompartments, until, person })
  }
  return readers
}

const keysOf = (readers: readonly StandingReader[]): Record<string, string> =>
  Object.fromEntries(readers.map((one) => [one.grant, personThumbprint(one.person)]))

/**
 * A team that somebody left has a new key; a reader may have lost the credential, a representative a phone: at this next
 * contact the epochs they held turn over, sealed to whoever is entitled now.
 */
async function turnOver(device: PatientDevice): Promise<void> {
  const { link, book } = device
  const now = seconds(link.clock())
  const standing = standingGrants(book, now).filter((one) => one.standing)
  const acted = (book.entrusted ?? []).filter((one) => one.until > now)
  const kept = escrowHolders(book)
  if (standing.length + acted.length + kept.length === 0) return
  const holders = [
    ...standing.map(({ id, key, categories }) => ({ id, key, compartments: standingCompartments(categories) })),
    ...acted.map(({ id, key }) => ({ id, key, compartments: entrustedCompartments })),
    ...kept,
  ]
  const readers = await standingReaders(device)
  const keys = keysOf(readers)
  const moved = holders.filter((one) => (keys[one.id] ?? '') !== (book.sealedTo[one.id] ?? one.key))
  if (moved.length === 0) return
  const touched = [...new Set(moved.flatMap((one) => one.compartments))]
  const patient = { ...(await acting(device)), keyring: await freshKeyring(device) }
  await publish(device, await openEpochs(link, patient, touched, readers))
  for (const one of holders) book.sealedTo[one.id] = keys[one.id] ?? ''
}

/** Keeps new epoch keys on the device BEFORE their public halves are published, then submits and follows. */
export async function publish(
  device: PatientDevice,
  made: { items: SubmissionItem[]; epochs: PatientKeys['epochs'] },
): Promise<Receipt[]> {
  device.keys.epochs.push(...made.epochs)
  await device.save()
  const { link, book } = device
  const entries = made.items.filter((one) => Object.hasOwn(keyringEntries, parseStatement(one.statement).type)).length
  const before = book.complete === book.keyring?.head ? (book.keyring?.n ?? 0) : Number.NaN
  const receipts = await submit(link.call, link.logs, made.items)
  awaitWitnesses(device, made.items, receipts)
  await followHome(device)
  // Entries follow one another: none of another device's came between, so every epoch key is still here.
  if (book.keyring && book.keyring.n === before + entries && !device.keys.next) book.complete = book.keyring.head
  await device.save()
  return receipts
}
