/** An organisation's device on the market: its desk's folder, with the market's own keys in a sealed part of it. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Bytes, base64url, fromBase64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import type { Call } from '@salus/base/endpoint'
import { isAppError } from '@salus/base/errors'
import { generateKeyPair, importDeviceKey } from '@salus/crypto/keys'
import { signerOf } from '@salus/directory/device/patient'
import type { BrokerKeys } from '@salus/market/broker/keys'
import { createTrader, type Trader } from '@salus/market/device'
import { type ObjectStore, openStore } from '@salus/market/store'
import type { DeskKeys } from './desk.keys.ts'
import { type Device, holdDevice, openDevice, type Reach, reachOf, sessionLink } from './device.ts'
import { pinSigned } from './unfounded.ts'

type Pair = { readonly publicKey: string; readonly privateKey: string }
/** One version of a data set, and the key that opens it. */
export type OwnData = { readonly key: string; readonly set: string; readonly version: number; readonly order: string }
/** `share`: shares of results are sealed to it. `lab`: results of own orders are. `data` by the digest of its document. */
export type MarketKeys = { readonly share: Pair; readonly lab: Pair; readonly data: Readonly<Record<string, OwnData>> }

const PART = 'market'
const pair = (): Pair => {
  const made = generateKeyPair(systemRandom, 1)
  return { publicKey: made.publicKey, privateKey: base64url(made.privateKey) }
}

/** The market's keys of a desk's folder, made at the first question. */
export async function marketKeysOf(device: Pick<Device, 'read' | 'write'>): Promise<MarketKeys> {
  const kept = await device.read<MarketKeys>(PART)
  if (kept) return kept
  const made = { share: pair(), lab: pair(), data: {} }
  await device.write(PART, made)
  return made
}

/** An organisation on the market, with what its device does there. */
export type MarketDevice = {
  readonly device: Device
  readonly org: string
  readonly publicKey: string
  readonly trader: Trader
  readonly store: ObjectStore
  sign(message: Bytes): Promise<Uint8Array>
  /** What is kept now; made at the first question. */
  keys(): Promise<MarketKeys>
  keepData(data: string, own: OwnData): Promise<void>
}

/** Where objects are: SALUS_STORE, a `file:` URL; beside the data when not said. */
export const storeUrl = (): string =>
  process.env.SALUS_STORE ?? pathToFileURL(join(process.env.SALUS_DATA ?? 'data', 'store')).href

/** A session ends after a while; whoever runs for long opens another. */
function lasting(open: () => Promise<{ call: Call }>): Call {
  let link: Promise<{ call: Call }> | undefined
  return (async (endpoint: never, request: never) => {
    link ??= open()
    try {
      return await (await link).call(endpoint, request)
    } catch (error) {
      if (!isAppError(error) || (error.code !== 'session-invalid' && error.code !== 'session-missing')) {
        // What could not be opened is opened anew next time.
        await link?.catch(() => {
          link = undefined
        })
        throw error
      }
      link = open()
      return (await link).call(endpoint, request)
    }
  }) as unknown as Call
}

/** Opens the market's side of a desk's device. `hold`: nobody else writes to the folder meanwhile. */
export async function openMarket(
  dir: string,
  { hold = false, signal, store = storeUrl() }: { hold?: boolean; signal?: AbortSignal; store?: string } = {},
): Promise<MarketDevice> {
  if (hold) holdDevice(dir)
  await pinSigned(dir)
  const device = await openDevice(dir, 'desk')
  // Who runs for long stops at once when asked to, also while it waits for the next block.
  const reach: Reach = signal
    ? { ...reachOf(device), fetch: (url, init) => fetch(url, { ...init, signal }) }
    : reachOf(device)
  const desk = await device.read<DeskKeys>('keys')
  if (!desk) throw new Error('a desk without keys')
  const signer = await signerOf(desk.device)
  const signing = await importDeviceKey(fromBase64url(desk.device.privateKey as string))
  const sign = async (message: Bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', signing, message))
  const call = lasting(() => sessionLink(device, signer, desk.org, reach))
  const { publicKey } = desk.device
  const keys = () => marketKeysOf(device)
  return {
    ...{ device, org: desk.org, publicKey, sign, keys, store: await openStore(store) },
    trader: createTrader({ call, org: desk.org, publicKey, sign }),
    async keepData(data, own) {
      const kept = await keys()
      await device.write(PART, { ...kept, data: { ...kept.data, [data]: own } })
    },
  }
}

/** The key port of a broker over this folder: what an HSM would do, in a file of development. */
export const brokerKeysOf = (at: MarketDevice): BrokerKeys => ({
  ...{ org: at.org, publicKey: at.publicKey, sign: at.sign },
  async dataKey(data) {
    const own = (await at.keys()).data[data]
    return own && fromBase64url(own.key)
  },
  shareKey: async () => fromBase64url((await at.keys()).share.privateKey),
})
