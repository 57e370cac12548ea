/** The builder: outcome, factors and how each stands, what acts together, whose rows, and what will be sent. */
import type { ContractColumn } from '@salus/market/dataset/contract'
import { Button } from '@salus/ui/web/button'
import { Checks, Field, Select, Tick } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card } from '@salus/ui/web/notice'
import { useState } from 'react'
import { Cohort } from './cohort.tsx'
import { Factor } from './factor.tsx'
import { type Choice, outcomeOf, shapeOf, wrongShape } from './model.ts'

const words = {
  outcome: { en: 'What is to be explained', fr: 'Ce qu’il faut expliquer' },
  event: { en: 'It counts as an event when it is', fr: 'Un cas est' },
  above: { en: 'It counts as an event above', fr: 'Un cas est au-dessus de' },
  factors: { en: 'Risk factors', fr: 'Facteurs de risque' },
  columns: { en: 'Columns to describe', fr: 'Colonnes à décrire' },
  factorsHelp: {
    en: 'The columns that all chosen data sets have alike.',
    fr: 'Les colonnes que tous les ensembles choisis ont à l’identique.',
  },
  shapes: { en: 'How each factor stands in the model', fr: 'Comment chaque facteur figure au modèle' },
  pairs: { en: 'What acts together (interactions)', fr: 'Ce qui agit ensemble (interactions)' },
  one: { en: 'First factor', fr: 'Premier facteur' },
  other: { en: 'Second factor', fr: 'Second facteur' },
  add: { en: 'Add the interaction', fr: 'Ajouter l’interaction' },
  remove: { en: 'Remove', fr: 'Retirer' },
  with: { en: 'with', fr: 'avec' },
  site: { en: 'Allow each hospital its own level', fr: 'Laisser à chaque hôpital son niveau' },
  sent: { en: 'What will be sent, word for word', fr: 'Ce qui sera envoyé, mot pour mot' },
}

type Part = {
  readonly columns: readonly ContractColumn[]
  readonly choice: Choice
  readonly change: (to: Partial<Choice>) => void
}

function Outcome({ columns, choice, change }: Part) {
  const { t } = useSpeech()
  const outcome = columns.find(({ name }) => name === choice.outcome)
  return (
    <>
      <Select
        label={t(words.outcome)}
        value={choice.outcome}
        choices={columns.map(({ name, title }) => ({ value: name, words: t(title) }))}
        onChange={(name) => change(outcomeOf(columns.find((one) => one.name === name) as never))}
      />
      {outcome?.kind === 'category' ? (
        <Select
          label={t(words.event)}
          value={choice.level}
          choices={outcome.levels.map(({ code, title }) => ({ value: code, words: t(title) }))}
          onChange={(level) => change({ level })}
        />
      ) : null}
      {outcome?.kind === 'number' ? (
        <Field
          label={`${t(words.above)} (${outcome.unit})`}
          value={choice.level}
          digits
          onChange={(level) => change({ level })}
        />
      ) : null}
    </>
  )
}

function Shapes({ columns, choice, change }: Part) {
  const { t } = useSpeech()
  return (
    <details>
      <summary>{t(words.shapes)}</summary>
      <div className="stack">
        {columns.map((column) => {
          const shape = shapeOf(choice, column)
          return (
            <Factor
              key={column.name}
              {...{ column, shape }}
              wrong={wrongShape(choice, column) !== undefined}
              change={(to) => change({ shapes: { ...choice.shapes, [column.name]: { ...shape, ...to } } })}
            />
          )
        })}
      </div>
    </details>
  )
}

function Pairs({ columns, choice, change }: Part) {
  const { t } = useSpeech()
  const [pair, setPair] = useState<readonly [string, string]>(['', ''])
  const title = (name: string) => t(columns.find((one) => one.name === name)?.title ?? { en: name, fr: name })
  const at = (i: 0 | 1) => (columns.some(({ name }) => name === pair[i]) ? pair[i] : (columns[i]?.name ?? ''))
  const [one, other] = [at(0), at(1)]
  const known = choice.pairs.some((each) => each.includes(one) && each.includes(other))
  const choices = columns.map(({ name }) => ({ value: name, words: title(name) }))
  return (
    <details>
      <summary>{t(words.pairs)}</summary>
      <div className="stack">
        <Select label={t(words.one)} value={one} choices={choices} onChange={(name) => setPair([name, other])} />
        <Select label={t(words.other)} value={other} choices={choices} onChange={(name) => setPair([one, name])} />
        <div>
          <Button off={one === other || known} onPress={() => change({ pairs: [...choice.pairs, [one, other]] })}>
            {t(words.add)}
          </Button>
        </div>
        <ul className="list">
          {choice.pairs.map(([a, b]) => (
            <li key={`${a} ${b}`} className="line">
              <span>
                {title(a)} {t(words.with)} {title(b)}
              </span>
              <Button
                look="quiet"
                label={`${t(words.remove)}: ${title(a)} ${t(words.with)} ${title(b)}`}
                onPress={() => change({ pairs: choice.pairs.filter((each) => each[0] !== a || each[1] !== b) })}
              >
                {t(words.remove)}
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </details>
  )
}

/** What will be sent, one tap away. */
export function Sent({ params }: { params: object | undefined }) {
  const { t } = useSpeech()
  if (!params) return null
  return (
    <details>
      <summary>{t(words.sent)}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <pre tabIndex={0}>{JSON.stringify(params, null, 2)}</pre>
    </details>
  )
}

/** A choice without what no longer belongs to it. */
const letGo = (choice: Choice, factors: readonly string[]): Partial<Choice> => ({
  factors,
  pairs: choice.pairs.filter((pair) => pair.every((name) => factors.includes(name))),
})

/** The whole of it; tables know no shapes, interactions or hospitals' levels. */
export function Builder(part: Part & { tables: boolean; sets: number }) {
  const { t } = useSpeech()
  const { columns, choice, change, tables, sets } = part
  const factors = columns.filter(({ name }) => name !== choice.outcome)
  const ticked = factors.filter(({ name }) => choice.factors.includes(name))
  return (
    <Card>
      <div className="stack">
        <Outcome {...part} />
        <Checks
          label={t(tables ? words.columns : words.factors)}
          help={t(words.factorsHelp)}
          value={choice.factors}
          choices={factors.map((one) => ({
            ...{ value: one.name, words: t(one.title) },
            more: one.kind === 'number' ? one.unit : one.levels.map(({ title }) => t(title)).join(', '),
          }))}
          onChange={(next) => change(letGo(choice, next))}
        />
        {!tables && ticked.length > 0 ? <Shapes columns={ticked} choice={choice} change={change} /> : null}
        {!tables && ticked.length > 1 ? <Pairs columns={ticked} choice={choice} change={change} /> : null}
        <Cohort columns={columns} filter={choice.filter} change={(filter) => change({ filter })} />
        {!tables && sets > 1 ? (
          <Tick label={t(words.site)} value={choice.site} onChange={(site) => change({ site })} />
        ) : null}
      </div>
    </Card>
  )
}
