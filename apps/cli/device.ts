/**
 * A device's folder (--device DIR): the pinned roots, and the secrets sealed under a master key beside them. The folder is
 * 0700 and the master key 0600: whoever reads it as this user is this device (docs/threats.md says what an app adds).
 */
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Bytes, base64url, fromBase64url, text, utf8 } from '@salus/base/bytes'
import { systemClock, systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { writeWhole } from '@salus/base/whole'
import { digest } from '@salus/crypto/hash'
import { newMasterKey, openKeychain, sealKeychain } from '@salus/crypto/keychain'
import { type Consortium, openConsortium, type Roots } from '@salus/directory/consortium'
import { createCall, type Fetch } from '@salus/directory/device/http'
import type { Link } from '@salus/directory/device/link'
import { originAt, plainLinkOver, sessionLinkOver, wayTo } from '@salus/directory/device/reach'
import { newerRoots } from '@salus/directory/device/roots'
import { directoryEndpoints } from '@salus/directory/endpoints'
import type { Signer } from '@salus/journal/statement'
import type { OwnRecordBook } from '@salus/records/device/own'

export type Role = 'desk' | 'patient' | 'professional' | 'keeper'

/** How a device reaches its node: over HTTP in general, straight into the app in the demonstration and in tests. */
export type Reach = {
  readonly base: string
  readonly fetch: Fetch
  /** Which journal is kept there; found out where the roots name several. */
  readonly origin?: string
}

/** A device's folder without what it trusts: a desk's, before its node is founded. */
export type Folder = {
  readonly dir: string
  readonly role: Role
  readonly base: string
  /** Seals bytes under the device's master key, and opens what was sealed so (`cannot-open`). */
  seal(plain: Uint8Array): Promise<string>
  open(sealed: string): Promise<Bytes>
  /** Reads a sealed part; undefined when it was never written. */
  read<T>(part: string): Promise<T | undefined>
  /** Seals and writes a part; it is on disk, whole, when this returns. */
  write(part: string, value: unknown): Promise<void>
}

export type Device = Folder & {
  readonly roots: Roots
  /** The journal its statements are for. */
  readonly origin: string
  /** What a professional asks the desk to be credentialed as; gone once a credential is there. */
  readonly asks: string | undefined
  /** Takes the wish away: the credential is there. */
  granted(): Promise<void>
}

/** device.json: no secret, so that a node that moved can be followed (`moveDevices`). */
type Card = { role: Role; base: string; asks?: string; origin?: string }

const keepCard = (dir: string, card: Card): Promise<void> =>
  writeWhole(join(dir, 'device.json'), `${JSON.stringify(card)}\n`)

const readCard = async (dir: string): Promise<Card> =>
  JSON.parse(await readFile(join(dir, 'device.json'), 'utf8')) as Card

/** Writes down which journal the device's node keeps. */
export const keepOrigin = async (dir: string, origin: string): Promise<void> =>
  keepCard(dir, { ...(await readCard(dir)), origin })

/** The record of the device in `dir` went to another hospital: its node is there from now on. */
export const keepHome = async (dir: string, base: string, origin: string): Promise<void> =>
  keepCard(dir, { ...(await readCard(dir)), base, origin })

export const isDevice = (dir: string): boolean => existsSync(join(dir, 'device.json'))

/** What this process wrote last, by digest: what it said, and how it lies in the file. */
type Kept = { readonly said: string; readonly sealed: string }

/** Does the file hold just this already? An errand saves before and after each step; a flush of the disk is not for nothing. */
const stands = async (path: string, kept: Kept | undefined, said: string): Promise<boolean> =>
  kept?.said === said && existsSync(path) && digest(await readFile(path, 'utf8')) === kept.sealed

function deviceOf(folder: Folder, { asks, ...card }: Card, roots: Roots): Device {
  const origin = card.origin ?? roots.journals[0]?.origin ?? ''
  return { ...folder, roots, origin, asks, granted: () => keepCard(folder.dir, card) }
}

function folderOf(dir: string, { role, base }: Card, master: Bytes): Folder {
  const kept = new Map<string, Kept>()
  return {
    ...{ dir, role, base: elsewhere() ?? base },
    seal: (plain) => sealKeychain(master, plain, systemRandom),
    open: (sealed) => openKeychain(master, sealed),
    async read<T>(part: string) {
      const path = join(dir, `${part}.jwe`)
      if (!existsSync(path)) return undefined
      return JSON.parse(text(await openKeychain(master, (await readFile(path, 'utf8')).trim()))) as T
    },
    async write(part, value) {
      const path = join(dir, `${part}.jwe`)
      const plain = JSON.stringify(value)
      const said = digest(plain)
      if (await stands(path, kept.get(part), said)) return
      const sealed = await sealKeychain(master, utf8(plain), systemRandom)
      await writeWhole(path, sealed)
      kept.set(part, { said, sealed: digest(sealed) })
    },
  }
}

/** The roots as the node hands them out, not checked yet. */
export const fetchConsortium = (reach: Reach): Promise<Consortium> =>
  createCall({ ...reach, clock: systemClock, random: systemRandom })(directoryEndpoints.consortium)

/** What came after `pinned`, as the node hands it out and D39 lets it pass. */
export const newerFilesOf = async (reach: Reach, pinned: Roots): Promise<readonly Consortium[]> =>
  (await newerRoots(createCall({ ...reach, ...at }), pinned))?.files ?? []

/** The same for the device in `dir`, asked of its own node. */
export async function newerFiles(dir: string): Promise<readonly Consortium[]> {
  const pinned = await openConsortium(await readFile(join(dir, 'consortium.json'), 'utf8'))
  return newerFilesOf(reachOf({ base: elsewhere() ?? (await readCard(dir)).base }), pinned)
}

/** Where the node is, when the person says so: it moved, or is reached another way than when the device was made. */
const elsewhere = (): string | undefined => process.env.SALUS_NODE?.replace(/\/$/, '')

/** Makes a folder with a master key of its own. Refuses one that is a device already. */
async function makeWith(dir: string, card: Card, pin: () => Promise<void>): Promise<Folder> {
  if (isDevice(dir)) throw new AppError('device-exists')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await chmod(dir, 0o700)
  await pin()
  const master = newMasterKey(systemRandom)
  await writeWhole(join(dir, 'master.key'), `${base64url(master)}\n`)
  await keepCard(dir, card)
  return folderOf(dir, card, master)
}

/** Makes a device that has no roots to pin yet. */
export const makeFolder = (dir: string, role: Role, base: string): Promise<Folder> =>
  makeWith(dir, { role, base }, async () => {})

/** Makes a new device folder, pinning `consortium` (fetched from the node when not given: trust on first use). */
export async function makeDevice(
  dir: string,
  role: Role,
  reach: Reach,
  consortium?: Consortium,
  asks?: string,
): Promise<Device> {
  if (isDevice(dir)) throw new AppError('device-exists')
  const file = consortium ?? (await fetchConsortium(reach))
  const roots = await openConsortium(JSON.stringify(file))
  const origin = reach.origin ?? (await originAt(reach, roots))
  const card: Card = { role, base: reach.base, origin, ...(asks ? { asks } : {}) }
  const pin = () => writeWhole(join(dir, 'consortium.json'), `${JSON.stringify(file, null, 2)}\n`)
  return deviceOf(await makeWith(dir, card, pin), card, roots)
}

/** Opens a folder made before, for the role it was made for, whether it trusts a node yet or not. */
export async function openFolder(dir: string, role: Role): Promise<Folder> {
  if (!isDevice(dir)) throw new AppError('device-missing')
  const card = await readCard(dir)
  if (card.role !== role) throw new AppError('device-missing')
  return folderOf(dir, card, fromBase64url((await readFile(join(dir, 'master.key'), 'utf8')).trim()))
}

/** Opens a device folder made before, for the role it was made for. */
export async function openDevice(dir: string, role: Role): Promise<Device> {
  const folder = await openFolder(dir, role)
  const roots = await openConsortium(await readFile(join(dir, 'consortium.json'), 'utf8'))
  return deviceOf(folder, await readCard(dir), roots)
}

/**
 * The devices in `folder` that belong to this ledger follow their node to `base`: it was started at another address. What
 * they trust are the pinned roots, never the address.
 */
export async function moveDevices(folder: string, genesis: string, base: string): Promise<void> {
  const names = existsSync(folder) ? await readdir(folder) : []
  for (const dir of names.map((name) => join(folder, name)).filter(isDevice)) {
    const card = await readCard(dir)
    if (card.base === base) continue
    if (!existsSync(join(dir, 'consortium.json'))) continue
    const { roots } = JSON.parse(await readFile(join(dir, 'consortium.json'), 'utf8')) as Consortium
    if (roots.genesis === genesis) await keepCard(dir, { ...card, base })
  }
}

/** Default reach: the node this device was made with, by the platform's fetch. */
export const reachOf = (device: Pick<Device, 'base'>): Reach => ({
  base: device.base,
  fetch: (url, init) => fetch(url, init),
})

/**
 * D46 The way to where the record is at home now: that hospital's own address where its home has told it; else through the node it
 * left, which carries on what is asked there.
 */
export async function homeWay(
  device: Device,
  { home, stores }: Pick<OwnRecordBook, 'home' | 'stores'>,
  reach: Reach | undefined,
): Promise<Reach> {
  const way = reach ?? reachOf(device)
  if (home === undefined || home.origin === device.origin || home.origin === reach?.origin) return way
  const url = stores?.all.find((one) => one.org === home.org)?.url
  if (reach || url === undefined) return wayTo(way, home.origin)
  await keepHome(device.dir, url, home.origin)
  return { ...way, base: url, origin: home.origin }
}

/** A link without a session: statements and claims need none. */
export const plainLink = (device: Device, reach: Reach = reachOf(device)): Link =>
  plainLinkOver({ origin: device.origin, ...reach, ...at }, device.roots)

/** A link whose calls carry a session of `sub` (a handle, or an organisation for its desk). */
export const sessionLink = (
  device: Device,
  signer: Signer,
  sub: string,
  reach: Reach = reachOf(device),
): Promise<Link> => sessionLinkOver({ origin: device.origin, ...reach, ...at }, device.roots, signer, sub)

const at = { clock: systemClock, random: systemRandom }
const held = new Map<string, DatabaseSync>()

/**
 * One command at a time works on a device's folder: two would each write back what they had read, and the keys that the
 * first one made and published would be gone for ever. Waits a little; the lock ends with the process, however it ends.
 */
export function holdDevice(dir: string): void {
  if (isDevice(dir)) holdFile(join(resolve(dir), 'device.lock'))
}

/** Holds one file of a folder until this process ends, for whoever must be the only one to do what it does. */
export function holdFile(path: string): void {
  if (held.has(path)) return
  const db = new DatabaseSync(path)
  try {
    db.exec('PRAGMA busy_timeout = 15000; BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    throw new AppError('device-busy', {}, { cause })
  }
  // The connection is kept: collected, it would let go of the folder.
  held.set(path, db)
}
