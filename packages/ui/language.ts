/** Languages, how one is chosen, and the shape of a text in both. */

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

/** No line ends before a mark that stands apart, as French sets them; English has none. */
export const unbroken = (text: string): string => text.replace(/ (?=[;:?!»])|(?<=«) /g, '\u00a0')
