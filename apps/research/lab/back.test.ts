import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endStates, openStates, type Task } from '@salus/market/contract'
import { isOverdue } from '@salus/market/overdue'
import { backOf } from './back.ts'

test('behavior: only a task that is open and past its date may be ended; what comes back is said by where it stood', () => {
  const [due, later] = [1_000, 1_000_000 + 120_000]
  const at = (state: Task['state']) => ({ state, due }) as Task
  for (const state of openStates) {
    assert.equal(isOverdue(at(state), later), true, state)
    assert.equal(isOverdue(at(state), due * 1_000), false, `${state} in time`)
  }
  for (const state of endStates) assert.equal(isOverdue(at(state), later), false, state)
  const whole = openStates.filter((state) => /whole price back/.test(backOf(state).en))
  assert.deepEqual(whole, ['deciding', 'ready', 'running'])
  for (const state of ['delivering', 'held'] as const) assert.match(backOf(state).fr, /le prix des autres données/)
})
