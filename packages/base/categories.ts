/** The closed list of categories a professional may ask for, and the two special compartments (architecture §7). */

export const categories = [
  'allergies',
  'problems',
  'medications',
  'procedures',
  'devices',
  'immunizations',
  'results',
  'imaging',
  'vitals',
  'social',
  'pregnancy',
  'visits',
  'plans',
  'directives',
  'documents',
  'administrative',
] as const
export type Category = (typeof categories)[number]

/** `people` goes along with any grant; `hidden` is never given by category nor to a representative. */
export const specialCompartments = ['people', 'hidden'] as const

/** Every compartment has its own key pair in each epoch. */
export const compartments = [...categories, ...specialCompartments] as const
export type Compartment = (typeof compartments)[number]

/** What an author may file a record under: a category or `people`; only the patient moves things to `hidden`. */
export const filings = [...categories, 'people'] as const
export type Filing = (typeof filings)[number]

/** Is `value` one of the sixteen categories? */
export const isCategory = (value: string): value is Category => (categories as readonly string[]).includes(value)
