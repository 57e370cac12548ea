/** What forms hand in: plain values as people type them; and what comes out: a valid resource, with its exact bytes as text. */
import type { Filing } from '@salus/base/categories'
import type { Resource } from '../contract.ts'
import type { Language } from '../ips/words.ts'

/** A FHIR Reference, ready made by whoever knows how people and records are named. */
export type Reference = {
  readonly reference?: string
  readonly type?: string
  readonly identifier?: { readonly system: string; readonly value: string }
  readonly display?: string
}

/** Who writes about whom, and when. */
export type Context = {
  /** The resource's id: letters, digits, `-` and `.`, at most 64 (R4 §2.24.0.1). */
  readonly id: string
  readonly patient: Reference
  readonly author?: Reference
  /** An instant with its zone: `new Date().toISOString()`. */
  readonly now: string
  /** Language of the words a form adds of its own; English when absent. */
  readonly language?: Language
  /** The patient (or who stands for the patient) says so: tagged PATAST, unconfirmed where R4 has a word for it. */
  readonly selfReported?: boolean
}

/** What was written: plain data that may cross to a worker. */
export type Written = {
  /** For looking at and filing. Its numbers are ordinary ones: 5.0 is 5 here. */
  readonly resource: Resource
  /** What is signed: JSON text with the digits as typed. `utf8(fhir)` are the bytes of the record. */
  readonly fhir: string
  readonly filing: Filing
}

export type Coding = { readonly system: string; readonly code: string }

/** What somebody picked from a list or typed: words always, a code where the list had one. */
export type Pick = string | { readonly text: string; readonly coding?: Coding }

/** A number as typed (`7,5` and `7.50` too), or a number. */
export type Amount = string | number

/** `2026`, `2026-11`, `2026-11-21`, or an instant with its zone. */
export type When = string

/** Why a field was refused; the fact `problem` of `form-incomplete`, beside the field's name in `at`. */
export type FormProblem =
  | 'missing'
  | 'too-long'
  | 'not-a-number'
  | 'out-of-range'
  | 'not-a-date'
  | 'later-than-now'
  | 'before-start'
  | 'not-in-list'
  | 'no-type'
  | 'too-large'
  | 'damaged'
