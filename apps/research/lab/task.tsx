/** One task, live: each step as it is reached, why it ended, who was paid. */
import { causeWords, purposeWords, ruleWords, stateWords } from '@salus/ui/market'
import { ButtonLink } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { useParams } from 'wouter'
import { device } from '../device.ts'
import { credits, market } from '../words.ts'
import { Overdue } from './overdue.tsx'

const words = {
  title: { en: 'Task', fr: 'Tâche' },
  steps: { en: 'Step by step', fr: 'Pas à pas' },
  paid: { en: 'Who was paid', fr: 'Qui a été payé' },
  open: { en: 'Open the result', fr: 'Ouvrir le résultat' },
  purpose: { en: 'Purpose', fr: 'Usage' },
  due: { en: 'May be ended after', fr: 'Peut être close après le' },
  said: { en: 'said by', fr: 'dit par' },
}

function Steps({ one }: { one: Awaited<ReturnType<typeof device.task>> }) {
  const { t, moment } = useSpeech()
  return (
    <Card title={t(words.steps)}>
      <ol className="list" aria-live="polite">
        {one.steps.map(({ state, at }) => (
          <li key={state} className="line">
            <span>{t(stateWords[state] ?? market.state)}</span>
            <small>{moment(at)}</small>
          </li>
        ))}
      </ol>
      {one.cause ? (
        <Notice tone="warn" title={t(market.cause)}>
          {t(causeWords[one.cause] ?? market.cause)}
          {one.by ? ` (${t(words.said)} ${one.by})` : ''}
          {one.rules.map(({ rule, about = '' }) => (
            <p key={`${rule} ${about}`}>
              {ruleWords[rule] ? t(ruleWords[rule]) : rule} {about ? `(${about})` : ''}
            </p>
          ))}
        </Notice>
      ) : null}
    </Card>
  )
}

/** The page. */
export function TaskPage() {
  const { t, count, moment } = useSpeech()
  const { task = '' } = useParams<{ task: string }>()
  const known = useAsked(['task', task], () => device.task(task))
  const profiles = useAsked(['profiles'], () => device.profiles())
  const one = known.data
  if (!one) return known.error ? <Failure error={known.error} /> : <Progress label={t(market.loading)} />
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      {one.simulated ? <Notice tone="warn">{t(market.simulatedMore)}</Notice> : null}
      <Card>
        <Facts
          facts={[
            [t(market.state), t(stateWords[one.state] ?? market.state)],
            [t(market.lab), one.lab],
            [t(market.data), one.data.map(({ name }) => name).join(', ')],
            [t(market.host), one.host],
            [t(words.purpose), t(purposeWords[one.purpose])],
            [t(market.price), count(one.price, credits)],
            ...(one.ended ? [] : [[t(words.due), moment(one.due)] as const]),
          ]}
        />
        {one.state === 'settled' && profiles.data?.current?.role === 'lab' ? (
          <ButtonLink look="main" href={`#/result/${one.task}`}>
            {t(words.open)}
          </ButtonLink>
        ) : null}
      </Card>
      <Overdue one={one} />
      <Steps one={one} />
      {one.paid.length > 0 ? (
        <Card title={t(words.paid)}>
          <Facts facts={one.paid.map(({ name, amount }) => [name, `+${count(amount, credits)}`] as const)} />
        </Card>
      ) : null}
    </div>
  )
}
