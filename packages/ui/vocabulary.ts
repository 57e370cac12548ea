import type { Both } from './words.ts'

export const categoryWords: Readonly<Record<string, Both>> = {}
export const professionWords: Readonly<Record<string, Both>> = {}
export const purposeWords: Readonly<Record<string, Both>> = {}
export const statementWords: Readonly<Record<string, Both>> = {}
