/** The fields of all thirteen forms of `fhir/forms`, in the order a person thinks of them, with their words. Data only. */
import type { FormInput, FormName } from '@salus/fhir/forms'
import type { Both } from '../../language.ts'
import { clinicalRows } from './clinical.ts'
import { orderRows } from './orders.ts'
import { paperRows } from './papers.ts'
import type { Row } from './row.ts'

/** What a form is called. */
export const formWords: Readonly<Record<FormName, Both>> = {
  visitNote: { en: 'Visit note', fr: 'Note de consultation' },
  prescription: { en: 'Prescription', fr: 'Ordonnance' },
  diagnosis: { en: 'Diagnosis', fr: 'Diagnostic' },
  carePlan: { en: 'Treatment plan', fr: 'Plan de soins' },
  allergy: { en: 'Allergy', fr: 'Allergie' },
  result: { en: 'Result', fr: 'Résultat' },
  procedure: { en: 'Operation or procedure', fr: 'Opération ou acte' },
  immunization: { en: 'Vaccination', fr: 'Vaccination' },
  document: { en: 'Document', fr: 'Document' },
  administrative: { en: 'Administrative document', fr: 'Document administratif' },
  testOrder: { en: 'Test order', fr: 'Demande d’examen' },
  dispense: { en: 'Dispensing', fr: 'Délivrance' },
  homeReading: { en: 'Measurement at home', fr: 'Mesure à la maison' },
}

const all = { ...paperRows, ...orderRows, ...clinicalRows }

/** Fields that no person fills in: what the form answers is known by where it was opened. */
type Given = 'order' | 'prescription'
type Asked<Name extends FormName> = (typeof all)[Name][number]['at']
/** Every field of every input has a row, and no row names what is no field: anything else does not compile. */
type Complete = {
  [Name in FormName]: Exclude<keyof FormInput<Name>, Given> extends Asked<Name>
    ? Asked<Name> extends keyof FormInput<Name>
      ? readonly Row[]
      : never
    : never
}

/** U6 The rows of each form. */
export const formRows: Readonly<Record<FormName, readonly Row[]>> = all satisfies Complete
