/** Being woken when something new waits: off until somebody turns it on, and what it tells whom is said before. */

import { base64url, fromBase64url } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Notice } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { device } from '../device.ts'

const words = {
  title: { en: 'Notifications', fr: 'Notifications' },
  lead: {
    en: 'While this app is open it shows at once what is new. It can also be woken when it is closed.',
    fr: 'Tant que l’application est ouverte, elle montre aussitôt les nouveautés. Elle peut aussi être réveillée quand elle est fermée.',
  },
  truth: {
    en: 'The message is empty: your browser’s maker, who delivers it, learns that something happened and when, never what.',
    fr: 'Le message est vide : l’éditeur de votre navigateur, qui le transmet, apprend qu’il s’est passé quelque chose et quand, jamais quoi.',
  },
  on: { en: 'Wake this device', fr: 'Réveiller cet appareil' },
  off: { en: 'No longer wake me', fr: 'Ne plus me réveiller' },
  isOn: {
    en: 'This device is woken when something new waits.',
    fr: 'Cet appareil est réveillé quand une nouveauté attend.',
  },
  none: {
    en: 'This browser cannot be woken. Open the app from time to time.',
    fr: 'Ce navigateur ne peut pas être réveillé. Ouvrez l’application de temps en temps.',
  },
}

const able = (): boolean => 'PushManager' in globalThis && 'Notification' in globalThis && 'serviceWorker' in navigator

const subscription = async () => (await navigator.serviceWorker.ready).pushManager.getSubscription()

/** Is this device woken by the hospital that keeps the record now? Not by one that it left. */
async function isWoken(): Promise<boolean> {
  const made = await subscription()
  if (made === null) return false
  // Without a network nobody knows better: it was turned on.
  const { key } = await device.pushKey().catch((error) => {
    if (isAppError(error) && error.code === 'node-unreachable') return { key: undefined }
    throw error
  })
  const by = made.options.applicationServerKey
  return by === null || key === undefined || base64url(new Uint8Array(by)) === key
}

async function turnOn(): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') throw new AppError('notifications-refused')
  const { key } = await device.pushKey()
  const { pushManager } = await navigator.serviceWorker.ready
  if (!(await isWoken())) await (await subscription())?.unsubscribe()
  const made = await pushManager
    .subscribe({ userVisibleOnly: true, applicationServerKey: fromBase64url(key) })
    .catch((cause) => {
      throw new AppError('notifications-refused', {}, { cause })
    })
  await device.pushStart(made.endpoint)
}

async function turnOff(): Promise<void> {
  const made = await subscription()
  await device.pushEnd(made?.endpoint)
  await made?.unsubscribe()
}

/** The page. */
export function Notify() {
  const { t } = useSpeech()
  const made = useAsked(['push'], async () => (able() ? isWoken() : null))
  const on = useDoing(turnOn)
  const off = useDoing(turnOff)
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Card>
        <p>{t(words.lead)}</p>
        <p>{t(words.truth)}</p>
        <Failure error={on.error ?? off.error} />
        {made.data === null ? <Notice>{t(words.none)}</Notice> : null}
        {made.data === true ? <Notice tone="good">{t(words.isOn)}</Notice> : null}
        {made.data === true ? (
          <Button busy={off.isPending} onPress={() => off.mutate(undefined)}>
            {t(words.off)}
          </Button>
        ) : null}
        {made.data === false ? (
          <Button look="main" busy={on.isPending} onPress={() => on.mutate(undefined)}>
            {t(words.on)}
          </Button>
        ) : null}
      </Card>
    </div>
  )
}
