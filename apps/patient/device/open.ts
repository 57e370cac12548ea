/** The patient's device in this browser: whose record it opens now, and how far it is. State of one worker, nothing else. */
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Link } from '@salus/directory/device/link'
import { type PatientKeys, signerOf } from '@salus/directory/device/patient'
import type { SessionLink } from '@salus/directory/device/reach'
import { findKeyring } from '@salus/directory/device/verify'
import { showLast } from '@salus/journal/device'
import { createParties, type Parties } from '@salus/records/device/fhir'
import { emptyBook, type OwnRecordBook, versionKey } from '@salus/records/device/own'
import { keysFor } from '@salus/records/device/represent'
import { type PatientDevice, sync } from '@salus/records/device/sync'
import {
  type Browser,
  holdDevice,
  isOffline,
  keptCall,
  openBrowser,
  plainLink,
  sessionLink,
  type Wanted,
  wayOf,
} from '@salus/web-app/device'
import { createTurns } from '@salus/web-app/turns'

/** Where somebody stands with this device. */
export type Stage = 'empty' | 'claiming' | 'joining' | 'unfinished' | 'ready' | 'erased'

/** One record as it is open here. */
export type Opened = PatientDevice & { readonly link: SessionLink; readonly parties: Parties }

export const NAME = 'patient'
const gone: ReadonlySet<string> = new Set(['signer-unknown', 'keyring-unknown', 'challenge-invalid'])

let browser: Promise<Browser> | undefined
let own: Promise<Opened> | undefined
let acting: Promise<Opened> | undefined

/** The store, opened once and held by this worker alone. */
export const theBrowser = (): Promise<Browser> => {
  browser ??= holdDevice(NAME).then(() => openBrowser(NAME))
  browser.catch(() => {
    browser = undefined
  })
  return browser
}

/** Keys as they are kept: the private half of the device key stands apart, as a key that cannot be read out. */
export async function keepKeys({ store }: Browser, keys: PatientKeys): Promise<void> {
  const { privateKey } = keys.device
  if (typeof privateKey !== 'string') await store.keepKey('device', privateKey)
  await store.write('keys', { ...keys, device: { ...keys.device, privateKey: '' } })
}

export async function readKeys({ store }: Browser): Promise<PatientKeys | undefined> {
  const keys = await store.read<PatientKeys>('keys')
  const privateKey = keys && (await store.key('device'))
  return keys && privateKey && { ...keys, device: { ...keys.device, privateKey } }
}

/** How far somebody is. */
export async function stage(): Promise<Stage> {
  const { store } = await theBrowser()
  if (await store.read('erased')) return 'erased'
  if (await store.read('claim')) return 'claiming'
  if (await store.read('join')) return 'joining'
  if (!(await store.read('keys'))) return 'empty'
  return (await store.read('tried')) ? 'ready' : 'unfinished'
}

/** D46 Where the record went, through the node that serves this page: it carries on what is asked there. */
export const homeAt = (at: Browser, { home }: OwnRecordBook): Browser =>
  home === undefined || home.origin === at.origin ? at : { ...at, origin: home.origin, through: true }

async function openOwn(): Promise<Opened> {
  const at = await theBrowser()
  const keys = await readKeys(at)
  if (!keys) throw new AppError('device-missing')
  const book = (await at.store.read<OwnRecordBook>('book')) ?? emptyBook()
  const link = await lazily(homeAt(at, book), keys, book)
  const save = async () => {
    await keepKeys(at, keys)
    await at.store.write('book', book)
  }
  return { link, keys, book, save, parties: createParties({ link, keys }) }
}

/** The digest that the author of a version signed, as the own chain tells it. */
const contentOf =
  (book: OwnRecordBook): Wanted =>
  (record, version) =>
    book.records[versionKey(record, version)]?.content

/** Without a network the record still opens: the session is then opened at the first call that gets through. */
async function lazily(at: Browser, keys: PatientKeys, book: OwnRecordBook): Promise<SessionLink> {
  const open = async () => sessionLink(at, await signerOf(keys.device), keys.handle, contentOf(book))
  const known = async (error: unknown) => {
    if (!isAppError(error) || !gone.has(error.code)) throw error
    // A node that was rolled back may not know this device any more: it is shown what this device knows of it.
    await showLast(plainLink(at).call, book.checkpoint)
    // A challenge may have been too slow once; twice, this device is none of the person's any more.
    if (error.code !== 'challenge-invalid') throw error
    return open().catch((again) => {
      throw isAppError(again) && again.code === 'challenge-invalid' ? new AppError('device-cut-off') : again
    })
  }
  try {
    return await open().catch(known)
  } catch (error) {
    if (!isOffline(error)) throw error
    return offlineLink(at, open, contentOf(book))
  }
}

function offlineLink(at: Browser, open: () => Promise<SessionLink>, wanted: Wanted): SessionLink {
  let later: Promise<SessionLink> | undefined
  const linked = () => {
    later ??= open()
    later.catch(() => {
      later = undefined
    })
    return later
  }
  let session: SessionLink | undefined
  const call: Link['call'] = async (endpoint, request) => {
    session = await linked()
    return session.call(endpoint, request)
  }
  const current = () => {
    if (!session) throw new AppError('node-unreachable')
    return session.session()
  }
  const link = plainLink(at)
  return {
    ...link,
    base: wayOf(at).base,
    call: keptCall(call, at, wanted),
    session: current,
  }
}

/** The own record. */
export const theOwn = (): Promise<Opened> => {
  own ??= openOwn()
  own.catch(() => {
    own = undefined
  })
  return own
}

/** Whose record is worked on: the own one, or that of somebody this person acts for. */
export const current = (): Promise<Opened> => acting ?? theOwn()

/** Forgets what is open: keys have changed, or are gone. */
export function closeAll(): void {
  own = undefined
  acting = undefined
}

/** Takes everything away that this browser kept; leaves a mark where one is given. The lock stays with this worker. */
export async function wipe(mark?: { readonly receipt: string }): Promise<void> {
  const { store } = await theBrowser()
  await store.destroy()
  closeAll()
  browser = openBrowser(NAME)
  if (mark) await (await browser).store.write('erased', mark)
}

/** What a device keeps of the people it acts for, by handle. */
type ActedFor = Record<string, { keys: PatientKeys; book: OwnRecordBook }>

/** Opens the record of somebody the owner represents; the own one again without a handle. */
export async function actFor(handle: Handle | undefined): Promise<void> {
  acting = undefined
  if (handle === undefined) return
  const mine = await theOwn()
  const at = await theBrowser()
  const all = (await at.store.read<ActedFor>('represented')) ?? {}
  const known = all[handle]
  const { keyring } = await findKeyring(mine.link, handle)
  const keys = { ...keysFor(mine.keys, handle, keyring.org), epochs: known?.keys.epochs ?? [] }
  const book = known?.book ?? emptyBook()
  const link = await sessionLink(at, await signerOf(keys.device), handle, contentOf(book)).catch((error) => {
    throw isAppError(error) && error.code === 'challenge-invalid' ? new AppError('representative-refused') : error
  })
  const bare = { ...keys.device, privateKey: '' }
  // Somebody else's part may have been written meanwhile.
  const save = async () => {
    const now = (await at.store.read<ActedFor>('represented')) ?? {}
    await at.store.write('represented', { ...now, [handle]: { keys: { ...keys, device: bare }, book } })
  }
  acting = Promise.resolve({ link, keys, book, save, parties: createParties({ link, keys }) })
}

/** One errand at a time changes keys and book: two at once would each send what the other does not know of. */
export const alone = createTurns()

/** How long what was fetched counts as fresh when nobody said that something changed, milliseconds. */
const FRESH_MS = 15_000
const stepped = new WeakMap<Opened, number>()
/** Something changed at the node: the next look asks it. */
export const isStale = (device: Opened): void => void stepped.delete(device)

async function step(device: Opened): Promise<void> {
  if (Date.now() - (stepped.get(device) ?? 0) < FRESH_MS) return
  try {
    await sync(device)
    stepped.set(device, Date.now())
  } catch (error) {
    // What was known before is shown then, and said to be old.
    if (!isOffline(error) && !isAwayNow(error)) throw error
  }
}

/** The own node answers, the hospital that the record moved to does not. */
const isAwayNow = (error: unknown): boolean => isAppError(error) && error.code === 'hospital-away'
const hasMoved = (error: unknown): boolean => isAppError(error) && error.code === 'home-moved'

/** The record worked on, in step with the node where that can be reached. */
export async function fresh(): Promise<Opened> {
  const device = await current()
  try {
    await alone(() => step(device))
    return device
  } catch (error) {
    // D46 Another device of this person moved the record: this one follows.
    if (!hasMoved(error) || acting) throw error
    closeAll()
    const there = await theOwn()
    await alone(() => step(there))
    return there
  }
}

/** Changes something: alone, and the next look asks the node again. */
export async function change<T>(work: (device: Opened) => Promise<T>): Promise<T> {
  const device = await current()
  return alone(() => work(device).finally(() => isStale(device)))
}
