/**
 * LOINC codes that ask for the same substance in blood, by mass or by amount, in serum, plasma or whole blood, measured
 * or calculated. Whoever orders one of them should see that another was done. Data only.
 */
import type { Code } from './types.ts'

const LOINC = 'http://loinc.org'

const groups: readonly (readonly string[])[] = [
  ['2345-7', '2339-0', '15074-8', '14749-6', '41653-7'], // glucose
  ['1558-6', '14771-0', '1556-0'], // glucose, fasting
  ['4548-4', '17856-6', '59261-8'], // haemoglobin A1c
  ['2160-0', '14682-9', '38483-4'], // creatinine
  ['13457-7', '2089-1', '18262-6', '22748-8', '39469-2'], // LDL cholesterol
  ['2085-9', '14646-4'], // HDL cholesterol
  ['2093-3', '14647-2'], // cholesterol
  ['2571-8', '14927-8', '3043-7'], // triglycerides
  ['718-7', '30350-3', '59260-0'], // haemoglobin
  ['2823-3', '6298-4', '77142-8'], // potassium
  ['2951-2', '2947-0', '77139-4'], // sodium
  ['3016-3', '11580-8', '11579-0'], // TSH
  ['6690-2', '26464-8'], // leukocytes
  ['777-3', '26515-7', '778-1'], // platelets
  ['1742-6', '1743-4'], // ALT
  ['1920-8', '30239-8'], // AST
  ['1988-5', '30522-7'], // CRP
  ['6301-6', '34714-6', '46418-0'], // INR
  ['2276-4', '20567-4'], // ferritin
  ['33914-3', '62238-1', '48642-3', '48643-1', '98979-8'], // estimated filtration rate
]

const byCode = new Map(groups.flatMap((group) => group.map((code) => [code, group] as const)))

/** `system|code` of everything that asks the same as a code, itself included. */
export const alike = ({ system, code }: Code): readonly string[] =>
  system === LOINC ? (byCode.get(code) ?? [code]).map((one) => `${LOINC}|${one}`) : [`${system}|${code}`]
