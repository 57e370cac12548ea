/**
 * The keychain on a device: what it seals, the ways it opens, and how a device gets in step with what the person's other
 * devices did. Nothing irreversible is sent before the keys it names are kept.
 */
import { type Bytes, base64url, fromBase64url, text } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { field, parseWith, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import {
  cardIdOf,
  cardSecret,
  locatorOf,
  newMasterKey,
  openKeychain,
  sealKeychain,
  wrapWithCode,
  wrapWithKey,
} from '@salus/crypto/keychain'
import { importPersonKey, keyPublic, type PersonPrivate, suiteOfKey } from '@salus/crypto/keys'
import { openWithPerson } from '@salus/crypto/packet'
import { paddedJson } from '@salus/crypto/pad'
import { submit } from '@salus/journal/device'
import {
  type DirectoryCode,
  type KeychainFile,
  type Keyring,
  keychainFile,
  personKey,
  type RecoveryWay,
} from '../contract.ts'
import { directoryEndpoints } from '../endpoints.ts'
import { type Link, sign } from './link.ts'
import { type EpochKey, type KeychainKeys, newDevicePair, ownKeyring, type PatientKeys, signerOf } from './patient.ts'

/** A way of restoring that is being made: its secret stays with whoever asked for it. */
export type NewWay =
  | { readonly way: 'code'; readonly code: string }
  | { readonly way: 'passkey'; readonly prf: Bytes }
  | { readonly way: 'guardians'; readonly secret: Bytes; readonly need: number; readonly of: number }
  | { readonly way: 'card'; readonly card: Bytes; readonly pin: string }

const pair = z.strictObject({ publicKey: field.packetKey, privateKey: z.string() })
/** What the master key seals: all that a new device needs to be this person; epochs come from own packets. */
const sealed = z.strictObject({
  handle: field.handle,
  org: field.org,
  person: z.strictObject({ publicKey: personKey, privateKey: z.string() }),
  inbox: pair,
  inboxes: z.array(pair),
  recovery: pair,
})
export type Keychain = z.infer<typeof sealed>

/** The way as the keyring shows it, and the master key wrapped by it. */
async function wrapped(link: Link, master: Bytes, one: NewWay): Promise<{ way: RecoveryWay; wrap: string }> {
  const { random } = link
  const at = (secret: Bytes | string) => digest(fromBase64url(locatorOf(one.way, secret)))
  switch (one.way) {
    case 'code':
      return { way: { way: 'code', locator: at(one.code) }, wrap: await wrapWithCode(master, one.code, random) }
    case 'passkey':
      return {
        way: { way: 'passkey', locator: at(one.prf) },
        wrap: await wrapWithKey(master, 'passkey', one.prf, random),
      }
    case 'guardians': {
      const { secret, need, of } = one
      const wrap = await wrapWithKey(master, 'guardians', secret, random)
      return { way: { way: 'guardians', locator: at(secret), need, of }, wrap }
    }
    case 'card': {
      const secret = await cardSecret(one.card, one.pin)
      const wrap = await wrapWithKey(master, 'card', secret, random)
      return { way: { way: 'card', locator: at(secret), card: digest(fromBase64url(cardIdOf(one.card))) }, wrap }
    }
  }
}

/** A keychain file under `keys`, opened by `ways` and by the wraps of `kept`, with what the statement says of it. */
export async function makeKeychain(
  link: Link,
  keys: Omit<Keychain, 'recovery'>,
  chain: KeychainKeys,
  ways: readonly NewWay[],
  kept: { ways: readonly RecoveryWay[]; wraps: KeychainFile['wraps'] } = { ways: [], wraps: {} },
) {
  const master = fromBase64url(chain.master)
  const made = await Promise.all(ways.map((one) => wrapped(link, master, one)))
  const { handle, org, person, inbox, inboxes } = keys
  const plain: Keychain = { handle, org, person, inbox, inboxes, recovery: chain.recovery }
  const file: KeychainFile = {
    keychain: await sealKeychain(master, paddedJson(plain), link.random),
    wraps: { ...kept.wraps, ...Object.fromEntries(made.map(({ way, wrap }) => [way.locator, wrap])) },
  }
  const content = JSON.stringify(file)
  const named = [...kept.ways, ...made.map((one) => one.way)]
  return { content, body: { recovery: chain.recovery.publicKey, ways: named, keychain: digest(content) } }
}

/** Opens a keychain file with its master key. */
export async function readKeychain(content: string, master: Bytes): Promise<Keychain> {
  const { keychain } = parseWith(keychainFile, content)
  return parseWith(sealed, text(await openKeychain(master, keychain)))
}

/** A fresh master key and recovery key. */
export const newKeychainKeys = async (link: Link): Promise<KeychainKeys> => ({
  master: base64url(newMasterKey(link.random)),
  recovery: await newDevicePair(),
})

/** What was sent and has arrived takes its place; gives whether there was anything. */
export function adopt(keys: PatientKeys, keyring: Keyring): boolean {
  const { next } = keys
  if (!next || keyring.recovery?.keychain !== next.digest) return false
  keys.keychain = next.keychain
  if (next.person) keys.person = next.person
  if (next.inbox) {
    keys.inboxes = [...keys.inboxes, keys.inbox]
    keys.inbox = next.inbox
  }
  delete keys.next
  return true
}

const ownKeys = z.strictObject({
  keys: z.array(z.strictObject({ compartment: field.compartment, epoch: z.int().min(1), key: z.string() })),
})

/** D26 Epochs that another device of the same person opened: their keys come from own packets. */
export async function collectEpochs(link: Link, keys: PatientKeys, keyring: Keyring): Promise<void> {
  const known = new Set(keys.epochs.map((one) => one.key))
  const missing = keyring.epochs.filter((one) => !known.has(one.key))
  if (missing.length === 0) return
  const person = await importPersonKey(fromBase64url(keys.person.privateKey))
  const found = new Map<string, string>()
  for (let after = 0; ; ) {
    const { packets } = await link.call(directoryEndpoints.keychain, { query: { after } })
    const last = packets.at(-1)
    if (!last) break
    for (const { n, packet } of packets) {
      for (const one of await ownKeysIn(person, packet, n)) found.set(`${one.compartment}:${one.epoch}`, one.key)
    }
    after = last.n
  }
  for (const { entry: _, ...epoch } of missing) {
    const privateKey = found.get(`${epoch.compartment}:${epoch.epoch}`)
    if (privateKey && isHalfOf(privateKey, epoch.key)) keys.epochs.push({ ...epoch, privateKey } as EpochKey)
  }
}

/** Is this the private half of a published key? What somebody else wrote into a packet is only that one's word. */
export function isHalfOf(privateKey: string, publicKey: string): boolean {
  try {
    return keyPublic(fromBase64url(privateKey), suiteOfKey(publicKey)) === publicKey
  } catch (error) {
    if (isAppError(error)) return false
    throw error
  }
}

/** One packet that does not open, or holds what nobody can read, is passed over: who acts for a person may have made it. */
async function ownKeysIn(person: PersonPrivate, packet: string, n: number): Promise<z.output<typeof ownKeys>['keys']> {
  try {
    return parseWith(ownKeys, text(await openWithPerson(person, packet, { kind: 'own', n }))).keys
  } catch (error) {
    if (isAppError(error)) return []
    throw error
  }
}

/** Replaces the ways of restoring: `add` is made, of the ways there are those that `keep` says stay. */
export async function changeWays(
  link: Link,
  keys: PatientKeys,
  change: { add: readonly NewWay[]; keep: (way: RecoveryWay) => boolean },
  save: () => Promise<void>,
): Promise<void> {
  const keyring = await ownKeyring(link, keys.handle)
  adopt(keys, keyring)
  const chain = keys.keychain ?? (await newKeychainKeys(link))
  const ways = keyring.recovery?.ways.filter(change.keep) ?? []
  const { content: before } = await link.call(directoryEndpoints.keychain, { query: { after: 0 } })
  const all = before === null ? {} : parseWith(keychainFile, before).wraps
  const wraps = Object.fromEntries(ways.map((one) => [one.locator, all[one.locator] ?? '']))
  // The node could hand out an older file: a wrap that is not there cannot be kept.
  if (Object.values(wraps).includes('')) throw new AppError<DirectoryCode>('keyring-moved')
  const { content, body } = await makeKeychain(link, keys, chain, change.add, { ways, wraps })
  keys.next = { digest: body.keychain, keychain: chain }
  await save()
  const draft = { type: 'RecoveryChanged', iss: keys.handle, sub: keys.handle }
  const entry = { n: keyring.n + 1, prev: keyring.head, ...body }
  const statement = await sign(link, await signerOf(keys.device), { ...draft, body: entry })
  await submit(link.call, link.logs, [{ statement, content }])
  adopt(keys, await ownKeyring(link, keys.handle))
  await save()
}
