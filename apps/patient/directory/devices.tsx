/** The own devices: taking a new one in after comparing its fingerprint, taking one out. */
import { Button } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Notice } from '@salus/ui/web/notice'
import { ScanField } from '@salus/ui/web/scan'
import { useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'

const words = {
  title: { en: 'Devices', fr: 'Appareils' },
  here: { en: 'this device', fr: 'cet appareil' },
  add: { en: 'Take in a device', fr: 'Accueillir un appareil' },
  addHow: {
    en: 'On the new device: open Salus, “I had Salus on another device”, “I still have the other device”. It shows a code.',
    fr: 'Sur le nouvel appareil : ouvrez Salus, « J’avais Salus sur un autre appareil », « J’ai encore l’autre appareil ». Il montre un code.',
  },
  invite: { en: 'Code of the new device', fr: 'Code du nouvel appareil' },
  go: { en: 'Continue', fr: 'Continuer' },
  compare: { en: 'Does the new device show the same?', fr: 'Le nouvel appareil montre-t-il la même ?' },
  same: { en: 'It is the same: take it in', fr: 'C’est la même : l’accueillir' },
  other: { en: 'No, stop', fr: 'Non, arrêter' },
  taken: {
    en: 'Taken in. It shows your record in a moment.',
    fr: 'Accueilli. Il montre votre dossier dans un instant.',
  },
  remove: { en: 'Take out', fr: 'Retirer' },
  removeSure: { en: 'Take this device out?', fr: 'Retirer cet appareil ?' },
  removeMore: {
    en: 'Do this for a device that you sold or that broke. If somebody else may have it, say below that it is lost instead.',
    fr: 'À faire pour un appareil vendu ou cassé. Si quelqu’un d’autre peut l’avoir, dites plutôt ci-dessous qu’il est perdu.',
  },
}

type Listed = { readonly fingerprint: string; readonly here: boolean }

function TakeIn({ onDone }: { onDone: () => void }) {
  const { t } = useSpeech()
  const [typed, setTyped] = useState('')
  const read = useDoing(() => device.inviteOf(typed))
  const admit = useDoing(() => device.admit(typed), onDone)
  if (read.data) {
    return (
      <div className="stack">
        <p>{t(words.compare)}</p>
        <p className="code big">{read.data}</p>
        <Failure error={admit.error} />
        <div className="row">
          <Button look="main" busy={admit.isPending} onPress={() => admit.mutate(undefined)}>
            {t(words.same)}
          </Button>
          <Button onPress={() => read.reset()}>{t(words.other)}</Button>
        </div>
      </div>
    )
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        read.mutate(undefined)
      }}
    >
      <p>{t(words.addHow)}</p>
      <ScanField label={t(words.invite)} value={typed} onChange={setTyped} lines={3} />
      <Failure error={read.error} />
      <div>
        <Button type="submit" look="main" busy={read.isPending} off={typed.trim() === ''}>
          {t(words.go)}
        </Button>
      </div>
    </form>
  )
}

/** The list, and what can be done. */
export function Devices({ devices }: { devices: readonly Listed[] }) {
  const { t } = useSpeech()
  const [adding, setAdding] = useState(false)
  const [taken, setTaken] = useState(false)
  const [asked, setAsked] = useState<string>()
  const close = () => setAsked(undefined)
  const remove = useDoing((print: string) => device.remove(print), close)
  return (
    <Card title={t(words.title)}>
      <div className="stack">
        <ul className="list">
          {devices.map((one) => (
            <li className="line" key={one.fingerprint}>
              <span className="code">{one.fingerprint}</span>
              {one.here ? (
                <span className="tag good">{t(words.here)}</span>
              ) : (
                <Button label={`${t(words.remove)} ${one.fingerprint}`} onPress={() => setAsked(one.fingerprint)}>
                  {t(words.remove)}
                </Button>
              )}
            </li>
          ))}
        </ul>
        {taken ? <Notice tone="good">{t(words.taken)}</Notice> : null}
        {adding ? (
          <TakeIn
            onDone={() => {
              setAdding(false)
              setTaken(true)
            }}
          />
        ) : (
          <div>
            <Button
              onPress={() => {
                setTaken(false)
                setAdding(true)
              }}
            >
              {t(words.add)}
            </Button>
          </div>
        )}
      </div>
      <Dialog title={t(words.removeSure)} open={asked !== undefined} onClose={close}>
        <p className="code">{asked}</p>
        <p>{t(words.removeMore)}</p>
        <Failure error={remove.error} />
        <Button look="danger" wide busy={remove.isPending} onPress={() => asked && remove.mutate(asked)}>
          {t(words.remove)}
        </Button>
      </Dialog>
    </Card>
  )
}
