/** Being woken by a push. */
import type { ErrorTable } from './steps.ts'

export const pushErrors: ErrorTable = {
  'push-refused': [
    {
      en: 'This node sends no pushes to that address.',
      fr: 'Ce nœud n’envoie pas de notifications à cette adresse.',
    },
    {
      en: 'Turn notifications off and on again in this browser.',
      fr: 'Désactivez puis réactivez les notifications dans ce navigateur.',
    },
  ],
}
