/** Patients as this browser knows them: handles that were used, with the names that an opened record told. Sealed at rest. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { field } from '@salus/base/schema'
import type { DirectoryCode } from '@salus/directory/contract'
import { findHome, soon } from '@salus/directory/device/elsewhere'
import { findKeyring } from '@salus/directory/device/verify'
import { type Professional, professionalAt, theBrowser, theProfessional } from './open.ts'

export type KnownPatient = {
  readonly handle: Handle
  readonly name: string | undefined
  readonly birthDate: string | undefined
  /** The journal of another hospital, where the record is at home there and not known here. */
  readonly home?: string | undefined
  /** Seconds: when one last did something about this patient. */
  readonly at: number
}
type Book = Record<string, KnownPatient>

const partOf = async (): Promise<string> => `patients-${(await theProfessional()).profile.id}`

async function read(): Promise<Book> {
  const { store } = await theBrowser()
  return (await store.read<Book>(await partOf())) ?? {}
}

/** Newest first. */
export async function patients(): Promise<KnownPatient[]> {
  return Object.values(await read()).sort((a, b) => b.at - a.at)
}

/** Notes a patient; what was known of the name stays unless something better is given. */
export async function keepPatient(
  handle: Handle,
  known: { name?: string; birthDate?: string; home?: string | undefined } = {},
): Promise<void> {
  const { store } = await theBrowser()
  const book = await read()
  const before = book[handle]
  const now = Math.floor(Date.now() / 1000)
  const home = 'home' in known ? known.home : before?.home
  const told = { name: known.name ?? before?.name, birthDate: known.birthDate ?? before?.birthDate }
  const next = { handle, ...told, ...(home === undefined ? {} : { home }), at: now }
  await store.write(await partOf(), { ...book, [handle]: next })
}

/** The journal of another hospital, where this patient's record is at home there. */
export const homeOf = async (patient: string | undefined): Promise<string | undefined> =>
  patient === undefined ? undefined : (await read())[patient]?.home

/** Oneself at the hospital where this patient's record is at home; looked up each time, since a record moves. */
export async function professionalFor(patient: Handle): Promise<Professional> {
  const home = await homeElsewhere(patient)
  if (home !== (await homeOf(patient))) await keepPatient(patient, { home })
  return professionalAt(home)
}

/** Where the record is at home, unless that is the own hospital; its keyring is checked there. */
async function homeElsewhere(handle: Handle): Promise<string | undefined> {
  const { link } = await theProfessional()
  const home = await findHome(link, handle, (origin) =>
    soon(professionalAt(origin).then((there) => findKeyring(there.link, handle))),
  )
  if (home === undefined) throw new AppError<DirectoryCode>('keyring-unknown')
  return home === link.origin ? undefined : home
}

/** A handle as it was typed or scanned; its keyring is looked up and checked. */
export async function findPatient(typed: string): Promise<Handle> {
  const text = typed.trim().replace(/^salus-patient:1:/i, '')
  const read = field.handle.safeParse(text.replace(/[\s-]/g, '').toUpperCase())
  if (!read.success) throw new AppError('handle-wrong')
  const handle = read.data
  await keepPatient(handle, { home: await homeElsewhere(handle) })
  return handle
}

/** Takes a patient off this browser's list. */
export async function forgetPatient(handle: string): Promise<void> {
  const { store } = await theBrowser()
  const { [handle]: _, ...rest } = await read()
  await store.write(await partOf(), rest)
}
