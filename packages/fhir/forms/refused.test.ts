import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import type { FormName } from '../forms.ts'
import { MAX_UPLOAD } from './papers.ts'
import { fill, full, names, now, pdf } from './samples.ts'
import type { Context } from './types.ts'

const refusal = (name: FormName, input: object, more: Partial<Context> = {}): string => {
  try {
    fill(name, { ...full[name][0], ...input }, more)
  } catch (error) {
    assert.ok(isAppError(error))
    assert.equal(error.code, 'form-incomplete')
    return `${error.facts.at} ${error.facts.problem}`
  }
  return 'taken'
}

test('F25 what is missing, no number, no date or no file is refused with the name of its field', () => {
  const big = { bytes: new Uint8Array(MAX_UPLOAD + 1), contentType: 'application/pdf' }
  const cases: readonly (readonly [FormName, object, string])[] = [
    ['visitNote', { note: ' \n' }, 'note missing'],
    ['prescription', { medication: '' }, 'medication missing'],
    ['prescription', { medication: { text: ' ' } }, 'medication missing'],
    ['prescription', { dosage: '', dose: '' }, 'dosage missing'],
    ['prescription', { dosage: '', times: '' }, 'times missing'],
    ['prescription', { quantity: 'many' }, 'quantity not-a-number'],
    ['prescription', { refills: '1.5' }, 'refills not-a-number'],
    ['prescription', { refills: -1 }, 'refills out-of-range'],
    ['prescription', { validUntil: '2026-01-01' }, 'validUntil before-start'],
    ['diagnosis', { onset: '12/05/2019' }, 'onset not-a-date'],
    ['diagnosis', { onset: '2019-02-30' }, 'onset not-a-date'],
    ['diagnosis', { onset: '2019-13' }, 'onset not-a-date'],
    ['diagnosis', { onset: '2031' }, 'onset later-than-now'],
    ['diagnosis', { ended: '2018' }, 'ended before-start'],
    ['diagnosis', { severity: 'awful' }, 'severity not-in-list'],
    ['carePlan', { title: '' }, 'title missing'],
    ['allergy', { reaction: '' }, 'reaction missing'],
    ['allergy', { criticality: 'constructor' }, 'criticality not-in-list'],
    ['result', { value: '' }, 'value missing'],
    ['result', { value: '1e5' }, 'value not-a-number'],
    ['result', { value: '<' }, 'value missing'],
    ['result', { value: Number.NaN }, 'value not-a-number'],
    ['result', { low: '9' }, 'high out-of-range'],
    ['result', { date: '2026-11-20T10:00' }, 'date not-a-date'],
    ['procedure', { until: '2019-01-01' }, 'until before-start'],
    ['immunization', { dose: '0' }, 'dose out-of-range'],
    ['immunization', { expires: now }, 'expires not-a-date'],
    ['document', { title: '' }, 'title missing'],
    ['document', { file: undefined, text: '' }, 'file missing'],
    ['document', { file: { ...pdf, contentType: '' } }, 'file no-type'],
    ['document', { file: { ...pdf, contentType: 'pdf' } }, 'file no-type'],
    ['document', { file: { ...pdf, bytes: new Uint8Array() } }, 'file missing'],
    ['document', { file: { base64: 'a-b', contentType: 'image/png' } }, 'file damaged'],
    ['document', { file: big }, 'file too-large'],
    ['testOrder', { test: 'x'.repeat(1001) }, 'test too-long'],
    ['testOrder', { priority: 'now' }, 'priority not-in-list'],
    ['dispense', { quantity: '' }, 'quantity missing'],
    ['homeReading', { reading: 'mood' }, 'reading not-in-list'],
    ['homeReading', { value: '1280' }, 'value out-of-range'],
    ['homeReading', { lower: undefined }, 'lower missing'],
    ['homeReading', { lower: '130' }, 'lower out-of-range'],
  ]
  for (const [name, input, said] of cases) assert.equal(refusal(name, input), said, name)
  assert.equal(refusal('diagnosis', {}, { id: 'no id' }), 'id damaged')
  assert.equal(refusal('diagnosis', {}, { patient: {} }), 'patient missing')
  assert.equal(refusal('diagnosis', {}, { now: '2026-11-21' }), 'now not-a-date')
  assert.equal(refusal('diagnosis', {}), 'taken')
})

test('F25 no refusal holds what was typed', () => {
  for (const name of names) {
    for (const [field, value] of Object.entries(full[name][0])) {
      if (field === 'file') continue
      try {
        fill(name, { ...full[name][0], [field]: Array.isArray(value) ? ['Zyxwv Zyxwv'] : 'Zyxwv Zyxwv' })
      } catch (error) {
        assert.ok(isAppError(error), `${name} ${field}`)
        assert.ok(!`${JSON.stringify(error.facts)}${error.stack}`.includes('Zyxwv'), field)
      }
    }
  }
})
