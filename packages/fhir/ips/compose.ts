/** The Composition of a summary: who made it, about whom, and its sections with their words. */
import type { Json } from '@salus/base/json'
import type { Resource } from '../contract.ts'
import { type Narrative, narrative } from './narrative.ts'
import { type Item, idOf } from './pool.ts'
import { LOINC, type SectionKey, SUMMARY, type SummaryCategory, sections } from './sections.ts'
import { type Language, parts, phrases, titles } from './words.ts'

/** A section before it is written. */
export type Filled = {
  readonly key: SectionKey
  /** Full URLs of its entries, and a line for each. */
  readonly urns: readonly string[]
  readonly lines: readonly string[]
  /** Filed in its categories, of a type that IPS has no entry for: told in words. */
  readonly told: readonly Item[]
  readonly also: readonly string[]
  /** Categories of it that were not shared as wholes, and those of them that single records came from. */
  readonly missing: readonly string[]
  readonly single: readonly string[]
}

/** Full URLs of what the Composition points to. */
type Names = {
  readonly composition: string
  readonly patient: string
  readonly device: string
  readonly organisation: string
}

const listed = (names: readonly string[], language: Language): string =>
  names.map((one) => parts[one as SummaryCategory]?.[language] ?? one).join(', ')

/** F17 The whole Composition. */
export function compose(
  filled: readonly Filled[],
  { language, timestamp, made }: { language: Language; timestamp: string; made?: string },
  { composition, patient, device, organisation }: Names,
): Resource {
  const missing = [...new Set(filled.flatMap((one) => one.missing))]
  const shown = missing.length > 0 ? `${phrases.notShared[language]}: ${listed(missing, language)}.` : undefined
  const text = narrative(
    phrases.title[language],
    made ?? phrases.made[language],
    spaced(shown ?? phrases.allShared[language], language),
  )
  return {
    resourceType: 'Composition',
    id: idOf(composition),
    language,
    text,
    identifier: { system: 'urn:ietf:rfc:3986', value: composition },
    status: 'final',
    type: { coding: [{ system: LOINC, code: SUMMARY }] },
    subject: { reference: patient },
    date: timestamp,
    author: [{ reference: device }, { reference: organisation }],
    title: phrases.title[language],
    confidentiality: 'N',
    custodian: { reference: organisation },
    event: [{ code: [careProvision], period: { end: timestamp } }],
    section: filled.map((one) => sectionJson(one, language)),
  }
}

const careProvision: Json = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActClass', code: 'PCPR' }],
}

/** French sets a space before a colon. */
const spaced = (text: string, language: Language): string =>
  language === 'fr' ? text.replace(/(\S):(?= |$)/g, '$1 :') : text

function sectionJson(one: Filled, language: Language): Json {
  const empty = one.urns.length === 0
  return {
    title: titles[one.key][language],
    code: { coding: [{ system: LOINC, code: sections[one.key].code }] },
    text: wordsOf(one, language),
    ...(empty ? { emptyReason: reasonOf(one) } : { entry: one.urns.map((reference) => ({ reference })) }),
  }
}

/** Something not shared: `withheld`, whether or not there is anything. Shared, nothing filed: `unavailable`, never `nilknown`. */
function reasonOf({ missing }: Filled): Json {
  const code = missing.length > 0 ? 'withheld' : 'unavailable'
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason', code }] }
}

function wordsOf(one: Filled, language: Language): Narrative {
  const { lines, also, missing, single } = one
  const blocks: (string | readonly string[])[] = []
  if (lines.length > 0) blocks.push(lines)
  if (also.length > 0) blocks.push(`${phrases.also[language]}:`, also)
  if (single.length > 0) blocks.push(`${phrases.single[language]}: ${listed(single, language)}.`)
  const none = missing.filter((part) => !single.includes(part))
  if (none.length > 0) {
    blocks.push(`${phrases.notShared[language]}: ${listed(none, language)}. ${phrases.mayHold[language]}`)
  }
  if (lines.length + also.length === 0 && missing.length < sections[one.key].from.length) {
    blocks.push(phrases.noneKnown[language])
  }
  return narrative(...blocks.map((block) => (typeof block === 'string' ? spaced(block, language) : block)))
}
