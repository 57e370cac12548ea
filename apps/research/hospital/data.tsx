/** A hospital's own data sets: their rules, how much of each is left, and what was earned; it changes as it happens. */
import { ButtonLink } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Progress } from '@salus/ui/web/notice'
import { useAsked, useHeard } from '@salus/web-app/page'
import type { Own } from '../device/hospital.ts'
import { device } from '../device.ts'
import { credits, market } from '../words.ts'

const words = {
  title: { en: 'My data sets', fr: 'Mes ensembles de données' },
  version: { en: 'version', fr: 'version' },
  used: { en: 'Orders', fr: 'Commandes' },
  budget: {
    en: 'Keys released, of what this version allows',
    fr: 'Clés remises, sur ce que cette version permet',
  },
  of: { en: 'of', fr: 'sur' },
  closed: { en: 'closed', fr: 'fermée' },
  rules: { en: 'Change the rules', fr: 'Changer les règles' },
  revenue: { en: 'Revenue', fr: 'Revenus' },
  earned: { en: 'Earned by the data', fr: 'Gagné par les données' },
  open: { en: 'In deals that are under way', fr: 'Dans des marchés en cours' },
  account: { en: 'On the account', fr: 'Sur le compte' },
  aside: { en: 'Set aside to be paid out', fr: 'Mis de côté pour versement' },
  drawn: { en: 'Paid out', fr: 'Versé' },
  live: { en: 'live', fr: 'en direct' },
  old: { en: 'as last seen', fr: 'dernier état connu' },
}

function Holding({ one }: { one: Own }) {
  const { t, number, count } = useSpeech()
  const { price, uses, budget, byHand } = one.rules
  return (
    <Card
      title={`${t(one.title)}, ${t(words.version)} ${one.version}`}
      aside={<span className="tag">{one.closed ? t(words.closed) : count(price, credits)}</span>}
      {...(one.closed ? { tone: 'quiet' as const } : {})}
    >
      <p className="row">
        {one.public ? <span className="tag good">{t(market.public)}</span> : null}
        {byHand ? <span className="tag warn">{t(market.byHand)}</span> : null}
      </p>
      <Facts
        facts={[
          [t(market.rows), number(one.rows)],
          [t(words.used), `${number(one.used)} ${t(words.of)} ${number(uses)}`],
          [
            t(words.budget),
            <span key="budget">
              {number(one.spent)} {t(words.of)} {number(budget)}
              <progress max={budget} value={Math.min(one.spent, budget)} aria-label={t(words.budget)} />
            </span>,
          ],
          [t(words.earned), count(one.earned, credits)],
        ]}
      />
      {one.closed ? null : <ButtonLink href={`#/rules/${one.order}`}>{t(words.rules)}</ButtonLink>}
    </Card>
  )
}

function Revenue({ of: { revenue, balance } }: { of: Awaited<ReturnType<typeof device.holdings>> }) {
  const { t, count } = useSpeech()
  const { offline } = useHeard()
  return (
    <Card
      title={t(words.revenue)}
      aside={<span className={`tag${offline ? '' : ' good'}`}>{t(offline ? words.old : words.live)}</span>}
    >
      <Facts
        facts={[
          [t(words.earned), count(revenue.earned, credits)],
          [t(words.open), count(revenue.open, credits)],
          [t(words.account), count(balance, credits)],
          [t(words.aside), count(revenue.aside, credits)],
          [t(words.drawn), count(revenue.drawn, credits)],
        ]}
      />
    </Card>
  )
}

/** The page. */
export function Data() {
  const { t } = useSpeech()
  const known = useAsked(['holdings'], () => device.holdings())
  if (!known.data) return known.error ? <Failure error={known.error} /> : <Progress label={t(market.loading)} />
  const { sets } = known.data
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Revenue of={known.data} />
      {sets.length === 0 ? <Empty>{t(market.none)}</Empty> : null}
      {sets.map((one) => (
        <Holding key={one.order} one={one} />
      ))}
    </div>
  )
}
