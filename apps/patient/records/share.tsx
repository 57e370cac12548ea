/** A summary for somebody who has no account: a link that opens until a date, with or without a passcode; and the links there are. */
import { categories as allCategories, type Category } from '@salus/base/categories'
import { linkWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { categoriesOf, categoryOf } from '@salus/ui/web/categories'
import { Dialog } from '@salus/ui/web/dialog'
import { Checks, Field, Select, Tick } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { Qr } from '@salus/ui/web/qr'
import { queries } from '@salus/web-app/mount'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useEffect, useState } from 'react'
import { device } from '../device.ts'
import { Own } from '../own.tsx'

const words = {
  title: { en: 'Share by a link', fr: 'Partager par un lien' },
  lead: {
    en: 'For a clinician who does not use Salus: a summary, sealed on this device. The key stands in the link alone; the hospital’s node cannot open it.',
    fr: 'Pour un soignant qui n’utilise pas Salus : un résumé, scellé sur cet appareil. La clé n’est que dans le lien ; le nœud de l’hôpital ne peut pas l’ouvrir.',
  },
  make: { en: 'A new link', fr: 'Un nouveau lien' },
  all: {
    en: 'The summary holds everything but what you hid.',
    fr: 'Le résumé contient tout, sauf ce que vous avez masqué.',
  },
  everything: { en: 'Everything but what is hidden', fr: 'Tout, sauf ce qui est masqué' },
  choose: { en: 'Choose what', fr: 'Choisir quoi' },
  what: { en: 'What', fr: 'Quoi' },
  long: { en: 'Opens for', fr: 'S’ouvre pendant' },
  hour: { en: 'One hour', fr: 'Une heure' },
  day: { en: 'One day', fr: 'Un jour' },
  week: { en: 'One week', fr: 'Une semaine' },
  month: { en: '30 days', fr: '30 jours' },
  label: { en: 'A name for it', fr: 'Un nom pour lui' },
  labelMore: { en: 'Shown before it is opened. Not needed.', fr: 'Montré avant l’ouverture. Facultatif.' },
  pin: { en: 'With a passcode', fr: 'Avec un code' },
  passcode: { en: 'Passcode', fr: 'Code' },
  again: { en: 'The passcode once more', fr: 'Le code encore une fois' },
  differ: { en: 'The two passcodes differ.', fr: 'Les deux codes diffèrent.' },
  go: { en: 'Make the link', fr: 'Créer le lien' },
  working: { en: 'Sealing the summary', fr: 'Scellement du résumé' },
  made: { en: 'Show this to the clinician', fr: 'Montrez ceci au soignant' },
  whoever: { en: 'Whoever has this link opens the summary.', fr: 'Qui a ce lien ouvre le résumé.' },
  whoeverPin: {
    en: 'Whoever has this link and the passcode opens the summary. Tell the passcode another way.',
    fr: 'Qui a ce lien et le code ouvre le résumé. Dites le code par un autre moyen.',
  },
  left: {
    one: { en: 'document is not in it: it does not open.', fr: 'document n’y est pas : il ne s’ouvre pas.' },
    other: { en: 'documents are not in it: they do not open.', fr: 'documents n’y sont pas : ils ne s’ouvrent pas.' },
  },
  qr: { en: 'The link as a QR code', fr: 'Le lien en code QR' },
  copy: { en: 'Copy the link', fr: 'Copier le lien' },
  copied: { en: 'Copied', fr: 'Copié' },
  done: { en: 'Done', fr: 'Terminé' },
  links: { en: 'My links', fr: 'Mes liens' },
  none: {
    en: 'No links yet. Each link, and who opened it, will stand here.',
    fr: 'Aucun lien. Chaque lien, et qui l’a ouvert, figurera ici.',
  },
  until: { en: 'until', fr: 'jusqu’au' },
  withPin: { en: 'with a passcode', fr: 'avec code' },
  opened: { en: 'Opened', fr: 'Ouvert' },
  times: { one: { en: 'time', fr: 'fois' }, other: { en: 'times', fr: 'fois' } },
  wrong: { en: 'wrong passcodes', fr: 'codes faux' },
  byWord: { en: 'Who opened: the node’s word, not signed.', fr: 'Qui a ouvert : parole du nœud, non signée.' },
  show: { en: 'Show', fr: 'Montrer' },
  end: { en: 'End it', fr: 'L’arrêter' },
  endSure: { en: 'End this link?', fr: 'Arrêter ce lien ?' },
  endMore: {
    en: 'It opens nothing any more. What was opened stays with whoever opened it.',
    fr: 'Il n’ouvrira plus rien. Ce qui a été ouvert reste chez qui l’a ouvert.',
  },
}

const HOUR = 3_600
const spans = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR, month: 30 * 24 * HOUR } as const
type Span = keyof typeof spans

/** Wrong passcodes after which a link opens no more (records/links). */
const TRIES = 5

function LinkShown({ link, passcode }: { link: string; passcode: boolean }) {
  const { t } = useSpeech()
  const [copied, setCopied] = useState(false)
  return (
    <div className="stack">
      <p>{t(passcode ? words.whoeverPin : words.whoever)}</p>
      <Qr text={link} label={t(words.qr)} />
      <p className="code small">{link}</p>
      <div>
        <Button onPress={() => void navigator.clipboard.writeText(link).then(() => setCopied(true))}>
          {t(copied ? words.copied : words.copy)}
        </Button>
      </div>
    </div>
  )
}

/** The passcode twice; undefined while none is wanted. */
function usePasscode() {
  const { t } = useSpeech()
  const [wanted, setWanted] = useState(false)
  const [first, setFirst] = useState('')
  const [second, setSecond] = useState('')
  const differ = wanted && second !== '' && first !== second
  const fields = (
    <>
      <Tick label={t(words.pin)} value={wanted} onChange={setWanted} />
      {wanted ? (
        <>
          <Field label={t(words.passcode)} kind="password" value={first} onChange={setFirst} must />
          <Field
            label={t(words.again)}
            kind="password"
            value={second}
            onChange={setSecond}
            must
            wrong={differ ? t(words.differ) : undefined}
          />
        </>
      ) : null}
    </>
  )
  return { fields, ready: !wanted || (first !== '' && first === second), passcode: wanted ? first : undefined }
}

function What({ chosen, onChoose }: { chosen: readonly Category[]; onChoose: (next: Category[]) => void }) {
  const speech = useSpeech()
  const { t } = speech
  const [open, setOpen] = useState(false)
  if (!open) {
    return (
      <div className="row">
        <span>{t(words.all)}</span>
        <Button look="quiet" onPress={() => setOpen(true)}>
          {t(words.choose)}
        </Button>
      </div>
    )
  }
  const choices = allCategories.map((value) => ({ value, words: categoryOf(value, speech) }))
  return <Checks label={t(words.what)} value={chosen} onChange={onChoose} choices={choices} />
}

function Making() {
  const { t, language, count } = useSpeech()
  const [chosen, setChosen] = useState<Category[]>([...allCategories])
  const [span, setSpan] = useState<Span>('day')
  const [label, setLabel] = useState('')
  const { fields, ready, passcode } = usePasscode()
  const share = useDoing(() => {
    const until = Math.floor(Date.now() / 1000) + spans[span]
    const named = label.trim() ? { label: label.trim().slice(0, 80) } : {}
    return device.share(
      { categories: chosen, until, ...named, ...(passcode === undefined ? {} : { passcode }) },
      language,
    )
  })
  if (share.isPending) return <Progress label={t(words.working)} />
  if (share.data) {
    return (
      <Card title={t(words.made)}>
        {share.data.unreadable > 0 ? <Notice tone="warn">{count(share.data.unreadable, words.left)}</Notice> : null}
        <div className="stack">
          <LinkShown link={share.data.link} passcode={passcode !== undefined} />
          <div>
            <Button look="main" onPress={() => share.reset()}>
              {t(words.done)}
            </Button>
          </div>
        </div>
      </Card>
    )
  }
  return (
    <Card title={t(words.make)}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          share.mutate(undefined)
        }}
      >
        <What chosen={chosen} onChoose={setChosen} />
        <Select
          label={t(words.long)}
          value={span}
          onChange={(next) => setSpan(next as Span)}
          choices={(['hour', 'day', 'week', 'month'] as const).map((value) => ({ value, words: t(words[value]) }))}
        />
        <Field label={t(words.label)} help={t(words.labelMore)} value={label} onChange={setLabel} />
        {fields}
        <Failure error={share.error} />
        <div>
          <Button type="submit" look="main" off={!ready || chosen.length === 0}>
            {t(words.go)}
          </Button>
        </div>
      </form>
    </Card>
  )
}

type Listed = Awaited<ReturnType<typeof device.shared>>[number]

function LinkLine({ one, onEnd, onShow }: { one: Listed; onEnd: () => void; onShow: () => void }) {
  const speech = useSpeech()
  const { t, moment, count } = speech
  const state = linkWords[one.state]
  const everything = one.categories.length === allCategories.length
  return (
    <Card
      title={everything ? t(words.everything) : categoriesOf(one.categories, speech)}
      aside={<span className={`tag ${one.state === 'open' ? 'good' : ''}`}>{state ? t(state) : one.state}</span>}
    >
      <p>
        {t(words.until)} {moment(one.until)}
        {one.passcode ? ` · ${t(words.withPin)}` : ''}
      </p>
      <p>
        {t(words.opened)} {count(one.opens, words.times)}
        {one.most ? ` / ${one.most}` : ''}
        {one.passcode ? ` · ${t(words.wrong)}: ${one.wrong}/${TRIES}` : ''}
      </p>
      {one.opened.length > 0 ? (
        <ul>
          {one.opened.map(({ at, recipient }) => (
            <li key={`${at}${recipient}`}>
              {moment(at)}: {recipient}
            </li>
          ))}
        </ul>
      ) : null}
      {one.state === 'ended' ? null : (
        <div className="row">
          {one.link ? <Button onPress={onShow}>{t(words.show)}</Button> : null}
          <Button look="danger" onPress={onEnd}>
            {t(words.end)}
          </Button>
        </div>
      )}
    </Card>
  )
}

function Links() {
  const { t } = useSpeech()
  const links = useAsked(['links'], () => device.shared())
  // Nobody tells this device that a link was opened: whoever comes here looks anew.
  useEffect(() => void queries.invalidateQueries({ queryKey: ['links'] }), [])
  const [asked, setAsked] = useState<string>()
  const [shown, setShown] = useState<Listed>()
  const close = () => setAsked(undefined)
  const end = useDoing((id: string) => device.unshare(id), close)
  return (
    <>
      <h2>{t(words.links)}</h2>
      <Failure error={links.error} />
      {links.data?.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
      {links.data?.some((one) => one.opened.length > 0) ? <p className="faint">{t(words.byWord)}</p> : null}
      {links.data?.map((one) => (
        <LinkLine key={one.id} one={one} onEnd={() => setAsked(one.id)} onShow={() => setShown(one)} />
      ))}
      <Dialog title={t(words.endSure)} open={asked !== undefined} onClose={close}>
        <p>{t(words.endMore)}</p>
        <Failure error={end.error} />
        <Button look="danger" wide busy={end.isPending} onPress={() => asked && end.mutate(asked)}>
          {t(words.end)}
        </Button>
      </Dialog>
      <Dialog title={t(words.made)} open={shown !== undefined} onClose={() => setShown(undefined)}>
        {shown?.link ? <LinkShown link={shown.link} passcode={shown.passcode} /> : null}
      </Dialog>
    </>
  )
}

/** The page. */
export function Share() {
  const { t } = useSpeech()
  return (
    <Own title={t(words.title)}>
      <p>{t(words.lead)}</p>
      <Making />
      <Links />
    </Own>
  )
}
