/** What every verb of the patient begins with. */
import { writeFile } from 'node:fs/promises'
import { text } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import type { Resource } from '@salus/fhir/contract'
import { writeBundle } from '@salus/fhir/write'
import { sendAgain } from '@salus/records/device/circle'
import { type PatientDevice, sync } from '@salus/records/device/patient'
import type { Both } from '@salus/ui/language'
import { openPatient, openRepresented } from '../../people.ts'
import { type Arguments, handleFrom, type Option, option, required } from '../../verb.ts'

export const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of the patient’s device', fr: 'dossier de l’appareil du patient' },
}
/** Whose record: one's own, or that of somebody one represents. */
export const forOption: Option = {
  ...{ name: 'for', value: 'HANDLE' },
  words: { en: 'act for this person, whom one represents', fr: 'agir pour cette personne, que l’on représente' },
}
/** The record the verb is about, on this device. */
export function whose(args: Arguments): Promise<PatientDevice> {
  const dir = required(args, 'device')
  const whom = option(args, 'for')
  return whom === undefined ? openPatient(dir) : openRepresented(dir, handleFrom(whom))
}

export async function synced(args: Arguments): Promise<PatientDevice> {
  const patient = await whose(args)
  try {
    await sync(patient)
  } catch (error) {
    // D46 Another device of this person moved the record: this one follows it.
    if (!isAppError(error) || error.code !== 'home-moved' || option(args, 'for') !== undefined) throw error
    const there = await whose(args)
    await sync(there)
    return there
  }
  await sendAgain(patient)
  return patient
}

/** A file that other systems read; health data, so for its owner alone. */
export const fhirOption = (words: Both): Option => ({ name: 'fhir', value: 'FILE', words })

/** One bundle of them. */
export async function writeFhir(file: string, resources: readonly Resource[]): Promise<void> {
  const bytes = writeBundle(resources, { timestamp: new Date().toISOString() })
  await writeFile(file, `${text(bytes)}\n`, { mode: 0o600 })
}
