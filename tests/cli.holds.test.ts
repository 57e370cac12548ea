/** What a desk and a patient type on bad days: a hold, an erasure that says what stays, two records that are one person. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createCommands } from './commands.ts'

const { device, data, root, run, done, start, stop } = await createCommands('holds')
before(() => start())
after(() => stop())

const desk = (verb: string, ...more: string[]) => [
  ...['desk', ...verb.split(' '), '--device', device('desk-hopital-saint-roch')],
  ...more,
]
const patients = async () =>
  (JSON.parse(await readFile(join(data, 'demo.json'), 'utf8')) as { patients: Record<string, string> }).patients

test('R26 R27 a hold is told when the patient erases, and the desk opens what stayed', async () => {
  const handle = (await patients())['lou-bertrand'] ?? ''
  const about = ['--patient', handle, '--reason', 'medical-record', '--until', '2040-01-01']
  const { hold } = await done(desk('hold', ...about))
  await done(desk(`release ${hold}`, '--patient', handle))
  await done(desk('hold', ...about))
  const log = await run(['patient', 'log', '--device', device('lou-bertrand')])
  assert.match(log.out, /keeps documents for a reason of law/)
  const erased = await run(['patient', 'erase', '--device', device('lou-bertrand')], 'ERASE\n')
  assert.equal(erased.code, 0, erased.err)
  assert.match(erased.out, /Stays: \d+ document\(s\) that .* must keep until .*2040/)
  assert.match(erased.out, /Erased, but for what stays/)
  const { kept } = (await done(desk('kept'))) as { kept: { id: string; versions: number }[] }
  assert.equal(kept.length, 1)
  const file = join(root, 'kept.json')
  await done(desk(`kept ${kept[0]?.id}`, '--out', file))
  const { records } = JSON.parse(await readFile(file, 'utf8')) as { records: { resource: object | null }[] }
  assert.equal(records.length, kept[0]?.versions)
  assert.ok(records.every((one) => one.resource !== null))
  const unknown = await run([...desk('kept AAAAAAAAAAAAAAAAAAAAAAAAAA'), '--json'])
  assert.deepEqual([unknown.code, unknown.json.code], [1, 'hold-unknown'])
})

test('D32 two records are joined, asked for together, and separated again', async () => {
  const all = await patients()
  const [from = '', into = ''] = [all['marc-ferrand'], all['ines-delcourt']]
  const { merge } = await done(desk('merge', '--patient', from, '--into', into))
  const { merges } = (await done(desk('merges'))) as { merges: { merge: string }[] }
  assert.deepEqual(
    merges.map((one) => one.merge),
    [merge],
  )
  const ask = ['pro', 'request', '--device', device('dr-okafor'), '--patient', into, '--categories', 'allergies']
  const { others } = (await done(ask)) as { others: { request: string }[] }
  assert.equal(others.length, 1)
  const inbox = await done(['patient', 'inbox', '--device', device('marc-ferrand')])
  assert.ok((inbox.requests as { id: string }[]).some((one) => one.id === others[0]?.request))
  await done(desk(`unmerge ${merge}`))
  assert.deepEqual(((await done(ask)) as { others: object[] }).others, [])
  const again = await run([...desk(`unmerge ${merge}`), '--json'])
  assert.deepEqual([again.code, again.json.code], [1, 'merge-refused'])
})

test('R29 one person’s records are joined by a document that is shown by name only', async () => {
  const link = ['patient', 'link', '--device', device('ines-delcourt'), '--other', device('marc-ferrand')]
  const { records } = (await done(link)) as { records: string[] }
  const { records: own } = (await done(['patient', 'record', '--device', device('ines-delcourt')])) as {
    records: { record: string }[]
  }
  assert.ok(own.some((one) => one.record === records[0]))
})
