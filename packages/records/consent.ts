/**
 * Grants and FHIR R4 Consents, both ways, after IHE PCF (facts/records.md §3.2). Pure. What a Consent says and our rules
 * cannot say is refused, in words, with every reason.
 */
import { type Category, isCategory } from '@salus/base/categories'
import type { Json } from '@salus/base/json'
import { field } from '@salus/base/schema'
import type { Resource } from '@salus/fhir/contract'
import { filingOf } from '@salus/fhir/sort'
import type { GrantGiven, Purpose } from '@salus/grants/contract'
import { coding, concept, instant, named, type Party, partyReference, systems, terminology } from './names.ts'
import { ANYONE, type ConsentProposal, type ConsentRule } from './proposal.ts'
import { codesOf, listOf, type Node, nodeOf, secondsOf, textOf } from './read.ts'

/** A grant as its patient's device knows it, with the purpose of the request it answered. */
export type ConsentGrant = Pick<GrantGiven, 'categories' | 'records' | 'except' | 'standing' | 'until'> & {
  readonly id: string
  readonly at: number
  readonly purpose: Purpose
  readonly revokedAt?: number | undefined
}

export type ConsentParties = {
  readonly patient: Party
  /** The professional or the team that may read. */
  readonly reader: Party
  /** Whose node enforces it. */
  readonly organisation: Party
}

/** Why a Consent cannot be taken over; words for each stand in ui. */
export type ConsentCode =
  | 'consent-malformed'
  | 'consent-not-privacy'
  | 'consent-inactive'
  | 'consent-ended'
  | 'consent-dates'
  | 'consent-reader'
  | 'consent-label'
  | 'consent-class'
  | 'consent-clinical-code'
  | 'consent-action'
  | 'consent-data'
  | 'consent-nested'

/** Every reason, not the first one alone: they are mended together. */
export type ConsentRefusal = { readonly refused: readonly ConsentCode[] }

/** PCF's profile for rules on single resources; it forbids `class`, so a consent by category names a profile of ours. */
export const consentProfiles = {
  records: 'https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentIntermediate',
  categories: 'https://salus.invalid/StructureDefinition/consent-by-category',
} as const

const recordData = (record: string): Json => ({ meaning: 'instance', reference: named('record', record) })

/**
 * R21 A grant as a Consent. One-off: `dataPeriod` ends when it was given, so what is filed later is not in it; standing:
 * no `dataPeriod`. Records left out are exceptions. A grant taken back is `inactive`.
 */
export function toConsent(grant: ConsentGrant, { patient, reader, organisation }: ConsentParties): Resource {
  const given = instant(grant.at)
  const profile = consentProfiles[grant.categories.length > 0 ? 'categories' : 'records']
  return {
    resourceType: 'Consent',
    id: grant.id.replaceAll('_', '.'),
    meta: { profile: [profile] },
    identifier: [{ system: systems.grant, value: grant.id }],
    status: grant.revokedAt === undefined ? 'active' : 'inactive',
    scope: concept(terminology('consentscope'), 'patient-privacy'),
    category: [concept('http://loinc.org', '59284-0')],
    patient: partyReference(patient),
    dateTime: given,
    performer: [partyReference(patient)],
    organization: [partyReference(organisation)],
    sourceReference: named('grant', grant.id, 'DocumentReference'),
    policy: [{ uri: 'https://salus.invalid/policy/grants' }],
    provision: {
      ...permitted(grant, reader),
      period: { start: given, end: instant(grant.until) },
      ...(grant.standing ? {} : { dataPeriod: { end: given } }),
    },
  }
}

/** `class` and `data` of one provision narrow each other; a grant of both gives both, so each is a permit of its own. */
function permitted(grant: ConsentGrant, reader: Party): { [element: string]: Json } {
  const to = {
    actor: [{ role: concept(terminology('v3-ParticipationType'), 'IRCP'), reference: partyReference(reader) }],
    purpose: [coding(terminology('v3-ActReason'), grant.purpose)],
  }
  const parts = [
    grant.categories.length > 0 ? { class: grant.categories.map((one) => coding(systems.category, one)) } : undefined,
    grant.records.length > 0 ? { data: grant.records.map(recordData) } : undefined,
  ].flatMap((one) => (one ? [{ type: 'permit', ...to, ...one }] : []))
  const except = grant.except.map((record) => ({ type: 'deny', data: [recordData(record)] }))
  const [first] = parts
  if (first && parts.length === 1) return { ...first, ...(except.length > 0 ? { provision: except } : {}) }
  return { type: 'deny', provision: [...parts, ...except] }
}

/** R21 A Consent as a proposal at `now` (seconds), or every reason why our rules cannot say what it says. Never throws. */
export function fromConsent(consent: Json, now: number): ConsentProposal | ConsentRefusal {
  const refused = new Set<ConsentCode>()
  const root = nodeOf(consent)
  const provision = nodeOf(root.provision)
  const { type } = provision
  if (root.resourceType !== 'Consent' || (type !== 'permit' && type !== 'deny'))
    return { refused: ['consent-malformed'] }
  if (root.modifierExtension !== undefined) refused.add('consent-malformed')
  const scopes = [root.scope, ...listOf(root.category)].flatMap((one) => codesOf(one, terminology('consentscope')))
  if (!scopes.includes('patient-privacy')) refused.add('consent-not-privacy')
  if (root.status !== 'active') refused.add('consent-inactive')
  const span = spanOf(provision, root, now, refused)
  const own = rulesOf(provision, refused)
  const inside = listOf(provision.provision).flatMap((one) => exceptionOf(nodeOf(one), type, refused))
  if (refused.size > 0) return { refused: [...refused] }
  // A refusal of everything is what holds anyway: as a rule it would win over the permits inside it.
  const rules = type === 'deny' ? inside : [...own, ...inside]
  const lasting = rules.some(({ effect, records }) => effect === 'permit' && records.length === 0)
  return { effect: type, ...span, standing: provision.dataPeriod === undefined && lasting, rules }
}

/** From when until when; a span that cannot be read, is over, or is about the age of the data is refused. */
function spanOf(
  { period, dataPeriod }: Node,
  { dateTime }: Node,
  now: number,
  refused: Set<ConsentCode>,
): { from: number; until?: number } {
  const { start, end } = nodeOf(period)
  const from = secondsOf(start ?? dateTime, 'start')
  const until = secondsOf(end, 'end')
  if (from === undefined || (end !== undefined && until === undefined)) refused.add('consent-dates')
  if (until !== undefined && until <= now) refused.add('consent-ended')
  // One-off, as we write it: data up to the moment the consent was given.
  const data = nodeOf(dataPeriod)
  const oneOff = data.start === undefined && textOf(data.end) !== '' && data.end === dateTime
  if (dataPeriod !== undefined && !oneOff) refused.add('consent-data')
  return { from: from ?? 0, ...(until === undefined ? {} : { until }) }
}

/** PCF goes one level deep; a permit inside a permit can be read two ways. */
function exceptionOf(nested: Node, outer: 'permit' | 'deny', refused: Set<ConsentCode>): ConsentRule[] {
  if (nested.type !== 'permit' && nested.type !== 'deny') refused.add('consent-malformed')
  const again = nested.provision !== undefined || (nested.type === 'permit' && outer === 'permit')
  if (again) refused.add('consent-nested')
  if (nested.period !== undefined) refused.add('consent-dates')
  if (nested.dataPeriod !== undefined) refused.add('consent-data')
  return rulesOf(nested, refused)
}

/** Elements that narrow: an empty one, or one of nothing readable, must not pass for one that is not there. */
const narrowing = ['actor', 'action', 'class', 'data', 'purpose', 'provision'] as const

/** One provision, without those inside it: a rule for each reader it names. */
function rulesOf(provision: Node, refused: Set<ConsentCode>): ConsentRule[] {
  const hollow = narrowing.some((one) => provision[one] !== undefined && listOf(provision[one]).length === 0)
  if (hollow || provision.modifierExtension !== undefined) refused.add('consent-malformed')
  const effect = provision.type === 'permit' ? 'permit' : 'deny'
  if (provision.securityLabel !== undefined) refused.add('consent-label')
  if (provision.code !== undefined) refused.add('consent-clinical-code')
  const actions = listOf(provision.action).flatMap((one) => codesOf(one))
  // Grants rule reading; who may write is no matter of consent (R1), so what stands beside `access` changes nothing here.
  if (provision.action !== undefined && !actions.includes('access')) refused.add('consent-action')
  const categories = listOf(provision.class).flatMap((one) => categoryOf(nodeOf(one), effect, refused))
  const records = listOf(provision.data).flatMap((one) => recordOf(nodeOf(one), refused))
  if (categories.length > 0 && records.length > 0) refused.add('consent-data')
  const purposes = listOf(provision.purpose).map((one) => textOf(nodeOf(one).code))
  if (purposes.includes('')) refused.add('consent-malformed')
  const readers =
    provision.actor === undefined ? [ANYONE] : listOf(provision.actor).flatMap((one) => readerOf(nodeOf(one), refused))
  return readers.map((reader) => ({ effect, reader, categories: [...new Set(categories)], records, purposes }))
}

/** Types whose resources lie in several categories, by what they hold. */
const spread = new Set(['Observation', 'DiagnosticReport', 'DocumentReference', 'Composition', 'List'])

/** A category of ours; a FHIR type only where it is denied, and then with the whole category it lies in: less may be given, never more. */
function categoryOf({ system, code }: Node, effect: 'permit' | 'deny', refused: Set<ConsentCode>): Category[] {
  const name = textOf(code)
  if (system === systems.category && isCategory(name)) return [name]
  const typed = system === 'http://hl7.org/fhir/resource-types' && effect === 'deny' && !spread.has(name)
  const { filing, fallback } = filingOf({ resourceType: name })
  if (typed && !fallback && isCategory(filing)) return [filing]
  refused.add('consent-class')
  return []
}

function recordOf({ meaning, reference }: Node, refused: Set<ConsentCode>): string[] {
  const { system, value } = nodeOf(nodeOf(reference).identifier)
  const record = field.recordId.safeParse(value)
  if (meaning === 'instance' && system === systems.record && record.success) return [record.data]
  refused.add('consent-data')
  return []
}

/** The one who may read (role IRCP): by our identifier, else by whatever the other system calls them. */
function readerOf({ role, reference }: Node, refused: Set<ConsentCode>): string[] {
  const { reference: literal, identifier } = nodeOf(reference)
  const { system, value } = nodeOf(identifier)
  const ours = system === systems.handle || system === systems.organisation
  const name = textOf(value) === '' ? textOf(literal) : ours ? textOf(value) : `${textOf(system)}|${textOf(value)}`
  if (codesOf(role).includes('IRCP') && name !== '' && name !== ANYONE) return [name]
  refused.add('consent-reader')
  return []
}
