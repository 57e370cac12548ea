/** One request, in words: who, what, why, until when; all of it, a part of it, no. */
import type { Category } from '@salus/base/categories'
import { purposeWords, refusalWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { categoriesOf, categoryOf } from '@salus/ui/web/categories'
import { Dialog } from '@salus/ui/web/dialog'
import { Checks, Radios, Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { whoOf } from '@salus/ui/web/who'
import { useAsked, useDoing, useHeard } from '@salus/web-app/page'
import { useState } from 'react'
import { useLocation, useParams } from 'wouter'
import type { Asking } from '../device/grants.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'wants to see a part of your record', fr: 'souhaite voir une partie de votre dossier' },
  who: { en: 'Who', fr: 'Qui' },
  reader: { en: 'Who will read', fr: 'Qui lira' },
  what: { en: 'What', fr: 'Quoi' },
  why: { en: 'Why', fr: 'Pourquoi' },
  until: { en: 'Until', fr: 'Jusqu’au' },
  records: {
    one: { en: 'single document, named below', fr: 'document désigné ci-dessous' },
    other: { en: 'single documents, named below', fr: 'documents désignés ci-dessous' },
  },
  identity: {
    en: 'Your identity (name, birth date) goes along with any permission.',
    fr: 'Votre identité (nom, date de naissance) accompagne toute autorisation.',
  },
  newKey: {
    en: 'This person has a new key since the last request. If that surprises you, ask before you answer.',
    fr: 'Cette personne a une nouvelle clé depuis la dernière demande. Si cela vous étonne, demandez avant de répondre.',
  },
  all: { en: 'Allow all of it', fr: 'Tout autoriser' },
  part: { en: 'Allow a part', fr: 'Autoriser une partie' },
  no: { en: 'Say no', fr: 'Refuser' },
  partTitle: { en: 'What do you allow?', fr: 'Que permettez-vous ?' },
  documents: { en: 'Single documents only', fr: 'Certains documents seulement' },
  open: { en: 'Choose documents', fr: 'Choisir des documents' },
  kind: { en: 'For how long does it go on?', fr: 'Et ensuite ?' },
  once: { en: 'What is there today', fr: 'Ce qui existe aujourd’hui' },
  onceMore: { en: 'Nothing that is added later.', fr: 'Rien de ce qui sera ajouté plus tard.' },
  standing: { en: 'Also what will be added', fr: 'Aussi ce qui sera ajouté' },
  standingMore: { en: 'Until it ends or you take it back.', fr: 'Jusqu’à la fin, ou jusqu’à ce que vous le retiriez.' },
  time: { en: 'How long', fr: 'Durée' },
  asked: { en: 'As asked', fr: 'Comme demandé' },
  hour: { en: 'One hour', fr: 'Une heure' },
  day: { en: 'One day', fr: 'Un jour' },
  week: { en: 'One week', fr: 'Une semaine' },
  allow: { en: 'Allow this', fr: 'Autoriser ceci' },
  reason: { en: 'Why not?', fr: 'Pourquoi pas ?' },
  block: { en: 'Take no more requests from this person', fr: 'Ne plus recevoir de demandes de cette personne' },
  blockMore: {
    en: 'Later requests are refused by themselves. You can lift this under My choices in advance.',
    fr: 'Les demandes suivantes sont refusées d’elles-mêmes. Vous pouvez lever cela dans Mes choix à l’avance.',
  },
  done: {
    en: 'Allowed. You can take it back at any time under Permissions.',
    fr: 'Autorisé. Vous pouvez le retirer à tout moment dans Autorisations.',
  },
  refused: { en: 'Refused.', fr: 'Refusé.' },
  gone: { en: 'This request was answered, or is over.', fr: 'Cette demande a reçu une réponse, ou est terminée.' },
  offline: {
    en: 'Without a connection your answer cannot leave this device yet.',
    fr: 'Sans connexion, votre réponse ne peut pas encore partir.',
  },
  working: { en: 'Making the keys for this reader', fr: 'Préparation des clés pour ce lecteur' },
  home: { en: 'Home', fr: 'Accueil' },
}

const spans: Readonly<Record<string, number>> = { hour: 3_600, day: 86_400, week: 7 * 86_400 }

/** What of a request is given. */
type Part = {
  readonly categories: readonly Category[]
  readonly records: readonly string[]
  readonly standing: boolean
  readonly span: string
}

function Documents({
  asking,
  chosen,
  onChoose,
}: {
  asking: Asking
  chosen: readonly string[]
  onChoose: (ids: string[]) => void
}) {
  const speech = useSpeech()
  const { t, language, day } = speech
  const all = useAsked(['entries', language], () => device.entries(language))
  const wanted = (all.data?.entries ?? []).filter(
    (one) =>
      asking.records.includes(one.record) || (!one.hidden && asking.categories.includes(one.category as Category)),
  )
  return (
    <Checks
      label={t(words.documents)}
      value={chosen}
      onChange={onChoose}
      choices={wanted.map((one) => ({
        value: one.record,
        words: one.view.title,
        more: [one.view.label, one.view.date ? day(one.view.date) : ''].filter(Boolean).join(' · '),
      }))}
    />
  )
}

type Giving = {
  readonly asking: Asking
  readonly onGive: (part: Part) => void
  readonly busy: boolean
}

function Partly({ asking, onGive, busy }: Giving) {
  const speech = useSpeech()
  const { t } = speech
  const [categories, setCategories] = useState<Category[]>([...asking.categories])
  const [records, setRecords] = useState<string[]>([])
  const [single, setSingle] = useState(asking.categories.length === 0)
  const [standing, setStanding] = useState<'once' | 'standing'>('once')
  const [span, setSpan] = useState('asked')
  const nothing = single ? records.length === 0 : categories.length === 0
  return (
    <div className="stack">
      <p className="faint">{t(words.identity)}</p>
      {single ? null : (
        <Checks
          label={t(words.what)}
          value={categories}
          onChange={setCategories}
          choices={asking.categories.map((value) => ({ value, words: categoryOf(value, speech) }))}
        />
      )}
      {single ? (
        <Documents asking={asking} chosen={records} onChoose={setRecords} />
      ) : (
        <div>
          <Button look="quiet" onPress={() => setSingle(true)}>
            {t(words.open)}
          </Button>
        </div>
      )}
      {single ? null : (
        <Radios
          label={t(words.kind)}
          value={standing}
          onChange={setStanding}
          choices={[
            { value: 'once', words: t(words.once), more: t(words.onceMore) },
            { value: 'standing', words: t(words.standing), more: t(words.standingMore) },
          ]}
        />
      )}
      <Select
        label={t(words.time)}
        value={span}
        onChange={setSpan}
        choices={(['asked', 'hour', 'day', 'week'] as const).map((value) => ({ value, words: t(words[value]) }))}
      />
      <Button
        look="main"
        wide
        busy={busy}
        off={nothing}
        onPress={() =>
          onGive({
            categories: single ? [] : categories,
            records: single ? records : [],
            standing: !single && standing === 'standing',
            span,
          })
        }
      >
        {t(words.allow)}
      </Button>
    </div>
  )
}

function Refusing({ asking, onDone }: { asking: Asking; onDone: () => void }) {
  const { t } = useSpeech()
  const [reason, setReason] = useState('no-reason')
  const [blocking, setBlocking] = useState<'block'[]>([])
  // Blocking is the person's own choice: nobody who acts for somebody makes it.
  const people = useAsked(['people'], () => device.people())
  const refuse = useDoing(async () => {
    await device.refuse(asking.id, reason)
    if (blocking.length > 0) await device.blockPerson(asking.asker.id)
  }, onDone)
  return (
    <div className="stack">
      <Radios
        label={t(words.reason)}
        value={reason}
        onChange={setReason}
        choices={Object.entries(refusalWords).map(([value, both]) => ({ value, words: t(both) }))}
      />
      {people.data?.acting ? null : (
        <Checks
          label={asking.asker.name ?? t(words.who)}
          value={blocking}
          onChange={setBlocking}
          choices={[{ value: 'block', words: t(words.block), more: t(words.blockMore) }]}
        />
      )}
      <Failure error={refuse.error} />
      <Button look="danger" wide busy={refuse.isPending} onPress={() => refuse.mutate(undefined)}>
        {t(words.no)}
      </Button>
    </div>
  )
}

const choiceOf = ({ categories, records, standing, span }: Part, asking: Asking) => ({
  ...(categories.length > 0 ? { only: categories } : { records }),
  standing,
  ...(spans[span] ? { until: Math.min(asking.until, Math.floor(Date.now() / 1000) + spans[span]) } : {}),
})

function Answering({ asking }: { asking: Asking }) {
  const speech = useSpeech()
  const { t, moment, count } = speech
  const { offline } = useHeard()
  const [, go] = useLocation()
  const [open, setOpen] = useState<'part' | 'no' | undefined>()
  const give = useDoing((choice: Parameters<typeof device.give>[1]) => device.give(asking.id, choice))
  if (give.isSuccess) {
    return (
      <Notice tone="good" title={t(words.done)}>
        <a href="#/">{t(words.home)}</a>
      </Notice>
    )
  }
  const what =
    asking.categories.length > 0 ? categoriesOf(asking.categories, speech) : count(asking.records.length, words.records)
  return (
    <>
      <h1>
        {asking.asker.name} {t(words.title)}
      </h1>
      {asking.newKey ? <Notice tone="warn">{t(words.newKey)}</Notice> : null}
      {offline ? <Notice tone="warn">{t(words.offline)}</Notice> : null}
      <Card>
        <Facts
          facts={[
            [t(words.who), whoOf(asking.asker, speech)] as const,
            ...(asking.reader ? [[t(words.reader), whoOf(asking.reader, speech)] as const] : []),
            [t(words.what), <strong key="what">{what}</strong>] as const,
            [
              t(words.why),
              purposeWords[asking.purpose] ? t(purposeWords[asking.purpose] as never) : asking.purpose,
            ] as const,
            [t(words.until), moment(asking.until)] as const,
          ]}
        />
        <p className="faint">{t(words.identity)}</p>
      </Card>
      <Failure error={give.error} />
      {give.isPending ? <Progress label={t(words.working)} /> : null}
      <div className="stack">
        <Button look="main" wide busy={give.isPending} onPress={() => give.mutate({})}>
          {t(words.all)}
        </Button>
        <Button wide onPress={() => setOpen('part')}>
          {t(words.part)}
        </Button>
        <Button look="danger" wide onPress={() => setOpen('no')}>
          {t(words.no)}
        </Button>
      </div>
      <Dialog title={t(words.partTitle)} open={open === 'part'} onClose={() => setOpen(undefined)}>
        <Partly
          asking={asking}
          busy={give.isPending}
          onGive={(part) => {
            setOpen(undefined)
            give.mutate(choiceOf(part, asking))
          }}
        />
      </Dialog>
      <Dialog title={t(words.reason)} open={open === 'no'} onClose={() => setOpen(undefined)}>
        <Refusing asking={asking} onDone={() => go('/')} />
      </Dialog>
    </>
  )
}

/** The page of one request; kept on the screen after the answer, to say that it was given. */
export function Request() {
  const { t } = useSpeech()
  const { id } = useParams<{ id: string }>()
  const all = useAsked(['requests'], () => device.requests())
  const [kept, setKept] = useState<Asking>()
  const found = all.data?.find((one) => one.id === id) ?? kept
  if (found && kept?.id !== found.id) setKept(found)
  if (all.isPending) return <Progress label={t(words.what)} />
  if (!found) return all.error ? <Failure error={all.error} /> : <Notice>{t(words.gone)}</Notice>
  return (
    <div className="stack">
      <Failure error={all.error} />
      <Answering key={found.id} asking={found} />
    </div>
  )
}
