/** Rows of what is ordered and handed over: prescription, test order, dispensing, treatment plan. */
import { examinations, options, tests } from '@salus/fhir/forms/choices'
import { shared } from './clinical.ts'
import type { Pickable, Row, Values } from './row.ts'

/** A test is ordered by its name, whatever unit the laboratory uses; the first of a name stands for it. */
const orderable: readonly Pickable[] = [
  ...examinations,
  ...tests.filter((one, at) => tests.findIndex(({ en }) => en === one.en) === at),
]

const unit = { en: 'Unit', fr: 'Unité' }
const oneEach = { en: 'One on each line.', fr: 'Une par ligne.' }

export const orderRows = {
  prescription: [
    { at: 'medication', kind: 'text', must: true, label: { en: 'Medicine', fr: 'Médicament' } },
    {
      at: 'dosage',
      kind: 'lines',
      label: { en: 'How to take it', fr: 'Posologie' },
      help: { en: 'In words, or by the fields below.', fr: 'En mots, ou par les champs ci-dessous.' },
    },
    { at: 'dose', kind: 'number', label: { en: 'At each time', fr: 'Par prise' } },
    { at: 'doseUnit', kind: 'text', label: unit, help: { en: 'Tablet, mL, mg …', fr: 'Comprimé, mL, mg …' } },
    { at: 'times', kind: 'number', label: { en: 'Times a day', fr: 'Prises par jour' } },
    { at: 'days', kind: 'number', label: { en: 'For how many days', fr: 'Pendant combien de jours' } },
    { at: 'asNeeded', kind: 'yes', label: { en: 'Only when needed', fr: 'Si besoin seulement' } },
    { at: 'reason', kind: 'text', label: shared.reason },
    { at: 'quantity', kind: 'number', more: true, label: { en: 'Quantity to hand out', fr: 'Quantité à délivrer' } },
    {
      at: 'quantityUnit',
      kind: 'text',
      more: true,
      label: { en: 'Unit of the quantity', fr: 'Unité de la quantité' },
    },
    {
      at: 'refills',
      kind: 'number',
      more: true,
      label: { en: 'May be renewed (times)', fr: 'Renouvellements' },
    },
    { at: 'validFrom', kind: 'day', more: true, label: { en: 'Valid from', fr: 'Valable du' } },
    { at: 'validUntil', kind: 'day', more: true, label: { en: 'Valid until', fr: 'Valable jusqu’au' } },
    { at: 'note', kind: 'lines', more: true, label: shared.note },
  ],
  testOrder: [
    { at: 'test', kind: 'pick', must: true, choices: () => orderable, label: { en: 'Test', fr: 'Examen' } },
    {
      at: 'priority',
      kind: 'select',
      options: options.priority,
      start: 'routine',
      label: { en: 'Priority', fr: 'Priorité' },
    },
    { at: 'reason', kind: 'text', label: shared.reason },
    { at: 'date', kind: 'day', label: { en: 'To be done on', fr: 'À faire le' } },
    {
      at: 'instruction',
      kind: 'lines',
      label: { en: 'For the patient (fasting, where to go)', fr: 'Pour le patient (à jeun, où aller)' },
    },
    { at: 'note', kind: 'lines', more: true, label: shared.note },
  ],
  dispense: [
    { at: 'medication', kind: 'text', must: true, label: { en: 'Medicine handed out', fr: 'Médicament délivré' } },
    { at: 'quantity', kind: 'number', must: true, label: { en: 'Quantity', fr: 'Quantité' } },
    { at: 'quantityUnit', kind: 'text', label: unit },
    { at: 'days', kind: 'number', label: { en: 'Enough for (days)', fr: 'Pour (jours)' } },
    { at: 'dosage', kind: 'lines', label: { en: 'How to take it', fr: 'Posologie' } },
    {
      at: 'substituted',
      kind: 'yes',
      label: { en: 'Another product than prescribed', fr: 'Autre produit que celui prescrit' },
    },
    {
      at: 'substitutionReason',
      kind: 'text',
      when: (values: Values) => values.substituted === true,
      label: { en: 'Why another one', fr: 'Pourquoi un autre' },
    },
    { at: 'date', kind: 'day', more: true, label: shared.day },
    { at: 'note', kind: 'lines', more: true, label: shared.note },
  ],
  carePlan: [
    { at: 'title', kind: 'text', must: true, label: { en: 'Title', fr: 'Titre' } },
    { at: 'description', kind: 'lines', label: { en: 'What it is about', fr: 'De quoi il s’agit' } },
    { at: 'goals', kind: 'list', label: { en: 'Goals', fr: 'Objectifs' }, help: oneEach },
    { at: 'steps', kind: 'list', label: { en: 'Steps', fr: 'Étapes' }, help: oneEach },
    { at: 'from', kind: 'day', label: { en: 'From', fr: 'Du' } },
    { at: 'until', kind: 'day', label: shared.until },
    { at: 'note', kind: 'lines', more: true, label: shared.note },
  ],
} as const satisfies Readonly<Record<string, readonly Row[]>>
