/** People: how others name me, who acts for me and until when, and for whom I act. */
import { Button } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { Qr } from '@salus/ui/web/qr'
import { ScanField } from '@salus/ui/web/scan'
import { queries } from '@salus/web-app/mount'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { device } from '../device.ts'

const words = {
  title: { en: 'People', fr: 'Personnes' },
  mine: { en: 'My identifier', fr: 'Mon identifiant' },
  mineMore: {
    en: 'Show it to a professional who is to ask you, or to somebody for whom you will act. It opens nothing by itself.',
    fr: 'À montrer à un professionnel qui doit vous demander, ou à qui vous représenterez. Il n’ouvre rien par lui-même.',
  },
  qr: { en: 'My identifier as a QR code', fr: 'Mon identifiant en code QR' },
  forMe: { en: 'Who acts for me', fr: 'Qui agit pour moi' },
  nobody: { en: 'Nobody acts for you.', fr: 'Personne n’agit pour vous.' },
  until: { en: 'until', fr: 'jusqu’au' },
  end: { en: 'End it', fr: 'Y mettre fin' },
  endSure: { en: 'End this now?', fr: 'Y mettre fin maintenant ?' },
  endMore: {
    en: 'What comes from now on no longer opens for this person. What was opened before was read.',
    fr: 'Ce qui vient ne s’ouvrira plus pour cette personne. Ce qui a été ouvert a été lu.',
  },
  name: { en: 'Name somebody', fr: 'Désigner quelqu’un' },
  nameMore: {
    en: 'Whoever acts for you answers requests, takes permissions back and opens everything that is not hidden. Each act stands in your log with that name.',
    fr: 'Qui agit pour vous répond aux demandes, retire des autorisations et ouvre tout ce qui n’est pas masqué. Chaque acte figure dans votre journal.',
  },
  theirs: { en: 'That person’s identifier', fr: 'Identifiant de cette personne' },
  theirsMore: { en: 'In that person’s app: More, People.', fr: 'Dans son application : Plus, Personnes.' },
  long: { en: 'For how long', fr: 'Pour combien de temps' },
  month: { en: 'One month', fr: 'Un mois' },
  year: { en: 'One year', fr: 'Un an' },
  five: { en: 'Five years', fr: 'Cinq ans' },
  go: { en: 'Continue', fr: 'Continuer' },
  compare: {
    en: 'Does that person’s app show one of these?',
    fr: 'Son application montre-t-elle l’une de celles-ci ?',
  },
  compareMore: { en: 'In that app: More, Keys and devices.', fr: 'Dans son application : Plus, Clés et appareils.' },
  confirm: { en: 'It is the same: name this person', fr: 'C’est la même : désigner cette personne' },
  other: { en: 'No, stop', fr: 'Non, arrêter' },
  iAct: { en: 'For whom I act', fr: 'Pour qui j’agis' },
  none: {
    en: 'Nobody has named you. A child’s or a parent’s record appears here when you were named on their device or at the desk.',
    fr: 'Personne ne vous a désigné. Le dossier d’un enfant ou d’un parent apparaît ici quand on vous désigne sur son appareil ou au guichet.',
  },
  act: { en: 'Act for this person', fr: 'Agir pour cette personne' },
  acting: { en: 'You act for this person now', fr: 'Vous agissez pour cette personne' },
  back: { en: 'Back to my own record', fr: 'Revenir à mon dossier' },
  loading: { en: 'Looking who acts for whom', fr: 'Recherche de qui agit pour qui' },
}

const DAY = 86_400
const spans = { month: 30 * DAY, year: 365 * DAY, five: 5 * 365 * DAY } as const
type Span = keyof typeof spans
type Row = { readonly handle: string; readonly until: number }

function Naming({ onDone }: { onDone: () => void }) {
  const { t } = useSpeech()
  const [typed, setTyped] = useState('')
  const [span, setSpan] = useState<Span>('year')
  const look = useDoing(() => device.fingerprintsOf(typed))
  const name = useDoing(() => device.name(typed, Math.floor(Date.now() / 1000) + spans[span]), onDone)
  if (look.data) {
    return (
      <div className="stack">
        <p>{t(words.compare)}</p>
        {look.data.map((one) => (
          <p className="code big" key={one}>
            {one}
          </p>
        ))}
        <p className="faint">{t(words.compareMore)}</p>
        <Failure error={name.error} />
        <div className="row">
          <Button look="main" busy={name.isPending} onPress={() => name.mutate(undefined)}>
            {t(words.confirm)}
          </Button>
          <Button onPress={() => look.reset()}>{t(words.other)}</Button>
        </div>
      </div>
    )
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        look.mutate(undefined)
      }}
    >
      <p>{t(words.nameMore)}</p>
      <ScanField label={t(words.theirs)} help={t(words.theirsMore)} value={typed} onChange={setTyped} />
      <Select
        label={t(words.long)}
        value={span}
        onChange={(next) => setSpan(next as Span)}
        choices={(['month', 'year', 'five'] as const).map((value) => ({ value, words: t(words[value]) }))}
      />
      <Failure error={look.error} />
      <div>
        <Button type="submit" look="main" busy={look.isPending} off={typed.trim() === ''}>
          {t(words.go)}
        </Button>
      </div>
    </form>
  )
}

function ForMe({ all }: { all: readonly Row[] }) {
  const { t, day } = useSpeech()
  const [naming, setNaming] = useState(false)
  const [asked, setAsked] = useState<string>()
  const close = () => setAsked(undefined)
  const end = useDoing((handle: string) => device.dismissPerson(handle), close)
  return (
    <Card title={t(words.forMe)}>
      <div className="stack">
        {all.length === 0 ? <p>{t(words.nobody)}</p> : null}
        <ul className="list">
          {all.map((one) => (
            <li className="line" key={one.handle}>
              <span>
                <span className="code">{one.handle}</span>
                <small>
                  {t(words.until)} {day(one.until)}
                </small>
              </span>
              <Button look="danger" label={`${t(words.end)}: ${one.handle}`} onPress={() => setAsked(one.handle)}>
                {t(words.end)}
              </Button>
            </li>
          ))}
        </ul>
        {naming ? (
          <Naming onDone={() => setNaming(false)} />
        ) : (
          <div>
            <Button onPress={() => setNaming(true)}>{t(words.name)}</Button>
          </div>
        )}
      </div>
      <Dialog title={t(words.endSure)} open={asked !== undefined} onClose={close}>
        <p>{t(words.endMore)}</p>
        <Failure error={end.error} />
        <Button look="danger" wide busy={end.isPending} onPress={() => asked && end.mutate(asked)}>
          {t(words.end)}
        </Button>
      </Dialog>
    </Card>
  )
}

function IAct({ all, acting }: { all: readonly Row[]; acting: string | undefined }) {
  const { t, day } = useSpeech()
  const [, go] = useLocation()
  const act = useDoing(
    (handle: string | undefined) => device.actAs(handle),
    () => {
      // Another record from here on: nothing of the one before may stay on the screen.
      queries.clear()
      go('/')
    },
  )
  return (
    <Card title={t(words.iAct)}>
      <div className="stack">
        {all.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
        <Failure error={act.error} />
        <ul className="list">
          {all.map((one) => (
            <li className="line" key={one.handle}>
              <span>
                <span className="code">{one.handle}</span>
                <small>
                  {t(words.until)} {day(one.until)}
                </small>
              </span>
              {acting === one.handle ? (
                <Button onPress={() => act.mutate(undefined)}>{t(words.back)}</Button>
              ) : (
                <Button
                  label={`${t(words.act)}: ${one.handle}`}
                  busy={act.isPending}
                  onPress={() => act.mutate(one.handle)}
                >
                  {t(words.act)}
                </Button>
              )}
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}

/** The page. */
export function People() {
  const { t } = useSpeech()
  const people = useAsked(['people'], () => device.people())
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={people.error} />
      {people.isPending ? <Progress label={t(words.loading)} /> : null}
      {people.data ? (
        <>
          {people.data.acting ? <Notice>{t(words.acting)}</Notice> : null}
          <Card title={t(words.mine)}>
            <p>{t(words.mineMore)}</p>
            <p className="code">{people.data.handle}</p>
            <Qr text={`salus-patient:1:${people.data.handle}`} label={t(words.qr)} />
          </Card>
          {people.data.acting ? null : <ForMe all={people.data.representatives} />}
          <IAct all={people.data.represented} acting={people.data.acting} />
        </>
      ) : null}
    </div>
  )
}
