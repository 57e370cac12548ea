/**
 * D20 Which profession may ask for which category: filters a request before the patient is ever asked (records.md §3.3,
 * after the French "matrice d'habilitation"). Consent can only be given inside it, never beyond. Writing needs no row.
 */
import { type Category, categories } from '@salus/base/categories'

/** The closed list of professions. */
export const professions = [
  'physician',
  'emergency-physician',
  'nurse',
  'midwife',
  'pharmacist',
  'dentist',
  'biologist',
  'radiologist',
  'physiotherapist',
  'psychologist',
  'dietitian',
  'social-worker',
  'secretary',
  // No person: the emergency keeper of an organisation, a process. It may ask for nothing and read nothing.
  'keeper',
] as const
export type Profession = (typeof professions)[number]

const all: readonly Category[] = categories
const clinical = all.filter((one) => one !== 'administrative')
const vital: readonly Category[] = ['allergies', 'problems', 'medications', 'devices']

/** The matrix itself. Every profession has a row; a category that is not listed cannot be asked for. */
export const matrix: Readonly<Record<Profession, readonly Category[]>> = {
  physician: all,
  'emergency-physician': clinical,
  nurse: clinical.filter((one) => one !== 'directives'),
  midwife: [
    ...vital,
    'procedures',
    'immunizations',
    'results',
    'imaging',
    'vitals',
    'social',
    'pregnancy',
    'visits',
    'plans',
  ],
  pharmacist: [...vital, 'procedures', 'immunizations', 'results', 'vitals', 'pregnancy', 'plans'],
  dentist: [...vital, 'procedures', 'imaging', 'pregnancy'],
  biologist: [...vital, 'results', 'pregnancy'],
  radiologist: [...vital, 'procedures', 'results', 'imaging', 'pregnancy'],
  physiotherapist: ['allergies', 'problems', 'procedures', 'devices', 'imaging', 'plans'],
  psychologist: ['problems', 'medications', 'social', 'visits', 'plans', 'directives'],
  dietitian: ['allergies', 'problems', 'medications', 'results', 'vitals', 'pregnancy', 'plans'],
  'social-worker': ['social', 'plans', 'administrative'],
  secretary: ['administrative'],
  keeper: [],
}

/** May this profession ask for this category? */
export const mayAsk = (profession: Profession, category: Category): boolean => matrix[profession].includes(category)

/** D33 Who may break the glass, and second it: those who treat people in an emergency. */
const emergency: ReadonlySet<Profession> = new Set(['physician', 'emergency-physician', 'nurse', 'midwife'])

/** May this profession open a record in an emergency, or second a colleague who does? */
export const mayBreakGlass = (profession: Profession): boolean => emergency.has(profession)
