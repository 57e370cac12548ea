/** Coming back on an empty device by any one way. */
import type { Both } from '@salus/ui/language'
import { Button } from '@salus/ui/web/button'
import { Radios } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Failure, Notice, Progress } from '@salus/ui/web/notice'
import { ScanField } from '@salus/ui/web/scan'
import { useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'
import { askPasskey } from './passkey.ts'

const words = {
  how: { en: 'How do you want to come back?', fr: 'Comment voulez-vous revenir ?' },
  code: { en: 'With my recovery code', fr: 'Avec mon code de secours' },
  device: { en: 'I still have the other device', fr: 'J’ai encore l’autre appareil' },
  passkey: { en: 'With a passkey', fr: 'Avec une clé d’accès' },
  guardians: { en: 'With the shares of my guardians', fr: 'Avec les parts de mes gardiens' },
  codeField: { en: 'Recovery code', fr: 'Code de secours' },
  shares: { en: 'Shares, one on each line', fr: 'Parts, une par ligne' },
  cut: {
    en: 'Every other device is cut off and all keys are renewed.',
    fr: 'Tout autre appareil est coupé et toutes les clés sont renouvelées.',
  },
  go: { en: 'Come back', fr: 'Revenir' },
  show: { en: 'Show an invitation', fr: 'Afficher une invitation' },
  working: { en: 'Renewing all keys', fr: 'Renouvellement de toutes les clés' },
} satisfies Record<string, Both>

type How = 'code' | 'device' | 'passkey' | 'guardians'

async function comeBack(how: How, typed: string): Promise<unknown> {
  if (how === 'device') return device.join()
  if (how === 'code') return device.recover({ way: 'code', code: typed })
  if (how === 'passkey') return device.recover({ way: 'passkey', prf: await askPasskey() })
  return device.recover({ way: 'guardians', shares: typed.split('\n').filter((line) => line.trim() !== '') })
}

/** The new recovery code is made and tried on the page that follows (stage `unfinished`). */
export function Restore() {
  const { t } = useSpeech()
  const [how, setHow] = useState<How>('code')
  const [typed, setTyped] = useState('')
  const back = useDoing(() => comeBack(how, typed))
  if (back.isPending) return <Progress label={t(words.working)} />
  const needsText = how === 'code' || how === 'guardians'
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        back.mutate(undefined)
      }}
    >
      <Radios
        label={t(words.how)}
        value={how}
        onChange={setHow}
        choices={(['code', 'device', 'passkey', 'guardians'] as const).map((value) => ({
          value,
          words: t(words[value]),
        }))}
      />
      {how === 'code' ? <ScanField label={t(words.codeField)} value={typed} onChange={setTyped} /> : null}
      {how === 'guardians' ? <ScanField label={t(words.shares)} value={typed} onChange={setTyped} lines={5} /> : null}
      {how === 'device' ? null : <Notice tone="warn">{t(words.cut)}</Notice>}
      <Failure error={back.error} />
      <div>
        <Button type="submit" look="main" off={needsText && typed.trim() === ''}>
          {t(how === 'device' ? words.show : words.go)}
        </Button>
      </div>
    </form>
  )
}
