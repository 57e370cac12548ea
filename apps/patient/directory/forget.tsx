/** Taking keys and documents off this device alone: a borrowed one, or one that was cut off and is to begin anew. */
import { Button } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure } from '@salus/ui/web/notice'
import { useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'

const words = {
  title: { en: 'This device', fr: 'Cet appareil' },
  more: {
    en: 'You can take your keys and documents off this device. Your record stays as it is; to see it here again you need a way to come back.',
    fr: 'Vous pouvez retirer vos clés et documents de cet appareil. Votre dossier reste tel quel ; pour le revoir ici, il faut un moyen de revenir.',
  },
  begin: { en: 'Take everything off this device', fr: 'Tout retirer de cet appareil' },
  sure: { en: 'Take everything off this device?', fr: 'Tout retirer de cet appareil ?' },
  warning: {
    en: 'If this is your only device and you kept no recovery code, passkey or guardians, nobody can open your record any more.',
    fr: 'Si c’est votre seul appareil et que vous n’avez ni code de secours, ni clé d’accès, ni gardiens, personne ne pourra plus ouvrir votre dossier.',
  },
}

/** The empty welcome page follows by itself. */
export function Forget() {
  const { t } = useSpeech()
  const [open, setOpen] = useState(false)
  const forget = useDoing(() => device.beginAnew())
  return (
    <Card title={t(words.title)}>
      <div className="stack">
        <p>{t(words.more)}</p>
        <div>
          <Button onPress={() => setOpen(true)}>{t(words.begin)}</Button>
        </div>
      </div>
      <Dialog title={t(words.sure)} open={open} onClose={() => setOpen(false)}>
        <p>{t(words.warning)}</p>
        <Failure error={forget.error} />
        <Button look="danger" wide busy={forget.isPending} onPress={() => forget.mutate(undefined)}>
          {t(words.begin)}
        </Button>
      </Dialog>
    </Card>
  )
}
