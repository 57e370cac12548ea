/** The desk's first page: devices that wait to be confirmed, and the ways to what a clerk does most. */
import { Button, ButtonLink } from '@salus/ui/web/button'
import { Checks } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { queries } from '@salus/web-app/mount'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useEffect, useState } from 'react'
import type { Claiming } from '../device/desk/claims.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'Desk', fr: 'Guichet' },
  waiting: { en: 'Devices that wait', fr: 'Appareils en attente' },
  none: {
    en: 'Nobody waits. When a patient enters a code, the device appears here by itself.',
    fr: 'Personne n’attend. Quand un patient saisit un code, son appareil apparaît ici de lui-même.',
  },
  unnamed: { en: 'Patient without a name here', fr: 'Patient sans nom ici' },
  read: {
    en: 'The patient reads this from the screen of the device:',
    fr: 'Le patient lit ceci sur l’écran de son appareil :',
  },
  compare: { en: 'Comparison', fr: 'Comparaison' },
  same: { en: 'I compared every letter: both are the same', fr: 'J’ai comparé chaque lettre : c’est identique' },
  confirm: { en: 'Confirm this device', fr: 'Confirmer cet appareil' },
  elsewhere: {
    en: 'The keys of this record are on another device of the desk. Confirm it there.',
    fr: 'Les clés de ce dossier sont sur un autre appareil du guichet. Confirmez-le là-bas.',
  },
  done: {
    en: 'Confirmed. The patient’s device goes on by itself.',
    fr: 'Confirmé. L’appareil du patient continue de lui-même.',
  },
  newcomer: { en: 'New patient', fr: 'Nouveau patient' },
  people: { en: 'Patients', fr: 'Patients' },
  consent: { en: 'Answer with card and PIN', fr: 'Répondre avec carte et code PIN' },
  loading: { en: 'Looking', fr: 'Recherche' },
}

/** How often a waiting device is looked for: somebody stands at the counter. */
const PAUSE_MS = 3_000

function Waiting({ one, onDone }: { one: Claiming; onDone: () => void }) {
  const { t, day } = useSpeech()
  const [compared, setCompared] = useState<'same'[]>([])
  const confirm = useDoing(() => device.confirmClaim(one.claim, one.fingerprint), onDone)
  return (
    <Card title={one.name || t(words.unnamed)} aside={one.birthDate ? <small>{day(one.birthDate)}</small> : null}>
      <div className="stack">
        <div>
          <p>{t(words.read)}</p>
          <p className="code big">{one.fingerprint}</p>
        </div>
        <Failure error={confirm.error} />
        {one.held ? (
          <>
            <Checks
              label={t(words.compare)}
              value={compared}
              onChange={setCompared}
              choices={[{ value: 'same', words: t(words.same) }]}
            />
            <div>
              <Button
                look="main"
                busy={confirm.isPending}
                off={compared.length === 0}
                onPress={() => confirm.mutate(undefined)}
              >
                {t(words.confirm)}
              </Button>
            </div>
          </>
        ) : (
          <Notice tone="warn">{t(words.elsewhere)}</Notice>
        )}
      </div>
    </Card>
  )
}

/** Looks again every few seconds while it is open. */
export function DeskHome() {
  const { t } = useSpeech()
  const claims = useAsked(['claims'], () => device.claims())
  const [done, setDone] = useState(false)
  useEffect(() => {
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: ['claims'] }), PAUSE_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <div className="row">
        <ButtonLink look="main" href="#/people/new">
          {t(words.newcomer)}
        </ButtonLink>
        <ButtonLink href="#/people">{t(words.people)}</ButtonLink>
        <ButtonLink href="#/consent">{t(words.consent)}</ButtonLink>
      </div>
      {done ? <Notice tone="good">{t(words.done)}</Notice> : null}
      <h2>{t(words.waiting)}</h2>
      <Failure error={claims.error} />
      {claims.isPending ? <Progress label={t(words.loading)} /> : null}
      {claims.data?.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
      {claims.data?.map((one) => (
        <Waiting key={one.claim} one={one} onDone={() => setDone(true)} />
      ))}
    </div>
  )
}
