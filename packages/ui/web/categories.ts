/** Categories in words. */
import { categoryWords } from '../vocabulary.ts'
import type { Speech } from './language.tsx'

/** One category's name. */
export const categoryOf = (category: string, { t }: Speech): string =>
  categoryWords[category] ? t(categoryWords[category]) : category

/** "Allergies, Medicines and Vaccinations", as the language joins them. */
export const categoriesOf = (categories: readonly string[], speech: Speech): string =>
  new Intl.ListFormat(speech.language, { type: 'conjunction' }).format(categories.map((one) => categoryOf(one, speech)))
