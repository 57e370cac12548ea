import assert from 'node:assert/strict'
import { test } from 'node:test'
import { professions } from '@salus/directory/matrix'
import { inScope } from './open.ts'

/** A newest version of a directive (sample), chosen for emergencies together with allergies. */
const book = { emergency: { categories: ['allergies', 'directives'] } } as never
const record = { category: 'directives', compartment: 'directives', superseded: null, epoch: 2 }
const asked = (profession: string, over: object = {}, by = book) =>
  inScope(by, { credential: { profession } } as never, { ...record, ...over } as never)

test('K6 of what was chosen, only what the asker’s profession may see: no one else’s look at it is trusted', () => {
  assert.deepEqual(
    professions.filter((one) => asked(one)),
    ['physician', 'emergency-physician', 'psychologist'],
  )
  assert.ok(asked('nurse', { category: 'allergies', compartment: 'allergies' }))
  assert.ok(!asked('nurse'))
})

test('K6 no older version, nothing outside the choice or any epoch, never what is hidden', () => {
  assert.ok(asked('physician'))
  assert.ok(!asked('physician', { superseded: 7 }))
  assert.ok(!asked('physician', { epoch: 0 }))
  assert.ok(!asked('physician', { category: 'problems', compartment: 'problems' }))
  assert.ok(!asked('physician', { compartment: 'hidden' }))
  assert.ok(!asked('physician', {}, {} as never))
  const all = { emergency: { categories: ['hidden'] } } as never
  assert.ok(!asked('physician', { category: 'hidden', compartment: 'hidden' }, all))
})
