/** Observations as numbers with what is normal: for a line of results, its flag, and its curve. */
import type { Json } from '@salus/base/json'
import { codingsOf, digitsOf, type JsonObject, objectOf, objectsOf, textOf } from '../ips/json.ts'
import { conceptText } from '../ips/lines.ts'
import { folded } from './fold.ts'
import { codesOf, given, quantityOf, type Reading, unitOf, valueText } from './read.ts'
import type { Flag, Measure, Range } from './types.ts'

/** HL7 v3 ObservationInterpretation: which of its codes says what. */
const flags: ReadonlyMap<string, Flag> = new Map(
  (
    [
      ['normal', 'N'],
      ['low', 'L LU < LX'],
      ['high', 'H HU > HX'],
      ['critical', 'LL HH AA'],
      ['abnormal', 'A'],
    ] as const
  ).flatMap(([flag, codes]) => codes.split(' ').map((code) => [code, flag] as const)),
)

const numberOf = (value: Json | undefined): number | undefined => {
  const digits = digitsOf(value)
  const number = Number(digits)
  return digits === '' || !Number.isFinite(number) ? undefined : number
}

const codeOfUnit = (quantity: JsonObject | undefined): string => textOf(quantity?.code) || textOf(quantity?.unit)

/** Does a limit speak of the value's unit? One without a unit does. */
const comparable = (limit: JsonObject, unit: string): boolean => ['', unit].includes(codeOfUnit(limit))

/**
 * The one normal range. Several (by age, by sex) are told in words and compared with nothing: which of them is the
 * patient's is not ours to guess.
 */
function rangeOf(holder: JsonObject, unit: string): Range | undefined {
  const normal = objectsOf(holder.referenceRange).filter(({ type }) => {
    const codes = codingsOf(type).map(({ code }) => textOf(code))
    return codes.length === 0 || codes.includes('normal')
  })
  const texts = normal.map(rangeText).filter(Boolean)
  if (texts.length === 0) return undefined
  const [only] = normal
  if (normal.length > 1 || !only) return { text: texts.join(' · ') }
  const [low, high] = [objectOf(only.low), objectOf(only.high)].map((limit) =>
    limit && comparable(limit, unit) ? numberOf(limit.value) : undefined,
  )
  return { text: texts[0] as string, ...given({ low, high }) }
}

/** The author's words, else its ends, with whom it is for. */
function rangeText(one: JsonObject): string {
  const span = textOf(one.text) || spanOf(one)
  const whom = objectsOf(one.appliesTo).map((each) => conceptText(each))
  return span && !one.text && whom.some(Boolean) ? `${span} (${whom.filter(Boolean).join(', ')})` : span
}

function spanOf({ low, high }: JsonObject): string {
  const [from, to] = [objectOf(low) ?? {}, objectOf(high) ?? {}]
  const unit = unitOf(to) || unitOf(from)
  const [a, b] = [digitsOf(from.value), digitsOf(to.value)]
  const text = a && b ? `${a} – ${b}` : a ? `≥ ${a}` : b ? `≤ ${b}` : ''
  return text && [text, unit].filter(Boolean).join(' ')
}

/** What the author said, else what the range says; a value that is only a bound (`< 5`) must lie beyond it to be told. */
function flagOf(holder: JsonObject, number: number | undefined, range: Range | undefined): Flag | undefined {
  const said = objectsOf(holder.interpretation).flatMap(codingsOf)
  const own = said.map(({ code }) => flags.get(textOf(code))).find(Boolean)
  if (own) return own
  const bound = textOf(objectOf(holder.valueQuantity)?.comparator)
  const { low, high } = range ?? {}
  if (number === undefined || (low === undefined && high === undefined)) return undefined
  if (low !== undefined && !bound.startsWith('>') && (number < low || (bound === '<' && number === low))) return 'low'
  if (high !== undefined && !bound.startsWith('<') && (number > high || (bound === '>' && number === high)))
    return 'high'
  return bound === '' ? 'normal' : undefined
}

/** An Observation, or one of its components. */
export function measureIn(holder: JsonObject, reading: Reading): Measure {
  const quantity = objectOf(holder.valueQuantity)
  const number = quantity ? numberOf(quantity.value) : numberOf(holder.valueInteger)
  const digits = quantity ? textOf(quantity.comparator) + digitsOf(quantity.value) : digitsOf(holder.valueInteger)
  const range = rangeOf(holder, codeOfUnit(quantity))
  const title = conceptText(holder.code)
  const [code] = codesOf(holder.code)
  return {
    ...{ title, key: code ? `${code.system}|${code.code}` : folded(title), value: valueText(holder, reading) },
    ...given({ number, digits: number === undefined ? undefined : digits, unit: quantity && unitOf(quantity) }),
    ...given({ range, flag: flagOf(holder, number, range) }),
  }
}

/** LOINC panels that people say as one value: 120/80. */
const pressure = new Set(['85354-9', '55284-4'])

/** Which flag a reader must see first. */
const order: readonly Flag[] = ['critical', 'abnormal', 'high', 'low', 'normal']

/** An Observation with its components; one that has no value of its own tells theirs, and their worst flag. */
export function resultIn(reading: Reading): Measure & { readonly components: readonly Measure[] } {
  const { resource } = reading
  const own = measureIn(resource, reading)
  const components = objectsOf(resource.component).map((one) => measureIn(one, reading))
  if (components.length === 0) return { ...own, components }
  const [a, b] = components
  const pair = components.length === 2 && codesOf(resource.code).some(({ code }) => pressure.has(code))
  const spoken =
    pair && a?.digits && b?.digits && a.unit === b.unit
      ? [`${a.digits}/${b.digits}`, a.unit].filter(Boolean).join(' ')
      : components.map(({ title, value }) => [title, value].filter(Boolean).join(' ')).join(', ')
  const flag = own.flag ?? order.find((one) => components.some((each) => each.flag === one))
  const told = Object.keys(resource).some((element) => /^value[A-Z]/.test(element))
  return { ...own, value: told ? own.value : spoken, ...given({ flag }), components }
}

/** A Range or a Quantity of somebody's dose. */
export function amountOf(holder: JsonObject, name: string): string {
  const range = objectOf(holder[`${name}Range`])
  return range ? spanOf(range) : quantityOf(holder[`${name}Quantity`])
}
