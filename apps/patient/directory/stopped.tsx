/** What each hospital has said to what was taken back. */
import { useSpeech } from '@salus/ui/web/language'
import type { Shown } from '../device/circle.ts'

const words = {
  stopped: { en: 'has stopped', fr: 'a arrêté' },
  nothing: { en: 'keeps nothing of you', fr: 'ne garde rien de vous' },
  waits: {
    en: 'not reached yet; tried again by itself',
    fr: 'pas encore joint ; réessayé automatiquement',
  },
  home: {
    en: 'Your own hospital was not reached. This app tells it on this device, when it is open and that hospital answers.',
    fr: 'Votre hôpital n’a pas été joint. Cette application le prévient depuis cet appareil, ouverte, quand il répond.',
  },
}

/** One line a hospital; nothing where nobody else keeps a copy. */
export function Stopped({ stores, homeWaits }: { stores: readonly Shown[]; homeWaits?: boolean }) {
  const { t, moment, pair } = useSpeech()
  return (
    <>
      {homeWaits ? <p>{t(words.home)}</p> : null}
      {stores.length > 0 ? (
        <ul>
          {stores.map(({ name, at, nothing }) => (
            <li key={name}>
              <strong>{pair(name)}</strong>{' '}
              {at === undefined ? t(nothing ? words.nothing : words.waits) : `${t(words.stopped)} (${moment(at)})`}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  )
}
