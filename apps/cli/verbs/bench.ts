/** `salus bench NAME|all`: figures beside the limit measured in the same run; with --json one line each. */
import type { Scale } from '../bench/line.ts'
import { misuse } from '../errors.ts'
import type { Verb } from '../verb.ts'

const words = {
  skipped: { en: 'skipped, it needs', fr: 'omis, il faut' },
  limit: { en: 'limit', fr: 'limite' },
} as const

export const benchVerb: Verb = {
  name: 'bench',
  positionals: 'NAME|all',
  least: 1,
  options: [
    {
      name: 'long',
      words: {
        en: 'also what takes long (node.million with a million records, consortium.history with 100,000 transactions); SALUS_BENCH_LONG=1 says the same',
        fr: 'aussi ce qui prend longtemps (node.million avec un million de données, consortium.history avec 100 000 transactions) ; SALUS_BENCH_LONG=1 dit de même',
      },
    },
  ],
  rows: true,
  words: {
    en: 'measure; each figure stands beside a limit measured in the same run',
    fr: 'mesurer ; chaque chiffre est donné avec une limite mesurée dans la même exécution',
  },
  async run(args, screen) {
    // Not before: no other verb needs the benches, nor the testing faces they load.
    const { benches } = await import('../bench/benches.ts')
    const wanted = args.positionals[0] ?? ''
    const names = wanted === 'all' ? Object.keys(benches) : [wanted]
    const scale: Scale = args.options.long || process.env.SALUS_BENCH_LONG === '1' ? 'long' : 'usual'
    const lines = []
    for (const name of names) {
      const bench = benches[name]
      if (!bench) {
        const there = Object.keys(benches).join(', ')
        throw misuse({ en: `“${name}” is none of ${there}.`, fr: `« ${name} » n’est pas l’une de ${there}.` })
      }
      const lacks = await bench.lacks?.()
      screen.progress(lacks ? `${name}: ${words.skipped[screen.language]} ${lacks}` : name)
      for (const line of lacks ? [] : await bench.run(scale)) {
        const beside = line.limit === null ? '' : `  (${words.limit[screen.language]} ${line.limit}, ${line.ratio})`
        screen.say(`${line.name}  ${line.value} ${line.unit}${beside}`)
        // Each figure as soon as it is there: a run of all takes minutes.
        if (screen.json) process.stdout.write(`${JSON.stringify(line)}\n`)
        lines.push(line)
      }
    }
    return { lines }
  },
}
