import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultSuite, suiteOf, suites } from './suites.ts'

test('C7 two suites, each with its own algorithms, and one of them for whoever says nothing', () => {
  assert.deepEqual(
    suites.map((suite) => suite.id),
    [1, 2],
  )
  assert.deepEqual(suiteOf(1).packetAlgs, ['ECDH-ES', 'RSA-OAEP-256'])
  assert.deepEqual(suiteOf(2).packetAlgs, ['X-Wing'])
  assert.ok(suites.some((one) => one.id === defaultSuite))
})

test('C7 an id without a row is refused', () => {
  for (const id of [0, 3, '1', null, undefined, 1.5, '__proto__']) {
    assert.throws(() => suiteOf(id), { code: 'suite-unknown' }, String(id))
  }
})
