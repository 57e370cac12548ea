/** Writing into a patient's record: the form's exact bytes, signed and sealed here. And mistakes: what is disputed, what is taken back. */
import { utf8 } from '@salus/base/bytes'
import type { Filing } from '@salus/base/categories'
import { AppError } from '@salus/base/errors'
import { type Handle, newId } from '@salus/base/ids'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import type { Written } from '@salus/fhir/forms/types'
import { submit } from '@salus/journal/device'
import type { WithdrawalReason } from '@salus/records/contract'
import { deposit } from '@salus/records/device/author'
import { withdraw as takeBack } from '@salus/records/device/mend'
import { recordEndpoints } from '@salus/records/endpoints'
import { named } from '@salus/records/names'
import { theOpened, theProfessional } from './open.ts'
import { keepPatient, professionalFor } from './patients.ts'

/** What a form needs beside what is typed: a fresh id, and how patient and author are named. */
export async function formContext(
  patient: string,
): Promise<{ id: string; patient: object; author: object; now: string }> {
  const { keys, link, profile } = await theProfessional()
  return {
    ...{ id: newId(link.random).replaceAll('_', '-'), now: new Date().toISOString() },
    patient: named('handle', patient, 'Patient') as object,
    author: named('handle', keys.handle, 'Practitioner', profile.name) as object,
  }
}

type Disputed = { record: string; version: number; statement: string }

/** Files what a form wrote; a new version where it answers a dispute. */
export async function write(
  patient: string,
  written: Pick<Written, 'fhir' | 'filing'>,
  answers?: string,
): Promise<string> {
  const { link, keys } = await professionalFor(patient as Handle)
  const { keyring } = await findKeyring(link, patient as Handle)
  const author = { iss: keys.handle, signer: await signerOf(keys.device) }
  const replaces = answers === undefined ? {} : { replaces: (await disputed(answers, written.filing)) as never }
  const what = { category: written.filing, fhir: utf8(written.fhir), ...replaces }
  const made = await deposit(link, author, keyring, what)
  await submit(link.call, link.logs, [made.item])
  await keepPatient(patient as Handle)
  return made.record
}

async function disputed(record: string, filing: Filing): Promise<Disputed> {
  const found = (await disputes()).find((one) => one.record === record)
  if (!found) throw new AppError('record-unknown')
  if (found.category !== filing) throw new AppError('category-other')
  return found
}

/** What patients say is wrong, of this organisation's documents. */
export async function disputes(): Promise<
  {
    record: string
    version: number
    statement: string
    category: string
    patient: string
    author: string
    reason: string
    at: number
  }[]
> {
  const { link } = await theOpened()
  return (await link.call(recordEndpoints.disputes)).disputes
}

/** Takes a document back that was filed by mistake: its content is destroyed, the notice stays. */
export async function withdraw(patient: string, record: string, reason: WithdrawalReason): Promise<void> {
  const who = await theOpened()
  const iss = who.kind === 'desk' ? who.keys.org : who.keys.handle
  const author = { iss, signer: await signerOf(who.keys.device) }
  await takeBack(who.link, author, { patient, record, reason })
}
