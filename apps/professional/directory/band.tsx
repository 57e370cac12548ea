/** Whose record one is at: on every page that asks of, or writes for, one patient. */
import { useSpeech } from '@salus/ui/web/language'
import { useAsked } from '@salus/web-app/page'
import { device } from '../device.ts'

const words = {
  label: { en: 'Patient', fr: 'Patient' },
  unnamed: { en: 'Name not shared', fr: 'Nom non partagé' },
  elsewhere: { en: 'record kept at', fr: 'dossier tenu par' },
  born: { en: 'born', fr: 'né(e) le' },
}

/** Name and birth date as this browser knows them, and the handle: nobody signs for the wrong person unseen. */
export function Band({ handle }: { handle: string }) {
  const { t, day } = useSpeech()
  const known = useAsked(['patients'], () => device.patients())
  const person = known.data?.find((one) => one.handle === handle)
  return (
    <p className="whose">
      <span className="hidden-words">{t(words.label)} </span>
      <strong>{person?.name ?? t(words.unnamed)}</strong>
      {person?.birthDate ? (
        <span>
          {t(words.born)} {day(person.birthDate)}
        </span>
      ) : null}
      <span className="code">{handle}</span>
      {person?.home ? (
        <span>
          {t(words.elsewhere)} {person.home}
        </span>
      ) : null}
    </p>
  )
}
