import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

test('default: errands are done one after another, in the order they were asked', async () => {
  const alone = createTurns()
  const seen: string[] = []
  const errand = (name: string) =>
    alone(async () => {
      seen.push(`${name} begins`)
      await new Promise((done) => setImmediate(done))
      seen.push(`${name} ends`)
      return name
    })
  assert.deepEqual(await Promise.all([errand('a'), errand('b')]), ['a', 'b'])
  assert.deepEqual(seen, ['a begins', 'a ends', 'b begins', 'b ends'])
})

test('error: one that fails is told to who asked, and the next one is done', async () => {
  const alone = createTurns()
  const failing = alone(() => Promise.reject(new Error('no')))
  const next = alone(async () => 'done')
  await assert.rejects(failing, /no/)
  assert.equal(await next, 'done')
})
