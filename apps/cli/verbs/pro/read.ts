/** Opening what a request was given: as a FHIR bundle, or as a patient summary made here. */
import { text } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { isAway, soon } from '@salus/directory/device/elsewhere'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { parseExact, resourceOf } from '@salus/fhir/exact'
import { writeBundle } from '@salus/fhir/write'
import { findGlass } from '@salus/grants/emergency/device'
import { grantEndpoints } from '@salus/grants/endpoints'
import { findCopies, readFirst } from '@salus/records/device/copies'
import { type ReadPage, type ReadRecord, read, whatIsGranted } from '@salus/records/device/reader'
import { summarise } from '@salus/records/device/summary'
import { categoryWords, copyWords } from '@salus/ui/vocabulary'
import type { CliCode } from '../../errors.ts'
import { checkWritable, writeOutput } from '../../files.ts'
import { elsewhere, type OpenProfessional } from '../../people.ts'
import { titleOf } from '../../title.ts'
import { option, type Screen, type Verb } from '../../verb.ts'
import { day } from '../../words.ts'
import { device, opened as openPro, placesOf, sentOf } from './shared.ts'
import { saySummary } from './summary.ts'

/** An emergency of one's own, by its id or its release's, in the form of a request that was answered. */
async function emergencyOf(pro: OpenProfessional, id: string) {
  const found = await findGlass(pro.link, id).catch((error) => {
    const none = isAppError(error) && ['emergency-unknown', 'schema-mismatch'].includes(error.code)
    throw none ? new AppError('request-unknown') : error
  })
  if (found.asker !== pro.keys.handle) throw new AppError('request-unknown')
  if (found.ended) throw new AppError('emergency-over')
  if (found.release === null) throw new AppError<CliCode>('emergency-waiting')
  return { id: found.glass, patient: found.patient, status: 'granted' as const, grant: { id: found.release } }
}

/** What a request was given, as the node says at which `pro` is. */
async function grantedAt(pro: OpenProfessional, id: string) {
  const { requests } = await pro.link.call(grantEndpoints.requests)
  const mine = requests.find((one) => one.id === id) ?? (await emergencyOf(pro, id))
  const asked = (await sentOf(pro))[mine.id]
  if (asked !== undefined && asked !== mine.patient) throw new AppError('document-invalid')
  if (!mine.grant) throw new AppError(mine.status === 'refused' ? 'request-refused' : 'request-waiting')
  const { patient, grant } = mine
  return { patient, grant: grant.id, ...(await whatIsGranted(pro.link, grant.id)) }
}
type Granted = Awaited<ReturnType<typeof grantedAt>>

/** Signs and journals the reads, opens what comes. */
async function openGranted(pro: OpenProfessional, granted: Granted, screen: Screen) {
  const { patient, grant, categories, records: rows } = granted
  const records: ReadRecord[] = []
  const refused: ReadPage['refused'] = []
  const receipts = []
  for await (const page of read(pro.link, await pro.reader(), { id: grant, patient }, rows)) {
    records.push(...page.records)
    refused.push(...page.refused)
    receipts.push({ statement: page.statement, receipt: page.receipt })
    screen.progress(`${records.length}/${rows.length}`)
  }
  return { grant, patient, categories, records, refused, receipts }
}

/** Where the request was sent; while that hospital does not answer, at another one that keeps a copy, and says so. */
async function open(own: OpenProfessional, id: string, screen: Screen) {
  const place = (await placesOf(own))[id]
  try {
    const pro = place === undefined ? own : await soon(elsewhere(own, place))
    const granted = await soon(grantedAt(pro, id))
    return { pro, copy: undefined, ...(await openGranted(pro, granted, screen)) }
  } catch (error) {
    const patient = (await sentOf(own))[id]
    if (place === undefined || patient === undefined || !isAway(error)) throw error
    const at = (origin: string) => elsewhere(own, origin)
    const found = await findCopies(own.link, patient, at, (pro) => grantedAt(pro, id))
    return readFirst(found, async ({ who: pro, copy, ...granted }) => {
      const read = await openGranted(pro, granted, screen)
      screen.say(copyWords[screen.language](copy))
      return { pro, copy, ...read }
    })
  }
}

function sayCounts(counts: Readonly<Record<string, number>>, refused: number, screen: Screen): void {
  const { language } = screen
  for (const [category, count] of Object.entries(counts)) {
    screen.say(`${count}  ${categoryWords[category]?.[language] ?? category}`)
  }
  sayRefused(refused, screen)
}

/** What was opened, newest versions, one line each: under its category what it is and when, after that when it was filed. */
function sayList(records: readonly ReadRecord[], refused: number, screen: Screen): void {
  const { language } = screen
  const filed = { en: 'filed', fr: 'déposé le' }
  const groups = Map.groupBy(newestOf(records), ({ row }) => row.compartment)
  for (const [category, group] of groups) {
    screen.say(categoryWords[category]?.[language] ?? category)
    for (const { row, fhir } of group) {
      const resource = resourceOf(fhir)
      const title = resource ? titleOf(resource, language) : { en: 'not FHIR', fr: 'n’est pas du FHIR' }[language]
      screen.say(`  ${title}  (${filed[language]} ${day(row.at, language)})`)
    }
  }
  sayRefused(refused, screen)
}

const newestOf = (records: readonly ReadRecord[]) => records.filter(({ row }) => !row.superseded)

function sayRefused(refused: number, { language, say }: Screen): void {
  if (refused === 0) return
  const words = {
    en: 'record(s) do not open or do not prove their author',
    fr: 'document(s) ne s’ouvrent pas ou ne prouvent pas leur auteur',
  }
  say(`${refused} ${words[language]}`)
}

/** The newest versions as one collection, decimals as their authors wrote them. */
function collect(records: readonly ReadRecord[]) {
  const newest = newestOf(records).map(({ row: { record }, fhir }) => ({ record, fhir }))
  const bytes = writeBundle(newest, { timestamp: new Date().toISOString() })
  return { bytes, unreadable: newest.filter(({ fhir }) => !resourceOf(fhir)).length }
}

export const readVerb: Verb = {
  name: 'pro read',
  positionals: 'REQUEST',
  least: 1,
  options: [
    device,
    {
      name: 'ips',
      words: {
        en: 'as an International Patient Summary, made on this device',
        fr: 'sous forme de résumé international du patient (IPS), établi sur cet appareil',
      },
    },
    {
      ...{ name: 'out', value: 'FILE' },
      words: { en: 'write the FHIR bundle here', fr: 'écrire le bundle FHIR ici' },
    },
  ],
  words: {
    en: 'open what a request was given; each read is signed and journalled',
    fr: 'ouvrir ce qui a été accordé ; chaque lecture est signée et journalisée',
  },
  async run(args, screen) {
    const out = option(args, 'out')
    await checkWritable(out)
    const own = await openPro(args, screen)
    const { pro, copy, grant, receipts, ...opened } = await open(own, args.positionals[0] ?? '', screen)
    const categories: Record<string, number> = {}
    for (const { row } of opened.records) categories[row.compartment] = (categories[row.compartment] ?? 0) + 1
    const reader = { org: pro.keys.org, language: screen.language }
    const summary = args.options.ips === true ? summarise(pro.link, opened, reader) : undefined
    const { bytes, unreadable } = summary ?? collect(opened.records)
    if (out || summary) sayCounts(categories, opened.refused.length, screen)
    else sayList(opened.records, opened.refused.length, screen)
    if (out) await writeOutput(out, `${text(bytes)}\n`)
    else if (summary) saySummary(summary, screen)
    return {
      ...{ grant, records: opened.records.length, refused: opened.refused.length, categories, receipts },
      ...(copy === undefined ? {} : { copy }),
      signer: await pro.link.call(directoryEndpoints.me),
      ...{ unreadable, ...(summary ? { left: summary.left } : {}) },
      ...(out ? { file: out } : { bundle: parseExact(bytes) }),
    }
  },
}
