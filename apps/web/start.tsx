/** The start page: three doors, and the consortium as this node sees it. */
import { Frame } from '@salus/ui/web/frame'
import { useSpeech } from '@salus/ui/web/language'
import '@salus/ui/web/style.css'
import { lazy, Suspense, useSyncExternalStore } from 'react'
import { mount } from './mount.tsx'

const words = {
  title: { en: 'Health records, shared without giving them away', fr: 'Des dossiers de santé partagés sans les céder' },
  lead: {
    en: 'Patients hold the keys. Professionals ask, the patient allows, and every access leaves a proof.',
    fr: 'Les patients ont les clés. Les professionnels demandent, le patient autorise, et chaque accès laisse une preuve.',
  },
  patient: { en: 'Patient', fr: 'Patient' },
  patientMore: { en: 'My record, who asks, who saw what', fr: 'Mon dossier, qui demande, qui a vu quoi' },
  professional: { en: 'Professional', fr: 'Professionnel' },
  research: { en: 'Research', fr: 'Recherche' },
  researchMore: {
    en: 'Learn from data that stays where it is; lab, hospital, host',
    fr: 'Apprendre de données qui restent chez elles ; laboratoire, hôpital, hôte',
  },
  consortium: { en: 'The consortium, live', fr: 'Le consortium en direct' },
  consortiumMore: {
    en: 'Who is up, what was decided, what is amiss',
    fr: 'Qui est là, ce qui fut décidé, ce qui ne va pas',
  },
  loading: { en: 'Opening the page', fr: 'Ouverture de la page' },
  professionalMore: { en: 'Ask, read, write; desk and pharmacy', fr: 'Demander, lire, écrire ; guichet et pharmacie' },
}

const CONSORTIUM = '#/consortium'
const Consortium = lazy(async () => ({ default: (await import('./consortium/page.tsx')).Consortium }))

const onHash = (changed: () => void) => {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

function Doors() {
  const { t } = useSpeech()
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <p>{t(words.lead)}</p>
      <div className="doors">
        <a className="door" href="/patient/">
          {t(words.patient)}
          <span>{t(words.patientMore)}</span>
        </a>
        <a className="door" href="/professional/">
          {t(words.professional)}
          <span>{t(words.professionalMore)}</span>
        </a>
        <a className="door" href="/research/">
          {t(words.research)}
          <span>{t(words.researchMore)}</span>
        </a>
      </div>
      <a className="line" href={CONSORTIUM}>
        <strong>{t(words.consortium)}</strong>
        <span>{t(words.consortiumMore)}</span>
      </a>
    </div>
  )
}

function Start() {
  const { t } = useSpeech()
  const at = useSyncExternalStore(onHash, () => location.hash)
  return (
    <Frame name="Salus" home="#/" at={at}>
      <Suspense fallback={<p role="status">{t(words.loading)}</p>}>
        {at === CONSORTIUM ? <Consortium /> : <Doors />}
      </Suspense>
    </Frame>
  )
}

mount(<Start />)
