/** Patients as this browser knows them: handles that were used, with the names that an opened record told. Sealed at rest. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { field } from '@salus/base/schema'
import { findKeyring } from '@salus/directory/device/verify'
import { theBrowser, theProfessional } from './open.ts'

export type KnownPatient = {
  readonly handle: Handle
  readonly name: string | undefined
  readonly birthDate: string | undefined
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
export async function keepPatient(handle: Handle, known: { name?: string; birthDate?: string } = {}): Promise<void> {
  const { store } = await theBrowser()
  const book = await read()
  const before = book[handle]
  const now = Math.floor(Date.now() / 1000)
  const next = { handle, name: known.name ?? before?.name, birthDate: known.birthDate ?? before?.birthDate, at: now }
  await store.write(await partOf(), { ...book, [handle]: next })
}

/** A handle as it was typed or scanned; its keyring is looked up and checked. */
export async function findPatient(typed: string): Promise<Handle> {
  const { link } = await theProfessional()
  const text = typed.trim().replace(/^salus-patient:1:/i, '')
  const read = field.handle.safeParse(text.replace(/[\s-]/g, '').toUpperCase())
  if (!read.success) throw new AppError('handle-wrong')
  const handle = read.data
  await findKeyring(link, handle)
  await keepPatient(handle)
  return handle
}

/** Takes a patient off this browser's list. */
export async function forgetPatient(handle: string): Promise<void> {
  const { store } = await theBrowser()
  const { [handle]: _, ...rest } = await read()
  await store.write(await partOf(), rest)
}
