/** Opening what the patient put into escrow: content keys of current versions, in the chosen categories, that the asker's role may see. */
import { type Bytes, base64url, fromBase64url, text } from '@salus/base/bytes'
import { isCategory } from '@salus/base/categories'
import { isAppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { openUnwrapping, openWithKey, packetHeader } from '@salus/crypto/packet'
import type { Keyring } from '@salus/directory/contract'
import { isHalfOf } from '@salus/directory/device/keychain'
import type { Link } from '@salus/directory/device/link'
import { mayAsk } from '@salus/directory/matrix'
import { epochKeys, grantedKeys } from '@salus/grants/contract'
import { emergencyEndpoints } from '@salus/grants/emergency/endpoints'
import { type OwnRecord, type OwnRecordBook, versionKey } from '@salus/records/device/own'
import { recordEndpoints } from '@salus/records/endpoints'
import type { Checked } from './checked.ts'
import type { KeeperKeys } from './keys.ts'

/** One content key, with the version it opens and the place of its deposit in the log. */
export type Found = { record: string; version: number; key: string; index: number }

type Held = { readonly contents: Map<string, string>; readonly epochs: Map<string, string> }

/**
 * K3 A one-off packet is believed when the patient's choice signs its digest, an epoch's key when its public half stands in
 * the patient's keyring. What does not open is passed over: an emergency is no time to stop at one bad packet.
 */
async function openPackets(
  keys: KeeperKeys,
  link: Link,
  { keyring, book }: { keyring: Keyring; book: OwnRecordBook },
  { glass, escrow }: Checked,
): Promise<Held> {
  const held: Held = { contents: new Map(), epochs: new Map() }
  const signed = book.emergency?.packets[book.emergency.keepers.findIndex((one) => one.escrow === escrow.escrow)]
  const published = new Map(keyring.epochs.map((one) => [`${one.compartment}:${one.epoch}`, one.key]))
  const { packets } = await link.call(emergencyEndpoints.packets, { params: { glass: glass.id } })
  for (const packet of packets) {
    const { kind } = packetHeader(packet).bind
    const bind = kind === 'epoch' ? { kind, grant: escrow.escrow } : { kind: 'emergency', escrow: escrow.escrow }
    if (kind !== 'epoch' && digest(packet) !== signed) continue
    const opened = passing(openUnwrapping(keys.unwrap, packet, bind as never, keys.person))
    await (kind === 'epoch' ? keepEpochs(held, published, opened) : keepContents(held, opened))
  }
  return held
}

type Plain = Promise<Bytes | undefined>

/** Only private halves of what the keyring announces. */
async function keepEpochs({ epochs }: Held, published: ReadonlyMap<string, string>, opened: Plain): Promise<void> {
  const found = await passing(opened.then((plain) => plain && parseWith(epochKeys, text(plain))))
  for (const { compartment, epoch, key } of found?.keys ?? []) {
    const name = `${compartment}:${epoch}`
    const known = published.get(name)
    if (known !== undefined && isHalfOf(key, known)) epochs.set(name, key)
  }
}

async function keepContents({ contents }: Held, opened: Plain): Promise<void> {
  const found = await passing(opened.then((plain) => plain && parseWith(grantedKeys, text(plain))))
  for (const one of found?.keys ?? []) contents.set(versionKey(one.record, one.version), one.key)
}

/** K6 Current versions in the chosen categories, that the asker's profession may see; `hidden` is no category. */
export function inScope({ emergency }: OwnRecordBook, { credential }: Checked, one: OwnRecord): boolean {
  const chosen = emergency?.categories.includes(one.compartment) ?? false
  if (!chosen || one.superseded !== null || one.epoch === 0) return false
  return isCategory(one.category) && mayAsk(credential.profession, one.category)
}

/** Every content key that the escrow opens and the emergency may have, newest first. */
export async function openEscrow(
  keys: KeeperKeys,
  link: Link,
  patient: { keyring: Keyring; book: OwnRecordBook },
  checked: Checked,
): Promise<Found[]> {
  const held = await openPackets(keys, link, patient, checked)
  const packets = await depositPackets(link, checked.glass.id)
  const found: Found[] = []
  for (const one of Object.values(patient.book.records).filter((each) => inScope(patient.book, checked, each))) {
    const { record, version, index } = one
    const name = versionKey(record, version)
    const key = held.contents.get(name) ?? (await passing(throughEpoch(held, one, packets.get(name))))
    if (key !== undefined) found.push({ record, version, key, index })
  }
  return found.sort((a, b) => b.index - a.index)
}

async function throughEpoch(held: Held, one: OwnRecord, packet: string | undefined): Promise<string | undefined> {
  const { record, version, compartment, epoch } = one
  const privateKey = held.epochs.get(`${compartment}:${epoch}`)
  if (!privateKey || packet === undefined || digest(packet) !== one.packet) return undefined
  const bind = { kind: 'deposit', record, version, compartment, epoch } as const
  const key = await openWithKey(fromBase64url(privateKey), packet, bind)
  return key.length === 32 ? base64url(key) : undefined
}

/** Packets of the deposits, by version; what the node leaves out is missing from the release, and said to be. */
async function depositPackets(link: Link, glass: string): Promise<Map<string, string>> {
  const packets = new Map<string, string>()
  for (let after: number | null = -1; after !== null; ) {
    const page: { records: { record: string; version: number; packet: string }[]; next: number | null } =
      await link.call(recordEndpoints.escrowed, { params: { glass }, query: { after } })
    for (const one of page.records) packets.set(versionKey(one.record, one.version), one.packet)
    after = page.next
  }
  return packets
}

const rubbish: ReadonlySet<string> = new Set(['cannot-open', 'json-invalid', 'schema-mismatch', 'encoding-invalid'])

/**
 * Undefined where one packet does not open, or holds what nobody can read: a representative's rubbish must not stand in the way
 * of an emergency. Anything else (a security module out of reach) ends the errand.
 */
async function passing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (isAppError(error) && rubbish.has(error.code)) return undefined
    throw error
  }
}
