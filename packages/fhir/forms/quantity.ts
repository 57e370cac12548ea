/** Quantities with their unit: UCUM where we know the code, plain words where we do not. */
import type { Json } from '@salus/base/json'
import { units } from '../view/words.ts'
import { type Draft, line } from './fields.ts'

export const UCUM = 'http://unitsofmeasure.org'

/** UCUM codes that forms write, besides those that are read in other letters (view/words.ts). */
const plain =
  '% kg g mg ug cm m mm mL L U h d wk mo a min /min mmol/L mol/L g/L mg/L mg/dL g/dL ng/mL pg/mL U/L nmol/L pmol/L ug/L ng/L ' +
  'L/min mmol/mol fL pg {INR}'

/** As typed -> UCUM code: the code itself, or the way people write it. */
const codes: ReadonlyMap<string, string> = new Map([
  ...plain.split(' ').map((code) => [code, code] as const),
  ...Object.entries(units).flatMap(([code, written]) =>
    written === ''
      ? []
      : ([
          [code, code],
          [written, code],
        ] as const),
  ),
])

/** R4 Quantity of a number; a unit nobody knows stands as it was typed. */
export function quantity(value: Json, at: string, unit: string | undefined): Draft {
  const typed = line(at, unit)
  const code = codes.get(typed)
  return code === undefined ? { value, unit: typed } : { value, unit: units[code] || code, system: UCUM, code }
}
