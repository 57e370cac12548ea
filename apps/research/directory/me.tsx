/** Which organisation one is here, and how to be another. */
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Facts, Failure, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { device } from '../device.ts'
import { roleWords } from '../words.ts'
import { become } from './switch.ts'

const words = {
  title: { en: 'Who you are here', fr: 'Qui vous êtes ici' },
  name: { en: 'Organisation', fr: 'Organisation' },
  role: { en: 'As', fr: 'En tant que' },
  id: { en: 'Name on the ledger', fr: 'Nom au registre' },
  other: { en: 'Be another organisation', fr: 'Être une autre organisation' },
}

/** The page about oneself. */
export function Me() {
  const { t } = useSpeech()
  const known = useAsked(['profiles'], () => device.profiles())
  const use = useDoing(become)
  const me = known.data?.current
  if (!me) return <Progress label={t(words.title)} />
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={use.error} />
      <Card>
        <Facts
          facts={[
            [t(words.name), me.name],
            [t(words.role), t(roleWords[me.role])],
            [
              t(words.id),
              <span key="id" className="code">
                {me.org}
              </span>,
            ],
          ]}
        />
      </Card>
      <div>
        <Button onPress={() => use.mutate(undefined)}>{t(words.other)}</Button>
      </div>
    </div>
  )
}
