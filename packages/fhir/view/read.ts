/** Reading JSON that nobody has checked into words of one language: the parts that every kind of card shares. */
import type { Json } from '@salus/base/json'
import type { Resource } from '../contract.ts'
import { codingsOf, digitsOf, type JsonObject, objectOf, objectsOf, textOf } from '../ips/json.ts'
import { conceptText, type Find, measureOf, nameOf, whenOf } from '../ips/lines.ts'
import { mistaken } from '../ips/pool.ts'
import { type Language, statuses } from '../ips/words.ts'
import { attachmentsOf } from './attachments.ts'
import { plainText } from './narrative.ts'
import type { Code, Fact, Seen, ViewKind } from './types.ts'
import { codeWords, kindWords, type Label, labels, says, typeWords, units } from './words.ts'

/** The resource being read, the language, and what its references lead to. */
export type Reading = { readonly resource: Resource; readonly language: Language; readonly find: Find }

/** A row of a table that is a plain object: a code of a sender must not find `constructor`. */
export const row = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

/** The fields that are there: '' and undefined go. */
export const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

/** A year, a month, a day or an instant, as R4 writes them (§2.24.0.1, dateTime); undefined for anything else. */
export function isoDate(value: Json | undefined): string | undefined {
  const text = textOf(value)
  const form = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/
  return form.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined
}

/** A code in the reader's language: our words, else the author's, else the code. */
export function wordOf(concept: Json | undefined, language: Language): string {
  const codes = typeof concept === 'string' ? [concept] : codingsOf(concept).map(({ code }) => textOf(code))
  const known = codes.map((code) => row(codeWords, code)).find(Boolean)
  return known?.[language] ?? (typeof concept === 'string' ? concept.trim() : conceptText(concept))
}

/** The first thing of a list, or the thing itself. */
export const first = (value: Json | undefined): Json | undefined => (Array.isArray(value) ? value[0] : value)

/** Concepts of a list (or one), in words. */
export const wordsOf = (value: Json | undefined, language: Language): string =>
  (Array.isArray(value) ? value : [value])
    .map((one) => wordOf(one, language))
    .filter(Boolean)
    .join(', ')

const unitText = (unit: string): string => row(units, unit) ?? (/^\{.*\}$/.test(unit) ? unit.slice(1, -1) : unit)

/** Unit of a Quantity as people write it. */
export const unitOf = (quantity: JsonObject): string => unitText(textOf(quantity.unit) || textOf(quantity.code))

/** A Quantity in words, digits as written. */
export const quantityOf = (value: Json | undefined): string => {
  const quantity = objectOf(value)
  if (!quantity) return ''
  return [textOf(quantity.comparator) + digitsOf(quantity.value), unitOf(quantity)].filter(Boolean).join(' ')
}

/** A name of a person (R4 HumanName): the one in use, in the order it is said. */
export function personName(names: Json | undefined): string {
  const all = objectsOf(names)
  const one = ['official', 'usual'].map((use) => all.find((name) => name.use === use)).find(Boolean) ?? all[0]
  if (!one) return textOf(names) || textOf(objectOf(names)?.text)
  const given = Array.isArray(one.given) ? one.given.map((each) => textOf(each)) : []
  return textOf(one.text) || [...given, textOf(one.family)].filter(Boolean).join(' ')
}

/** What a reference leads to: inside the resource (`#id`), else among what was shared. */
export function targetOf(reference: Json | undefined, { resource, find }: Reading): Resource | undefined {
  const to = textOf(objectOf(reference)?.reference)
  if (!to.startsWith('#')) return to ? find(to) : undefined
  const inside = objectsOf(resource.contained).find(({ id }) => id === to.slice(1))
  return inside && textOf(inside.resourceType) ? (inside as Resource) : undefined
}

/** Who or what a reference means, in words: never an identifier. */
export function partyOf(reference: Json | undefined, reading: Reading): string {
  const display = textOf(objectOf(reference)?.display)
  if (display) return display
  const target = targetOf(reference, reading)
  if (!target) return ''
  const named = personName(target.name)
  if (named) return named
  const name = nameOf(target, () => undefined)
  return name === target.resourceType ? '' : name
}

/** Parties of a list: `of` picks the reference. */
export const partiesOf = (list: Json | undefined, of: (one: JsonObject) => Json | undefined, reading: Reading) =>
  [...new Set(objectsOf(list).map((one) => partyOf(of(one), reading)))].filter(Boolean).join(', ')

/** Why: codes, and what references lead to. */
export const reasonsOf = (reading: Reading): string =>
  [
    wordsOf(reading.resource.reasonCode, reading.language),
    partiesOf(reading.resource.reasonReference, (one) => one, reading),
  ]
    .filter(Boolean)
    .join(', ')

/** `value[x]` in words: of an Observation, a component, an extension. */
export function valueText(holder: JsonObject, { language }: Reading): string {
  if (holder.valueQuantity !== undefined) return quantityOf(holder.valueQuantity)
  if (typeof holder.valueBoolean === 'boolean') return says[holder.valueBoolean ? 'yes' : 'no'][language]
  return measureOf(holder)
}

type Moment = { readonly start?: Json | undefined; readonly end?: Json | undefined }

/** Facts, in order, without the empty ones. A text that is a date carries it for the screen; a Period has two. */
export function factsOf(language: Language, rows: readonly (readonly [Label, Json | Moment | undefined])[]): Fact[] {
  return rows.flatMap(([key, value]): Fact[] => {
    const label = labels[key][language]
    const period = objectOf(value as Json)
    if (period) {
      const [date, until] = [isoDate(period.start), isoDate(period.end)]
      const text = [date, until].filter(Boolean).join(' – ')
      return text ? [{ label, text, ...given({ date, until }) }] : []
    }
    const text = typeof value === 'string' ? value.trim() : digitsOf(value as Json)
    const date = /^\d{4}-\d\d/.test(text) ? isoDate(text) : undefined
    return text ? [{ label, text, ...given({ date }) }] : []
  })
}

/** HL7's code for "patient asserted" (v3-ObservationValue): tags and security labels may bear it. */
export const ASSERTED = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'PATAST',
} as const

function asserted({ meta }: Resource): boolean {
  const { tag, security } = objectOf(meta) ?? {}
  return [...objectsOf(tag), ...objectsOf(security)].some(
    ({ system, code }) => system === ASSERTED.system && code === ASSERTED.code,
  )
}

/** Codes of the thing itself, for finding the same test again. */
export function codesOf(concept: Json | undefined): Code[] {
  const codes = codingsOf(concept).map((one) => ({ system: textOf(one.system), code: textOf(one.code) }))
  return codes.filter(({ code }) => code !== '')
}

/** Notes: the author's, and a narrative that says more than the data (R4 narrative-status `additional`). */
function noteOf({ note, comment, text }: Resource): string {
  const own = [...objectsOf(note).map((one) => textOf(one.text)), textOf(comment)]
  const { status, div } = objectOf(text) ?? {}
  return [...own, status === 'additional' ? plainText(div) : ''].filter(Boolean).join('\n')
}

/** A status code as people say it; the code where we have no words. */
export const statusWord = (code: string, language: Language): string => row(statuses, code)?.[language] ?? code

function statusOf(resource: Resource, language: Language): { status?: { code: string; text: string } } {
  const { clinicalStatus, status, lifecycleStatus } = resource
  const clinical = textOf(codingsOf(clinicalStatus)[0]?.code)
  const code = mistaken(resource) ? 'entered-in-error' : clinical || textOf(status) || textOf(lifecycleStatus)
  return code ? { status: { code, text: statusWord(code, language) } } : {}
}

/** What every card has. `title` is the thing's own name; without one, the word for what it is. */
export function seen(reading: Reading, kind: ViewKind, title: string, facts: readonly Fact[]): Seen {
  const { resource, language } = reading
  const type = textOf(resource.resourceType)
  const label = (row(typeWords, type) ?? kindWords[kind])[language]
  const { start, end } = whenOf(resource)
  const [date, until] = [isoDate(start) ?? isoDate(end), isoDate(end)]
  return {
    ...{ type, label, title: title || (kind === 'other' && !row(typeWords, type) && type ? type : label) },
    ...given({ date, until: until === date ? undefined : until, note: noteOf(resource) }),
    ...statusOf(resource, language),
    ...{
      facts: facts.filter(({ text }) => text !== title),
      codes: codesOf(first(resource.code) ?? resource.vaccineCode ?? resource.medicationCodeableConcept),
    },
    ...{ selfReported: asserted(resource), mistaken: mistaken(resource), attachments: attachmentsOf(resource) },
  }
}

/** The thing's own name; '' where nothing names it. */
export function titleOf({ resource, find }: Reading): string {
  const name = nameOf(resource, find)
  return name === resource.resourceType ? '' : name
}
