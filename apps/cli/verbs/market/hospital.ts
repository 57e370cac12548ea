/** The market as a hospital decides on it: what waits for its word, and all that happened with its data. */
import type { HostKind } from '@salus/enclave/deal'
import { type Audit, createAudit, type Use } from '@salus/market/audit'
import { decideTask } from '@salus/market/decision'
import { type Waiting, waiting } from '@salus/market/inbox'
import type { Both, Language } from '@salus/ui/language'
import {
  causeWords,
  dutyWords,
  peopleWords,
  purposeWords,
  ruleWords,
  simulatedWords,
  stateWords,
  unreadWords,
} from '@salus/ui/market'
import type { MarketDevice } from '../../market.ts'
import type { Screen, Verb } from '../../verb.ts'
import { device, documentOf, marketOf, programOf, storeOption } from './shared.ts'

const options = [device, storeOption]

// One object that is missing must not hide the others.
const notThere: Both = { en: '(not in the store)', fr: '(absent du dépôt)' }

/** What a machine of this kind is called: one that proves nothing is said to be simulated. */
const kindOf = (kind: HostKind, language: Language): string => (kind === 'simulated' ? simulatedWords[language] : kind)

/** One line of what waits, then why it is held, or that nobody can read it. */
function sayWaiting({ task, deal, manifest, reasons, readable }: Waiting, { language, say }: Screen): void {
  const title = (manifest?.title ?? notThere)[language]
  const words = [title, purposeWords[deal.purpose][language], stateWords[task.state]?.[language]]
  say(`${task.task}  ${task.lab}: ${[...words, kindOf(deal.kind, language)].join(' · ')}`)
  for (const { rule, about } of reasons) say(`  ${ruleWords[rule]?.[language] ?? rule}${about ? `: ${about}` : ''}`)
  if (!readable) say(`  ${unreadWords[language]}`)
}

const inbox: Verb = {
  name: 'market inbox',
  options,
  words: {
    en: 'orders and results that wait for your decision',
    fr: 'commandes et résultats qui attendent votre décision',
  },
  async run(args, screen) {
    const { trader, store } = await marketOf(args)
    const manifest = async (digest: string) => (await programOf(store, digest)).manifest
    const all = await waiting(trader, { get: store.get, manifest })
    for (const one of all) sayWaiting(one, screen)
    if (all.length === 0) screen.say(screen.language === 'fr' ? 'Rien n’attend.' : 'Nothing waits.')
    return {
      waiting: all.map(({ task: { task, lab, state, due }, deal, reasons, readable }) => ({
        ...{ task, lab, state, purpose: deal.purpose, simulated: deal.kind === 'simulated', reasons, readable, due },
      })),
    }
  },
}

const decision = (allow: boolean): Verb => ({
  name: allow ? 'market approve' : 'market refuse',
  positionals: 'TASK',
  least: 1,
  options,
  words: allow
    ? { en: 'say yes to an order or a held result', fr: 'dire oui à une commande ou à un résultat retenu' }
    : {
        en: 'say no: an order is refunded whole; of a held result who computed is paid, the price of the data goes back',
        fr: 'dire non : une commande est remboursée en entier ; d’un résultat retenu le calcul est payé, le prix des données rendu',
      },
  async run(args, screen) {
    const { trader } = await marketOf(args, true)
    const [id = ''] = args.positionals
    await decideTask(trader, id, allow)
    const { state } = await trader.task(id)
    screen.say(stateWords[state]?.[screen.language] ?? state)
    return { task: id, state }
  },
})

/** `at` in seconds; `paid` to this organisation. */
type Line = Pick<Use, 'at' | 'lab' | 'state' | 'cause' | 'paid' | 'kind'>

/** One line of what happened with this organisation's data. */
function sayLine({ at, lab, state, cause, paid, kind }: Line, { language, say }: Screen): void {
  const why = cause ? ` · ${causeWords[cause]?.[language] ?? cause}` : ''
  const mark = kind === 'simulated' ? ` · ${simulatedWords[language]}` : ''
  const when = new Date(at * 1000).toISOString().slice(0, 16)
  say(`${when}  ${lab}  ${stateWords[state]?.[language] ?? state}${why} · +${paid}${mark}`)
}

const versionOf = async ({ store }: MarketDevice, data: string) =>
  documentOf(store, data).catch(() => ({ title: notThere, version: '?' }))

/** One use in full: the data and the analysis, for what, under which terms, on which machine, what it took of the budget. */
async function sayUse(at: MarketDevice, use: Use, screen: Screen): Promise<void> {
  const { language, say } = screen
  const { title, version } = await versionOf(at, use.data)
  const program = await programOf(at.store, use.analysis).then(
    ({ manifest }) => manifest.title,
    () => notThere,
  )
  const byHand: Both = { en: 'decided by hand', fr: 'décidé à la main' }
  const duties = use.duties.map((one) => dutyWords[one][language])
  const left = language === 'fr' ? `budget ${use.units}, reste ${use.left}` : `budget ${use.units}, ${use.left} left`
  sayLine(use, screen)
  say(`  ${title[language]} v${version} · ${program[language]} · ${purposeWords[use.purpose][language]}`)
  say(`  ${[peopleWords[language](use.k), ...duties, ...(use.byHand ? [byHand[language]] : [])].join(' · ')}`)
  say(`  ${use.host}, ${kindOf(use.kind, language)} · ${left} · ${use.task}`)
}

/** One own offer, and what is left of it. */
async function sayOffer(at: MarketDevice, offer: Audit['offers'][number], { language, say }: Screen): Promise<void> {
  const { body, used, spent, closed } = offer
  const { title, version } = await versionOf(at, body.data)
  const end = closed ? (language === 'fr' ? ' · fermée' : ' · closed') : ''
  say(
    `${body.order}  ${title[language]} v${version} · ${used}/${body.uses} · budget ${spent}/${body.gate.budget}${end}`,
  )
}

const audit: Verb = {
  name: 'market audit',
  options,
  words: {
    en: 'all that happened with my data: who, what, when, under which terms, and how much of the budget is left',
    fr: 'tout ce qui est arrivé à mes données : qui, quoi, quand, à quelles conditions, et ce qui reste du budget',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    const { offers, tasks, uses, acts, revenue } = await createAudit(at.trader)()
    for (const offer of offers) await sayOffer(at, offer, screen)
    for (const use of uses) await sayUse(at, use, screen)
    const left = offers.map(({ body: { order, data, gate }, spent }) => ({ order, data, left: gate.budget - spent }))
    return { offers, tasks, uses, acts, left, revenue, balance: await at.trader.balance() }
  },
}

const watch: Verb = {
  name: 'market watch',
  options: [...options, { name: 'once', words: { en: 'only what is now', fr: 'seulement l’état présent' } }],
  words: { en: 'live flows of my data, as they happen', fr: 'les flux de mes données, en direct' },
  async run(args, screen) {
    const { trader, org } = await marketOf(args)
    const seen = new Map<string, string>()
    for (;;) {
      const tasks = (await trader.tasks()).filter((one) => one.legs.some((leg) => leg.org === org))
      for (const task of tasks.filter((one) => seen.get(one.task) !== one.state)) {
        const at = Math.floor(Math.min(...Object.values(task.steps)) / 1000)
        const { kind } = await trader.deal(task.task)
        sayLine({ ...task, cause: task.cause, at, paid: task.paid?.[org] ?? 0, kind }, screen)
        seen.set(task.task, task.state)
      }
      if (args.options.once === true) return { tasks }
      await trader.next()
    }
  },
}

export const hospitalVerbs: readonly Verb[] = [watch, inbox, decision(true), decision(false), audit]
