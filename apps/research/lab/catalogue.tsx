/** What a lab may order: cards of data sets, and the basket. */
import { dutyWords, purposeWords } from '@salus/ui/market'
import { ButtonLink } from '@salus/ui/web/button'
import { Tick } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { useState } from 'react'
import type { Shown } from '../device/lab.ts'
import { device } from '../device.ts'
import { credits, kindWords, market } from '../words.ts'
import { Dictionary, Sample } from './dictionary.tsx'

const words = {
  title: { en: 'Data sets to learn from', fr: 'Des données dont apprendre' },
  lead: {
    en: 'Nobody hands data over. An analysis goes to where the data may be opened, and its checked result comes back to you alone.',
    fr: 'Personne ne remet de données. Une analyse va là où elles peuvent être ouvertes, et son résultat contrôlé revient à vous seul.',
  },
  choose: { en: 'Put into the basket', fr: 'Mettre au panier' },
  rules: { en: 'Rules', fr: 'Règles' },
  purpose: { en: 'May be used for', fr: 'Usage permis' },
  duties: { en: 'You undertake', fr: 'Vous vous engagez' },
  machines: { en: 'Machines', fr: 'Machines' },
  left: { en: 'Keys left to release', fr: 'Clés encore à remettre' },
  terms: { en: 'Terms', fr: 'Conditions' },
  empty: {
    en: 'Nothing is offered yet. In the demonstration, wait a few seconds.',
    fr: 'Rien n’est encore offert. Dans la démonstration, patientez quelques secondes.',
  },
  damaged: {
    en: 'Some offers are missing: their description is not what was signed.',
    fr: 'Des offres manquent : leur description n’est pas celle qui fut signée.',
  },
  build: { en: 'Build a model', fr: 'Construire un modèle' },
  basket: { en: 'Basket', fr: 'Panier' },
}

/** The fewest people behind a figure, and how many observations each parameter needs. */
export const gateWords = {
  en: (k: number, per: number) => `at least ${k} people behind any figure, one parameter for ${per} observations`,
  fr: (k: number, per: number) => `au moins ${k} personnes par chiffre, un paramètre pour ${per} observations`,
}

type Props = { one: Shown; chosen: boolean; onChoose: (chosen: boolean) => void }

function Offer({ one, chosen, onChoose }: Props) {
  const { t, language, count, number } = useSpeech()
  const duties = one.duties.map((each) => t(dutyWords[each])).join(', ')
  return (
    <Card title={t(one.title)} aside={<span className="tag">{count(one.price, credits)}</span>}>
      <p>
        <strong>{one.orgName}</strong> · {number(one.rows)} {t(market.rows)}
      </p>
      <p className="faint">{t(one.description)}</p>
      <p className="row">
        {one.public ? <span className="tag good">{t(market.public)}</span> : null}
        {one.byHand ? <span className="tag warn">{t(market.byHand)}</span> : null}
      </p>
      <Tick label={`${t(words.choose)}: ${one.orgName}`} value={chosen} onChange={onChoose} />
      <details>
        <summary>{t(words.rules)}</summary>
        <Facts
          facts={[
            [t(words.rules), gateWords[language](one.gate.k, Math.ceil(100 / one.gate.share))],
            [t(words.purpose), one.purposes.map((each) => t(purposeWords[each])).join(', ')],
            ...(duties ? [[t(words.duties), duties] as const] : []),
            [t(words.machines), one.kinds.map((each) => t(kindWords[each])).join(', ')],
            [t(words.left), number(one.left)],
            [t(words.terms), one.terms],
          ]}
        />
      </details>
      <Dictionary of={one} />
      <Sample of={one} />
    </Card>
  )
}

/** The page. The basket stands in the address of the next one: opaque ids of orders. */
export function Catalogue() {
  const { t, count } = useSpeech()
  const known = useAsked(['catalogue'], () => device.catalogue())
  const [basket, setBasket] = useState<readonly string[]>([])
  if (!known.data) return known.error ? <Failure error={known.error} /> : <Progress label={t(market.loading)} />
  const { offers, damaged, balance } = known.data
  const there = basket.filter((id) => offers.some(({ order }) => order === id))
  const total = offers.filter(({ order }) => there.includes(order)).reduce((sum, { price }) => sum + price, 0)
  return (
    <div className="stack">
      <div>
        <h1>{t(words.title)}</h1>
        <p>{t(words.lead)}</p>
        <p className="faint">
          {t(market.balance)}: {count(balance, credits)}
        </p>
      </div>
      {damaged > 0 ? <Notice tone="warn">{t(words.damaged)}</Notice> : null}
      {offers.length === 0 ? <Empty>{t(words.empty)}</Empty> : null}
      {offers.map((one) => (
        <Offer
          key={one.order}
          one={one}
          chosen={there.includes(one.order)}
          onChoose={(yes) => setBasket(yes ? [...there, one.order] : there.filter((id) => id !== one.order))}
        />
      ))}
      {there.length > 0 ? (
        <Card title={t(words.basket)} aside={<span className="tag">{count(total, credits)}</span>}>
          <ButtonLink look="main" href={`#/order/${there.join(',')}`}>
            {t(words.build)}
          </ButtonLink>
        </Card>
      ) : null}
    </div>
  )
}
