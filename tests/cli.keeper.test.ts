/** A demonstration is whole: its emergency is answered without anybody starting a keeper, which ends with the node. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createCommands } from './commands.ts'

const c = await createCommands('cli-keeper')
const morel = c.device('dr-morel')
before(() => c.start({ SALUS_KEEPER: 'on' }))
after(() => c.stop())

/** Nobody works on the keeper's folder: its lock can be had, and is given back at once. */
function isFree(): boolean {
  const lock = new DatabaseSync(join(c.device('keeper'), 'device.lock'))
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch {
    return false
  } finally {
    lock.close()
  }
}

/** Waits until the keeper's folder is held, or is nobody's. */
async function becomes(state: 'held' | 'free'): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (isFree() === (state === 'free')) return
    await wait(100)
  }
  assert.fail(`after half a minute the keeper's folder was not ${state}`)
}

test('behavior: the keeper of the demonstration answers an emergency; the tour does not ask for another one', async () => {
  assert.match(c.printed(), /The keeper runs beside this node already/)
  assert.doesNotMatch(c.printed(), /salus keeper/)
  const { patients } = JSON.parse(readFileSync(join(c.data, 'demo.json'), 'utf8'))
  const glass = ['--patient', patients['ines-delcourt'], '--reason', 'unconscious']
  const id = String((await c.done(['pro', 'break-glass', '--device', morel, ...glass])).emergency)
  await c.done(['pro', 'second', id, '--device', c.device('nurse-adjani')])
  let read = await c.run(['pro', 'read', id, '--device', morel, '--json'])
  for (let i = 0; i < 60 && read.json.code === 'emergency-waiting'; i++) {
    await wait(250)
    read = await c.run(['pro', 'read', id, '--device', morel, '--json'])
  }
  assert.equal(read.code, 0, read.err)
  assert.ok('allergies' in (read.json.categories as object))
})

test('behavior: the keeper ends with its node, stopped or killed', async () => {
  await becomes('held')
  await c.stop()
  await becomes('free')
  await c.start({ SALUS_KEEPER: 'on' })
  await becomes('held')
  process.kill(c.pid(), 'SIGKILL')
  await becomes('free')
})

test('behavior: a keeper whose node is gone before it could begin ends too', async () => {
  await becomes('free')
  const main = resolve(import.meta.dirname, '../apps/cli/main.ts')
  const child = spawn(process.execPath, [...process.execArgv, main, 'keeper', '--device', c.device('keeper')], {
    env: { PATH: process.env.PATH, SALUS_BESIDE: 'on' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  child.disconnect()
  const limit = setTimeout(() => child.kill('SIGKILL'), 30_000)
  assert.equal(await ended, 0, 'it watches on, for nobody')
  clearTimeout(limit)
})
