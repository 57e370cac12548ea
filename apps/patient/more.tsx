/** Where else one can go. */
import { useSpeech } from '@salus/ui/web/language'

const words = { title: { en: 'More', fr: 'Plus' } }

const places = [
  {
    path: '/keys',
    words: { en: 'Keys and devices', fr: 'Clés et appareils' },
    more: {
      en: 'Ways to come back, other devices, when something is lost',
      fr: 'Moyens de revenir, autres appareils, en cas de perte',
    },
  },
  {
    path: '/people',
    words: { en: 'People', fr: 'Personnes' },
    more: {
      en: 'Who acts for you, for whom you act, your identifier',
      fr: 'Qui agit pour vous, pour qui vous agissez, votre identifiant',
    },
  },
  {
    path: '/circle',
    words: { en: 'Who keeps a copy', fr: 'Qui garde une copie' },
    more: {
      en: 'Hospitals with a sealed copy, and who has stopped what you took back',
      fr: 'Les hôpitaux qui ont une copie scellée, et qui a arrêté ce que vous avez retiré',
    },
  },
  {
    path: '/share',
    words: { en: 'Share by a link', fr: 'Partager par un lien' },
    more: {
      en: 'A summary for a clinician who does not use Salus',
      fr: 'Un résumé pour un soignant qui n’utilise pas Salus',
    },
  },
  {
    path: '/choices',
    words: { en: 'My choices in advance', fr: 'Mes choix à l’avance' },
    more: { en: 'Emergency access, hidden documents', fr: 'Accès d’urgence, documents masqués' },
  },
  {
    path: '/notify',
    words: { en: 'Notifications', fr: 'Notifications' },
    more: { en: 'Be woken when something new waits', fr: 'Être réveillé quand une nouveauté attend' },
  },
  {
    path: '/leave',
    words: { en: 'Take everything, or leave', fr: 'Tout emporter, ou partir' },
    more: { en: 'Everything in a file; everything erased', fr: 'Tout dans un fichier ; tout effacé' },
  },
  {
    path: '/about',
    words: { en: 'About', fr: 'À propos' },
    more: { en: 'This app, whom it trusts, colours', fr: 'Cette application, à qui elle se fie, couleurs' },
  },
] as const

/** The menu. */
export function More() {
  const { t } = useSpeech()
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <ul className="list">
        {places.map((one) => (
          <li key={one.path}>
            <a className="line" href={`#${one.path}`}>
              <span>
                <strong>{t(one.words)}</strong>
                <small>{t(one.more)}</small>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}
