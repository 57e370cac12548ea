/** All that happened with a hospital's data: who, which analysis, for what, on which machine, at what price, and how it ended. */
import { causeWords, dutyWords, peopleWords, purposeWords, stateWords } from '@salus/ui/market'
import { Button } from '@salus/ui/web/button'
import { Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { useState } from 'react'
import type { Used } from '../device/hospital.ts'
import { device } from '../device.ts'
import { saveText } from '../save.ts'
import { credits, kindWords, left, market, released } from '../words.ts'
import { historyCsv, historyJson } from './history.ts'

const words = {
  title: { en: 'What happened with my data', fr: 'Ce qui est arrivé à mes données' },
  lead: {
    en: 'Every use, newest first. Nobody saw a row: an analysis ran on them, and its checked result left.',
    fr: 'Chaque usage, le plus récent d’abord. Personne n’a vu une ligne : une analyse y a tourné, son résultat contrôlé est sorti.',
  },
  which: { en: 'Data set', fr: 'Ensemble de données' },
  all: { en: 'All of them', fr: 'Tous' },
  version: { en: 'version', fr: 'version' },
  analysis: { en: 'Analysis', fr: 'Analyse' },
  purpose: { en: 'Purpose', fr: 'Usage' },
  terms: { en: 'Terms', fr: 'Conditions' },
  machine: { en: 'Machine', fr: 'Machine' },
  paid: { en: 'paid', fr: 'payé' },
  when: { en: 'When', fr: 'Quand' },
  said: { en: 'said by', fr: 'dit par' },
  budget: { en: 'Budget', fr: 'Budget' },
  csv: { en: 'Save as CSV', fr: 'Enregistrer en CSV' },
  json: { en: 'Save as JSON', fr: 'Enregistrer en JSON' },
  task: { en: 'Step by step', fr: 'Pas à pas' },
}

function Row({ one }: { one: Used }) {
  const { t, language, count, moment } = useSpeech()
  const terms = [
    peopleWords[language](one.k),
    ...one.duties.map((each) => t(dutyWords[each])),
    ...(one.byHand ? [t(market.byHand)] : []),
  ]
  const cause = one.cause === undefined ? '' : t(causeWords[one.cause] ?? market.cause)
  return (
    <Card
      title={one.labName}
      aside={one.paid > 0 ? <span className="tag good">+{count(one.paid, credits)}</span> : undefined}
    >
      <Facts
        facts={[
          [t(words.when), moment(one.at)],
          [t(market.state), t(stateWords[one.state] ?? market.state)],
          ...(cause
            ? [[t(market.cause), one.byName ? `${cause} (${t(words.said)} ${one.byName})` : cause] as const]
            : []),
          [t(words.analysis), t(one.program)],
          [t(words.which), `${t(one.title)}, ${t(words.version)} ${one.version}`],
          [t(words.purpose), t(purposeWords[one.purpose])],
          [t(words.terms), terms.join('; ')],
          [
            t(words.machine),
            <span key="machine" className="choice-words">
              <span>
                {one.hostName}, {t(kindWords[one.kind])}
              </span>
              {one.kind === 'simulated' ? <small>{t(market.simulatedMore)}</small> : null}
            </span>,
          ],
          [t(market.price), `${count(one.price, credits)}, ${t(words.paid)} ${count(one.paid, credits)}`],
          [t(words.budget), `${count(one.units, released)}, ${count(one.left, left)}`],
        ]}
      />
      <a href={`#/task/${one.task}`}>{t(words.task)}</a>
    </Card>
  )
}

/** The page. */
export function Audit() {
  const speech = useSpeech()
  const { t } = speech
  const known = useAsked(['audit'], () => device.audit())
  const [set, setSet] = useState('')
  const all = known.data ?? []
  const sets = [...new Map(all.map((one) => [one.set, t(one.title)]))]
  const shown = all.filter((one) => set === '' || one.set === set)
  return (
    <div className="stack">
      <div>
        <h1>{t(words.title)}</h1>
        <p>{t(words.lead)}</p>
      </div>
      <Failure error={known.error} />
      {known.isPending ? <Progress label={t(market.loading)} /> : null}
      {known.data?.length === 0 ? <Empty>{t(market.none)}</Empty> : null}
      {all.length > 0 ? (
        <>
          <Select
            label={t(words.which)}
            value={set}
            choices={[{ value: '', words: t(words.all) }, ...sets.map(([value, title]) => ({ value, words: title }))]}
            onChange={setSet}
          />
          <div className="row">
            <Button onPress={() => saveText(historyCsv(shown, speech), 'text/csv', 'audit.csv')}>{t(words.csv)}</Button>
            <Button onPress={() => saveText(historyJson(shown), 'application/json', 'audit.json')}>
              {t(words.json)}
            </Button>
          </div>
        </>
      ) : null}
      {shown.map((one) => (
        <Row key={`${one.task} ${one.order}`} one={one} />
      ))}
    </div>
  )
}
