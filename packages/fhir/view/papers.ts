/** Cards of what is planned, ordered, written, pictured, and of who is named; and of all that has no card of its own. */
import type { Json } from '@salus/base/json'
import { codingsOf, digitsOf, type JsonObject, objectOf, objectsOf, textOf } from '../ips/json.ts'
import { conceptText } from '../ips/lines.ts'
import { plainText } from './narrative.ts'
import {
  factsOf,
  first,
  given,
  isoDate,
  partiesOf,
  partyOf,
  personName,
  quantityOf,
  type Reading,
  reasonsOf,
  seen,
  statusWord,
  targetOf,
  titleOf,
  wordOf,
  wordsOf,
} from './read.ts'
import type { Attachment, Document, Image, Person, Plan, View } from './types.ts'

const self = (one: JsonObject): Json => one

/** One activity of a care plan: what, and in which state. */
function stepOf({ detail, reference }: JsonObject, reading: Reading): string {
  const { code, description, status } = objectOf(detail) ?? {}
  const what = [conceptText(code), textOf(description)].filter(Boolean).join(': ') || partyOf(reference, reading)
  const state = textOf(status)
  const told = state && !['scheduled', 'not-started', 'unknown'].includes(state)
  return what && told ? `${what} (${statusWord(state, reading.language)})` : what
}

export function plan(reading: Reading): Plan {
  const { resource, language } = reading
  const steps = objectsOf(resource.activity)
    .map((one) => stepOf(one, reading))
    .filter(Boolean)
  const goals = objectsOf(resource.goal).map(
    (one) => conceptText(targetOf(one, reading)?.description) || partyOf(one, reading),
  )
  const facts = factsOf(language, [
    ['description', textOf(resource.title) ? textOf(resource.description) : ''],
    ['reason', partiesOf(resource.addresses, self, reading) || reasonsOf(reading)],
    ...goals.map((one) => ['goal', one] as const),
    ...steps.map((one) => ['step', one] as const),
    ['outcome', wordsOf(resource.achievementStatus, language)],
    ['by', partyOf(resource.author, reading) || partiesOf(resource.participant, ({ member }) => member, reading)],
  ])
  const title = textOf(resource.title) || textOf(resource.name) || conceptText(resource.description) || titleOf(reading)
  return { kind: 'plan', ...seen(reading, 'plan', title, facts), steps }
}

export function order(reading: Reading): View {
  const { resource, language } = reading
  const facts = factsOf(language, [
    ['priority', wordOf(textOf(resource.priority), language)],
    ['category', wordsOf(resource.category, language)],
    ['reason', reasonsOf(reading)],
    ['site', wordsOf(resource.bodySite, language)],
    ['requester', partyOf(resource.requester, reading)],
    ['by', partiesOf(resource.performer, self, reading)],
    ['description', textOf(resource.patientInstruction)],
  ])
  return { kind: 'order', ...seen(reading, 'order', titleOf(reading), facts) }
}

const isPicture = ({ contentType }: Attachment): boolean =>
  contentType.startsWith('image/') || contentType === 'application/dicom'

/** Sections of a Composition, those inside others after them. */
function sectionsOf(list: Json | undefined, depth = 0): { title: string; text: string }[] {
  if (depth > 8) return []
  return objectsOf(list).flatMap((one) => {
    const own = { title: textOf(one.title) || conceptText(one.code), text: plainText(objectOf(one.text)?.div) }
    return [...(own.title || own.text ? [own] : []), ...sectionsOf(one.section, depth + 1)]
  })
}

/** When the paper itself is from: what it covers, else when its file was made, else what its sender says. */
function paperDate({ context, content }: JsonObject): { date?: string } {
  const [attachment] = objectsOf(content).map((one) => objectOf(one.attachment))
  return given({
    date: isoDate(objectOf(objectOf(context)?.period)?.start) ?? isoDate(attachment?.creation),
  })
}

/** A paper; one whose files are all pictures is an image. */
export function document(reading: Reading): Document | Image {
  const { resource, language } = reading
  const author = partiesOf(resource.author, self, reading) || partyOf(resource.sender, reading)
  const payload = objectsOf(resource.payload).map((one) => textOf(one.contentString))
  const facts = factsOf(language, [
    ['class', wordsOf(resource.type ?? resource.scope, language)],
    ['category', wordsOf(resource.category, language)],
    ['description', [textOf(resource.description), ...payload].filter(Boolean).join('\n')],
    ['author', author],
    ['organisation', partyOf(resource.custodian, reading) || partiesOf(resource.organization, self, reading)],
  ])
  const base = { ...seen(reading, 'document', '', facts), ...paperDate(resource) }
  const [file] = base.attachments
  // What a consent is about stands in its category; its scope says only that it is one.
  const own = textOf(resource.title) || (resource.resourceType === 'Consent' && wordsOf(resource.category, language))
  const title = own || textOf(resource.description) || file?.title || titleOf(reading) || base.label
  if (file && base.attachments.every(isPicture))
    return { kind: 'image', ...base, title, images: base.attachments.length }
  return { kind: 'document', ...base, title, ...given({ author }), sections: sectionsOf(resource.section) }
}

export function image(reading: Reading): Image {
  const { resource, language } = reading
  const series = objectsOf(resource.series)
  const kinds = [...objectsOf(resource.modality), ...series.map((one) => objectOf(one.modality) ?? {})]
  // ImagingStudy has Codings, Media a CodeableConcept.
  const asConcept = (one: JsonObject): Json => (codingsOf(one).length > 0 ? one : { coding: [one] })
  const concepts = [...kinds.map(asConcept), ...(objectOf(resource.modality) ? [resource.modality as Json] : [])]
  const modality = [...new Set(concepts.map((one) => wordOf(one, language)))].filter(Boolean).join(', ')
  const sites = [
    wordsOf(resource.bodySite, language),
    ...series.map((one) => wordOf({ coding: [objectOf(one.bodySite) ?? {}] }, language)),
  ]
  const count = digitsOf(resource.numberOfInstances)
  const facts = factsOf(language, [
    ['modality', modality],
    ['site', [...new Set(sites)].filter(Boolean).join(', ')],
    ['images', count],
    ['reason', reasonsOf(reading)],
    ['by', partyOf(resource.operator, reading) || partiesOf(resource.interpreter, self, reading)],
  ])
  const base = seen(reading, 'image', '', facts)
  const own = textOf(resource.description) || wordsOf(resource.procedureCode, language) || base.attachments[0]?.title
  const named = own || titleOf(reading) || [modality, sites[1]].filter(Boolean).join(', ')
  const images = /^\d{1,6}$/.test(count) ? Number(count) : base.attachments.length || undefined
  return { kind: 'image', ...base, title: named || base.label, ...given({ modality, images }) }
}

const telecomOf = (one: JsonObject): string => textOf(one.value)

function addressOf(one: JsonObject): string {
  const lines = Array.isArray(one.line) ? one.line.map((each) => textOf(each)) : []
  const town = [textOf(one.postalCode), textOf(one.city)].filter(Boolean).join(' ')
  return textOf(one.text) || [...lines, town, textOf(one.country)].filter(Boolean).join(', ')
}

/** People, organisations, places. */
export function person(reading: Reading): Person {
  const { resource, language } = reading
  const name = personName(resource.name) || partyOf(resource.practitioner, reading)
  const [birthDate, gender] = [isoDate(resource.birthDate), wordOf(textOf(resource.gender), language)]
  const facts = factsOf(language, [
    ['birth', birthDate],
    ['gender', gender],
    ['about', wordsOf(resource.relationship, language)],
    ['class', wordsOf(resource.type, language) || wordsOf(resource.code, language)],
    ['specialty', wordsOf(resource.specialty, language)],
    ['organisation', partyOf(resource.organization, reading) || partyOf(resource.managingOrganization, reading)],
    ['contact', objectsOf(resource.telecom).map(telecomOf).filter(Boolean).join(', ')],
    ['address', addressOf(objectsOf(resource.address)[0] ?? objectOf(resource.address) ?? {})],
  ])
  const base = seen(reading, 'person', name, facts)
  return { kind: 'person', ...base, name: base.title, ...given({ birthDate, gender }) }
}

const money = (value: Json | undefined): string => {
  const { value: amount, currency } = objectOf(value) ?? {}
  return [digitsOf(amount), textOf(currency)].filter(Boolean).join(' ')
}

/** Their own words are billing codes: what they are says more. */
const bills = new Set(['Claim', 'ClaimResponse', 'ExplanationOfBenefit'])

/** What has no card of its own: the elements that many types have. */
export function other(reading: Reading): View {
  const { resource, language } = reading
  const totals = objectsOf(resource.total).map((one) => [wordsOf(one.category, language), money(one.amount)])
  const facts = factsOf(language, [
    ['class', wordsOf(first(resource.type), language)],
    ['category', wordsOf(resource.category, language)],
    ['description', conceptText(resource.description) || textOf(resource.description)],
    ['amount', money(resource.total) || totals.map((one) => one.filter(Boolean).join(' ')).join(', ')],
    ['quantity', quantityOf(resource.quantity)],
    ['reason', reasonsOf(reading)],
    ['outcome', textOf(resource.outcome)],
    ['by', partyOf(resource.provider, reading) || partyOf(resource.author, reading)],
    ['organisation', partyOf(resource.insurer, reading) || partiesOf(resource.payor, self, reading)],
  ])
  const title = bills.has(resource.resourceType) ? '' : titleOf(reading)
  return { kind: 'other', ...seen(reading, 'other', title, facts) }
}
