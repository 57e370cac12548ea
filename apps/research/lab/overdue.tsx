/** A task whose time is over: what ending it gives back, and the button that does. */
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure } from '@salus/ui/web/notice'
import { useDoing } from '@salus/web-app/page'
import type { Seen } from '../device/tasks.ts'
import { device } from '../device.ts'
import { backOf } from './back.ts'

const words = {
  title: { en: 'Its time is over', fr: 'Son délai est passé' },
  end: { en: 'End it: its time is over', fr: 'La clore : son délai est passé' },
}

/** Nothing while the task has time. */
export function Overdue({ one }: { one: Seen }) {
  const { t } = useSpeech()
  const end = useDoing((task: string) => device.end(task))
  if (!one.overdue) return <Failure error={end.error} />
  return (
    <Card title={t(words.title)} tone="alert">
      <p>{t(backOf(one.state))}</p>
      <Failure error={end.error} />
      <Button look="main" busy={end.isPending} onPress={() => end.mutate(one.task)}>
        {t(words.end)}
      </Button>
    </Card>
  )
}
