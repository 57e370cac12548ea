/** Where in a file something is wrong, and what, in words: types, ids and places, never what a resource says. */
import { type AppError, isAppError } from '@salus/base/errors'
import type { SourceResource } from '@salus/fhir/contract'
import type { Both } from '@salus/ui/language'
import { withHint } from './errors.ts'

/** The validator's closed words. Any other is the key of a constraint of FHIR R4, such as `obs-7`. */
const problems: Readonly<Record<string, Both>> = {
  missing: { en: 'is missing', fr: 'manque' },
  'unknown-element': { en: 'holds an element that R4 does not have', fr: 'contient un élément que R4 n’a pas' },
  cardinality: { en: 'is there too often or too rarely', fr: 'est présent trop ou trop peu de fois' },
  empty: { en: 'is empty', fr: 'est vide' },
  'wrong-type': { en: 'is of another type', fr: 'est d’un autre type' },
  format: { en: 'is not in R4’s form', fr: 'n’a pas la forme de R4' },
  range: { en: 'is out of range', fr: 'est hors limites' },
  'two-values': { en: 'has two values', fr: 'a deux valeurs' },
  'too-long': { en: 'is too long', fr: 'est trop long' },
  code: { en: 'has a code that R4’s list does not hold', fr: 'a un code absent de la liste de R4' },
  unreadable: { en: 'cannot be read', fr: 'est illisible' },
}

const problemWords = (problem: string): Both =>
  problems[problem] ?? { en: `breaks rule ${problem} of R4`, fr: `enfreint la règle ${problem} de R4` }

/** `file 2, line 12, entry 3`, without what is not there. */
function placeWords(file: number | undefined, at: Readonly<Record<string, unknown>>): Both {
  const parts = (words: readonly [string, unknown][]) =>
    words.flatMap(([word, n]) => (typeof n === 'number' ? [`${word} ${n}`] : [])).join(', ')
  return {
    en: parts([
      ['file', file],
      ['line', at.line],
      ['entry', at.entry],
    ]),
    fr: parts([
      ['fichier', file],
      ['ligne', at.line],
      ['entrée', at.entry],
    ]),
  }
}

/** What `error` says of `source`: `Observation/w (entry 2): Observation.status is missing`. */
export function placed(error: AppError, file: number | undefined, source?: SourceResource): Error {
  const { type, problem, at } = error.facts
  const place = placeWords(file, source ? source.at : error.facts)
  const name = source?.source ?? (typeof type === 'string' ? type : '')
  const words = typeof problem === 'string' && error.code === 'resource-invalid' ? problemWords(problem) : undefined
  const line = (language: 'en' | 'fr') => {
    const where = name && place[language] ? `${name} (${place[language]})` : name || place[language]
    const colon = language === 'fr' ? ' :' : ':'
    return words ? `${where}${colon} ${String(at ?? type)} ${words[language]}.` : where && `${where}.`
  }
  const hint = { en: line('en'), fr: line('fr') }
  return hint.en ? withHint(error, hint) : error
}

/** Runs `work` on a resource; what it refuses says where that stood. */
export function saying<T>(source: SourceResource, file: number | undefined, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw isAppError(error) ? placed(error, file, source) : error
  }
}
