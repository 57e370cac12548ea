/** `salus bench NAME|all`: figures beside the limit measured in the same run. */
import { benches } from '../bench/benches.ts'
import { misuse } from '../errors.ts'
import type { Verb } from '../verb.ts'

export const benchVerb: Verb = {
  name: 'bench',
  positionals: 'NAME|all',
  least: 1,
  options: [],
  words: {
    en: 'measure; each figure stands beside a limit measured in the same run',
    fr: 'mesurer ; chaque chiffre est donné avec une limite mesurée dans la même exécution',
  },
  async run(args, screen) {
    const wanted = args.positionals[0] ?? ''
    const names = wanted === 'all' ? Object.keys(benches) : [wanted]
    const lines = []
    for (const name of names) {
      const bench = benches[name]
      if (!bench) {
        const there = Object.keys(benches).join(', ')
        throw misuse({ en: `“${name}” is none of ${there}.`, fr: `« ${name} » n’est pas l’une de ${there}.` })
      }
      screen.progress(name)
      for (const line of await bench()) {
        screen.say(`${line.name}  ${line.value} ${line.unit}  (limit ${line.limit}, ratio ${line.ratio})`)
        lines.push(line)
      }
    }
    return { lines }
  },
}
