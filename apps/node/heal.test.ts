import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '@salus/base/errors'
import { manualClock } from '@salus/base/testing'
import { createGate } from './heal.ts'

/** A journal that is in a state, and how often it was asked to read its files again. */
function journal(code?: string) {
  const at = { code, tries: 0, heals: false }
  const check = () => {
    if (at.code) throw new AppError(at.code)
  }
  const catchUp = async () => {
    at.tries++
    await new Promise((done) => setImmediate(done))
    if (!at.heals) throw new Error('still full')
    at.code = undefined
    return 0
  }
  return { at, check, catchUp }
}

test('N13 a journal that failed is tried again by whoever asks, one try at a time and one a second', async () => {
  const { clock, advance } = manualClock()
  const { at, ...ports } = journal('journal-failed')
  const gate = createGate(ports, clock)
  const failed = { code: 'journal-failed' }
  await Promise.all([1, 2, 3].map(() => assert.rejects(gate(), failed)))
  assert.equal(at.tries, 1)
  at.heals = true
  await assert.rejects(gate(), failed)
  assert.equal(at.tries, 1, 'too soon')
  advance(1_000)
  await Promise.all([gate(), gate()])
  assert.equal(at.tries, 2)
  await gate()
  assert.equal(at.tries, 2)
})

test('N13 a closed log is not tried again', async () => {
  const { at, ...ports } = journal('journal-closed')
  at.heals = true
  await assert.rejects(createGate(ports, () => 0)(), { code: 'journal-closed' })
  assert.equal(at.tries, 0)
})
