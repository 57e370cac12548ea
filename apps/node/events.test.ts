/** Streams are bounded for each person, and one too many leaves nothing behind. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventRoutes } from './events.ts'

const listening = () => {
  const journal = { onAccepted: () => {} }
  const [bound] = eventRoutes({ journal, views: {}, concerned: async () => [] } as never)
  const principal = { role: 'patient', handle: 'A', org: 'o', device: 'd' }
  return () => bound?.handle({ principal, params: {}, query: {}, input: undefined, alive: async () => true } as never)
}

test('error: a ninth stream of one person is refused, and no heartbeat is left that nobody ends', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const open = listening()
  const streams = []
  for (let i = 0; i < 8; i++) streams.push((await open()) as Response)
  await assert.rejects(async () => open(), { code: 'too-many-streams' })
  // The heartbeat of the refused one would throw here, and end the node.
  t.mock.timers.tick(60_000)
  await new Promise((done) => setImmediate(done))
  await streams[0]?.body?.cancel()
  const again = (await open()) as Response
  assert.equal(again.status, 200)
  for (const one of [...streams.slice(1), again]) await one.body?.cancel()
})
