/** Results: opened and verified here, drawn, saved, compared. */
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { checkWith, parseWith } from '@salus/base/schema'
import { orgKeys } from '@salus/directory/consortium'
import { deal as dealSchema } from '@salus/enclave/deal'
import { type Answer, answer, openResult, readEnvelope } from '@salus/enclave/task/result'
import { compareAnswers, type Told } from '@salus/market/compare'
import { csvOf, type Fitted, fitted, termRows } from '@salus/market/fitted'
import { type DealReceipt, gatherReceipt, verifyDealReceipt } from '@salus/market/receipt'
import { calibrationPlot, forestPlot, rocCurve } from '@salus/ui/figures'
import type { Language } from '@salus/ui/language'
import { ruleWords } from '@salus/ui/market'
import { readInput, writeOutput } from '../../files.ts'
import type { MarketDevice } from '../../market.ts'
import { pngOf } from '../../png.ts'
import { option, type Screen, type Verb } from '../../verb.ts'
import { device, marketOf, storeOption } from './shared.ts'

/** A document of JSON for people: indented. */
export const sayJson = (value: object, { say }: Screen): void => say(JSON.stringify(value, null, 2))

const shown = (value: number | null | undefined, digits = 4): string =>
  value === null || value === undefined ? '—' : String(Number(value.toPrecision(digits)))

/** The table of factors, as the forest plot has it. */
function sayTable(result: Fitted, { language, say }: Screen): void {
  const fr = language === 'fr'
  say(
    fr
      ? `${result.n} personnes, ${result.events} cas, AUC ${shown(result.fit.auc, 6)}`
      : `${result.n} people, ${result.events} events, AUC ${shown(result.fit.auc, 6)}`,
  )
  const head = fr
    ? ['facteur', 'rapport de cotes', 'intervalle à 95 %', 'p', 'bêta/ÉT', 'LR']
    : ['factor', 'odds ratio', '95% interval', 'p', 'beta/SD', 'LR']
  const rows = termRows(result).map((one) => [
    one.term,
    shown(one.oddsRatio),
    `${shown(one.ciLow)} – ${shown(one.ciHigh)}`,
    one.p !== null && one.p < 1e-300 ? '< 1e-300' : shown(one.p, 3),
    shown(one.betaPerSd, 3),
    shown(one.lr, 4),
  ])
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => (row[i] ?? '').length)))
  for (const row of [head, ...rows]) say(`  ${row.map((one, i) => one.padEnd(widths[i] ?? 0)).join('  ')}`)
}

/** The pictures of a fitted model, by name, as SVG. */
function picturesOf(model: Fitted, simulated: boolean, language: Language): Record<string, string> {
  const bars = termRows(model).map(({ term, oddsRatio, ciLow, ciHigh }) => ({
    name: term,
    odds: oddsRatio,
    low: ciLow,
    high: ciHigh,
  }))
  return {
    forest: forestPlot(bars, language, simulated),
    ...(model.roc ? { roc: rocCurve(model.roc, model.fit.auc, language, simulated) } : {}),
    ...(model.calibration ? { calibration: calibrationPlot(model.calibration, language, simulated) } : {}),
  }
}

/** Everything of a result in a folder. */
async function save(
  dir: string,
  at: { answer: Answer; receipt: DealReceipt; device: string },
  { language }: Screen,
): Promise<string[]> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const { answer, receipt } = at
  const files: Record<string, string | Uint8Array> = {
    'result.json': `${JSON.stringify(answer, null, 2)}\n`,
    'receipt.json': `${JSON.stringify(receipt)}\n`,
  }
  const model = fitted.safeParse(answer.result)
  if (model.success) {
    files['terms.csv'] = csvOf(model.data, answer.deal.kind)
    for (const [name, svg] of Object.entries(picturesOf(model.data, answer.simulated, language))) {
      files[`${name}.svg`] = svg
      files[`${name}.png`] = await pngOf(svg)
    }
  }
  for (const [name, content] of Object.entries(files)) await writeOutput(join(dir, name), content)
  // What the receipt is verified against: copied from this device, which pinned it.
  await copyFile(join(at.device, 'consortium.json'), join(dir, 'consortium.json'))
  return Object.keys(files)
}

/** Opens a result with the lab's key and the hospitals' shares, and verifies the whole deal against the pinned roots. */
export async function openOwnResult(at: MarketDevice, id: string): Promise<{ answer: Answer; receipt: DealReceipt }> {
  const task = await at.trader.task(id)
  if (task.state !== 'settled') throw new AppError('result-waiting')
  const receipt = await gatherReceipt(at.trader, at.store, id)
  verifyDealReceipt(receipt, (org) => orgKeys(at.device.roots, org))
  const envelope = readEnvelope(new TextEncoder().encode(receipt.envelope), task.deal)
  const shares = Object.fromEntries(task.legs.map(({ order, share = '' }) => [order, share]))
  const { lab } = await at.keys()
  return { answer: await openResult(envelope, fromBase64url(lab.privateKey), shares), receipt }
}

const simulatedWords = {
  en: 'SIMULATED machine: nothing but a promise protected the data.',
  fr: 'Machine SIMULÉE : rien qu’une promesse ne protégeait les données.',
}

const open: Verb = {
  name: 'result open',
  positionals: 'ID',
  least: 1,
  options: [
    device,
    {
      name: 'out',
      value: 'DIR',
      words: { en: 'save table, pictures and receipt there', fr: 'y enregistrer tableau, images et reçu' },
    },
    storeOption,
  ],
  words: {
    en: 'decrypt a result here, verify its receipt, show it; --out saves JSON, CSV and pictures (SVG, PNG)',
    fr: 'déchiffrer un résultat ici, vérifier son reçu, l’afficher ; --out enregistre JSON, CSV et images (SVG, PNG)',
  },
  async run(args, screen) {
    const at = await marketOf(args, true)
    const { answer, receipt } = await openOwnResult(at, args.positionals[0] ?? '')
    if (answer.simulated) screen.say(simulatedWords[screen.language])
    const model = fitted.safeParse(answer.result)
    if (model.success) sayTable(model.data, screen)
    else sayJson(answer.result as object, screen)
    for (const { rule, org, about } of answer.notes) {
      screen.say(
        `  ${ruleWords[rule]?.[screen.language] ?? rule}${org ? ` (${org})` : ''}${about ? ` (${about})` : ''}`,
      )
    }
    const dir = option(args, 'out')
    const files = dir ? await save(dir, { answer, receipt, device: at.device.dir }, screen) : []
    for (const file of files) screen.say(`  ${join(dir ?? '', file)}`)
    return { simulated: answer.simulated, notes: answer.notes, result: answer.result as object, verified: true, files }
  },
}

/** A result that was saved, or one of the market by its id. */
async function toldBy(at: MarketDevice | undefined, name: string): Promise<Told> {
  const saved = name.endsWith('.json')
  if (!saved && !at) throw new AppError('file-missing')
  const { result, params, deal } = saved
    ? parseWith(answer, await readInput(name))
    : (await openOwnResult(at as MarketDevice, name)).answer
  return { model: checkWith(fitted, result), params, deal: checkWith(dealSchema, deal) }
}

const compare: Verb = {
  name: 'result compare',
  positionals: 'A B',
  least: 2,
  options: [device, storeOption],
  words: {
    en: 'what B says more than A: change of AUC and, where the models are nested on the same people, the likelihood ratio',
    fr: 'ce que B dit de plus que A : écart d’AUC et, pour des modèles emboîtés sur les mêmes personnes, rapport de vraisemblance',
  },
  async run(args, screen) {
    const at = await marketOf(args, true)
    const [a = '', b = ''] = args.positionals
    const found = compareAnswers(await toldBy(at, a), await toldBy(at, b))
    if (found.simulated) screen.say(simulatedWords[screen.language])
    screen.say(
      `AUC ${shown(found.aucA, 6)} → ${shown(found.aucB, 6)} (${found.aucChange >= 0 ? '+' : ''}${shown(found.aucChange, 3)})`,
    )
    const about = found.about > 0 ? ` (± ${shown(found.about, 2)})` : ''
    if (found.nested) screen.say(`LR ${shown(found.lr, 5)}${about}, df ${found.df}, p ${shown(found.p, 3)}`)
    else
      screen.say(
        screen.language === 'fr'
          ? 'Pas de rapport de vraisemblance : modèles non emboîtés, ou autres personnes.'
          : 'No likelihood ratio: the models are not nested, or the people are others.',
      )
    return found
  },
}

export const resultVerbs: readonly Verb[] = [open, compare]
