/** One resource as one line of a narrative: what, how much, when, in which state. Whatever R4 lets stand there. */
import type { Json } from '@salus/base/json'
import type { Resource } from '../contract.ts'
import { codeOf, codingsOf, digitsOf, type JsonObject, objectOf, objectsOf, textOf } from './json.ts'
import { type Language, statuses } from './words.ts'

/** Finds what a reference leads to among the shared resources. */
export type Find = (reference: string) => Resource | undefined

/** A CodeableConcept in words: its text, else a display, else a code. */
export function conceptText(concept: Json | undefined): string {
  const codings = codingsOf(concept)
  const display = codings.map((one) => textOf(one.display)).find(Boolean)
  return textOf(objectOf(concept)?.text) || display || codeOf(concept)
}

const named = ['code', 'vaccineCode', 'medicationCodeableConcept', 'type', 'scope'] as const
const pointed = ['medicationReference', 'device'] as const

/** The name of the thing itself; its FHIR type where nothing names it. */
export function nameOf(resource: Resource, find: Find): string {
  const own = named.map((element) => conceptText(resource[element])).find(Boolean)
  if (own) return own
  for (const element of pointed) {
    const { reference, display } = objectOf(resource[element]) ?? {}
    const target = find(textOf(reference))
    if (target) return nameOf(target, () => undefined)
    if (textOf(display)) return textOf(display)
  }
  const device = textOf(objectsOf(resource.deviceName)[0]?.name)
  const first = Array.isArray(resource.category) ? conceptText(resource.category[0]) : ''
  return textOf(resource.title) || textOf(resource.description) || device || first || resource.resourceType
}

const quantity = (value: JsonObject): string =>
  [textOf(value.comparator) + digitsOf(value.value), textOf(value.unit) || textOf(value.code)].filter(Boolean).join(' ')

/** `value[x]` of an Observation, or of one of its components. */
export function measureOf(holder: JsonObject): string {
  const kind = Object.keys(holder).find((element) => /^value[A-Z]/.test(element))
  if (kind === undefined) return conceptText(holder.dataAbsentReason)
  const value = holder[kind]
  const object = objectOf(value)
  if (object === undefined) return digitsOf(value) || textOf(value) || (typeof value === 'boolean' ? `${value}` : '')
  if (kind === 'valueCodeableConcept') return conceptText(value)
  const { numerator, denominator, low, high, start, end } = object
  const pair = numerator || denominator ? [numerator, denominator] : low || high ? [low, high] : undefined
  if (pair) return pair.map((one) => quantity(objectOf(one) ?? {})).join(numerator || denominator ? ' / ' : ' – ')
  return start || end ? span(object) : quantity(object)
}

const span = ({ start, end }: { readonly start?: Json; readonly end?: Json }): string =>
  [textOf(start), textOf(end)].filter(Boolean).join(' – ')

const dated = ['onset', 'effective', 'occurrence', 'performed', 'timing', 'period', 'authoredOn', 'issued'] as const
const later = [
  ...(['recordedDate', 'dateAsserted', 'whenHandedOver', 'whenPrepared', 'recordedOn', 'dateTime', 'date'] as const),
  ...(['created', 'started', 'recorded', 'sent'] as const),
] as const

/** When it was, as its author wrote it: the two ends of a period, or a start alone; nothing where it is not told. */
export function whenOf(resource: Resource): { readonly start?: string; readonly end?: string } {
  for (const element of [...dated, ...later]) {
    const plain = [element, `${element}DateTime`, `${element}Instant`].map((one) => textOf(resource[one])).find(Boolean)
    if (plain) return { start: plain }
    const period = objectOf(resource[element]) ?? objectOf(resource[`${element}Period`]) ?? {}
    const [start, end] = [textOf(period.start), textOf(period.end)]
    if (start || end) return { ...(start ? { start } : {}), ...(end ? { end } : {}) }
  }
  return {}
}

/** When it was, to the day, as FHIR writes days; '' where it is not told. */
export const dateOf = (resource: Resource): string => span(whenOf(resource)).replace(/T[^ ]*/g, '')

/** States that a reader must not miss; `active`, `final` and `completed` are what one expects. */
const expected = new Set([
  'confirmed',
  'final',
  'completed',
  'current',
  'amended',
  'corrected',
  'low',
  'unable-to-assess',
])

function statesOf(resource: Resource, language: Language): string[] {
  const { clinicalStatus, verificationStatus, status, criticality } = resource
  const codes = [codeOf(clinicalStatus), codeOf(verificationStatus), textOf(status), textOf(criticality)]
  return codes.filter((one) => one && !expected.has(one)).map((one) => statuses[one]?.[language] ?? one)
}

/** Doses, reactions, conclusions: the sentence that the thing is for. */
function detailsOf(resource: Resource): string[] {
  const doses = [...objectsOf(resource.dosage), ...objectsOf(resource.dosageInstruction)].map((one) => textOf(one.text))
  const reactions = objectsOf(resource.reaction).flatMap(({ manifestation }) =>
    objectsOf(manifestation).map((one) => conceptText(one)),
  )
  const notes = objectsOf(resource.note).map((one) => textOf(one.text))
  return [...doses, ...reactions, textOf(resource.conclusion), ...notes].filter(Boolean)
}

/** The line: `Name: value · date · state · details`, without what is not there. */
export function lineOf(resource: Resource, find: Find, language: Language): string {
  const components = objectsOf(resource.component).map((one) =>
    [conceptText(one.code), measureOf(one)].filter(Boolean).join(' '),
  )
  const value = [measureOf(resource), ...components].filter(Boolean).join(', ')
  const name = nameOf(resource, find)
  const rest = [dateOf(resource), ...statesOf(resource, language), ...detailsOf(resource)]
  const colon = language === 'fr' ? ' :' : ':'
  return [value ? `${name}${colon} ${value}` : name, ...rest].filter(Boolean).join(' · ')
}
