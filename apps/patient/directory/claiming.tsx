/** Waiting for somebody else: the desk that compares a fingerprint, or the own other device. */
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Progress } from '@salus/ui/web/notice'
import { Qr } from '@salus/ui/web/qr'
import { queries } from '@salus/web-app/mount'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useEffect } from 'react'
import { device } from '../device.ts'

const words = {
  desk: { en: 'Read this to the desk', fr: 'Lisez ceci au guichet' },
  deskHelp: {
    en: 'The desk compares it with what its own screen shows. Then the record is yours: this page goes on by itself.',
    fr: 'Le guichet le compare avec son propre écran. Le dossier est alors à vous : cette page continue d’elle-même.',
  },
  other: { en: 'Show this to your other device', fr: 'Montrez ceci à votre autre appareil' },
  otherHelp: {
    en: 'There: More, Keys and devices, Take in a device. Compare the fingerprint on both.',
    fr: 'Là-bas : Plus, Clés et appareils, Accueillir un appareil. Comparez l’empreinte des deux côtés.',
  },
  print: { en: 'Fingerprint', fr: 'Empreinte' },
  qr: { en: 'Invitation of this device as a QR code', fr: 'Invitation de cet appareil en code QR' },
  waiting: { en: 'Waiting', fr: 'En attente' },
  stop: { en: 'Stop and begin again', fr: 'Arrêter et recommencer' },
}

const PAUSE_MS = 1_500

/** Asks again and again until it is done; a failure that lasts is shown. */
function useUntil(ask: () => Promise<boolean>) {
  const asked = useDoing(ask, (done) => {
    if (done) void queries.invalidateQueries()
  })
  const { mutate, isPending, data } = asked
  useEffect(() => {
    if (isPending || data === true) return
    const timer = setTimeout(() => mutate(undefined as never), PAUSE_MS)
    return () => clearTimeout(timer)
  })
  return asked
}

/** One page for both waits. */
export function Claiming({ stage }: { stage: 'claiming' | 'joining' }) {
  const { t } = useSpeech()
  const joining = stage === 'joining'
  const shown = useAsked(
    ['claiming', stage],
    async () => (await (joining ? device.joining() : device.claiming())) ?? null,
  )
  const waiting = useUntil(() => (joining ? device.joined() : device.collect()))
  const stop = useDoing(() => (joining ? device.giveUpJoining() : device.giveUp()))
  const invite = shown.data && 'invite' in shown.data ? (shown.data.invite as string) : undefined
  return (
    <Card title={t(joining ? words.other : words.desk)}>
      <div className="stack">
        {invite ? (
          <>
            <Qr text={invite} label={t(words.qr)} />
            <p className="code">{invite}</p>
          </>
        ) : null}
        <div>
          <p>{t(words.print)}</p>
          {shown.data ? <p className="code big">{shown.data.fingerprint}</p> : null}
        </div>
        <p>{t(joining ? words.otherHelp : words.deskHelp)}</p>
        <Progress label={t(words.waiting)} />
        <Failure error={waiting.error ?? stop.error} />
        <div>
          <Button look="quiet" onPress={() => stop.mutate(undefined as never)}>
            {t(words.stop)}
          </Button>
        </div>
      </div>
    </Card>
  )
}
