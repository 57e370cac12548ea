/** Rows of words and papers: visit note, document, administrative document. */
import { administrativePapers, type Choice, options, papers } from '@salus/fhir/forms/choices'
import { shared } from './clinical.ts'
import type { Row } from './row.ts'

const file = {
  at: 'file',
  kind: 'file',
  label: { en: 'File', fr: 'Fichier' },
  help: { en: 'PDF, JPEG, PNG or DICOM, 10 MB at most.', fr: 'PDF, JPEG, PNG ou DICOM, 10 Mo au plus.' },
  accept: '.pdf,.png,.jpg,.jpeg,.dcm,application/pdf,image/png,image/jpeg,application/dicom',
  // The form's own limit (fhir/forms MAX_UPLOAD): what is beyond it is refused there too.
  most: 10 * 1024 * 1024,
} as const

const paper = (choices: readonly Choice[]) =>
  [
    { at: 'title', kind: 'text', must: true, label: { en: 'Title', fr: 'Titre' } },
    file,
    { at: 'kind', kind: 'pick', choices: () => choices, label: { en: 'Kind of document', fr: 'Type de document' } },
    { at: 'date', kind: 'when', label: { en: 'Date on it', fr: 'Date du document' }, help: shared.roughly },
    {
      at: 'text',
      kind: 'lines',
      label: { en: 'Words', fr: 'Texte' },
      help: { en: 'Instead of a file, or beside it.', fr: 'À la place d’un fichier, ou en plus.' },
    },
  ] as const

export const paperRows = {
  visitNote: [
    {
      at: 'kind',
      kind: 'select',
      options: options.visit,
      start: 'AMB',
      label: { en: 'Kind of visit', fr: 'Type de visite' },
    },
    { at: 'title', kind: 'text', label: { en: 'What it was, in a line', fr: 'En une ligne' } },
    { at: 'reason', kind: 'text', label: { en: 'Why the patient came', fr: 'Motif de consultation' } },
    { at: 'note', kind: 'lines', must: true, label: shared.note },
    { at: 'date', kind: 'day', more: true, label: shared.day },
    { at: 'until', kind: 'day', more: true, label: shared.until },
  ],
  document: paper(papers),
  administrative: paper(administrativePapers),
} as const satisfies Readonly<Record<string, readonly Row[]>>
