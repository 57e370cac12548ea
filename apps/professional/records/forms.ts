/** Which forms a profession writes, the most used first: what a person does not write is not offered. */
import type { Profession } from '@salus/directory/matrix'
import type { FormName } from '@salus/fhir/forms'

/** Every form somebody who treats people can write, in the order of how often. */
export const writable = [
  ...([
    'prescription',
    'visitNote',
    'diagnosis',
    'allergy',
    'testOrder',
    'result',
    'procedure',
    'immunization',
  ] as const),
  ...(['carePlan', 'dispense', 'document', 'administrative'] as const),
] as const satisfies readonly FormName[]
type Writable = (typeof writable)[number]

const medical: readonly Writable[] = writable.filter((one) => one !== 'dispense')

const table: Readonly<Record<Profession, readonly Writable[]>> = {
  physician: medical,
  'emergency-physician': medical,
  midwife: medical,
  dentist: ['visitNote', 'procedure', 'prescription', 'diagnosis', 'allergy', 'testOrder', 'carePlan', 'document'],
  nurse: ['visitNote', 'result', 'procedure', 'immunization', 'allergy', 'carePlan', 'document'],
  pharmacist: ['dispense', 'immunization', 'allergy', 'document', 'visitNote'],
  biologist: ['result', 'testOrder', 'visitNote', 'document'],
  radiologist: ['result', 'procedure', 'visitNote', 'document'],
  physiotherapist: ['visitNote', 'procedure', 'carePlan', 'document'],
  psychologist: ['visitNote', 'diagnosis', 'carePlan', 'document'],
  dietitian: ['visitNote', 'carePlan', 'document'],
  'social-worker': ['carePlan', 'visitNote', 'document', 'administrative'],
  secretary: ['administrative', 'document'],
  keeper: [],
}

/** What `profession` writes. The node does not check it: a kind is inside the seal. */
export const formsOf = (profession: Profession | undefined): readonly Writable[] =>
  profession ? table[profession] : []
