/** What a form is made of, as data: fields with their words; what was typed, and the input of `fhir/forms` made of it. */
import { type Choice, pickOf } from '@salus/fhir/forms/choices'
import type { Pick } from '@salus/fhir/forms/types'
import type { Both, Language } from '../../language.ts'

/** What stands in a field: text, a tick, or a chosen file. */
export type Value = string | boolean | File | undefined
export type Values = Readonly<Record<string, Value>>

/** A thing to pick; `fills` goes into other fields that are still empty. */
export type Pickable = Choice & { readonly fills?: Values; readonly more?: string }

type Common<At extends string> = {
  /** The field of the form's input. */
  readonly at: At
  readonly label: Both | ((values: Values) => Both)
  readonly help?: Both
  readonly must?: true
  /** Rarely needed: folded away until somebody asks. */
  readonly more?: true
  /** Shown only then, and empty otherwise. */
  readonly when?: (values: Values) => boolean
  readonly start?: string
}

/** One field. `list`: one thing a line. `day`: a whole day; `when`: a year or a month will do; `moment`: with its time. */
export type Row<At extends string = string> = Common<At> &
  (
    | { readonly kind: 'text' | 'lines' | 'list' | 'number' | 'day' | 'when' | 'moment' | 'yes' }
    | { readonly kind: 'select'; readonly options: Readonly<Record<string, Both>> }
    | { readonly kind: 'pick'; readonly choices: (values: Values) => readonly Pickable[] }
    | { readonly kind: 'file'; readonly accept: string; readonly most: number }
  )

/** A problem with one field, as `form-incomplete` tells it. */
export type Wrong = { readonly at: string; readonly problem: string }

/** A choice as the list shows it: two that bear one name differ in what stands after it. */
export const shownOf = (one: Pickable, language: Language): string =>
  one.more ? `${one[language]} (${one.more})` : one[language]

/** The choice that stands in the field, if it is one. */
export const foundIn = (choices: readonly Pickable[], typed: string, language: Language): Pickable | undefined =>
  choices.find((one) => shownOf(one, language) === typed.trim())

/** `2019`, `05/2019`, `21/05/2019` as people write them here, or as FHIR does; anything else stays, to be refused by name. */
export function dateOf(typed: string): string {
  const text = typed.trim()
  const [, day, month, year] = /^(?:(\d{1,2})[/.])?(\d{1,2})[/.](\d{4})$/.exec(text) ?? []
  if (!month || !year) return text
  return [year, month.padStart(2, '0'), ...(day ? [day.padStart(2, '0')] : [])].join('-')
}

/** An instant of what a clock on the wall shows. */
const instantOf = (local: string): string => {
  const date = new Date(local)
  return Number.isNaN(date.getTime()) ? local : date.toISOString()
}

const starts = (bytes: Uint8Array, at: number, ...sign: number[]) => sign.every((one, i) => bytes[at + i] === one)

/** The type by the file's own first bytes; what the browser says of it otherwise (by its name alone). */
export function typeOf(bytes: Uint8Array, said: string): string {
  if (starts(bytes, 0, 0x25, 0x50, 0x44, 0x46)) return 'application/pdf'
  if (starts(bytes, 0, 0x89, 0x50, 0x4e, 0x47)) return 'image/png'
  if (starts(bytes, 0, 0xff, 0xd8, 0xff)) return 'image/jpeg'
  if (starts(bytes, 128, 0x44, 0x49, 0x43, 0x4d)) return 'application/dicom'
  return said
}

async function fileOf(file: File): Promise<{ bytes: Uint8Array; contentType: string; name: string }> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  return { bytes, contentType: typeOf(bytes, file.type), name: file.name }
}

function pickedOf(choices: readonly Pickable[], typed: string, language: Language): Pick {
  const found = foundIn(choices, typed, language)
  return found ? pickOf(found, language) : typed
}

async function readValue(row: Row, values: Values, language: Language): Promise<unknown> {
  const value = values[row.at]
  if (value instanceof File) return row.kind === 'file' ? fileOf(value) : undefined
  if (typeof value === 'boolean') return value
  if (value === undefined || value.trim() === '') return undefined
  switch (row.kind) {
    case 'pick':
      return pickedOf(row.choices(values), value, language)
    case 'when':
      return dateOf(value)
    case 'moment':
      return instantOf(value)
    case 'list':
      return value.split('\n').filter((line) => line.trim() !== '')
    default:
      return value
  }
}

/** Rows that are on the screen now. */
export const shownRows = (rows: readonly Row[], values: Values): readonly Row[] =>
  rows.filter((one) => one.when?.(values) ?? true)

/** What a form of `fhir/forms` takes: fields that were left empty are not in it. */
export async function inputOf(rows: readonly Row[], values: Values, language: Language): Promise<object> {
  const input: Record<string, unknown> = {}
  for (const row of shownRows(rows, values)) {
    const value = await readValue(row, values, language)
    if (value !== undefined) input[row.at] = value
  }
  return input
}

/** A file that is too large is not even read. */
export function tooLarge(rows: readonly Row[], values: Values): Wrong | undefined {
  const row = rows.find((one) => one.kind === 'file')
  const file = row && values[row.at]
  if (row?.kind !== 'file' || !(file instanceof File) || file.size <= row.most) return undefined
  return { at: row.at, problem: 'too-large' }
}
