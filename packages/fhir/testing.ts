/** For tests of this and other packages: sample people and bundles. Nobody in here exists. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@salus/base/json'
import { sharedFolder } from '@salus/base/testing'
import type { Resource } from './contract.ts'

/** `urn:uuid:` of a number, for full URLs. */
export const uuid = (n: number): string => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** A sample patient, with `fields` laid over. */
export const samplePatient = (fields: { [element: string]: Json } = {}): Resource => ({
  resourceType: 'Patient',
  id: 'sample-1',
  name: [{ use: 'official', family: 'Sample', given: ['Ada', 'Jo'] }],
  gender: 'female',
  birthDate: '1980-02-03',
  identifier: [{ system: 'urn:oid:1.2.3', value: 'S-1' }],
  ...fields,
})

/** A sample laboratory observation on `subject`. */
export const sampleObservation = (id: string, subject: string, fields: { [element: string]: Json } = {}): Resource => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  category: [{ coding: [{ code: 'laboratory' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
  subject: { reference: subject },
  ...fields,
})

/** A bundle whose n-th entry (from 0) has the full URL `uuid(n)`. */
export const sampleBundle = (resources: readonly Resource[], type = 'collection'): Resource => ({
  resourceType: 'Bundle',
  type,
  entry: resources.map((resource, n) => ({ fullUrl: uuid(n), resource })),
})

/** The 23 Synthea patients (synthetic, made by MITRE's generator), or none where the shared folder is absent. */
export function syntheaFiles(): string[] {
  const folder = sharedFolder('vectors/synthea')
  if (!folder) return []
  const names = readdirSync(folder).filter((name) => name.endsWith('.json.gz'))
  return names.sort().map((name) => join(folder, name))
}
