/** Looking into a Consent that nobody has checked. */
import type { Json } from '@salus/base/json'

export type Node = { readonly [element: string]: Json }

/** An object; an empty one for anything else. */
export const nodeOf = (value: Json | undefined): Node =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}

/** A list; what stands alone where R4 has a list counts as a list of one. */
export const listOf = (value: Json | undefined): readonly Json[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value.trim() : '')

/** The codes of a CodeableConcept, of one system if one is asked for. */
export const codesOf = (concept: Json | undefined, system?: string): string[] =>
  listOf(nodeOf(concept).coding)
    .map(nodeOf)
    .filter((one) => system === undefined || one.system === system)
    .map(({ code }) => textOf(code))

const DATE = /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])(T[\d:.]+(?:Z|[+-]\d\d:\d\d))?)?)?$/

/**
 * Seconds of an R4 dateTime. Part of a date means its first moment where it starts something and the moment after its
 * last where it ends something (R4 §2.24.0.13, Period); UTC, since it names no zone.
 */
export function secondsOf(value: Json | undefined, as: 'start' | 'end'): number | undefined {
  const found = DATE.exec(textOf(value))
  if (!found) return undefined
  const [whole, year, month, day, time] = found
  const next = as === 'end' ? 1 : 0
  const at = time
    ? Date.parse(whole)
    : day
      ? Date.UTC(Number(year), Number(month) - 1, Number(day) + next)
      : Date.UTC(Number(year) + (month ? 0 : next), month ? Number(month) - 1 + next : 0)
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000)
}
