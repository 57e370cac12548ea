/** One patient: what was asked, what may be read, what can be written. */
import { ButtonLink } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { useParams } from 'wouter'
import { device } from '../device.ts'
import { FollowingLine } from '../grants/following.tsx'
import { Band } from './band.tsx'

const words = {
  ask: { en: 'Ask for access', fr: 'Demander un accès' },
  write: { en: 'Write', fr: 'Écrire' },
  silent: {
    en: 'Another hospital does not answer: what was asked there is missing here.',
    fr: 'Un autre hôpital ne répond pas : ce qui y a été demandé manque ici.',
  },
  none: {
    en: 'Nothing was asked of this patient from here. The record opens when the patient allows it.',
    fr: 'Rien n’a été demandé à ce patient d’ici. Le dossier s’ouvre quand le patient le permet.',
  },
  requests: { en: 'Requests', fr: 'Demandes' },
  unnamed: { en: 'Patient', fr: 'Patient' },
}

/** The page of one patient. */
export function PatientPage() {
  const { t } = useSpeech()
  const { handle = '' } = useParams<{ handle: string }>()
  const known = useAsked(['patients'], () => device.patients())
  const all = useAsked(['requests'], () => device.requests())
  const person = known.data?.find((one) => one.handle === handle)
  const mine = (all.data?.all ?? []).filter((one) => one.patient === handle)
  return (
    <div className="stack">
      <h1>{person?.name ?? t(words.unnamed)}</h1>
      <Band handle={handle} />
      <div className="row">
        <ButtonLink look="main" href={`#/patient/${handle}/ask`}>
          {t(words.ask)}
        </ButtonLink>
        <ButtonLink href={`#/patient/${handle}/write`}>{t(words.write)}</ButtonLink>
      </div>
      <Failure error={all.error} />
      <Card title={t(words.requests)}>
        {all.data?.silent === 0 && !all.error && mine.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
        {all.data && all.data.silent > 0 ? <p className="faint">{t(words.silent)}</p> : null}
        <ul className="list">
          {mine.map((one) => (
            <li key={one.id}>
              <FollowingLine one={one} />
            </li>
          ))}
        </ul>
      </Card>
    </div>
  )
}
