import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64, text } from '@salus/base/bytes'
import type { Json } from '@salus/base/json'
import fc from 'fast-check'
import type { Resource } from './contract.ts'
import { resourceOf } from './exact.ts'
import {
  administrativePapers,
  allergens,
  examinations,
  papers,
  pickOf,
  readings,
  tests,
  vaccines,
} from './forms/choices.ts'
import { MAX_UPLOAD } from './forms/papers.ts'
import { context, fill, full, names, pdf } from './forms/samples.ts'
import type { Context, Written } from './forms/types.ts'
import { type FormInput, type FormName, forms } from './forms.ts'
import { filingOf } from './sort.ts'
import { createValidator } from './validate.ts'
import { seriesOf } from './view/series.ts'
import { searchable, viewOf } from './view.ts'

const validate = await createValidator()

test('F23 every form gives a valid resource that is filed and read back with the words put in', () => {
  for (const name of names) {
    const [input, filing, kind, words] = full[name]
    const made = fill(name, input)
    validate(made.resource)
    assert.deepEqual([made.filing, filingOf(made.resource).filing, made.resource.id], [filing, filing, 'form-1'], name)
    const view = viewOf(resourceOf(made.fhir) as Resource, 'en')
    assert.equal(view.kind, kind, name)
    assert.deepEqual(structuredClone(made), made, name)
    const shown = JSON.stringify([
      view.title,
      view.note,
      view.status?.text,
      view.facts,
      view.attachments,
      Object.values(view),
    ])
    for (const word of words)
      assert.ok(shown.includes(JSON.stringify(word).slice(1, -1)), `${name}: ${word} in ${shown}`)
  }
})

test('F23 the least that a form needs is enough', () => {
  const least: { [Name in FormName]: FormInput<Name> } = {
    ...{ visitNote: { note: 'x' }, prescription: { medication: 'x', dose: 1, times: 2 }, diagnosis: { problem: 'x' } },
    ...{ carePlan: { title: 'x' }, allergy: { substance: 'x' }, result: { test: 'x', words: 'positive' } },
    ...{ procedure: { procedure: 'x' }, immunization: { vaccine: 'x' }, document: { title: 'x', text: 'y' } },
    ...{
      administrative: { title: 'x', text: 'y' },
      testOrder: { test: 'x' },
      dispense: { medication: 'x', quantity: 1 },
    },
    homeReading: { reading: 'weight', value: 70 },
  }
  for (const name of names) {
    for (const more of [{}, { selfReported: true }]) {
      const { author: _, ...alone } = context
      for (const who of [context, alone]) {
        const { resource } = (forms[name] as (input: unknown, context: Context) => Written)(least[name], {
          ...who,
          ...more,
        })
        validate(resource)
        assert.equal(viewOf(resource, 'fr').selfReported, name === 'homeReading' || 'selfReported' in more, name)
      }
    }
  }
})

test('F23 what the patient says is tagged and not confirmed', () => {
  const says = (name: FormName) => fill(name, full[name][0], { selfReported: true }).resource
  const tag = says('allergy').meta as { tag: Json }
  assert.deepEqual(tag.tag, [
    {
      system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
      code: 'PATAST',
      display: 'patient asserted',
    },
  ])
  assert.ok(JSON.stringify(says('allergy').verificationStatus).includes('unconfirmed'))
  const unsure = forms.diagnosis({ problem: 'x' }, { ...context, selfReported: true }).resource
  assert.ok(JSON.stringify(unsure.verificationStatus).includes('unconfirmed'))
  assert.equal(says('immunization').primarySource, false)
  assert.equal(viewOf(fill('allergy', full.allergy[0]).resource, 'en').selfReported, false)
})

/** Every text of an input, replaced. */
function textsAs(value: unknown, text: string, keep: ReadonlySet<string>, key = ''): unknown {
  if (typeof value === 'string') return keep.has(key) ? value : text
  if (Array.isArray(value)) return value.map((one) => textsAs(one, text, keep, key))
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, textsAs(one, text, keep, name)]))
}
/** Fields that are numbers, dates, or of a closed list: no text gets in there (the next test but one). */
const closed = new Set(
  (
    'kind dose times days quantity refills validFrom validUntil certainty severity onset date until from criticality ' +
    'category value low high expires priority reading lower contentType reference'
  ).split(' '),
)

test('F24 a script in every text of a form stays text, in the resource, its narrative and its card', () => {
  const script = '<script>alert(1)</script>'
  for (const name of names) {
    const { resource, fhir } = fill(name, textsAs(full[name][0], script, closed))
    validate(resource)
    const view = viewOf(resource, 'en')
    assert.ok(searchable(view).includes(script), name)
    assert.ok(view.title === script || view.note === script || view.facts.some((one) => one.text === script), name)
    const div = (resource.text as { div?: string } | undefined)?.div ?? ''
    assert.ok(!div.includes('<script'), name)
    assert.ok(name === 'visitNote' ? div.includes('&lt;script&gt;') : fhir.includes(script), name)
  }
})

test('F24 any text comes back as it was typed, white space and control characters aside', () => {
  const spaced = (one: string) =>
    one
      .toWellFormed()
      .replace(/\p{Cc}/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim()
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (typed) => {
      fc.pre(spaced(typed) !== '')
      const { resource } = fill('diagnosis', { problem: typed, note: typed })
      validate(resource)
      const view = viewOf(resource, 'en')
      assert.equal(view.title, spaced(typed))
      assert.equal(spaced(view.note ?? ''), spaced(typed))
    }),
    { numRuns: 60 },
  )
  const half = fill('diagnosis', { problem: 'a\ud800b' })
  assert.equal(resourceOf(half.fhir) === undefined, false, 'half a letter would make the record unreadable')
})

test('F26 numbers keep the digits as typed, with a comma, a bound or a leading zero', () => {
  const digits = (value: string | number) => {
    const { fhir } = fill('result', { test: 'LDL', value, unit: 'mmol/L' })
    const view = viewOf(resourceOf(fhir) as Resource, 'en')
    return view.kind === 'result' ? `${view.value} ${view.number}` : ''
  }
  assert.equal(digits('5,0'), '5.0 mmol/L 5')
  assert.equal(digits('5.00'), '5.00 mmol/L 5')
  assert.equal(digits('< 0,50'), '<0.50 mmol/L 0.5')
  assert.equal(digits('≥7'), '>=7 mmol/L 7')
  assert.equal(digits('007'), '7 mmol/L 7')
  assert.equal(digits('.5'), '0.5 mmol/L 0.5')
  assert.equal(digits('-0'), '0 mmol/L 0')
  assert.equal(digits(-1.25), '-1.25 mmol/L -1.25')
})

test('F26 a file comes back byte for byte, and the largest one still fits into a record', () => {
  const view = viewOf(fill('document', full.document[0]).resource, 'en')
  assert.deepEqual(
    view.attachments.map(({ contentType, title, size }) => [contentType, title, size]),
    [
      ['application/pdf', 'letter.pdf', pdf.bytes.length],
      ['text/plain', 'Letter', 9],
    ],
  )
  assert.deepEqual(fromBase64(view.attachments[0]?.data ?? ''), pdf.bytes)
  assert.equal(text(fromBase64(view.attachments[1]?.data ?? '')), 'Beside it')
  assert.equal(view.date, '2024-03-02')
  // base64 in FHIR, base64url in the signature, base64url in the seal; 64 kB for all else.
  const letters = [1, 2, 3].reduce((size) => Math.ceil((size * 4) / 3), MAX_UPLOAD + 64 * 1024)
  assert.ok(letters < 24 * 1024 * 1024)
})

test('F27 every choice fills its form, in both languages, with its code', () => {
  const codeIn = (resource: Resource) => JSON.stringify(resource)
  const all = [
    ...Object.values(allergens).flatMap((list) => list.map((one) => ['allergy', 'substance', one] as const)),
    ...tests.map((one) => ['testOrder', 'test', one] as const),
    ...examinations.map((one) => ['testOrder', 'test', one] as const),
    ...vaccines.map((one) => ['immunization', 'vaccine', one] as const),
    ...[...papers, ...administrativePapers].map((one) => ['document', 'kind', one] as const),
  ]
  assert.ok(all.length > 70)
  for (const [name, field, choice] of all) {
    for (const language of ['en', 'fr'] as const) {
      const { resource } = fill(name, { ...full[name][0], [field]: pickOf(choice, language) }, { language })
      validate(resource)
      assert.ok(codeIn(resource).includes(JSON.stringify(choice[language])), choice.en)
      if (choice.code) assert.ok(codeIn(resource).includes(`"${choice.code}"`), choice.en)
    }
  }
  for (const choice of administrativePapers) {
    const kind = pickOf(choice, 'fr')
    assert.equal(fill('document', { ...full.document[0], kind }).filing, 'administrative')
    assert.equal(fill('administrative', { ...full.document[0], kind }).resource.type !== undefined, true)
  }
  assert.equal(fill('administrative', { ...full.document[0], kind: 'Tax form' }).filing, 'administrative')
})

test('F27 every test has a UCUM unit and every reading makes a curve', () => {
  for (const one of tests) {
    const { resource } = fill('result', {
      test: pickOf(one, 'en'),
      value: '1',
      unit: one.unit,
      low: one.low,
      high: one.high,
    })
    validate(resource)
    assert.equal((resource.valueQuantity as { code?: string }).code, one.unit)
  }
  for (const { key, least, most, fr } of readings) {
    const input = { reading: key, value: most, lower: least }
    const { resource, filing } = fill('homeReading', input, { language: 'fr' })
    validate(resource)
    assert.deepEqual([filing, viewOf(resource, 'fr').title], ['vitals', fr])
    assert.equal(seriesOf([resource], 'fr').length, key === 'blood-pressure' ? 2 : 1)
  }
})
