/** Fields of a form, read strictly: what is not of its kind is refused with the field's name, and never put right in silence. */
import { AppError } from '@salus/base/errors'
import type { Json } from '@salus/base/json'
import type { FhirCode } from '../contract.ts'
import { isRaw, parseExact } from '../exact.ts'
import { isoDate } from '../view/read.ts'
import type { Amount, Context, FormProblem, Pick, When } from './types.ts'

/** A resource being written: what is undefined or empty goes (`whole`). */
export type Draft = Json | undefined | readonly Draft[] | { readonly [element: string]: Draft }

/** F23 The refusal of one field: its name and a closed word, never what was typed. */
export const refused = (at: string, problem: FormProblem): AppError<FhirCode> =>
  new AppError<FhirCode>('form-incomplete', { at, problem })

const LINE = 1000
const PROSE = 100_000

/** Control characters that R4 strings may not hold (§2.24.0.1), and half letters that no UTF-8 has. */
const cleaned = (value: string): string =>
  value.toWellFormed().replace(/[\p{Cc}]/gu, (sign) => (/[\t\n\r]/.test(sign) ? sign : ' '))

/** One line: white space runs become one space; '' where nothing was typed. */
export function line(at: string, value: string | undefined): string {
  const text = cleaned(value ?? '')
    .replace(/\s+/g, ' ')
    .trim()
  if (text.length > LINE) throw refused(at, 'too-long')
  return text
}

/** A line that must be there. */
export function named(at: string, value: string | undefined): string {
  const text = line(at, value)
  if (text === '') throw refused(at, 'missing')
  return text
}

/** Several lines, kept. */
export function prose(at: string, value: string | undefined): string {
  const text = cleaned(value ?? '')
    .replace(/\r\n?/g, '\n')
    .trim()
  if (text.length > PROSE) throw refused(at, 'too-long')
  return text
}

const textOfPick = (pick: Pick | undefined): string | undefined => (typeof pick === 'object' ? pick.text : pick)

/** A CodeableConcept of what was picked or typed; undefined where nothing was. */
export function concept(at: string, pick: Pick | undefined): Draft {
  const text = line(at, textOfPick(pick))
  if (text === '') return undefined
  const coding = typeof pick === 'object' ? pick.coding : undefined
  if (coding && !(/^[^\s]+(\s[^\s]+)*$/.test(coding.code) && /^\S+$/.test(coding.system)))
    throw refused(at, 'not-in-list')
  return { coding: coding && [{ system: coding.system, code: coding.code }], text }
}

/** A concept that must be there. */
export function chosen(at: string, pick: Pick | undefined): Draft {
  named(at, textOfPick(pick))
  return concept(at, pick)
}

/** A concept in words only. */
export const worded = (at: string, value: string | undefined): Draft => concept(at, value)

/** One of a closed list; undefined where nothing was chosen. */
export function member<T extends string>(at: string, value: string | undefined, list: readonly T[]): T | undefined {
  if (value === undefined || value === '') return undefined
  const found = list.find((one) => one === value)
  if (found === undefined) throw refused(at, 'not-in-list')
  return found
}

type Limits = { readonly least?: number; readonly most?: number; readonly whole?: boolean }

/** A decimal with the digits as typed, comma or point; undefined where nothing was typed. */
export function number(at: string, value: Amount | undefined, limits: Limits = {}): Json | undefined {
  const typed = String(value ?? '')
    .trim()
    .replace(',', '.')
  if (typed === '') return undefined
  if (!/^[+-]?(\d{1,15}(\.\d{0,10})?|\.\d{1,10})$/.test(typed)) throw refused(at, 'not-a-number')
  const sign = typed.startsWith('-') ? '-' : ''
  const [, before = '', after = ''] = /^[+-]?(\d*)\.?(\d*)$/.exec(typed) ?? []
  const digits = `${sign}${before.replace(/^0+(?=\d)/, '') || '0'}${after ? `.${after}` : ''}`
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, whole = false } = limits
  const plain = Number(digits)
  if (whole && !/^-?\d+$/.test(digits)) throw refused(at, 'not-a-number')
  if (plain < least || plain > most) throw refused(at, 'out-of-range')
  return Object.is(plain, -0) ? 0 : parseExact(digits)
}

/** A number that must be there. */
export function counted(at: string, value: Amount | undefined, limits: Limits = {}): Json {
  const found = number(at, value, limits)
  if (found === undefined) throw refused(at, 'missing')
  return found
}

/** The last hour of a day is over everywhere 14 hours after it is over in Greenwich. */
const ZONES = 14 * 3_600_000

/** A day that the calendar has: 30 February is none, though engines count on to March. */
function real(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text) ?? []
  if (day === undefined) return !/^\d{4}-(00|1[3-9]|[2-9]\d)/.test(text)
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
}

/** A date of R4 (§2.24.0.1): with a time only with its zone. */
export function date(at: string, value: When | undefined): string | undefined {
  const text = (value ?? '').trim()
  if (text === '') return undefined
  const zoned = !text.includes('T') || /T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)
  if (!isoDate(text) || !real(text) || !zoned || text < '1000') throw refused(at, 'not-a-date')
  return text
}

/** A date of something that happened: not one to come. */
export function happened(at: string, value: When | undefined, { now }: Context): string | undefined {
  const found = date(at, value)
  if (found !== undefined && Date.parse(found) > Date.parse(now) + ZONES) throw refused(at, 'later-than-now')
  return found
}

/** A period with its ends in order; undefined where it has none. */
export function period(from: readonly [string, When | undefined], until: readonly [string, When | undefined]): Draft {
  const [start, end] = [date(...from), date(...until)]
  if (start && end && Date.parse(end) < Date.parse(start) && !start.startsWith(end))
    throw refused(until[0], 'before-start')
  return start || end ? { start, end } : undefined
}

/** Without what is undefined or empty, at any depth: R4 has no empty element. */
export function whole(draft: Draft): Json | undefined {
  if (draft === undefined || draft === null || draft === '') return undefined
  if (typeof draft !== 'object' || isRaw(draft)) return draft as Json
  if (Array.isArray(draft)) {
    const list = draft.map(whole).filter((one) => one !== undefined)
    return list.length > 0 ? list : undefined
  }
  const entries = Object.entries(draft).flatMap(([name, child]) => {
    const value = whole(child)
    return value === undefined ? [] : [[name, value] as const]
  })
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

/** A note, when there is one (R4 Annotation). */
export const notes = (value: string | undefined): Draft => {
  const text = prose('note', value)
  return text === '' ? undefined : [{ text }]
}

/** A concept of one code. */
export const coded = (system: string, code: string): Draft => ({ coding: [{ system, code }] })

/** HL7's own lists. */
export const hl7 = (name: string): string => `http://terminology.hl7.org/CodeSystem/${name}`
