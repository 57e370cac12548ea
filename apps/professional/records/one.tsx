/** One document that was granted: readable, its files, its FHIR; a prescription can be dispensed. */
import { ButtonLink } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Progress } from '@salus/ui/web/notice'
import { pretty, RecordCard } from '@salus/ui/web/record/card'
import { Files } from '@salus/ui/web/record/files'
import { Series } from '@salus/ui/web/record/series'
import { useAsked } from '@salus/web-app/page'
import { useParams } from 'wouter'
import { device } from '../device.ts'

const words = {
  opening: { en: 'Opening', fr: 'Ouverture' },
  back: { en: 'Back to all that is open', fr: 'Retour à tout ce qui est ouvert' },
  raw: { en: 'As FHIR', fr: 'En FHIR' },
  dispense: { en: 'Record dispensing', fr: 'Enregistrer la délivrance' },
  number: { en: 'Number of this document', fr: 'Numéro de ce document' },
}

/** The page. */
export function One() {
  const { t, language } = useSpeech()
  const { request = '', record = '' } = useParams<{ request: string; record: string }>()
  const one = useAsked(['one', request, record, language], () => device.openedRecord(request, record, language))
  const page = useAsked(['read', request, language], () => device.openRequest(request, language))
  if (one.isPending) return <Progress label={t(words.opening)} />
  if (!one.data) return <Failure error={one.error} />
  const { view, fhir } = one.data
  const keys = new Set(view.kind === 'result' ? [view.key, ...view.components.map((each) => each.key)] : [])
  const series = (page.data?.series ?? []).filter((each) => keys.has(each.key))
  return (
    <div className="stack">
      <p>
        <a href={`#/read/${request}`}>{t(words.back)}</a>
      </p>
      <h1>{view.title}</h1>
      <Card tone={view.kind === 'allergy' && view.alert ? 'alert' : 'quiet'}>
        <RecordCard view={view} />
      </Card>
      {series.length > 0 ? <Series series={series} /> : null}
      <Files attachments={view.attachments} />
      {view.kind === 'prescription' && page.data ? (
        <div>
          <ButtonLink look="main" href={`#/patient/${page.data.patient}/write/dispense/${request}.${record}`}>
            {t(words.dispense)}
          </ButtonLink>
        </div>
      ) : null}
      <details>
        <summary>{t(words.raw)}</summary>
        <p className="faint">
          {t(words.number)}: <span className="code">{record}</span>
        </p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
        <pre tabIndex={0}>{pretty(fhir)}</pre>
      </details>
    </div>
  )
}
