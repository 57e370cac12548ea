/** The three kinds of device, opened from their folders: a desk's, a patient's, a professional's. */
import { join } from 'node:path'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { orgKey } from '@salus/directory/consortium'
import type { DirectoryCode } from '@salus/directory/contract'
import type { Desk } from '@salus/directory/device/desk'
import type { Link } from '@salus/directory/device/link'
import { type PatientKeys, signerOf } from '@salus/directory/device/patient'
import { openingKeys, type ProfessionalKeys } from '@salus/directory/device/professional'
import { wayTo } from '@salus/directory/device/reach'
import type { Stop } from '@salus/directory/device/stops'
import { findKeyring } from '@salus/directory/device/verify'
import { showLast } from '@salus/journal/device'
import { emptyBook, type OwnRecordBook } from '@salus/records/device/own'
import type { PatientDevice } from '@salus/records/device/patient'
import type { Reader } from '@salus/records/device/reader'
import { keysFor } from '@salus/records/device/represent'
import type { DeskKeys } from './desk.keys.ts'
import { type Device, holdDevice, homeWay, openDevice, plainLink, type Reach, reachOf, sessionLink } from './device.ts'
import type { CliCode } from './errors.ts'
import { wasTried } from './recovery.ts'
import { pinSigned } from './unfounded.ts'

export type OpenDesk = { device: Device; keys: DeskKeys; desk: Desk; link: Link; store: string }

async function keysOf<T>(device: Device): Promise<T> {
  const keys = await device.read<T>('keys')
  if (!keys) throw new AppError('device-missing')
  return keys
}

export async function openDesk(dir: string, reach?: Reach): Promise<OpenDesk> {
  // The demonstration and the benches come with a reach of their own, in one process: they need no lock.
  if (!reach) holdDevice(dir)
  await pinSigned(dir, reach)
  const device = await openDevice(dir, 'desk')
  const keys = await keysOf<DeskKeys>(device)
  // Once the roots name the key that followed it, the one before has nothing left to vote for.
  if (keys.before && orgKey(device.roots, keys.org) === keys.device.publicKey) {
    delete keys.before
    await device.write('keys', keys)
  }
  const desk = { org: keys.org, signer: await signerOf(keys.device) }
  const link = await sessionLink(device, desk.signer, keys.org, reach ?? reachOf(device))
  return { device, keys, desk, link, store: join(dir, 'desk.db') }
}

/** Sealed part of a patient's device that says: erasing was asked for, and done. */
export const ERASED = 'erased'
/** `stop`: the erasure on its way to the stores. */
export type Erased = { readonly done: boolean; readonly stop?: Stop }
/** What a node says of somebody it does not know. */
const gone: ReadonlySet<string> = new Set(['signer-unknown', 'keyring-unknown', 'challenge-invalid'])

/** A claim is finished when one way of restoring exists and was tried: until then only `unfinished` errands go on. */
export async function openPatient(dir: string, reach?: Reach, errand?: 'unfinished'): Promise<PatientDevice> {
  if (!reach) holdDevice(dir)
  const device = await openDevice(dir, 'patient')
  const keys = await keysOf<PatientKeys>(device)
  if (errand !== 'unfinished' && !(await wasTried(device))) throw new AppError('claim-unfinished')
  const book = (await device.read<OwnRecordBook>('book')) ?? emptyBook()
  const erased = await device.read<Erased>(ERASED)
  if (erased?.done) throw new AppError<CliCode>('record-erased')
  const way = await homeWay(device, book, reach)
  const signed = sessionLink(device, await signerOf(keys.device), keys.handle, way)
  const link = await signed.catch(async (error) => {
    // A node that was rolled back may not know this device any more: it is shown what this device knows of it.
    if (isAppError(error) && gone.has(error.code)) await showLast(plainLink(device, way).call, book.checkpoint)
    // Asked to be erased, the answer never came, and now nobody of this name is known: it arrived.
    if (erased && isAppError(error) && gone.has(error.code)) throw new AppError<CliCode>('record-erased')
    throw isAppError(error) && error.code === 'challenge-invalid' ? new AppError('device-cut-off') : error
  })
  const save = async () => {
    await device.write('keys', keys)
    await device.write('book', book)
  }
  return { link, keys, book, save }
}

/** The device while its node is not reached: what it knows, and a way to the other hospitals. */
export async function openAway(dir: string): Promise<PatientDevice> {
  const device = await openDevice(dir, 'patient')
  const keys = await keysOf<PatientKeys>(device)
  const book = (await device.read<OwnRecordBook>('book')) ?? emptyBook()
  return { link: plainLink(device), keys, book, save: () => device.write('book', book) }
}

/** What a device keeps of the people it acts for, by handle. */
type ActedFor = Record<string, { keys: PatientKeys; book: OwnRecordBook }>

/** The record of somebody the device's owner represents. */
export async function openRepresented(dir: string, handle: Handle, reach?: Reach): Promise<PatientDevice> {
  const own = await openPatient(dir, reach)
  const device = await openDevice(dir, 'patient')
  const all = (await device.read<ActedFor>('represented')) ?? {}
  const known = all[handle]
  const { keyring } = await findKeyring(own.link, handle)
  // The own keys as they are now: after a loss, what the old ones opened comes along under the new ones.
  const keys = { ...keysFor(own.keys, handle, keyring.org), epochs: known?.keys.epochs ?? [] }
  const book = known?.book ?? emptyBook()
  const link = await sessionLink(device, await signerOf(keys.device), handle, reach ?? reachOf(device)).catch(
    (error) => {
      const over = isAppError(error) && error.code === 'challenge-invalid'
      throw over ? new AppError<DirectoryCode>('representative-refused') : error
    },
  )
  const save = () => device.write('represented', { ...all, [handle]: { keys, book } })
  return { link, keys, book, save }
}

export type OpenProfessional = { device: Device; keys: ProfessionalKeys; link: Link; reader: () => Promise<Reader> }

export async function openProfessional(dir: string, reach?: Reach): Promise<OpenProfessional> {
  if (!reach) holdDevice(dir)
  const device = await openDevice(dir, 'professional')
  const keys = await keysOf<ProfessionalKeys>(device)
  const signer = await signerOf(keys.device)
  const link = await sessionLink(device, signer, keys.handle, reach ?? reachOf(device))
  return professionalOver(device, keys, link)
}

function professionalOver(device: Device, keys: ProfessionalKeys, link: Link): OpenProfessional {
  const reader = async () => ({
    handle: keys.handle,
    signer: await signerOf(keys.device),
    keys: await openingKeys(link, keys),
  })
  return { device, keys, link, reader }
}

/** The same professional at the node that keeps the journal `origin`: the own node carries on what is asked there. */
export async function elsewhere(pro: OpenProfessional, origin: string): Promise<OpenProfessional> {
  const { device, keys, link } = pro
  if (origin === link.origin) return pro
  const way = wayTo(reachOf(device), origin)
  return professionalOver(device, keys, await sessionLink(device, await signerOf(keys.device), keys.handle, way))
}
