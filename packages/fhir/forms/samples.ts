/** For tests: one full form of each kind, about people who do not exist. */
import { utf8 } from '@salus/base/bytes'
import { type FormInput, type FormName, forms } from '../forms.ts'
import type { Context, Written } from './types.ts'

export const now = '2026-11-21T09:00:00Z'
const handle = (value: string, type: string, display: string) => ({
  ...{ type, display },
  identifier: { system: 'https://salus.invalid/handle', value },
})
export const context: Context = {
  ...{ id: 'form-1', now, patient: handle('p', 'Patient', 'Ada Sample (sample)') },
  author: handle('d', 'Practitioner', 'Dr Sample (sample)'),
}
const about = { reference: 'MedicationRequest/rx-1' }
export const pdf = { bytes: utf8('%PDF-1.4 sample'), contentType: 'application/pdf', name: 'letter.pdf' }

/** A full form of each kind, where it is filed, and words that its card must show. */
export const full: { [Name in FormName]: readonly [FormInput<Name>, string, string, readonly string[]] } = {
  visitNote: [
    {
      kind: 'HH',
      title: 'Follow-up',
      note: 'Feels better.\nSleeps < 6 h & walks.',
      reason: 'Cough',
      date: '2026-11-20',
    },
    ...(['visits', 'visit', ['Follow-up', 'Feels better.\nSleeps < 6 h & walks.', 'Cough', 'home visit']] as const),
  ],
  prescription: [
    {
      ...{ medication: 'Amoxicillin 500 mg', dosage: '1 capsule morning and evening', dose: '1', doseUnit: 'capsule' },
      ...{ times: '2', days: '7', quantity: '14', quantityUnit: 'capsules', refills: '1', validFrom: '2026-11-21' },
      ...{ validUntil: '2027-02-21', reason: 'Bronchitis', note: 'With food', asNeeded: false },
    },
    ...([
      'medications',
      'prescription',
      ['Amoxicillin 500 mg', '14 capsules', 'Bronchitis', 'Dr Sample (sample)'],
    ] as const),
  ],
  diagnosis: [
    {
      problem: 'Asthma',
      certainty: 'provisional',
      severity: 'moderate',
      onset: '2019',
      site: 'Lung',
      note: 'Seasonal',
    },
    ...(['problems', 'problem', ['Asthma', 'moderate', 'provisional', '2019', 'Lung', 'Seasonal']] as const),
  ],
  carePlan: [
    {
      title: 'Walk more',
      description: 'Slowly',
      steps: ['20 minutes', 'Stairs'],
      goals: ['5 kg less'],
      until: '2027-05',
    },
    ...(['plans', 'plan', ['Walk more', 'Slowly', '20 minutes', 'Stairs', '5 kg less']] as const),
  ],
  allergy: [
    {
      substance: 'Peanuts',
      category: 'food',
      criticality: 'high',
      reaction: 'Hives',
      severity: 'severe',
      onset: '2001-05',
    },
    ...(['allergies', 'allergy', ['Peanuts', 'Hives', 'severe', 'high risk']] as const),
  ],
  result: [
    { test: 'Potassium', value: '5,60', unit: 'mmol/L', low: '3.50', high: '5.1', date: '2026-11-20', note: 'Repeat' },
    ...(['results', 'result', ['Potassium', '5.60 mmol/L', '3.50 – 5.1 mmol/L', 'high', 'Repeat']] as const),
  ],
  procedure: [
    { procedure: 'Appendectomy', date: '2020-01-02', until: '2020-01-03', site: 'Abdomen', outcome: 'Good' },
    ...(['procedures', 'procedure', ['Appendectomy', 'Abdomen', 'Good', 'Dr Sample (sample)']] as const),
  ],
  immunization: [
    {
      vaccine: 'Influenza',
      date: '2026-10-01',
      lot: 'L-77',
      expires: '2027-01-31',
      dose: '2',
      site: 'Left arm',
      maker: 'Maker',
    },
    ...(['immunizations', 'immunization', ['Influenza', 'L-77', 'Left arm', 'Maker']] as const),
  ],
  document: [
    { title: 'Letter', kind: 'Consult note', file: pdf, text: 'Beside it', date: '2024-03-02' },
    ...(['documents', 'document', ['Letter', 'Consult note', 'letter.pdf']] as const),
  ],
  administrative: [
    { title: 'Insurance', file: pdf },
    ...(['administrative', 'document', ['Insurance', 'Administrative note']] as const),
  ],
  testOrder: [
    { test: 'TSH', priority: 'urgent', reason: 'Tired', date: '2026-12-01', instruction: 'Fasting', note: 'By Friday' },
    ...(['plans', 'order', ['TSH', 'urgent', 'Tired', 'Fasting', 'By Friday', 'Dr Sample (sample)']] as const),
  ],
  dispense: [
    {
      medication: 'Amoxicillin',
      prescription: about,
      quantity: 14,
      quantityUnit: 'capsules',
      days: 7,
      substituted: true,
    },
    ...(['medications', 'dispense', ['Amoxicillin', '14 capsules', '7 days', 'Dr Sample (sample)']] as const),
  ],
  homeReading: [
    { reading: 'blood-pressure', value: '128', lower: '81', date: '2026-11-21T08:00:00+01:00', note: 'Before coffee' },
    ...(['vitals', 'result', ['Blood pressure', '128/81 mmHg', 'Before coffee']] as const),
  ],
}
export const names = Object.keys(full) as FormName[]
export const fill = (name: FormName, input: unknown, more: Partial<Context> = {}): Written =>
  (forms[name] as (input: unknown, context: Context) => Written)(input, { ...context, ...more })
