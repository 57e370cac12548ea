/** The closed lists that options take their words from. */
import { categories } from '@salus/base/categories'
import {
  answerWords,
  categoryWords,
  findingWords,
  glassWords,
  organisationWords,
  professionWords,
  purposeWords,
  questionWords,
  refusalWords,
  researchWords,
} from '@salus/ui/vocabulary'
import type { Choices } from './verb.ts'

/** Without the two compartments nobody asks for: `people` comes along, `hidden` never does. */
export const categoryChoices: Choices = {
  what: { en: 'a category', fr: 'une catégorie' },
  title: { en: 'Categories:', fr: 'Catégories :' },
  words: Object.fromEntries(categories.map((one) => [one, categoryWords[one] ?? { en: one, fr: one }])),
}

export const professionChoices: Choices = {
  what: { en: 'a role', fr: 'un rôle' },
  title: { en: 'Roles:', fr: 'Rôles :' },
  words: professionWords,
}

export const purposeChoices: Choices = {
  what: { en: 'a purpose', fr: 'un motif' },
  title: { en: 'Purposes:', fr: 'Motifs :' },
  words: purposeWords,
}

export const refusalChoices: Choices = {
  what: { en: 'a reason', fr: 'une raison' },
  title: { en: 'Reasons:', fr: 'Raisons :' },
  words: refusalWords,
}

/** Roles of people: a keeper is none. */
export const personChoices: Choices = {
  ...professionChoices,
  words: Object.fromEntries(Object.entries(professionWords).filter(([role]) => role !== 'keeper')),
}

export const glassChoices: Choices = {
  what: { en: 'a reason', fr: 'une raison' },
  title: { en: 'Reasons:', fr: 'Raisons :' },
  words: glassWords,
}

export const findingChoices: Choices = {
  what: { en: 'a finding', fr: 'un résultat' },
  title: { en: 'Findings:', fr: 'Résultats :' },
  words: findingWords,
}

export const researchChoices: Choices = {
  what: { en: 'a kind of research', fr: 'un type de recherche' },
  title: { en: 'Research:', fr: 'Recherche :' },
  words: { none: { en: 'none at all', fr: 'aucune' }, ...researchWords },
}

export const questionChoices: Choices = {
  what: { en: 'a reason', fr: 'une raison' },
  title: { en: 'Reasons:', fr: 'Raisons :' },
  words: questionWords,
}

export const answerChoices: Choices = {
  what: { en: 'an answer', fr: 'une réponse' },
  title: { en: 'Answers:', fr: 'Réponses :' },
  words: answerWords,
}

export const organisationChoices: Choices = {
  what: { en: 'a kind of organisation', fr: 'un type d’organisation' },
  title: { en: 'Kinds:', fr: 'Types :' },
  words: organisationWords,
}
