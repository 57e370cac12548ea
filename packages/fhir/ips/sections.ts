/** The sixteen sections of the IPS (IPS 2.0.1, Composition-uv-ips): LOINC code, what may stand in them, what of ours fills them. Data only. */
import type { Category } from '@salus/base/categories'

/** System of the section codes. */
export const LOINC = 'http://loinc.org'

/** LOINC code of a patient summary. */
export const SUMMARY = '60591-5'

type Row = {
  readonly code: string
  /** FHIR types an entry may have; `any` where the guide leaves it open. */
  readonly types: readonly string[] | 'any'
  /** IPS demands it: present, with an entry or the reason why there is none (ips-comp-1). */
  readonly required?: true
  /** Our categories whose records fill it. */
  readonly from: readonly Category[]
  /** Written only where there is something in it: another section speaks for the same categories. */
  readonly aside?: true
}

/** Every section also takes a DocumentReference. */
const also = (...types: string[]): readonly string[] => [...types, 'DocumentReference']

export const sections = {
  allergies: { code: '48765-2', types: also('AllergyIntolerance'), required: true, from: ['allergies'] },
  problems: { code: '11450-4', types: also('Condition'), required: true, from: ['problems'] },
  medications: {
    code: '10160-0',
    types: also('MedicationStatement', 'MedicationRequest', 'MedicationAdministration', 'MedicationDispense'),
    required: true,
    from: ['medications'],
  },
  alerts: { code: '104605-1', types: also('Flag'), from: ['problems'], aside: true },
  immunizations: { code: '11369-6', types: also('Immunization'), from: ['immunizations'] },
  results: {
    code: '30954-2',
    types: also('Observation', 'DiagnosticReport', 'Media'),
    from: ['results', 'imaging'],
  },
  procedures: { code: '47519-4', types: also('Procedure'), from: ['procedures'] },
  devices: { code: '46264-8', types: also('DeviceUseStatement'), from: ['devices'] },
  vitals: { code: '8716-3', types: also('Observation'), from: ['vitals'] },
  past: { code: '11348-0', types: also('Condition'), from: ['problems'], aside: true },
  functional: { code: '47420-5', types: also('Condition', 'ClinicalImpression'), from: [] },
  social: { code: '29762-2', types: also('Observation'), from: ['social'] },
  pregnancy: { code: '10162-6', types: also('Observation'), from: ['pregnancy'] },
  plans: { code: '18776-5', types: also('CarePlan'), from: ['plans'] },
  directives: { code: '42348-3', types: also('Consent'), from: ['directives'] },
  story: { code: '81338-6', types: 'any', from: [] },
} as const satisfies Readonly<Record<string, Row>>

export type SectionKey = keyof typeof sections

/** The table in its order, as rows of one shape. */
export const sectionRows: readonly (readonly [SectionKey, Row])[] = Object.entries(sections) as [SectionKey, Row][]

/** The section that a LOINC code names. */
export const sectionOf = (code: string): Row | undefined => sectionRows.find(([, row]) => row.code === code)?.[1]

/** Categories that some section speaks for; visits, documents and papers have no place in a summary. */
export type SummaryCategory = (typeof sections)[SectionKey]['from'][number]
