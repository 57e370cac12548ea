/** Looks at a command before it runs: what is missing, what is not known, and which words there are instead. */
import type { Both, Language } from '@salus/ui/language'
import { type Arguments, type Choices, type Option, option, untilSeconds, type Verb } from './verb.ts'

/** Rows `code  words` of a closed list. */
export const choiceRows = ({ words }: Choices, language: Language): string[] => {
  const width = Math.max(...Object.keys(words).map((one) => one.length))
  return Object.entries(words).map(([code, both]) => `  ${code.padEnd(width)}  ${both[language]}`)
}

const unknownWord = (word: string, choices: Choices): Both => ({
  en: [`“${word}” is not ${choices.what.en}. There are:`, ...choiceRows(choices, 'en')].join('\n'),
  fr: [`« ${word} » n’est pas ${choices.what.fr}. Il y a :`, ...choiceRows(choices, 'fr')].join('\n'),
})

const unknownSpan = (word: string, name: string): Both => ({
  en: `“${word}” is no time for --${name}. Write 90m, 24h, 30d, or a day to come such as 2030-12-31.`,
  fr: `« ${word} » n’est pas une durée pour --${name}. Écrivez 90m, 24h, 30d, ou un jour à venir comme 2030-12-31.`,
})

/** What is wrong with an option's value, if it is one of a closed list or a time. */
function valueProblem(one: Option, value: string | undefined): Both | undefined {
  if (value === undefined) return undefined
  const { choices } = one
  if (choices) {
    const words = one.value?.includes('…') ? value.split(',').map((word) => word.trim()) : [value]
    const wrong = words.find((word) => word !== '' && !Object.hasOwn(choices.words, word))
    if (wrong !== undefined) return unknownWord(wrong, choices)
  }
  return one.span && untilSeconds(value, Date.now() / 1000) === undefined ? unknownSpan(value, one.name) : undefined
}

/** The first thing that is wrong with `args`, in words; undefined when the verb can run. */
export function problemOf(verb: Verb, args: Arguments): Both | undefined {
  const missing = verb.options.find((one) => one.required && args.options[one.name] === undefined)
  if (missing) {
    const text = `--${missing.name} ${missing.value}`
    return { en: `${text} is missing: ${missing.words.en}.`, fr: `Il manque ${text} : ${missing.words.fr}.` }
  }
  const { positionals } = args
  if (positionals.length < (verb.least ?? 0))
    return { en: `${verb.positionals} is missing.`, fr: `Il manque ${verb.positionals}.` }
  const most = verb.positionals?.includes('…') ? Number.POSITIVE_INFINITY : (verb.positionals?.split(' ').length ?? 0)
  const extra = positionals[most]
  if (extra !== undefined) return { en: `“${extra}” is one word too many.`, fr: `« ${extra} » est un mot de trop.` }
  for (const one of verb.options) {
    const problem = valueProblem(one, option(args, one.name))
    if (problem) return problem
  }
  return undefined
}

/** What the parser of options found, in our words: it speaks English only. */
export function parserProblem(error: unknown): Both {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  const name = /--?[\w-]+/.exec(message)?.[0] ?? ''
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
    return { en: `${name} is not written with what belongs to it.`, fr: `${name} n’est pas écrit avec ce qui va avec.` }
  return { en: `There is no ${name} here.`, fr: `${name} n’existe pas ici.` }
}
