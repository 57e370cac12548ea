/** Taking the record over: the code from the desk, keys made here, the countersignature, and one way of restoring, tried. */

import { systemRandom } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { orgName } from '@salus/directory/consortium'
import { changeWays } from '@salus/directory/device/keychain'
import { beginClaim, collectClaim, finishClaim, type PendingClaim } from '@salus/directory/device/patient'
import { findKeychain, type Secret, takeBeside } from '@salus/directory/device/restore'
import { fingerprint } from '@salus/directory/keyring'
import { emergencyCategories } from '@salus/grants/emergency/contract'
import type { SubmissionItem } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { chooseEmergency } from '@salus/records/device/emergency'
import { findKeepers } from '@salus/records/device/keepers'
import { sync } from '@salus/records/device/patient'
import { plainLink } from '@salus/web-app/device'
import { comeBackHere } from './back.ts'
import { alone, change, closeAll, homeAt, keepKeys, theBrowser, theOwn } from './open.ts'

/** A claim on its way; its device key stands apart, as a key. `item` once it was signed. */
type Started = PendingClaim & { item?: SubmissionItem }

async function readClaim(): Promise<Started | undefined> {
  const { store } = await theBrowser()
  const kept = await store.read<Started | null>('claim')
  const privateKey = kept ? await store.key('device') : undefined
  return kept && privateKey ? { ...kept, device: { ...kept.device, privateKey } } : undefined
}

async function keepClaim(claim: Started | null): Promise<void> {
  const { store } = await theBrowser()
  const { privateKey } = claim?.device ?? {}
  if (claim && privateKey && typeof privateKey !== 'string') await store.keepKey('device', privateKey)
  await store.write('claim', claim && { ...claim, device: { ...claim.device, privateKey: '' } })
}

/** The desk's QR says the code and, after a dot, the ledger it belongs to: another node's page is found out. */
async function codeFrom(typed: string): Promise<string> {
  const [code = '', genesis] = typed
    .trim()
    .replace(/^salus-claim:1:/i, '')
    .split('.')
  const { roots } = await theBrowser()
  if (genesis !== undefined && genesis !== roots.genesis) throw new AppError('organisation-unknown')
  return code
}

/** Presents the code; gives the fingerprint that is read to the desk. */
export async function present(typed: string): Promise<{ fingerprint: string }> {
  const at = await theBrowser()
  if (await at.store.read('keys')) throw new AppError('device-exists')
  const pending = await beginClaim(plainLink(at), await codeFrom(typed))
  await keepClaim(pending)
  return { fingerprint: fingerprint(pending.device.publicKey) }
}

/** The fingerprint of a claim that was begun. */
export async function claiming(): Promise<{ fingerprint: string } | undefined> {
  const pending = await readClaim()
  return pending && { fingerprint: fingerprint(pending.device.publicKey) }
}

/** Sends what was signed again; false where it never arrived and is too old now. */
async function sentAgain(item: SubmissionItem): Promise<boolean> {
  const { call, logs } = plainLink(await theBrowser())
  try {
    await submit(call, logs, [item])
    return true
  } catch (error) {
    if (isAppError(error) && error.code === 'statement-expired') return false
    throw error
  }
}

/** Has the desk confirmed? Then the record is taken over: keys are kept before they are published. */
export const collect = (): Promise<boolean> =>
  alone(async () => {
    const at = await theBrowser()
    const pending = await readClaim()
    if (!pending) throw new AppError('claim-waiting')
    if (!pending.item || !(await sentAgain(pending.item))) {
      const approved = await collectClaim(plainLink(at), pending)
      if (!approved) return false
      await finishClaim(plainLink(at), pending, approved, async (keys, item) => {
        await keepKeys(at, keys)
        await keepClaim({ ...pending, item })
      })
    }
    await at.store.write('claim', null)
    closeAll()
    await sync(await theOwn())
    return true
  })

/** Gives a claim up that the desk has not confirmed. */
export const giveUp = (): Promise<void> =>
  alone(async () => {
    if ((await readClaim())?.item) throw new AppError('claim-waiting')
    await keepClaim(null)
  })

/** A fresh recovery code in place of the one before. */
export const newCode = (): Promise<string> =>
  change(async ({ link, keys, save }) => {
    const code = newRecoveryCode(systemRandom)
    await changeWays(link, keys, { add: [{ way: 'code', code }], keep: ({ way }) => way !== 'code' }, save)
    return code
  })

const tellsNothing: ReadonlySet<string> = new Set([
  ...['keychain-unknown', 'code-mistyped', 'cannot-open', 'share-mistyped'],
])

/** Finds the own keychain as an empty device would; false when the secret leads to another's, or nowhere. */
export async function tryWay(secret: Secret): Promise<boolean> {
  const at = await theBrowser()
  const { keys, book } = await theOwn()
  try {
    // Where the record is at home: another hospital may not have the newest keychain yet.
    const { keychain } = await findKeychain(plainLink(homeAt(at, book)), secret)
    if (keychain.handle !== keys.handle) return false
  } catch (error) {
    if (isAppError(error) && tellsNothing.has(error.code)) return false
    throw error
  }
  await at.store.write('tried', true)
  return true
}

/** What an emergency could open, asked plainly at the claim; nothing where nobody keeps emergencies, or who has chosen before. */
export async function emergencyQuestion(): Promise<{ categories: readonly string[]; org: string } | undefined> {
  const device = await theOwn()
  const { org } = device.keys
  if (device.book.emergency) return undefined
  if ((await findKeepers(device, [org])).length === 0) return undefined
  const name = orgName(device.link.roots, org) ?? org
  return { categories: emergencyCategories, org: name }
}

export const chooseForEmergency = (categories: readonly string[]): Promise<void> =>
  change(async (device) => {
    await chooseEmergency(device, categories)
  })

/** Demonstration: becomes a sample patient, beside the devices that person has. */
export const beSample = (code: string): Promise<void> =>
  alone(async () => {
    const at = await theBrowser()
    await comeBackHere(at, { way: 'code', code }, takeBeside)
    await at.store.write('tried', true)
    await sync(await theOwn())
  })
