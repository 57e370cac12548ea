/** What every verb of the patient begins with. */
import { type PatientDevice, sync } from '@salus/records/device/patient'
import { openPatient } from '../../people.ts'
import { type Arguments, type Option, required } from '../../verb.ts'

export const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of the patient’s device', fr: 'dossier de l’appareil du patient' },
}
export async function synced(args: Arguments): Promise<PatientDevice> {
  const patient = await openPatient(required(args, 'device'))
  await sync(patient)
  return patient
}
