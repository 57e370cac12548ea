/** After a loss: this device alone goes on, under new keys and a new recovery code. */
import { Button } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Progress } from '@salus/ui/web/notice'
import { useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'

const words = {
  title: { en: 'Something is lost', fr: 'Quelque chose est perdu' },
  what: {
    en: 'Another device, your recovery code, a passkey or a guardian’s share may be in somebody else’s hands.',
    fr: 'Un autre appareil, votre code de secours, une clé d’accès ou la part d’un gardien est peut-être en d’autres mains.',
  },
  renew: { en: 'Renew all keys', fr: 'Renouveler toutes les clés' },
  sure: { en: 'Renew all keys now?', fr: 'Renouveler toutes les clés maintenant ?' },
  after: {
    en: 'Every other device is cut off. Codes, passkeys and shares of before open nothing that comes. You get a new recovery code and try it at once.',
    fr: 'Tout autre appareil est coupé. Codes, clés d’accès et parts d’avant n’ouvrent plus rien de ce qui vient. Vous recevez un nouveau code de secours et l’essayez aussitôt.',
  },
  working: { en: 'Renewing all keys', fr: 'Renouvellement de toutes les clés' },
}

/** The page of a new code follows by itself (stage `unfinished`). */
export function Lost() {
  const { t } = useSpeech()
  const [open, setOpen] = useState(false)
  const lost = useDoing(() => device.lost())
  return (
    <Card title={t(words.title)}>
      <div className="stack">
        <p>{t(words.what)}</p>
        <div>
          <Button look="danger" onPress={() => setOpen(true)}>
            {t(words.renew)}
          </Button>
        </div>
      </div>
      <Dialog title={t(words.sure)} open={open} onClose={() => setOpen(false)}>
        <p>{t(words.after)}</p>
        <Failure error={lost.error} />
        {lost.isPending ? <Progress label={t(words.working)} /> : null}
        <Button look="danger" wide busy={lost.isPending} onPress={() => lost.mutate(undefined)}>
          {t(words.renew)}
        </Button>
      </Dialog>
    </Card>
  )
}
