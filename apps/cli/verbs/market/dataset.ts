/** A hospital's data sets: looked at, encrypted, offered, withdrawn. */
import { existsSync } from 'node:fs'
import { base64url, text } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { parseWith } from '@salus/base/schema'
import { defaultGate, type GatePolicy, PUBLIC_K } from '@salus/enclave/deal'
import type { Bodies } from '@salus/market/contract'
import { type DataContract, dataContract } from '@salus/market/dataset/contract'
import { profileOf, publishData } from '@salus/market/dataset/publish'
import { assertSound, type Profile } from '@salus/market/dataset/read'
import { misuse } from '../../errors.ts'
import { readInput } from '../../files.ts'
import type { MarketDevice } from '../../market.ts'
import {
  type Arguments,
  list,
  type Option,
  option,
  required,
  type Screen,
  untilSeconds,
  type Verb,
} from '../../verb.ts'
import { device, dutyNames, kindNames, marketOf, oneOf, purposeNames, storeOption, wholeOption } from './shared.ts'

const schema: Option = {
  ...{ name: 'schema', value: 'FILE', required: true },
  words: {
    en: 'the data contract: columns, units, ranges, levels (docs/market.md)',
    fr: 'le contrat de données : colonnes, unités, plages, niveaux (docs/market.md)',
  },
}

const contractOf = async (args: Arguments): Promise<DataContract> =>
  parseWith(dataContract, await readInput(required(args, 'schema')))

/** What the hospital sees of its own file; stays on this device. */
function sayProfile({ rows, columns }: Profile, { language, say }: Screen): void {
  const fr = language === 'fr'
  say(fr ? `${rows} lignes` : `${rows} rows`)
  for (const { name, values, missing, implausible, wrong, mean, min, max, levels } of columns) {
    const parts = [
      fr ? `${values} valeurs` : `${values} values`,
      ...(missing > 0 ? [fr ? `${missing} manquantes` : `${missing} missing`] : []),
      ...(implausible > 0 ? [fr ? `${implausible} impossibles` : `${implausible} implausible`] : []),
      ...Object.entries(wrong).map(([problem, count]) => `${count} ${problem}`),
      levels.length > 0 ? levels.join(' / ') : `${min} … ${max}, ~${mean.toPrecision(4)}`,
    ]
    say(`  ${name}: ${parts.join(' · ')}`)
  }
}

const profile: Verb = {
  name: 'dataset profile',
  positionals: 'FILE.csv[.gz]',
  least: 1,
  options: [schema],
  words: {
    en: 'check a file against its contract and count what is in it; nothing leaves this machine',
    fr: 'vérifier un fichier d’après son contrat et compter ce qu’il contient ; rien ne quitte cette machine',
  },
  async run(args, screen) {
    const path = args.positionals[0] ?? ''
    await readable(path)
    const contract = await contractOf(args)
    const found = await profileOf(path, contract)
    sayProfile(found, screen)
    assertSound(found, contract)
    return { rows: found.rows, columns: found.columns }
  },
}

/** A path that cannot be read is said in the words of every other file. */
async function readable(path: string): Promise<void> {
  if (!existsSync(path)) await readInput(path)
}

const publishOptions: readonly Option[] = [
  device,
  schema,
  {
    name: 'price',
    value: 'CREDITS',
    required: true,
    words: { en: 'for one use; 0 is a price', fr: 'pour un usage ; 0 est un prix' },
  },
  { name: 'terms', value: 'FILE', required: true, words: { en: 'text of the terms', fr: 'texte des conditions' } },
  {
    name: 'broker',
    value: 'URL',
    required: true,
    words: { en: 'where its key broker answers', fr: 'adresse de son gardien de clés' },
  },
  {
    name: 'set',
    value: 'ID',
    words: { en: 'a new version of this data set', fr: 'une nouvelle version de cet ensemble' },
  },
  { name: 'uses', value: 'N', words: { en: 'how often it may be used (1000)', fr: 'nombre d’usages (1000)' } },
  { name: 'until', value: '365d', span: true, words: { en: 'until when (365d)', fr: 'jusqu’à quand (365d)' } },
  { name: 'labs', value: 'ORGS', words: { en: 'only these organisations', fr: 'ces organisations seulement' } },
  { name: 'analyses', value: 'DIGESTS', words: { en: 'only these analyses', fr: 'ces analyses seulement' } },
  {
    name: 'kinds',
    value: 'KINDS',
    words: { en: 'kinds of machine: sgx,tdx,snp', fr: 'types de machine : sgx,tdx,snp' },
  },
  {
    name: 'purpose',
    value: 'PURPOSE',
    words: {
      en: 'widest purpose: general-research, health-research, disease-research',
      fr: 'but le plus large : general-research, health-research, disease-research',
    },
  },
  {
    name: 'duties',
    value: 'DUTIES',
    words: {
      en: 'publish, ethics, this-user, non-commercial, collaborate',
      fr: 'publish, ethics, this-user, non-commercial, collaborate',
    },
  },
  {
    name: 'public',
    words: {
      en: 'synthetic, or public already: simulated machines may do',
      fr: 'synthétique ou déjà public : une machine simulée suffit',
    },
  },
  { name: 'by-hand', words: { en: 'each order waits for a yes', fr: 'chaque commande attend un oui' } },
  {
    name: 'k',
    value: 'N',
    words: { en: 'fewest people behind any figure (10)', fr: 'le moins de personnes derrière un chiffre (10)' },
  },
  {
    name: 'budget',
    value: 'N',
    words: {
      en: 'how many results of this version in all (100)',
      fr: 'nombre total de résultats de cette version (100)',
    },
  },
  storeOption,
]

function gateOf(args: Arguments): GatePolicy {
  const open = args.options.public === true
  const k = wholeOption(args, 'k', open ? PUBLIC_K : defaultGate.k, PUBLIC_K, 1000)
  return { ...defaultGate, k, budget: wholeOption(args, 'budget', defaultGate.budget, 1, 100_000) }
}

const namesOf = <T>(args: Arguments, name: string, names: Readonly<Record<string, T>>, fallback: readonly T[]): T[] => {
  const given = list(args, name)
  return given.length === 0
    ? [...fallback]
    : given.map((one) => oneOf({ ...args, options: { [name]: one } }, name, names, fallback[0] as T))
}

/** The signed offer of a version. */
function offerOf(
  args: Arguments,
  at: { data: string; set: string; key: string; now: number },
): Bodies['market.dataset'] {
  const open = args.options.public === true
  const until = untilSeconds(option(args, 'until') ?? '365d', at.now) ?? 0
  return {
    ...{ order: newId(systemRandom), set: at.set as never, data: at.data as never, key: at.key },
    ...{ price: wholeOption(args, 'price', 0), uses: wholeOption(args, 'uses', 1_000, 1, 1_000_000) },
    until,
    ...{ labs: list(args, 'labs') as never, analyses: list(args, 'analyses') as never },
    kinds: namesOf(args, 'kinds', kindNames, open ? ['simulated', 'sgx', 'tdx', 'snp'] : ['sgx', 'tdx', 'snp']),
    purposes: [oneOf(args, 'purpose', purposeNames, 'DUO:0000006')],
    duties: namesOf(args, 'duties', dutyNames, []),
    ...{ public: open, byHand: args.options['by-hand'] === true, gate: gateOf(args) },
  }
}

/** The next version of a set: its own, or a first one of a new set. */
async function versionOf(at: MarketDevice, set: string | undefined): Promise<{ set: string; version: number }> {
  if (set === undefined) return { set: newId(systemRandom), version: 1 }
  const own = Object.values((await at.keys()).data).filter((one) => one.set === set)
  return { set, version: Math.max(0, ...own.map(({ version }) => version)) + 1 }
}

/** What no offer can be is said before anything is read. */
function checkOffer(args: Arguments): void {
  const kinds = namesOf(args, 'kinds', kindNames, [])
  if (kinds.includes('simulated') && args.options.public !== true) throw new AppError('simulated-refused')
  if (!URL.canParse(required(args, 'broker')) || !/^https?:/.test(required(args, 'broker'))) {
    throw misuse({
      en: '--broker takes the address that broker up printed.',
      fr: '--broker veut l’adresse affichée par broker up.',
    })
  }
}

const publish: Verb = {
  name: 'dataset publish',
  positionals: 'FILE.csv[.gz]',
  least: 1,
  options: publishOptions,
  words: {
    en: 'encrypt a data set, push it to the store and offer it; a new version takes the old offer’s place',
    fr: 'chiffrer un ensemble de données, le déposer et l’offrir ; une nouvelle version remplace l’ancienne offre',
  },
  async run(args, screen) {
    const path = args.positionals[0] ?? ''
    await readable(path)
    const contract = await contractOf(args)
    checkOffer(args)
    const terms = text((await readInput(required(args, 'terms'))) as never)
    const at = await marketOf(args, true)
    const { set, version } = await versionOf(at, option(args, 'set'))
    const key = systemRandom(32)
    const said = { set: set as never, org: at.org as never, version, terms, broker: required(args, 'broker') }
    screen.progress(screen.language === 'fr' ? 'lecture et chiffrement…' : 'reading and encrypting…')
    const made = await publishData(
      { path, contract, version: { ...said, public: args.options.public === true }, key, random: systemRandom },
      at.store,
    )
    const { share } = await at.keys()
    const now = Math.floor((await at.trader.now()) / 1000)
    const body = offerOf(args, { data: made.data, set, key: share.publicKey, now })
    // Before anybody can order it: a key that was not kept would open nothing again.
    await at.keepData(made.data, { key: base64url(key), set, version, order: body.order })
    key.fill(0)
    await at.trader.send('market.dataset', body)
    sayProfile(made.profile, screen)
    screen.say(
      screen.language === 'fr'
        ? `Offre : ${body.order} (ensemble ${set}, version ${version})`
        : `Offer: ${body.order} (data set ${set}, version ${version})`,
    )
    return { order: body.order, set, version, data: made.data, rows: made.profile.rows, price: body.price }
  },
}

export const datasetVerbs: readonly Verb[] = [profile, publish]
