import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currentSuite, suiteOf, suites } from './suites.ts'

test('C7 suite 1 is the only suite, and new objects are sealed under it', () => {
  assert.deepEqual(
    suites.map((suite) => suite.id),
    [1],
  )
  assert.equal(suiteOf(1), currentSuite)
  assert.deepEqual(currentSuite.packetAlgs, ['ECDH-ES', 'RSA-OAEP-256'])
})

test('C7 an id without a row is refused', () => {
  for (const id of [0, 2, '1', null, undefined, 1.5, '__proto__']) {
    assert.throws(() => suiteOf(id), { code: 'suite-unknown' }, String(id))
  }
})
