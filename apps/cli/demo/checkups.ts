/** The demonstration's research data: rows made from a contract and a chain of digests. Nobody was ever measured. */
import { type DataContract, dataContract } from '@salus/market/dataset/contract'
import { SAMPLE_ROWS, sampleTable } from '@salus/market/dataset/synthetic'

const yesNo = [
  { code: '0', title: { en: 'no', fr: 'non' } },
  { code: '1', title: { en: 'yes', fr: 'oui' } },
]
const measure = (name: string, en: string, fr: string, unit: string, min: number, max: number, step: number) => ({
  ...{ name, title: { en, fr }, kind: 'number' as const, unit, min, max, step },
})
const choice = (name: string, en: string, fr: string, levels = yesNo) => ({
  ...{ name, title: { en, fr }, kind: 'category' as const, levels },
})
const columns = [
  measure('age', 'Age', 'Âge', 'a', 35, 75, 1),
  choice('sex', 'Sex', 'Sexe', [
    { code: 'f', title: { en: 'female', fr: 'femme' } },
    { code: 'm', title: { en: 'male', fr: 'homme' } },
  ]),
  measure('systolic', 'Systolic pressure', 'Pression systolique', 'mm[Hg]', 100, 180, 1),
  measure('cholesterol', 'Total cholesterol', 'Cholestérol total', 'mmol/L', 3, 9, 0.1),
  choice('smokes', 'Smokes', 'Fume'),
  choice('diabetes', 'Diabetes', 'Diabète'),
  choice('disease', 'Cardiovascular disease', 'Maladie cardiovasculaire'),
]
/** Decides who of the invented people has the disease; no column of the file. */
const luck = measure('luck', 'Luck', 'Hasard', '1', 0, 1, 1e-6)

/** How the file is read. */
export const checkups: DataContract = dataContract.parse({
  format: 'salus-contract/1',
  title: { en: 'Check-ups of adults (synthetic)', fr: 'Bilans de santé d’adultes (synthétiques)' },
  description: {
    en: 'Invented: made by arithmetic, no patient stands behind a row. The disease follows age, sex, pressure, cholesterol, smoking.',
    fr: 'Inventé : fait par calcul, aucun patient derrière une ligne. La maladie suit âge, sexe, pression, cholestérol, tabac.',
  },
  file: { header: true, separator: ',', decimal: '.', encoding: 'utf-8' },
  columns,
})

/** The file of one organisation: the same at every start. */
export function checkupsOf(org: string): string {
  const { columns: made } = sampleTable(org, { org: org as never, columns: [...columns, luck] })
  const value = (name: string, row: number) => made.find((one) => one.name === name)?.values[row] ?? 0
  const risk = (row: number) =>
    0.05 * (value('age', row) - 55) +
    0.6 * value('sex', row) +
    0.018 * (value('systolic', row) - 140) +
    0.3 * (value('cholesterol', row) - 6) +
    0.7 * value('smokes', row) +
    0.4 * value('diabetes', row) -
    0.9
  const cell = (name: string, row: number): string => {
    if (name === 'disease') return value('luck', row) < 1 / (1 + Math.exp(-risk(row))) ? '1' : '0'
    const column = columns.find((one) => one.name === name)
    return column?.kind === 'category'
      ? (column.levels[value(name, row)]?.code ?? '')
      : value(name, row).toFixed(name === 'cholesterol' ? 1 : 0)
  }
  const names = columns.map(({ name }) => name)
  const rows = Array.from({ length: SAMPLE_ROWS }, (_, row) => names.map((name) => cell(name, row)).join(','))
  return `${names.join(',')}\n${rows.join('\n')}\n`
}
