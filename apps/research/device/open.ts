/** Which organisation this browser trades for: its desk's key, and the keys results and shares are sealed to. State of one worker. */

import { type Bytes, fromBase64url, text } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { checkWith, z } from '@salus/base/schema'
import { openKeychain, unwrapWithCode } from '@salus/crypto/keychain'
import { importDeviceKey } from '@salus/crypto/keys'
import { orgName } from '@salus/directory/consortium'
import { signerOf } from '@salus/directory/device/patient'
import { createTrader, type Trader } from '@salus/market/device'
import { type Browser, holdDevice, openBrowser, sessionLink } from '@salus/web-app/device'
import { tell } from '@salus/web-app/rpc'
import type { SampleTrading } from '@salus/web-app/samples'
import { createObjects, type Objects } from './objects.ts'

const NAME = 'research'

export type Role = SampleTrading['role']
/** One organisation of this browser; nothing here is a secret. */
export type Profile = { readonly id: string; readonly name: string; readonly org: string; readonly role: Role }

const pair = z.object({ publicKey: z.string(), privateKey: z.string() })
const kept = z.object({ device: pair, share: pair, lab: pair })
type Keys = z.infer<typeof kept>

/** An organisation on the market. */
export type Trading = {
  readonly profile: Profile
  readonly trader: Trader
  readonly objects: Objects
  readonly keys: Keys
  readonly browser: Browser
  /** What an organisation is called: the roots say it. */
  readonly nameOf: (org: string) => string
}

let browser: Promise<Browser> | undefined
let opened: Promise<Trading> | undefined

const theBrowser = (): Promise<Browser> => {
  browser ??= holdDevice(NAME).then(() => openBrowser(NAME))
  browser.catch(() => {
    browser = undefined
  })
  return browser
}

/** Those one can be in this browser, and who one is now. */
export async function profiles(): Promise<{ all: Profile[]; current: Profile | undefined }> {
  const { store } = await theBrowser()
  const all = (await store.read<Profile[]>('profiles')) ?? []
  const chosen = await store.read<string | null>('current')
  return { all, current: all.find((one) => one.id === chosen) }
}

/** Becomes one of them; nobody without an id. */
export async function use(id: string | undefined): Promise<void> {
  const { store } = await theBrowser()
  opened = undefined
  await store.write('current', id ?? null)
}

/** Opens a sealed keychain with its code. The desk's key is kept as one that cannot be read out. */
export async function becomeWith({ wrap, code, content, name, org, role }: SampleTrading): Promise<void> {
  const master: Bytes = await unwrapWithCode(wrap, code)
  const keys = checkWith(kept, parseJson(text(await openKeychain(master, content))))
  const { store } = await theBrowser()
  await store.keepKey(`device-${org}`, await importDeviceKey(fromBase64url(keys.device.privateKey)))
  await store.write(`keys-${org}`, { ...keys, device: { ...keys.device, privateKey: '' } })
  const { all } = await profiles()
  await store.write('profiles', [...all.filter((one) => one.id !== org), { id: org, name, org, role }])
  await use(org)
}

async function openOne(): Promise<Trading> {
  const at = await theBrowser()
  const { current: profile } = await profiles()
  const keys = profile && (await at.store.read<Keys>(`keys-${profile.org}`))
  const privateKey = profile && (await at.store.key(`device-${profile.org}`))
  if (!profile || !keys || !privateKey) throw new AppError('device-missing')
  const { publicKey } = keys.device
  const { call } = await sessionLink(at, await signerOf({ publicKey, privateKey }), profile.org)
  const sign = async (message: Bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))
  return {
    ...{ profile, keys, browser: at, objects: createObjects(call), nameOf: (org) => orgName(at.roots, org) ?? org },
    trader: createTrader({ call, org: profile.org, publicKey, sign }),
  }
}

/** Who one is, with a session. */
export const theTrading = (): Promise<Trading> => {
  opened ??= openOne()
  opened.catch(() => {
    opened = undefined
  })
  return opened
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))
let following = false

/** Tells the page at every block that something may be new, for as long as the page is there. */
export async function follow(): Promise<void> {
  if (following) return
  following = true
  void (async () => {
    for (;;) {
      try {
        await (await theTrading()).trader.next()
        tell({ news: 'changed' })
      } catch {
        await pause(2_000)
      }
    }
  })()
}
