/** Two gigabytes of ndjson through the whole importer, out of a pipe: flat memory, what is a record is filed, and the node goes on. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startNode } from '@salus/node-app/testing'
import { createGuard } from '../tests/bad-input.ts'
import { createImport, pipeOf } from '../tests/importing.ts'
import { world } from '../tests/people.ts'
import { seconds } from './budget.ts'

const WHOLE = 2e9
/** Bytes that a slow machine still reads in a second; a share of the time that is too short reads less, and says so. */
const PACE = 25e6
/** One line in so many is somebody's record; the others concern nobody, are read whole all the same, and set aside. */
const SELDOM = 1_000
/** What may be held beyond what was held before, bytes. */
const MOST = 200e6

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const held = (): number => {
  collectGarbage()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

const text = 'A narrative (sample), long enough to be one. '.repeat(170)
const nobody = (n: number) =>
  JSON.stringify({ resourceType: 'Basic', id: `n${n}`, code: { text }, n: { x: [n, n, n] } })
const record = (n: number) =>
  JSON.stringify({ resourceType: 'Observation', id: `o${n}`, status: 'final', subject: { reference: 'Patient/p' } })

test('a 2 GB ndjson streams with flat memory', async (t) => {
  const size = Math.min(WHOLE, Math.floor(seconds * 0.8 * PACE))
  const at = await startNode()
  const guard = await createGuard(world(at))
  const desk = await createImport(guard.w)
  const sent = { bytes: 0, records: 0, aside: 0 }
  let most = 0
  const before = held()
  function* file() {
    yield `${JSON.stringify({ resourceType: 'Patient', id: 'p' })}\n`
    while (sent.bytes < size) {
      const lines = Array.from({ length: SELDOM }, (_, i) => (i === 0 ? record(sent.records) : nobody(sent.aside + i)))
      sent.records++
      sent.aside += SELDOM - 1
      const block = Buffer.from(`${lines.join('\n')}\n`)
      sent.bytes += block.length
      yield block
      most = Math.max(most, held() - before)
    }
  }
  const { path, done } = pipeOf(join(desk.folder, 'large.ndjson'), file())
  const counts = await desk.run(path)
  await done
  t.diagnostic(`${Math.round(sent.bytes / 1e6)} MB, at most ${Math.round(most / 1e6)} MB held`)
  assert.deepEqual(counts.deposited, { Patient: 1, Observation: sent.records })
  assert.deepEqual(counts.setAside, { Basic: sent.aside })
  assert.ok(most < MOST, `${most} bytes held of ${sent.bytes}`)
  await guard.goesOn()
  await desk.close()
  await at.node.close()
  await t.test('all two gigabytes', (whole) => {
    if (size < WHOLE) whole.skip(`${Math.round(size / 1e6)} MB only, the time given is too short for the rest`)
  })
})
