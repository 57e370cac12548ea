/** The command line's texts. */
import type { Both } from './words.ts'

export const cli = {
  done: { en: 'Done.', fr: 'Fait.' },
} as const satisfies Record<string, Both>
