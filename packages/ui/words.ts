/** Languages and how one is chosen. Words themselves stand in tables, one row a key, French and English side by side. */
import { errors } from './errors.ts'

export const languages = ['en', 'fr'] as const
export type Language = (typeof languages)[number]

/** One text in both languages: there is no third way to write one. */
export type Both = Readonly<Record<Language, string>>

/** Picks a language from `Accept-Language` or `LANG`: French when it comes first, else English. */
export function languageOf(preference: string | undefined): Language {
  for (const part of (preference ?? '').toLowerCase().split(/[,;:\s]/)) {
    if (part.startsWith('fr')) return 'fr'
    if (part.startsWith('en')) return 'en'
  }
  return 'en'
}

export type ErrorWords = { readonly title: string; readonly next: string }

/** What went wrong and what to do next. A code without words is a fault of ours and says so. */
export function errorWords(code: string, language: Language): ErrorWords {
  const [title, next] = errors[code] ?? errors.internal ?? []
  return { title: title?.[language] ?? code, next: next?.[language] ?? '' }
}

/** Fills `{name}` places of a text. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
