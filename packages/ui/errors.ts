/** Error code -> what happened, what to do next, in both languages. Tested: every code a person can meet stands here. */
import type { Both } from './words.ts'

export const errors: Readonly<Record<string, readonly [title: Both, next: Both]>> = {
  internal: [
    { en: 'Something went wrong on our side.', fr: 'Une erreur est survenue de notre côté.' },
    { en: 'Try again; if it stays, tell the operator.', fr: 'Réessayez ; si cela persiste, prévenez l’exploitant.' },
  ],
}
