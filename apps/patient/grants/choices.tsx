/** Choices in advance: what an emergency may open, and what is hidden. Each is a part of its own; others come beside them. */
import type { Category } from '@salus/base/categories'
import { categories as allCategories } from '@salus/base/categories'
import { Button } from '@salus/ui/web/button'
import { categoriesOf, categoryOf } from '@salus/ui/web/categories'
import { Checks } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { RecordLine } from '@salus/ui/web/record/card'
import { whoOf } from '@salus/ui/web/who'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import type { EmergencyChoice } from '../device/choices.ts'
import { device } from '../device.ts'
import { Own } from '../own.tsx'
import { Blocked, Research } from './advance.tsx'

const words = {
  title: { en: 'My choices in advance', fr: 'Mes choix à l’avance' },
  emergency: { en: 'In an emergency', fr: 'En cas d’urgence' },
  question: {
    en: 'If you cannot answer, two people who treat you here may together open what you choose, for two hours. You are told at once, and the privacy officer reviews it.',
    fr: 'Si vous ne pouvez pas répondre, deux soignants d’ici peuvent ensemble ouvrir ce que vous choisissez, pendant deux heures. Vous êtes prévenu aussitôt et le délégué à la protection des données l’examine.',
  },
  unchosen: { en: 'You have not chosen: nothing opens.', fr: 'Vous n’avez pas choisi : rien ne s’ouvre.' },
  against: { en: 'You chose that nothing opens.', fr: 'Vous avez choisi que rien ne s’ouvre.' },
  opens: { en: 'Opens in an emergency', fr: 'S’ouvre en cas d’urgence' },
  kept: { en: 'Kept by', fr: 'Gardé par' },
  nobody: {
    en: 'Nobody at your organisation keeps emergency access yet. This page will ask you when somebody does.',
    fr: 'Personne dans votre établissement ne garde encore l’accès d’urgence. Cette page vous le demandera alors.',
  },
  what: { en: 'What may open', fr: 'Ce qui peut s’ouvrir' },
  save: { en: 'Allow this in an emergency', fr: 'Autoriser ceci en urgence' },
  off: { en: 'Nothing in an emergency', fr: 'Rien en urgence' },
  saved: { en: 'Your choice stands from now on.', fr: 'Votre choix vaut désormais.' },
  hidden: { en: 'Hidden documents', fr: 'Documents masqués' },
  hiddenMore: {
    en: 'Never given by category, in an emergency, or to who acts for you; only when you name one yourself.',
    fr: 'Jamais donnés par catégorie, en urgence ou à qui agit pour vous ; seulement si vous en désignez un.',
  },
  none: {
    en: 'Nothing is hidden. “Hide” stands on the page of every document.',
    fr: 'Rien n’est masqué. « Masquer » se trouve sur la page de chaque document.',
  },
  loading: { en: 'Looking at your choices', fr: 'Lecture de vos choix' },
}

function Choosing({
  choice,
  busy,
  onChoose,
}: {
  choice: EmergencyChoice
  busy: boolean
  onChoose: (categories: readonly Category[]) => void
}) {
  const speech = useSpeech()
  const { t } = speech
  const [chosen, setChosen] = useState<Category[]>([...(choice.chosen ?? choice.usual)])
  const choices = allCategories.map((value) => ({ value, words: categoryOf(value, speech) }))
  return (
    <div className="stack">
      <Checks label={t(words.what)} value={chosen} onChange={setChosen} choices={choices} />
      <div className="row">
        <Button look="main" busy={busy} off={chosen.length === 0} onPress={() => onChoose(chosen)}>
          {t(words.save)}
        </Button>
        <Button look="danger" busy={busy} onPress={() => onChoose([])}>
          {t(words.off)}
        </Button>
      </div>
    </div>
  )
}

function Emergency() {
  const speech = useSpeech()
  const { t } = speech
  const choice = useAsked(['emergency-choice'], () => device.emergencyChoice())
  const choose = useDoing((categories: readonly Category[]) => device.chooseForEmergency(categories))
  const { chosen, keepers = [], offered } = choice.data ?? {}
  return (
    <Card title={t(words.emergency)}>
      <div className="stack">
        <p>{t(words.question)}</p>
        <Failure error={choice.error ?? choose.error} />
        {choice.isPending ? <Progress label={t(words.loading)} /> : null}
        {choice.data ? (
          <Notice tone={chosen && chosen.length > 0 ? 'good' : 'info'}>
            {chosen === undefined ? t(words.unchosen) : null}
            {chosen?.length === 0 ? t(words.against) : null}
            {chosen && chosen.length > 0 ? `${t(words.opens)}: ${categoriesOf(chosen, speech)}. ` : null}
            {keepers.length > 0 ? `${t(words.kept)}: ${keepers.map((one) => whoOf(one, speech)).join(' ; ')}` : null}
          </Notice>
        ) : null}
        {offered === false ? <p className="faint">{t(words.nobody)}</p> : null}
        {choose.isSuccess ? <Notice tone="good">{t(words.saved)}</Notice> : null}
        {choice.data && offered ? (
          // What stands at the node is where the next choice begins.
          <Choosing
            key={String(choice.data.chosen)}
            choice={choice.data}
            busy={choose.isPending}
            onChoose={(categories) => choose.mutate(categories)}
          />
        ) : null}
      </div>
    </Card>
  )
}

function Hidden() {
  const { t, language } = useSpeech()
  const all = useAsked(['entries', language], () => device.entries(language))
  const hidden = (all.data?.entries ?? []).filter((one) => one.hidden)
  return (
    <Card title={t(words.hidden)}>
      <div className="stack">
        <p>{t(words.hiddenMore)}</p>
        <Failure error={all.error} />
        {all.isPending ? <Progress label={t(words.loading)} /> : null}
        {all.data && hidden.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
        <ul className="list">
          {hidden.map((one) => (
            <li key={one.record}>
              <RecordLine view={one.view} href={`#/record/one/${one.record}`} />
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}

/** The page: one part under the other. */
export function Choices() {
  const { t } = useSpeech()
  return (
    <Own title={t(words.title)}>
      <Emergency />
      <Research />
      <Blocked />
      <Hidden />
    </Own>
  )
}
