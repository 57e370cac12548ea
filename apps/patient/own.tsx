/** What nobody does for somebody else: keys, choices, links, leaving stay with the person's own devices. */

import { useSpeech } from '@salus/ui/web/language'
import { Notice, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { type ReactNode, useState } from 'react'
import { device } from './device.ts'

const words = {
  looking: { en: 'Opening', fr: 'Ouverture' },
  not: {
    en: 'You act for somebody else now. This is done on that person’s own device; go back to your own record to do it for yourself.',
    fr: 'Vous agissez pour quelqu’un d’autre. Ceci se fait sur l’appareil de cette personne ; revenez à votre dossier pour le faire pour vous.',
  },
}

/** A page under its title, unless this device acts for somebody else. */
export function Own({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useSpeech()
  const people = useAsked(['people'], () => device.people())
  // A device that was cut off asks in vain again and again: what is on the screen stays there meanwhile.
  const [looked, setLooked] = useState(false)
  if (!looked && !people.isPending) setLooked(true)
  if (!looked) return <Progress label={t(words.looking)} />
  return (
    <div className="stack">
      <h1>{title}</h1>
      {people.data?.acting ? <Notice tone="warn">{t(words.not)}</Notice> : children}
    </div>
  )
}
