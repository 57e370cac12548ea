/** Words for errors, one row a code, French and English side by side. */
import { errors } from './errors.ts'
import type { Language } from './language.ts'

export type ErrorWords = { readonly title: string; readonly next: string }

/** What went wrong and what to do next. A code without words is a fault of ours and says so. */
export function errorWords(code: string, language: Language): ErrorWords {
  const [title, next] = errors[code] ?? errors.internal ?? []
  return { title: title?.[language] ?? code, next: next?.[language] ?? '' }
}
