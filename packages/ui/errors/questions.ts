/** Choices made in advance, and questions about accesses. */
import type { ErrorTable } from './steps.ts'

export const questionErrors: ErrorTable = {
  'request-refused-beforehand': [
    {
      en: 'This request was refused beforehand, and was not sent on.',
      fr: 'Cette demande a été refusée d’avance et n’a pas été transmise.',
    },
    {
      en: 'Speak with the patient; nothing more is known here.',
      fr: 'Parlez-en avec le patient ; rien de plus n’est connu ici.',
    },
  ],
  'choices-wrong': [
    {
      en: 'This set of choices names something twice, or yourself.',
      fr: 'Cet ensemble de choix nomme quelque chose deux fois, ou vous-même.',
    },
    { en: 'Look at your choices and set them again.', fr: 'Regardez vos choix et refaites-les.' },
  ],
  'question-wrong': [
    {
      en: 'This line of your log cannot be questioned.',
      fr: 'Cette ligne de votre journal ne peut pas être mise en question.',
    },
    {
      en: 'Choose a line where somebody else asked for or opened something.',
      fr: 'Choisissez une ligne où quelqu’un d’autre a demandé ou ouvert quelque chose.',
    },
  ],
  'question-asked': [
    { en: 'You have asked about this line already.', fr: 'Vous avez déjà posé une question sur cette ligne.' },
    { en: 'The answer will stand beside it.', fr: 'La réponse apparaîtra à côté d’elle.' },
  ],
  'question-unknown': [
    {
      en: 'No such question was put to this organisation.',
      fr: 'Aucune question de ce numéro n’a été posée à cet organisme.',
    },
    { en: 'Look at the list of questions again.', fr: 'Regardez à nouveau la liste des questions.' },
  ],
  'question-answered': [
    { en: 'This question was answered already.', fr: 'Cette question a déjà reçu une réponse.' },
    { en: 'An answer stands; it is not changed.', fr: 'Une réponse reste ; elle ne se modifie pas.' },
  ],
}
