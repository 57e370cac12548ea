/** What the privacy officer looks at: emergencies to review, documents patients dispute, what the law has kept. */
import type { Both } from '@salus/ui/language'
import { findingWords, glassWords, holdWords, mistakeWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { categoryOf } from '@salus/ui/web/categories'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import type { Finding, Review } from '../device/desk/privacy.ts'
import { device } from '../device.ts'
import { Complaints } from './complaints.tsx'

const words = {
  title: { en: 'Privacy', fr: 'Vie privée' },
  reviews: { en: 'Emergencies', fr: 'Urgences' },
  noReviews: {
    en: 'No emergency. Every one that somebody of this organisation begins is looked at here afterwards.',
    fr: 'Aucune urgence. Chacune que quelqu’un de cet organisme déclenche est examinée ici après coup.',
  },
  who: { en: 'Begun by', fr: 'Déclenchée par' },
  second: { en: 'Signed second by', fr: 'Contresignée par' },
  nobody: { en: 'nobody yet', fr: 'personne encore' },
  patient: { en: 'Patient', fr: 'Patient' },
  when: { en: 'When', fr: 'Quand' },
  opened: { en: 'Opened', fr: 'Ouverte' },
  yes: { en: 'yes', fr: 'oui' },
  no: { en: 'no, nothing was released', fr: 'non, rien n’a été ouvert' },
  text: { en: 'Words for this review', fr: 'Mots pour cet examen' },
  found: { en: 'What do you find? The patient will see it.', fr: 'Que constatez-vous ? Le patient le verra.' },
  justified: { en: 'Justified', fr: 'Justifiée' },
  unjustified: { en: 'Not justified', fr: 'Injustifiée' },
  disputes: { en: 'What patients say is wrong', fr: 'Ce que les patients contestent' },
  noDisputes: {
    en: 'Nothing is disputed. The author answers with a corrected document; the desk can take one back.',
    fr: 'Rien n’est contesté. L’auteur répond par un document corrigé ; le guichet peut en retirer un.',
  },
  author: { en: 'written by', fr: 'écrit par' },
  kept: { en: 'Kept by law after an erasure', fr: 'Conservé par la loi après un effacement' },
  noKept: { en: 'Nothing is kept.', fr: 'Rien n’est conservé.' },
  until: { en: 'until', fr: 'jusqu’au' },
  versions: { en: 'documents, versions counted', fr: 'documents, versions comprises' },
  loading: { en: 'Looking', fr: 'Recherche' },
}

const said = (table: Readonly<Record<string, Both>>, word: string, t: (both: Both) => string): string =>
  table[word] ? t(table[word]) : word

function Reviewing({ one }: { one: Review }) {
  const { t, moment } = useSpeech()
  const review = useDoing((found: Finding) => device.review(one.glass, found))
  return (
    <Card
      title={said(glassWords, one.reason, t)}
      aside={one.found ? <span className="tag">{said(findingWords, one.found, t)}</span> : null}
    >
      <Facts
        facts={[
          [t(words.who), one.asker] as const,
          [t(words.second), one.second ?? t(words.nobody)] as const,
          [t(words.patient), one.patient] as const,
          [t(words.when), moment(one.at)] as const,
          [t(words.opened), t(one.released ? words.yes : words.no)] as const,
          ...(one.text ? [[t(words.text), <q key="text">{one.text}</q>] as const] : []),
        ]}
      />
      <Failure error={review.error} />
      {one.found ? null : (
        <>
          <p>{t(words.found)}</p>
          <div className="row">
            <Button busy={review.isPending} onPress={() => review.mutate('justified')}>
              {t(words.justified)}
            </Button>
            <Button look="danger" busy={review.isPending} onPress={() => review.mutate('unjustified')}>
              {t(words.unjustified)}
            </Button>
          </div>
        </>
      )}
    </Card>
  )
}

function Disputes() {
  const speech = useSpeech()
  const { t, moment } = speech
  const all = useAsked(['corrections'], () => device.corrections())
  return (
    <>
      <h2>{t(words.disputes)}</h2>
      <Failure error={all.error} />
      {all.data?.length === 0 ? <Empty>{t(words.noDisputes)}</Empty> : null}
      <ul className="list">
        {all.data?.map((one) => (
          <li key={one.record} className="line">
            <span>
              <strong>{one.name}</strong>
              <span>
                {categoryOf(one.category, speech)} · {said(mistakeWords, one.reason, t)}
              </span>
              <small>
                {t(words.author)} {one.author} · {moment(one.at)}
              </small>
              <small className="code">{one.record}</small>
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

function KeptParts() {
  const { t, day } = useSpeech()
  const all = useAsked(['kept-parts'], () => device.keptParts())
  return (
    <>
      <h2>{t(words.kept)}</h2>
      <Failure error={all.error} />
      {all.data?.length === 0 ? <Empty>{t(words.noKept)}</Empty> : null}
      <ul className="list">
        {all.data?.map((one) => (
          <li key={one.id} className="line">
            <span>
              <span>{said(holdWords, one.reason, t)}</span>
              <small>
                {one.versions} {t(words.versions)} · {t(words.until)} {day(one.until)}
              </small>
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

/** The page. */
export function Privacy() {
  const { t } = useSpeech()
  const all = useAsked(['reviews'], () => device.reviews())
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <h2>{t(words.reviews)}</h2>
      <Failure error={all.error} />
      {all.isPending ? <Progress label={t(words.loading)} /> : null}
      {all.data?.length === 0 ? <Empty>{t(words.noReviews)}</Empty> : null}
      {all.data?.map((one) => (
        <Reviewing key={one.glass} one={one} />
      ))}
      <Complaints />
      <Disputes />
      <KeptParts />
    </div>
  )
}
