/** What is wrong with a field, in words: the closed list of `fhir/forms`. */
import type { FormProblem } from '@salus/fhir/forms/types'
import type { Both } from '../../language.ts'

const problems: Readonly<Record<FormProblem, Both>> = {
  missing: { en: 'Fill this in.', fr: 'À remplir.' },
  'too-long': { en: 'This is too long: make it shorter.', fr: 'C’est trop long : raccourcissez.' },
  'not-a-number': { en: 'Write a number, such as 7.5.', fr: 'Écrivez un nombre, par exemple 7,5.' },
  'out-of-range': {
    en: 'This number cannot be right here: check it.',
    fr: 'Ce nombre ne peut pas être juste ici : vérifiez-le.',
  },
  'not-a-date': {
    en: 'Write a date, such as 2019, 05/2019 or 21/05/2019.',
    fr: 'Écrivez une date, par exemple 2019, 05/2019 ou 21/05/2019.',
  },
  'later-than-now': { en: 'This date is still to come.', fr: 'Cette date est dans l’avenir.' },
  'before-start': { en: 'This is before the beginning.', fr: 'C’est avant le début.' },
  'not-in-list': { en: 'Choose one of the list.', fr: 'Choisissez dans la liste.' },
  'no-type': {
    en: 'What kind of file this is cannot be told: choose a PDF, an image or a DICOM file.',
    fr: 'On ne reconnaît pas ce fichier : choisissez un PDF, une image ou un fichier DICOM.',
  },
  'too-large': { en: 'This file is too large: 10 MB at most.', fr: 'Ce fichier est trop gros : 10 Mo au plus.' },
  damaged: { en: 'This cannot be read: choose it again.', fr: 'Illisible : choisissez-le à nouveau.' },
}

/** The sentence at the field; a problem nobody knows yet asks to look again. */
export const problemWords = (problem: string): Both =>
  Object.hasOwn(problems, problem) ? problems[problem as FormProblem] : problems['out-of-range']
