import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '@salus/base/json'
import fc from 'fast-check'
import { identityKeys, traitsOf } from './patient.ts'
import { samplePatient } from './testing.ts'

test('default: the traits of a sample patient', () => {
  assert.deepEqual(traitsOf(samplePatient()), {
    family: 'Sample',
    given: ['Ada', 'Jo'],
    birthDate: '1980-02-03',
    gender: 'female',
    identifiers: [{ system: 'urn:oid:1.2.3', value: 'S-1' }],
  })
})

test('F13 the official name comes first, an outdated one last', () => {
  const name = (...uses: (string | null)[]) =>
    traitsOf(samplePatient({ name: uses.map((use) => ({ family: use ?? 'none', ...(use ? { use } : {}) })) })).family
  assert.equal(name('old', 'usual', 'official'), 'official')
  assert.equal(name('maiden', 'usual'), 'usual')
  assert.equal(name('nickname', null), 'none')
  assert.equal(name('old'), 'old')
  assert.equal(traitsOf(samplePatient({ name: [{ text: 'Ada Sample' }] })).family, 'Ada Sample')
})

test('F13 keys match across accents, case and punctuation, and differ across people', () => {
  const key = (family: string, given: string, more = {}) =>
    identityKeys(samplePatient({ name: [{ family, given: [given] }], ...more })).traits
  assert.equal(key('Lefèvre-Nuñez', 'Zoé'), key('LEFEVRE NUNEZ', 'zoe'))
  assert.equal(key('Sample', 'Ada'), 'SAMPLE|ADA|1980-02-03|female')
  assert.notEqual(key('Sample', 'Ada'), key('Sample', 'Ida'))
  assert.notEqual(key('Sample', 'Ada'), key('Sample', 'Ada', { birthDate: '1980-02-04' }))
})

test('F13 an incomplete identity gives no trait key, a senderless identifier no identifier key', () => {
  assert.equal(identityKeys(samplePatient({ birthDate: '1980' })).traits, '')
  assert.equal(identityKeys(samplePatient({ name: [] })).traits, '')
  const identifier = [
    { value: 'local' },
    { system: 'urn:oid:1.2.3', value: ' S-1 ' },
    { system: 'urn:oid:1.2.3', value: 'S-1' },
    { system: 'urn:oid:1.2.3', value: 'S-0', use: 'old' },
    { system: 'urn:oid:1.2.3' },
  ]
  assert.deepEqual(identityKeys(samplePatient({ identifier })).identifiers, ['urn:oid:1.2.3|S-1'])
})

test('F13 traits never fail on an odd Patient', () => {
  const junk = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>
  fc.assert(
    fc.property(junk, junk, junk, (name, identifier, birthDate) => {
      const traits = traitsOf({ resourceType: 'Patient', name: [name], identifier, birthDate })
      assert.equal(typeof traits.family, 'string')
      assert.equal(typeof traits.birthDate, 'string')
      assert.ok(traits.given.every((given) => given.length > 0))
      assert.ok(traits.identifiers.every(({ value }) => value.length > 0))
    }),
  )
})
