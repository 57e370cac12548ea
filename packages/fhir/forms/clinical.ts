/** Forms of what is found and done: diagnosis, allergy, result, procedure, vaccination, a reading at home. */
import type { Json } from '@salus/base/json'
import { digitsOf } from '../ips/json.ts'
import { keysOf, options, type Reading, type ReadingKey, readings } from './choices.ts'
import {
  chosen,
  coded,
  concept,
  counted,
  type Draft,
  date,
  happened,
  hl7,
  line,
  member,
  notes,
  number,
  period,
  refused,
  worded,
} from './fields.ts'
import { quantity } from './quantity.ts'
import type { Amount, Context, Pick, Reference, When } from './types.ts'

const SNOMED = 'http://snomed.info/sct'
type Severity = keyof typeof options.severity

/** SNOMED CT's severities, as R4 condition-severity lists them. */
const severityCodes: Readonly<Record<Severity, string>> = { mild: '255604002', moderate: '6736007', severe: '24484000' }

export type DiagnosisInput = {
  readonly problem: Pick
  readonly certainty?: keyof typeof options.certainty
  readonly severity?: Severity
  readonly onset?: When
  /** When it was over; it is active without. */
  readonly ended?: When
  readonly site?: string
  readonly note?: string
}

/** Condition: on the list of problems. */
export function diagnosis(input: DiagnosisInput, context: Context): Draft {
  const { patient, author, now, selfReported } = context
  const severity = member('severity', input.severity, keysOf(options.severity))
  const [onset, ended] = [happened('onset', input.onset, context), happened('ended', input.ended, context)]
  period(['onset', onset], ['ended', ended])
  const certainty =
    member('certainty', input.certainty, keysOf(options.certainty)) ?? (selfReported ? 'unconfirmed' : 'confirmed')
  return {
    resourceType: 'Condition',
    clinicalStatus: coded(
      hl7('condition-clinical'),
      ended ? 'resolved' : certainty === 'refuted' ? 'inactive' : 'active',
    ),
    verificationStatus: coded(hl7('condition-ver-status'), certainty),
    category: [coded(hl7('condition-category'), 'problem-list-item')],
    severity: severity && coded(SNOMED, severityCodes[severity]),
    code: chosen('problem', input.problem),
    bodySite: [worded('site', input.site)],
    subject: patient,
    onsetDateTime: onset,
    abatementDateTime: ended,
    recordedDate: now,
    recorder: author,
    note: notes(input.note),
  }
}

export type AllergyInput = {
  readonly substance: Pick
  readonly category?: keyof typeof options.allergyCategory
  readonly criticality?: keyof typeof options.criticality
  readonly reaction?: string
  readonly severity?: Severity
  readonly onset?: When
  readonly note?: string
}

/** AllergyIntolerance. A severity is one of a reaction: without words for it, it cannot be written. */
export function allergy(input: AllergyInput, context: Context): Draft {
  const { patient, author, now, selfReported } = context
  const reaction = worded('reaction', input.reaction)
  const severity = member('severity', input.severity, keysOf(options.severity))
  if (severity && !reaction) throw refused('reaction', 'missing')
  const category = member('category', input.category, keysOf(options.allergyCategory))
  return {
    resourceType: 'AllergyIntolerance',
    clinicalStatus: coded(hl7('allergyintolerance-clinical'), 'active'),
    verificationStatus: coded(hl7('allergyintolerance-verification'), selfReported ? 'unconfirmed' : 'confirmed'),
    category: [category],
    criticality: member('criticality', input.criticality, keysOf(options.criticality)),
    code: chosen('substance', input.substance),
    patient,
    onsetDateTime: happened('onset', input.onset, context),
    recordedDate: now,
    recorder: author,
    reaction: reaction === undefined ? undefined : [{ manifestation: [reaction], severity }],
    note: notes(input.note),
  }
}

const observed = (category: string): Draft => [coded(hl7('observation-category'), category)]

/** A value as laboratories write it: a bound before the number (`< 0.5`) is R4's comparator. */
function measured(at: string, typed: Amount | undefined, unit: string | undefined): Draft {
  const [, comparator, digits] = /^\s*(<=|>=|<|>|≤|≥)?(.*)$/s.exec(String(typed ?? '')) ?? []
  const value = counted(at, digits?.trim())
  const sign = comparator?.replace('≤', '<=').replace('≥', '>=')
  return { comparator: sign, ...(quantity(value, 'unit', unit) as Record<string, Draft>) }
}

export type ResultInput = {
  readonly test: Pick
  /** A number, with `<` or `>` before it where it is a bound; or leave it out and give `words`. */
  readonly value?: Amount
  readonly unit?: string
  /** A finding in words: positive, A Rh+. */
  readonly words?: string
  readonly low?: Amount
  readonly high?: Amount
  readonly date?: When
  /** The order it answers. */
  readonly order?: Reference
  readonly note?: string
}

/** Observation of a laboratory. Whether it is high or low is told by its range, not by us. */
export function result(input: ResultInput, context: Context): Draft {
  const { patient, author, now } = context
  const words = line('words', input.words)
  const [low, high] = [number('low', input.low), number('high', input.high)]
  if (low !== undefined && high !== undefined && Number(digitsOf(low)) > Number(digitsOf(high)))
    throw refused('high', 'out-of-range')
  const limit = (value: Json | undefined) => (value === undefined ? undefined : quantity(value, 'unit', input.unit))
  return {
    resourceType: 'Observation',
    basedOn: input.order && [input.order],
    status: 'final',
    category: observed('laboratory'),
    code: chosen('test', input.test),
    subject: patient,
    effectiveDateTime: happened('date', input.date, context) ?? now,
    issued: now,
    performer: author && [author],
    valueQuantity: words === '' ? measured('value', input.value, input.unit) : undefined,
    valueString: words,
    note: notes(input.note),
    referenceRange: [{ low: limit(low), high: limit(high) }],
  }
}

export type ProcedureInput = {
  readonly procedure: Pick
  readonly date?: When
  readonly until?: When
  readonly site?: string
  readonly reason?: string
  readonly outcome?: string
  readonly note?: string
}

/** Procedure: done. */
export function procedure(input: ProcedureInput, context: Context): Draft {
  const start = happened('date', input.date, context) ?? context.now
  const end = happened('until', input.until, context)
  return {
    resourceType: 'Procedure',
    status: 'completed',
    code: chosen('procedure', input.procedure),
    subject: context.patient,
    performedDateTime: end === undefined ? start : undefined,
    performedPeriod: end === undefined ? undefined : period(['date', start], ['until', end]),
    recorder: context.author,
    performer: context.author && !context.selfReported ? [{ actor: context.author }] : undefined,
    reasonCode: [worded('reason', input.reason)],
    bodySite: [worded('site', input.site)],
    outcome: worded('outcome', input.outcome),
    note: notes(input.note),
  }
}

export type ImmunizationInput = {
  readonly vaccine: Pick
  readonly date?: When
  readonly lot?: string
  readonly expires?: When
  /** Which dose of its course, from 1. */
  readonly dose?: Amount
  readonly site?: string
  readonly maker?: string
  readonly note?: string
}

/** Immunization: given. Told by the patient, it is no primary source (R4 §Immunization.primarySource). */
export function immunization(input: ImmunizationInput, context: Context): Draft {
  const { patient, author, now, selfReported } = context
  const dose = number('dose', input.dose, { least: 1, most: 99, whole: true })
  const expires = date('expires', input.expires)
  if (expires?.includes('T')) throw refused('expires', 'not-a-date')
  const maker = line('maker', input.maker)
  return {
    resourceType: 'Immunization',
    status: 'completed',
    vaccineCode: chosen('vaccine', input.vaccine),
    patient,
    occurrenceDateTime: happened('date', input.date, context) ?? now,
    recorded: now,
    primarySource: !selfReported,
    manufacturer: maker === '' ? undefined : { display: maker },
    lotNumber: line('lot', input.lot),
    expirationDate: expires,
    site: concept('site', input.site),
    performer: author && !selfReported ? [{ actor: author }] : undefined,
    note: notes(input.note),
    protocolApplied: dose === undefined ? undefined : [{ doseNumberPositiveInt: dose }],
  }
}

export type HomeReadingInput = {
  readonly reading: ReadingKey
  /** The value; for blood pressure the upper one (systolic). */
  readonly value: Amount
  /** Blood pressure: the lower one (diastolic). */
  readonly lower?: Amount
  readonly date?: When
  readonly note?: string
}

/** Observation of vital signs, measured at home. A value no body has is a slip of the finger: refused. */
export function homeReading(input: HomeReadingInput, context: Context): Draft {
  const found: Reading | undefined = readings.find(({ key }) => key === input.reading)
  if (!found) throw refused('reading', 'not-in-list')
  const { unit, parts } = found
  const [upper, lower] = [counted('value', input.value, found), parts && counted('lower', input.lower, found)]
  if (lower !== undefined && Number(digitsOf(upper)) <= Number(digitsOf(lower))) throw refused('lower', 'out-of-range')
  const measure = (value: Json | undefined) => (value === undefined ? undefined : quantity(value, 'unit', unit))
  const code = (one: Words): Draft => ({
    coding: [{ system: 'http://loinc.org', code: one.code }],
    text: one[context.language ?? 'en'],
  })
  return {
    resourceType: 'Observation',
    status: 'final',
    category: observed('vital-signs'),
    code: code(found),
    subject: context.patient,
    effectiveDateTime: happened('date', input.date, context) ?? context.now,
    performer: [context.author ?? context.patient],
    valueQuantity: parts ? undefined : measure(upper),
    component: parts?.map((part, n) => ({ code: code(part), valueQuantity: measure(n === 0 ? upper : lower) })),
    note: notes(input.note),
  }
}

type Words = { readonly code: string; readonly en: string; readonly fr: string }
