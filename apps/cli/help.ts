/** Help, made from the verb table. */
import type { Language } from '@salus/ui/language'
import { choiceRows } from './check.ts'
import type { Verb } from './verb.ts'

/** The verb with its arguments, one line. */
export const usage = (verb: Verb): string => {
  const options = verb.options.map((one) => {
    const text = one.value ? `--${one.name} ${one.value}` : `--${one.name}`
    return one.required ? text : `[${text}]`
  })
  return ['salus', verb.name, verb.positionals, ...options].filter(Boolean).join(' ')
}

/** The given verbs, one line each. */
export function help(language: Language, some: readonly Verb[]): string {
  const head =
    language === 'fr'
      ? 'salus VERBE … — chaque verbe a --help et --json ; codes de sortie : 0 fait, 1 refusé, 2 mauvais usage'
      : 'salus VERB … — every verb has --help and --json; exit codes: 0 done, 1 refused, 2 misuse'
  const rows = some.map((one) => `  ${one.name.padEnd(24)} ${one.words[language]}`)
  const node =
    language === 'fr'
      ? 'SALUS_NODE=URL : adresse du nœud, à la place de celle que l’appareil a retenue (npm start l’affiche)'
      : 'SALUS_NODE=URL: address of the node, in place of the one a device remembers (npm start prints it)'
  return [head, '', ...rows, '', node].join('\n')
}

/** One verb with its options. */
export function verbHelp(verb: Verb, language: Language): string {
  const rows = verb.options.map(
    (one) => `  --${one.name.padEnd(12)} ${(one.value ?? '').padEnd(12)} ${one.words[language]}`,
  )
  const lists = verb.options.flatMap(({ choices }) =>
    choices ? ['', `${choices.title[language]}`, ...choiceRows(choices, language)] : [],
  )
  const more = verb.more ? ['', verb.more[language]] : []
  return [usage(verb), verb.words[language], '', ...rows, `  --json`, `  --help`, ...lists, ...more].join('\n')
}
