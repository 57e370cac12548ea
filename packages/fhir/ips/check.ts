/**
 * Our own checker of summaries: what IPS 2.0.1 asks of a document that base R4 does not (bundle, composition, sections,
 * references, narratives). It judges any JSON, trusts none of it, and never throws.
 */
import type { Json } from '@salus/base/json'
import { codingsOf, type JsonObject, objectOf, objectsOf, textOf } from './json.ts'
import { isNarrative } from './narrative.ts'
import { LOINC, SUMMARY, sectionOf, sectionRows } from './sections.ts'
import { createTargets, dangling, type Targets } from './targets.ts'

/** What can be wrong, in closed words. */
export type IpsFault =
  | 'not-a-document'
  | 'missing'
  | 'full-url'
  | 'composition-first'
  | 'composition-twice'
  | 'patient-count'
  | 'subject'
  | 'wrong-code'
  | 'no-text'
  | 'section-missing'
  | 'section-twice'
  | 'section-nested'
  | 'section-empty'
  | 'entry-type'
  | 'entry-of-another'
  | 'dangling'

/** A fault and where it is: element names and numbers, never a value. */
export type IpsProblem = { readonly fault: IpsFault; readonly at: string }

/** F18 All problems of a document; none when it is a summary. */
export function checkIps(bundle: Json): IpsProblem[] {
  const root = objectOf(bundle)
  if (root?.resourceType !== 'Bundle' || root.type !== 'document')
    return [{ fault: 'not-a-document', at: 'Bundle.type' }]
  const entries = objectsOf(root.entry)
  const resources = entries.map(({ resource }) => objectOf(resource) ?? {})
  const targets = createTargets(entries)
  const [composition] = resources
  const problems = [...bundleProblems(root, entries, resources)]
  if (composition?.resourceType !== 'Composition') return problems
  problems.push(...compositionProblems(composition, targets))
  for (const [index, resource] of resources.entries()) {
    const at = `Bundle.entry[${index}].resource`
    if (dangling(resource, textOf(entries[index]?.fullUrl), targets)) problems.push({ fault: 'dangling', at })
  }
  return problems
}

const missing = (holder: JsonObject, at: string, ...elements: string[]): IpsProblem[] =>
  elements.filter((one) => textOf(holder[one]) === '').map((one) => ({ fault: 'missing', at: `${at}.${one}` }))

/** Bundle-uv-ips: identifier, timestamp, full URLs, one Composition (first), one Patient. */
function bundleProblems(root: JsonObject, entries: JsonObject[], resources: JsonObject[]): IpsProblem[] {
  const problems = missing(root, 'Bundle', 'timestamp')
  if (textOf(objectOf(root.identifier)?.value) === '') problems.push({ fault: 'missing', at: 'Bundle.identifier' })
  const urls = entries.map(({ fullUrl }) => textOf(fullUrl))
  for (const [index, url] of urls.entries()) {
    const own = url !== '' && urls.indexOf(url) === index
    if (!own) problems.push({ fault: 'full-url', at: `Bundle.entry[${index}].fullUrl` })
    if (textOf(resources[index]?.resourceType) === '') {
      problems.push({ fault: 'missing', at: `Bundle.entry[${index}].resource` })
    }
  }
  const count = (type: string) => resources.filter(({ resourceType }) => resourceType === type).length
  if (resources[0]?.resourceType !== 'Composition') problems.push({ fault: 'composition-first', at: 'Bundle.entry[0]' })
  if (count('Composition') > 1) problems.push({ fault: 'composition-twice', at: 'Bundle.entry' })
  if (count('Patient') !== 1) problems.push({ fault: 'patient-count', at: 'Bundle.entry' })
  return problems
}

/** The only LOINC code of a concept that counts here. */
const loinc = (concept: Json | undefined): string =>
  textOf(codingsOf(concept).find(({ system }) => system === LOINC)?.code)

/** Composition-uv-ips: type, subject, author, date, title, state, words (what people attest, R4 §3.3.3); then its sections. */
function compositionProblems(composition: JsonObject, targets: Targets): IpsProblem[] {
  const problems = missing(composition, 'Composition', 'status', 'date', 'title')
  const { type, subject, author, text, section } = composition
  if (loinc(type) !== SUMMARY) problems.push({ fault: 'wrong-code', at: 'Composition.type' })
  const patient = targets.typeOf(textOf(objectOf(subject)?.reference))
  if (patient !== 'Patient') problems.push({ fault: 'subject', at: 'Composition.subject' })
  if (objectsOf(author).length === 0) problems.push({ fault: 'missing', at: 'Composition.author' })
  if (!isNarrative(text)) problems.push({ fault: 'no-text', at: 'Composition.text' })
  const all = objectsOf(section)
  const codes = all.map(({ code }) => loinc(code))
  for (const [, { code, required }] of sectionRows) {
    const times = codes.filter((one) => one === code).length
    if (required && times === 0) problems.push({ fault: 'section-missing', at: `Composition.section(${code})` })
    if (times > 1) problems.push({ fault: 'section-twice', at: `Composition.section(${code})` })
  }
  for (const [index, one] of all.entries()) {
    problems.push(...sectionProblems(one, `Composition.section[${index}]`, targets))
  }
  return problems
}

/** One section: title, a code of ours to know, words, no section inside, entries or why there are none, of fitting types. */
function sectionProblems(section: JsonObject, at: string, targets: Targets): IpsProblem[] {
  const problems = missing(section, at, 'title')
  const row = sectionOf(loinc(section.code))
  // The guide lets further sections be added; a reader that does not know a code cannot say what its words are about.
  if (!row) problems.push({ fault: 'wrong-code', at: `${at}.code` })
  if (!isNarrative(section.text)) problems.push({ fault: 'no-text', at: `${at}.text` })
  if (section.section !== undefined) problems.push({ fault: 'section-nested', at })
  const entries = objectsOf(section.entry)
  const reason = section.emptyReason !== undefined
  // ips-comp-1 and cmp-2: required ones have an entry or a reason; none has both.
  if ((row?.required && entries.length === 0 && !reason) || (entries.length > 0 && reason)) {
    problems.push({ fault: 'section-empty', at })
  }
  for (const [index, { reference }] of entries.entries()) {
    const type = targets.typeOf(textOf(reference))
    const here = `${at}.entry[${index}]`
    if (type === undefined) problems.push({ fault: 'dangling', at: here })
    else if (row && row.types !== 'any' && !row.types.includes(type)) problems.push({ fault: 'entry-type', at: here })
    if (targets.another(textOf(reference))) problems.push({ fault: 'entry-of-another', at: here })
  }
  return problems
}
