import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { text, utf8 } from '@salus/base/bytes'
import { type Category, categories } from '@salus/base/categories'
import type { Json } from '@salus/base/json'
import { needsShared, seededRandom } from '@salus/base/testing'
import fc from 'fast-check'
import { readBundle } from './bundle.ts'
import type { Resource } from './contract.ts'
import { checkIps } from './ips/check.ts'
import { codeOf, type JsonObject, objectOf, objectsOf, textOf } from './ips/json.ts'
import { type SectionKey, sectionRows, sections } from './ips/sections.ts'
import { buildIps, type IpsInput } from './ips.ts'
import { filingOf } from './sort.ts'
import { sampleObservation, samplePatient, syntheaFiles } from './testing.ts'
import { createValidator } from './validate.ts'

const validate = await createValidator()
const named = (value: string) => ({ system: 'urn:oid:1.2.3', value, name: `${value} (sample)` })
const subject = 'Patient/sample-1'
const concept = (words: string) => ({ text: words })

/** Input over `resources`, each filed where the sorting rule says, all from one sender. */
const input = (
  resources: readonly Resource[],
  shared: readonly Category[],
  more: Partial<IpsInput> = {},
): IpsInput => ({
  language: 'en',
  timestamp: '2026-11-21T09:00:00Z',
  resources: resources.map((resource) => ({ resource, filing: filingOf(resource).filing, from: 'saint-roch' })),
  shared,
  subject: { system: 'urn:oid:1.2.3', value: 'handle' },
  device: named('device'),
  organisation: named('cabinet'),
  ...more,
})
const build = (...args: Parameters<typeof input>) => buildIps(input(...args), seededRandom(7))

const resourcesOf = (bundle: Resource) => objectsOf(bundle.entry).map(({ resource }) => resource as Resource)
const typesOf = (bundle: Resource) => resourcesOf(bundle).map(({ resourceType }) => resourceType)
const sectionIn = (bundle: Resource, key: SectionKey): JsonObject | undefined =>
  objectsOf(resourcesOf(bundle)[0]?.section).find(({ code }) => codeOf(code) === sections[key].code)
const wordsIn = (bundle: Resource, key: SectionKey) => textOf(objectOf(sectionIn(bundle, key)?.text)?.div)
const entriesIn = (bundle: Resource, key: SectionKey) => objectsOf(sectionIn(bundle, key)?.entry)
const reasonIn = (bundle: Resource, key: SectionKey) => codeOf(sectionIn(bundle, key)?.emptyReason)

/** The document holds what the rules demand; a fault is told by the checker, the validator, or both. */
function sound(bundle: Resource): void {
  assert.deepEqual(checkIps(bundle), [])
  validate(bundle)
}

const about = { subject: { reference: subject } }
const allergy: Resource = {
  ...{ resourceType: 'AllergyIntolerance', id: 'a', patient: { reference: subject }, code: concept('Peanut') },
  reaction: [{ manifestation: [concept('Hives')] }],
}
const medicine: Resource = {
  ...{ resourceType: 'MedicationStatement', id: 'm', ...about, status: 'active' },
  medicationReference: { reference: 'Medication/x' },
  dosage: [{ text: 'twice a day' }],
}
const drug: Resource = { resourceType: 'Medication', id: 'x', code: concept('Metformin') }
const condition = (id: string, fields: { [element: string]: Json } = {}): Resource => ({
  ...{ resourceType: 'Condition', id, ...about, code: concept(`Condition ${id}`) },
  ...fields,
})
const coded = (system: string, code: string) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
})
const over = { clinicalStatus: coded('condition-clinical', 'resolved') }

test('F16 default: a document, Composition first, then the patient, all that it leads to, device and organisation', () => {
  const { bundle, left } = build([samplePatient(), allergy, medicine, drug], ['allergies', 'medications'])
  sound(bundle)
  const types = ['Composition', 'Patient', 'AllergyIntolerance', 'MedicationStatement', 'Medication']
  assert.deepEqual(typesOf(bundle), [...types, 'Device', 'Organization'])
  assert.deepEqual(left, {})
  const authors = objectsOf(resourcesOf(bundle)[0]?.author).map(({ reference }) => textOf(reference))
  const [, device, organisation] = objectsOf(bundle.entry)
    .map(({ fullUrl }) => textOf(fullUrl))
    .slice(-3)
  assert.deepEqual(authors, [device, organisation])
  assert.ok(objectsOf(bundle.entry).every(({ fullUrl }) => /^urn:uuid:[0-9a-f-]{36}$/.test(textOf(fullUrl))))
})

test('F17 what was not shared says so and holds nothing; what is empty says that, and never that there is nothing', () => {
  const { bundle } = build([samplePatient(), allergy], ['allergies', 'problems'])
  assert.match(wordsIn(bundle, 'allergies'), /<li>Peanut · Hives<\/li>/)
  assert.match(wordsIn(bundle, 'problems'), /None known from what was shared/)
  assert.equal(reasonIn(bundle, 'problems'), 'unavailable')
  for (const key of ['medications', 'immunizations', 'pregnancy', 'directives'] as const) {
    assert.match(wordsIn(bundle, key), /Not shared: /)
    assert.deepEqual([reasonIn(bundle, key), entriesIn(bundle, key)], ['withheld', []])
  }
  assert.match(wordsIn(bundle, 'results'), /Not shared: laboratory results, imaging\./)
  assert.ok(!JSON.stringify(bundle).includes('nilknown'))
})

test('F17 nothing at all shared still gives the three sections that IPS demands, in French too', () => {
  const { bundle } = build([], [], { language: 'fr' })
  sound(bundle)
  for (const [key, { required }] of sectionRows) if (required) assert.match(wordsIn(bundle, key), /Non partagé : /)
  const patient = resourcesOf(bundle)[1]
  assert.equal(textOf(objectsOf(patient?.identifier)[0]?.value), 'handle')
})

test('F17 single records of a part stand there with words that the rest was not shared', () => {
  const { bundle } = build([samplePatient(), sampleObservation('lab', subject), allergy], [])
  sound(bundle)
  assert.match(wordsIn(bundle, 'allergies'), /Only single records were shared of: allergies\./)
  assert.match(
    wordsIn(bundle, 'results'),
    /Only single records were shared of: laboratory results\..*Not shared: imaging/,
  )
  assert.equal(entriesIn(bundle, 'results').length, 1)
})

test('F17 what is over, what warns, and what has no entry of its own: past problems, alerts, words', () => {
  const flag: Resource = { resourceType: 'Flag', id: 'f', ...about, status: 'active', code: concept('Falls') }
  const device: Resource = {
    resourceType: 'Device',
    id: 'd',
    patient: { reference: subject },
    type: concept('Pacemaker'),
  }
  const ended = condition('ended', { abatementDateTime: '2019' })
  const all = [samplePatient(), condition('now'), condition('then', over), ended, flag, device]
  const { bundle, left } = build(all, ['problems', 'devices'])
  sound(bundle)
  assert.deepEqual(
    (['problems', 'past', 'alerts', 'devices'] as const).map((key) => entriesIn(bundle, key).length),
    [1, 2, 1, 0],
  )
  assert.match(wordsIn(bundle, 'past'), /Condition then · over/)
  assert.match(wordsIn(bundle, 'devices'), /Also filed here:<\/p><ul><li>Pacemaker/)
  assert.deepEqual(left, {})
})

test('F16 mistakes, visits and papers have no place; they are counted', () => {
  const wrong = condition('wrong', { verificationStatus: coded('condition-ver-status', 'entered-in-error') })
  const visit: Resource = { resourceType: 'Encounter', id: 'e', status: 'finished', class: { code: 'AMB' } }
  const { bundle, left } = build([samplePatient(), wrong, visit], [...categories])
  sound(bundle)
  assert.deepEqual(left, { Condition: 1, Encounter: 1 })
})

test('F16 no reference dangles: unshared targets become words, contained ones and web addresses stay', () => {
  const observation = sampleObservation('o', subject, {
    encounter: { reference: 'Encounter/unshared' },
    performer: [
      { reference: 'Practitioner/unshared', display: 'Dr Sample' },
      { reference: '#lab' },
      { reference: '#no' },
    ],
    focus: [{ reference: 'https://elsewhere.example/Device/1' }, { reference: 'Composition/c' }],
    contained: [{ resourceType: 'Organization', id: 'lab', name: 'Lab (sample)' }],
  })
  const letter: Resource = { resourceType: 'Composition', id: 'c' }
  const { bundle } = build([samplePatient(), observation, letter], ['results'])
  sound(bundle)
  const written = resourcesOf(bundle).find(({ resourceType }) => resourceType === 'Observation')
  assert.deepEqual(written?.encounter, { display: 'not part of this summary' })
  const display = 'not part of this summary'
  assert.deepEqual(written?.performer, [{ display: 'Dr Sample' }, { reference: '#lab' }, { display }])
  const [web, composition] = objectsOf(written?.focus)
  assert.deepEqual([web?.reference, composition?.reference], ['https://elsewhere.example/Device/1', undefined])
})

test('F16 each sender’s names are its own; two Patients of one person are one', () => {
  const from = (sender: string, ...resources: Resource[]) =>
    resources.map((resource) => ({ resource, from: sender, filing: filingOf(resource).filing }))
  const drugs = [drug, { ...drug, code: concept('Aspirin') }]
  const resources = [
    ...from('saint-roch', samplePatient(), medicine, drugs[0] as Resource),
    ...from('cabinet', samplePatient({ gender: 'unknown' }), medicine, drugs[1] as Resource),
    ...from('third', { ...medicine, id: 'n' }),
  ]
  const { bundle } = build([], ['medications'], { resources })
  sound(bundle)
  const lines = [...wordsIn(bundle, 'medications').matchAll(/<li>([^ <]*)/g)].map(([, name]) => name)
  assert.deepEqual(lines, ['Metformin', 'Aspirin', 'MedicationStatement'])
})

test('F17 a record cannot write into the page: names are escaped, its own narrative goes along only if it is one', () => {
  const div = (inner: string) => ({
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`,
  })
  const evil = { ...allergy, code: concept('<script>alert(1)</script>'), text: div('<script>x</script>') }
  const { bundle } = build([samplePatient({ text: div('Ada') }), evil], ['allergies'])
  sound(bundle)
  assert.match(wordsIn(bundle, 'allergies'), /&lt;script&gt;alert/)
  assert.ok(!JSON.stringify(bundle).includes('<script>x'))
  assert.deepEqual(resourcesOf(bundle)[1]?.text, div('Ada'))
})

test('F6 decimals keep their digits, in the entries and in the words', () => {
  const observation = sampleObservation('o', subject, { valueQuantity: { value: 7, unit: 'mmol/L' } })
  const bytes = utf8(JSON.stringify(observation).replace('"value":7', '"value":7.0'))
  const resources = [{ resource: bytes, filing: 'results', from: 'x' }]
  const built = build([], ['results'], { resources })
  assert.match(text(built.bytes), /"value":7\.0,"unit"/)
  assert.match(wordsIn(built.bundle, 'results'), /718-7: 7\.0 mmol\/L/)
})

/** JSON whose names and words are those that code trips over: what an object inherits, what a reference looks like. */
const names = [
  ...[
    'toString',
    'valueOf',
    'toJSON',
    'constructor',
    'hasOwnProperty',
    'length',
    'reference',
    'resourceType',
    'coding',
  ],
  ...[
    'text',
    'div',
    'display',
    'id',
    'value',
    'unit',
    'status',
    'system',
    'code',
    'url',
    'extension',
    'start',
    '0',
    '',
  ],
]
const said = ['', ' ', 'x', '#', '#x', 'Patient/x', 'urn:uuid:x', 'http://a/b', 'https://a/b/Patient/x', '2020', 'null']
const { odd } = fc.letrec<{ odd: Json }>((tie) => ({
  odd: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...said),
    fc.constantFrom(0, -0, 1e21, 5e-324, 1.5, null, true, false),
    fc.array(tie('odd'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('odd'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

test('F16 an id that is no text names nothing; who an entry is about is the document’s subject, wherever else it points', () => {
  const about = (id: string, reference: string, more: object = {}): Resource => ({
    ...sampleObservation(id, subject, more as never),
    subject: { reference },
  })
  const observations = [
    about('o', 'http://a/b'),
    about('p', 'https://saint-roch.example/fhir/Patient/1'),
    about('q', '#', { contained: [{}] }),
    { ...about('r', subject), id: [{ toString: 'x' }] } as unknown as Resource,
  ]
  const { bundle } = build([samplePatient(), ...observations], ['results'])
  assert.deepEqual(checkIps(bundle), [])
  const written = resourcesOf(bundle).filter(({ resourceType }) => resourceType === 'Observation')
  const [elsewhere, served, itself, nameless] = written.map((one) => objectOf(one.subject))
  const outside = { display: 'not part of this summary' }
  assert.deepEqual([elsewhere, itself], [outside, outside])
  const patient = objectsOf(bundle.entry).find(({ resource }) => objectOf(resource)?.resourceType === 'Patient')
  assert.deepEqual([served?.reference, nameless?.reference], [patient?.fullUrl, patient?.fullUrl])
})

test('F16 whatever a resource holds, a document is made', () => {
  const types = fc.constantFrom('Patient', 'AllergyIntolerance', 'Observation', 'Device', 'Composition', 'Flag', 'Odd')
  const elements = ['id', 'code', 'subject', 'text', 'status', 'component', 'valueQuantity', 'contained', 'effective']
  const resource = fc
    .tuple(
      types,
      fc.dictionary(fc.constantFrom(...elements), fc.oneof(odd, fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>)),
    )
    .map(([resourceType, rest]) => ({ ...rest, resourceType }) as Resource)
  fc.assert(
    fc.property(fc.array(resource, { maxLength: 6 }), fc.subarray([...categories]), (resources, shared) => {
      assert.deepEqual(
        checkIps(build(resources, shared).bundle).filter(({ fault }) => fault !== 'dangling'),
        [],
      )
    }),
  )
})

test('F16 the same input and randomness give the same bytes', () => {
  const once = () => build([samplePatient(), allergy, medicine, drug], ['allergies']).bytes
  assert.deepEqual(once(), once())
})

test(
  'F16 whatever is shared of a whole record, the document is sound and holds no more',
  needsShared('vectors/synthea'),
  () => {
    const records = syntheaFiles()
      .slice(0, 6)
      .map((file) => readBundle(gunzipSync(readFileSync(file))))
    const summarised = new Set<string>(sectionRows.flatMap(([, { from }]) => from))
    fc.assert(
      fc.property(
        fc.constantFrom(...records),
        fc.subarray([...categories]),
        fc.constantFrom('en', 'fr'),
        (all, shared, language) => {
          const given = all.filter(({ filing }) => filing === 'people' || (shared as string[]).includes(filing))
          const resources = given.map(({ bytes, filing }) => ({ resource: bytes, filing, from: 'saint-roch' }))
          const { bundle, left } = build([], shared, { resources, language: language as 'en' })
          assert.deepEqual(checkIps(bundle), [])
          for (const [key, { from, aside }] of sectionRows) {
            if (from.length === 0 || aside || from.some((one) => shared.includes(one as never))) continue
            assert.deepEqual([reasonIn(bundle, key), entriesIn(bundle, key)], ['withheld', []])
          }
          // Nothing of a summary's categories is left out but the mistakes.
          const counted = Object.values(left).reduce((sum, one) => sum + one, 0)
          assert.ok(counted <= given.filter(({ filing }) => !summarised.has(filing)).length)
        },
      ),
      { numRuns: 30 },
    )
  },
)

test('F14 F16 summaries of whole records are valid R4', needsShared('vectors/synthea'), () => {
  for (const file of syntheaFiles().slice(0, 4)) {
    const all = readBundle(gunzipSync(readFileSync(file)))
    const resources = all.map(({ bytes, filing }) => ({ resource: bytes, filing, from: 'saint-roch' }))
    validate(build([], [...categories], { resources }).bundle)
  }
})
