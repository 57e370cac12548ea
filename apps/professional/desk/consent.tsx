/** A patient without a phone answers on the desk's screen, with card and PIN, for one visit. */
import type { Category } from '@salus/base/categories'
import type { Both } from '@salus/ui/language'
import { askedPurposeWords, refusalWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { categoryOf } from '@salus/ui/web/categories'
import { Dialog } from '@salus/ui/web/dialog'
import { Checks, Field, Radios } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { ScanField } from '@salus/ui/web/scan'
import { whoOf } from '@salus/ui/web/who'
import { useDoing } from '@salus/web-app/page'
import { useEffect, useState } from 'react'
import type { Asking } from '../device/desk/consent.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'Answer with card and PIN', fr: 'Répondre avec carte et code PIN' },
  lead: {
    en: 'For a patient without a phone. The patient types the PIN, reads the screen and answers; this desk keeps nothing of it.',
    fr: 'Pour un patient sans téléphone. Le patient saisit le code PIN, lit l’écran et répond ; ce guichet n’en garde rien.',
  },
  card: { en: 'The patient’s card', fr: 'Carte du patient' },
  cardHelp: { en: 'Scan its QR code, or type its whole text.', fr: 'Scannez son QR, ou saisissez tout son texte.' },
  pin: { en: 'PIN, typed by the patient', fr: 'Code PIN, saisi par le patient' },
  go: { en: 'Open for this visit', fr: 'Ouvrir pour cette visite' },
  opening: { en: 'Opening the keychain', fr: 'Ouverture du trousseau' },
  none: { en: 'Nobody waits for an answer.', fr: 'Personne n’attend de réponse.' },
  wants: { en: 'asks for', fr: 'demande' },
  who: { en: 'Who', fr: 'Qui' },
  reader: { en: 'Who will read', fr: 'Qui lira' },
  why: { en: 'Why', fr: 'Pourquoi' },
  until: { en: 'Until', fr: 'Jusqu’au' },
  what: { en: 'What do you allow?', fr: 'Que permettez-vous ?' },
  documents: { en: 'single documents', fr: 'documents précis' },
  allow: { en: 'Allow this', fr: 'Autoriser ceci' },
  no: { en: 'Say no', fr: 'Refuser' },
  reason: { en: 'Why not?', fr: 'Pourquoi pas ?' },
  over: { en: 'This can no longer be answered.', fr: 'Cela ne peut plus recevoir de réponse.' },
  end: { en: 'End the visit', fr: 'Terminer la visite' },
  ended: { en: 'The visit is over. Give the card back.', fr: 'La visite est terminée. Rendez la carte.' },
  working: { en: 'Making the keys for this reader', fr: 'Préparation des clés pour ce lecteur' },
}

function Opening({ onOpen, ended }: { onOpen: (all: Asking[]) => void; ended: boolean }) {
  const { t } = useSpeech()
  const [card, setCard] = useState('')
  const [pin, setPin] = useState('')
  const begin = useDoing(() => device.beginVisit(card, pin), onOpen)
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        begin.mutate(undefined)
      }}
    >
      {ended ? <Notice tone="good">{t(words.ended)}</Notice> : null}
      <p>{t(words.lead)}</p>
      <ScanField label={t(words.card)} help={t(words.cardHelp)} value={card} onChange={setCard} hidden focus />
      <Field kind="password" label={t(words.pin)} value={pin} onChange={setPin} must />
      <Failure error={begin.error} />
      {begin.isPending ? <Progress label={t(words.opening)} /> : null}
      <div>
        <Button type="submit" look="main" busy={begin.isPending} off={card.trim() === '' || pin.trim() === ''}>
          {t(words.go)}
        </Button>
      </div>
    </form>
  )
}

function Refusing({ id, onDone }: { id: string; onDone: (all: Asking[]) => void }) {
  const { t } = useSpeech()
  const [reason, setReason] = useState('no-reason')
  const refuse = useDoing(() => device.refuseAtDesk(id, reason), onDone)
  return (
    <div className="stack">
      <Radios
        label={t(words.reason)}
        value={reason}
        onChange={setReason}
        choices={Object.entries(refusalWords).map(([value, both]) => ({ value, words: t(both) }))}
      />
      <Failure error={refuse.error} />
      <Button look="danger" wide busy={refuse.isPending} onPress={() => refuse.mutate(undefined)}>
        {t(words.no)}
      </Button>
    </div>
  )
}

function Facing({ one, onDone }: { one: Asking; onDone: (all: Asking[]) => void }) {
  const speech = useSpeech()
  const { t, moment } = speech
  const [chosen, setChosen] = useState<Category[]>([...one.categories])
  const [refusing, setRefusing] = useState(false)
  const whole = chosen.length === one.categories.length
  const allow = useDoing(() => device.allowAtDesk(one.id, whole ? undefined : chosen), onDone)
  const purpose = askedPurposeWords[one.purpose] as Both | undefined
  return (
    <Card title={whoOf(one.asker, speech)}>
      <div className="stack">
        <Facts
          facts={[
            ...(one.reader ? [[t(words.reader), whoOf(one.reader, speech)] as const] : []),
            [t(words.why), purpose ? t(purpose) : one.purpose] as const,
            [t(words.until), moment(one.until)] as const,
            ...(one.records > 0 ? [[t(words.wants), `${one.records} ${t(words.documents)}`] as const] : []),
          ]}
        />
        {one.problem ? (
          <Notice tone="warn">{t(words.over)}</Notice>
        ) : (
          <>
            {one.categories.length > 0 ? (
              <Checks
                label={t(words.what)}
                value={chosen}
                onChange={setChosen}
                choices={one.categories.map((value) => ({ value, words: categoryOf(value, speech) }))}
              />
            ) : null}
            <Failure error={allow.error} />
            {allow.isPending ? <Progress label={t(words.working)} /> : null}
            <div className="row">
              <Button
                look="main"
                busy={allow.isPending}
                off={one.categories.length > 0 && chosen.length === 0}
                onPress={() => allow.mutate(undefined)}
              >
                {t(words.allow)}
              </Button>
              <Button look="danger" onPress={() => setRefusing(true)}>
                {t(words.no)}
              </Button>
            </div>
          </>
        )}
      </div>
      <Dialog title={t(words.reason)} open={refusing} onClose={() => setRefusing(false)}>
        <Refusing id={one.id} onDone={onDone} />
      </Dialog>
    </Card>
  )
}

/** The page. Leaving it ends the visit. */
export function Consent() {
  const { t } = useSpeech()
  const [all, setAll] = useState<Asking[]>()
  const [ended, setEnded] = useState(false)
  const end = useDoing(
    () => device.endVisit(),
    () => {
      setAll(undefined)
      setEnded(true)
    },
  )
  useEffect(() => () => void device.endVisit().catch(() => undefined), [])
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      {all === undefined ? <Opening onOpen={setAll} ended={ended} /> : null}
      {all?.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
      {all?.map((one) => (
        <Facing key={one.id} one={one} onDone={setAll} />
      ))}
      <Failure error={end.error} />
      {all ? (
        <div>
          <Button look={all.length === 0 ? 'main' : 'plain'} busy={end.isPending} onPress={() => end.mutate(undefined)}>
            {t(words.end)}
          </Button>
        </div>
      ) : null}
    </div>
  )
}
