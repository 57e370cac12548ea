/** A lab's orders: the whole price and every rule first, then the order; and what becomes of it. */

import { utf8 } from '@salus/base/bytes'
import { systemClock, systemRandom } from '@salus/base/clock'
import { parseJson } from '@salus/base/json'
import { checkParams } from '@salus/enclave/analyses/manifest'
import type { Reason } from '@salus/enclave/task/result'
import { assertColumns } from '@salus/market/alike'
import { envelopeOf } from '@salus/market/broker/delivery'
import { endStates, type Task } from '@salus/market/contract'
import { placeOrder, type Quote, quoteOf } from '@salus/market/lab'
import type { Both } from '@salus/ui/language'
import { causeWords, dutyWords, ruleWords, stateWords } from '@salus/ui/market'
import { readInput } from '../../files.ts'
import type { MarketDevice } from '../../market.ts'
import { type Arguments, list, type Option, required, type Screen, type Verb } from '../../verb.ts'
import {
  device,
  documentOf,
  kindNames,
  marketOf,
  namedOffers,
  namedProgram,
  oneOf,
  programOf,
  purposeNames,
  storeOption,
  wholeOption,
} from './shared.ts'

const wanted: readonly Option[] = [
  device,
  {
    name: 'datasets',
    value: 'A,B,C',
    required: true,
    words: { en: 'offers, by id or organisation', fr: 'offres, par id ou organisation' },
  },
  { name: 'analysis', value: 'NAME@V', required: true, words: { en: 'which analysis', fr: 'quelle analyse' } },
  {
    name: 'host-kind',
    value: 'KIND',
    required: true,
    words: { en: 'simulated, sgx, tdx or snp', fr: 'simulated, sgx, tdx ou snp' },
  },
  storeOption,
]

async function quoteFor(args: Arguments, at: MarketDevice): Promise<Quote> {
  const datasets = namedOffers(await at.trader.datasets(), list(args, 'datasets'))
  const analysis = await namedProgram(at.store, await at.trader.analyses(), required(args, 'analysis'))
  return quoteOf(at.trader, { datasets, analysis, kind: oneOf(args, 'host-kind', kindNames, 'simulated') })
}

const simulatedWords: Both = {
  en: 'SIMULATED machine: nothing but a promise protects the data. For synthetic or public data only.',
  fr: 'Machine SIMULÉE : rien qu’une promesse ne protège les données. Pour des données synthétiques ou publiques seulement.',
}

/** Price, limits and policies: everything that is signed, before it is signed. */
async function sayQuote(quote: Quote, at: MarketDevice, screen: Screen): Promise<void> {
  const { language, say } = screen
  const fr = language === 'fr'
  for (const { org, body } of quote.offers) {
    const { title, rows } = await documentOf(at.store, body.data)
    say(`  ${org}: ${title[language]} · ${fr ? 'lignes' : 'rows'} ~${rows} · ${body.price}`)
  }
  const { manifest } = await programOf(at.store, quote.program.body.analysis)
  say(`  ${quote.program.org}: ${manifest.title[language]} · ${quote.program.body.price}`)
  say(`  ${quote.host.org}: ${quote.host.body.kind} · ${quote.minutes} min · ${quote.host.body.price}`)
  say(fr ? `Total : ${quote.total} crédits` : `Total: ${quote.total} credits`)
  const { k, share, dof } = quote.gate
  say(
    fr
      ? `Règles du résultat : au moins ${k} personnes par chiffre, un paramètre pour ${Math.ceil(100 / share)} observations, ${dof} degrés de liberté.`
      : `Rules of the result: at least ${k} people behind any figure, one parameter for ${Math.ceil(100 / share)} observations, ${dof} degrees of freedom.`,
  )
  for (const duty of quote.duties) say(`  ${fr ? 'vous vous engagez' : 'you undertake'}: ${dutyWords[duty][language]}`)
  if (quote.byHand)
    say(fr ? 'Un hôpital décide à la main : jusqu’à trois jours.' : 'A hospital decides by hand: up to three days.')
  if (quote.simulated) say(simulatedWords[language])
}

const quoteJson = (quote: Quote) => ({
  ...{ total: quote.total, simulated: quote.simulated, byHand: quote.byHand, gate: quote.gate, minutes: quote.minutes },
  offers: quote.offers.map(({ org, body }) => ({ org, order: body.order, price: body.price })),
})

const quote: Verb = {
  name: 'order quote',
  options: wanted,
  words: {
    en: 'the whole price, limits and rules of an order; signs nothing',
    fr: 'le prix entier, les limites et les règles d’une commande ; ne signe rien',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    const found = await quoteFor(args, at)
    await sayQuote(found, at, screen)
    return quoteJson(found)
  },
}

const place: Verb = {
  name: 'order place',
  options: [
    ...wanted,
    { name: 'params', value: 'FILE', required: true, words: { en: 'parameters (JSON)', fr: 'paramètres (JSON)' } },
    {
      name: 'max-price',
      value: 'N',
      required: true,
      words: { en: 'pay no more than this', fr: 'ne pas payer plus que cela' },
    },
    {
      name: 'purpose',
      value: 'PURPOSE',
      words: {
        en: 'general-research, health-research, disease-research',
        fr: 'general-research, health-research, disease-research',
      },
    },
  ],
  words: {
    en: 'place an order: the price is set aside and goes to whoever earned it, or comes back',
    fr: 'passer une commande : le prix est mis de côté et va à qui l’a gagné, ou revient',
  },
  async run(args, screen) {
    const params = JSON.stringify(parseJson(await readInput(required(args, 'params'))))
    const at = await marketOf(args, true)
    const found = await quoteFor(args, at)
    const { manifest } = await programOf(at.store, found.program.body.analysis)
    checkParams(manifest, JSON.parse(params))
    const documents = await Promise.all(found.offers.map(({ body }) => documentOf(at.store, body.data)))
    const sets = documents.map(({ columns }) => columns)
    assertColumns(JSON.parse(params), sets)
    await sayQuote(found, at, screen)
    await at.store.put([utf8(params)])
    const { lab } = await at.keys()
    const placing = {
      ...{ quote: found, params, key: lab.publicKey, most: wholeOption(args, 'max-price', 0) },
      purpose: oneOf(args, 'purpose', purposeNames, 'DUO:0000006'),
    }
    const task = await placeOrder(at.trader, placing, { clock: systemClock, random: systemRandom })
    screen.say(screen.language === 'fr' ? `Commande : ${task}` : `Order: ${task}`)
    return { task, ...quoteJson(found) }
  },
}

const isEnd = ({ state }: Task): boolean => (endStates as readonly string[]).includes(state)

/** A task in words: where it stands, and why. */
export function sayTask(task: Task, { language, say }: Screen): void {
  const cause = task.cause
    ? ` · ${causeWords[task.cause]?.[language] ?? task.cause}${task.by ? ` (${task.by})` : ''}`
    : ''
  say(`${stateWords[task.state]?.[language] ?? task.state}${cause}`)
}

const legWords = {
  allowed: { en: 'said yes', fr: 'a dit oui' },
  reserved: {
    en: 'accepted the machine’s proof, released its key',
    fr: 'a accepté la preuve de la machine, remis sa clé',
  },
  share: { en: 'handed its part of the result’s key over', fr: 'a remis sa part de la clé du résultat' },
} as const satisfies Readonly<Record<string, Both>>

/** What each hospital has done for a task so far, in words. */
function legSteps({ legs }: Task, { language }: Screen): string[] {
  return (['allowed', 'reserved', 'share'] as const).flatMap((step) =>
    legs
      .filter((one) => one[step] !== undefined && one[step] !== false)
      .map(({ org, order }) => `  ${org} (${order.slice(0, 4)}): ${legWords[step][language]}`),
  )
}

/** Which rules the gate refused a result by, or holds it for: names, never values. */
async function rulesOf(task: Task, at: MarketDevice): Promise<readonly Reason[]> {
  if (task.result === undefined || task.outcome === 'released') return []
  return envelopeOf(at, task).then(
    ({ reasons }) => reasons,
    () => [],
  )
}

const watch: Verb = {
  name: 'task watch',
  positionals: 'ID',
  least: 1,
  options: [device, { name: 'once', words: { en: 'only as it is now', fr: 'seulement l’état présent' } }, storeOption],
  words: { en: 'follow a task to its end, step by step', fr: 'suivre une tâche jusqu’à sa fin, pas à pas' },
  async run(args, screen) {
    const at = await marketOf(args)
    const id = args.positionals[0] ?? ''
    const said = new Set<string>()
    let state = ''
    for (;;) {
      const task = await at.trader.task(id)
      for (const line of legSteps(task, screen)) {
        if (!said.has(line)) screen.say(line)
        said.add(line)
      }
      if (state !== task.state) sayTask(task, screen)
      state = task.state
      if (isEnd(task) || args.options.once === true) {
        const rules = await rulesOf(task, at)
        for (const { rule, about = '' } of rules)
          screen.say(`  ${ruleWords[rule]?.[screen.language] ?? rule}${about ? ` (${about})` : ''}`)
        if (task.paid) for (const [org, amount] of Object.entries(task.paid)) screen.say(`  ${org}: +${amount}`)
        return { task: id, state: task.state, cause: task.cause ?? null, rules, paid: task.paid ?? null }
      }
      await at.trader.next()
    }
  },
}

export const orderVerbs: readonly Verb[] = [quote, place, watch]
