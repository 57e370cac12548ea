/** Consents of other systems (FHIR) that cannot be taken over, and log entries that have no form outside. */
import { type ErrorTable, steps } from './steps.ts'

/** What our rules can say, told where a consent says something else. */
const plainly = {
  en: 'Give access by category or by record instead, to the person who asks.',
  fr: 'Accordez plutôt l’accès par catégorie ou par document, à la personne qui le demande.',
}
const renewed = {
  en: 'If it should hold again, ask the patient for a new one.',
  fr: 'S’il doit valoir à nouveau, demandez-en un nouveau au patient.',
}

export const consentErrors: ErrorTable = {
  'consent-malformed': [
    {
      en: 'The file does not hold a consent that can be understood whole.',
      fr: 'Le fichier ne contient pas de consentement entièrement compréhensible.',
    },
    steps.source,
  ],
  'consent-not-privacy': [
    {
      en: 'This consent is not about who may read the record.',
      fr: 'Ce consentement ne porte pas sur la lecture du dossier.',
    },
    {
      en: 'Choose a consent about privacy; others are kept elsewhere.',
      fr: 'Choisissez un consentement sur la vie privée ; les autres se gardent ailleurs.',
    },
  ],
  'consent-inactive': [{ en: 'This consent is not in force.', fr: 'Ce consentement n’est pas en vigueur.' }, renewed],
  'consent-ended': [{ en: 'The time of this consent is over.', fr: 'Ce consentement a pris fin.' }, renewed],
  'consent-dates': [
    {
      en: 'The dates of this consent cannot be read, or differ from rule to rule.',
      fr: 'Les dates de ce consentement sont illisibles, ou diffèrent d’une règle à l’autre.',
    },
    {
      en: 'Have it written with one beginning and one end.',
      fr: 'Faites-le rédiger avec un seul début et une seule fin.',
    },
  ],
  'consent-reader': [
    {
      en: 'This consent does not say plainly who may read.',
      fr: 'Ce consentement ne dit pas clairement qui peut lire.',
    },
    {
      en: 'Have each reader named with an identifier.',
      fr: 'Faites désigner chaque lecteur par un identifiant.',
    },
  ],
  'consent-label': [
    {
      en: 'This consent decides by confidentiality labels, which records here do not carry.',
      fr: 'Ce consentement décide selon des niveaux de confidentialité, que les documents d’ici ne portent pas.',
    },
    {
      en: 'Hide the records it means, or give access without their category.',
      fr: 'Masquez les documents visés, ou accordez l’accès sans leur catégorie.',
    },
  ],
  'consent-class': [
    {
      en: 'This consent decides by kinds of documents that are no category here.',
      fr: 'Ce consentement décide selon des types de documents qui ne sont pas des catégories ici.',
    },
    plainly,
  ],
  'consent-clinical-code': [
    {
      en: 'This consent decides by single medical codes, which stay sealed here.',
      fr: 'Ce consentement décide selon des codes médicaux précis, qui restent chiffrés ici.',
    },
    plainly,
  ],
  'consent-action': [
    {
      en: 'This consent is about acts other than reading.',
      fr: 'Ce consentement porte sur autre chose que la lecture.',
    },
    {
      en: 'Nothing needs to be done here: writing and correcting follow other rules.',
      fr: 'Il n’y a rien à faire ici : l’écriture et la correction suivent d’autres règles.',
    },
  ],
  'consent-data': [
    {
      en: 'This consent picks data in a way that has no match here: by age, by link, or by names of another system.',
      fr: 'Ce consentement choisit des données d’une façon inconnue ici : par âge, par lien, ou par des noms d’un autre système.',
    },
    plainly,
  ],
  'consent-nested': [
    {
      en: 'The exceptions of this consent can be understood in more than one way.',
      fr: 'Les exceptions de ce consentement peuvent se comprendre de plusieurs façons.',
    },
    {
      en: 'Have it written as one rule with plain exceptions.',
      fr: 'Faites-le rédiger comme une règle avec des exceptions simples.',
    },
  ],
  'audit-type-unknown': [
    {
      en: 'The log holds a kind of entry that this app cannot write in FHIR form yet.',
      fr: 'Le journal contient un type d’entrée que cette application ne sait pas encore écrire en FHIR.',
    },
    steps.update,
  ],
}
