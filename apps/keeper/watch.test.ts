import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '@salus/base/errors'
import type { KeeperPorts } from './keeper.ts'
import { type KeeperLine, keepLink, look, watch } from './watch.ts'

/** A keeper whose node answers what `call` says. */
function keeperOn(call: (name: string) => unknown) {
  let opened = 0
  const kept = keepLink(async () => {
    opened++
    return { call: async ({ name }: { name: string }) => call(name), clock: () => 0 } as never
  })
  const ports = { ...kept, keys: {} as never, memory: {} as never } satisfies KeeperPorts
  return { ports, opened: () => opened }
}

test('K9 a session that ended is opened anew, a node that is away is asked again, and each is told once', async () => {
  const lines: KeeperLine[] = []
  const stop = new AbortController()
  let looks = 0
  const { ports, opened } = keeperOn(() => {
    looks++
    if (looks === 2) throw new AppError('session-invalid')
    if (looks === 4 || looks === 5) throw new AppError('node-unreachable')
    if (looks === 7) stop.abort()
    return { waiting: [] }
  })
  await watch(ports, (line) => lines.push(line), { everyMs: 1, signal: stop.signal })
  assert.equal(looks, 7)
  assert.equal(opened(), 4, 'one link for many looks, a new one after each fault')
  assert.deepEqual(lines, [
    { event: 'node', code: 'session-invalid' },
    { event: 'node', code: 'node-unreachable' },
  ])
})

test('K9 a session that ends in the middle of an answer is no refusal of the emergency', async () => {
  const { ports } = keeperOn((name) => {
    if (name === 'emergency.waiting') return { waiting: [{ glass: 'g', patient: 'p' }] }
    throw new AppError('session-invalid')
  })
  const refused = new Map<string, number>()
  const memory = { seen: async () => undefined, keep: async () => {} }
  await assert.rejects(
    look({ ...ports, memory }, () => assert.fail('nothing to say'), refused),
    { code: 'session-invalid' },
  )
  assert.equal(refused.size, 0)
})
