/** A device as a browser holds it: its sealed store, the roots it pinned, and its way to the node that served this page. */
import { systemClock, systemRandom } from '@salus/base/clock'
import type { Call } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import { type Consortium, openConsortium, type Roots } from '@salus/directory/consortium'
import { createCall } from '@salus/directory/device/http'
import { newDeviceHandle } from '@salus/directory/device/patient'
import {
  originAt,
  plainLinkOver,
  type SessionLink,
  sessionLinkOver,
  type Way,
  wayTo,
} from '@salus/directory/device/reach'
import { servedRoots } from '@salus/directory/device/roots'
import { directoryEndpoints } from '@salus/directory/endpoints'
import type { Signer } from '@salus/journal/statement'
import { recordEndpoints } from '@salus/records/endpoints'
import { tell } from './rpc.ts'
import { openStore, type Store } from './store.ts'

let offline = false
/** Tells the page when the node is out of reach, and when it is back: once each. */
function reached(now: boolean): void {
  if (offline === !now) return
  offline = !now
  tell({ news: 'offline', offline })
}

const isOwn = (url: string): boolean => url.startsWith(`${location.origin}/`)

/** Every request of this device goes through here. */
async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, { ...init, credentials: 'omit', cache: 'no-store', redirect: 'error' })
    if (isOwn(url)) reached(true)
    return response
  } catch (error) {
    if (isOwn(url)) reached(false)
    throw error
  }
}

/** The node is the origin that served the page; others are asked for one thing alone (D41), and no cookie is sent. */
export const way: Way = {
  fetch: ask,
  base: location.origin,
  clock: systemClock,
  random: systemRandom,
  newDevice: newDeviceHandle,
}

/** A store and what it trusts. `through`: the journal is another hospital's, and the own node carries on what is asked there. */
export type Browser = {
  readonly store: Store
  readonly roots: Roots
  readonly origin: string
  readonly through?: true
}

const ROOTS = 'consortium'

/** The roots this device pinned. The first time they are fetched: what is shown at the desk is compared then (fingerprint). */
async function pinned(store: Store): Promise<Roots> {
  const kept = await store.read<Consortium>(ROOTS)
  if (kept) {
    const roots = await openConsortium(JSON.stringify(kept))
    void renew(store, roots)
    return roots
  }
  const file = await createCall(way)(directoryEndpoints.consortium)
  const roots = await openConsortium(JSON.stringify(file))
  await store.write(ROOTS, file)
  return roots
}

/** D42 A newer version counts from the next opening on; what is no successor of the pinned one never does, and the person is told. */
async function renew(store: Store, pinned: Roots): Promise<void> {
  try {
    const newer = await servedRoots(createCall(way), pinned)
    if (newer === 'other') tell({ news: 'other-roots' })
    if (newer === undefined || newer === 'other') return
    // Which journal is the own one is settled by the roots it was made under, not asked again under the next.
    await store.write('origin', await originOf(store, pinned))
    await store.write(ROOTS, newer.files.at(-1))
  } catch {
    // Without a network, or without room: what is pinned stays.
  }
}

/** Opens the device called `name` in this browser, making it when there is none. */
export async function openBrowser(name: string): Promise<Browser> {
  const store = await openStore(name)
  const roots = await pinned(store)
  return { store, roots, origin: await originOf(store, roots) }
}

/** The journal this device's statements are for: learnt once, so that it is known without a network. */
async function originOf(store: Store, roots: Roots): Promise<string> {
  const kept = await store.read<string>('origin')
  if (kept) return kept
  const origin = await originAt(way, roots)
  if (roots.journals[1]) await store.write('origin', origin)
  return origin
}

/** A link without a session. */
export const plainLink = (browser: Browser) => plainLinkOver(wayOf(browser), browser.roots)

/** Where this device asks: the own node, or through it another hospital's. */
export const wayOf = ({ origin, through }: Browser) => (through ? wayTo(way, origin) : { ...way, origin })

/** A link with a session of `sub`; own ciphertext is fetched once, and keyrings are remembered for when there is no network. */
export async function sessionLink(
  browser: Browser,
  signer: Signer,
  sub: string,
  wanted: Wanted = () => undefined,
): Promise<SessionLink> {
  const link = await sessionLinkOver(wayOf(browser), browser.roots, signer, sub)
  return { ...link, call: keptCall(link.call, browser, wanted) }
}

/** A link that has no session yet, over what was kept: what was opened before opens, anything else waits for the network. */
export const keptCall = (call: Call, { store }: Browser, wanted: Wanted): Call =>
  keepingContents(keepingKeyrings(call, store), store, wanted)

type Views = Record<string, unknown>
const KEYRINGS = 'keyrings'

/** Keyrings of authors: asked for each time; without a network the last answer counts. It is checked like any other. */
function keepingKeyrings(call: Call, store: Store): Call {
  const wanted = directoryEndpoints.keyring
  let kept: Promise<Views> | undefined
  const views = () => {
    kept ??= store.read<Views>(KEYRINGS).then((found) => found ?? {})
    return kept
  }
  const asked = async (request: { input?: unknown }) => {
    const { handle } = request.input as { handle: string }
    try {
      const view = await call(wanted, request)
      const all = await views()
      all[handle] = view
      await store.write(KEYRINGS, all)
      return view
    } catch (error) {
      const known = isOffline(error) ? (await views())[handle] : undefined
      if (known === undefined) throw error
      return known
    }
  }
  const keeping = (endpoint: Parameters<Call>[0], request: Parameters<Call>[1]) =>
    endpoint.name === wanted.name && request ? asked(request) : call(endpoint, request)
  return keeping as Call
}

const nameOf = ({ record, version }: { record: string; version: number }): string => `${record}:${version}`

/** What the own book says a content must be: the digest that its author signed. */
export type Wanted = (record: string, version: number) => string | undefined

/**
 * Ciphertext never changes: what is here is not asked for again. Only what has the signed digest is kept, and it is looked at
 * again when it is taken out: one bad answer, or a damaged disk, is asked for anew instead of standing in the way for ever.
 */
function keepingContents(call: Call, store: Store, wanted: Wanted): Call {
  const endpoint = recordEndpoints.contents
  const right = (one: { record: string; version: number }, content: string | undefined): content is string =>
    content !== undefined && digest(content) === wanted(one.record, one.version)
  const fetched = async (request: { input?: unknown }) => {
    const { records } = request.input as { records: { record: string; version: number }[] }
    const kept = (await store.contents(records.map(nameOf))).map((one, i) =>
      right(records[i] as never, one) ? one : undefined,
    )
    const missing = records.filter((_, i) => kept[i] === undefined)
    if (missing.length > 0) {
      const { contents } = await call(endpoint, { input: { records: missing } })
      const good = contents.filter((one) => right(one, one.content))
      await store.keepContents(good.map((one) => [nameOf(one), one.content] as const))
      const fresh = new Map(contents.map((one) => [nameOf(one), one.content]))
      for (const [i, one] of records.entries()) kept[i] ??= fresh.get(nameOf(one))
    }
    return { contents: records.map((one, i) => ({ ...one, content: kept[i] ?? '' })) }
  }
  const keeping = (asked: Parameters<Call>[0], request: Parameters<Call>[1]) =>
    asked.name === endpoint.name && request ? fetched(request) : call(asked, request)
  return keeping as Call
}

/** Is this the network's doing? Then what was known before is shown, and said to be old. */
export const isOffline = (error: unknown): boolean => isAppError(error) && error.code === 'node-unreachable'

/** How long a page that is being closed may still hold the device, milliseconds. */
const PATIENCE_MS = 4_000

/**
 * One worker at a time holds a device: two would each write back what they had read, and keys that the first had made and
 * published would be gone. A page that was loaded anew waits for the one before to end; a second window is told (`device-busy`).
 */
export async function holdDevice(name: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const held = () => {
      resolve()
      // Until the worker ends.
      return new Promise<never>(() => {})
    }
    const signal = AbortSignal.timeout(PATIENCE_MS)
    navigator.locks.request(`salus-${name}`, { signal }, held).catch((cause) => {
      reject(new AppError('device-busy', {}, { cause }))
    })
  })
}
