/** Ways of restoring, devices, and what is done after a loss. */
import { type Bytes, base64url, fromBase64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { joinShares, sharesNeeded, splitSecret } from '@salus/crypto/guardians'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { changeWays, type NewWay } from '@salus/directory/device/keychain'
import { ownKeyring } from '@salus/directory/device/patient'
import {
  admitDevice,
  beginJoin,
  finishJoin,
  type Joining,
  readInvite,
  removeDevice,
  type Secret,
  takeOver,
} from '@salus/directory/device/restore'
import { fingerprint } from '@salus/directory/keyring'
import { sync } from '@salus/records/device/patient'
import { renew } from '@salus/records/device/renew'
import { plainLink } from '@salus/web-app/device'
import { comeBackHere } from './back.ts'
import { tryWay } from './claim.ts'
import { alone, change, closeAll, fresh, keepKeys, theBrowser, theOwn } from './open.ts'

/** How somebody comes back, as the page asked for it: secrets as they were typed or as the platform gave them. */
export type Typed =
  | { readonly way: 'code'; readonly code: string }
  | { readonly way: 'guardians'; readonly shares: readonly string[] }
  | { readonly way: 'passkey'; readonly prf: Bytes }

async function secretOf(typed: Typed): Promise<Secret> {
  if (typed.way === 'code') return typed
  if (typed.way === 'passkey') return { way: 'passkey', secret: typed.prf }
  return { way: 'guardians', secret: await joinShares(typed.shares) }
}

/** Ways of restoring and devices, as the own keyring names them. */
export async function keys(): Promise<{
  ways: { way: string; need: number | undefined; of: number | undefined }[]
  devices: { fingerprint: string; here: boolean }[]
}> {
  const { link, keys: own } = await fresh()
  const { recovery, devices } = await ownKeyring(link, own.handle)
  return {
    ways: (recovery?.ways ?? []).map(({ way, need, of }) => ({ way, need, of })),
    devices: devices.map((one) => ({ fingerprint: fingerprint(one), here: one === own.device.publicKey })),
  }
}

/** The drill: does this way lead back? */
export const check = async (typed: Typed): Promise<boolean> => tryWay(await secretOf(typed))

/** How many shares the set needs that this one belongs to. */
export const shareNeeds = async (typed: string): Promise<number> => sharesNeeded(typed)

const addWay = (way: NewWay): Promise<void> =>
  change(({ link, keys: own, save }) => changeWays(link, own, { add: [way], keep: (one) => one.way !== way.way }, save))

/** Shares for guardians; any `need` of them restore. */
export async function makeGuardians(need: number, of: number): Promise<string[]> {
  const secret = systemRandom(32)
  const shares = await splitSecret(secret, need, of)
  await addWay({ way: 'guardians', secret, need, of })
  return shares
}

export const makePasskey = (prf: Bytes): Promise<void> => addWay({ way: 'passkey', prf })

/** After a loss: everything new under a fresh code; what the lost thing knew opens nothing that comes. */
async function renewed(): Promise<string> {
  const { store } = await theBrowser()
  const device = await theOwn()
  const code = newRecoveryCode(systemRandom)
  await renew(device, [{ way: 'code', code }])
  await store.write('tried', false)
  return code
}

/** Another device, a code or a guardian is lost: this device alone goes on. Gives the new recovery code. */
export const lost = (): Promise<string> => alone(renewed)

/** Comes back in an empty browser: the other devices are cut off, all keys renewed. Gives the new recovery code. */
export const recover = async (typed: Typed): Promise<string> => {
  const secret = await secretOf(typed)
  return alone(async () => {
    const at = await theBrowser()
    if (await at.store.read('keys')) throw new AppError('device-exists')
    await comeBackHere(at, secret, takeOver)
    await sync(await theOwn())
    return renewed()
  })
}

/** What a new device shows to the old one. */
export type Invitation = { readonly invite: string; readonly fingerprint: string }

/** The invitation that was begun here and still waits. */
export async function joining(): Promise<Invitation | undefined> {
  const { store } = await theBrowser()
  const kept = await store.read<Joining | null>('join')
  if (!kept) return undefined
  const { device, agreement, locator } = kept
  const invite = `salus-device:1:${device.publicKey}.${agreement.publicKey}.${locator}`
  return { invite, fingerprint: fingerprint(device.publicKey) }
}

/** On a new device: begins an invitation. Never over keys that are there, nor over one that waits: its key would be gone. */
export const join = (): Promise<void> =>
  alone(async () => {
    const at = await theBrowser()
    const { store } = at
    if (await store.read('keys')) throw new AppError('device-exists')
    if (await store.read('join')) return
    const made = await beginJoin(plainLink(at))
    const { privateKey } = made.joining.device
    if (typeof privateKey !== 'string') await store.keepKey('device', privateKey)
    await store.write('join', { ...made.joining, device: { ...made.joining.device, privateKey: '' } })
  })

/** Has the old device taken this one in? */
export const joined = (): Promise<boolean> =>
  alone(async () => {
    const at = await theBrowser()
    const kept = await at.store.read<Joining | null>('join')
    const privateKey = await at.store.key('device')
    if (!kept || !privateKey) return false
    const own = await finishJoin(plainLink(at), { ...kept, device: { ...kept.device, privateKey } })
    if (!own) return false
    await keepKeys(at, own)
    await at.store.write('tried', true)
    await at.store.write('join', null)
    closeAll()
    await sync(await theOwn())
    return true
  })

export const giveUpJoining = async (): Promise<void> => (await theBrowser()).store.write('join', null)

/** The fingerprint of a device that asks to be taken in. */
export const inviteOf = async (typed: string): Promise<string> => readInvite(typed).fingerprint

/** Takes a new device in, after its fingerprint was compared. */
export const admit = (typed: string): Promise<void> =>
  change(({ link, keys: own }) => admitDevice(link, own, readInvite(typed)))

/** Takes a device out that nobody else has. */
export const remove = (print: string): Promise<void> =>
  change(async ({ link, keys: own }) => {
    const { devices } = await ownKeyring(link, own.handle)
    const gone = devices.find((one) => fingerprint(one) === print && one !== own.device.publicKey)
    if (!gone) throw new AppError('fingerprint-unknown')
    await removeDevice(link, own, gone)
  })

/** What WebAuthn is told about the account of a passkey: a random number kept here, no name, no handle. */
export async function passkeyAccount(): Promise<{ id: Bytes; salt: Bytes }> {
  const { store } = await theBrowser()
  const kept = await store.read<string>('passkey')
  const id = kept ?? base64url(systemRandom(32))
  if (!kept) await store.write('passkey', id)
  // The salt is no secret: the same for everybody, so that an empty browser can ask (WebAuthn §10.1.4).
  return { id: fromBase64url(id), salt: new TextEncoder().encode('salus/passkey/v1/') }
}
