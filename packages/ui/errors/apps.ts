/** What `salus verify-app` finds at an address. */
import type { ErrorTable } from './steps.ts'

const sameOrigin = {
  en: 'Give the address under which the apps open, such as https://node.example.',
  fr: 'Donnez l’adresse où les applications s’ouvrent, par exemple https://node.example.',
}
const doNotUse = {
  en: 'Do not use these apps; tell the organisation that serves them what stands above.',
  fr: 'N’utilisez pas ces applications ; signalez ce qui précède à l’organisme qui les sert.',
}

export const appErrors: ErrorTable = {
  'app-missing': [
    { en: 'There are no web apps at this address.', fr: 'Il n’y a pas d’applications web à cette adresse.' },
    sameOrigin,
  ],
  'app-manifest-wrong': [
    {
      en: 'The list of the apps’ files is not in its form.',
      fr: 'La liste des fichiers des applications n’a pas la forme attendue.',
    },
    doNotUse,
  ],
  'app-differs': [
    {
      en: 'These web apps are not what the ledger says they are.',
      fr: 'Ces applications web ne sont pas celles que dit le registre.',
    },
    doNotUse,
  ],
}
