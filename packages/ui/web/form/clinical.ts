/** Rows of what is found and done: diagnosis, allergy, result, procedure, vaccination, a reading at home. */
import { allergens, options, type Reading, readings, tests, vaccines } from '@salus/fhir/forms/choices'
import type { Both } from '../../language.ts'
import type { Pickable, Row, Values } from './row.ts'

/** UCUM codes as people write them, where that differs. The form turns either into the code. */
const units: Readonly<Record<string, string>> = {
  ...{ 'mm[Hg]': 'mmHg', Cel: '°C', 'umol/L': 'µmol/L', '10*9/L': '10⁹/L', 'm[IU]/L': 'mIU/L' },
  ...{ 'mL/min/{1.73_m2}': 'mL/min/1.73 m²' },
}
const writtenUnit = (unit: string): string => units[unit] ?? unit

/** Words that several forms share. */
export const shared = {
  note: { en: 'Note', fr: 'Remarque' },
  day: { en: 'Date', fr: 'Date' },
  reason: { en: 'Reason', fr: 'Motif' },
  site: { en: 'Where in the body', fr: 'Partie du corps' },
  until: { en: 'Until', fr: 'Jusqu’au' },
  roughly: {
    en: 'A year, a month or a day: 2019, 05/2019, 21/05/2019.',
    fr: 'Une année, un mois ou un jour : 2019, 05/2019, 21/05/2019.',
  },
  severity: { en: 'How severe', fr: 'Gravité' },
} as const satisfies Record<string, Both>

const substances: readonly Pickable[] = Object.entries(allergens).flatMap(([category, list]) =>
  list.map((one) => ({ ...one, fills: { category } })),
)
const substancesOf = ({ category }: Values): readonly Pickable[] => {
  const narrowed = substances.filter((one) => one.fills?.category === category)
  return narrowed.length > 0 ? narrowed : substances
}

const testChoices: readonly Pickable[] = tests.map(({ unit, low = '', high = '', ...one }) => ({
  ...one,
  more: writtenUnit(unit),
  fills: { unit: writtenUnit(unit), low, high },
}))

const readingOf = ({ reading }: Values): Reading | undefined => readings.find(({ key }) => key === reading)
const readingWords: Readonly<Record<string, Both>> = Object.fromEntries(
  readings.map(({ key, en, fr, unit }) => [
    key,
    { en: `${en} (${writtenUnit(unit)})`, fr: `${fr} (${writtenUnit(unit)})` },
  ]),
)
/** The part's own name where a reading has two values. */
const valueWords =
  (part: 0 | 1) =>
  (values: Values): Both => {
    const found = readingOf(values)
    const { en, fr } = found?.parts?.[part] ?? { en: 'Value', fr: 'Valeur' }
    const unit = found ? ` (${writtenUnit(found.unit)})` : ''
    return { en: `${en}${unit}`, fr: `${fr}${unit}` }
  }

export const clinicalRows = {
  diagnosis: [
    { at: 'problem', kind: 'text', must: true, label: { en: 'What it is', fr: 'De quoi s’agit-il' } },
    { at: 'certainty', kind: 'select', options: options.certainty, label: { en: 'How sure', fr: 'Certitude' } },
    { at: 'severity', kind: 'select', options: options.severity, label: shared.severity },
    { at: 'onset', kind: 'when', label: { en: 'Since when', fr: 'Depuis quand' }, help: shared.roughly },
    { at: 'ended', kind: 'when', more: true, label: { en: 'Over since', fr: 'Terminé depuis' }, help: shared.roughly },
    { at: 'site', kind: 'text', more: true, label: shared.site },
    { at: 'note', kind: 'lines', more: true, label: shared.note },
  ],
  allergy: [
    {
      at: 'category',
      kind: 'select',
      options: options.allergyCategory,
      label: { en: 'Kind of allergy', fr: 'Type d’allergie' },
    },
    {
      at: 'substance',
      kind: 'pick',
      must: true,
      choices: substancesOf,
      label: { en: 'Allergic to', fr: 'Allergie à' },
    },
    { at: 'reaction', kind: 'text', label: { en: 'What happens', fr: 'Réaction' } },
    { at: 'severity', kind: 'select', options: options.severity, label: shared.severity },
    { at: 'criticality', kind: 'select', options: options.criticality, label: { en: 'Risk', fr: 'Risque' } },
    { at: 'onset', kind: 'when', more: true, label: { en: 'Since when', fr: 'Depuis quand' }, help: shared.roughly },
    { at: 'note', kind: 'lines', more: true, label: shared.note },
  ],
  result: [
    { at: 'test', kind: 'pick', must: true, choices: () => testChoices, label: { en: 'Test', fr: 'Examen' } },
    {
      at: 'value',
      kind: 'number',
      label: { en: 'Value', fr: 'Valeur' },
      help: { en: 'A number, with < or > before it for a bound.', fr: 'Un nombre, précédé de < ou > pour une borne.' },
    },
    { at: 'unit', kind: 'text', label: { en: 'Unit', fr: 'Unité' } },
    { at: 'low', kind: 'number', label: { en: 'Normal from', fr: 'Normale : de' } },
    { at: 'high', kind: 'number', label: { en: 'Normal to', fr: 'Normale : à' } },
    { at: 'words', kind: 'text', label: { en: 'Or a finding in words', fr: 'Ou un résultat en mots' } },
    { at: 'date', kind: 'day', label: { en: 'Date of the sample', fr: 'Date du prélèvement' } },
    { at: 'note', kind: 'lines', more: true, label: shared.note },
  ],
  procedure: [
    { at: 'procedure', kind: 'text', must: true, label: { en: 'What was done', fr: 'Ce qui a été fait' } },
    { at: 'date', kind: 'when', label: shared.day, help: shared.roughly },
    { at: 'reason', kind: 'text', label: shared.reason },
    { at: 'outcome', kind: 'text', label: { en: 'Outcome', fr: 'Issue' } },
    { at: 'until', kind: 'when', more: true, label: shared.until, help: shared.roughly },
    { at: 'site', kind: 'text', more: true, label: shared.site },
    { at: 'note', kind: 'lines', more: true, label: shared.note },
  ],
  immunization: [
    { at: 'vaccine', kind: 'pick', must: true, choices: () => vaccines, label: { en: 'Vaccine', fr: 'Vaccin' } },
    { at: 'date', kind: 'when', label: { en: 'Given on', fr: 'Reçu le' }, help: shared.roughly },
    { at: 'dose', kind: 'number', label: { en: 'Which dose (1, 2 …)', fr: 'Quelle dose (1, 2 …)' } },
    { at: 'lot', kind: 'text', label: { en: 'Lot number', fr: 'Numéro de lot' } },
    { at: 'expires', kind: 'when', more: true, label: { en: 'Expires', fr: 'Péremption' }, help: shared.roughly },
    { at: 'site', kind: 'text', more: true, label: shared.site },
    { at: 'maker', kind: 'text', more: true, label: { en: 'Maker', fr: 'Fabricant' } },
    { at: 'note', kind: 'lines', more: true, label: shared.note },
  ],
  homeReading: [
    {
      at: 'reading',
      kind: 'select',
      must: true,
      options: readingWords,
      start: 'weight',
      label: { en: 'What you measured', fr: 'Ce que vous avez mesuré' },
    },
    { at: 'value', kind: 'number', must: true, label: valueWords(0) },
    {
      at: 'lower',
      kind: 'number',
      must: true,
      label: valueWords(1),
      when: (values: Values) => readingOf(values)?.parts !== undefined,
    },
    {
      at: 'date',
      kind: 'moment',
      label: { en: 'When', fr: 'Quand' },
      help: { en: 'Now, when left empty.', fr: 'Maintenant, si vide.' },
    },
    { at: 'note', kind: 'lines', more: true, label: shared.note },
  ],
} as const satisfies Readonly<Record<string, readonly Row[]>>
