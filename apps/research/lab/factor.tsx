/** How one chosen factor stands in the model: a number, its transform or groups; a category and what it is compared with. */
import type { ContractColumn } from '@salus/market/dataset/contract'
import { Field, Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { cutsOf, type Shape, type Transform, transforms } from './model.ts'

const words = {
  as: { en: 'stands as', fr: 'figure comme' },
  number: { en: 'a number: one slope', fr: 'un nombre : une pente' },
  bins: { en: 'groups, at cuts of your own', fr: 'des groupes, aux coupures que vous dites' },
  transform: { en: 'transform', fr: 'transformation' },
  per: { en: 'odds ratio for how many units', fr: 'rapport de cotes pour combien d’unités' },
  perHelp: { en: 'Empty: for one.', fr: 'Vide : pour une.' },
  cuts: { en: 'cuts', fr: 'coupures' },
  cutsHelp: {
    en: 'Numbers from small to large, with spaces: 50 60',
    fr: 'Des nombres croissants, séparés d’espaces : 50 60',
  },
  reference: { en: 'compared with', fr: 'comparé à' },
  wrongPer: { en: 'Type a number above 0.', fr: 'Tapez un nombre supérieur à 0.' },
  wrongCuts: {
    en: 'Type up to 20 numbers, each larger than the one before, inside the range.',
    fr: 'Tapez jusqu’à 20 nombres croissants, à l’intérieur de la plage.',
  },
  below: { en: 'below', fr: 'moins de' },
  from: { en: 'from', fr: 'de' },
  to: { en: 'to below', fr: 'à moins de' },
  above: { en: 'and above', fr: 'et plus' },
  loses: {
    en: 'Rows outside of what this transform takes are left out, and counted.',
    fr: 'Les lignes hors de ce que prend cette transformation sont omises, et comptées.',
  },
}
const transformWords: Readonly<Record<Transform, { readonly en: string; readonly fr: string }>> = {
  none: { en: 'none', fr: 'aucune' },
  log: { en: 'logarithm', fr: 'logarithme' },
  log1p: { en: 'logarithm of 1 + value', fr: 'logarithme de 1 + valeur' },
  sqrt: { en: 'square root', fr: 'racine carrée' },
  square: { en: 'square', fr: 'carré' },
}
/** From where on a value can be transformed; `log` leaves out the bound itself. */
const least: Readonly<Partial<Record<Transform, number>>> = { log: 0, log1p: -1, sqrt: 0 }

type Part<K extends ContractColumn['kind']> = {
  readonly column: Extract<ContractColumn, { kind: K }>
  readonly shape: Shape
  readonly wrong: boolean
  readonly change: (to: Partial<Shape>) => void
}

function Cuts({ column, shape, wrong, change }: Part<'number'>) {
  const { t, number } = useSpeech()
  const cuts = cutsOf(shape.cuts)
  const groups = cuts.map((cut, i) => {
    const before = cuts[i - 1]
    if (before === undefined) return `${t(words.below)} ${number(cut)}`
    return `${t(words.from)} ${number(before)} ${t(words.to)} ${number(cut)}`
  })
  const last = cuts.at(-1)
  const said = wrong || last === undefined ? '' : [...groups, `${number(last)} ${t(words.above)}`].join(' · ')
  return (
    <Field
      label={`${t(column.title)}: ${t(words.cuts)} (${column.unit})`}
      help={said || t(words.cutsHelp)}
      wrong={wrong && shape.cuts !== '' ? t(words.wrongCuts) : undefined}
      value={shape.cuts}
      onChange={(next) => change({ cuts: next })}
    />
  )
}

function Slope({ column, shape, wrong, change }: Part<'number'>) {
  const { t } = useSpeech()
  const loses = column.min < (least[shape.transform] ?? -Infinity) || (shape.transform === 'log' && column.min <= 0)
  return (
    <>
      <Select
        label={`${t(column.title)}: ${t(words.transform)}`}
        {...(loses ? { help: t(words.loses) } : {})}
        value={shape.transform}
        choices={transforms.map((value) => ({ value, words: t(transformWords[value]) }))}
        onChange={(value) => change({ transform: value as Transform })}
      />
      <Field
        label={`${t(column.title)}: ${t(words.per)}${shape.transform === 'none' ? ` (${column.unit})` : ''}`}
        help={t(words.perHelp)}
        wrong={wrong ? t(words.wrongPer) : undefined}
        value={shape.per}
        digits
        onChange={(per) => change({ per })}
      />
    </>
  )
}

function Measure(part: Part<'number'>) {
  const { t } = useSpeech()
  const { column, shape, change } = part
  return (
    <>
      <Select
        label={`${t(column.title)} ${t(words.as)}`}
        value={shape.as}
        choices={[
          { value: 'number', words: t(words.number) },
          { value: 'bins', words: t(words.bins) },
        ]}
        onChange={(value) => change({ as: value as Shape['as'] })}
      />
      {shape.as === 'bins' ? <Cuts {...part} /> : <Slope {...part} />}
    </>
  )
}

/** One factor. */
export function Factor({ column, ...part }: Omit<Part<'number'>, 'column'> & { column: ContractColumn }) {
  const { t } = useSpeech()
  if (column.kind === 'number') return <Measure column={column} {...part} />
  return (
    <Select
      label={`${t(column.title)}: ${t(words.reference)}`}
      value={part.shape.reference}
      choices={column.levels.map(({ code, title }) => ({ value: code, words: t(title) }))}
      onChange={(reference) => part.change({ reference })}
    />
  )
}
