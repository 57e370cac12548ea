/** Cards of medicines: ordered, handed over, taken. */
import type { Json } from '@salus/base/json'
import { digitsOf, objectOf, objectsOf, textOf } from '../ips/json.ts'
import { conceptText } from '../ips/lines.ts'
import { dosageEnd, dosagesOf, durationOf } from './dosage.ts'
import {
  factsOf,
  given,
  isoDate,
  partiesOf,
  partyOf,
  quantityOf,
  type Reading,
  reasonsOf,
  seen,
  targetOf,
  titleOf,
  wordsOf,
} from './read.ts'
import type { Dispense, Medication, Prescription } from './types.ts'

/** The name of the medicine: its concept, else what the reference leads to. */
function medicineOf(reading: Reading): string {
  const { resource } = reading
  const target = targetOf(resource.medicationReference, reading)
  return conceptText(resource.medicationCodeableConcept) || conceptText(target?.code) || titleOf(reading)
}

export function prescription(reading: Reading): Prescription {
  const { resource, language } = reading
  const request = objectOf(resource.dispenseRequest) ?? {}
  const [medication, dosage] = [medicineOf(reading), dosagesOf(resource, language)]
  const { start, end } = objectOf(request.validityPeriod) ?? {}
  const period = given({ start: isoDate(start), end: isoDate(end) })
  const again = digitsOf(request.numberOfRepeatsAllowed)
  const texts = given({
    quantity: quantityOf(request.quantity),
    prescriber: partyOf(resource.requester, reading),
    reason: reasonsOf(reading),
  })
  const facts = factsOf(language, [
    ...dosage.map((one) => ['dosage', one] as const),
    ['ended', dosageEnd(resource)],
    ['quantity', texts.quantity],
    ['supply', durationOf(request.expectedSupplyDuration, language)],
    ['refills', again],
    ['valid', period as { start?: Json; end?: Json }],
    ['reason', texts.reason],
    ['prescriber', texts.prescriber],
  ])
  return {
    ...{ kind: 'prescription', ...seen(reading, 'prescription', medication, facts), medication, dosage, ...texts },
    ...(/^\d{1,4}$/.test(again) ? { refills: Number(again) } : {}),
    ...(period.start || period.end ? { validity: period } : {}),
  }
}

const pointsTo = (reference: Json | undefined): string => {
  const { reference: to, identifier } = objectOf(reference) ?? {}
  const { system, value } = objectOf(identifier) ?? {}
  return textOf(to) || [textOf(system), textOf(value)].filter(Boolean).join('|')
}

export function dispense(reading: Reading): Dispense {
  const { resource, language } = reading
  const [medication, dosage] = [medicineOf(reading), dosagesOf(resource, language)]
  const texts = given({
    quantity: quantityOf(resource.quantity),
    dispenser: partiesOf(resource.performer, ({ actor }) => actor, reading),
  })
  const facts = factsOf(language, [
    ...dosage.map((one) => ['dosage', one] as const),
    ['quantity', texts.quantity],
    ['supply', durationOf(resource.daysSupply, language)],
    ['dispenser', texts.dispenser],
    ['place', partyOf(resource.location, reading)],
  ])
  const prescriptions = objectsOf(resource.authorizingPrescription).map(pointsTo).filter(Boolean)
  return {
    kind: 'dispense',
    ...seen(reading, 'dispense', medication, facts),
    medication,
    dosage,
    ...texts,
    prescriptions,
  }
}

export function medication(reading: Reading): Medication {
  const { resource, language } = reading
  const [name, dosage] = [medicineOf(reading), dosagesOf(resource, language)]
  const ingredients = objectsOf(resource.ingredient).map((one) => conceptText(one.itemCodeableConcept))
  const batch = objectOf(resource.batch) ?? {}
  const facts = factsOf(language, [
    ...dosage.map((one) => ['dosage', one] as const),
    ['class', wordsOf(resource.form, language)],
    ['description', ingredients.filter(Boolean).join(', ')],
    ['reason', reasonsOf(reading)],
    [
      'by',
      partiesOf(resource.performer, ({ actor }) => actor, reading) || partyOf(resource.informationSource, reading),
    ],
    ['lot', textOf(batch.lotNumber)],
    ['expires', isoDate(batch.expirationDate)],
  ])
  return { kind: 'medication', ...seen(reading, 'medication', name, facts), medication: name, dosage }
}
