/** The International Patient Summary, made on the reader's device from what a read opened: nothing leaves it for that. */
import type { Category } from '@salus/base/categories'
import type { Link } from '@salus/directory/device/link'
import { resourceOf } from '@salus/fhir/exact'
import { buildIps, type Ips } from '@salus/fhir/ips'
import type { RecordRow } from '../contract.ts'
import { systems } from '../names.ts'
import type { ReadRecord } from './reader.ts'

/** What a read brought. */
export type Opened = {
  readonly patient: string
  /** Categories that the grant gives whole. */
  readonly categories: readonly Category[]
  readonly records: readonly ReadRecord[]
  /** What did not open. */
  readonly refused: readonly RecordRow[]
}

/** The document, and how many records were no FHIR resource: told, as `left` is. */
export type Summary = Ips & { readonly unreadable: number }

/**
 * R22 The newest versions as one document, in the reader's language, by this device for the reader's organisation. A
 * category of which anything could not be read is not called whole: an empty part must not read as "none known" for that.
 */
export function summarise(
  { roots, clock, random }: Pick<Link, 'roots' | 'clock' | 'random'>,
  { patient, categories, records, refused }: Opened,
  reader: { readonly org: string; readonly language: 'en' | 'fr' },
): Summary {
  const newest = records
    .filter(({ row }) => !row.superseded)
    .map(({ row, author, fhir }) => ({ filing: row.category, from: author, resource: resourceOf(fhir) }))
  const resources = newest.flatMap(({ resource, ...one }) => (resource ? [{ ...one, resource }] : []))
  const unreadable = newest.filter(({ resource }) => !resource)
  const broken = new Set<string>([
    ...refused.map(({ category }) => category),
    ...unreadable.map(({ filing }) => filing),
  ])
  const name = roots.organisations.find(({ org }) => org === reader.org)?.name ?? reader.org
  const input = {
    language: reader.language,
    timestamp: new Date(clock()).toISOString(),
    shared: categories.filter((one) => !broken.has(one)),
    resources,
    subject: { system: systems.handle, value: patient },
    device: { system: systems.software, value: 'salus', name: 'Salus' },
    organisation: { system: systems.organisation, value: reader.org, name },
  }
  return { ...buildIps(input, random), unreadable: unreadable.length }
}
