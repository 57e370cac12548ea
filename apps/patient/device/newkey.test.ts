import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasNewKey } from './newkey.ts'

type Asked = Parameters<typeof hasNewKey>[1]
const asked = (at: number, reader: string, more: Partial<Asked> = {}): Asked =>
  ({ asker: 'A', at, reader, status: 'waiting', ...more }) as Asked
const given = { status: 'granted' } as const

test('default: another key than the one that was last said yes to is new', () => {
  const before = [asked(1, 'old', given)]
  assert.equal(hasNewKey(before, asked(2, 'new')), true)
  assert.equal(hasNewKey(before, asked(2, 'old')), false)
})

test('behavior: nobody who never asked before has a new key', () => {
  assert.equal(hasNewKey([], asked(1, 'new')), false)
  assert.equal(hasNewKey([asked(1, 'old', { ...given, asker: 'B' } as never)], asked(2, 'new')), false)
})

test('behavior: asking again with a new key does not make it a known one, answered with no or not at all', () => {
  const before = [asked(1, 'old', given), asked(2, 'new'), asked(3, 'new', { status: 'refused' })]
  assert.equal(hasNewKey(before, asked(4, 'new')), true)
})

test('behavior: a key that was said yes to is known from then on', () => {
  assert.equal(hasNewKey([asked(1, 'old', given), asked(2, 'new', given)], asked(3, 'new')), false)
})

test('behavior: what a team or a colleague will read with says nothing of who asks', () => {
  const before = [asked(1, 'old', given)]
  assert.equal(hasNewKey(before, asked(2, 'team', { team: 'T' } as never)), false)
  assert.equal(hasNewKey([asked(1, 'team', { ...given, team: 'T' } as never)], asked(2, 'new')), false)
})
