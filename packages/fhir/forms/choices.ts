/** Short lists to pick from, with codes and words in both languages. Free text is always possible: a list never closes a form. Data only. */
import type { Language } from '../ips/words.ts'
import type { Pick } from './types.ts'

/** One thing to pick. Without a code where none was sure: the words say it. */
export type Choice = { readonly en: string; readonly fr: string; readonly code?: string; readonly system?: string }

const LOINC = 'http://loinc.org'
const SNOMED = 'http://snomed.info/sct'
const CVX = 'http://hl7.org/fhir/sid/cvx'

type Row = readonly [code: string, en: string, fr: string]
const list = (system: string, rows: readonly Row[]): readonly Choice[] =>
  rows.map(([code, en, fr]) => (code === '' ? { en, fr } : { en, fr, code, system }))

/** A choice as a form's field takes it. */
export const pickOf = ({ code, system, ...words }: Choice, language: Language): Pick =>
  code && system ? { text: words[language], coding: { system, code } } : { text: words[language] }

/** Common allergens (SNOMED CT, "allergy to"), by the category of R4. */
export const allergens = {
  medication: list(SNOMED, [
    ['91936005', 'Penicillin', 'Pénicilline'],
    ['294505008', 'Amoxicillin', 'Amoxicilline'],
    ['293586001', 'Aspirin', 'Aspirine'],
    ['', 'Ibuprofen and other anti-inflammatories', 'Ibuprofène et autres anti-inflammatoires'],
    ['91939003', 'Sulfonamides', 'Sulfamides'],
    ['', 'Cephalosporins', 'Céphalosporines'],
    ['', 'Codeine and other opioids', 'Codéine et autres opioïdes'],
    ['293637006', 'Contrast media', 'Produits de contraste'],
  ]),
  food: list(SNOMED, [
    ['91935009', 'Peanuts', 'Arachide'],
    ['91934008', 'Nuts', 'Fruits à coque'],
    ['91930004', 'Eggs', 'Œufs'],
    ['425525006', 'Milk products', 'Produits laitiers'],
    ['417532002', 'Fish', 'Poisson'],
    ['300913006', 'Shellfish', 'Crustacés et coquillages'],
    ['420174000', 'Wheat', 'Blé'],
    ['714035009', 'Soya', 'Soja'],
  ]),
  environment: list(SNOMED, [
    ['424213003', 'Bee venom', 'Venin d’abeille'],
    ['423058007', 'Wasp venom', 'Venin de guêpe'],
    ['300916003', 'Latex', 'Latex'],
    ['418689008', 'Grass pollen', 'Pollen de graminées'],
    ['419263009', 'Tree pollen', 'Pollen d’arbres'],
    ['232350006', 'House dust mites', 'Acariens'],
    ['232347008', 'Animal dander', 'Poils d’animaux'],
    ['419474003', 'Mould', 'Moisissures'],
  ]),
} as const satisfies Readonly<Record<string, readonly Choice[]>>

/** A laboratory test: its unit (UCUM) and the usual range of adults. The laboratory's own range goes before it. */
export type Test = Choice & { readonly unit: string; readonly low?: string; readonly high?: string }

type TestRow = readonly [code: string, en: string, fr: string, unit: string, low: string, high: string]

const testRows: readonly TestRow[] = [
  ['2345-7', 'Glucose', 'Glycémie', 'mg/dL', '70', '99'],
  ['14749-6', 'Glucose', 'Glycémie', 'mmol/L', '3.9', '5.5'],
  ['4548-4', 'Haemoglobin A1c', 'Hémoglobine glyquée (HbA1c)', '%', '4.0', '5.6'],
  ['2160-0', 'Creatinine', 'Créatinine', 'mg/dL', '0.6', '1.2'],
  ['14682-9', 'Creatinine', 'Créatinine', 'umol/L', '53', '106'],
  ['62238-1', 'Estimated filtration rate', 'Débit de filtration estimé', 'mL/min/{1.73_m2}', '60', ''],
  ['13457-7', 'LDL cholesterol', 'Cholestérol LDL', 'mg/dL', '', '130'],
  ['22748-8', 'LDL cholesterol', 'Cholestérol LDL', 'mmol/L', '', '3.4'],
  ['2085-9', 'HDL cholesterol', 'Cholestérol HDL', 'mg/dL', '40', ''],
  ['14646-4', 'HDL cholesterol', 'Cholestérol HDL', 'mmol/L', '1.0', ''],
  ['2093-3', 'Total cholesterol', 'Cholestérol total', 'mg/dL', '', '200'],
  ['14647-2', 'Total cholesterol', 'Cholestérol total', 'mmol/L', '', '5.2'],
  ['2571-8', 'Triglycerides', 'Triglycérides', 'mg/dL', '', '150'],
  ['14927-8', 'Triglycerides', 'Triglycérides', 'mmol/L', '', '1.7'],
  ['718-7', 'Haemoglobin', 'Hémoglobine', 'g/dL', '12.0', '17.0'],
  ['6690-2', 'White blood cells', 'Leucocytes', '10*9/L', '4.0', '10.0'],
  ['777-3', 'Platelets', 'Plaquettes', '10*9/L', '150', '400'],
  ['2823-3', 'Potassium', 'Potassium', 'mmol/L', '3.5', '5.1'],
  ['2951-2', 'Sodium', 'Sodium', 'mmol/L', '135', '145'],
  ['3016-3', 'TSH', 'TSH', 'm[IU]/L', '0.4', '4.0'],
  ['1742-6', 'ALT', 'ALAT', 'U/L', '', '40'],
  ['1920-8', 'AST', 'ASAT', 'U/L', '', '40'],
  ['1988-5', 'C-reactive protein', 'Protéine C réactive (CRP)', 'mg/L', '', '5'],
  ['6301-6', 'INR', 'INR', '{INR}', '0.8', '1.2'],
  ['2276-4', 'Ferritin', 'Ferritine', 'ng/mL', '30', '300'],
]

/** Laboratory tests (LOINC), to order and to fill in. */
export const tests: readonly Test[] = testRows.map(([code, en, fr, unit, low, high]) => ({
  ...{ en, fr, code, system: LOINC, unit },
  ...(low ? { low } : {}),
  ...(high ? { high } : {}),
}))

/** Examinations to order that are no laboratory value. */
export const examinations: readonly Choice[] = list(LOINC, [
  ['58410-2', 'Blood count', 'Numération formule sanguine'],
  ['24331-1', 'Lipid panel', 'Bilan lipidique'],
  ['36643-5', 'Chest X-ray', 'Radiographie du thorax'],
  ['11524-6', 'Electrocardiogram', 'Électrocardiogramme'],
])

/** Vaccines (CVX). */
export const vaccines: readonly Choice[] = list(CVX, [
  ['213', 'COVID-19', 'COVID-19'],
  ['88', 'Influenza', 'Grippe'],
  ['115', 'Tetanus, diphtheria, whooping cough (adult)', 'Diphtérie, tétanos, coqueluche (adulte)'],
  ['139', 'Tetanus, diphtheria (adult)', 'Diphtérie, tétanos (adulte)'],
  ['20', 'Diphtheria, tetanus, whooping cough (child)', 'Diphtérie, tétanos, coqueluche (enfant)'],
  ['10', 'Poliomyelitis', 'Poliomyélite'],
  ['03', 'Measles, mumps, rubella', 'Rougeole, oreillons, rubéole'],
  ['21', 'Chickenpox', 'Varicelle'],
  ['187', 'Shingles', 'Zona'],
  ['45', 'Hepatitis B', 'Hépatite B'],
  ['85', 'Hepatitis A', 'Hépatite A'],
  ['133', 'Pneumococcus (13 strains)', 'Pneumocoque (13 valences)'],
  ['33', 'Pneumococcus (23 strains)', 'Pneumocoque (23 valences)'],
  ['165', 'Papillomavirus (HPV)', 'Papillomavirus (HPV)'],
  ['108', 'Meningococcus', 'Méningocoque'],
  ['122', 'Rotavirus', 'Rotavirus'],
  ['37', 'Yellow fever', 'Fièvre jaune'],
  ['18', 'Rabies', 'Rage'],
  ['19', 'Tuberculosis (BCG)', 'Tuberculose (BCG)'],
])

/** Kinds of papers (LOINC). The administrative ones are filed as such (sort.ts). */
export const papers: readonly Choice[] = list(LOINC, [
  ['11488-4', 'Letter of a specialist', 'Courrier d’un spécialiste'],
  ['18842-5', 'Discharge summary', 'Compte rendu d’hospitalisation'],
  ['57133-1', 'Referral letter', 'Lettre d’adressage'],
  ['57833-6', 'Prescription', 'Ordonnance'],
  ['11502-2', 'Laboratory report', 'Compte rendu d’analyses'],
  ['18748-4', 'Imaging report', 'Compte rendu d’imagerie'],
])
export const administrativePapers: readonly Choice[] = list(LOINC, [
  ['51851-4', 'Administrative note', 'Document administratif'],
  ['64290-0', 'Insurance card', 'Carte d’assurance'],
  ['64291-8', 'Insurance form', 'Formulaire d’assurance'],
])

/** One thing to measure at home: the form's limits are those of a living body, to catch slips of the finger. */
export type Reading = {
  readonly key: string
  readonly en: string
  readonly fr: string
  readonly code: string
  readonly unit: string
  readonly least: number
  readonly most: number
  /** Two values under one name: upper, lower. */
  readonly parts?: readonly { readonly code: string; readonly en: string; readonly fr: string }[]
}

/** Vital signs (LOINC, R4 vital signs profile where it has one). */
export const readings = [
  { key: 'weight', code: '29463-7', en: 'Body weight', fr: 'Poids', unit: 'kg', least: 0.3, most: 500 },
  { key: 'height', code: '8302-2', en: 'Body height', fr: 'Taille', unit: 'cm', least: 20, most: 260 },
  {
    ...{ key: 'blood-pressure', code: '85354-9', en: 'Blood pressure', fr: 'Tension artérielle' },
    ...{ unit: 'mm[Hg]', least: 20, most: 320 },
    parts: [
      { code: '8480-6', en: 'Systolic', fr: 'Systolique' },
      { code: '8462-4', en: 'Diastolic', fr: 'Diastolique' },
    ],
  },
  { key: 'heart-rate', code: '8867-4', en: 'Heart rate', fr: 'Pouls', unit: '/min', least: 20, most: 300 },
  { key: 'temperature', code: '8310-5', en: 'Body temperature', fr: 'Température', unit: 'Cel', least: 25, most: 45 },
  {
    key: 'oxygen',
    code: '59408-5',
    en: 'Oxygen saturation',
    fr: 'Saturation en oxygène',
    unit: '%',
    least: 30,
    most: 100,
  },
  {
    key: 'breathing',
    code: '9279-1',
    en: 'Breathing rate',
    fr: 'Fréquence respiratoire',
    unit: '/min',
    least: 3,
    most: 90,
  },
  { key: 'glucose', code: '2339-0', en: 'Blood glucose', fr: 'Glycémie', unit: 'mg/dL', least: 10, most: 1500 },
  { key: 'glucose-molar', code: '15074-8', en: 'Blood glucose', fr: 'Glycémie', unit: 'mmol/L', least: 0.5, most: 85 },
  { key: 'waist', code: '8280-0', en: 'Waist', fr: 'Tour de taille', unit: 'cm', least: 20, most: 300 },
] as const satisfies readonly Reading[]

export type ReadingKey = (typeof readings)[number]['key']

type Words = Readonly<Record<Language, string>>

/** Closed lists of the forms' other fields: the key goes into the form, the words on the screen. */
export const options = {
  severity: {
    mild: { en: 'Mild', fr: 'Légère' },
    moderate: { en: 'Moderate', fr: 'Modérée' },
    severe: { en: 'Severe', fr: 'Sévère' },
  },
  criticality: {
    low: { en: 'Low risk', fr: 'Risque faible' },
    high: { en: 'High risk', fr: 'Risque élevé' },
    'unable-to-assess': { en: 'Not assessed', fr: 'Non évalué' },
  },
  allergyCategory: {
    medication: { en: 'Medicine', fr: 'Médicament' },
    food: { en: 'Food', fr: 'Aliment' },
    environment: { en: 'Environment', fr: 'Environnement' },
    biologic: { en: 'Biologic product', fr: 'Produit biologique' },
  },
  certainty: {
    confirmed: { en: 'Confirmed', fr: 'Confirmé' },
    provisional: { en: 'Provisional', fr: 'Provisoire' },
    differential: { en: 'One of several possibilities', fr: 'Diagnostic différentiel' },
    unconfirmed: { en: 'Not confirmed', fr: 'Non confirmé' },
    refuted: { en: 'Ruled out', fr: 'Écarté' },
  },
  visit: {
    AMB: { en: 'Consultation', fr: 'Consultation' },
    HH: { en: 'Home visit', fr: 'Visite à domicile' },
    VR: { en: 'Remote consultation', fr: 'Téléconsultation' },
    EMER: { en: 'Emergency', fr: 'Urgences' },
    IMP: { en: 'Hospital stay', fr: 'Hospitalisation' },
  },
  priority: {
    routine: { en: 'Routine', fr: 'Habituelle' },
    urgent: { en: 'Urgent', fr: 'Urgente' },
    asap: { en: 'As soon as possible', fr: 'Dès que possible' },
    stat: { en: 'At once', fr: 'Immédiate' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Words>>>>

/** The keys of one of those lists. */
export const keysOf = <T extends object>(list: T): readonly (keyof T & string)[] =>
  Object.keys(list) as (keyof T & string)[]
