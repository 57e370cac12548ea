/** Who belongs to the cohort: conditions on columns, all of which must hold. */
import type { ContractColumn } from '@salus/market/dataset/contract'
import { Button } from '@salus/ui/web/button'
import { Field, Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { type Condition, type Op, ops } from './model.ts'

const words = {
  title: { en: 'Only people for whom', fr: 'Seulement les personnes dont' },
  help: {
    en: 'No condition: everybody. Several: all of them must hold.',
    fr: 'Aucune condition : tout le monde. Plusieurs : toutes doivent être vraies.',
  },
  condition: { en: 'Condition', fr: 'Condition' },
  column: { en: 'column', fr: 'colonne' },
  op: { en: 'is', fr: 'est' },
  value: { en: 'value', fr: 'valeur' },
  add: { en: 'Add a condition', fr: 'Ajouter une condition' },
  remove: { en: 'Remove', fr: 'Retirer' },
}
const opWords: Readonly<Record<Op, { readonly en: string; readonly fr: string }>> = {
  eq: { en: 'equal to', fr: 'égale à' },
  ne: { en: 'other than', fr: 'autre que' },
  lt: { en: 'below', fr: 'inférieure à' },
  le: { en: 'at most', fr: 'au plus' },
  gt: { en: 'above', fr: 'supérieure à' },
  ge: { en: 'at least', fr: 'au moins' },
}

/** A condition on a column, as it begins. */
const startOn = (column: ContractColumn): Condition =>
  column.kind === 'number'
    ? { column: column.name, op: 'ge', value: String(column.min) }
    : { column: column.name, op: 'eq', value: column.levels[0]?.code ?? '' }

type One = { columns: readonly ContractColumn[]; one: Condition; nth: number; change: (to: Condition) => void }

function Value({ columns, one, label, change }: Omit<One, 'nth'> & { label: string }) {
  const { t } = useSpeech()
  const column = columns.find(({ name }) => name === one.column)
  const to = (value: string) => change({ ...one, value })
  if (column?.kind !== 'category')
    return <Field label={`${label}${column?.unit ? ` (${column.unit})` : ''}`} value={one.value} digits onChange={to} />
  const choices = column.levels.map(({ code, title }) => ({ value: code, words: t(title) }))
  return <Select label={label} value={one.value} choices={choices} onChange={to} />
}

function Row({ columns, one, nth, change }: One) {
  const { t } = useSpeech()
  const label = (of: { readonly en: string; readonly fr: string }) => `${t(words.condition)} ${nth}: ${t(of)}`
  const column = columns.find(({ name }) => name === one.column)
  const fitting = column?.kind === 'category' ? ops.slice(0, 2) : ops
  return (
    <>
      <Select
        label={label(words.column)}
        value={one.column}
        choices={columns.map(({ name, title }) => ({ value: name, words: t(title) }))}
        onChange={(name) => {
          const next = columns.find((each) => each.name === name)
          if (next) change(startOn(next))
        }}
      />
      <Select
        label={label(words.op)}
        value={one.op}
        choices={fitting.map((op) => ({ value: op, words: t(opWords[op]) }))}
        onChange={(op) => change({ ...one, op: op as Op })}
      />
      <Value columns={columns} one={one} label={label(words.value)} change={change} />
    </>
  )
}

/** All conditions. */
export function Cohort({
  columns,
  filter,
  change,
}: {
  columns: readonly ContractColumn[]
  filter: readonly Condition[]
  change: (filter: readonly Condition[]) => void
}) {
  const { t } = useSpeech()
  const [first] = columns
  return (
    <section className="stack" aria-label={t(words.title)}>
      <span className="react-aria-Label">{t(words.title)}</span>
      <p className="faint">{t(words.help)}</p>
      {filter.map((one, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a condition is known by its place
        <div key={i} className="stack">
          <Row
            {...{ columns, one, nth: i + 1 }}
            change={(to) => change(filter.map((each, j) => (i === j ? to : each)))}
          />
          <div>
            <Button
              look="quiet"
              label={`${t(words.remove)}: ${t(words.condition)} ${i + 1}`}
              onPress={() => change(filter.filter((_, j) => i !== j))}
            >
              {t(words.remove)}
            </Button>
          </div>
        </div>
      ))}
      <div>
        <Button off={!first || filter.length >= 20} onPress={() => first && change([...filter, startOn(first)])}>
          {t(words.add)}
        </Button>
      </div>
    </section>
  )
}
