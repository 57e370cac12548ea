/** What a patient's device does in the directory: claim the record, hold its keys, open epochs. Keys stop here. */
import { type Bytes, base64url, fromBase64url } from '@salus/base/bytes'
import { compartments } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Handle, OrgId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import {
  exportDeviceKey,
  generateDeviceKey,
  generateKeyPair,
  generatePersonKey,
  importDeviceKey,
  keyPublic,
  type PersonPublic,
  suiteOfKey,
} from '@salus/crypto/keys'
import { openWithKey, sealToPerson } from '@salus/crypto/packet'
import { paddedJson } from '@salus/crypto/pad'
import type { SubmissionItem } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import type { Signer } from '@salus/journal/statement'
import { verifyReceipt } from '@salus/journal/verify'
import type { DirectoryCode, Epoch, Keyring } from '../contract.ts'
import { directoryEndpoints } from '../endpoints.ts'
import { deviceThumbprint, lastEpoch } from '../keyring.ts'
import { intakeKey } from './desk.ts'
import { type DevicePair, type Link, sign } from './link.ts'
import { findKeyring, foldKeyring } from './verify.ts'

/** A key pair as kept under the keychain: public half and private bytes (X25519 raw or PKCS #8), base64url. */
export type Pair<Public = string> = { publicKey: Public; privateKey: string }
export type EpochKey = Epoch & { privateKey: string }

/** Everything secret a patient's device holds. At rest under the keychain (crypto/keychain). */
export type PatientKeys = {
  handle: Handle
  org: OrgId
  device: DevicePair
  person: PersonPair
  inbox: Pair
  /** Inboxes of before a renewal: what still lies under one opens with it. */
  inboxes: Pair[]
  epochs: EpochKey[]
  /** What seals the keychain; absent until the first way of restoring was made. */
  keychain?: KeychainKeys
  /**
   * On a representative's device: that one's handle. `handle` is then the person acted for; `device` and `person` are the
   * representative's own; there is no inbox, and no hidden epoch.
   */
  by?: Handle
  /** Sent, but not seen in the own keyring yet: `adopt` puts it in place (a power cut between the two loses nothing). */
  next?: { digest: string; keychain: KeychainKeys; person?: PersonPair; inbox?: Pair }
}

export type PersonPair = Pair<Keyring['person'] & object>
/** The master key, and the key by which whoever restores the keychain brings a new device in. */
export type KeychainKeys = { master: string; recovery: Pair }

/** A claim the desk has not countersigned yet. */
export type PendingClaim = {
  claim: string
  secret: string
  handle: Handle
  device: DevicePair
  agreement: Pair
  /** The intake keyring, checked when the claim began. */
  entries: string[]
}

export const newPair = (link: Link): Pair => {
  const { publicKey, privateKey } = generateKeyPair(link.random, link.suite)
  return { publicKey, privateKey: base64url(privateKey) }
}

/** Fresh device key as it is kept. */
export async function newDevicePair(): Promise<Pair> {
  const { publicKey, privateKey } = await generateDeviceKey(true)
  return { publicKey, privateKey: base64url(await exportDeviceKey(privateKey)) }
}

/** A fresh device key that no script can read out: what a browser keeps. */
export const newDeviceHandle = (): Promise<DevicePair> => generateDeviceKey()

/** A device key as the platform behind `link` keeps one. */
export const newDevice = (link: Link): Promise<DevicePair> => (link.newDevice ?? newDevicePair)()

/** The signer for a kept device pair. */
export const signerOf = async ({ publicKey, privateKey: kept }: DevicePair): Promise<Signer> => ({
  privateKey: typeof kept === 'string' ? await importDeviceKey(fromBase64url(kept)) : kept,
  kid: deviceThumbprint(publicKey),
})

/** Presents the one-time code with a fresh device key; the person then reads the fingerprint to the desk. */
export async function beginClaim(link: Link, code: string): Promise<PendingClaim> {
  const device = await newDevice(link)
  const agreement = newPair(link)
  const input = { code, device: device.publicKey, agreement: agreement.publicKey }
  const answer = await link.call(directoryEndpoints.claim, { input })
  const keyring = await foldKeyring(answer.entries, answer.handle, link.roots)
  // What the desk journalled is claimed, and only once: a keyring that has a device is somebody's already.
  await verifyReceipt(answer.entries.at(-1) ?? '', answer.receipt, link.logs)
  if (keyring.kind !== 'patient' || keyring.devices.length > 0) throw new AppError<DirectoryCode>('keyring-claimed')
  const { claim, secret, handle, entries } = answer
  return { claim, secret, handle, entries, device, agreement }
}

/** Has the desk countersigned? */
export async function collectClaim(link: Link, pending: PendingClaim) {
  const { claim, secret } = pending
  const { approval, packet } = await link.call(directoryEndpoints.collect, { input: { claim, secret } })
  return approval && packet ? { approval, packet } : undefined
}

/** New epochs, one pair each, numbered after the last: `from` now unless said otherwise. */
export function newEpochs(link: Link, keyring: Keyring, from: number): EpochKey[] {
  return compartments.map((compartment) => {
    const { publicKey: key, privateKey } = generateKeyPair(link.random, link.suite)
    return { compartment, epoch: lastEpoch(keyring, compartment) + 1, key, from, privateKey: base64url(privateKey) }
  })
}

/** What of an epoch is published: never its private half. */
export const publicEpoch = ({ privateKey: _, ...epoch }: EpochKey): Epoch => epoch

const intakeEpochKeys = (keyring: Keyring, seed: Bytes): EpochKey[] =>
  keyring.epochs.map((epoch) => {
    const privateKey = intakeKey(seed, epoch.compartment)
    if (keyPublic(privateKey, suiteOfKey(epoch.key)) !== epoch.key) throw new AppError<DirectoryCode>('keyring-broken')
    const { entry: _, ...kept } = epoch
    return { ...kept, privateKey: base64url(privateKey) }
  })

/**
 * Takes the keyring over. `save` is called before anything is sent: a key that is published and then lost would
 * lock the record for ever. `link` must carry no session: the statement speaks with the key it introduces.
 */
export async function finishClaim(
  link: Link,
  pending: PendingClaim,
  approved: { approval: string; packet: string },
  save: (keys: PatientKeys, item: SubmissionItem) => Promise<void>,
): Promise<PatientKeys> {
  const keyring = await foldKeyring(pending.entries, pending.handle, link.roots)
  const seed = await openWithKey(fromBase64url(pending.agreement.privateKey), approved.packet, {
    ...{ kind: 'handover', claim: pending.claim },
  })
  const person = await generatePersonKey(link.suite, link.random)
  const inbox = newPair(link)
  const fresh = newEpochs(link, keyring, seconds(link.clock()))
  const keys: PatientKeys = {
    ...{ handle: pending.handle, org: keyring.org, device: pending.device, inbox, inboxes: [] },
    person: { publicKey: person.publicKey, privateKey: base64url(person.pkcs8) },
    epochs: [...intakeEpochKeys(keyring, seed), ...fresh],
  }
  const body = {
    ...{ n: keyring.n + 1, prev: keyring.head, device: pending.device.publicKey, person: person.publicKey },
    ...{ inbox: inbox.publicKey, epochs: fresh.map(publicEpoch), approval: approved.approval },
  }
  const own = await sealOwn(person.publicKey, body.n, keys.epochs)
  const signer = await signerOf(pending.device)
  const { handle } = pending
  const draft = { type: 'KeyringClaimed', iss: handle, sub: handle, body: { ...body, packets: [digest(own)] } }
  const item = { statement: await sign(link, signer, draft), packets: [own] }
  await save(keys, item)
  await submit(link.call, link.logs, [item])
  return keys
}

/** D26 The private halves of `epochs`, sealed to the own person key: what another device of the same person opens. */
export function sealOwn(person: PersonPublic, n: number, epochs: readonly EpochKey[]): Promise<string> {
  const keys = epochs.map(({ compartment, epoch, privateKey: key }) => ({ compartment, epoch, key }))
  return sealToPerson(person, { kind: 'own', n }, paddedJson({ keys }))
}

/** Own keyring, checked. */
export const ownKeyring = async (link: Link, handle: Handle): Promise<Keyring> =>
  (await findKeyring(link, handle)).keyring
