import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { text } from '@salus/base/bytes'
import type { Json } from '@salus/base/json'
import { needsShared, sharedFolder } from '@salus/base/testing'
import fc from 'fast-check'
import type { Resource } from './contract.ts'
import { isRaw, resourceOf } from './exact.ts'
import { readFhirFile } from './file.ts'
import { sampleObservation, syntheaFiles } from './testing.ts'
import { homes } from './types.ts'
import { folded } from './view/fold.ts'
import type { View } from './view/types.ts'
import { searchable, viewOf } from './view.ts'

const coded = (system: string, code: string, text?: string): Json => ({
  coding: [{ system, code }],
  ...(text === undefined ? {} : { text }),
})
const concept = (text: string): Json => ({ text })
const resource = (resourceType: string, fields: { [element: string]: Json }): Resource => ({ resourceType, ...fields })
const result = (fields: { [element: string]: Json }) => {
  const view = viewOf(sampleObservation('o', 'Patient/p', fields), 'en')
  return view.kind === 'result' ? view : assert.fail(view.kind)
}
const fact = (view: View, label: string) => view.facts.filter((one) => one.label === label).map((one) => one.text)

/** Plain data, and nothing that a screen could take for more than text. */
function sound(view: View): void {
  assert.deepEqual(structuredClone(view), view)
  assert.ok(view.title !== '' && view.label !== '')
  assert.ok(view.date === undefined || !Number.isNaN(Date.parse(view.date)))
  for (const { label, text, date } of view.facts) {
    assert.ok(label !== '' && text !== '' && (date === undefined || !Number.isNaN(Date.parse(date))))
  }
  for (const { url, data } of view.attachments) {
    assert.ok(url === undefined || /^(https?:|urn:|[A-Za-z0-9#._~/-]+$)/i.test(url))
    assert.ok(data === undefined || /^[A-Za-z0-9+/]+={0,2}$/.test(data))
  }
  searchable(view)
}

/** Every distinct shape of the sample patients, a few of each type, numbers as their senders wrote them. */
async function shapes(): Promise<Resource[]> {
  const seen = new Map<string, Resource>()
  for (const file of syntheaFiles().slice(0, 8)) {
    for await (const { resource, bytes } of readFhirFile(file)) {
      seen.set(Object.keys(resource).join(), resourceOf(text(bytes)) as Resource)
    }
  }
  return [...seen.values()]
}

/** The tree with one place, chosen by `path`, replaced. */
function planted(tree: Json, path: readonly number[], value: Json): Json {
  if (path.length === 0 || tree === null || typeof tree !== 'object' || isRaw(tree)) return value
  const keys = Object.keys(tree)
  const key = keys[(path[0] ?? 0) % Math.max(1, keys.length)]
  if (key === undefined) return value
  const child = planted((tree as { [key: string]: Json })[key] ?? null, path.slice(1), value)
  if (Array.isArray(tree)) return tree.map((one, n) => (String(n) === key ? child : one))
  return { ...tree, [key]: child }
}

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json[]>(
    'constructor',
    '__proto__',
    '<script>alert(1)</script>',
    '2020-13-45',
    -0,
    [],
    {},
    [[]],
    [null],
  ),
  fc.constantFrom<Json[]>(
    { reference: '#' },
    { coding: [{ code: 'toString' }] },
    { value: '1', code: '{x}' },
    'javascript:1',
  ),
)

test(
  'F19 no mutation of a real resource makes reading it fail, in either language',
  needsShared('vectors/synthea'),
  async () => {
    const real = await shapes()
    assert.ok(real.length > 30)
    for (const one of real) sound(viewOf(one, 'en'))
    const place = fc.array(fc.nat(40), { minLength: 1, maxLength: 7 })
    const places = fc.array(fc.tuple(place, junk), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.constantFrom(...real), places, fc.constantFrom('en', 'fr'), (one, faults, language) => {
        const mutated = faults.reduce<Json>((tree, [path, value]) => planted(tree, path, value), one)
        sound(viewOf(mutated as Resource, language))
      }),
      { numRuns: 3000 },
    )
  },
)

/** Names of elements that some card reads. */
const elements = (
  'code status category subject text meta note component referenceRange interpretation valueQuantity content reaction ' +
  'medicationCodeableConcept dosageInstruction dispenseRequest activity goal contained period class series section name'
).split(' ')

test('F19 any JSON under any type is read without failing', () => {
  const fields = fc.dictionary(fc.constantFrom(...elements), junk) as fc.Arbitrary<{ [element: string]: Json }>
  const types = fc.oneof(fc.constantFrom(...homes.keys()), junk)
  fc.assert(
    fc.property(types, fields, fc.constantFrom('en', 'fr'), (resourceType, rest, language) =>
      sound(viewOf({ ...rest, resourceType } as Resource, language)),
    ),
    { numRuns: 2000 },
  )
  for (const odd of [null, 7, 'x', [], undefined]) sound(viewOf(odd as unknown as Resource, 'fr'))
})

test('F19 every type of R4 has a card, and only what has no words of its own is `other`', () => {
  const kinds = [...homes.keys()].map((type) => viewOf({ resourceType: type }, 'en').kind)
  assert.equal(new Set(kinds).size, 17)
  assert.equal(viewOf({ resourceType: 'Nonsense' }, 'en').title, 'Nonsense')
  assert.equal(viewOf({ resourceType: 'MedicationRequest' }, 'fr').title, 'Ordonnance')
})

test('F19 the 40 published examples are read with a name of their own', needsShared('vectors/ips'), () => {
  const folder = join(sharedFolder('vectors/ips') as string, 'examples')
  const nameless = readdirSync(folder).flatMap((name) => {
    const read = viewOf(resourceOf(readFileSync(join(folder, name), 'utf8')) as Resource, 'en')
    sound(read)
    return read.title === read.label || read.title === read.type ? [name.replace(/-.*/, '')] : []
  })
  // A bundle, a picture without words, a use of a device elsewhere and a role of somebody elsewhere.
  const expected = ['Bundle', 'Bundle', 'Bundle', 'Bundle', 'DeviceUseStatement', 'Media', 'PractitionerRole']
  assert.deepEqual(nameless, expected)
})

test('F19 a prescription says what, how, how much, how long and who', () => {
  const view = viewOf(
    resource('MedicationRequest', {
      ...{ status: 'active', medicationReference: { reference: '#m' }, authoredOn: '2026-11-20', id: 'r' },
      contained: [{ resourceType: 'Medication', id: 'm', code: concept('Amoxicillin') }],
      requester: { reference: 'Practitioner/d' },
      dosageInstruction: [{ text: 'One at night' }],
      dispenseRequest: {
        ...{ quantity: { value: 14, unit: 'capsules' }, numberOfRepeatsAllowed: 2 },
        validityPeriod: { start: '2026-11-20', end: '2027-02-20' },
      },
    }),
    'fr',
    (reference) =>
      reference === 'Practitioner/d'
        ? resource('Practitioner', { name: [{ given: ['Eva'], family: 'Sample' }] })
        : undefined,
  )
  assert.ok(view.kind === 'prescription')
  assert.deepEqual(
    [view.title, view.dosage, view.quantity, view.refills, view.prescriber, view.date, view.status?.text],
    ['Amoxicillin', ['One at night'], '14 capsules', 2, 'Eva Sample', '2026-11-20', 'actif'],
  )
  assert.deepEqual(view.validity, { start: '2026-11-20', end: '2027-02-20' })
  const valid = view.facts.find(({ label }) => label === 'Validité')
  assert.deepEqual([valid?.date, valid?.until], ['2026-11-20', '2027-02-20'])
})

test('F19 an allergy that nobody may miss says so, and one that is refuted or over does not', () => {
  const allergy = (fields: { [element: string]: Json }) => {
    const view = viewOf(resource('AllergyIntolerance', { code: concept('Peanut'), ...fields }), 'en')
    return view.kind === 'allergy' && view.alert
  }
  const severe: { [element: string]: Json } = { reaction: [{ severity: 'severe', manifestation: [concept('Shock')] }] }
  assert.equal(allergy({ criticality: 'high' }), true)
  assert.equal(allergy(severe), true)
  assert.equal(allergy({ criticality: 'low', reaction: [{ severity: 'mild' }] }), false)
  assert.equal(allergy({ ...severe, verificationStatus: { coding: [{ code: 'refuted' }] } }), false)
  assert.equal(allergy({ ...severe, verificationStatus: { coding: [{ code: 'entered-in-error' }] } }), false)
  assert.equal(allergy({ ...severe, clinicalStatus: { coding: [{ code: 'resolved' }] } }), false)
  assert.equal(allergy({ ...severe, clinicalStatus: { coding: [{ code: 'inactive' }] } }), true)
})

test('F19 files come as they are, and an address that acts is left out', () => {
  const files = (type: string, fields: { [element: string]: Json }) => viewOf(resource(type, fields), 'en')
  const file = { contentType: 'IMAGE/PNG; q=1', data: 'QUJD', title: 'Scan' }
  const picture = files('DocumentReference', { content: [{ attachment: file }] })
  assert.deepEqual([picture.kind, picture.title], ['image', 'Scan'])
  assert.deepEqual(picture.attachments, [{ contentType: 'image/png', title: 'Scan', size: 3, data: 'QUJD' }])
  assert.equal(files('Media', { content: file }).attachments[0]?.size, 3)
  assert.equal(files('Binary', { contentType: 'application/dicom', data: 'QUJDRA==' }).kind, 'image')
  assert.equal(files('Binary', { contentType: 'application/dicom', data: 'QUJDRA==' }).attachments[0]?.size, 4)
  assert.equal(files('DiagnosticReport', { presentedForm: [file] }).attachments.length, 1)
  assert.equal(files('Patient', { photo: [file] }).attachments.length, 1)
  const both = { content: [{ attachment: file }, { attachment: { contentType: 'text/plain', data: 'QQ==' } }] }
  assert.equal(files('DocumentReference', both).kind, 'document')
  const at = (url: string) =>
    files('DocumentReference', { content: [{ attachment: { contentType: 'text/html', url } }] }).attachments[0]?.url
  assert.equal(at('https://example.org/a?b=c'), 'https://example.org/a?b=c')
  assert.equal(at('Binary/7'), 'Binary/7')
  for (const bad of ['javascript:alert(1)', ' data:text/html,x', '//evil.example', 'JaVaScRiPt:1', 'a:b', 'x\ny'])
    assert.equal(at(bad), undefined, bad)
  const broken = files('Binary', { contentType: 'image/png', data: '<script>' })
  assert.equal(broken.attachments[0]?.data, undefined)
})

test('F19 words of a narrative are text without marks, entities last', () => {
  const div = (inner: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`
  const note = (inner: string, status = 'additional') =>
    viewOf(resource('Encounter', { text: { status, div: div(inner) } }), 'en').note
  assert.equal(note('<p>a</p><ul><li>b &amp;lt;</li><li>c<br/>d</li></ul>'), 'a\nb &lt;\nc\nd')
  assert.equal(note('x<script>alert(1)</script>y<style>z</style>&#60;b&#x3e;&nope;'), 'xy<b>&nope;')
  assert.equal(note('<p>generated</p>', 'generated'), undefined)
  assert.equal(note('&#0;&#xd800;'), '&#0;&#xd800;')
  const long = '<p '.repeat(300_000)
  assert.equal(typeof note(long), 'string', 'a broken narrative is read in one pass')
})

test('F20 a value keeps its digits, its bound and its unit as people write it', () => {
  const exact = resourceOf(
    '{"resourceType":"Observation","valueQuantity":{"value":5.0,"comparator":"<","code":"mm[Hg]"}}',
  )
  const view = viewOf(exact as Resource, 'en')
  assert.ok(view.kind === 'result')
  assert.deepEqual([view.value, view.digits, view.number, view.unit], ['<5.0 mmHg', '<5.0', 5, 'mmHg'])
  assert.equal(result({ valueBoolean: true }).value, 'yes')
  assert.equal(result({ valueCodeableConcept: concept('Positive') }).value, 'Positive')
  assert.equal(result({ valueString: 'A Rh+' }).number, undefined)
  assert.equal(result({ dataAbsentReason: concept('Not done') }).value, 'Not done')
  assert.equal(result({ code: coded('http://loinc.org', '718-7') }).key, 'http://loinc.org|718-7')
})

test('F20 the author decides high and low, else the one range of the same unit does, and several ranges do not', () => {
  const ranged = (value: number, range: Json, more: { [element: string]: Json } = {}) =>
    result({ valueQuantity: { value, unit: 'mmol/L', code: 'mmol/L' }, referenceRange: range, ...more }).flag
  const limits = (low?: number, high?: number, code = 'mmol/L'): Json => ({
    ...(low === undefined ? {} : { low: { value: low, code } }),
    ...(high === undefined ? {} : { high: { value: high, code } }),
  })
  assert.equal(ranged(3, [limits(3.5, 5)]), 'low')
  assert.equal(ranged(6, [limits(3.5, 5)]), 'high')
  assert.equal(ranged(5, [limits(3.5, 5)]), 'normal')
  assert.equal(ranged(6, [limits(undefined, 5)]), 'high')
  assert.equal(ranged(6, [limits(3.5, 5, 'mg/dL')]), undefined)
  assert.equal(ranged(6, [limits(3.5, 5), limits(1, 9)]), undefined)
  assert.equal(ranged(6, [{ ...(limits(3.5, 5) as object), type: { coding: [{ code: 'critical' }] } }]), undefined)
  assert.equal(ranged(6, []), undefined)
  const said = (code: string) => ranged(4, [limits(3.5, 5)], { interpretation: [{ coding: [{ code }] }] })
  const flags = ['H', 'L', 'HH', 'LL', 'A', 'N', 'POS'].map(said)
  assert.deepEqual(flags, ['high', 'low', 'critical', 'critical', 'abnormal', 'normal', 'normal'])
  const bound = (comparator: string, value: number) =>
    result({ valueQuantity: { value, comparator }, referenceRange: [{ low: { value: 2 }, high: { value: 8 } }] }).flag
  assert.deepEqual([bound('<', 2), bound('<', 5), bound('>', 8), bound('>', 5)], ['low', undefined, 'high', undefined])
})

test('F20 a range is told with whom it is for', () => {
  const limits = (value: number, whom: string): Json => ({ high: { value, unit: 'mg/dL' }, appliesTo: [concept(whom)] })
  const both = result({ referenceRange: [limits(1.3, 'Men'), limits(1.1, 'Women')] })
  assert.deepEqual(both.range, { text: '≤ 1.3 mg/dL (Men) · ≤ 1.1 mg/dL (Women)' })
  const one = result({ valueQuantity: { value: 1 }, referenceRange: [{ low: { value: 0.5 }, high: { value: 2 } }] })
  assert.deepEqual(one.range, { text: '0.5 – 2', low: 0.5, high: 2 })
})

test('F20 blood pressure is one value, other components are told one by one, the worst flag first', () => {
  const part = (code: string, value: number, flag?: string): Json => ({
    ...{ code: coded('http://loinc.org', code, code), valueQuantity: { value, code: 'mm[Hg]' } },
    ...(flag ? { interpretation: [{ coding: [{ code: flag }] }] } : {}),
  })
  const component = [part('8480-6', 190, 'HH'), part('8462-4', 95, 'H')]
  const pressure = result({ code: coded('http://loinc.org', '85354-9', 'Blood pressure'), component })
  assert.deepEqual([pressure.value, pressure.flag, pressure.components.length], ['190/95 mmHg', 'critical', 2])
  assert.equal(result({ component }).value, '8480-6 190 mmHg, 8462-4 95 mmHg')
})

test('F22 a search finds words wherever they stand, without accents or capitals, and not in files or codes of ours', () => {
  const view = viewOf(
    resource('Condition', {
      ...{ code: concept('Œdème  de Quincke'), note: [{ text: 'ALLERGIE à l’arachide' }] },
      severity: coded('http://snomed.info/sct', '24484000'),
    }),
    'fr',
  )
  for (const word of ['oedeme de quincke', "allergie a l'arachide", 'severe', 'probleme de sante'])
    assert.ok(searchable(view).includes(folded(word)), word)
  const file = viewOf(resource('Binary', { contentType: 'application/pdf', data: 'QUJDRA==' }), 'en')
  assert.ok(!searchable(file).includes('qujdra'))
  assert.equal(folded('  ÉCLAIR\u200b\n L’Été  '), "eclair l'ete")
})

test('F19 French and English have a word for everything a card says of its own', () => {
  const both = (['en', 'fr'] as const).map((language) =>
    [...homes.keys()].map((type) => viewOf({ resourceType: type }, language).label),
  )
  assert.ok(both.flat().every((label) => label !== ''))
  const [en, fr] = (['en', 'fr'] as const).map((language) =>
    viewOf(resource('Condition', { bodySite: concept('Arm'), onsetString: 'long ago' }), language),
  )
  assert.ok(en && fr)
  assert.deepEqual([fact(en, 'Body site'), fact(fr, 'Localisation')], [['Arm'], ['Arm']])
})
