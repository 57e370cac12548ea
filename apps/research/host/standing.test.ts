import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endStates, openStates } from '@salus/market/contract'
import { endsOf, standingOf } from './standing.ts'

test('behavior: a machine past its date is expired, one that its owner closed is closed', () => {
  const order = (closed: boolean, until: number) => ({ closed, body: { until } as never })
  const standings = [order(false, 11), order(false, 10), order(true, 11), order(true, 9)].map((one) =>
    standingOf(one, 10),
  )
  assert.deepEqual(standings, ['open', 'expired', 'closed', 'closed'])
})

test('behavior: a refused task is refused: not done, not failed, not open', () => {
  const all = [...openStates, ...endStates].map((state) => ({ state }))
  assert.deepEqual(endsOf(all), { open: 5, settled: 1, refused: 1, refunded: 1 })
  assert.deepEqual(endsOf([{ state: 'refused' }]), { open: 0, settled: 0, refused: 1, refunded: 0 })
})
