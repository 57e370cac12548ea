/** A request as one follows it: its state, and the way to what it opened. */
import type { Both } from '@salus/ui/language'
import { askedPurposeWords, documentWords } from '@salus/ui/vocabulary'
import { categoriesOf } from '@salus/ui/web/categories'
import { useSpeech } from '@salus/ui/web/language'
import type { Following } from '../device/requests.ts'

const states: Readonly<Record<Following['state'], readonly [Both, string]>> = {
  waiting: [{ en: 'waiting for the patient', fr: 'en attente du patient' }, 'warn'],
  given: [{ en: 'allowed: open it', fr: 'autorisé : ouvrir' }, 'good'],
  refused: [{ en: 'the patient said no', fr: 'refusé par le patient' }, 'alert'],
  'taken-back': [{ en: 'taken back by the patient', fr: 'retiré par le patient' }, 'alert'],
  over: [{ en: 'over', fr: 'terminé' }, ''],
}
const words = {
  until: { en: 'until', fr: 'jusqu’au' },
  colleague: { en: 'for a colleague to read', fr: 'à lire par un confrère' },
}

/** One line. */
export function FollowingLine({ one, named }: { one: Following; named?: boolean }) {
  const speech = useSpeech()
  const { t, moment, count } = speech
  const [word, tone] = states[one.state]
  const what = one.categories.length > 0 ? categoriesOf(one.categories, speech) : count(one.records, documentWords)
  const inside = (
    <>
      <span>
        {named ? <strong>{one.known?.name ?? one.patient}</strong> : null}
        <span>{what}</span>
        <small>
          {askedPurposeWords[one.purpose] ? `${t(askedPurposeWords[one.purpose] as Both)} · ` : ''}
          {t(words.until)} {moment(one.until)}
          {one.mine ? '' : ` · ${t(words.colleague)}`}
        </small>
      </span>
      <span className={`tag ${tone}`}>{t(word)}</span>
    </>
  )
  return one.state === 'given' && one.mine ? (
    <a className="line" href={`#/read/${one.id}`}>
      {inside}
    </a>
  ) : (
    <div className="line">{inside}</div>
  )
}
