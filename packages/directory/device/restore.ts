/** Coming back on an empty device by any one way, and taking in a second device that the first one approves. */
import { type Bytes, base64url, fromBase64url, text } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { field, parseWith, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { cardIdOf, cardSecret, locatorOf, unwrapWithCode, unwrapWithKey, type WrapWay } from '@salus/crypto/keychain'
import { openWithKey, packetHeader, sealToKey } from '@salus/crypto/packet'
import { paddedJson } from '@salus/crypto/pad'
import { submit } from '@salus/journal/device'
import { type DirectoryCode, type Keyring, keychainFile, MAX_DEVICES } from '../contract.ts'
import { directoryEndpoints } from '../endpoints.ts'
import { deviceThumbprint, fingerprint } from '../keyring.ts'
import { type Keychain, readKeychain } from './keychain.ts'
import { type DevicePair, type Link, sign } from './link.ts'
import { newDevice, newPair, ownKeyring, type Pair, type PatientKeys, signerOf } from './patient.ts'
import { checkKeyring } from './verify.ts'

/** How a person comes back. */
export type Secret =
  | { readonly way: 'code'; readonly code: string }
  | { readonly way: 'passkey' | 'guardians'; readonly secret: Bytes }
  | { readonly way: 'card'; readonly card: Bytes; readonly pin: string }

/** A keychain that was found and opened, and the checked keyring it belongs to. */
export type Restored = { readonly keychain: Keychain; readonly master: Bytes; readonly keyring: Keyring }

const moved = () => new AppError<DirectoryCode>('keyring-moved')

/** The keychain is the one the keyring names: an older one would bring keys back that were replaced. */
async function open(link: Link, handle: Handle, view: unknown, content: string, master: Bytes): Promise<Restored> {
  const { keyring } = await checkKeyring(view as never, handle, link.roots, link.logs)
  const keychain = await readKeychain(content, master)
  const right = keyring.recovery?.keychain === digest(content) && keyring.recovery.key === keychain.recovery.publicKey
  if (!right || keychain.handle !== handle) throw moved()
  return { keychain, master, keyring }
}

/** Finds and opens the keychain; `keychain-unknown` for a secret that finds none, whatever the reason. */
export async function findKeychain(link: Link, by: Secret): Promise<Restored> {
  const secret = by.way === 'code' ? by.code : by.way === 'card' ? await cardSecret(by.card, by.pin) : by.secret
  const locator = locatorOf(by.way as WrapWay, secret)
  const card = by.way === 'card' ? { card: cardIdOf(by.card) } : {}
  const { view, content } = await link.call(directoryEndpoints.findKeychain, { input: { locator, ...card } })
  const wrap = parseWith(keychainFile, content).wraps[digest(fromBase64url(locator)) as never]
  if (wrap === undefined) throw new AppError<DirectoryCode>('keychain-unknown')
  const master = typeof secret === 'string' ? await unwrapWithCode(wrap, secret) : await unwrapWithKey(wrap, secret)
  return open(link, view.handle, view, content, master)
}

type Work = (link: Link, found: Restored) => Promise<PatientKeys>

/**
 * D46 Comes back by `work` where the record is at home: at the node that was asked, or, where that one says that the record has moved, at the
 * first of the other journals of the roots that takes it (`origin`). Its organisation is the chain's to say. Throws `home-away`
 * where none of them takes it now.
 */
export async function comeBack(
  link: Link,
  by: Secret,
  at: (origin: string) => Link,
  work: Work,
): Promise<{ keys: PatientKeys; origin?: string }> {
  try {
    return { keys: await work(link, await findKeychain(link, by)) }
  } catch (error) {
    if (!isAppError(error) || error.code !== 'home-elsewhere') throw error
  }
  for (const { origin } of link.roots.journals.filter((one) => one.origin !== link.origin)) {
    try {
      const there = at(origin)
      return { keys: await work(there, await findKeychain(there, by)), origin }
    } catch (error) {
      if (!isAppError(error)) throw error
    }
  }
  throw new AppError<DirectoryCode>('home-away')
}

const keysFrom = ({ keychain, master }: Restored, device: DevicePair): PatientKeys => {
  const { handle, org, person, inbox, inboxes, recovery } = keychain
  const chain = { master: base64url(master), recovery }
  return { handle, org, device, person: person as PatientKeys['person'], inbox, inboxes, epochs: [], keychain: chain }
}

/**
 * Makes this empty device the only one of the person, by the restored recovery key. What the lost device knew is still in
 * use: the caller renews everything next (records' `renew`). `save` comes before anything is sent.
 */
export async function takeOver(
  link: Link,
  found: Restored,
  save: (keys: PatientKeys) => Promise<void>,
): Promise<PatientKeys> {
  const keys = keysFrom(found, await newDevice(link))
  await save(keys)
  const { handle, recovery } = found.keychain
  await changeDevices(link, found.keyring, await signerOf(recovery), { devices: [keys.device.publicKey] })
  return { ...keys, handle }
}

/**
 * Takes this device in beside the person's others, by the restored recovery key: nothing was lost, so nothing is cut off. Where
 * there is no room for one more, the oldest leaves.
 */
export async function takeBeside(
  link: Link,
  found: Restored,
  save: (keys: PatientKeys) => Promise<void>,
): Promise<PatientKeys> {
  const keys = keysFrom(found, await newDevice(link))
  await save(keys)
  const others = found.keyring.devices.slice(1 - MAX_DEVICES)
  const signer = await signerOf(found.keychain.recovery)
  await changeDevices(link, found.keyring, signer, { devices: [...others, keys.device.publicKey] })
  return keys
}

/**
 * Acts as the person for one errand and leaves nothing: a device key that lives in memory only is taken in by the restored
 * recovery key, beside the person's own devices, and taken out by itself when `leave` is called.
 */
export async function visit(
  link: Link,
  found: Restored,
): Promise<{ keys: PatientKeys; leave: (own: Link) => Promise<void> }> {
  const keys = keysFrom(found, await newDevice(link))
  const { publicKey } = keys.device
  await changeDevices(link, found.keyring, await signerOf(found.keychain.recovery), {
    devices: [...found.keyring.devices, publicKey],
  })
  return { keys, leave: (own) => removeDevice(own, keys, publicKey) }
}

type Change = { devices: readonly string[]; locator?: string; packet?: string }

async function changeDevices(
  link: Link,
  { handle, n, head }: Keyring,
  signer: Awaited<ReturnType<typeof signerOf>>,
  { devices, locator, packet }: Change,
): Promise<void> {
  const packets = packet === undefined ? [] : [packet]
  const body = {
    ...{ n: n + 1, prev: head, devices, packets: packets.map((one) => digest(one)) },
    ...(locator === undefined ? {} : { locator: digest(fromBase64url(locator)) }),
  }
  const statement = await sign(link, signer, { type: 'DevicesChanged', iss: handle, sub: handle, body })
  await submit(link.call, link.logs, [{ statement, packets }])
}

/** A second device that waits to be taken in: keys made there, nothing sent yet. */
export type Joining = { device: DevicePair; agreement: Pair; locator: string }

const INVITE = 'salus-device:1:'

/** What the new device shows as a QR or as text: its public keys, and where it will look. The old device reads it. */
export async function beginJoin(link: Link): Promise<{ joining: Joining; invite: string; fingerprint: string }> {
  const joining = { device: await newDevice(link), agreement: newPair(link), locator: base64url(link.random(32)) }
  const parts = [joining.device.publicKey, joining.agreement.publicKey, joining.locator].join('.')
  return { joining, invite: INVITE + parts, fingerprint: fingerprint(joining.device.publicKey) }
}

const invitation = z.tuple([field.key32, field.packetKey, field.key32])

/** Reads what a new device shows; `invite-wrong` when it is none. */
export function readInvite(typed: string): { device: string; agreement: string; locator: string; fingerprint: string } {
  const text = typed.trim()
  const read = invitation.safeParse(text.startsWith(INVITE) ? text.slice(INVITE.length).split('.') : [])
  if (!read.success) throw new AppError<DirectoryCode>('invite-wrong')
  const [device, agreement, locator] = read.data
  return { device, agreement, locator, fingerprint: fingerprint(device) }
}

const handed = z.strictObject({ handle: field.handle, master: field.key32 })

/** Takes the device of `invite` in, and hands the keychain's master key over, sealed to it alone. */
export async function admitDevice(link: Link, keys: PatientKeys, invite: ReturnType<typeof readInvite>): Promise<void> {
  if (!keys.keychain) throw new AppError<DirectoryCode>('recovery-missing')
  const keyring = await ownKeyring(link, keys.handle)
  const { device, agreement, locator } = invite
  const plain = paddedJson({ handle: keys.handle, master: keys.keychain.master })
  const packet = await sealToKey(agreement, { kind: 'device', device: deviceThumbprint(device) }, plain)
  const devices = [...keyring.devices, device]
  await changeDevices(link, keyring, await signerOf(keys.device), { devices, locator, packet })
}

/** Has the old device approved? Undefined while it has not. */
export async function finishJoin(link: Link, joining: Joining): Promise<PatientKeys | undefined> {
  const { locator, device, agreement } = joining
  const answer = await link.call(directoryEndpoints.findKeychain, { input: { locator } }).catch((error) => {
    if (error instanceof AppError && error.code === 'keychain-unknown') return undefined
    throw error
  })
  if (!answer?.packet) return undefined
  const bind = { kind: 'device', device: deviceThumbprint(device.publicKey) } as const
  packetHeader(answer.packet)
  const plain = await openWithKey(fromBase64url(agreement.privateKey), answer.packet, bind)
  const { handle, master } = parseWith(handed, text(plain))
  const found = await open(link, handle, answer.view, answer.content, fromBase64url(master))
  if (!found.keyring.devices.includes(device.publicKey)) throw moved()
  return keysFrom(found, device)
}

/** Leaves only `devices` of those there are: a phone that was sold or broke, nobody else has it. After a theft: `renew`. */
export async function removeDevice(link: Link, keys: PatientKeys, gone: string): Promise<void> {
  const keyring = await ownKeyring(link, keys.handle)
  const devices = keyring.devices.filter((one) => one !== gone)
  await changeDevices(link, keyring, await signerOf(keys.device), { devices })
}
