/** A host's machines: what is offered, how each proves itself, and what it has done. */
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import type { Machine } from '../device/host.ts'
import { device } from '../device.ts'
import { credits, kindWords, market } from '../words.ts'
import { endsOf } from './standing.ts'

const words = {
  title: { en: 'My machines', fr: 'Mes machines' },
  past: { en: 'No longer offered', fr: 'Plus offertes' },
  evidence: { en: 'Evidence', fr: 'Preuve' },
  minutes: { en: 'Longest run, minutes', fr: 'Durée maximale, minutes' },
  used: { en: 'Deals', fr: 'Marchés' },
  until: { en: 'Offered until', fr: 'Offerte jusqu’au' },
  open: { en: 'Open tasks', fr: 'Tâches en cours' },
  settled: { en: 'Done', fr: 'Terminées' },
  refused: { en: 'Refused', fr: 'Refusées' },
  failed: { en: 'Failed', fr: 'En échec' },
  health: { en: 'Health, as the ledger shows it', fr: 'Santé, d’après le registre' },
}

function Health() {
  const { t, number } = useSpeech()
  const known = useAsked(['tasks'], () => device.tasks())
  const ends = endsOf(known.data ?? [])
  return (
    <Card title={t(words.health)}>
      <Failure error={known.error} />
      <Facts
        facts={[
          [t(words.open), number(ends.open)],
          [t(words.settled), number(ends.settled)],
          [t(words.refused), number(ends.refused)],
          [t(words.failed), number(ends.refunded)],
        ]}
      />
    </Card>
  )
}

function MachineCard({ one }: { one: Machine }) {
  const { t, day, number, count, pair } = useSpeech()
  const { kind, standing } = one
  return (
    <Card
      title={`${pair(t(words.evidence))} ${t(kindWords[kind])}`}
      aside={<span className="tag">{standing === 'open' ? count(one.price, credits) : t(market[standing])}</span>}
      {...(standing === 'open' ? {} : { tone: 'quiet' as const })}
    >
      {kind === 'simulated' ? <Notice tone="warn">{t(market.simulatedMore)}</Notice> : null}
      <Facts
        facts={[
          ...(standing === 'open' ? [] : [[t(market.price), count(one.price, credits)] as const]),
          [t(words.minutes), number(one.minutes)],
          [t(words.used), number(one.used)],
          [t(words.until), day(one.until)],
        ]}
      />
    </Card>
  )
}

/** The page. */
export function Machines() {
  const { t, count } = useSpeech()
  const known = useAsked(['machines'], () => device.machines())
  if (!known.data) return known.error ? <Failure error={known.error} /> : <Progress label={t(market.loading)} />
  const { all, balance } = known.data
  const offered = all.filter(({ standing }) => standing === 'open')
  const past = all.filter(({ standing }) => standing !== 'open')
  return (
    <div className="stack">
      <div>
        <h1>{t(words.title)}</h1>
        <p>
          {t(market.balance)}: {count(balance, credits)}
        </p>
      </div>
      {all.length === 0 ? <Empty>{t(market.none)}</Empty> : null}
      {offered.map((one) => (
        <MachineCard key={one.order} one={one} />
      ))}
      <Health />
      {past.length > 0 ? <h2>{t(words.past)}</h2> : null}
      {past.map((one) => (
        <MachineCard key={one.order} one={one} />
      ))}
    </div>
  )
}
