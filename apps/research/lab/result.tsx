/** A result, opened in this browser: table, forest plot, ROC and calibration; what was verified and what was not. */
import { calibrationPlot, forestPlot, rocCurve } from '@salus/ui/figures'
import { ruleWords } from '@salus/ui/market'
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { useParams } from 'wouter'
import type { Opened } from '../device/result.ts'
import { device } from '../device.ts'
import { saveText } from '../save.ts'
import { market } from '../words.ts'
import { Other } from './other.tsx'
import { Picture } from './picture.tsx'
import { SummaryTables } from './tables.tsx'

const words = {
  title: { en: 'Result', fr: 'Résultat' },
  opening: { en: 'Opening the result', fr: 'Ouverture du résultat' },
  people: { en: 'People', fr: 'Personnes' },
  events: { en: 'Events', fr: 'Cas' },
  factor: { en: 'Factor', fr: 'Facteur' },
  odds: { en: 'Odds ratio', fr: 'Rapport de cotes' },
  interval: { en: '95% interval', fr: 'Intervalle à 95 %' },
  weight: { en: 'Beta per SD', fr: 'Bêta par ÉT' },
  lr: { en: 'LR', fr: 'LR' },
  table: { en: 'Factors', fr: 'Facteurs' },
  forest: {
    en: 'Forest plot: odds ratios with 95% intervals',
    fr: 'Forest plot : rapports de cotes, intervalles à 95 %',
  },
  roc: { en: 'ROC curve', fr: 'Courbe ROC' },
  calibration: { en: 'Calibration: predicted and observed', fr: 'Calibration : prédit et observé' },
  json: { en: 'Save as JSON', fr: 'Enregistrer en JSON' },
  csv: { en: 'Save as CSV', fr: 'Enregistrer en CSV' },
  receipt: { en: 'What was verified here', fr: 'Ce qui a été vérifié ici' },
  signatures: {
    one: { en: 'signature holds', fr: 'signature tient' },
    other: { en: 'signatures hold', fr: 'signatures tiennent' },
  },
  bound: {
    en: 'Parties, data sets, analysis and parameters are those that were signed; the enclave that got the keys signed this result.',
    fr: 'Parties, données, analyse et paramètres sont ceux qui furent signés ; l’enclave qui reçut les clés a signé ce résultat.',
  },
  not: {
    en: 'Not here: the machine’s own evidence. “salus result open” and “salus verify” judge it again.',
    fr: 'Pas ici : la preuve de la machine elle-même. « salus result open » et « salus verify » la jugent à nouveau.',
  },
  described: { en: 'Summary tables of the ticked columns.', fr: 'Tableaux résumés des colonnes cochées.' },
  notes: { en: 'Left out or rounded', fr: 'Omis ou arrondi' },
}

const shown = (value: number | null | undefined, digits = 4): string =>
  value === null || value === undefined ? '—' : String(Number(value.toPrecision(digits)))

function Table({ rows }: Pick<Opened, 'rows'>) {
  const { t } = useSpeech()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className="pan" aria-label={t(words.table)} tabIndex={0}>
      <table>
        <caption className="hidden-words">{t(words.table)}</caption>
        <thead>
          <tr>
            {[words.factor, words.odds, words.interval].map((one) => (
              <th key={one.en} scope="col">
                {t(one)}
              </th>
            ))}
            <th scope="col">p</th>
            <th scope="col">{t(words.weight)}</th>
            <th scope="col">{t(words.lr)}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={one.term}>
              <th scope="row">{one.term}</th>
              <td>{shown(one.oddsRatio)}</td>
              <td>
                {shown(one.ciLow)} – {shown(one.ciHigh)}
              </td>
              <td>{shown(one.p, 3)}</td>
              <td>{shown(one.betaPerSd, 3)}</td>
              <td>{shown(one.lr)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Pictures({ opened }: { opened: Opened }) {
  const { t, language } = useSpeech()
  const { model, rows, answer } = opened
  if (!model) return null
  const bars = rows.map(({ term, oddsRatio, ciLow, ciHigh }) => ({
    ...{ name: term, odds: oddsRatio, low: ciLow, high: ciHigh },
  }))
  return (
    <Card>
      <Picture svg={forestPlot(bars, language, answer.simulated)} name="forest" label={t(words.forest)} />
      {model.roc ? (
        <Picture svg={rocCurve(model.roc, model.fit.auc, language, answer.simulated)} name="roc" label={t(words.roc)} />
      ) : null}
      {model.calibration ? (
        <Picture
          svg={calibrationPlot(model.calibration, language, answer.simulated)}
          name="calibration"
          label={t(words.calibration)}
        />
      ) : null}
    </Card>
  )
}

function Verified({ opened }: { opened: Opened }) {
  const { t, count } = useSpeech()
  return (
    <Card title={t(words.receipt)}>
      <Notice tone="good" title={count(opened.signatures, words.signatures)}>
        {t(words.bound)}
      </Notice>
      <p className="faint">{t(words.not)}</p>
    </Card>
  )
}

function Saving({ opened: { answer, csv } }: { opened: Opened }) {
  const { t } = useSpeech()
  const json = () => saveText(`${JSON.stringify(answer, null, 2)}\n`, 'application/json', 'result.json')
  return (
    <div className="row">
      <Button onPress={json}>{t(words.json)}</Button>
      {csv === undefined ? null : (
        <Button onPress={() => saveText(csv, 'text/csv', 'terms.csv')}>{t(words.csv)}</Button>
      )}
    </div>
  )
}

/** Summary tables stand below; what nobody here can draw is shown as it came. */
function Whole({ opened: { tables, answer } }: { opened: Opened }) {
  const { t } = useSpeech()
  if (tables) return <p>{t(words.described)}</p>
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
  return <pre tabIndex={0}>{JSON.stringify(answer.result, null, 2)}</pre>
}

/** The page. */
export function ResultPage() {
  const { t, number } = useSpeech()
  const { task = '' } = useParams<{ task: string }>()
  const known = useAsked(['result', task], () => device.result(task))
  const opened = known.data
  if (!opened) return known.error ? <Failure error={known.error} /> : <Progress label={t(words.opening)} />
  const { model, answer, notes } = opened
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      {answer.simulated ? <Notice tone="warn">{t(market.simulatedMore)}</Notice> : null}
      <Card>
        {model ? (
          <Facts
            facts={[
              [t(words.people), number(model.n)],
              [t(words.events), number(model.events)],
              ['AUC', shown(model.fit.auc)],
            ]}
          />
        ) : (
          <Whole opened={opened} />
        )}
        <Saving opened={opened} />
      </Card>
      {model ? <Table rows={opened.rows} /> : null}
      {opened.tables ? <SummaryTables tables={opened.tables} titles={opened.titles} /> : null}
      <Pictures opened={opened} />
      {notes.length > 0 ? (
        <Card title={t(words.notes)}>
          <Facts
            facts={notes.map(({ rule, about }) => [ruleWords[rule] ? t(ruleWords[rule]) : rule, about] as const)}
          />
        </Card>
      ) : null}
      <Verified opened={opened} />
      {model ? <Other task={task} /> : null}
    </div>
  )
}
