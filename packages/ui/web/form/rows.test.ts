import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import { type FormName, forms } from '@salus/fhir/forms'
import type { Context, FormProblem } from '@salus/fhir/forms/types'
import { languages } from '../../language.ts'
import { problemWords } from './problems.ts'
import { dateOf, inputOf, type Row, shownOf, shownRows, tooLarge, typeOf, type Value, type Values } from './row.ts'
import { formRows, formWords } from './rows.ts'

const names = Object.keys(formRows) as FormName[]
const context: Context = {
  ...{ id: 'sample', now: '2026-11-21T09:00:00Z', author: { display: 'Dr Sample (sample)' } },
  patient: { display: 'Ada Sample (sample)' },
}
const pdf = () => new File(['%PDF-1.7 sample'], 'letter.pdf', { type: '' })

/** Something that the row's kind takes, as a person would type it. */
function typed(row: Row, values: Values): Value {
  switch (row.kind) {
    case 'number':
      return row.at === 'lower' ? '60' : '70'
    case 'yes':
      return true
    case 'file':
      return pdf()
    case 'select':
      return row.start ?? Object.keys(row.options)[0]
    case 'pick':
      return row.choices(values)[0] ? shownOf(row.choices(values)[0] as never, 'en') : 'Something'
    case 'day':
      return '2026-10-01'
    case 'when':
      return '05/2019'
    case 'moment':
      return '2026-10-01T08:00'
    case 'list':
      return 'One\nTwo'
    default:
      return 'Something'
  }
}

const fits = (row: Row): Value => {
  const special: Record<string, string> = {
    until: '2026-10-02',
    ended: '2020',
    times: '2',
    dose: '1',
    low: '1',
    high: '99',
  }
  return Object.hasOwn(special, row.at) ? special[row.at] : typed(row, {})
}

const write = (name: FormName, input: object) =>
  (forms[name] as (input: object, context: Context) => { resource: { resourceType: string } })(input, context)

test('U6 every form is named, and each of its rows stands once, with words in both languages', () => {
  assert.deepEqual(Object.keys(forms).sort(), [...names].sort())
  for (const name of names) {
    const rows = formRows[name]
    assert.equal(new Set(rows.map((one) => one.at)).size, rows.length, name)
    for (const language of languages) {
      assert.ok(formWords[name][language].length > 0)
      for (const { label, help } of rows) {
        const words = typeof label === 'function' ? label({}) : label
        assert.ok(words[language].length > 0 && help?.[language] !== '', name)
      }
    }
  }
})

test('U6 filled as its rows ask, every form gives a resource that holds what was typed', async () => {
  for (const name of names) {
    const values = Object.fromEntries(formRows[name].map((row) => [row.at, fits(row)]))
    const input = await inputOf(formRows[name], values, 'en')
    const shown = shownRows(formRows[name], values).map((one) => one.at)
    assert.deepEqual(Object.keys(input).sort(), [...shown].sort(), name)
    assert.ok(write(name, input).resource.resourceType, name)
  }
})

test('U6 what a form must have is what its rows say it must have', async () => {
  for (const name of names) {
    const must = formRows[name].filter((one) => one.must && one.when === undefined)
    assert.ok(must.length > 0, name)
    for (const left of must) {
      const values = Object.fromEntries(formRows[name].filter((one) => one !== left).map((row) => [row.at, fits(row)]))
      const input = await inputOf(formRows[name], values, 'en')
      assert.throws(
        () => write(name, input),
        (error) => isAppError(error) && error.code === 'form-incomplete' && error.facts.at === left.at,
        `${name}.${left.at}`,
      )
    }
  }
})

test('U7 a choice brings its code in the language it was chosen in, other words stay words, what is empty is not there', async () => {
  const rows = formRows.allergy
  const coding = { system: 'http://snomed.info/sct', code: '91935009' }
  assert.deepEqual(await inputOf(rows, { substance: 'Peanuts', category: 'food', reaction: ' ' }, 'en'), {
    ...{ category: 'food', substance: { text: 'Peanuts', coding } },
  })
  assert.deepEqual(await inputOf(rows, { substance: 'Arachide' }, 'fr'), { substance: { text: 'Arachide', coding } })
  assert.deepEqual(await inputOf(rows, { substance: 'Grandma’s pie' }, 'en'), { substance: 'Grandma’s pie' })
})

test('U7 two tests of one name are told apart by their unit, and fill in unit and range', async () => {
  const [row] = formRows.result
  assert.ok(row?.kind === 'pick')
  const glucose = row.choices({}).filter((one) => one.en === 'Glucose')
  assert.deepEqual(
    glucose.map((one) => shownOf(one, 'en')),
    ['Glucose (mg/dL)', 'Glucose (mmol/L)'],
  )
  assert.deepEqual(glucose[1]?.fills, { unit: 'mmol/L', low: '3.9', high: '5.5' })
  const input = await inputOf(formRows.result, { test: 'Glucose (mmol/L)', value: '5,60' }, 'en')
  const system = 'http://loinc.org'
  assert.deepEqual(input, { test: { text: 'Glucose', coding: { system, code: '14749-6' } }, value: '5,60' })
})

test('U7 a second value is asked for and sent only where a reading has two', async () => {
  const values = { reading: 'blood-pressure', value: '128', lower: '81' }
  assert.deepEqual(await inputOf(formRows.homeReading, values, 'en'), values)
  const weight = { ...values, reading: 'weight' }
  assert.deepEqual(await inputOf(formRows.homeReading, weight, 'en'), { reading: 'weight', value: '128' })
})

test('U7 dates as people write them here become FHIR’s; anything else stays as it was typed', () => {
  const written = { '2019': '2019', '5/2019': '2019-05', '21/05/2019': '2019-05-21', '1.2.2020': '2020-02-01' }
  for (const [typed, date] of Object.entries(written)) assert.equal(dateOf(typed), date)
  for (const typed of ['2019-05', '2019-05-21', 'last May', '31/31/2019x', '5/19']) assert.equal(dateOf(typed), typed)
})

test('U8 a file’s type is told by its first bytes, whatever the browser made of its name', async () => {
  const dicom = new Uint8Array(200)
  dicom.set([0x44, 0x49, 0x43, 0x4d], 128)
  assert.equal(typeOf(dicom, ''), 'application/dicom')
  assert.equal(typeOf(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), 'text/html'), 'image/jpeg')
  assert.equal(typeOf(Uint8Array.of(0x89, 0x50, 0x4e, 0x47), ''), 'image/png')
  assert.equal(typeOf(Uint8Array.of(1, 2), 'text/plain'), 'text/plain')
  const input = await inputOf(formRows.document, { title: 'Letter', file: pdf() }, 'en')
  const file = (input as { file: { contentType: string; name: string } }).file
  assert.deepEqual([file.contentType, file.name], ['application/pdf', 'letter.pdf'])
})

test('U8 a file that is too large is refused before it is read', () => {
  const large = new File([], 'scan.pdf')
  Object.defineProperty(large, 'size', { value: 10 * 1024 * 1024 + 1 })
  assert.deepEqual(tooLarge(formRows.document, { file: large }), { at: 'file', problem: 'too-large' })
  assert.equal(tooLarge(formRows.document, { file: pdf() }), undefined)
  assert.equal(tooLarge(formRows.allergy, {}), undefined)
})

test('U9 every problem of a field has its own sentence, and one that nobody knows has one too', () => {
  const all: readonly FormProblem[] = [
    ...(['missing', 'too-long', 'not-a-number', 'out-of-range', 'not-a-date', 'later-than-now'] as const),
    ...(['before-start', 'not-in-list', 'no-type', 'too-large', 'damaged'] as const),
  ]
  assert.equal(new Set(all.map((one) => problemWords(one).en)).size, all.length)
  for (const one of [...all, 'constructor']) assert.match(problemWords(one).fr, /\.$/)
})
