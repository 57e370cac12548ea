/** From one result to another beside it. */
import { ButtonLink } from '@salus/ui/web/button'
import { Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'

const words = {
  title: { en: 'Compare with another result', fr: 'Comparer à un autre résultat' },
  which: { en: 'The other result', fr: 'L’autre résultat' },
  compare: { en: 'Compare', fr: 'Comparer' },
}

/** Other fitted models of this laboratory; nothing where there is none. */
export function Other({ task }: { task: string }) {
  const { t, moment } = useSpeech()
  const known = useAsked(['tasks'], () => device.tasks())
  const [chosen, setChosen] = useState('')
  const others = (known.data ?? []).filter(
    (one) => one.state === 'settled' && one.analysis === 'heartify' && one.task !== task,
  )
  const other = others.find((one) => one.task === chosen) ?? others[0]
  if (!other) return null
  return (
    <Card title={t(words.title)}>
      <div className="stack">
        <Select
          label={t(words.which)}
          value={other.task}
          choices={others.map((one) => ({
            value: one.task,
            words: `${moment(one.steps.at(-1)?.at ?? 0)}: ${one.data.map(({ name }) => name).join(', ')}`,
          }))}
          onChange={setChosen}
        />
        <div>
          <ButtonLink href={`#/compare/${task}/${other.task}`}>{t(words.compare)}</ButtonLink>
        </div>
      </div>
    </Card>
  )
}
