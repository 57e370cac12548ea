/** Emergency access: choosing, breaking the glass, seconding, the keeper. */
import { type ErrorTable, steps } from './steps.ts'

const colleague = {
  en: 'Ask a colleague who treats patients, or the desk.',
  fr: 'Adressez-vous à un collègue soignant, ou au guichet.',
}
const nothingLeft = {
  en: 'Nothing is left to do; look at the emergency to see where it stands.',
  fr: 'Il ne reste rien à faire ; consultez l’urgence pour voir où elle en est.',
}

export const emergencyErrors: ErrorTable = {
  'emergency-not-chosen': [
    {
      en: 'This patient has not chosen emergency access for your organisation.',
      fr: 'Ce patient n’a pas choisi l’accès d’urgence pour votre organisation.',
    },
    {
      en: 'Treat without the record, and ask the patient as soon as that is possible.',
      fr: 'Soignez sans le dossier, et demandez au patient dès que possible.',
    },
  ],
  'emergency-choice-wrong': [
    { en: 'This choice for emergencies is not complete.', fr: 'Ce choix pour les urgences n’est pas complet.' },
    steps.update,
  ],
  'emergency-not-for-role': [
    {
      en: 'Your profession cannot open records in an emergency.',
      fr: 'Votre profession ne peut pas ouvrir un dossier en urgence.',
    },
    colleague,
  ],
  'emergency-text-missing': [
    { en: 'Another reason needs words for the review.', fr: 'Un autre motif demande des mots pour l’examen.' },
    {
      en: 'Say in a sentence why the record is needed.',
      fr: 'Dites en une phrase pourquoi le dossier est nécessaire.',
    },
  ],
  'emergency-too-long': [
    { en: 'An emergency lasts two hours at most.', fr: 'Une urgence dure deux heures au plus.' },
    { en: 'Ask for less; it can be done again.', fr: 'Demandez moins ; cela peut être refait.' },
  ],
  'emergency-unknown': [
    { en: 'There is no such emergency here.', fr: 'Cette urgence n’existe pas ici.' },
    {
      en: 'Check its number with the colleague who began it.',
      fr: 'Vérifiez son numéro avec le collègue qui l’a commencée.',
    },
  ],
  'emergency-over': [
    { en: 'This emergency is over.', fr: 'Cette urgence est terminée.' },
    { en: 'If the need is still there, begin a new one.', fr: 'Si le besoin demeure, commencez-en une nouvelle.' },
  ],
  'emergency-same-person': [
    {
      en: 'The second signature must be another person’s.',
      fr: 'La seconde signature doit être d’une autre personne.',
    },
    colleague,
  ],
  'emergency-seconded': [
    { en: 'Somebody has signed second already.', fr: 'Quelqu’un a déjà signé en second.' },
    nothingLeft,
  ],
  'emergency-not-seconded': [
    { en: 'Nobody has signed second yet.', fr: 'Personne n’a encore signé en second.' },
    colleague,
  ],
  'emergency-released': [
    { en: 'This emergency was answered already.', fr: 'Cette urgence a déjà reçu sa réponse.' },
    nothingLeft,
  ],
  'emergency-reviewed': [
    { en: 'This emergency was reviewed already.', fr: 'Cette urgence a déjà été examinée.' },
    nothingLeft,
  ],
  'emergency-release-wrong': [
    {
      en: 'The keys named are not those of whoever began the emergency.',
      fr: 'Les clés indiquées ne sont pas celles de la personne qui a commencé l’urgence.',
    },
    steps.operator,
  ],
  'emergency-waiting': [
    { en: 'The emergency keeper has not answered yet.', fr: 'Le gardien des urgences n’a pas encore répondu.' },
    {
      en: 'Have a colleague sign second, then try again in a moment; the keeper must be running.',
      fr: 'Faites signer un collègue en second, puis réessayez dans un instant ; le gardien doit être en marche.',
    },
  ],
  'keeper-unknown': [
    {
      en: 'No emergency keeper of this organisation is vouched for.',
      fr: 'Aucun gardien des urgences de cette organisation n’est habilité.',
    },
    { en: 'Ask the organisation’s desk about it.', fr: 'Renseignez-vous au guichet de l’organisation.' },
  ],
  'keeper-keys-missing': [
    { en: 'The keeper’s keys are not there.', fr: 'Les clés du gardien ne sont pas là.' },
    { en: 'Make them with salus keeper init.', fr: 'Créez-les avec salus keeper init.' },
  ],
  'keeper-keys-damaged': [
    { en: 'The file of the keeper’s keys is damaged.', fr: 'Le fichier des clés du gardien est endommagé.' },
    {
      en: 'Bring it back from a copy; if there is none, make a new keeper and tell the desk.',
      fr: 'Reprenez-le d’une copie ; s’il n’y en a pas, créez un autre gardien et prévenez le guichet.',
    },
  ],
  'keeper-memory-damaged': [
    {
      en: 'What the keeper remembers of chains it has seen (seen.json) is damaged.',
      fr: 'Ce que le gardien retient des suites déjà vues (seen.json) est endommagé.',
    },
    {
      en: 'Bring it back from a copy; without it a shortened chain would pass for the first one.',
      fr: 'Reprenez-le d’une copie ; sans lui, une suite raccourcie passerait pour la première.',
    },
  ],
  'keeper-keys-open': [
    { en: 'Others can read the keeper’s keys.', fr: 'D’autres peuvent lire les clés du gardien.' },
    {
      en: 'Close the file to others, and have new keys made if they may have been read.',
      fr: 'Fermez le fichier aux autres, et faites de nouvelles clés si elles ont pu être lues.',
    },
  ],
}
