/** Patients: those this browser knows, and a way to a new one by handle or QR. */
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Progress } from '@salus/ui/web/notice'
import { ScanField } from '@salus/ui/web/scan'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { device } from '../device.ts'

const words = {
  title: { en: 'Patients', fr: 'Patients' },
  find: { en: 'A patient', fr: 'Un patient' },
  handle: { en: 'Handle', fr: 'Identifiant' },
  help: {
    en: 'From the patient’s phone (More, People) or QR code, or from your desk.',
    fr: 'Sur le téléphone du patient (Plus, Personnes) ou son code QR, ou auprès de votre guichet.',
  },
  go: { en: 'Find', fr: 'Chercher' },
  known: { en: 'Known here', fr: 'Connus ici' },
  none: {
    en: 'Nobody yet. Patients you ask or write for will stand here.',
    fr: 'Personne encore. Les patients que vous sollicitez ou pour qui vous écrivez apparaîtront ici.',
  },
  unnamed: { en: 'Name not shared', fr: 'Nom non partagé' },
  samples: { en: 'Sample patients of the demonstration', fr: 'Patients d’exemple de la démonstration' },
  loading: { en: 'Looking', fr: 'Recherche' },
}

/** The first page of who treats people. */
export function Patients() {
  const { t, day, distance } = useSpeech()
  const [typed, setTyped] = useState('')
  const [, go] = useLocation()
  const known = useAsked(['patients'], () => device.patients())
  const demo = useAsked(['samples'], () => device.samples())
  const find = useDoing(
    (handle: string) => device.findPatient(handle),
    (handle) => go(`/patient/${handle}`),
  )
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Card title={t(words.find)}>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            find.mutate(typed)
          }}
        >
          <ScanField label={t(words.handle)} help={t(words.help)} value={typed} onChange={setTyped} />
          <Failure error={find.error} />
          <div>
            <Button type="submit" look="main" busy={find.isPending} off={typed.trim() === ''}>
              {t(words.go)}
            </Button>
          </div>
        </form>
      </Card>
      {demo.data ? (
        <Card title={t(words.samples)}>
          <div className="grid">
            {demo.data.patients.map((one) => (
              <Button key={one.handle} wide onPress={() => find.mutate(one.handle)}>
                {one.name}
              </Button>
            ))}
          </div>
        </Card>
      ) : null}
      <h2>{t(words.known)}</h2>
      <Failure error={known.error} />
      {known.isPending ? <Progress label={t(words.loading)} /> : null}
      {known.data?.length === 0 && !known.error ? <Empty>{t(words.none)}</Empty> : null}
      <ul className="list">
        {known.data?.map((one) => (
          <li key={one.handle}>
            <a className="line" href={`#/patient/${one.handle}`}>
              <span>
                <strong>{one.name ?? t(words.unnamed)}</strong>
                <small>{[one.birthDate ? day(one.birthDate) : '', one.handle].filter(Boolean).join(' · ')}</small>
              </span>
              <small>{distance(one.at)}</small>
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}
