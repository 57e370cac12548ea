/** The sample hospitals of a consortium on one machine: invented, marked as samples. */
import type { Cast } from '../demo/organisations.ts'

export type SampleHospital = {
  readonly org: string
  readonly origin: string
  readonly name: string
  readonly physician: { readonly file: string; readonly name: string }
  readonly patient: string
}

const hospital = (word: string, name: string, file: string, physician: string, patient: string): SampleHospital => ({
  org: `hopital-${word}`,
  origin: `journal.${word}.example`,
  name: `${name} (sample)`,
  physician: { file, name: `${physician} (sample)` },
  patient,
})

export const sampleHospitals: readonly SampleHospital[] = [
  hospital('saint-roch', 'Hôpital Saint-Roch', 'dr-morel', 'Dr Camille Morel', 'ines-delcourt'),
  hospital('des-lilas', 'Hôpital des Lilas', 'dr-okafor', 'Dr Noor Okafor', 'marc-ferrand'),
  hospital('du-port', 'Hôpital du Port', 'dr-lindqvist', 'Dr Eli Lindqvist', 'lou-bertrand'),
  hospital('des-cimes', 'Hôpital des Cimes', 'dr-keller', 'Dr Mia Keller', 'paul-renaud'),
  hospital('du-vallon', 'Hôpital du Vallon', 'dr-santos', 'Dr Rui Santos', 'ines-delcourt'),
  hospital('des-dunes', 'Hôpital des Dunes', 'dr-petit', 'Dr Ana Petit', 'marc-ferrand'),
  hospital('du-causse', 'Hôpital du Causse', 'dr-lenoir', 'Dr Yann Lenoir', 'lou-bertrand'),
]

/** Who there is to be at one of them. */
export const castOf = ({ org, name, physician, patient }: SampleHospital): Cast => ({
  hospital: org,
  care: [{ org, name }],
  professionals: [{ ...physician, org, profession: 'physician' }],
  patients: [patient],
  toClaim: false,
})
