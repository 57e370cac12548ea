/** FHIR as people read it: one resource as a card, and the words a search box looks in. Plain data, no HTML anywhere. */
import type { Resource } from './contract.ts'
import { objectOf, textOf } from './ips/json.ts'
import type { Find } from './ips/lines.ts'
import type { Language } from './ips/words.ts'
import { allergy, device, immunization, problem, procedure, report, result, visit } from './view/clinical.ts'
import { folded } from './view/fold.ts'
import { dispense, medication, prescription } from './view/medicines.ts'
import { document, image, order, other, person, plan } from './view/papers.ts'
import type { Reading } from './view/read.ts'
import type { View } from './view/types.ts'

type Card = (reading: Reading) => View

const rows: readonly (readonly [Card, string])[] = [
  [prescription, 'MedicationRequest'],
  [dispense, 'MedicationDispense'],
  [medication, 'MedicationStatement MedicationAdministration Medication MedicationKnowledge'],
  [result, 'Observation'],
  [report, 'DiagnosticReport'],
  [allergy, 'AllergyIntolerance'],
  [problem, 'Condition ClinicalImpression FamilyMemberHistory Flag RiskAssessment DetectedIssue AdverseEvent'],
  [procedure, 'Procedure'],
  [immunization, 'Immunization ImmunizationEvaluation ImmunizationRecommendation'],
  [device, 'Device DeviceUseStatement DeviceRequest SupplyDelivery SupplyRequest VisionPrescription'],
  [visit, 'Encounter EpisodeOfCare Appointment AppointmentResponse'],
  [plan, 'CarePlan CareTeam Goal Task NutritionOrder RequestGroup'],
  [order, 'ServiceRequest'],
  [document, 'DocumentReference DocumentManifest Binary Composition Communication Consent List'],
  [image, 'ImagingStudy Media'],
  [person, 'Patient RelatedPerson Person Practitioner PractitionerRole Organization Location HealthcareService'],
]

const cards: ReadonlyMap<string, Card> = new Map(
  rows.flatMap(([card, types]) => types.split(' ').map((type) => [type, card] as const)),
)

const nothing: Find = () => undefined

/**
 * F19 What a person reads of a resource: never throws, whatever JSON stands there, and holds plain data only. `find` leads
 * from a reference to a resource that was shared too, so that a prescriber has a name.
 */
export function viewOf(resource: Resource, language: Language, find: Find = nothing): View {
  const whole = objectOf(resource)
  const type = textOf(whole?.resourceType)
  const reading = { resource: { ...whole, resourceType: type }, language, find }
  return (cards.get(type) ?? other)(reading)
}

/** Not words of the record: files, addresses, codes of ours. */
const silent = new Set(['kind', 'type', 'key', 'data', 'url', 'contentType', 'system'])

function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, child]) => (silent.has(key) ? [] : wordsIn(child)))
}

/** F22 All words of a card, folded: what a search box looks in, with a query that went through `folded` (view/fold) too. */
export const searchable = (view: View): string => [...new Set(wordsIn(view).map(folded))].join(' ')
