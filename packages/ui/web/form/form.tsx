/** A form drawn from its rows: each field with its words, and at the field what is wrong with it. Both apps write with it. */
import { isAppError } from '@salus/base/errors'
import type { FormInput, FormName } from '@salus/fhir/forms'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { Both } from '../../language.ts'
import { Button } from '../button.tsx'
import { Field, FileField, Select, Tick } from '../field.tsx'
import { useSpeech } from '../language.tsx'
import { Failure } from '../notice.tsx'
import { PickField } from './pick.tsx'
import { problemWords } from './problems.ts'
import { inputOf, type Pickable, type Row, shownRows, tooLarge, type Value, type Values, type Wrong } from './row.ts'
import { formRows } from './rows.ts'

const words = {
  save: { en: 'Sign and save', fr: 'Signer et enregistrer' },
  more: { en: 'More', fr: 'Plus de détails' },
  none: { en: 'not said', fr: 'non précisé' },
}

/** The refusal of one field, where that is what went wrong. */
function wrongOf(error: unknown, rows: readonly Row[]): Wrong | undefined {
  if (!isAppError(error) || error.code !== 'form-incomplete') return undefined
  const { at, problem } = error.facts
  return rows.some((one) => one.at === at) ? { at: String(at), problem: String(problem) } : undefined
}

const textIn = (value: Value): string => (typeof value === 'string' ? value : '')

type Drawn = {
  readonly row: Row
  readonly values: Values
  readonly wrong: string | undefined
  readonly onChange: (value: Value, choice?: Pickable) => void
}

const kinds = { day: 'date', moment: 'datetime-local' } as const

/** One field as its kind asks. */
function RowField({ row, values, wrong, onChange }: Drawn) {
  const { t } = useSpeech()
  const label = t(typeof row.label === 'function' ? row.label(values) : row.label)
  const value = values[row.at]
  const common = { label, wrong, ...(row.help ? { help: t(row.help) } : {}), must: row.must ?? false }
  switch (row.kind) {
    case 'yes':
      return <Tick label={label} value={value === true} onChange={onChange} />
    case 'file':
      return <FileField {...common} accept={row.accept} onChoose={onChange} />
    case 'select': {
      const choices = Object.entries(row.options).map(([key, both]) => ({ value: key, words: t(both) }))
      const none = row.start === undefined ? [{ value: '', words: t(words.none) }] : []
      return <Select {...common} choices={[...none, ...choices]} value={textIn(value)} onChange={onChange} />
    }
    case 'pick':
      return <PickField {...common} choices={row.choices(values)} value={textIn(value)} onChange={onChange} />
    case 'lines':
    case 'list':
      return <Field {...common} lines={row.must ? 6 : 3} spell value={textIn(value)} onChange={onChange} />
    case 'day':
    case 'moment':
      return <Field {...common} kind={kinds[row.kind]} value={textIn(value)} onChange={onChange} />
    default:
      return <Field {...common} digits={row.kind === 'number'} value={textIn(value)} onChange={onChange} />
  }
}

/** What stands there at first: what the form begins with, and what whoever opened it knows. */
const startOf = (rows: readonly Row[], given: Values): Values => ({
  ...Object.fromEntries(rows.flatMap((one) => (one.start === undefined ? [] : [[one.at, one.start]]))),
  ...given,
})

/** A choice fills fields that nobody has filled in, or that the choice before it had filled. */
function filled(values: Values, at: string, value: Value, choice: Pickable | undefined, before: Values): Values {
  const free = Object.entries(choice?.fills ?? {}).filter(
    ([name]) => !values[name] || (before[name] !== undefined && values[name] === before[name]),
  )
  return { ...values, [at]: value, ...Object.fromEntries(free) }
}

export type FormProps<Name extends FormName> = {
  readonly form: Name
  /** What is known before anybody typed. */
  readonly start?: Values
  /** Fields that are not asked for here. */
  readonly without?: readonly string[]
  readonly busy: boolean
  readonly error: unknown
  /** What is on the button. */
  readonly submit?: Both
  /** What is read right before the button: for whom one signs. */
  readonly beside?: ReactNode
  readonly onSubmit: (input: FormInput<Name>) => void
}

/** The form `form`; give it a `key` to begin anew. `error` may be the refusal of a field (`form-incomplete`): it stands there. */
export function Form<Name extends FormName>(props: FormProps<Name>) {
  const { form, start = {}, without = [], busy, error, submit = words.save, beside, onSubmit } = props
  const { t, language } = useSpeech()
  const rows = formRows[form].filter((one) => !without.includes(one.at))
  const [values, setValues] = useState<Values>(() => startOf(rows, start))
  const [lastFills, setLastFills] = useState<Values>({})
  const [large, setLarge] = useState<Wrong>()
  const wrong = large ?? wrongOf(error, rows)
  const place = useRef<HTMLFormElement>(null)
  // Each refusal takes whoever types to the field it is about.
  useEffect(() => {
    if (error || large) place.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [error, large])
  const draw = (row: Row) => (
    <RowField
      key={row.at}
      row={row}
      values={values}
      wrong={wrong?.at === row.at ? t(problemWords(wrong.problem)) : undefined}
      onChange={(value, choice) => {
        setLarge(undefined)
        setValues((now) => filled(now, row.at, value, choice, lastFills))
        if (choice?.fills) setLastFills(choice.fills)
      }}
    />
  )
  const send = async (event: FormEvent) => {
    event.preventDefault()
    const over = tooLarge(rows, values)
    setLarge(over)
    if (!over) onSubmit((await inputOf(rows, values, language)) as FormInput<Name>)
  }
  const shown = shownRows(rows, values)
  const folded = shown.filter((one) => one.more)
  return (
    <form ref={place} className="stack" noValidate onSubmit={(event) => void send(event)}>
      {shown.filter((one) => !one.more).map(draw)}
      {folded.length > 0 ? (
        <details open={folded.some((one) => one.at === wrong?.at) || undefined}>
          <summary>{t(words.more)}</summary>
          <div className="stack">{folded.map(draw)}</div>
        </details>
      ) : null}
      <Failure error={wrong ? undefined : error} />
      {beside}
      <div>
        <Button type="submit" look="main" busy={busy}>
          {t(submit)}
        </Button>
      </div>
    </form>
  )
}
