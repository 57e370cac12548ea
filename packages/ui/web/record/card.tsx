/** One document of a record, readable: a prescription looks like one, a result has its range, an allergy stands out. */
import type { Fact, Measure, View } from '@salus/fhir/view/types'
import type { ReactNode } from 'react'
import type { Both } from '../../language.ts'
import { type Speech, useSpeech } from '../language.tsx'
import { Facts, Notice } from '../notice.tsx'

const words = {
  self: { en: 'said by the patient', fr: 'déclaré par le patient' },
  mistaken: { en: 'taken back by its author: do not rely on it', fr: 'retiré par son auteur : ne pas s’y fier' },
  alert: { en: 'Severe allergy', fr: 'Allergie grave' },
  range: { en: 'normal', fr: 'normal' },
  none: { en: 'no value', fr: 'sans valeur' },
  for: { en: 'For', fr: 'Pour' },
  results: { en: 'Results', fr: 'Résultats' },
  steps: { en: 'Steps', fr: 'Étapes' },
} satisfies Record<string, Both>

const flags: Readonly<Record<string, readonly [Both, string]>> = {
  low: [{ en: 'low', fr: 'bas' }, 'warn'],
  high: [{ en: 'high', fr: 'élevé' }, 'warn'],
  critical: [{ en: 'critical', fr: 'critique' }, 'alert'],
  abnormal: [{ en: 'abnormal', fr: 'anormal' }, 'warn'],
  normal: [{ en: 'normal', fr: 'normal' }, 'good'],
}

/** The word of a flag, in a colour and never by colour alone. */
export function FlagTag({ flag }: { flag: string | undefined }) {
  const { t } = useSpeech()
  const known = flag === undefined ? undefined : flags[flag]
  return known ? <span className={`tag ${known[1]}`}>{t(known[0])}</span> : null
}

const whenOf = ({ date, until }: Pick<View, 'date' | 'until'>, { day }: Speech): string =>
  [date, until].flatMap((one) => (one ? [day(one)] : [])).join(' – ')

const factText = ({ text, date, until }: Fact, speech: Speech): string =>
  date ? whenOf({ date, ...(until ? { until } : {}) }, speech) : text

const MeasureLine = ({ measure, big }: { measure: Measure; big?: boolean }) => {
  const { t } = useSpeech()
  return (
    <div className="row">
      <span className={big ? 'big' : ''}>{measure.value || t(words.none)}</span>
      <FlagTag flag={measure.flag} />
      {measure.range ? (
        <small>
          {t(words.range)} {measure.range.text}
        </small>
      ) : null}
    </div>
  )
}

const Lines = ({ lines }: { lines: readonly string[] }) => (
  <ul>
    {lines.map((one) => (
      <li key={one}>{one}</li>
    ))}
  </ul>
)

/** What only this kind has, above the facts that all have. */
function Special({ view }: { view: View }): ReactNode {
  const { t } = useSpeech()
  switch (view.kind) {
    case 'prescription':
    case 'dispense':
    case 'medication':
      return view.dosage.length > 0 ? (
        <div className="notice info">
          {view.dosage.map((one) => (
            <p key={one} className="big">
              {one}
            </p>
          ))}
        </div>
      ) : null
    case 'result':
      return (
        <>
          {view.value || view.components.length === 0 ? <MeasureLine measure={view} big /> : null}
          {view.components.map((one) => (
            <div key={one.key}>
              <h3>{one.title}</h3>
              <MeasureLine measure={one} />
            </div>
          ))}
        </>
      )
    case 'report':
      return (
        <>
          {view.conclusion ? <p className="big">{view.conclusion}</p> : null}
          {view.results.length > 0 ? <Lines lines={view.results.map((one) => one.text)} /> : null}
        </>
      )
    case 'allergy':
      return (
        <>
          {view.alert ? <Notice tone="alarm" title={t(words.alert)} /> : null}
          {view.reactions.length > 0 ? <Lines lines={view.reactions} /> : null}
        </>
      )
    case 'plan':
      return view.steps.length > 0 ? <Lines lines={view.steps} /> : null
    case 'document':
      return view.sections.map((one) => (
        <div key={one.title}>
          <h3>{one.title}</h3>
          <p className="lines">{one.text}</p>
        </div>
      ))
    default:
      return null
  }
}

/** JSON with its lines broken; what is none stands as it was signed. */
export function pretty(signed: string): string {
  try {
    return JSON.stringify(JSON.parse(signed), null, 2)
  } catch {
    return signed
  }
}

/** The whole document. */
export function RecordCard({ view }: { view: View }) {
  const speech = useSpeech()
  const { t } = speech
  return (
    <div className="stack">
      <div className="row">
        <span className="tag">{view.label}</span>
        {view.status ? <span className="tag">{view.status.text}</span> : null}
        {view.selfReported ? <span className="tag warn">{t(words.self)}</span> : null}
        <span className="faint">{whenOf(view, speech)}</span>
      </div>
      {view.mistaken ? <Notice tone="alarm">{t(words.mistaken)}</Notice> : null}
      <Special view={view} />
      <Facts facts={view.facts.map((one) => [one.label, factText(one, speech)] as const)} />
      {view.note ? <p className="lines">{view.note}</p> : null}
    </div>
  )
}

/** One line of a list: what, when, and what must not be missed. */
export function RecordLine({ view, href, aside }: { view: View; href?: string; aside?: ReactNode }) {
  const speech = useSpeech()
  const { t } = speech
  const alert = view.kind === 'allergy' && view.alert
  const second =
    view.kind === 'result'
      ? view.value || view.components.map((one) => one.value).join(' / ')
      : view.kind === 'prescription' || view.kind === 'medication'
        ? view.dosage[0]
        : undefined
  const inside = (
    <>
      <span>
        <strong>{view.title}</strong>
        {second ? <span>{second}</span> : null}
        <small>{[view.label, whenOf(view, speech)].filter(Boolean).join(' · ')}</small>
      </span>
      <span className="row">
        {alert ? <span className="tag alert">{t(words.alert)}</span> : null}
        {view.kind === 'result' ? <FlagTag flag={view.flag} /> : null}
        {view.selfReported ? <span className="tag">{t(words.self)}</span> : null}
        {aside}
      </span>
    </>
  )
  const look = `line${alert ? ' alert' : ''}`
  return href ? (
    <a className={look} href={href}>
      {inside}
    </a>
  ) : (
    <div className={look}>{inside}</div>
  )
}
