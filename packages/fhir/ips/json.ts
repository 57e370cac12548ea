/** Looking into JSON that nobody has checked: each answer is the wanted kind of value, or nothing. */
import type { Json } from '@salus/base/json'
import { isRaw } from '../exact.ts'

export type JsonObject = { [element: string]: Json }

/** An object; undefined for anything else, a number that keeps its digits (exact.ts) included. */
export const objectOf = (value: Json | undefined): JsonObject | undefined =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !isRaw(value) ? value : undefined

/** The objects of a list; none where there is no list. */
export const objectsOf = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.map(objectOf).filter((one) => one !== undefined) : []

/** Text without white space around it; '' for anything else. */
export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value.trim() : '')

/** A number as its sender wrote it, digits kept; '' for anything else. */
export function digitsOf(value: Json | undefined): string {
  if (typeof value === 'number') return String(value)
  return isRaw(value) ? String((value as unknown as { rawJSON: string }).rawJSON) : ''
}

/** Every `coding` of a CodeableConcept (R4 §2.24.0.6). */
export const codingsOf = (concept: Json | undefined): JsonObject[] => objectsOf(objectOf(concept)?.coding)

/** The first code of a CodeableConcept. */
export const codeOf = (concept: Json | undefined): string => textOf(codingsOf(concept)[0]?.code)
