/** The International Patient Summary, made on the device of whoever reads, or of the patient: nothing leaves it for that. */

import { type Category, categories } from '@salus/base/categories'
import { orgName } from '@salus/directory/consortium'
import type { Link } from '@salus/directory/device/link'
import { resourceOf } from '@salus/fhir/exact'
import { buildIps, type Ips } from '@salus/fhir/ips'
import type { RecordRow } from '../contract.ts'
import { systems } from '../names.ts'
import { openOwn, type PatientDevice } from './patient.ts'
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
    .map(({ row, author, fhir }) => ({ filing: row.category, from: author, fhir }))
  const unopened = refused.map(({ category }) => category)
  return summaryOf({ roots, clock, random }, { patient, categories, newest, unopened }, reader)
}

/**
 * R35 The own record as one document, from these categories (all of them when not said), for somebody who will read it outside:
 * newest versions, nothing that is hidden. A category of which anything does not open is not called whole. After `sync`.
 */
export async function ownSummary(
  device: PatientDevice,
  language: 'en' | 'fr',
  chosen: readonly Category[] = categories,
): Promise<Summary> {
  const { book, keys, link } = device
  const named = (filing: string) => filing === 'people' || (chosen as readonly string[]).includes(filing)
  const newest: Filed[] = []
  for await (const { own, fhir } of openOwn(device)) {
    if (named(own.compartment)) newest.push({ filing: own.category, from: own.author, fhir })
  }
  const listed = Object.values(book.records).filter((one) => one.superseded === null && one.compartment !== 'hidden')
  const unopened = listed.filter((one) => one.key === undefined || one.broken || one.unread).map((one) => one.category)
  const input = { patient: keys.handle, categories: chosen, newest, unopened }
  return summaryOf(link, input, { org: keys.org, language, made: madeByPatient[language] })
}

const madeByPatient = {
  en: 'Made on the patient’s device, from the parts of the record that the patient chose.',
  fr: 'Établi sur l’appareil du patient, à partir des parties du dossier que le patient a choisies.',
}

/** One document of those that stand in a summary. */
type Filed = { readonly filing: string; readonly from: string; readonly fhir: string }
type Summarised = {
  readonly patient: string
  readonly categories: readonly Category[]
  readonly newest: readonly Filed[]
  /** Categories in which something did not open. */
  readonly unopened: readonly string[]
}

function summaryOf(
  { roots, clock, random }: Pick<Link, 'roots' | 'clock' | 'random'>,
  { patient, categories, newest: filed, unopened }: Summarised,
  { org, language, made }: { readonly org: string; readonly language: 'en' | 'fr'; readonly made?: string },
): Summary {
  const newest = filed.map(({ fhir, ...one }) => ({ ...one, resource: resourceOf(fhir) }))
  const resources = newest.flatMap(({ resource, ...one }) => (resource ? [{ ...one, resource }] : []))
  const unreadable = newest.filter(({ resource }) => !resource)
  const broken = new Set<string>([...unopened, ...unreadable.map(({ filing }) => filing)])
  const name = orgName(roots, org) ?? org
  const input = {
    language,
    timestamp: new Date(clock()).toISOString(),
    shared: categories.filter((one) => !broken.has(one)),
    resources,
    subject: { system: systems.handle, value: patient },
    device: { system: systems.software, value: 'salus', name: 'Salus' },
    organisation: { system: systems.organisation, value: org, name },
    ...(made === undefined ? {} : { made }),
  }
  return { ...buildIps(input, random), unreadable: unreadable.length }
}
