/** Analyses: an author publishes one, another organisation reads it and stands for it, a lab tries it on sample rows. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { parseJson } from '@salus/base/json'
import { field } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { analysisNames, analysisOf } from '@salus/enclave/analyses/build'
import { checkParams } from '@salus/enclave/analyses/manifest'
import { packAnalysis, readAnalysis } from '@salus/enclave/analysis'
import { runAnalysis } from '@salus/enclave/runtime/run'
import { sampleTable } from '@salus/market/dataset/synthetic'
import { findOffers } from '@salus/market/lab'
import { readInput } from '../../files.ts'
import { list, option, required, untilSeconds, type Verb } from '../../verb.ts'
import { sayJson } from './result.ts'
import { device, documentOf, marketOf, namedOffers, programOf, storeOption, wholeOption } from './shared.ts'

const LIMITS = { memoryBytes: 256 << 20, ms: 60_000 }

/** An analysis by folder (`manifest.json` and `analysis.wasm`), or one of this program's own by its name. */
async function objectOf(name: string): Promise<Uint8Array> {
  if (analysisNames().includes(name)) {
    const folder = new URL(`./${name}/`, import.meta.resolve('@salus/enclave/analyses/build'))
    return packAnalysis(new Uint8Array(readFileSync(new URL('manifest.json', folder))), (await analysisOf(name)).wasm)
  }
  const [manifest, wasm] = [join(name, 'manifest.json'), join(name, 'analysis.wasm')]
  if (!existsSync(manifest) || !existsSync(wasm)) throw new AppError('file-missing')
  const bytes = packAnalysis(await readInput(manifest), await readInput(wasm))
  readAnalysis(bytes)
  return bytes
}

const publish: Verb = {
  name: 'analysis publish',
  positionals: 'DIR',
  least: 1,
  options: [
    device,
    { name: 'price', value: 'CREDITS', required: true, words: { en: 'for one run', fr: 'pour une exécution' } },
    { name: 'uses', value: 'N', words: { en: 'how often it may run (100000)', fr: 'nombre d’exécutions (100000)' } },
    { name: 'until', value: '365d', span: true, words: { en: 'until when (365d)', fr: 'jusqu’à quand (365d)' } },
    storeOption,
  ],
  words: {
    en: 'publish an analysis: its bytes go to the store under their digest; it runs when another organisation stands for it',
    fr: 'publier une analyse : ses octets vont au dépôt sous leur empreinte ; elle tourne quand une autre organisation s’en porte garante',
  },
  async run(args, screen) {
    const bytes = await objectOf(args.positionals[0] ?? '')
    const { manifest } = readAnalysis(bytes)
    const at = await marketOf(args)
    const { digest: analysis } = await at.store.put([bytes])
    const now = Math.floor((await at.trader.now()) / 1000)
    const until = untilSeconds(option(args, 'until') ?? '365d', now) ?? 0
    const order = newId(systemRandom) as never
    const [price, uses] = [wholeOption(args, 'price', 0), wholeOption(args, 'uses', 100_000, 1, 1_000_000)]
    await at.trader.send('market.analysis', { order, analysis, price, uses, until, labs: [] })
    screen.say(`${manifest.name}@${manifest.version}: ${analysis}`)
    return { order, analysis, name: manifest.name, version: manifest.version }
  },
}

const vouch: Verb = {
  name: 'analysis vouch',
  positionals: 'DIGEST|DIR',
  least: 1,
  options: [device, storeOption],
  words: {
    en: 'say, signed, that your organisation has read this analysis: exactly these bytes',
    fr: 'dire, signé, que votre organisation a lu cette analyse : exactement ces octets',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    const given = args.positionals[0] ?? ''
    // By digest, or by the bytes that lie here: never by a name, which anybody may give to anything.
    const analysis = field.digest.safeParse(given).data ?? digest(await objectOf(given))
    const { manifest } = await programOf(at.store, analysis)
    await at.trader.send('market.vouch', { analysis })
    screen.say(`${manifest.name}@${manifest.version}: ${analysis}`)
    return { analysis }
  },
}

const tryIt: Verb = {
  name: 'analysis try',
  positionals: 'DIR|NAME',
  least: 1,
  options: [
    device,
    {
      name: 'datasets',
      value: 'A,B',
      required: true,
      words: { en: 'offers, by id or organisation', fr: 'offres, par id ou organisation' },
    },
    { name: 'params', value: 'FILE', required: true, words: { en: 'parameters (JSON)', fr: 'paramètres (JSON)' } },
    storeOption,
  ],
  words: {
    en: 'run an analysis here on sample rows that come from no patient; free, and says nothing of the data',
    fr: 'exécuter une analyse ici sur des lignes d’exemple issues d’aucun patient ; gratuit, ne dit rien des données',
  },
  async run(args, screen) {
    const bytes = await objectOf(args.positionals[0] ?? '')
    const { manifest, wasm } = readAnalysis(bytes)
    const params = parseJson(await readInput(required(args, 'params')))
    checkParams(manifest, params)
    const at = await marketOf(args)
    const all = await at.trader.datasets()
    const offers = findOffers(all, namedOffers(all, list(args, 'datasets')))
    const tables = await Promise.all(
      offers.map(async ({ body }) => sampleTable(body.data, await documentOf(at.store, body.data))),
    )
    const result = await runAnalysis({ wasm, call: 'run', params, tables, limits: LIMITS })
    screen.say(
      screen.language === 'fr'
        ? 'Lignes d’exemple, issues d’aucun patient : les chiffres ne veulent rien dire.'
        : 'Sample rows that come from no patient: the figures mean nothing.',
    )
    sayJson(result as never, screen)
    return { sample: true, digest: digest(bytes), result: result as never }
  },
}

export const analysisVerbs: readonly Verb[] = [publish, vouch, tryIt]
