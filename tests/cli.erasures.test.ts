/** A memory of erasures whose end is gone, as an administrator meets it. */
import assert from 'node:assert/strict'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createCommands } from './commands.ts'

test('N11 a node without its memory of erasures does not start, and says so; an administrator may call it lost', async () => {
  const c = await createCommands('erasures')
  const [backup, keys, back] = ['backup', 'keys.json', 'back'].map((one) => join(c.root, one)) as [
    ...[string, string, string],
  ]
  await c.start()
  assert.equal((await c.run(['patient', 'erase', '--device', c.device('lou-bertrand')], 'ERASE\n')).code, 0)
  await c.done(['backup', backup, '--keys', keys])
  const running = await c.run(['erasures', 'lost'])
  assert.deepEqual([running.code, running.err.includes('already run')], [1, true], running.err)
  await c.stop()
  const memory = `${c.data}-erased.log`
  assert.ok(existsSync(memory))
  assert.match((await c.run(['erasures', 'lost'])).out, /Nothing is missing/)
  renameSync(memory, `${memory}.away`)

  const start = await c.run(['start'])
  assert.deepEqual([start.code, /shorter than this data has seen it/.test(start.err)], [1, true], start.err)
  assert.match(start.err, /salus erasures lost/)
  assert.equal((await c.run(['doctor'])).code, 1)
  const wrong = await c.run(['erasures', 'lost', '--json'], '7\n')
  assert.deepEqual([wrong.code, wrong.json.code], [2, 'misuse'])
  assert.equal((await c.run(['doctor'])).code, 1, 'nothing was noted')
  const french = await c.run(['erasures', 'lost'], '1\n', { LANG: 'fr_FR.UTF-8' })
  assert.deepEqual([french.code, /Détruisez toute sauvegarde/.test(french.out)], [0, true], french.err)
  assert.equal((await c.run(['doctor'])).code, 0)
  assert.match((await c.run(['erasures', 'lost', '--help'])).out, /Destroy those\s+backups first/)

  const there = { SALUS_DATA: back }
  const restored = await c.run(['restore', backup, '--keys', keys], '', there)
  assert.match(restored.out, /What the law had kept \(desk hold\) of somebody erased since the backup is not in it/)
  assert.match((await c.run(['start'], '', there)).err, /shorter than this data has seen it/)
  renameSync(`${memory}.away`, `${back}-erased.log`)
  assert.equal((await c.run(['doctor'], '', there)).code, 0)
})
