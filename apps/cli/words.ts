/** Small phrases for the terminal. */
import type { Both, Language } from '@salus/ui/language'

/** A moment, as people of that language write it. */
export const day = (seconds: number, language: Language): string =>
  new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(seconds * 1000),
  )

/** Names of several things, in words. */
export const names = (keys: readonly string[], table: Readonly<Record<string, Both>>, language: Language): string =>
  keys.map((key) => table[key]?.[language] ?? key).join(', ')
