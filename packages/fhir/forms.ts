/** FHIR as forms write it: plain values in, a valid R4 resource out, or the name of the field that is not complete. */
import type { Json } from '@salus/base/json'
import type { Resource } from './contract.ts'
import { ID_PATTERN } from './contract.ts'
import { writeExact } from './exact.ts'
import { allergy, diagnosis, homeReading, immunization, procedure, result } from './forms/clinical.ts'
import { type Draft, refused, whole } from './forms/fields.ts'
import { dispense, prescription } from './forms/medicines.ts'
import { administrative, carePlan, document, testOrder, visitNote } from './forms/papers.ts'
import type { Context, Written } from './forms/types.ts'
import { filingOf } from './sort.ts'
import { ASSERTED } from './view/read.ts'

/** The resource with its id and tag; its exact text beside it. Elements stand in the drafts' order. */
function written(draft: Draft, { id, selfReported }: Context): Written {
  const { resourceType, ...elements } = whole(draft) as { [element: string]: Json }
  const meta: { [element: string]: Json } = selfReported
    ? { meta: { tag: [{ ...ASSERTED, display: 'patient asserted' }] } }
    : {}
  const tree = { resourceType, id, ...meta, ...elements } as Resource
  const { plain } = writeExact(tree)
  return { resource: plain, fhir: JSON.stringify(tree), filing: filingOf(plain).filing }
}

/** Is what the form cannot ask for there? */
function ready({ id, patient, now }: Context): void {
  if (!ID_PATTERN.test(id)) throw refused('id', 'damaged')
  if (Object.keys(patient).length === 0) throw refused('patient', 'missing')
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(now)) throw refused('now', 'not-a-date')
}

/** F23 A form: throws `form-incomplete` {at, problem}; `always` is laid over the context. */
const form =
  <Input>(draft: (input: Input, context: Context) => Draft, always: Partial<Context> = {}) =>
  (input: Input, given: Context): Written => {
    const context = { ...given, ...always }
    ready(context)
    return written(draft(input, context), context)
  }

/** F23 Every form by name: `forms.prescription(input, context)`. */
export const forms = {
  visitNote: form(visitNote),
  prescription: form(prescription),
  diagnosis: form(diagnosis),
  carePlan: form(carePlan),
  allergy: form(allergy),
  result: form(result),
  procedure: form(procedure),
  immunization: form(immunization),
  document: form(document),
  administrative: form(administrative),
  testOrder: form(testOrder),
  dispense: form(dispense),
  /** Always the patient's own word. */
  homeReading: form(homeReading, { selfReported: true }),
} as const

export type FormName = keyof typeof forms
/** What a form takes. */
export type FormInput<Name extends FormName> = Parameters<(typeof forms)[Name]>[0]
