import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBundle } from '@salus/fhir/bundle'
import type { Resource } from '@salus/fhir/contract'
import { createValidator } from '@salus/fhir/validate'
import { sampleBundle, samplePatients } from './records.ts'

test('default: every record of the demonstration is valid FHIR R4, sorted without a fallback, and marked as a sample', async () => {
  const validate = await createValidator()
  for (const patient of samplePatients) {
    const bundle = sampleBundle(patient) as Resource
    validate(bundle)
    const resources = readBundle(bundle)
    assert.ok(resources.length >= 7)
    for (const { resource, fallback } of resources) {
      validate(resource)
      assert.equal(fallback, false, resource.resourceType)
    }
    assert.match(patient.family, /\(sample\)$/)
  }
})

test('default: a record without what R4 asks for would be found', async () => {
  const validate = await createValidator()
  const bundle = sampleBundle(samplePatients[0] as (typeof samplePatients)[number]) as {
    entry?: { resource: Resource }[]
  }
  const allergy = bundle.entry?.map(({ resource }) => resource).find((one) => one.resourceType === 'AllergyIntolerance')
  const { clinicalStatus: _, ...bare } = allergy ?? { resourceType: '' }
  assert.throws(() => validate(bare as Resource), { code: 'resource-invalid' })
})
