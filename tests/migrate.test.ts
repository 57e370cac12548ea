/** A hospital that ran alone becomes the first validator: votes and history stay, and the ledger goes on under CometBFT. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { findCometbft } from '@salus/ledger/comet/binary'
import { startComet } from '@salus/ledger/comet/process'
import { noComet } from '@salus/ledger/comet/testing'
import { createCommands } from './commands.ts'
import { freePort } from './ports.ts'

test('N28 a ledger that ran alone goes on under CometBFT: history, app hash and votes carry over', {
  skip: noComet(),
}, async () => {
  const at = await createCommands('migrate')
  await at.start()
  const desks = readdirSync(join(at.data, 'devices')).filter((one) => one.startsWith('desk-'))
  const device = (name: string) => ['--device', at.device(name)]
  const before = await at.done(['members', 'list', ...device(desks[0] ?? '')])
  const needed = Number(before.needed)
  const motion = join(at.root, 'node.json')
  // A newcomer's desk makes its card; a member writes the motion, and more than half vote for it.
  const [newcomer, admission] = [join(at.root, 'desk-nord'), join(at.root, 'join.json')]
  const said = ['--org', 'hopital-nord', '--name', 'Hôpital Nord (sample)', '--kind', 'hospital', '--country', 'FR']
  await at.done(['desk', 'init', ...said, '--device', newcomer])
  const made = [
    'members',
    'admit',
    join(newcomer, 'card.json'),
    '--entity',
    'Hôpital Nord (sample)',
    '--output',
    admission,
  ]
  const written = await at.run(made)
  assert.equal(written.code, 0, written.err)
  const shown = /to compare with it before anybody votes: (.+)/.exec(written.out)?.[1] ?? ''
  const asked = await at.run(['members', 'vote', admission, ...device(desks[0] ?? '')], 'no\n')
  assert.ok(shown !== '' && asked.out.includes(`admit the organisation hopital-nord (key ${shown})`))
  for (const name of desks.slice(0, needed)) await at.done(['members', 'vote', admission, '--yes', ...device(name)])
  const grown = await at.done(['members', 'list', ...device(desks[0] ?? '')])
  assert.ok((grown.members as { org: string }[]).some(({ org }) => org === 'hopital-nord'))
  await at.stop()
  const migrate = ['ledger', 'migrate', '--to', 'cometbft', '--p2p', String(await freePort())]
  const early = await at.run(migrate)
  assert.equal(early.code, 1)
  assert.match(early.err, /No vote has admitted this node/)
  await at.done([
    ...['members', 'node', '--org', 'saint-roch-node', '--url', at.url, '--entity', 'Hôpital Saint-Roch (sample)'],
    ...['--contract', 'A-1', '--output', motion],
  ])
  await at.start()
  // The node that runs has no say of its own: its members decide.
  for (const [i, name] of desks.slice(0, Number(grown.needed)).entries()) {
    const voted = await at.done(['members', 'vote', motion, '--yes', ...device(name)])
    assert.equal(voted.decided, i === Number(grown.needed) - 1)
  }
  const twice = await at.run(['members', 'vote', motion, '--yes', ...device(desks[0] ?? '')])
  assert.equal(twice.code, 1)
  await at.stop()
  const moved = await at.done(migrate)
  assert.ok(Number(moved.height) > 0 && existsSync(join(at.data, 'comet.json')))
  assert.equal((await at.run(migrate)).code, 1, 'once')
  await at.start()
  const comet = startComet(findCometbft() ?? '', join(at.data, 'comet'))
  try {
    const leave = join(at.root, 'leave.json')
    await at.done(['members', 'motion', 'tresor', '--output', leave])
    // CometBFT connects, replays nothing and makes its first block after the last one that was made here.
    let voted: Record<string, unknown> | undefined
    for (let tries = 0; !voted && tries < 60; tries++) {
      const ran = await at.run(['members', 'vote', leave, '--yes', '--json', ...device(desks[1] ?? '')])
      if (ran.code === 0) voted = ran.json
      else await wait(500)
    }
    assert.ok(Number(voted?.height) > Number(moved.height), 'the first block stands after the last one')
    const after = await at.done(['members', 'list', ...device(desks[0] ?? '')])
    assert.deepEqual(
      (after.members as { org: string }[]).map(({ org }) => org),
      (grown.members as { org: string }[]).map(({ org }) => org),
    )
    await at.stop()
    assert.equal((await at.run(['doctor'])).code, 0)
  } finally {
    await comet.stop()
    await at.stop()
  }
})
