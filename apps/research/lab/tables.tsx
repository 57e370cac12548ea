/** Summary tables of a result: figures of each column, categories with their people. What the gate withheld is a dash. */
import { useSpeech } from '@salus/ui/web/language'
import type { ReactNode } from 'react'
import type { Opened, Tables } from '../device/result.ts'

const words = {
  figures: { en: 'Figures', fr: 'Chiffres' },
  levels: { en: 'Categories', fr: 'Catégories' },
  column: { en: 'Column', fr: 'Colonne' },
  where: { en: 'Where', fr: 'Où' },
  all: { en: 'all', fr: 'tous' },
  n: { en: 'People', fr: 'Personnes' },
  missing: { en: 'Missing', fr: 'Manquant' },
  implausible: { en: 'Implausible', fr: 'Impossible' },
  mean: { en: 'Mean', fr: 'Moyenne' },
  sd: { en: 'SD', fr: 'ÉT' },
  level: { en: 'Category', fr: 'Catégorie' },
  events: { en: 'Events', fr: 'Cas' },
  withheld: {
    en: 'A dash: not given, or withheld by the hospitals’ rules.',
    fr: 'Un tiret : non donné, ou retenu par les règles des hôpitaux.',
  },
}
const percentiles = ['p5', 'p25', 'p50', 'p75', 'p95'] as const

function Pan({ label, head, children }: { label: string; head: readonly string[]; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className="pan" aria-label={label} tabIndex={0}>
      <table>
        <caption className="hidden-words">{label}</caption>
        <thead>
          <tr>
            {head.map((one) => (
              <th key={one} scope="col">
                {one}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  )
}

/** Both tables. */
export function SummaryTables({ tables, titles }: { tables: Tables; titles: Opened['titles'] }) {
  const { t, number } = useSpeech()
  const named = (column: string) => t(titles[column] ?? { en: column, fr: column })
  const shown = (value: number | null) => (value === null ? '—' : number(Number(value.toPrecision(4))))
  const count = (value: number | null) => (value === null ? '—' : number(value))
  const head = [words.column, words.where, words.n, words.missing, words.implausible, words.mean, words.sd].map(t)
  return (
    <>
      <p className="faint">{t(words.withheld)}</p>
      <Pan label={t(words.figures)} head={[...head, ...percentiles.map((one) => one.toUpperCase())]}>
        {tables.figures.map((one) => (
          <tr key={`${one.column} ${one.site}`}>
            <th scope="row">{named(one.column)}</th>
            <td>{one.site || t(words.all)}</td>
            <td>{count(one.n)}</td>
            <td>{count(one.missing)}</td>
            <td>{count(one.implausible)}</td>
            <td>{shown(one.mean)}</td>
            <td>{shown(one.sd)}</td>
            {percentiles.map((name) => (
              <td key={name}>{shown(one[name])}</td>
            ))}
          </tr>
        ))}
      </Pan>
      {tables.levels.length > 0 ? (
        <Pan label={t(words.levels)} head={[words.column, words.level, words.n, words.events].map(t)}>
          {tables.levels.map((one) => (
            <tr key={`${one.column} ${one.level}`}>
              <th scope="row">{named(one.column)}</th>
              <td>{one.level}</td>
              <td>{count(one.n)}</td>
              <td>{count(one.events)}</td>
            </tr>
          ))}
        </Pan>
      ) : null}
    </>
  )
}
