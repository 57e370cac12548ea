/** Two of one's results side by side: factors, the change of AUC, and the likelihood ratio where there is one. */
import { useSpeech } from '@salus/ui/web/language'
import { Card, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { useParams } from 'wouter'
import type { Compared } from '../device/result.ts'
import { device } from '../device.ts'
import { market } from '../words.ts'

const words = {
  title: { en: 'Two results side by side', fr: 'Deux résultats côte à côte' },
  opening: { en: 'Opening both results', fr: 'Ouverture des deux résultats' },
  sides: { en: 'Model', fr: 'Modèle' },
  first: { en: 'First (A)', fr: 'Premier (A)' },
  second: { en: 'Second (B)', fr: 'Second (B)' },
  when: { en: 'When', fr: 'Quand' },
  people: { en: 'People', fr: 'Personnes' },
  events: { en: 'Events', fr: 'Cas' },
  parameters: { en: 'Parameters', fr: 'Paramètres' },
  change: { en: 'Change of AUC, A to B', fr: 'Écart d’AUC, de A à B' },
  ratio: { en: 'Likelihood ratio', fr: 'Rapport de vraisemblance' },
  degrees: { en: 'degrees of freedom', fr: 'degrés de liberté' },
  off: { en: 'Rounded: may be off by', fr: 'Arrondi : écart possible' },
  none: {
    en: 'No likelihood ratio: neither model lies within the other on the same people, versions and outcome.',
    fr: 'Pas de rapport de vraisemblance : aucun modèle ne tient dans l’autre sur les mêmes personnes, versions et issue.',
  },
  other: {
    en: 'One of the two is no fitted model: only models are compared.',
    fr: 'L’un des deux n’est pas un modèle ajusté : seuls des modèles se comparent.',
  },
  table: { en: 'Odds ratios with 95% intervals', fr: 'Rapports de cotes, intervalles à 95 %' },
  factor: { en: 'Factor', fr: 'Facteur' },
}

const shown = (value: number | null | undefined, digits = 4): string =>
  value === null || value === undefined ? '—' : String(Number(value.toPrecision(digits)))
const odds = (one: Compared['rows'][number]['a']): string =>
  one ? `${shown(one.oddsRatio)} (${shown(one.ciLow)} – ${shown(one.ciHigh)})` : '—'

/** A line of the table: what it is, and both values. */
type Line = readonly [label: string, a: string, b: string]

function Lines({ label, head, lines }: { label: string; head: Line; lines: readonly Line[] }) {
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
        <tbody>
          {lines.map(([name, first, second]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{first}</td>
              <td>{second}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** What each was made of. */
function Sides({ both: [a, b], found }: Pick<Compared, 'both' | 'found'>) {
  const { t, number, moment } = useSpeech()
  const of = (label: string, value: (one: typeof a) => string): Line => [label, value(a), value(b)]
  const lines = [
    of(t(words.when), (one) => moment(one.steps.at(-1)?.at ?? 0)),
    of(t(market.data), (one) => one.data.map(({ name }) => name).join(', ')),
    of(t(words.people), ({ n }) => number(n)),
    of(t(words.events), ({ events }) => number(events)),
    of(t(words.parameters), ({ parameters }) => number(parameters)),
    ['AUC', shown(found.aucA), shown(found.aucB)] as const,
  ]
  return <Lines label={t(words.sides)} head={[t(words.sides), t(words.first), t(words.second)]} lines={lines} />
}

function Difference({ found }: Pick<Compared, 'found'>) {
  const { t, number } = useSpeech()
  const ratio = `${shown(found.lr, 5)}, ${number(found.df ?? 0)} ${t(words.degrees)}, p ${shown(found.p, 3)}`
  return (
    <Card>
      <Facts
        facts={[
          [t(words.change), `${found.aucChange >= 0 ? '+' : ''}${shown(found.aucChange, 3)}`],
          ...(found.nested ? [[t(words.ratio), ratio] as const] : []),
          ...(found.about > 0 ? [[t(words.off), `± ${shown(found.about, 2)}`] as const] : []),
        ]}
      />
      {found.nested ? null : <Notice>{t(words.none)}</Notice>}
    </Card>
  )
}

function Table({ rows }: Pick<Compared, 'rows'>) {
  const { t } = useSpeech()
  const head = [t(words.factor), t(words.first), t(words.second)] as const
  return <Lines label={t(words.table)} head={head} lines={rows.map(({ term, a, b }) => [term, odds(a), odds(b)])} />
}

/** The page. */
export function Compare() {
  const { t } = useSpeech()
  const { a = '', b = '' } = useParams<{ a: string; b: string }>()
  const known = useAsked(['compare', a, b], () => device.compare(a, b))
  const done = known.data
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={known.error} />
      {known.isPending ? <Progress label={t(words.opening)} /> : null}
      {done === null ? <Notice tone="warn">{t(words.other)}</Notice> : null}
      {done ? (
        <>
          {done.found.simulated ? <Notice tone="warn">{t(market.simulatedMore)}</Notice> : null}
          <Difference found={done.found} />
          <Sides both={done.both} found={done.found} />
          <Table rows={done.rows} />
        </>
      ) : null}
    </div>
  )
}
