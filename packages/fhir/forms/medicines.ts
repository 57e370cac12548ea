/** Forms of medicines: a prescription, and what a pharmacist hands over for it. */
import { chosen, counted, type Draft, happened, notes, number, period, prose, refused, worded } from './fields.ts'
import { quantity } from './quantity.ts'
import type { Amount, Context, Pick, Reference, When } from './types.ts'

export type PrescriptionInput = {
  readonly medication: Pick
  /** In the author's words; where it is empty, `dose` and `times` say it. */
  readonly dosage?: string
  /** `1` with `doseUnit` `tablet`, `times` a day, for `days`. */
  readonly dose?: Amount
  readonly doseUnit?: string
  readonly times?: Amount
  readonly days?: Amount
  readonly asNeeded?: boolean
  readonly quantity?: Amount
  readonly quantityUnit?: string
  readonly refills?: Amount
  readonly validFrom?: When
  readonly validUntil?: When
  readonly reason?: string
  readonly note?: string
}

const few = { least: 0, most: 100_000 } as const

function dosage(input: PrescriptionInput): Draft {
  const text = prose('dosage', input.dosage)
  const dose = number('dose', input.dose, few)
  const times = number('times', input.times, { least: 1, most: 48, whole: true })
  const days = number('days', input.days, { least: 1, most: 3650, whole: true })
  if (text === '' && dose === undefined) throw refused('dosage', 'missing')
  if (text === '' && times === undefined && !input.asNeeded) throw refused('times', 'missing')
  const lasts = days !== undefined && quantity(days, 'days', 'd')
  const repeat = times !== undefined && {
    boundsDuration: lasts || undefined,
    frequency: times,
    period: 1,
    periodUnit: 'd',
  }
  return {
    text,
    timing: { repeat: repeat || (lasts ? { boundsDuration: lasts } : undefined) },
    asNeededBoolean: input.asNeeded ? true : undefined,
    doseAndRate: dose === undefined ? undefined : [{ doseQuantity: quantity(dose, 'doseUnit', input.doseUnit) }],
  }
}

/** MedicationRequest: an order. */
export function prescription(input: PrescriptionInput, { patient, author, now }: Context): Draft {
  const amount = number('quantity', input.quantity, few)
  const days = number('days', input.days)
  return {
    resourceType: 'MedicationRequest',
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: chosen('medication', input.medication),
    subject: patient,
    authoredOn: now,
    requester: author,
    reasonCode: [worded('reason', input.reason)],
    note: notes(input.note),
    dosageInstruction: [dosage(input)],
    dispenseRequest: {
      validityPeriod: period(['validFrom', input.validFrom], ['validUntil', input.validUntil]),
      numberOfRepeatsAllowed: number('refills', input.refills, { least: 0, most: 99, whole: true }),
      quantity: amount === undefined ? undefined : quantity(amount, 'quantityUnit', input.quantityUnit),
      expectedSupplyDuration: days === undefined ? undefined : quantity(days, 'days', 'd'),
    },
  }
}

export type DispenseInput = {
  readonly medication: Pick
  /** The prescription it answers. */
  readonly prescription?: Reference
  readonly quantity: Amount
  readonly quantityUnit?: string
  readonly days?: Amount
  readonly dosage?: string
  /** Another product than the one prescribed, and why. */
  readonly substituted?: boolean
  readonly substitutionReason?: string
  readonly date?: When
  readonly note?: string
}

/** MedicationDispense: handed over. */
export function dispense(input: DispenseInput, context: Context): Draft {
  const { patient, author, now } = context
  const days = number('days', input.days, { least: 1, most: 3650, whole: true })
  const reason = worded('substitutionReason', input.substitutionReason)
  return {
    resourceType: 'MedicationDispense',
    status: 'completed',
    medicationCodeableConcept: chosen('medication', input.medication),
    subject: patient,
    performer: author && [{ actor: author }],
    authorizingPrescription: input.prescription && [input.prescription],
    quantity: quantity(counted('quantity', input.quantity, few), 'quantityUnit', input.quantityUnit),
    daysSupply: days === undefined ? undefined : quantity(days, 'days', 'd'),
    whenHandedOver: happened('date', input.date, context) ?? now,
    dosageInstruction: [{ text: prose('dosage', input.dosage) }],
    substitution: input.substituted === undefined ? undefined : { wasSubstituted: input.substituted, reason: [reason] },
    note: notes(input.note),
  }
}
