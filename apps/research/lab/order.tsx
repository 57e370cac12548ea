/** The model builder, the whole price with every limit, and the order. */
import { dutyWords, purposeWords } from '@salus/ui/market'
import { Button } from '@salus/ui/web/button'
import { Radios, Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { useParams } from 'wouter'
import type { AnalysisName, Priced, Shown } from '../device/lab.ts'
import { device } from '../device.ts'
import { credits, kindWords, market } from '../words.ts'
import { Builder, Sent } from './builder.tsx'
import { gateWords } from './catalogue.tsx'
import { begin, type Choice, type Missing, missingIn, missingInTables, modelOf, shared, tablesOf } from './model.ts'

const words = {
  title: { en: 'Build a model', fr: 'Construire un modèle' },
  kind: { en: 'Kind of machine', fr: 'Type de machine' },
  purpose: { en: 'Purpose', fr: 'Usage' },
  gone: { en: 'These data sets are not offered any more.', fr: 'Ces ensembles ne sont plus offerts.' },
  price: { en: 'Price, limits and rules', fr: 'Prix, limites et règles' },
  total: { en: 'Total', fr: 'Total' },
  yours: { en: 'You have', fr: 'Vous avez' },
  rules: { en: 'Result', fr: 'Résultat' },
  undertake: { en: 'You undertake', fr: 'Vous vous engagez' },
  time: { en: 'Longest run', fr: 'Durée maximale' },
  minutes: { one: { en: 'minute', fr: 'minute' }, other: { en: 'minutes', fr: 'minutes' } },
  byHand: {
    en: 'A hospital decides by hand: up to three days. Its no costs nothing.',
    fr: 'Un hôpital décide à la main : jusqu’à trois jours. Son non ne coûte rien.',
  },
  sign: { en: 'Sign and order', fr: 'Signer et commander' },
  signed: {
    en: 'The price is set aside now, and goes to whoever earned it, or comes back.',
    fr: 'Le prix est mis de côté maintenant et va à qui l’a gagné, ou revient.',
  },
  analysis: { en: 'Analysis', fr: 'Analyse' },
  notFor: { en: 'not for all of these data sets', fr: 'pas pour tous ces ensembles' },
}

function Price({ price }: { price: Priced }) {
  const { t, language, count } = useSpeech()
  const duties = price.duties.map((one) => t(dutyWords[one])).join(', ')
  return (
    <Card title={t(words.price)} aside={<span className="tag">{count(price.total, credits)}</span>}>
      <Facts
        facts={[
          ...price.lines.map(({ who, what, price: each }) => [`${who}: ${t(what)}`, count(each, credits)] as const),
          [t(words.total), count(price.total, credits)],
          [t(words.yours), count(price.balance, credits)],
          [t(words.rules), gateWords[language](price.gate.k, Math.ceil(100 / price.gate.share))],
          ...(duties ? [[t(words.undertake), duties] as const] : []),
          [t(words.time), count(price.minutes, words.minutes)],
        ]}
      />
      {price.byHand ? <Notice>{t(words.byHand)}</Notice> : null}
      {price.simulated ? <Notice tone="warn">{t(market.simulatedMore)}</Notice> : null}
    </Card>
  )
}

/** What all of them allow. */
const common = <T,>(lists: readonly (readonly T[])[]): T[] =>
  (lists[0] ?? []).filter((one) => lists.every((list) => list.includes(one)))

/** What is still missing, by its name. */
const missingWords: Readonly<Record<Missing, { readonly en: string; readonly fr: string }>> = {
  outcome: { en: 'Say what counts as an event.', fr: 'Dites ce qui compte comme un cas.' },
  factors: { en: 'Tick at least one risk factor.', fr: 'Cochez au moins un facteur de risque.' },
  per: { en: 'A number of units is none.', fr: 'Un nombre d’unités n’en est pas un.' },
  cuts: {
    en: 'The cuts of a factor are missing or out of order.',
    fr: 'Les coupures d’un facteur manquent ou sont en désordre.',
  },
  filter: {
    en: 'A condition has no value that fits its column.',
    fr: 'Une condition n’a pas de valeur qui convienne à sa colonne.',
  },
  many: { en: 'This is more than one order can ask for.', fr: 'C’est plus qu’une commande ne peut demander.' },
}

/** What is asked, on which machine, for what. */
function useWanted(sets: readonly Shown[]) {
  const columns = shared(sets.map((one) => one.columns))
  const [choice, setChoice] = useState(() => begin(columns))
  const sold = useAsked(['analyses'], () => device.analyses())
  const [chosen, setAnalysis] = useState<AnalysisName>()
  const fits = (digest: string) => sets.every(({ analyses }) => analyses.length === 0 || analyses.includes(digest))
  const analysis = chosen ?? sold.data?.find(({ digest }) => fits(digest))?.name ?? 'heartify'
  const [kind, setKind] = useState(common(sets.map((one) => one.kinds))[0] ?? 'simulated')
  const [purpose, setPurpose] = useState(common(sets.map((one) => one.purposes))[0] ?? 'DUO:0000006')
  const tables = analysis === 'describe'
  const k = Math.max(...sets.map(({ gate }) => gate.k))
  const params = tables ? tablesOf(choice, columns, k) : modelOf(choice, columns, sets.length)
  const missing = tables ? missingInTables(choice, columns) : missingIn(choice, columns)
  const wanted = { datasets: sets.map(({ order }) => order), analysis, kind }
  const change = (to: Partial<Choice>) => setChoice({ ...choice, ...to })
  return {
    sold,
    fits,
    columns,
    choice,
    change,
    setAnalysis,
    setKind,
    purpose,
    setPurpose,
    tables,
    params,
    missing,
    wanted,
  }
}
type Asked = ReturnType<typeof useWanted>

function Analyses({ asked }: { asked: Asked }) {
  const { t, count } = useSpeech()
  const { sold, fits } = asked
  if (!sold.data) return <Failure error={sold.error} />
  return (
    <Radios
      label={t(words.analysis)}
      value={asked.wanted.analysis}
      choices={sold.data.map(({ name, title, price, digest }) => ({
        ...{ value: name, words: t(title), more: count(price, credits) },
        off: fits(digest) ? undefined : t(words.notFor),
      }))}
      onChange={asked.setAnalysis}
    />
  )
}

function Where({ sets, asked }: { sets: readonly Shown[]; asked: Asked }) {
  const { t } = useSpeech()
  return (
    <Card>
      <div className="stack">
        <Select
          label={t(words.kind)}
          value={asked.wanted.kind}
          choices={common(sets.map((one) => one.kinds)).map((one) => ({ value: one, words: t(kindWords[one]) }))}
          onChange={(one) => asked.setKind(one as typeof asked.wanted.kind)}
        />
        <Select
          label={t(words.purpose)}
          value={asked.purpose}
          choices={common(sets.map((one) => one.purposes)).map((one) => ({ value: one, words: t(purposeWords[one]) }))}
          onChange={(one) => asked.setPurpose(one as typeof asked.purpose)}
        />
      </div>
    </Card>
  )
}

function Ordering({ sets }: { sets: readonly Shown[] }) {
  const { t } = useSpeech()
  const asked = useWanted(sets)
  const { wanted, params, missing, purpose } = asked
  const price = useAsked(['quote', ...wanted.datasets, wanted.analysis, wanted.kind], () => device.quote(wanted))
  const place = useDoing(
    () => device.place({ ...wanted, purpose, model: params ?? {}, most: price.data?.total ?? 0 }),
    (task) => {
      location.hash = `#/task/${task}`
    },
  )
  return (
    <>
      <Analyses asked={asked} />
      <Builder {...asked} sets={sets.length} />
      <Sent params={params} />
      <Where sets={sets} asked={asked} />
      <Failure error={price.error ?? place.error} />
      {price.data ? <Price price={price.data} /> : null}
      <p className="faint">{t(missing ? missingWords[missing] : words.signed)}</p>
      <div>
        <Button look="main" busy={place.isPending} off={!params || !price.data} onPress={() => place.mutate(undefined)}>
          {t(words.sign)}
        </Button>
      </div>
    </>
  )
}

/** The page. */
export function Order() {
  const { t } = useSpeech()
  const { sets = '' } = useParams<{ sets: string }>()
  const known = useAsked(['catalogue'], () => device.catalogue())
  const ids = decodeURIComponent(sets).split(',')
  const chosen = known.data?.offers.filter(({ order }) => ids.includes(order)) ?? []
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={known.error} />
      {known.isPending ? <Progress label={t(market.loading)} /> : null}
      {known.data && chosen.length < ids.length ? <Empty>{t(words.gone)}</Empty> : null}
      {known.data && chosen.length === ids.length ? <Ordering key={sets} sets={chosen} /> : null}
    </div>
  )
}
