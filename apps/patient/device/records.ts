/** The own record as the screens show it: opened here, its authors checked, told in words. */
import { AppError } from '@salus/base/errors'
import type { Resource } from '@salus/fhir/contract'
import { resourceOf } from '@salus/fhir/exact'
import { searchable, viewOf } from '@salus/fhir/view'
import { type Series, seriesOf } from '@salus/fhir/view/series'
import type { View } from '@salus/fhir/view/types'
import type { DisputeReason } from '@salus/records/contract'
import { unopened } from '@salus/records/device/export'
import { dispute } from '@salus/records/device/mend'
import type { OwnRecord } from '@salus/records/device/own'
import { hide as hideRecords, openOwn } from '@salus/records/device/patient'
import type { Party } from '@salus/records/names'
import type { Language } from '@salus/ui/language'
import { tell } from '@salus/web-app/rpc'
import { change, fresh, type Opened } from './open.ts'

/** One record of one's own as a list shows it. Attachments' bytes stay in the worker until they are opened. */
export type Entry = {
  readonly record: string
  readonly version: number
  readonly category: string
  readonly hidden: boolean
  readonly at: number
  readonly author: Party
  readonly view: View
  readonly search: string
  readonly disputed: string | undefined
  /** New since this person last looked. */
  readonly fresh: boolean
}

type Kept = { readonly version: number; readonly fhir: string }
/** What was opened in this worker, by record; wiped when the record is closed. */
let opened = new Map<string, Kept>()
let whose: Opened | undefined

/** Opens what is not open yet; says how far it has come. */
async function openAll(device: Opened): Promise<void> {
  if (whose !== device) opened = new Map()
  whose = device
  const wanted = Object.values(device.book.records).filter((one) => one.superseded === null && one.key && !one.broken)
  const there = new Set(wanted.map((one) => one.record))
  for (const record of opened.keys()) if (!there.has(record)) opened.delete(record)
  const missing = wanted.filter((one) => opened.get(one.record)?.version !== one.version)
  if (missing.length === 0) return
  let done = 0
  for await (const one of openOwn(only(device, missing))) {
    opened.set(one.own.record, { version: one.own.version, fhir: one.fhir })
    done += 1
    if (done % 50 === 0) tell({ news: 'progress', done, of: missing.length })
  }
}

/** The same device with a book of these records alone: what is open already is not opened again. */
const only = (device: Opened, records: readonly OwnRecord[]): Opened => ({
  ...device,
  book: { ...device.book, records: Object.fromEntries(records.map((one) => [`${one.record}:${one.version}`, one])) },
})

/** Attachments' bytes do not cross to the page with a list. */
const light = (view: View): View => ({
  ...view,
  attachments: view.attachments.map(({ data, ...one }) => ({ ...one, ...(data === undefined ? {} : { data: '' }) })),
})

const resourceIn = (fhir: string): Resource => resourceOf(fhir) ?? { resourceType: 'Basic' }

/** Every record, newest first, and how many there are that do not open. */
export async function entries(language: Language): Promise<{ entries: Entry[]; unopened: number }> {
  const device = await fresh()
  await openAll(device)
  const { book } = device
  const out: Entry[] = []
  for (const own of Object.values(book.records)) {
    const kept = opened.get(own.record)
    if (own.superseded !== null || kept?.version !== own.version) continue
    const view = viewOf(resourceIn(kept.fhir), language)
    out.push({
      ...{ record: own.record, version: own.version, category: own.category, at: own.at },
      ...{ hidden: own.compartment === 'hidden', author: await device.parties(own.author), view: light(view) },
      ...{ search: searchable(view), disputed: book.disputes?.[own.record]?.reason, fresh: false },
    })
  }
  out.sort((a, b) => b.at - a.at)
  return { entries: out, unopened: unopened(book).length }
}

/** One record whole: its view with attachments, its FHIR as it was signed, and where it came from. */
export async function entry(
  record: string,
  language: Language,
): Promise<{
  view: View
  fhir: string
  author: Party
  at: number
  category: string
  version: number
  hidden: boolean
  index: number
}> {
  const device = await fresh()
  await openAll(device)
  const own = Object.values(device.book.records).find((one) => one.record === record && one.superseded === null)
  const kept = opened.get(record)
  if (!own || !kept) throw new AppError('record-unknown')
  return {
    ...{ view: viewOf(resourceIn(kept.fhir), language), fhir: kept.fhir, author: await device.parties(own.author) },
    ...{ at: own.at, category: own.category, version: own.version, hidden: own.compartment === 'hidden' },
    index: own.index,
  }
}

/** Every opened resource, for curves and summaries made here. */
export async function resources(device: Opened): Promise<{ record: string; resource: Resource }[]> {
  await openAll(device)
  return [...opened].map(([record, { fhir }]) => ({ record, resource: resourceIn(fhir) }))
}

/** The curves that go with one record: the same measures over time, where there is more than one. */
export async function seriesFor(record: string, language: Language): Promise<Series[]> {
  const device = await fresh()
  await openAll(device)
  const views = [...opened.values()].map((one) => viewOf(resourceIn(one.fhir), language))
  const own = opened.get(record)
  if (!own) return []
  const mine = new Set(seriesOf([viewOf(resourceIn(own.fhir), language)], language).map((one) => one.key))
  return seriesOf(views, language).filter((one) => mine.has(one.key) && one.points.length > 1)
}

/** "This is wrong": the author is told. */
export const objectTo = (record: string, reason: DisputeReason): Promise<void> =>
  change(async (device) => {
    await dispute(device, record, reason)
  })

/** Takes records out of every category: never given by category again. */
export const hide = (records: readonly string[]): Promise<void> => change((device) => hideRecords(device, records))
