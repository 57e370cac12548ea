/** An emergency while the patient cannot answer: begun by one, signed second by another, told to the patient. */
import { type GlassReason, glassReasons } from '@salus/grants/emergency/contract'
import { glassWords } from '@salus/ui/vocabulary'
import { Button, ButtonLink } from '@salus/ui/web/button'
import { Field, Radios } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { queries } from '@salus/web-app/mount'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useEffect, useState } from 'react'
import type { Glass } from '../device/emergency.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'Emergency access', fr: 'Accès d’urgence' },
  what: {
    en: 'Opens for two hours what the patient chose for an emergency, once a colleague has signed too. The patient is told at once, and every emergency is reviewed.',
    fr: 'Ouvre pendant deux heures ce que le patient a choisi pour une urgence, dès qu’un collègue a contresigné. Le patient est prévenu aussitôt, et chaque urgence est examinée.',
  },
  begin: { en: 'Begin', fr: 'Commencer' },
  patient: { en: 'Handle of the patient', fr: 'Identifiant du patient' },
  reason: { en: 'Why', fr: 'Pourquoi' },
  text: { en: 'In a sentence, for the review only', fr: 'En une phrase, pour l’examen seulement' },
  open: { en: 'Begin the emergency', fr: 'Commencer l’urgence' },
  mine: { en: 'Begun here', fr: 'Commencées ici' },
  none: { en: 'None was begun in this browser.', fr: 'Aucune n’a été commencée dans ce navigateur.' },
  second: { en: 'Sign a colleague’s emergency second', fr: 'Contresigner l’urgence d’un collègue' },
  number: { en: 'Number of the emergency', fr: 'Numéro de l’urgence' },
  look: { en: 'Look at it', fr: 'La regarder' },
  agree: { en: 'I have looked, and I agree', fr: 'J’ai vérifié, et je suis d’accord' },
  signed: { en: 'Signed. The keeper releases now.', fr: 'Contresigné. Le gardien remet maintenant les clés.' },
  who: { en: 'Who', fr: 'Qui' },
  until: { en: 'Until', fr: 'Jusqu’au' },
  give: {
    en: 'Give this number to a colleague, who signs second:',
    fr: 'Donnez ce numéro à un collègue, qui contresigne :',
  },
  waits: { en: 'Signed second; waiting for the keeper.', fr: 'Contresignée ; en attente du gardien.' },
  read: { en: 'Read', fr: 'Lire' },
  over: { en: 'over', fr: 'terminée' },
  not: { en: 'Your profession cannot open an emergency.', fr: 'Votre profession ne peut pas ouvrir d’urgence.' },
  loading: { en: 'Looking', fr: 'Recherche' },
}

function Begin() {
  const { t } = useSpeech()
  const [patient, setPatient] = useState('')
  const [reason, setReason] = useState<GlassReason>('unconscious')
  const [text, setText] = useState('')
  const begin = useDoing(async () => device.begin(await device.findPatient(patient), reason, text))
  const must = reason === 'other' && text.trim() === ''
  return (
    <Card title={t(words.begin)} tone="alert">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          begin.mutate(undefined)
        }}
      >
        <p>{t(words.what)}</p>
        <Field label={t(words.patient)} value={patient} onChange={setPatient} must />
        <Radios
          label={t(words.reason)}
          value={reason}
          onChange={setReason}
          choices={glassReasons.map((value) => ({ value, words: glassWords[value] ? t(glassWords[value]) : value }))}
        />
        <Field label={t(words.text)} value={text} onChange={setText} lines={2} />
        <Failure error={begin.error} />
        <div>
          <Button type="submit" look="danger" busy={begin.isPending} off={patient.trim() === '' || must}>
            {t(words.open)}
          </Button>
        </div>
      </form>
    </Card>
  )
}

function Mine({ one }: { one: Glass }) {
  const { t, moment } = useSpeech()
  const over = one.ended || one.until * 1000 < Date.now()
  return (
    <li>
      <div className="line">
        <span>
          <strong>{glassWords[one.reason] ? t(glassWords[one.reason] as never) : one.reason}</strong>
          <small>
            {t(words.until)} {moment(one.until)}
          </small>
          {over || one.seconded ? null : (
            <span>
              {t(words.give)} <span className="code">{one.id}</span>
            </span>
          )}
          {!over && one.seconded && !one.released ? <span>{t(words.waits)}</span> : null}
        </span>
        {over ? <span className="tag">{t(words.over)}</span> : null}
        {!over && one.released ? (
          <ButtonLink look="main" href={`#/read/${one.id}`}>
            {t(words.read)}
          </ButtonLink>
        ) : null}
      </div>
    </li>
  )
}

function Second() {
  const { t, moment } = useSpeech()
  const [number, setNumber] = useState('')
  const look = useDoing(() => device.glass(number))
  const sign = useDoing((id: string) => device.second(id))
  // What is signed is what was looked at: another number is looked at first.
  const change = (typed: string) => {
    setNumber(typed)
    look.reset()
    sign.reset()
  }
  return (
    <Card title={t(words.second)}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          look.mutate(undefined)
        }}
      >
        <Field label={t(words.number)} value={number} onChange={change} must />
        <Failure error={look.error ?? sign.error} />
        {look.data ? (
          <Facts
            facts={[
              [t(words.who), look.data.askerName],
              [
                t(words.patient),
                <span key="patient" className="code">
                  {look.data.patient}
                </span>,
              ],
              [
                t(words.reason),
                glassWords[look.data.reason] ? t(glassWords[look.data.reason] as never) : look.data.reason,
              ],
              [t(words.until), moment(look.data.until)],
            ]}
          />
        ) : null}
        {sign.isSuccess ? <Notice tone="good">{t(words.signed)}</Notice> : null}
        <div className="row">
          <Button type="submit" busy={look.isPending} off={number.trim() === ''}>
            {t(words.look)}
          </Button>
          {look.data && !sign.isSuccess ? (
            <Button look="main" busy={sign.isPending} onPress={() => look.data && sign.mutate(look.data.id)}>
              {t(words.agree)}
            </Button>
          ) : null}
        </div>
      </form>
    </Card>
  )
}

/** The page; the state of what was begun is looked at again while it waits. */
export function EmergencyPage() {
  const { t } = useSpeech()
  const me = useAsked(['identity'], () => device.identity())
  const mine = useAsked(['emergencies'], () => device.emergencies())
  const waits = mine.data?.some((one) => !one.ended && !one.released && one.until * 1000 > Date.now()) ?? false
  useEffect(() => {
    if (!waits) return
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: ['emergencies'] }), 2_000)
    return () => clearInterval(timer)
  }, [waits])
  if (me.isPending) return <Progress label={t(words.loading)} />
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      {me.data && !me.data.emergency ? <Notice>{t(words.not)}</Notice> : null}
      {me.data?.emergency ? (
        <>
          <Begin />
          <Card title={t(words.mine)}>
            <Failure error={mine.error} />
            {mine.data?.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
            <ul className="list">
              {mine.data?.map((one) => (
                <Mine key={one.id} one={one} />
              ))}
            </ul>
          </Card>
          <Second />
        </>
      ) : null}
    </div>
  )
}
