/** The small faces: clock, ids, categories, errors, and what tests lean on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64url } from './bytes.ts'
import { categories, compartments, filings, isCategory } from './categories.ts'
import { seconds, systemRandom } from './clock.ts'
import { AppError, isAppError } from './errors.ts'
import { newId } from './ids.ts'
import { manualClock, needsShared, seededRandom, sharedFolder } from './testing.ts'

test('B10 the sixteen categories, and two compartments that nobody asks for by name', () => {
  assert.equal(categories.length, 16)
  assert.equal(new Set(compartments).size, 18)
  assert.deepEqual(
    compartments.filter((one) => !isCategory(one)),
    ['people', 'hidden'],
  )
  assert.deepEqual(
    filings.filter((one) => !isCategory(one)),
    ['people'],
  )
})

test('default: an AppError is known by name and code, also from another realm; other errors are not', () => {
  const error = new AppError('sample-code', { count: 2 }, { cause: 'sample' })
  assert.deepEqual(
    [error.code, error.message, error.facts, error.cause],
    ['sample-code', 'sample-code', { count: 2 }, 'sample'],
  )
  assert.ok(isAppError(error))
  const copied = Object.assign(new Error('sample-code'), { name: 'AppError', code: 'sample-code' })
  assert.ok(isAppError(copied))
  const others = [
    new Error('x'),
    Object.assign(new Error('x'), { code: 'ENOENT' }),
    { name: 'AppError', code: 'x' },
    null,
  ]
  for (const one of others) assert.equal(isAppError(one), false)
})

test('default: a fresh id is 128 random bits', () => {
  const all = new Set(Array.from({ length: 100 }, () => newId(systemRandom)))
  assert.equal(all.size, 100)
  for (const id of all) assert.equal(fromBase64url(id).length, 16)
})

test('default: seconds are whole and round down', () => {
  assert.deepEqual([seconds(1_999), seconds(2_000), seconds(0)], [1, 2, 0])
})

test('behavior: the test clock moves only when told, seeded bytes repeat', () => {
  const { clock, advance } = manualClock(5)
  assert.deepEqual([clock(), clock()], [5, 5])
  advance(10)
  assert.equal(clock(), 15)
  assert.deepEqual(seededRandom(3)(40), seededRandom(3)(40))
  assert.notDeepEqual(seededRandom(3)(40), seededRandom(4)(40))
  assert.ok(new Set(seededRandom(3)(1_000)).size > 200)
})

test('behavior: a shared part that is not there is named in the reason to skip', () => {
  assert.equal(sharedFolder('no-such-part'), undefined)
  assert.match(String(needsShared('no-such-part').skip), /no-such-part/)
})

test('behavior: random bytes are one’s own: none is handed out twice, and what a caller does to them harms nobody', () => {
  const drawn = [0, 1, 12, 16, 32, 64, 65, 5_000].flatMap((length) =>
    Array.from({ length: 300 }, () => systemRandom(length)),
  )
  const long = drawn.filter((one) => one.length >= 12).map((one) => Buffer.from(one).toString('hex'))
  assert.equal(new Set(long).size, long.length)
  assert.ok(drawn.every((one) => one.byteOffset === 0 && one.buffer.byteLength === one.length))
  assert.ok(drawn.filter((one) => one.length >= 32).every((one) => one.some((byte) => byte !== 0)))
})
