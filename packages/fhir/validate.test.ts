import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import type { Json } from '@salus/base/json'
import { needsShared, sharedFolder } from '@salus/base/testing'
import type { Resource } from './contract.ts'
import { readFhirFile } from './file.ts'
import { sampleBundle, sampleObservation, samplePatient, syntheaFiles } from './testing.ts'
import { createValidator } from './validate.ts'
import { toBundle } from './write.ts'

const validate = await createValidator()

test('F14 all resources of the 23 Synthea patients are valid as read', needsShared('vectors/synthea'), async () => {
  let valid = 0
  for (const file of syntheaFiles()) {
    for await (const { resource } of readFhirFile(file)) {
      validate(resource)
      valid++
    }
  }
  assert.equal(valid, 6519)
})

test('F14 the 40 IPS examples are valid', needsShared('vectors/ips'), () => {
  const folder = join(sharedFolder('vectors/ips') as string, 'examples')
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  assert.equal(names.length, 40)
  for (const name of names) validate(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Resource)
})

test('F14 a bundle that we write is valid', () => {
  const twice = sampleObservation('o', 'Patient/sample-1')
  const { id: _, ...bare } = twice
  const filed = { record: 'AAAAAAAAAAAAAAAAAAAAAQ', fhir: JSON.stringify(bare) }
  const bundle = toBundle([samplePatient(), twice, { ...twice, status: 'amended' }, filed, bare as Resource], {
    timestamp: '2026-11-21T09:00:00Z',
  })
  validate(bundle as unknown as Resource)
})

test('F14 each planted fault is refused with its type, kind and path', () => {
  const observation = (fields: { [element: string]: Json }) => sampleObservation('o', 'Patient/sample-1', fields)
  const without = (resource: Resource, element: string): Resource => {
    const { [element]: _, ...rest } = resource
    return rest as Resource
  }
  const faults: [Resource, string, string][] = [
    [without(observation({}), 'status'), 'missing', 'Observation.status'],
    [without(observation({}), 'code'), 'missing', 'Observation.code'],
    [samplePatient({ birthDate: '03/02/1980' }), 'format', 'Patient.birthDate'],
    [samplePatient({ birthDate: 1980 }), 'wrong-type', 'Patient.birthDate'],
    [samplePatient({ active: 'true' }), 'wrong-type', 'Patient.active'],
    [samplePatient({ name: { family: 'Sample' } }), 'cardinality', 'Patient.name'],
    [samplePatient({ gender: ['female'] }), 'cardinality', 'Patient.gender'],
    [samplePatient({ name: [] }), 'empty', 'Patient.name'],
    [samplePatient({ 'Jane Roe, HIV': 1 }), 'unknown-element', 'Patient'],
    [samplePatient({ name: [{ family: 'Sample', nom: 'Sample' }] }), 'unknown-element', 'Patient.name[0]'],
    [samplePatient({ contact: [{ gender: 'female' }] }), 'pat-1', 'Patient.contact[0]'],
    [observation({ valueQuantity: { value: 1 }, dataAbsentReason: { text: 'x' } }), 'obs-6', 'Observation'],
    [observation({ effectiveDateTime: '2020-13-01' }), 'format', 'Observation.effective[x]'],
    [observation({ valueInteger: 1.5 }), 'range', 'Observation.value[x]'],
    [samplePatient({ gender: '' }), 'empty', 'Patient.gender'],
    [samplePatient({ gender: 'robot' }), 'code', 'Patient.gender'],
    [observation({ status: 'nonsense' }), 'code', 'Observation.status'],
    [samplePatient({ contact: [{ gender: 'robot', name: { text: 'x' } }] }), 'code', 'Patient.contact[0].gender'],
    [observation({ valueQuantity: 7 }), 'wrong-type', 'Observation.value[x]'],
    [observation({ valueString: 'a', valueInteger: 1 }), 'two-values', 'Observation'],
    [samplePatient({ id: 'not an id' }), 'format', 'Patient.id'],
  ]
  for (const [resource, problem, at] of faults) {
    const facts = { type: resource.resourceType, problem, at }
    assert.throws(() => validate(resource), { code: 'resource-invalid', facts }, `${problem} ${at}`)
  }
})

test('F15 no error holds a value of the resource', () => {
  const secret = 'Zyxwv'
  const places: Resource[] = [
    samplePatient({ birthDate: secret }),
    samplePatient({ [secret]: secret }),
    samplePatient({ name: [{ [secret]: secret }] }),
    samplePatient({ gender: { text: secret } }),
    samplePatient({ active: secret }),
    samplePatient({ id: `${secret} ${secret}` }),
    { resourceType: secret, id: 'a' },
  ]
  for (const resource of places) {
    const error = (() => {
      try {
        validate(resource)
      } catch (caught) {
        return caught
      }
      return assert.fail('accepted')
    })()
    assert.ok(isAppError(error))
    assert.ok(!`${JSON.stringify(error.facts)}${error.stack}${error.cause}`.includes(secret))
  }
})

test('F14 what is no R4 type is refused, R4B ones and names of Object included', () => {
  for (const resourceType of ['SubscriptionStatus', 'Patience', 'constructor', 'Resource', 'HumanName']) {
    assert.throws(() => validate({ resourceType, id: 'a' }), { code: 'resource-type-unknown', facts: {} })
  }
  assert.throws(() => validate(null as unknown as Resource), { code: 'resource-type-unknown' })
})

test('F14 a scanned letter of several megabytes is valid', () => {
  const data = 'QUJD'.repeat(1_000_000)
  validate({ resourceType: 'Binary', id: 'scan', contentType: 'application/pdf', data })
  assert.throws(() => validate({ resourceType: 'Binary', id: 'scan', contentType: 'application/pdf', data: 'a-b' }), {
    code: 'resource-invalid',
  })
})

test('F14 the definitions are loaded once, and a bundle is checked through its entries', async () => {
  assert.equal(await createValidator(), validate)
  assert.throws(() => validate(sampleBundle([samplePatient({ active: 7 })])), { code: 'resource-invalid' })
})
