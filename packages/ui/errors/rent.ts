/** What one can do next on the market, for its own tables of errors. */
import { steps } from './steps.ts'

export const next = {
  again: steps.again,
  distrust: steps.distrust,
  offers: { en: 'Look at the offers with salus market list.', fr: 'Regardez les offres avec salus market list.' },
  none: { en: 'Nothing more is needed.', fr: 'Rien d’autre à faire.' },
  choose: {
    en: 'Choose another data set, or ask its owner.',
    fr: 'Choisissez un autre ensemble, ou demandez à son propriétaire.',
  },
  look: { en: 'Look where it stands with salus task watch.', fr: 'Voyez où elle en est avec salus task watch.' },
  credits: {
    en: 'Have the treasurer credit your organisation first.',
    fr: 'Faites d’abord créditer votre organisation par le trésorier.',
  },
  refunded: {
    en: 'The order is refunded; place it again when that is mended.',
    fr: 'La commande est remboursée ; repassez-la une fois le défaut corrigé.',
  },
  author: { en: 'Tell the author of the analysis.', fr: 'Prévenez l’auteur de l’analyse.' },
  file: {
    en: 'Mend the file or its contract, then start over; nothing was published.',
    fr: 'Corrigez le fichier ou son contrat, puis recommencez ; rien n’a été publié.',
  },
  host: { en: 'Tell whoever runs the machine.', fr: 'Prévenez qui exploite la machine.' },
  params: {
    en: 'Check the parameters with salus analysis try.',
    fr: 'Vérifiez les paramètres avec salus analysis try.',
  },
} as const
