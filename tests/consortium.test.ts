/** Four hospitals on one machine, as somebody types it: they start, one falls and comes back, lines are cut and joined, all stop. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openPatient } from '@salus/cli/people'
import { findCometbft } from '@salus/ledger/comet/binary'
import { noComet } from '@salus/ledger/comet/testing'
import { createCommands } from './commands.ts'
import { up } from './upped.ts'

type Hospital = { node: string; url: string; height?: number; entries?: number; witnessed?: number; peers?: number }
type Status = { hospitals: Hospital[]; quorum: boolean; tolerated: number; cut: [number, number][] }

/** A physician of the second hospital types a patient's name of the first: the own hospital finds the record and carries on what is asked. */
async function carriedOn({ run, data, env }: Awaited<ReturnType<typeof createCommands>>, all: readonly Hospital[]) {
  const device = (nth: number, name: string) => join(data, 'consortium', `hospital-${nth}`, 'devices', name)
  const [ines, doctor] = [device(1, 'ines-delcourt'), device(2, 'dr-okafor')]
  const reach = { base: all[0]?.url ?? '', fetch: (to: string, init: RequestInit) => fetch(to, init) }
  const { handle } = (await openPatient(ines, reach)).keys
  const wanted = ['--patient', handle, '--categories', 'allergies', '--device', doctor]
  let asked = await run(['pro', 'request', ...wanted], '', env)
  // His credential reaches the first hospital by itself, after a while.
  for (let tries = 0; asked.code !== 0 && tries < 40; tries++) {
    await wait(500)
    asked = await run(['pro', 'request', ...wanted], '', env)
  }
  assert.equal(asked.code, 0, asked.err)
  assert.match(asked.out, /your hospital passes it on to journal\.saint-roch\.example/)
  const id = /Request sent: (\S+)/.exec(asked.out)?.[1] ?? ''
  assert.match((await run(['pro', 'inbox', '--device', doctor], '', env)).out, new RegExp(`${id}  waiting`))
  assert.equal((await run(['patient', 'approve', id, '--device', ines], '', env)).code, 0)
  const read = await run(['pro', 'read', id, '--device', doctor], '', env)
  assert.equal(read.code, 0, read.err)
  assert.match(read.out, /\(filed /)
}

test('consortium: four hospitals start, one falls and returns, lines are cut and joined, all stop', {
  skip: noComet(),
}, async () => {
  const at = await createCommands('consortium')
  const env = { ...at.env, SALUS_COMETBFT: findCometbft() ?? '' }
  const running = await up(env, at.root, at.main)
  const say = async (...words: string[]) =>
    (await at.run(['consortium', ...words, '--json'], '', env)).json as never as Status
  const until = async (what: string, holds: (status: Status) => boolean): Promise<Status> => {
    for (let tries = 0; tries < 120; tries++) {
      const status = await say('status')
      if (holds(status)) return status
      await wait(500)
    }
    throw new Error(what)
  }
  try {
    assert.match(running.printed, /Failures tolerated at once: 1/)
    const all = await until('every journal is cosigned by the others', ({ hospitals }) =>
      hospitals.every(({ entries = 0, witnessed = 0, peers }) => entries > 10 && witnessed === entries && peers === 3),
    )
    // Each node serves its own pages and people, and knows its own journal.
    for (const { url } of all.hospitals) {
      const page = await fetch(url)
      assert.equal(page.status, 200)
    }
    await carriedOn(at, all.hospitals)
    const killed = await say('kill', '3')
    assert.equal(killed.hospitals[2]?.node, 'away')
    assert.equal((await say('kill', '4')).quorum, false)
    const words = await at.run(['consortium', 'status'], '', env)
    assert.match(words.out, /No new block: no more than two thirds/)
    // What is local is still read.
    assert.equal((await fetch(`${all.hospitals[0]?.url}/journal/checkpoint`)).status, 200)
    await say('rejoin', '3')
    await say('rejoin', '4')
    await until('both are back', ({ hospitals, quorum }) => quorum && hospitals.every(({ node }) => node === 'ready'))
    const cut = await say('partition', '1,2/3,4')
    assert.equal(cut.cut.length, 4)
    assert.equal(cut.quorum, false)
    assert.equal((await say('partition')).quorum, true)
    await until('they hear each other again', ({ hospitals }) => hospitals.every(({ peers }) => peers === 3))
    await say('wipe', '2')
    await say('rejoin', '2')
    await until('what was wiped is made again from the others', ({ hospitals: [, second] }) =>
      Boolean(second?.node === 'ready' && second.entries && second.entries >= (all.hospitals[1]?.entries ?? 0)),
    )
    for (const wrong of [
      ['kill', '9'],
      ['kill', 'x'],
      ['kill', '1', '--only', 'disk'],
      ['partition', '1,9/2'],
    ]) {
      assert.notEqual((await at.run(['consortium', ...wrong], '', env)).code, 0)
    }
    assert.equal((await at.run(['consortium', 'down'], '', env)).code, 0)
    assert.equal(await running.ended, 0)
    const away = await at.run(['consortium', 'status'], '', env)
    assert.equal(away.code, 1)
    assert.match(away.err, /No consortium runs/)
  } finally {
    running.child.kill('SIGTERM')
    await running.ended
  }
})
