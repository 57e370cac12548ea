/** Keys are there, and nobody has vouched for them yet. */
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Progress } from '@salus/ui/web/notice'
import { queries } from '@salus/web-app/mount'
import { useDoing } from '@salus/web-app/page'
import { useEffect } from 'react'
import type { Identity } from '../device/identity.ts'
import { become } from './switch.ts'

const words = {
  title: { en: 'Read this to your organisation’s desk', fr: 'Lisez ceci au guichet de votre organisme' },
  help: {
    en: 'The desk compares it with its own screen and vouches for you. This page goes on by itself.',
    fr: 'Le guichet le compare avec son écran et se porte garant de vous. Cette page continue d’elle-même.',
  },
  waiting: { en: 'Waiting for the desk', fr: 'En attente du guichet' },
  other: { en: 'Be somebody else', fr: 'Être quelqu’un d’autre' },
}

/** Looks again every few seconds. */
export function Waiting({ identity }: { identity: Identity }) {
  const { t } = useSpeech()
  const leave = useDoing(() => become(undefined))
  useEffect(() => {
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: ['identity'] }), 3_000)
    return () => clearInterval(timer)
  }, [])
  return (
    <Card title={t(words.title)}>
      <div className="stack">
        <p className="code big">{identity.fingerprint}</p>
        <p>
          {identity.profile.name}, {identity.profile.orgName}
        </p>
        <p>{t(words.help)}</p>
        <Progress label={t(words.waiting)} />
        <div>
          <Button look="quiet" onPress={() => leave.mutate(undefined)}>
            {t(words.other)}
          </Button>
        </div>
      </div>
    </Card>
  )
}
