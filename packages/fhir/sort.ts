/** Sorts a resource into the closed category list: by its type first (types.ts), then by its category or code. */
import type { Filing } from '@salus/base/categories'
import type { Json } from '@salus/base/json'
import type { Resource } from './contract.ts'
import { homes } from './types.ts'

/** A category code by HL7's `observation-category`; Synthea wrote `vital-sign` in older versions. */
const observationCategory: ReadonlyMap<string, Filing> = new Map([
  ['vital-signs', 'vitals'],
  ['vital-sign', 'vitals'],
  ['laboratory', 'results'],
  ['imaging', 'imaging'],
  ['social-history', 'social'],
  ['survey', 'results'],
  ['exam', 'results'],
  ['procedure', 'results'],
  ['therapy', 'results'],
  ['activity', 'results'],
])

const codes = (...groups: [Filing, string][]): ReadonlyMap<string, Filing> =>
  new Map(groups.flatMap(([filing, list]) => list.split(' ').map((code) => [code, filing] as const)))

/**
 * LOINC codes that say more than the category does. Pregnancy: IPS 2.0.1 §pregnancy (status, expected date, outcomes),
 * gravidity, parity, last period, gestational age. It comes before the category: IPS files these under social history,
 * and who may see smoking need not see a pregnancy.
 */
const pregnancyCodes = codes([
  'pregnancy',
  '82810-3 11778-8 11779-6 11780-4 11636-8 11637-6 11638-4 11639-2 11640-0 11612-9 11613-7 11614-5 33065-4 ' +
    '11996-6 11977-6 8665-2 49051-6 18185-9 45371-2 10162-6',
])

/** Only where a sender gave no category: the FHIR vital signs profile, and IPS tobacco and alcohol use. */
const uncategorised = codes(
  [
    'vitals',
    '85353-1 9279-1 8867-4 2708-6 59408-5 8310-5 8302-2 8306-3 8287-5 9843-4 29463-7 39156-5 85354-9 55284-4 ' +
      '8480-6 8462-4 8478-0',
  ],
  ['social', '72166-2 74013-4'],
)

/** HL7 v2 table 0074 and LOINC: diagnostic services that are imaging. */
const imagingCodes = codes(['imaging', 'RAD RX RUS CT NMR NMS VUS CUS OUS XRC IMG LP29684-5 LP29708-2 18748-4'])

/** LOINC document types that are not plain documents: directives, imaging reports, laboratory reports, insurance papers. */
const documentCodes = codes(
  ['directives', '42348-3 86533-7 64298-3 75320-2 81334-5 92664-0'],
  ['imaging', '18748-4 LP29684-5'],
  ['results', '11502-2 26436-6'],
  ['administrative', '51851-4 64290-0 64291-8'],
)

/** LOINC section codes of the IPS, and HL7's list codes: what a List is a list of. */
const listCodes = codes(
  ['allergies', '48765-2 allergies'],
  ['problems', '11450-4 11348-0 problems'],
  ['medications', '10160-0 medications'],
  ['procedures', '47519-4'],
  ['devices', '46264-8'],
  ['immunizations', '11369-6'],
  ['results', '30954-2'],
  ['vitals', '8716-3'],
  ['social', '29762-2'],
  ['pregnancy', '10162-6'],
  ['plans', '18776-5 plans'],
  ['directives', '42348-3'],
)

/** Every `coding.code` of a CodeableConcept, or of a list of them. Anything else holds none. */
function codingCodes(concept: Json | undefined): string[] {
  if (Array.isArray(concept)) return concept.flatMap(codingCodes)
  if (concept === null || typeof concept !== 'object') return []
  const coding = concept.coding
  if (!Array.isArray(coding)) return []
  return coding.flatMap((one) =>
    one !== null && typeof one === 'object' && !Array.isArray(one) && typeof one.code === 'string' ? [one.code] : [],
  )
}

/** The first code that the table knows decides. */
function lookUp(table: ReadonlyMap<string, Filing>, ...concepts: (Json | undefined)[]): Filing | undefined {
  for (const code of concepts.flatMap(codingCodes)) {
    const filing = table.get(code)
    if (filing) return filing
  }
  return undefined
}

/** What the type alone does not say; undefined leaves the type's own home. */
const refinements: Readonly<Record<string, (resource: Resource) => Filing | undefined>> = {
  Observation: ({ category, code }) =>
    lookUp(pregnancyCodes, code) ?? lookUp(observationCategory, category) ?? lookUp(uncategorised, code),
  DiagnosticReport: ({ category, code, imagingStudy }) =>
    Array.isArray(imagingStudy) && imagingStudy.length > 0 ? 'imaging' : lookUp(imagingCodes, category, code),
  DocumentReference: ({ type, category }) => lookUp(documentCodes, type, category),
  Composition: ({ type, category }) => lookUp(documentCodes, type, category),
  List: ({ code }) => lookUp(listCodes, code),
}

/** The category (or `people`) of a resource; `fallback` says that nothing fitted and `documents` was taken. Total. */
export function filingOf(resource: Resource): { filing: Filing; fallback: boolean } {
  const home = homes.get(resource.resourceType) ?? 'none'
  const refine = homes.has(resource.resourceType) ? refinements[resource.resourceType] : undefined
  const filing = refine?.(resource) ?? home
  return filing === 'none' ? { filing: 'documents', fallback: true } : { filing, fallback: false }
}
