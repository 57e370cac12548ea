/** All requests with their answers, as they come in. */
import { useSpeech } from '@salus/ui/web/language'
import { Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { device } from '../device.ts'
import { FollowingLine } from './following.tsx'

const words = {
  title: { en: 'Requests', fr: 'Demandes' },
  none: {
    en: 'No request yet. Choose a patient and ask; the answer appears here by itself.',
    fr: 'Aucune demande. Choisissez un patient et demandez ; la réponse apparaîtra ici d’elle-même.',
  },
  silent: {
    en: 'Another hospital does not answer: requests sent there are missing here. They come back with it.',
    fr: 'Un autre hôpital ne répond pas : les demandes envoyées là-bas manquent ici. Elles reviendront avec lui.',
  },
  loading: { en: 'Looking', fr: 'Recherche' },
}

/** Newest first. */
export function Requests() {
  const { t } = useSpeech()
  const all = useAsked(['requests'], () => device.requests())
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={all.error} />
      {all.isPending ? <Progress label={t(words.loading)} /> : null}
      {all.data && all.data.silent > 0 ? <Notice tone="warn">{t(words.silent)}</Notice> : null}
      {all.data?.all.length === 0 && all.data.silent === 0 ? <Empty>{t(words.none)}</Empty> : null}
      <ul className="list">
        {all.data?.all.map((one) => (
          <li key={one.id}>
            <FollowingLine one={one} named />
          </li>
        ))}
      </ul>
    </div>
  )
}
