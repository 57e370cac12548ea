/** The demonstration's patients and their records: small FHIR R4 bundles, all invented, marked as samples. */

type Coding = { system: string; code: string; display: string }
type SamplePatient = {
  readonly file: string
  readonly id: string
  readonly family: string
  readonly given: string
  readonly birthDate: string
  readonly gender: 'female' | 'male' | 'other'
  readonly allergy: Coding | undefined
  readonly problem: Coding
  readonly medication: string
  readonly dosage: string
  readonly vaccine: string
  readonly weight: number
  readonly ldl: number
}

const snomed = (code: string, display: string): Coding => ({ system: 'http://snomed.info/sct', code, display })

/** Four patients; the last is left unclaimed, for the newcomer to claim. */
export const samplePatients: readonly SamplePatient[] = [
  {
    ...{
      file: 'ines-delcourt',
      id: 'sample-1',
      family: 'Delcourt (sample)',
      given: 'Inès',
      birthDate: '1984-03-09',
      gender: 'female',
    },
    allergy: snomed('91936005', 'Allergy to penicillin'),
    problem: snomed('195967001', 'Asthma'),
    ...{
      medication: 'Salbutamol 100 µg',
      dosage: '2 puffs when breathing is hard',
      vaccine: 'Influenza',
      weight: 61,
      ldl: 2.9,
    },
  },
  {
    ...{
      file: 'marc-ferrand',
      id: 'sample-2',
      family: 'Ferrand (sample)',
      given: 'Marc',
      birthDate: '1957-11-22',
      gender: 'male',
    },
    allergy: undefined,
    problem: snomed('38341003', 'Hypertension'),
    ...{ medication: 'Amlodipine 5 mg', dosage: '1 tablet in the morning', vaccine: 'Tetanus', weight: 88, ldl: 4.1 },
  },
  {
    ...{
      file: 'lou-bertrand',
      id: 'sample-3',
      family: 'Bertrand (sample)',
      given: 'Lou',
      birthDate: '1999-06-30',
      gender: 'other',
    },
    allergy: snomed('91935009', 'Allergy to peanut'),
    problem: snomed('37796009', 'Migraine'),
    ...{
      medication: 'Ibuprofen 400 mg',
      dosage: '1 tablet with food, three times a day at most',
      vaccine: 'HPV',
      weight: 70,
      ldl: 2.4,
    },
  },
  {
    ...{
      file: 'paul-renaud',
      id: 'sample-4',
      family: 'Renaud (sample)',
      given: 'Paul',
      birthDate: '1941-01-15',
      gender: 'male',
    },
    allergy: snomed('294505008', 'Allergy to amoxicillin'),
    problem: snomed('44054006', 'Type 2 diabetes'),
    ...{
      medication: 'Metformin 850 mg',
      dosage: '1 tablet morning and evening',
      vaccine: 'Pneumococcal',
      weight: 79,
      ldl: 3.3,
    },
  },
]

const loinc = (code: string, display: string) => ({ coding: [{ system: 'http://loinc.org', code, display }] })
const category = (code: string) => [
  { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }] },
]

/** A clinical status: R4 asks for one (ait-1), readers want one. */
const active = (list: string) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${list}`, code: 'active' }],
})

type Measured = { value: number; unit: string; at?: string; high?: number }

function observation(id: string, subject: object, kind: string, code: object, measured: Measured): object {
  const { value, unit, at = '2026-09-14', high } = measured
  const quantity = (of: number) => ({ value: of, unit, system: 'http://unitsofmeasure.org', code: unit })
  return {
    ...{ resourceType: 'Observation', id, status: 'final', category: category(kind), code, subject },
    ...{
      effectiveDateTime: at,
      valueQuantity: quantity(value),
      ...(high === undefined ? {} : { referenceRange: [{ high: quantity(high) }] }),
    },
  }
}

/** Three of the same test, so that there is a curve: the newest is the sample's own value. */
const ldl = (p: SamplePatient, subject: object): object[] =>
  [
    { id: `${p.id}-ldl-2024`, value: p.ldl + 1.1, at: '2024-09-09' },
    { id: `${p.id}-ldl-2025`, value: p.ldl + 0.5, at: '2025-09-15' },
    { id: `${p.id}-ldl`, value: p.ldl, at: '2026-09-14' },
  ].map(({ id, value, at }) =>
    observation(id, subject, 'laboratory', loinc('22748-8', 'LDL cholesterol'), {
      ...{ value: Math.round(value * 10) / 10, unit: 'mmol/L', at, high: 3.4 },
    }),
  )

/** An allergy that nobody should miss. */
const severe = (p: SamplePatient, code: Coding, subject: object): object => ({
  ...{ resourceType: 'AllergyIntolerance', id: `${p.id}-allergy`, criticality: 'high', patient: subject },
  clinicalStatus: active('allergyintolerance-clinical'),
  code: { coding: [code] },
  reaction: [{ manifestation: [{ text: 'Hives, swelling of the face' }], severity: 'severe' }],
})

/** One patient's bundle, as a hospital's system would send it. */
export function sampleBundle(p: SamplePatient): object {
  const subject = { reference: `Patient/${p.id}` }
  const resources: object[] = [
    {
      ...{ resourceType: 'Patient', id: p.id, gender: p.gender, birthDate: p.birthDate },
      name: [{ use: 'official', family: p.family, given: [p.given] }],
    },
    {
      ...{ resourceType: 'Condition', id: `${p.id}-condition`, clinicalStatus: active('condition-clinical') },
      ...{ code: { coding: [p.problem] }, subject },
    },
    {
      ...{ resourceType: 'MedicationRequest', id: `${p.id}-medication`, status: 'active', intent: 'order', subject },
      ...{ medicationCodeableConcept: { text: p.medication }, authoredOn: '2026-09-14' },
      dosageInstruction: [{ text: p.dosage }],
    },
    {
      ...{ resourceType: 'Immunization', id: `${p.id}-vaccine`, status: 'completed', patient: subject },
      ...{ vaccineCode: { text: p.vaccine }, occurrenceDateTime: '2025-10-20' },
    },
    observation(`${p.id}-weight`, subject, 'vital-signs', loinc('29463-7', 'Body weight'), {
      ...{ value: p.weight, unit: 'kg' },
    }),
    ...ldl(p, subject),
    {
      ...{ resourceType: 'Procedure', id: `${p.id}-procedure`, status: 'completed', subject },
      ...{ code: { coding: [snomed('268400002', '12 lead electrocardiogram')] }, performedDateTime: '2026-09-14' },
    },
  ]
  if (p.allergy) resources.push(severe(p, p.allergy, subject))
  const entry = resources.map((resource) => ({ resource }))
  return { resourceType: 'Bundle', type: 'collection', entry }
}
