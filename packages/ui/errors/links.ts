/** Sharing by a link with somebody who has no account. */
import { type ErrorTable, steps } from './steps.ts'

const askSharer = {
  en: 'Ask whoever gave it for a new one.',
  fr: 'Demandez-en un nouveau à la personne qui l’a donné.',
}

export const linkErrors: ErrorTable = {
  'link-invalid': [
    {
      en: 'This is not a SMART Health Link that can be read here.',
      fr: 'Ceci n’est pas un SMART Health Link lisible ici.',
    },
    {
      en: 'Paste the whole link, from shlink to its last letter, or scan the code again.',
      fr: 'Collez le lien entier, de shlink à sa dernière lettre, ou scannez à nouveau le code.',
    },
  ],
  'link-address': [
    {
      en: 'The address in this link is not a safe one.',
      fr: 'L’adresse contenue dans ce lien n’est pas sûre.',
    },
    {
      en: 'Share from a node that answers over https under a short address.',
      fr: 'Partagez depuis un nœud qui répond en https sous une adresse courte.',
    },
  ],
  'link-refused': [
    {
      en: 'This link cannot be made: its date is over or too far away, or too many links stand already.',
      fr: 'Ce lien ne peut pas être créé : sa date est passée ou trop lointaine, ou trop de liens existent déjà.',
    },
    {
      en: 'Choose a date within a year, or end a link that is no longer of use.',
      fr: 'Choisissez une date dans l’année, ou arrêtez un lien devenu inutile.',
    },
  ],
  'link-unknown': [
    { en: 'This link opens nothing, or no longer does.', fr: 'Ce lien n’ouvre rien, ou plus rien.' },
    askSharer,
  ],
  'link-unreadable': [
    {
      en: 'What is behind this link cannot be understood.',
      fr: 'Ce qui se trouve derrière ce lien est incompréhensible.',
    },
    steps.distrust,
  ],
  'passcode-missing': [
    { en: 'This link wants a passcode.', fr: 'Ce lien demande un code.' },
    {
      en: 'Ask the patient for it, and type it in.',
      fr: 'Demandez-le au patient, puis saisissez-le.',
    },
  ],
  'passcode-wrong': [
    { en: 'This is not the passcode of the link.', fr: 'Ce n’est pas le code du lien.' },
    {
      en: 'Type it with care: after five wrong ones the link opens no more.',
      fr: 'Saisissez-le avec soin : après cinq codes faux, le lien n’ouvre plus rien.',
    },
  ],
  'passcode-short': [
    {
      en: 'A passcode has at least four letters or digits, and at most sixty-four.',
      fr: 'Un code compte au moins quatre lettres ou chiffres, et au plus soixante-quatre.',
    },
    { en: 'Choose another one.', fr: 'Choisissez-en un autre.' },
  ],
}
