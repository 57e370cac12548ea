/** A parent acts for a child, as both type it: named, asked, answered, looked at, ended; the log names the parent. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createCommands } from './commands.ts'

const { device, data, run, done, start, stop } = await createCommands('represent')
before(() => start())
after(() => stop())

const patient = (verb: string, name: string, ...more: string[]) => [
  ...['patient', ...verb.split(' '), '--device', device(name)],
  ...more,
]

test('D29 a representative is named, acts with --for, and is dismissed', async () => {
  const { patients } = JSON.parse(await readFile(join(data, 'demo.json'), 'utf8')) as {
    patients: Record<string, string>
  }
  const [child = '', parent = ''] = [patients['ines-delcourt'], patients['marc-ferrand']]
  await done(patient('representatives add', 'ines-delcourt', parent, '--until', '30d'))
  const { represented } = await done(patient('represented', 'marc-ferrand'))
  assert.deepEqual(
    (represented as { handle: string }[]).map((one) => one.handle),
    [child],
  )
  const own = (await done(patient('record', 'ines-delcourt'))).records as unknown[]
  const seen = (await done(patient('record', 'marc-ferrand', '--for', child))).records as unknown[]
  assert.deepEqual(seen.length, own.length)
  assert.ok(seen.length > 0)
  const inbox = await run(patient('inbox', 'marc-ferrand', '--for', child))
  assert.equal(inbox.code, 0, inbox.err)
  const { entries } = await done(patient('log', 'ines-delcourt'))
  const reads = (entries as { type: string; by?: string }[]).filter((one) => one.type === 'RecordRead')
  assert.equal(reads.at(-1)?.by, parent)
  const none = await run([...patient('record', 'ines-delcourt', '--for', parent), '--json'])
  assert.deepEqual([none.code, none.json.code], [1, 'representative-refused'])
  await done(patient('representatives remove', 'ines-delcourt', parent))
  const over = await run([...patient('record', 'marc-ferrand', '--for', child), '--json'])
  assert.deepEqual([over.code, over.json.code], [1, 'representative-refused'])
})
