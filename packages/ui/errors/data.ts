/** Bytes, keys, signatures and seals: codes of base and crypto; and forms. */
import { type ErrorTable, steps } from './steps.ts'

export const dataErrors: ErrorTable = {
  'encoding-invalid': [{ en: 'Some data arrived damaged.', fr: 'Des données sont arrivées abîmées.' }, steps.again],
  'json-invalid': [
    { en: 'The data that arrived could not be read.', fr: 'Les données reçues n’ont pas pu être lues.' },
    steps.again,
  ],
  'json-too-deep': [
    {
      en: 'The data that arrived is nested too deeply to be read safely.',
      fr: 'Les données reçues sont trop imbriquées pour être lues sans risque.',
    },
    steps.source,
  ],
  'json-duplicate-key': [
    {
      en: 'The data that arrived gives two values for one name.',
      fr: 'Les données reçues donnent deux valeurs pour un même nom.',
    },
    steps.source,
  ],
  'schema-mismatch': [
    {
      en: 'The data that arrived is not in the expected form.',
      fr: 'Les données reçues n’ont pas la forme attendue.',
    },
    steps.update,
  ],
  'jws-invalid': [
    { en: 'A signed text is not in the expected form.', fr: 'Un texte signé n’a pas la forme attendue.' },
    steps.distrust,
  ],
  'signature-invalid': [
    {
      en: 'A signature does not match what it should confirm.',
      fr: 'Une signature ne correspond pas à ce qu’elle doit confirmer.',
    },
    steps.distrust,
  ],
  'key-weak': [
    {
      en: 'A key was refused because it would protect nothing.',
      fr: 'Une clé a été refusée, car elle ne protégerait rien.',
    },
    steps.newKeys,
  ],
  'key-invalid': [
    { en: 'A key is not of the kind that is needed here.', fr: 'Une clé n’est pas du type attendu ici.' },
    steps.newKeys,
  ],
  'binding-invalid': [
    {
      en: 'A sealed packet does not say clearly what it belongs to.',
      fr: 'Un paquet chiffré n’indique pas clairement à quoi il se rapporte.',
    },
    steps.update,
  ],
  'form-incomplete': [
    {
      en: 'Something in the form is missing or not in the expected form.',
      fr: 'Il manque quelque chose dans le formulaire, ou une valeur n’a pas la forme attendue.',
    },
    { en: 'Correct the marked field, then try again.', fr: 'Corrigez le champ indiqué, puis réessayez.' },
  ],
  'cannot-open': [
    { en: 'This could not be opened.', fr: 'Ceci n’a pas pu être ouvert.' },
    {
      en: 'Check that this is the right device and the right code, then try again.',
      fr: 'Vérifiez que c’est le bon appareil et le bon code, puis réessayez.',
    },
  ],
  'code-mistyped': [
    { en: 'The code is not complete or not exact.', fr: 'Le code n’est pas complet ou pas exact.' },
    {
      en: 'Compare it letter by letter with the original, then enter it again.',
      fr: 'Comparez-le lettre par lettre avec l’original, puis saisissez-le à nouveau.',
    },
  ],
  'share-mistyped': [
    {
      en: 'A guardian’s share is not complete or not exact.',
      fr: 'Une part de gardien n’est pas complète ou pas exacte.',
    },
    {
      en: 'Compare it letter by letter with the original, then enter it again.',
      fr: 'Comparez-la lettre par lettre avec l’original, puis saisissez-la à nouveau.',
    },
  ],
  'shares-missing': [
    { en: 'There are not enough different shares yet.', fr: 'Il n’y a pas encore assez de parts différentes.' },
    { en: 'Ask another guardian for a share.', fr: 'Demandez sa part à un autre gardien.' },
  ],
  'guardians-wrong': [
    { en: 'This number of guardians does not work.', fr: 'Ce nombre de gardiens ne convient pas.' },
    {
      en: 'Choose two to twenty guardians, of whom two or more are needed.',
      fr: 'Choisissez de deux à vingt gardiens, dont au moins deux sont nécessaires.',
    },
  ],
  'suite-unknown': [
    {
      en: 'This was sealed in a way that this version does not know.',
      fr: 'Ceci a été chiffré d’une manière que cette version ne connaît pas.',
    },
    steps.update,
  ],
  'proof-invalid': [
    {
      en: 'The proof does not fit what it should prove.',
      fr: 'La preuve ne correspond pas à ce qu’elle doit démontrer.',
    },
    steps.distrust,
  ],
}
