/** Cards of what was found and done: results, reports, allergies, problems, procedures, vaccinations, devices, visits. */
import type { Json } from '@salus/base/json'
import type { Resource } from '../contract.ts'
import { codeOf, digitsOf, type JsonObject, objectOf, objectsOf, textOf } from '../ips/json.ts'
import { conceptText, whenOf } from '../ips/lines.ts'
import type { Language } from '../ips/words.ts'
import { resultIn } from './measure.ts'
import {
  factsOf,
  first,
  given,
  isoDate,
  partiesOf,
  partyOf,
  quantityOf,
  type Reading,
  reasonsOf,
  seen,
  statusWord,
  titleOf,
  wordOf,
  wordsOf,
} from './read.ts'
import type { Allergy, Immunization, Problem, Report, Result, View, Visit } from './types.ts'
import { flagWords } from './words.ts'

const self = (one: JsonObject): Json => one

export function result(reading: Reading): Result {
  const { resource, language } = reading
  const { title, ...measure } = resultIn(reading)
  const interpretation = wordsOf(resource.interpretation, language)
  const facts = factsOf(language, [
    ['value', measure.value],
    ['range', measure.range?.text],
    ['interpretation', measure.flag ? flagWords[measure.flag][language] : interpretation],
    ['specimen', partyOf(resource.specimen, reading)],
    ['method', wordsOf(resource.method, language)],
    ['site', wordsOf(resource.bodySite, language)],
    ['by', partiesOf(resource.performer, self, reading)],
  ])
  const base = seen(reading, 'result', title || titleOf(reading), facts)
  return { kind: 'result', ...base, ...measure }
}

export function report(reading: Reading): Report {
  const { resource, language } = reading
  const results = objectsOf(resource.result).map((one) => ({
    reference: textOf(one.reference),
    text: partyOf(one, reading),
  }))
  const codes = wordsOf(resource.conclusionCode, language)
  const conclusion = [textOf(resource.conclusion), codes].filter(Boolean).join('\n')
  const facts = factsOf(language, [
    ['category', wordsOf(resource.category, language)],
    ['conclusion', conclusion],
    ...results.map(({ text }) => ['result', text] as const),
    ['by', partiesOf(resource.performer, self, reading) || partiesOf(resource.resultsInterpreter, self, reading)],
  ])
  return { kind: 'report', ...seen(reading, 'report', titleOf(reading), facts), results, ...given({ conclusion }) }
}

const member = <T extends string>(list: readonly T[], value: string): T | undefined => list.find((one) => one === value)

const severities = ['severe', 'moderate', 'mild'] as const

export function allergy(reading: Reading): Allergy {
  const { resource, language } = reading
  const reactions = objectsOf(resource.reaction)
  const found = reactions.flatMap(({ manifestation }) => objectsOf(manifestation).map((one) => conceptText(one)))
  const told = reactions.map((one) => textOf(one.severity))
  const severity = severities.find((one) => told.includes(one))
  const criticality = member(['low', 'high', 'unable-to-assess'], textOf(resource.criticality))
  const title =
    titleOf(reading) || conceptText(reactions.map(({ substance }) => substance).find((one) => conceptText(one)))
  const state = codeOf(resource.verificationStatus)
  const facts = factsOf(language, [
    ['reaction', [...new Set(found)].filter(Boolean).join(', ')],
    ['severity', severity && wordOf(severity, language)],
    ['criticality', criticality && statusWord(criticality, language)],
    ['certainty', certaintyOf(state, language)],
    ['category', wordsOf(resource.category, language)],
    ['onset', onsetOf(resource)],
    ['recorded', recordedOf(resource)],
    ['by', partyOf(resource.recorder, reading) || partyOf(resource.asserter, reading)],
  ])
  const base = seen(reading, 'allergy', title, facts)
  const over = ['refuted', 'entered-in-error'].includes(state) || codeOf(resource.clinicalStatus) === 'resolved'
  return {
    ...{ kind: 'allergy', ...base, substance: base.title, ...given({ criticality, severity }) },
    ...{ reactions: [...new Set(found)].filter(Boolean) },
    alert: !over && !base.mistaken && (criticality === 'high' || severity === 'severe'),
  }
}

/** How sure it is; `confirmed` is what one expects, and not told. */
const certaintyOf = (state: string, language: Language): string =>
  state === '' || state === 'confirmed' ? '' : statusWord(state, language)

/** When it was written down, where that is another moment than when it was. */
const recordedOf = (resource: Resource): string | undefined => {
  const recorded = isoDate(resource.recordedDate)
  return recorded === whenOf(resource).start ? undefined : recorded
}

/** Since when, as the author tells it: a date, an age, a span or words. */
function onsetOf(resource: JsonObject): Json | undefined {
  const { onsetDateTime, onsetPeriod, onsetAge, onsetString } = resource
  return isoDate(onsetDateTime) ?? objectOf(onsetPeriod) ?? (quantityOf(onsetAge) || textOf(onsetString))
}

export function problem(reading: Reading): Problem {
  const { resource, language } = reading
  const severity = wordsOf(resource.severity, language)
  const state = codeOf(resource.verificationStatus)
  const relatives = objectsOf(resource.condition).map((one) => conceptText(one.code))
  const facts = factsOf(language, [
    ['onset', onsetOf(resource)],
    ['ended', isoDate(resource.abatementDateTime) ?? textOf(resource.abatementString)],
    ['severity', severity],
    ['certainty', certaintyOf(state, language)],
    ['site', wordsOf(resource.bodySite, language)],
    ['about', wordsOf(resource.relationship, language)],
    ['description', [textOf(resource.description), textOf(resource.summary), ...relatives].filter(Boolean).join(', ')],
    ['recorded', recordedOf(resource)],
    [
      'by',
      partyOf(resource.recorder, reading) || partyOf(resource.asserter, reading) || partyOf(resource.author, reading),
    ],
  ])
  const base = seen(reading, 'problem', titleOf(reading), facts)
  const status = base.status?.code ?? ''
  const active = ['active', 'recurrence', 'relapse', ''].includes(status) && state !== 'refuted'
  return { kind: 'problem', ...base, ...given({ severity }), active }
}

export function procedure(reading: Reading): View {
  const { resource, language } = reading
  const facts = factsOf(language, [
    ['reason', reasonsOf(reading)],
    ['site', wordsOf(resource.bodySite, language)],
    ['outcome', wordsOf(resource.outcome, language)],
    ['by', partiesOf(resource.performer, ({ actor }) => actor, reading)],
    ['place', partyOf(resource.location, reading)],
  ])
  return { kind: 'procedure', ...seen(reading, 'procedure', titleOf(reading), facts) }
}

export function immunization(reading: Reading): Immunization {
  const { resource, language } = reading
  const protocol = objectsOf(resource.protocolApplied)[0] ?? {}
  const lot = textOf(resource.lotNumber)
  const forecast = objectsOf(resource.recommendation).map((one) => wordsOf(one.vaccineCode, language))
  const facts = factsOf(language, [
    ['dose', digitsOf(protocol.doseNumberPositiveInt) || textOf(protocol.doseNumberString)],
    ['reason', wordsOf(protocol.targetDisease, language)],
    ['lot', lot],
    ['expires', isoDate(resource.expirationDate)],
    ['maker', partyOf(resource.manufacturer, reading)],
    ['site', wordsOf(resource.site, language)],
    ['by', partiesOf(resource.performer, ({ actor }) => actor, reading)],
    ['description', forecast.filter(Boolean).join(', ')],
  ])
  const base = seen(reading, 'immunization', titleOf(reading), facts)
  return { kind: 'immunization', ...base, vaccine: base.title, ...given({ lot }) }
}

export function device(reading: Reading): View {
  const { resource, language } = reading
  const carrier = objectsOf(resource.udiCarrier)[0] ?? {}
  const facts = factsOf(language, [
    ['class', wordsOf(resource.type, language)],
    ['maker', textOf(resource.manufacturer)],
    ['lot', textOf(resource.lotNumber)],
    ['serial', textOf(resource.serialNumber)],
    ['identifier', textOf(carrier.deviceIdentifier)],
    ['expires', isoDate(resource.expirationDate)],
    ['site', wordsOf(resource.bodySite, language)],
    ['reason', reasonsOf(reading)],
  ])
  return { kind: 'device', ...seen(reading, 'device', titleOf(reading), facts) }
}

export function visit(reading: Reading): Visit {
  const { resource, language } = reading
  // R4 Encounter.class is a Coding, not a CodeableConcept.
  const kind = objectOf(resource.class)
  const reason = reasonsOf(reading)
  const facts = factsOf(language, [
    ['class', wordOf(kind ? { coding: [kind] } : undefined, language)],
    ['reason', reason],
    ['by', partiesOf(resource.participant, ({ individual, actor }) => individual ?? actor, reading)],
    ['place', partiesOf(resource.location, ({ location }) => location, reading)],
    ['organisation', partyOf(resource.serviceProvider, reading) || partyOf(resource.managingOrganization, reading)],
  ])
  const title = wordsOf(first(resource.type), language) || wordsOf(first(resource.serviceType), language)
  return {
    kind: 'visit',
    ...seen(reading, 'visit', title || textOf(resource.description), facts),
    ...given({ reason }),
  }
}
