/**
 * After a loss (a phone, a recovery code, a guardian one no longer trusts): new keys throughout, in one statement. What the
 * lost thing knew opens nothing that comes later; other devices are taken in anew.
 */
import { base64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { generatePersonKey } from '@salus/crypto/keys'
import type { DirectoryCode } from '@salus/directory/contract'
import { makeKeychain, type NewWay, newKeychainKeys } from '@salus/directory/device/keychain'
import { newPair } from '@salus/directory/device/patient'
import { renewKeyring } from '@salus/grants/device'
import type { Receipt } from '@salus/journal/contract'
import { acting, freshKeyring, type PatientDevice, publish, standingReaders, sync } from './sync.ts'

/** Renews everything, with `ways` as the only ways of restoring from now on. */
export async function renew(device: PatientDevice, ways: readonly NewWay[]): Promise<Receipt> {
  if (ways.length === 0) throw new AppError<DirectoryCode>('recovery-missing')
  await sync(device)
  const { link, keys } = device
  const keyring = await freshKeyring(device)
  const made = await generatePersonKey(link.suite, link.random)
  const person = { publicKey: made.publicKey, privateKey: base64url(made.pkcs8) }
  const inbox = newPair(link)
  const chain = await newKeychainKeys(link)
  const inboxes = [...keys.inboxes, keys.inbox]
  const { handle, org } = keys
  const { content, body: recovery } = await makeKeychain(link, { handle, org, person, inbox, inboxes }, chain, ways)
  const renewal = {
    ...{ device: keys.device.publicKey, person: person.publicKey, inbox: inbox.publicKey },
    ...{ recovery, content, held: keys.epochs },
  }
  const renewed = await renewKeyring(
    link,
    { ...(await acting(device)), keyring },
    renewal,
    await standingReaders(device),
  )
  // Kept beside the old ones until the chain shows that the statement arrived (`adopt`, at the next contact).
  keys.next = { digest: recovery.keychain, keychain: chain, person, inbox }
  const [receipt] = await publish(device, renewed)
  await sync(device)
  return receipt as Receipt
}
