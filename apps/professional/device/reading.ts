/** What was opened in this worker, under a signed read; shown, searched and summed up here. Nothing of it is kept on disk. */

import { text } from '@salus/base/bytes'
import type { Category } from '@salus/base/categories'
import { categories as allCategories } from '@salus/base/categories'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { isAway, soon } from '@salus/directory/device/elsewhere'
import type { Resource } from '@salus/fhir/contract'
import { resourceOf } from '@salus/fhir/exact'
import { searchable, viewOf } from '@salus/fhir/view'
import { type Series, sameTest, seriesOf } from '@salus/fhir/view/series'
import type { Code, View } from '@salus/fhir/view/types'
import { findGlass } from '@salus/grants/emergency/device'
import { grantEndpoints } from '@salus/grants/endpoints'
import { findCopies, readFirst } from '@salus/records/device/copies'
import { type ReadRecord, read, whatIsGranted } from '@salus/records/device/reader'
import { summarise } from '@salus/records/device/summary'
import type { Party } from '@salus/records/names'
import type { Language } from '@salus/ui/language'
import { tell } from '@salus/web-app/rpc'
import { type Professional, professionalAt, theProfessional, whenSwitched } from './open.ts'
import { homeOf, keepPatient } from './patients.ts'
import { requests, sentFor } from './requests.ts'

type Opened = {
  /** Oneself where it was read. */
  readonly reader: Professional
  /** The journal of the hospital whose copy it is, where the record's home did not answer. */
  readonly copy: string | undefined
  readonly patient: Handle
  readonly categories: readonly Category[]
  readonly records: readonly ReadRecord[]
  readonly refused: number
  /** Seconds: when the read was signed. */
  readonly at: number
  readonly all: Parameters<typeof summarise>[1]
}

export type Person = {
  readonly name: string
  readonly birthDate: string | undefined
  readonly gender: string | undefined
}

/** Desks that wrote what is read, those that left too. */
const desksOf = ({ link: { roots } }: Professional): ReadonlySet<string> =>
  new Set([...roots.organisations, ...(roots.former ?? [])].map(({ org }) => org))

/** By request; empty again when the browser closes or somebody else signs in. */
const openNow = new Map<string, { who: string; opened: Opened }>()

type Granted = { patient: string; grant: { id: string } }

async function emergencyOf(who: Professional, id: string): Promise<Granted> {
  const found = await findGlass(who.link, id).catch((error) => {
    const none = isAppError(error) && ['emergency-unknown', 'schema-mismatch'].includes(error.code)
    throw none ? new AppError('request-unknown') : error
  })
  if (found.asker !== who.keys.handle) throw new AppError('request-unknown')
  if (found.ended) throw new AppError('emergency-over')
  if (found.release === null) throw new AppError('emergency-waiting')
  return { patient: found.patient, grant: { id: found.release } }
}

async function grantOf(who: Professional, id: string): Promise<Granted> {
  const { requests } = await who.link.call(grantEndpoints.requests)
  const request = requests.find((one) => one.id === id)
  const asked = (await sentFor(who))[id]
  const found = request ?? (await emergencyOf(who, id))
  if (asked !== undefined && asked !== found.patient) throw new AppError('document-invalid')
  if (!found.grant) throw new AppError(request?.status === 'refused' ? 'request-refused' : 'request-waiting')
  return { patient: found.patient, grant: found.grant }
}

/** For whom the request was sent; from another device of one's own it is looked for wherever one's patients are at home. */
const patientOf = async (id: string): Promise<string | undefined> =>
  (await sentFor(await theProfessional()))[id] ?? (await requests()).all.find((one) => one.id === id)?.patient

/** What a request was given, as the hospital says at which one is. */
async function grantedAt(who: Professional, id: string) {
  const { patient, grant } = await grantOf(who, id)
  return { who, copy: undefined, patient, grant: grant.id, ...(await whatIsGranted(who.link, grant.id)) }
}
type Found = Omit<Awaited<ReturnType<typeof grantedAt>>, 'copy'> & { readonly copy: string | undefined }

/** At the patient's home; while that hospital does not answer, at another one that keeps a copy. */
async function openAll(id: string): Promise<Opened> {
  const patient = await patientOf(id)
  const home = await homeOf(patient)
  try {
    const found = await soon(professionalAt(home).then((who) => grantedAt(who, id)))
    return await openFound(id, found)
  } catch (error) {
    if (home === undefined || !isAway(error)) throw error
    const { link } = await theProfessional()
    const found = await findCopies(link, patient as Handle, professionalAt, (who) => grantedAt(who, id))
    return readFirst(found, (one) => openFound(id, one))
  }
}

/** Signs and journals the reads; each batch is one line in the patient's log. */
async function openFound(id: string, { who, copy, patient, grant, categories, records: rows }: Found): Promise<Opened> {
  const at = Math.floor(Date.now() / 1000)
  const current = rows.filter((one) => !one.superseded)
  const records: ReadRecord[] = []
  const refused = []
  for await (const page of read(who.link, await who.reader(), { id: grant, patient }, current)) {
    records.push(...page.records)
    refused.push(...page.refused)
    tell({ news: 'progress', done: records.length, of: current.length })
  }
  const all = { patient, categories, records, refused }
  const what = { categories, records, refused: refused.length, at, all }
  const opened = { reader: who, copy, patient: patient as Handle, ...what }
  openNow.set(id, { who: who.profile.id, opened })
  await noteName(opened, desksOf(who))
  return opened
}

/**
 * Who this is: from an identity document alone (filed under `people`), and from one that an organisation's desk wrote: anybody
 * who may write could file another name. Where several differ none is believed.
 */
function personIn({ records }: Opened, desks: ReadonlySet<string>): Person | undefined {
  const told = records
    .filter(({ row, author }) => row.category === 'people' && desks.has(author) && !row.superseded)
    .map((one) => viewOf(resourceIn(one), 'en'))
    .flatMap((view) => (view.kind === 'person' && view.type === 'Patient' ? [view] : []))
    .map(({ name, birthDate, gender }): Person => ({ name, birthDate, gender }))
  const [first, ...others] = told
  const same = others.every((one) => one.name === first?.name && one.birthDate === first.birthDate)
  return same ? first : undefined
}

async function noteName(opened: Opened, desks: ReadonlySet<string>): Promise<void> {
  const person = personIn(opened, desks)
  const birthDate = person?.birthDate === undefined ? {} : { birthDate: person.birthDate }
  await keepPatient(opened.patient, person ? { name: person.name, ...birthDate } : {})
}

const resourceIn = ({ fhir }: ReadRecord): Resource => resourceOf(fhir) ?? { resourceType: 'Basic' }

async function theOpened(id: string, again = false): Promise<Opened> {
  const who = await theProfessional()
  const kept = openNow.get(id)
  return kept && kept.who === who.profile.id && !again ? kept.opened : openAll(id)
}

/** One document, as a list shows it. */
export type Entry = {
  readonly record: string
  readonly category: string
  readonly at: number
  readonly author: Party
  readonly view: View
  readonly search: string
}
export type Page = {
  readonly patient: Handle
  /** As an organisation's desk wrote it; nobody where that was not shared, or where desks differ. */
  readonly person: Person | undefined
  readonly entries: readonly Entry[]
  readonly series: readonly Series[]
  /** Categories given whole, those of which only single documents came, and those that were not shared. */
  readonly whole: readonly Category[]
  readonly partly: readonly string[]
  readonly notShared: readonly Category[]
  readonly refused: number
  /** Seconds: when what stands here was read. */
  readonly readAt: number
  /** The journal of the hospital whose copy this is, where the record's home did not answer. */
  readonly copy: string | undefined
}

const light = (view: View): View => ({
  ...view,
  attachments: view.attachments.map(({ data, ...one }) => ({ ...one, ...(data === undefined ? {} : { data: '' }) })),
})

/** Opens what a request was given and tells it; `again` signs a new read, for what was added since. */
export async function openRequest(id: string, language: Language, again = false): Promise<Page> {
  const opened = await theOpened(id, again)
  const who = opened.reader
  const entries: Entry[] = []
  const person = personIn(opened, desksOf(who))
  for (const one of opened.records) {
    const view = viewOf(resourceIn(one), language)
    const { record, category, at } = one.row
    entries.push({
      record,
      category,
      at,
      author: await who.parties(one.author),
      view: light(view),
      search: searchable(view),
    })
  }
  const whole = opened.categories
  const there = new Set(entries.map((one) => one.category))
  return {
    ...{ patient: opened.patient, person, whole, refused: opened.refused, readAt: opened.at, copy: opened.copy },
    entries: entries.sort((a, b) => (b.view.date ?? '').localeCompare(a.view.date ?? '')),
    series: seriesOf(
      entries.map((one) => one.view),
      language,
    ).filter((one) => one.points.length > 1),
    partly: allCategories.filter((one) => !whole.includes(one) && there.has(one)),
    notShared: allCategories.filter((one) => !whole.includes(one) && !there.has(one)),
  }
}

/** One document whole, with its files and its FHIR. */
export async function openedRecord(
  id: string,
  record: string,
  language: Language,
): Promise<{ view: View; fhir: string }> {
  const { records } = await theOpened(id)
  const found = records.find((one) => one.row.record === record)
  if (!found) throw new AppError('record-unknown')
  return { view: viewOf(resourceIn(found), language), fhir: found.fhir }
}

/** What was opened, as a file: a FHIR collection, or an International Patient Summary made here. */
export async function exported(id: string, form: 'fhir' | 'ips', language: Language): Promise<string> {
  const opened = await theOpened(id)
  const { link, profile } = opened.reader
  if (form === 'ips') return text(summarise(link, opened.all, { org: profile.org, language } as never).bytes)
  const { writeBundle } = await import('@salus/fhir/write')
  const all = opened.records.map(({ row: { record }, fhir }) => ({ record, fhir }))
  return text(writeBundle(all, { timestamp: new Date().toISOString() }))
}

/** A result that answers a question already. */
export type Done = {
  readonly record: string
  readonly title: string
  readonly value: string
  readonly days: number
  readonly exact: boolean
}

/** Results of a test that are granted and open here, of this patient: what need not be done again. Newest first. */
export async function doneAlready(patient: string, codes: readonly Code[], language: Language): Promise<Done[]> {
  const { profile } = await theProfessional()
  const mine = [...openNow.values()].filter(({ who, opened }) => who === profile.id && opened.patient === patient)
  const records = new Map(mine.flatMap(({ opened }) => opened.records.map((one) => [one.row.record, one] as const)))
  const list = [...records.values()]
  const views = list.map((one) => viewOf(resourceIn(one), language))
  return sameTest(codes, views, new Date().toISOString(), language).map(
    ({ from, title, text: value, days, exact }) => ({
      ...{ record: list[from]?.row.record ?? '', title, value, days, exact },
    }),
  )
}

whenSwitched.add(() => openNow.clear())
