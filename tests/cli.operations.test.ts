/** Backup, restore, upgrade and the end of a log, as an administrator types them. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createCommands } from './commands.ts'

test('a running node is backed up, put back elsewhere, checked, closed for good; each in words', async () => {
  const c = await createCommands('operations')
  const [backup, keys, data] = ['backup', 'keys.json', 'back'].map((one) => join(c.root, one)) as [
    string,
    string,
    string,
  ]
  await c.start()
  const made = await c.done(['backup', backup, '--keys', keys])
  assert.ok(Number(made.entries) > 20)
  assert.equal(statSync(keys).mode & 0o777, 0o600)
  const twice = await c.run(['backup', backup])
  assert.deepEqual([twice.code, /already/.test(twice.err)], [1, true])
  assert.equal((await c.run(['journal', 'close'], 'x\n')).code, 1, 'not under a running node')
  await c.stop()

  const strange = join(c.root, 'strange')
  mkdirSync(strange)
  writeFileSync(join(strange, 'letter.txt'), 'sample')
  const founded = await c.run(['start'], '', { SALUS_DATA: strange })
  assert.deepEqual([founded.code, /not empty/.test(founded.err)], [1, true])
  assert.deepEqual(readdirSync(strange), ['letter.txt'], 'nothing is founded in somebody’s folder')

  const there = { SALUS_DATA: data }
  const over = await c.run(['restore', backup])
  assert.deepEqual([over.code, /not empty/.test(over.err)], [1, true])
  const restored = await c.run(['restore', backup, '--keys', keys], '', there)
  assert.equal(restored.code, 0, restored.err)
  assert.match(restored.out, /What came after the backup is missing/)
  assert.match(restored.out, /memory of erasures/)
  assert.ok(restored.out.includes(join(data, 'keys')), 'it says where the keys are')
  assert.equal((await c.run(['doctor'], '', there)).code, 0)
  assert.ok(existsSync(join(data, 'restored.json')))
  assert.match((await c.run(['journal', 'checked'], '', there)).out, /Noted/)
  assert.ok(!existsSync(join(data, 'restored.json')))
  assert.match((await c.run(['upgrade', join(c.root, 'none')], '', there)).out, /up to date/)

  const { origin } = JSON.parse(readFileSync(join(data, 'node.json'), 'utf8')) as { origin: string }
  assert.equal((await c.run(['journal', 'close'], 'another\n', there)).code, 2)
  const closed = await c.run(['journal', 'close'], `${origin}\n`, there)
  assert.equal(closed.code, 0, closed.err)
  const start = await c.run(['start'], '', there)
  assert.deepEqual([start.code, /closed this journal for good/.test(start.err)], [1, true])
  writeFileSync(
    join(data, 'node.json'),
    readFileSync(join(data, 'node.json'), 'utf8').replace('"format":2', '"format":1'),
  )
  const old = await c.run(['start'], '', there)
  assert.deepEqual([old.code, /salus upgrade FOLDER/.test(old.err)], [1, true])
})
