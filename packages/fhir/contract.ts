/** Nouns of the FHIR R4 edge: what comes out of a sender's file, and every way a file can be refused. */
import type { Bytes } from '@salus/base/bytes'
import type { Filing } from '@salus/base/categories'
import type { Json } from '@salus/base/json'

/** A FHIR R4 resource as JSON (R4 §2.6.2): the type is known, everything else is checked by `validate`. */
export type Resource = { resourceType: string; id?: string; [element: string]: Json }

/** One record of the sending system, sorted and ready to be signed. */
export type SourceResource = {
  /** FHIR type, always one of the R4 list. */
  readonly type: string
  /** `Type/id`: the same for the same source record at each import, so that a second import makes no duplicate. */
  readonly source: string
  /** `Patient/id` of the one patient it concerns; '' where a line names none, or several (caller decides). */
  readonly patient: string
  readonly filing: Filing
  /** True when no rule of the table knew where it belongs and it went to `documents`: the caller counts these. */
  readonly fallback: boolean
  /** References that lead outside what was read (absolute, conditional, or simply not sent): kept as they are. */
  readonly external: number
  /** Where it stood: `entry` of a bundle, `line` of an ndjson file, both from 1; neither for a resource alone in its file. */
  readonly at: Readonly<Record<string, number>>
  readonly resource: Resource
  /** UTF-8 JSON as it will be signed: compact, references resolved, decimals with the digits the sender wrote. */
  readonly bytes: Bytes
}

/** A FHIR Bundle that we write (R4 §2.36). */
export type Bundle = {
  resourceType: 'Bundle'
  type: 'collection'
  timestamp: string
  entry: { fullUrl: string; resource: Resource }[]
}

/** All that can go wrong. Facts hold types of the R4 list, counts, entry and line numbers, element paths; never values. */
export type FhirCode =
  | 'not-json'
  | 'not-fhir'
  | 'bundle-type-unsupported'
  | 'entry-unsupported'
  | 'entry-duplicate'
  | 'resource-type-unknown'
  | 'id-missing'
  | 'id-invalid'
  | 'no-patient'
  | 'two-patients'
  | 'reference-unresolved'
  | 'resource-invalid'
  | 'file-unreadable'
  | 'file-too-large'
  | 'gzip-truncated'
  | 'gzip-invalid'
  | 'line-too-long'
  | 'form-incomplete'

/** Most bytes of a JSON file, unpacked, that is read whole. ndjson has no limit: it is never held whole. */
export const MAX_FILE = 64 * 1024 * 1024

/** Most bytes of one ndjson line. */
export const MAX_LINE = 16 * 1024 * 1024

/** R4 §2.24.0.1: what an id may be made of. */
export const ID_PATTERN = /^[A-Za-z0-9\-.]{1,64}$/
