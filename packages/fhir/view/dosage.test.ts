import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '@salus/base/json'
import { dosageEnd, dosagesOf } from './dosage.ts'

type Fields = { [element: string]: Json }
const said = (dosage: Fields) =>
  (['en', 'fr'] as const).map((language) => dosagesOf({ dosageInstruction: [dosage] }, language).join(' / '))
const repeat = (fields: Fields): Fields => ({ timing: { repeat: fields } })
const dose = (value: number, unit: string): Fields => ({ doseAndRate: [{ doseQuantity: { value, unit } }] })

test('F19 a dosage is the author’s sentence where there is one', () => {
  assert.deepEqual(
    said({ text: 'One at night', ...dose(1, 'tablet'), ...repeat({ frequency: 1, period: 1, periodUnit: 'd' }) }),
    ['One at night', 'One at night'],
  )
  assert.deepEqual(said({ text: 'One', patientInstruction: 'With water' }), ['One, With water', 'One, With water'])
})

test('F19 a dosage in structure is said in words of either language', () => {
  const cases: readonly (readonly [Fields, string, string])[] = [
    [{ frequency: 1, period: 1, periodUnit: 'd' }, 'once a day', '1 fois par jour'],
    [{ frequency: 2, period: 1, periodUnit: 'd' }, 'twice a day', '2 fois par jour'],
    [{ frequency: 3, frequencyMax: 4, period: 1, periodUnit: 'd' }, '3–4 times a day', '3–4 fois par jour'],
    [{ frequency: 1, period: 8, periodUnit: 'h' }, 'every 8 hours', 'toutes les 8 heures'],
    [{ frequency: 1, period: 1, periodUnit: 'h' }, 'once an hour', '1 fois par heure'],
    [{ frequency: 2, period: 3, periodUnit: 'wk' }, '2 times every 3 weeks', '2 fois toutes les 3 semaines'],
    [{ period: 2, periodUnit: 'd' }, 'every 2 days', 'tous les 2 jours'],
    [{ when: ['MORN', 'HS'] }, 'in the morning, at bedtime', 'le matin, au coucher'],
    [{ boundsDuration: { value: 7, code: 'd' } }, 'for 7 days', 'pendant 7 jours'],
    [{ boundsDuration: { value: 1, code: 'wk' } }, 'for 1 week', 'pendant 1 semaine'],
    [{ frequency: 2, period: 1, periodUnit: 'constructor' }, '', ''],
  ]
  for (const [timing, en, fr] of cases) assert.deepEqual(said(repeat(timing)), [en, fr])
})

test('F19 dose, route, need and limit stand in one sentence', () => {
  const full: Fields = {
    ...dose(500, 'mg'),
    ...repeat({ frequency: 1, period: 6, periodUnit: 'h' }),
    asNeededCodeableConcept: { text: 'pain' },
    route: { text: 'oral' },
    maxDosePerPeriod: { numerator: { value: 4, unit: 'g' }, denominator: { value: 1, code: 'd' } },
  }
  assert.deepEqual(said(full), [
    '500 mg, every 6 hours, when needed (pain), oral, at most 4 g in 1 day',
    '500 mg, toutes les 6 heures, si besoin (pain), oral, au plus 4 g en 1 jour',
  ])
  assert.deepEqual(
    said({ ...dose(1, 'tablet'), asNeededBoolean: true, timing: { code: { coding: [{ code: 'BID' }] } } }),
    ['1 tablet, twice a day, when needed', '1 tablet, 2 fois par jour, si besoin'],
  )
  const spread: Json = { low: { value: 1 }, high: { value: 2, unit: 'tablets' } }
  assert.deepEqual(said({ doseAndRate: [{ doseRange: spread }] }), ['1 – 2 tablets', '1 – 2 tablets'])
})

test('F19 a dosage given at administration, and one that is no dosage', () => {
  assert.deepEqual(dosagesOf({ dosage: { dose: { value: 5, unit: 'mL' } } }, 'en'), ['5 mL'])
  assert.deepEqual(dosagesOf({ dosageInstruction: [7, null, {}], dosage: 'x' }, 'en'), [])
})

test('F19 the end of a dosage is a date, not words', () => {
  const until = (end: Json): Json => ({ timing: { repeat: { boundsPeriod: { end } } } })
  assert.equal(dosageEnd({ dosageInstruction: [until('2026-12-01'), until('2027-01'), until('soon')] }), '2027-01')
  assert.equal(dosageEnd({ dosageInstruction: 7 }), undefined)
})
