/** Asking: what, why, for how long, for whom. What the profession may not ask for is shown, with the reason. */
import type { Category } from '@salus/base/categories'
import type { Handle } from '@salus/base/ids'
import { askedPurposeWords, professionWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { categoryOf } from '@salus/ui/web/categories'
import { Checks, Field, Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { useLocation, useParams } from 'wouter'
import { device } from '../device.ts'
import { Band } from '../directory/band.tsx'

const words = {
  title: { en: 'Ask for access', fr: 'Demander un accès' },
  what: { en: 'What do you need?', fr: 'De quoi avez-vous besoin ?' },
  whatHelp: {
    en: 'Ask for little: the patient sees it as you choose it here.',
    fr: 'Demandez peu : le patient voit exactement ce que vous choisissez.',
  },
  notFor: { en: 'not for', fr: 'pas pour' },
  records: {
    en: 'Single documents instead (their numbers, one a line)',
    fr: 'Plutôt des documents précis (leurs numéros, un par ligne)',
  },
  why: { en: 'Why', fr: 'Pourquoi' },
  long: { en: 'For how long', fr: 'Pour combien de temps' },
  whom: { en: 'Who will read', fr: 'Qui lira' },
  me: { en: 'I do', fr: 'Moi' },
  colleague: { en: 'A colleague (by handle)', fr: 'Un confrère (par identifiant)' },
  handle: { en: 'Handle of the colleague', fr: 'Identifiant du confrère' },
  send: { en: 'Send the request', fr: 'Envoyer la demande' },
  sent: { en: 'Sent. The answer appears under Requests.', fr: 'Envoyée. La réponse apparaîtra dans Demandes.' },
  several: {
    en: 'This person has several records here: all are asked for.',
    fr: 'Cette personne a plusieurs dossiers ici : tous sont demandés.',
  },
  loading: { en: 'Looking', fr: 'Recherche' },
  hours: { en: '24 hours', fr: '24 heures' },
  week: { en: 'one week', fr: 'une semaine' },
  month: { en: 'one month', fr: 'un mois' },
  half: { en: 'six months', fr: 'six mois' },
}
const spans = { hours: 86_400, week: 7 * 86_400, month: 30 * 86_400, half: 182 * 86_400 } as const
type Span = keyof typeof spans
const purposes = ['TREAT', 'CAREMGT', 'HPAYMT', 'COVERAGE', 'PATRQT', 'PUBHLTH'] as const

/** The page. */
export function Ask() {
  const speech = useSpeech()
  const { t, pair } = speech
  const { handle = '' } = useParams<{ handle: string }>()
  const [, go] = useLocation()
  const me = useAsked(['identity'], () => device.identity())
  const [chosen, setChosen] = useState<Category[]>([])
  const [records, setRecords] = useState('')
  const [purpose, setPurpose] = useState('TREAT')
  const [span, setSpan] = useState<Span>('hours')
  const [whom, setWhom] = useState('me')
  const [colleague, setColleague] = useState('')
  const ids = records.split(/\s+/).filter(Boolean)
  const ask = useDoing(
    () =>
      device.ask({
        ...{ patient: handle as Handle, categories: chosen, records: ids, purpose },
        until: Math.floor(Date.now() / 1000) + spans[span],
        ...(whom !== 'me' && whom !== 'colleague' ? { team: whom } : {}),
        ...(whom === 'colleague' ? { colleague: colleague.trim().toUpperCase() } : {}),
      }),
    () => go(`/patient/${handle}`),
  )
  if (!me.data) return <Progress label={t(words.loading)} />
  const { may, mayNot, credential, teams } = me.data
  const profession = credential && professionWords[credential.profession]
  const refusal = profession ? `${pair(t(words.notFor))} ${t(profession)}` : ''
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        ask.mutate(undefined)
      }}
    >
      <Band handle={handle} />
      <h1>{t(words.title)}</h1>
      <Checks
        label={t(words.what)}
        help={t(words.whatHelp)}
        value={chosen}
        onChange={setChosen}
        choices={[
          ...may.map((value) => ({ value, words: categoryOf(value, speech) })),
          ...mayNot.map((value) => ({ value, words: categoryOf(value, speech), off: refusal })),
        ]}
      />
      <details>
        <summary>{t(words.records)}</summary>
        <Field label={t(words.records)} value={records} onChange={setRecords} lines={3} spell={false} />
      </details>
      <Select
        label={t(words.why)}
        value={purpose}
        onChange={setPurpose}
        choices={purposes.map((value) => ({
          value,
          words: askedPurposeWords[value] ? t(askedPurposeWords[value]) : value,
        }))}
      />
      <Select
        label={t(words.long)}
        value={span}
        onChange={(next) => setSpan(next as Span)}
        choices={(Object.keys(spans) as Span[]).map((value) => ({ value, words: t(words[value]) }))}
      />
      <Select
        label={t(words.whom)}
        value={whom}
        onChange={setWhom}
        choices={[
          { value: 'me', words: t(words.me) },
          ...teams.map((one) => ({ value: one.handle, words: one.name })),
          { value: 'colleague', words: t(words.colleague) },
        ]}
      />
      {whom === 'colleague' ? <Field label={t(words.handle)} value={colleague} onChange={setColleague} must /> : null}
      <Failure error={ask.error} />
      {ask.isSuccess ? <Notice tone="good">{ask.data.sent > 1 ? t(words.several) : t(words.sent)}</Notice> : null}
      <div>
        <Button type="submit" look="main" busy={ask.isPending} off={chosen.length === 0 && ids.length === 0}>
          {t(words.send)}
        </Button>
      </div>
    </form>
  )
}
