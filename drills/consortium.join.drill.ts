/** A fifth hospital joins by a snapshot while the others write; then the first leaves. The four that remain go on without it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { base64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import type { OrgId } from '@salus/base/ids'
import { makeHome } from '@salus/ledger/comet/home'
import { joinTestNet, noComet, openTestNet } from '@salus/ledger/comet/testing'
import type { Engine } from '@salus/ledger/contract'
import { bodyOf, createSender, type Sender, sampleGenesis, sampleMember } from '@salus/ledger/samples'

const SNAPSHOT_EVERY = 20

/** Says one thing after another at its own node until it is told to stop; gives how many were acknowledged. */
function writing(engine: Engine, sender: Sender) {
  let over = false
  let acknowledged = 0
  const done = (async () => {
    while (!over) {
      const digest = base64url(systemRandom(32))
      const body = { app: 'salus-web' as const, version: '1.0.0', digest }
      await engine.submit(await sender.next('app.publish', body))
      acknowledged++
    }
  })()
  // Whoever stops it hears of what went wrong.
  done.catch(() => undefined)
  return {
    count: () => acknowledged,
    async stop() {
      over = true
      await done
    },
  }
}

const until = async (what: string, holds: () => Promise<boolean> | boolean) => {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 1_200, what)
    await wait(50)
  }
}

test('a fifth joins by a snapshot under load, the first leaves: the others go on', { skip: noComet() }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'salus-join-'))
  const names = [1, 2, 3, 4, 5].map((nth) => `sample-${nth}`)
  const members = await Promise.all(
    names.map(async (name, i) => sampleMember(name, await makeHome(join(folder, `comet-${i + 1}`)))),
  )
  const founders = members.slice(0, 4)
  const genesis = sampleGenesis(founders)
  const senders = members.map(({ org, keys }) => createSender(org, keys))
  const net = await openTestNet({ folder, genesis, count: 4, snapshotEvery: SNAPSHOT_EVERY })
  const engine = (nth: number) => net.validators[nth - 1]?.engine as Engine
  const sender = (nth: number) => senders[nth - 1] as Sender
  // The fourth writes; the others vote, each at its own node.
  const load = writing(engine(4), sender(4))
  try {
    await until('a snapshot', async () => (await engine(1).info()).height > SNAPSHOT_EVERY + 2)
    const [fifth] = members.slice(4)
    assert.ok(fifth)
    for (const nth of [1, 2, 3]) await engine(nth).submit(await sender(nth).next('org.admit', bodyOf(fifth)))
    await until('five votes', async () => ((await engine(1).query('members/peers')) as unknown[]).length === 5)
    const joined = await joinTestNet(net, { folder, genesis, nth: 5, snapshotEvery: SNAPSHOT_EVERY })
    await until('the fifth is where the others are', async () => {
      const [here, there] = [await joined.engine.info(), await engine(1).info()]
      return there.height - here.height < 3
    })
    // By a snapshot and not block by block: what came before it is not here.
    const [first] = await joined.engine.blocks(1, 1)
    assert.ok((first?.height ?? 0) > SNAPSHOT_EVERY - 1, `its first block is ${first?.height}`)
    const said = await joined.engine.submit(
      await sender(5).next('app.publish', { app: 'salus-web', version: '1.0.0', digest: base64url(systemRandom(32)) }),
    )
    assert.ok(said.height > 0, 'the fifth is heard')
    for (const nth of [2, 3, 5]) {
      const at = nth === 5 ? joined.engine : engine(nth)
      await at.submit(await sender(nth).next('org.remove', { org: 'sample-1' as OrgId }))
    }
    const before = load.count()
    await net.validators[0]?.comet.kill()
    await until('the four go on', () => load.count() > before + 20)
    await load.stop()
    await until('all are at one state', async () => {
      const infos = await Promise.all([engine(2), engine(3), engine(4), joined.engine].map((one) => one.info()))
      return infos.every(({ height, appHash }) => height === infos[0]?.height && appHash === infos[0]?.appHash)
    })
    t.diagnostic(`${load.count()} acknowledged; the fifth began at block ${first?.height}`)
    await joined.close()
  } finally {
    await net.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
