import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBounded } from './bounded.ts'

test('default: a value is made once while it is kept', () => {
  const map = createBounded<number>(2)
  let made = 0
  const make = () => ++made
  assert.equal(map.get('a', make), 1)
  assert.equal(map.get('a', make), 1)
  assert.equal(made, 1)
})

test('behavior: never more than the limit, the least recently used goes first', () => {
  const map = createBounded<string>(2)
  map.get('a', () => 'a1')
  map.get('b', () => 'b1')
  map.get('a', () => 'a2')
  map.get('c', () => 'c1')
  assert.equal(map.size, 2)
  assert.equal(
    map.get('a', () => 'a3'),
    'a1',
  )
  assert.equal(
    map.get('b', () => 'b2'),
    'b2',
  )
})

test('error: a throwing make keeps nothing', () => {
  const map = createBounded<string>(2)
  const fail = () => {
    throw new RangeError('no key')
  }
  assert.throws(() => map.get('a', fail), RangeError)
  assert.equal(map.size, 0)
  assert.equal(
    map.get('a', () => 'later'),
    'later',
  )
})
