/** The market as everybody sees it: what is offered, and one offer in full. */
import { AppError } from '@salus/base/errors'
import type { DatasetDocument } from '@salus/market/dataset/contract'
import { SAMPLE_ROWS, sampleTable } from '@salus/market/dataset/synthetic'
import { dutyWords, purposeWords } from '@salus/ui/market'
import type { Screen, Verb } from '../../verb.ts'
import { device, documentOf, marketOf, programOf, storeOption } from './shared.ts'

const options = [device, storeOption]

const notThere = { en: '(not in the store)', fr: '(absent du dépôt)' }
// One offer whose object is missing must not hide the others.
const unread = { title: notThere, rows: 0, version: '?' }
const unreadProgram = { manifest: { name: '?', version: 0, title: notThere } }

const list: Verb = {
  name: 'market list',
  options,
  words: {
    en: 'what is offered: data sets, analyses, machines',
    fr: 'ce qui est offert : ensembles de données, analyses, machines',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    const { language, say } = screen
    const now = (await at.trader.now()) / 1000
    const open = <T extends { closed: boolean; body: { until: number } }>(all: readonly T[]) =>
      all.filter((one) => !one.closed && one.body.until > now)
    const [datasets, analyses, hosts] = [
      open(await at.trader.datasets()),
      open(await at.trader.analyses()),
      open(await at.trader.hosts()),
    ]
    for (const { org, body } of datasets) {
      const { title, rows } = await documentOf(at.store, body.data).catch(() => unread)
      say(
        `${body.order}  ${org}: ${title[language]} · ~${rows} · ${body.price}${body.byHand ? (language === 'fr' ? ' · sur accord' : ' · by hand') : ''}`,
      )
    }
    for (const { org, body, vouched } of analyses) {
      const { manifest } = await programOf(at.store, body.analysis).catch(() => unreadProgram)
      say(
        `${manifest.name}@${manifest.version}  ${org}: ${manifest.title[language]} · ${body.price} · ${vouched.length > 0 ? vouched.join(', ') : '—'}`,
      )
    }
    for (const { org, body } of hosts) say(`${body.kind}  ${org} · ${body.price} · ${body.minutes} min`)
    return { datasets, analyses, hosts }
  },
}

/** The data dictionary: what each column means, its unit and range, how much is missing. */
function sayColumns({ columns, counts }: DatasetDocument, { language, say }: Screen): void {
  for (const [i, one] of columns.entries()) {
    const seen = counts[i]
    const many = (level: number) => (seen?.levels?.[level] === -1 ? '<10' : (seen?.levels?.[level] ?? '?'))
    const range =
      one.kind === 'number'
        ? `${one.min}–${one.max} ${one.unit}`
        : one.levels.map(({ code, title }, level) => `${code} ${title[language]} (${many(level)})`).join(', ')
    const missing = language === 'fr' ? 'manquant' : 'missing'
    say(`  ${one.name}: ${one.title[language]} · ${range} · ${missing} ${seen?.missing ?? 0} %`)
  }
}

const show: Verb = {
  name: 'market show',
  positionals: 'ORDER',
  least: 1,
  options,
  words: {
    en: 'one data set: its dictionary, rounded counts, terms and sample rows; never a value of anybody',
    fr: 'un ensemble de données : dictionnaire, effectifs arrondis, conditions, lignes d’exemple ; jamais la valeur de quelqu’un',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    const { language, say } = screen
    const name = args.positionals[0] ?? ''
    const order = (await at.trader.datasets()).find(
      (one) => one.body.order === name || (one.org === name && !one.closed),
    )
    if (!order) throw new AppError('offer-unknown')
    const document = await documentOf(at.store, order.body.data)
    const { title, description, rows, terms, version } = document
    say(`${title[language]} · ${order.org} · ${language === 'fr' ? 'version' : 'version'} ${version} · ~${rows}`)
    say(description[language])
    sayColumns(document, screen)
    const { purposes, duties, gate, uses } = order.body
    say(purposes.map((one) => purposeWords[one][language]).join(' · '))
    for (const duty of duties) say(`  ${dutyWords[duty][language]}`)
    say(`k = ${gate.k} · ${order.used}/${uses} · ${order.spent}/${gate.budget}`)
    say(terms)
    const sample = sampleTable(order.body.data, document)
    const first = sample.columns.map(({ name: of, values, levels }) => [
      of,
      [...values.slice(0, 3)].map((one) => levels?.[one] ?? one),
    ])
    say(
      language === 'fr'
        ? `${SAMPLE_ROWS} lignes d’exemple, issues d’aucun patient :`
        : `${SAMPLE_ROWS} sample rows that come from no patient:`,
    )
    say(`  ${JSON.stringify(Object.fromEntries(first))}`)
    return { order: order.body, document, sample: Object.fromEntries(first) }
  },
}

export const marketVerbs: readonly Verb[] = [list, show]
