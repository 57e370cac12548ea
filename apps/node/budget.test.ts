import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodySize, createBudget } from './budget.ts'

test('default: bytes are booked until they are given back, once', () => {
  const book = createBudget(100)
  const first = book(60)
  assert.throws(() => book(41), { code: 'node-busy' })
  const second = book(40)
  first()
  first()
  assert.throws(() => book(61), { code: 'node-busy' })
  book(60)()
  second()
})

test('behavior: a body that is allowed at all is taken by an idle node', () => {
  const book = createBudget(100)
  const large = book(500)
  assert.throws(() => book(0 + 1), { code: 'node-busy' })
  large()
  book(500)()
})

test('behavior: a body that does not say its size counts as the largest that is allowed', () => {
  assert.equal(bodySize('12', 100), 12)
  assert.equal(bodySize('1200', 100), 100)
  for (const unsaid of [undefined, '-1', 'many', '1.5']) assert.equal(bodySize(unsaid, 100), 100)
})
