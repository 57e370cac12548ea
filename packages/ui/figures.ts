/** Pictures of a result, as SVG text: forest plot, ROC curve, calibration. Plain shapes and words, no script, no font of its own. */
import type { Both, Language } from './language.ts'
import { simulatedWords } from './market.ts'

/** One factor of a forest plot. Null where it has no finite value. */
export type Bar = {
  readonly name: string
  readonly odds: number | null
  readonly low: number | null
  readonly high: number | null
}

const words = {
  odds: { en: 'odds ratio, 95 % interval (log scale)', fr: 'rapport de cotes, intervalle à 95 % (échelle log)' },
  roc: { en: 'ROC curve', fr: 'Courbe ROC' },
  false: { en: 'false positives', fr: 'faux positifs' },
  true: { en: 'true positives', fr: 'vrais positifs' },
  calibration: { en: 'Calibration: predicted and observed', fr: 'Calibration : prédit et observé' },
  predicted: { en: 'predicted', fr: 'prédit' },
  observed: { en: 'observed', fr: 'observé' },
} as const satisfies Record<string, Both>

/** What a picture is of; a simulated machine is named in it, wherever the picture goes. */
const titled = (title: string, language: Language, simulated: boolean): string =>
  simulated ? `${title} · ${simulatedWords[language]}` : title

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one] as string)
const at = (value: number): string => value.toFixed(1)

function page(width: number, height: number, title: string, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="13" fill="#1c2430">`
  return `${head}<title>${escaped(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>${parts.join('')}</svg>\n`
}
const label = (x: number, y: number, text: string, anchor = 'start'): string =>
  `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escaped(text)}</text>`
const line = (x1: number, y1: number, x2: number, y2: number, stroke = '#1c2430', more = ''): string =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${stroke}"${more}/>`

/** Three figures of a number, as people read them. */
const shown = (value: number | null): string =>
  value === null ? '∞' : value.toPrecision(3).replace(/e\+?(-?\d+)/, '·10^$1')

/** Odds ratios with their intervals, one row a factor; 1 is the line of "no effect". */
export function forestPlot(bars: readonly Bar[], language: Language, simulated: boolean): string {
  const [left, right, top, step] = [200, 620, 34, 28]
  const finite = bars
    .flatMap(({ low, high, odds }) => [low, high, odds])
    .filter((one): one is number => one !== null && one > 0)
  const most = Math.max(2, ...finite.map((one) => Math.max(one, 1 / one)))
  const scale = Math.log(Math.min(most, 1_000)) * 1.08
  const x = (odds: number) =>
    left + ((Math.max(-scale, Math.min(scale, Math.log(odds))) + scale) / (2 * scale)) * (right - left)
  const rows = bars.flatMap(({ name, odds, low, high }, i) => {
    const y = top + i * step + step / 2
    const interval =
      low !== null && high !== null && low > 0 ? [line(x(low), y, x(high), y, '#23527c', ' stroke-width="2"')] : []
    const point =
      odds === null ? [] : [`<rect x="${at(x(odds) - 4)}" y="${at(y - 4)}" width="8" height="8" fill="#23527c"/>`]
    const value = odds === null ? '—' : `${shown(odds)} (${shown(low)}–${shown(high)})`
    return [label(left - 12, y + 4, name, 'end'), ...interval, ...point, label(right + 12, y + 4, value)]
  })
  const bottom = top + bars.length * step
  const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 100].filter((one) => Math.abs(Math.log(one)) <= scale)
  const axis = ticks.flatMap((one) => [
    line(x(one), bottom, x(one), bottom + 5),
    label(x(one), bottom + 20, String(one), 'middle'),
  ])
  const caption = titled(words.odds[language], language, simulated)
  return page(820, bottom + 50, caption, [
    label(left, 20, caption),
    line(x(1), top, x(1), bottom, '#8a94a3', ' stroke-dasharray="4 3"'),
    line(left, bottom, right, bottom),
    ...rows,
    ...axis,
  ])
}

const SIZE = 340
const PAD = 52
const place = (x: number, y: number): readonly [number, number] => [PAD + x * SIZE, PAD + (1 - y) * SIZE]

/** A square from 0 to 1 with its diagonal. */
function square(title: string, across: string, up: string, inside: readonly string[]): string {
  const marks = [0, 0.25, 0.5, 0.75, 1].flatMap((one) => {
    const [x, bottom] = place(one, 0)
    const [left, y] = place(0, one)
    return [label(x, bottom + 18, String(one), 'middle'), label(left - 8, y + 4, String(one), 'end')]
  })
  const diagonal = line(...place(0, 0), ...place(1, 1), '#8a94a3', ' stroke-dasharray="4 3"')
  const frame = `<rect x="${PAD}" y="${PAD}" width="${SIZE}" height="${SIZE}" fill="none" stroke="#1c2430"/>`
  const [middle] = place(0.5, 0)
  return page(SIZE + 2 * PAD, SIZE + 2 * PAD, title, [
    label(PAD, 26, title),
    frame,
    diagonal,
    ...marks,
    label(middle, SIZE + PAD + 40, across, 'middle'),
    `<g transform="rotate(-90 14 ${PAD + SIZE / 2})">${label(14, PAD + SIZE / 2, up, 'middle')}</g>`,
    ...inside,
  ])
}

/** The ROC curve, with its area. */
export function rocCurve(
  points: readonly { readonly falsePositive: number; readonly truePositive: number }[],
  auc: number,
  language: Language,
  simulated: boolean,
): string {
  const path = points.map((one) => place(one.falsePositive, one.truePositive).map(at).join(','))
  const title = titled(`${words.roc[language]} · AUC ${auc.toFixed(3)}`, language, simulated)
  return square(title, words.false[language], words.true[language], [
    `<polyline points="${path.join(' ')}" fill="none" stroke="#23527c" stroke-width="2"/>`,
  ])
}

/** Predicted and observed risk by groups of equal size. */
export function calibrationPlot(
  groups: readonly { readonly meanP: number; readonly observed: number }[],
  language: Language,
  simulated: boolean,
): string {
  const dots = groups.map(({ meanP, observed }) => {
    const [x, y] = place(meanP, observed)
    return `<circle cx="${at(x)}" cy="${at(y)}" r="5" fill="#23527c"/>`
  })
  const title = titled(words.calibration[language], language, simulated)
  return square(title, words.predicted[language], words.observed[language], dots)
}
