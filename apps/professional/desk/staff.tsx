/** Professionals of this organisation: whom the desk vouches for, and until when. */
import type { Profession } from '@salus/directory/matrix'
import { professionWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { Checks, Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import type { Member } from '../device/desk/staff.ts'
import { device } from '../device.ts'
import { Teams } from './teams.tsx'

const words = {
  title: { en: 'Staff and teams', fr: 'Personnel et équipes' },
  waiting: { en: 'Waiting to be vouched for', fr: 'En attente d’habilitation' },
  none: {
    en: 'Nobody waits. Whoever makes keys in the professional app for this organisation appears here.',
    fr: 'Personne n’attend. Qui crée ses clés dans l’application pour cet organisme apparaît ici.',
  },
  read: {
    en: 'The professional reads this from the own screen:',
    fr: 'Le professionnel lit ceci sur son propre écran :',
  },
  compare: { en: 'Comparison', fr: 'Comparaison' },
  same: { en: 'I compared every letter: both are the same', fr: 'J’ai comparé chaque lettre : c’est identique' },
  profession: { en: 'Profession', fr: 'Profession' },
  choose: { en: 'Choose', fr: 'Choisir' },
  long: { en: 'For how long', fr: 'Pour combien de temps' },
  month: { en: 'one month', fr: 'un mois' },
  half: { en: 'six months', fr: 'six mois' },
  year: { en: 'one year', fr: 'un an' },
  vouch: { en: 'Vouch for this person', fr: 'Habiliter cette personne' },
  there: { en: 'Vouched for', fr: 'Habilités' },
  until: { en: 'until', fr: 'jusqu’au' },
  back: { en: 'Take back', fr: 'Retirer' },
  sure: { en: 'Take this credential back, at once?', fr: 'Retirer cette habilitation, immédiatement ?' },
  truth: {
    en: 'Nothing more can be asked for or opened with it. What was read stays read.',
    fr: 'Plus rien ne peut être demandé ni ouvert avec elle. Ce qui a été lu reste lu.',
  },
  loading: { en: 'Looking', fr: 'Recherche' },
}
const spans = { month: 30 * 86_400, half: 182 * 86_400, year: 365 * 86_400 } as const
type Span = keyof typeof spans

function Newcomer({ one }: { one: Member }) {
  const { t } = useSpeech()
  const [profession, setProfession] = useState('')
  const [span, setSpan] = useState<Span>('year')
  const [compared, setCompared] = useState<'same'[]>([])
  const { handle, fingerprint } = one
  const vouch = useDoing(() => {
    const until = Math.floor(Date.now() / 1000) + spans[span]
    return device.vouch({ handle, fingerprint, profession: profession as Profession, until })
  })
  return (
    <Card title={one.name}>
      <div className="stack">
        <div>
          <p>{t(words.read)}</p>
          <p className="code big">{fingerprint}</p>
        </div>
        <Checks
          label={t(words.compare)}
          value={compared}
          onChange={setCompared}
          choices={[{ value: 'same', words: t(words.same) }]}
        />
        <Select
          label={`${t(words.profession)} (${one.name})`}
          value={profession}
          onChange={setProfession}
          choices={[
            { value: '', words: t(words.choose) },
            ...Object.entries(professionWords).map(([value, both]) => ({ value, words: t(both) })),
          ]}
        />
        <Select
          label={`${t(words.long)} (${one.name})`}
          value={span}
          onChange={(next) => setSpan(next as Span)}
          choices={(Object.keys(spans) as Span[]).map((value) => ({ value, words: t(words[value]) }))}
        />
        <Failure error={vouch.error} />
        <div>
          <Button
            look="main"
            busy={vouch.isPending}
            off={compared.length === 0 || profession === ''}
            onPress={() => vouch.mutate(undefined)}
          >
            {t(words.vouch)}
          </Button>
        </div>
      </div>
    </Card>
  )
}

function Vouched({ one, onAsk }: { one: Member; onAsk: () => void }) {
  const { t, day } = useSpeech()
  const { credential } = one
  const profession = credential && professionWords[credential.profession]
  return (
    <div className="line">
      <span>
        <strong>{one.name}</strong>
        <small>
          {profession ? t(profession) : ''} · {t(words.until)} {credential ? day(credential.until) : ''}
        </small>
      </span>
      <Button look="danger" label={`${t(words.back)}: ${one.name}`} onPress={onAsk}>
        {t(words.back)}
      </Button>
    </div>
  )
}

/** The page. */
export function Staff() {
  const { t } = useSpeech()
  const all = useAsked(['staff'], () => device.staff())
  const [asked, setAsked] = useState<Member>()
  const back = useDoing((one: Member) => device.takeCredential(one.handle))
  const [waiting, there] = [false, true].map((held) =>
    (all.data ?? []).filter((one) => (one.credential !== undefined) === held),
  ) as [Member[], Member[]]
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={all.error ?? back.error} />
      {all.isPending ? <Progress label={t(words.loading)} /> : null}
      <h2>{t(words.waiting)}</h2>
      {all.data && waiting.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
      {waiting.map((one) => (
        <Newcomer key={one.handle} one={one} />
      ))}
      {there.length > 0 ? <h2>{t(words.there)}</h2> : null}
      <ul className="list">
        {there.map((one) => (
          <li key={one.handle}>
            <Vouched one={one} onAsk={() => setAsked(one)} />
          </li>
        ))}
      </ul>
      {all.data ? <Teams people={there} /> : null}
      <Dialog title={t(words.sure)} open={asked !== undefined} onClose={() => setAsked(undefined)}>
        <p>
          <strong>{asked?.name}</strong>
        </p>
        <p>{t(words.truth)}</p>
        <Button
          look="danger"
          wide
          onPress={() => {
            if (asked) back.mutate(asked)
            setAsked(undefined)
          }}
        >
          {t(words.back)}
        </Button>
      </Dialog>
    </div>
  )
}
