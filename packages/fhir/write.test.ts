import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { text, utf8 } from '@salus/base/bytes'
import { parseJson } from '@salus/base/json'
import { needsShared } from '@salus/base/testing'
import fc from 'fast-check'
import { readBundle } from './bundle.ts'
import type { Resource } from './contract.ts'
import { sampleObservation, samplePatient, syntheaFiles } from './testing.ts'
import { countByType, exactBundle, toBundle, writeBundle, writeLines } from './write.ts'

const options = { timestamp: '2026-11-21T09:00:00Z' }
const some: Resource[] = ['b', 'a', 'c'].map((id) => sampleObservation(id, 'Patient/sample-1'))

test('F12 the patient comes first, then type and id, and every reference resolves by R4 rules', () => {
  const bundle = toBundle([...some, { resourceType: 'Encounter', id: 'e' }, samplePatient()], options)
  assert.equal(bundle.timestamp, options.timestamp)
  assert.deepEqual(
    bundle.entry.map(({ fullUrl }) => fullUrl),
    [
      'https://record.invalid/Patient/sample-1',
      'https://record.invalid/Encounter/e',
      'https://record.invalid/Observation/a',
      'https://record.invalid/Observation/b',
      'https://record.invalid/Observation/c',
    ],
  )
  const urls = new Set(bundle.entry.map(({ fullUrl }) => fullUrl))
  for (const { fullUrl, resource } of bundle.entry.slice(2)) {
    const base = fullUrl.slice(0, fullUrl.lastIndexOf('Observation/'))
    assert.ok(urls.has(base + (resource.subject as { reference: string }).reference))
  }
})

test('F12 the order in which records are given changes no byte', () => {
  const all = [samplePatient(), ...some, { ...(some[0] as Resource), status: 'amended' }, { resourceType: 'Basic' }]
  const expected = writeBundle(all, options)
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
      assert.deepEqual(writeBundle(shuffled, options), expected)
    }),
    { numRuns: 30 },
  )
})

test('F12 the base is the one asked for', () => {
  const bundle = toBundle([samplePatient()], { ...options, base: 'https://a.example/fhir/' })
  assert.equal(bundle.entry[0]?.fullUrl, 'https://a.example/fhir/Patient/sample-1')
})

const urls = (given: Parameters<typeof toBundle>[0]) => toBundle(given, options).entry.map(({ fullUrl }) => fullUrl)
const filed = (n: number, resource: object) => ({
  record: `AAAAAAAAAAAAAAAAAAAA${n}A`,
  fhir: JSON.stringify(resource),
})

test('F12 a record without an id, or whose name another one bears too, stands under a name of its own', () => {
  const { id: _, ...bare } = samplePatient()
  const [one, two] = [some[0] as Resource, { ...some[0], status: 'amended' } as Resource]
  assert.deepEqual(urls([filed(1, bare), filed(2, one), filed(3, two), samplePatient()]), [
    'urn:uuid:00000000-0000-8000-8000-0000000000d4',
    'https://record.invalid/Patient/sample-1',
    'https://record.invalid/00000000-0000-8000-8000-0000000000dc/Observation/b',
    'https://record.invalid/00000000-0000-8000-8000-0000000000d8/Observation/b',
  ])
})

test('F12 the same words twice leave references whole; nothing makes writing fail, and every full URL is one entry’s', () => {
  assert.deepEqual(urls([samplePatient(), samplePatient()]), [
    'https://record.invalid/Patient/sample-1',
    'https://record.invalid/2/Patient/sample-1',
  ])
  const odd = ['{"id":"x"}', 'not json', '[]', '{"resourceType":7}', '{"resourceType":"Basic","id":{}}']
  const given = [
    ...odd.map((fhir) => ({ record: 'not-an-id', fhir })),
    filed(4, some[0] ?? {}),
    filed(4, some[0] ?? {}),
  ]
  const found = urls([...given, { resourceType: 'Basic' }])
  assert.equal(found.length, 4, 'what is no resource is left out')
  assert.equal(new Set(found).size, found.length)
})

test('F6 records given as bytes keep their decimals', () => {
  const bytes = utf8(JSON.stringify({ ...some[0], valueQuantity: { value: 7 } }).replace('"value":7', '"value":7.0'))
  assert.match(text(writeBundle([bytes], options)), /"value":7\.0\}/)
  assert.deepEqual(toBundle([bytes], options).entry[0]?.resource.valueQuantity, { value: 7 })
  assert.match(JSON.stringify(exactBundle([{ record: '', fhir: text(bytes) }], options)), /"value":7\.0\}/)
  assert.match(text(writeLines([bytes, samplePatient()])), /"value":7\.0\}\}\n\{.*\}\n$/)
})

test('F12 a patient read, written and read again is the same to the byte', needsShared('vectors/synthea'), () => {
  for (const file of syntheaFiles().slice(0, 4)) {
    const read = readBundle(gunzipSync(readFileSync(file)))
    const written = writeBundle(
      read.map(({ bytes }) => bytes),
      options,
    )
    const second = new Map(readBundle(written).map((one) => [one.source, one]))
    assert.equal(second.size, read.length)
    // The patient comes first now: an entry's place is its only change.
    for (const one of read) assert.deepEqual({ ...second.get(one.source), at: one.at }, one)
    const lines = text(writeLines(read.map(({ bytes }) => bytes)))
      .trimEnd()
      .split('\n')
    assert.deepEqual(
      lines.map(parseJson),
      read.map(({ resource }) => resource),
    )
  }
})

test('F12 counts by type are in alphabetical order', () => {
  const counts = countByType([samplePatient(), ...some, { resourceType: 'Encounter' }])
  assert.deepEqual(Object.entries(counts), [
    ['Encounter', 1],
    ['Observation', 3],
    ['Patient', 1],
  ])
  assert.deepEqual(countByType(readBundle(samplePatient())), { Patient: 1 })
})
