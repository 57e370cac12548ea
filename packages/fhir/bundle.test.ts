import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { text, utf8 } from '@salus/base/bytes'
import { type Json, parseJson } from '@salus/base/json'
import { needsShared, sharedFolder } from '@salus/base/testing'
import { readBundle, readResource } from './bundle.ts'
import type { Resource } from './contract.ts'
import { sampleBundle, sampleObservation, samplePatient, uuid } from './testing.ts'

const bytesOf = (json: Json) => utf8(JSON.stringify(json))
const refused = (json: Json, code: string, facts?: object) =>
  assert.throws(() => readBundle(json), facts ? { code, facts } : { code })
const other = (subject: string, fields = {}) => sampleObservation('o', subject, fields)

test('F1 only a bundle, or a resource that names its patient, is read', () => {
  refused([], 'not-fhir')
  refused(null, 'not-fhir')
  refused('Bundle', 'not-fhir')
  refused({ resourceType: 7 }, 'not-fhir')
  refused({ resourceType: 'Organization', id: 'a' }, 'not-fhir', { type: 'Organization' })
  refused({ resourceType: 'Bundle', type: 'batch', entry: {} }, 'not-fhir')
  refused({ resourceType: 'Bundle', type: 'batch', entry: ['x'] }, 'not-fhir', { entry: 1 })
  refused({ resourceType: 'Patience', id: 'a' }, 'resource-type-unknown', {})
  assert.equal(readBundle(samplePatient())[0]?.patient, 'Patient/sample-1')
  assert.equal(readBundle(other('Patient/9'))[0]?.patient, 'Patient/9')
  assert.throws(() => readBundle(utf8('{"resourceType":')), { code: 'not-json', facts: { problem: 'json-invalid' } })
})

test('F2 transaction, batch, collection, document and searchset are read; history, responses and messages are not', () => {
  for (const type of ['transaction', 'batch', 'collection', 'document', 'searchset']) {
    assert.equal(readBundle(sampleBundle([samplePatient()], type)).length, 1, type)
  }
  for (const type of ['history', 'message', 'transaction-response', 'batch-response', 'constructor']) {
    refused(sampleBundle([samplePatient()], type), 'bundle-type-unsupported')
  }
})

test('F2 an entry that carries no record is refused, not skipped', () => {
  const entry = (fields: object) =>
    ({ resourceType: 'Bundle', type: 'transaction', entry: [{ fullUrl: uuid(0), ...fields }] }) as Json
  refused(entry({}), 'entry-unsupported', { entry: 1 })
  refused(entry({ resource: samplePatient(), request: { method: 'DELETE', url: 'Patient/1' } }), 'entry-unsupported')
  refused(entry({ resource: samplePatient(), request: { method: 'PATCH', url: 'Patient/1' } }), 'entry-unsupported')
  refused(sampleBundle([samplePatient(), sampleBundle([])]), 'entry-unsupported', { type: 'Bundle', entry: 2 })
  assert.equal(readBundle(entry({ resource: samplePatient(), request: { method: 'PUT', url: 'Patient/1' } })).length, 1)
})

test('F3 the key of a record is Type/id, and an id is found where the sender put it', () => {
  const { id: _, ...bare } = samplePatient()
  const read = (fields: object) =>
    readBundle({ resourceType: 'Bundle', type: 'transaction', entry: [{ resource: bare, ...fields }] } as Json)[0]
  assert.equal(read({ fullUrl: uuid(7) })?.source, `Patient/${uuid(7).slice(9)}`)
  assert.equal(
    read({ fullUrl: uuid(7).toUpperCase().replace('URN:UUID', 'urn:uuid') })?.source,
    read({ fullUrl: uuid(7) })?.source,
  )
  assert.equal(read({ fullUrl: 'https://a.example/fhir/Patient/p7' })?.source, 'Patient/p7')
  assert.equal(read({ request: { method: 'PUT', url: 'Patient/p8' } })?.source, 'Patient/p8')
  const { resource, bytes } = read({ fullUrl: uuid(7) }) ?? assert.fail()
  assert.deepEqual(Object.keys(resource).slice(0, 2), ['resourceType', 'id'])
  assert.deepEqual(parseJson(bytes), resource)
})

test('F3 a record that could not be recognised again is refused', () => {
  const { id: _, ...bare } = samplePatient()
  const of = (fields: object) => ({ resourceType: 'Bundle', type: 'batch', entry: [fields] }) as Json
  refused(of({ resource: bare }), 'id-missing', { type: 'Patient', entry: 1 })
  refused(of({ resource: bare, fullUrl: 'https://a.example/other' }), 'id-missing')
  refused(of({ resource: { ...bare, id: 'a/b' } }), 'id-invalid', { type: 'Patient', entry: 1 })
  refused(of({ resource: { ...bare, id: 7 } }), 'id-invalid')
  refused(of({ resource: { ...bare, id: 'x'.repeat(65) } }), 'id-invalid')
  assert.throws(() => readResource(bare as Resource, { line: 4 }), {
    code: 'id-missing',
    facts: { type: 'Patient', line: 4 },
  })
})

test('F3 the same key or full URL twice in one bundle is refused', () => {
  const twice = [samplePatient(), other('Patient/sample-1'), other('Patient/sample-1')]
  refused(sampleBundle(twice), 'entry-duplicate', { type: 'Observation', entry: 3 })
  const entry = [samplePatient(), other('Patient/sample-1')].map((resource) => ({ fullUrl: uuid(1), resource }))
  refused({ resourceType: 'Bundle', type: 'batch', entry }, 'entry-duplicate')
})

test('F3 reading the same bundle twice gives the same keys and bytes', () => {
  const bundle = sampleBundle([samplePatient(), other(uuid(0))])
  const once = readBundle(bytesOf(bundle))
  assert.deepEqual(readBundle(bytesOf(bundle)), once)
  const changed = readBundle(bytesOf(sampleBundle([samplePatient(), other(uuid(0), { status: 'amended' })])))
  assert.deepEqual(
    changed.map(({ source }) => source),
    once.map(({ source }) => source),
  )
  assert.notDeepEqual(changed[1]?.bytes, once[1]?.bytes)
  assert.deepEqual(changed[0]?.bytes, once[0]?.bytes)
})

test('F4 a bundle concerns exactly one patient', () => {
  refused(sampleBundle([]), 'no-patient', { entries: 0 })
  refused(sampleBundle([other('Patient/9')]), 'no-patient', { entries: 1 })
  refused(sampleBundle([samplePatient(), samplePatient({ id: 'b' })]), 'two-patients', { patients: 2 })
})

test('F4 a resource about somebody else is refused wherever it says so', () => {
  const mine = { reference: 'Patient/sample-1' }
  const hers = { reference: 'Patient/9' }
  const resources: Resource[] = [
    other('Patient/9'),
    other('Patient/9/_history/2'),
    other('https://elsewhere.example/fhir/Patient/9'),
    { resourceType: 'Coverage', id: 'c', beneficiary: hers },
    { resourceType: 'Task', id: 't', for: hers },
    { resourceType: 'Account', id: 'a', subject: [mine, hers] },
    { resourceType: 'Appointment', id: 'p', participant: [{ actor: mine }, { actor: hers }] },
    { resourceType: 'Group', id: 'g', member: [{ entity: hers }] },
    { resourceType: 'Provenance', id: 'v', target: [mine, hers] },
    { resourceType: 'ExplanationOfBenefit', id: 'e', patient: mine, contained: [other('Patient/9')] },
  ]
  for (const resource of resources) {
    const facts = { type: resource.resourceType, entry: 2 }
    refused(sampleBundle([samplePatient(), resource]), 'two-patients', facts)
  }
  const link = [{ type: 'seealso', other: hers }]
  assert.equal(readBundle(sampleBundle([samplePatient({ link })])).length, 1)
})

test('F5 references into the bundle become Type/id, fragments and versions kept', () => {
  const performer = [
    { reference: uuid(2) },
    { reference: uuid(2).replace('urn:uuid', 'URN:UUID') },
    { reference: 'Practitioner/dr' },
    { reference: `${uuid(2)}#part` },
    { reference: 'Practitioner/dr/_history/3' },
    { reference: '#inside' },
    { display: 'no reference at all' },
  ]
  const bundle = sampleBundle([
    samplePatient(),
    other(uuid(0), { performer }),
    { resourceType: 'Practitioner', id: 'dr' },
  ])
  const read = readBundle(bundle)[1] ?? assert.fail()
  assert.deepEqual(read.resource.subject, { reference: 'Patient/sample-1' })
  assert.deepEqual(
    (read.resource.performer as { reference?: string }[]).map(({ reference }) => reference),
    [
      'Practitioner/dr',
      'Practitioner/dr',
      'Practitioner/dr',
      'Practitioner/dr#part',
      'Practitioner/dr/_history/3',
      '#inside',
      undefined,
    ],
  )
  assert.equal(read.external, 0)
})

test('F5 relative and absolute references meet by the RESTful base of the full URLs', () => {
  const base = 'https://a.example/fhir/'
  const entry = [
    { fullUrl: `${base}Patient/sample-1`, resource: samplePatient() },
    { fullUrl: `${base}Observation/o`, resource: other(`${base}Patient/sample-1`) },
    { fullUrl: `${base}Observation/q`, resource: { ...other('Patient/sample-1'), id: 'q' } },
  ]
  const read = readBundle({ resourceType: 'Bundle', type: 'document', entry } as Json)
  for (const one of read.slice(1)) assert.deepEqual(one.resource.subject, { reference: 'Patient/sample-1' })
})

test('F5 where full URL and id disagree, a relative reference follows the full URL', () => {
  const base = 'https://a.example/fhir/'
  const performer = [{ reference: 'Practitioner/one' }, { reference: 'Practitioner/two' }]
  const entry = [
    { fullUrl: `${base}Patient/sample-1`, resource: samplePatient() },
    { fullUrl: `${base}Observation/o`, resource: other('Patient/sample-1', { performer }) },
    { fullUrl: `${base}Practitioner/one`, resource: { resourceType: 'Practitioner', id: 'two' } },
    { fullUrl: `${base}Practitioner/two`, resource: { resourceType: 'Practitioner', id: 'one' } },
  ]
  const read = readBundle({ resourceType: 'Bundle', type: 'collection', entry } as Json)
  assert.deepEqual(read[1]?.resource.performer, performer.toReversed())
})

test('F5 an attachment in the bundle is found too, and a canonical URL is left alone', () => {
  const content = [{ attachment: { url: uuid(2) } }]
  const document = { resourceType: 'DocumentReference', id: 'd', subject: { reference: uuid(0) }, content }
  const library = { resourceType: 'Library', id: 'l', url: 'https://a.example/fhir/Library/l' }
  const bundle = sampleBundle([samplePatient(), document, { resourceType: 'Binary', id: 'scan' }])
  ;(bundle.entry as Json[]).push({ fullUrl: 'https://a.example/fhir/Library/l', resource: library })
  const read = readBundle(bundle)
  assert.deepEqual(read[1]?.resource.content, [{ attachment: { url: 'Binary/scan' } }])
  assert.equal(read[3]?.resource.url, 'https://a.example/fhir/Library/l')
})

test('F5 a reference that leads outside stays and is counted', () => {
  const performer = [
    { reference: 'https://elsewhere.example/Practitioner/1' },
    { reference: 'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99' },
    { reference: 'Practitioner/absent' },
  ]
  const read = readBundle(sampleBundle([samplePatient(), other(uuid(0), { performer })]))[1]
  assert.deepEqual(read?.resource.performer, performer)
  assert.equal(read?.external, 3)
})

test('F5 a urn that is not in the bundle is refused with type and entry only', () => {
  const lost = sampleBundle([samplePatient(), other(uuid(0), { encounter: { reference: uuid(9) } })])
  refused(lost, 'reference-unresolved', { type: 'Observation', entry: 2 })
  const inside = [{ resourceType: 'Coverage', id: 'k', payor: [{ reference: uuid(9) }] }]
  refused(sampleBundle([samplePatient(), other(uuid(0), { contained: inside })]), 'reference-unresolved')
  assert.throws(() => readResource(other(uuid(9)), { line: 2 }), {
    code: 'reference-unresolved',
    facts: { type: 'Observation', line: 2 },
  })
})

test('F6 bytes keep decimals, and the input is left as it was', () => {
  const source = JSON.stringify(sampleBundle([samplePatient(), other(uuid(0), { valueQuantity: { value: 5 } })]))
  const read = readBundle(utf8(source.replace('"value":5', '"value":5.00')))[1] ?? assert.fail()
  assert.match(text(read.bytes), /"value":5\.00\}/)
  assert.deepEqual(read.resource.valueQuantity, { value: 5 })
  const frozen = sampleBundle([samplePatient(), other(uuid(0))])
  const before = structuredClone(frozen)
  readBundle(frozen)
  assert.deepEqual(frozen, before)
})

test('F4 a line that names no patient, or several, is given with none', () => {
  assert.equal(readResource({ resourceType: 'Organization', id: 'a' }).patient, '')
  const member = ['Patient/1', 'Patient/2'].map((reference) => ({ entity: { reference } }))
  assert.equal(readResource({ resourceType: 'Group', id: 'g', member }).patient, '')
  assert.equal(readResource(other('https://a.example/fhir/Patient/9')).patient, 'Patient/9')
  assert.equal(readResource(other('Group/9')).patient, '')
  assert.throws(() => readResource(sampleBundle([])), { code: 'entry-unsupported' })
})

test('F5 the IPS example documents are read whole', needsShared('vectors/ips'), () => {
  const folder = sharedFolder('vectors/ips') as string
  const names = [
    'IPS-examples-Bundle-01',
    'IPS-examples-Bundle-with-immunization',
    'bundle-minimal',
    'bundle-no-info-required-sections',
  ]
  const files = [...names.map((name) => `examples/Bundle-${name}.json`), 'Bundle-bundle-ips-all-sections.json']
  for (const file of files) {
    const bytes = readFileSync(join(folder, file))
    const read = readBundle(bytes)
    assert.equal(read.length, (JSON.parse(bytes.toString()) as { entry: unknown[] }).entry.length, file)
    assert.equal(read.filter(({ external }) => external > 0).length, 0, file)
    assert.equal(read.filter(({ fallback }) => fallback).length, 0, file)
  }
})
