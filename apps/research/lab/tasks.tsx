/** All tasks of the organisation, newest first, live. */
import { causeWords, stateWords } from '@salus/ui/market'
import { useSpeech } from '@salus/ui/web/language'
import { Empty, Failure, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { device } from '../device.ts'
import { credits, market } from '../words.ts'

const words = { title: { en: 'Tasks', fr: 'Tâches' } }

/** The page. */
export function Tasks() {
  const { t, moment, count } = useSpeech()
  const known = useAsked(['tasks'], () => device.tasks())
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={known.error} />
      {known.isPending ? <Progress label={t(market.loading)} /> : null}
      {known.data?.length === 0 ? <Empty>{t(market.none)}</Empty> : null}
      <ul className="list">
        {(known.data ?? []).map((one) => (
          <li key={one.task}>
            <a className="line" href={`#/task/${one.task}`}>
              <span>
                <strong>{t(stateWords[one.state] ?? market.state)}</strong>
                <small>
                  {one.lab} · {one.data.map(({ name }) => name).join(', ')}
                  {one.cause ? ` · ${t(causeWords[one.cause] ?? market.cause)}` : ''}
                </small>
                <small>{moment(one.steps.at(-1)?.at ?? 0)}</small>
              </span>
              <span className="row">
                {one.simulated ? <span className="tag warn">{t(market.simulated)}</span> : null}
                <span className="tag">{one.own > 0 ? `+${count(one.own, credits)}` : count(one.price, credits)}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}
