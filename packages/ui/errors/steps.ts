/** What to do next, where several errors share the answer: one wording, so that the same advice reads the same. */
import type { Both } from '../language.ts'

/** Code -> what happened, what to do next. */
export type ErrorTable = Readonly<Record<string, readonly [title: Both, next: Both]>>

export const steps = {
  again: {
    en: 'Try again; if it stays, tell the operator.',
    fr: 'Réessayez ; si cela persiste, prévenez l’exploitant.',
  },
  goodCopy: {
    en: 'Leave the node stopped, look with salus doctor, and restore a good copy.',
    fr: 'Laissez le nœud arrêté, examinez avec salus doctor, et restaurez une copie saine.',
  },
  operator: { en: 'Tell the operator.', fr: 'Prévenez l’exploitant.' },
  update: { en: 'Update the app, then try again.', fr: 'Mettez l’application à jour, puis réessayez.' },
  reload: {
    en: 'Open the list again to see how things stand now.',
    fr: 'Rouvrez la liste pour voir où en sont les choses.',
  },
  catchUp: {
    en: 'Open the app again so that it catches up, then decide anew.',
    fr: 'Rouvrez l’application pour qu’elle se mette à jour, puis décidez à nouveau.',
  },
  distrust: {
    en: 'Do not rely on it; ask for it again from where it came.',
    fr: 'Ne vous y fiez pas ; redemandez-le à sa source.',
  },
  signIn: { en: 'Sign in again on this device.', fr: 'Reconnectez-vous sur cet appareil.' },
  newKeys: {
    en: 'Make new keys with an up-to-date app.',
    fr: 'Créez de nouvelles clés avec une application à jour.',
  },
  identifier: {
    en: 'Check the identifier with the person or the desk.',
    fr: 'Vérifiez l’identifiant avec la personne ou le guichet.',
  },
  askAgain: {
    en: 'If access is still needed, ask the patient again.',
    fr: 'Si l’accès est encore nécessaire, faites une nouvelle demande au patient.',
  },
  source: {
    en: 'Have the file exported again by the system it comes from.',
    fr: 'Faites exporter à nouveau le fichier par le système dont il vient.',
  },
  wholeFile: {
    en: 'Fetch the file again, then start over with the complete one.',
    fr: 'Récupérez à nouveau le fichier, puis recommencez avec le fichier complet.',
  },
} as const satisfies Record<string, Both>
