/** The data dictionary: what each column means, its unit and range, how much is missing. Never a value of anybody. */
import { useSpeech } from '@salus/ui/web/language'
import { Failure, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { useState } from 'react'
import type { Shown } from '../device/lab.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'What is in it', fr: 'Ce qu’il contient' },
  column: { en: 'Column', fr: 'Colonne' },
  range: { en: 'Values', fr: 'Valeurs' },
  missing: { en: 'Missing', fr: 'Manquant' },
  sample: { en: 'Sample rows', fr: 'Lignes d’exemple' },
  invented: {
    en: 'Invented rows, from no patient: made by arithmetic from the dictionary alone, to show the form. The figures mean nothing.',
    fr: 'Lignes inventées, issues d’aucun patient : calculées d’après le seul dictionnaire, pour montrer la forme. Les chiffres ne veulent rien dire.',
  },
}

function Rows({ of }: { of: Pick<Shown, 'columns' | 'order' | 'orgName'> }) {
  const { t } = useSpeech()
  const known = useAsked(['sample', of.order], () => device.sample(of.order))
  if (!known.data) return known.error ? <Failure error={known.error} /> : <Progress label={t(words.sample)} />
  return (
    <>
      <p className="faint">{t(words.invented)}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="pan" aria-label={`${t(words.sample)}: ${of.orgName}`} tabIndex={0}>
        <table>
          <caption className="hidden-words">{t(words.sample)}</caption>
          <thead>
            <tr>
              {of.columns.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {known.data.map((row, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name, and never change
              <tr key={i}>
                {row.map((value, j) => (
                  <td key={of.columns[j]?.name}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

/** Sample rows of a data set, asked for when somebody looks. */
export function Sample({ of }: { of: Pick<Shown, 'columns' | 'order' | 'orgName'> }) {
  const { t } = useSpeech()
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t(words.sample)}</summary>
      {open ? <Rows of={of} /> : null}
    </details>
  )
}

export function Dictionary({ of }: { of: Pick<Shown, 'columns' | 'missing' | 'orgName'> }) {
  const { t, number } = useSpeech()
  return (
    <details>
      <summary>{t(words.title)}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="pan" aria-label={`${t(words.title)}: ${of.orgName}`} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t(words.column)}</th>
              <th scope="col">{t(words.range)}</th>
              <th scope="col">{t(words.missing)}</th>
            </tr>
          </thead>
          <tbody>
            {of.columns.map((one, i) => (
              <tr key={one.name}>
                <th scope="row">{t(one.title)}</th>
                <td>
                  {one.kind === 'number'
                    ? `${number(one.min)}–${number(one.max)} ${one.unit}`
                    : one.levels.map(({ title }) => t(title)).join(', ')}
                </td>
                <td>{of.missing[i] ?? 0} %</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}
