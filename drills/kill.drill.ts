/** Fifty times kill -9 of a node at random moments, start-ups among them, while people work on it over HTTP. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startBenchNode } from '@salus/cli/bench/world'
import { openDesk } from '@salus/cli/people'
import { logKeys } from '@salus/directory/consortium'
import { openOwn, sync } from '@salus/records/device/patient'
import { checkSurvivors, recorded } from '../tests/crashed.ts'
import { patientLink } from '../tests/relink.ts'
import { createChance, timeLeft } from './budget.ts'
import { came, startLoad } from './load.ts'

const KILLS = 50
const ERRANDS = ['deposit', 'request', 'approve', 'read', 'revoke', 'renew', 'open'] as const

test('fifty kills under load: nothing acknowledged is lost, no fork, everything verifies, views are the same', async (t) => {
  const chance = createChance()
  t.diagnostic(`seed ${chance.seed}`)
  const real = await startBenchNode({ advanceMs: 150 })
  const { reach, heard } = recorded(real.reach)
  let falls = 0
  const node = { ...real, reach, desk: await openDesk(`${real.dir}/desk`, reach), falls: () => falls }
  try {
    const load = await startLoad(node, chance, { patients: 3, pros: 3 })
    let kills = 0
    for (; kills < KILLS && timeLeft(); kills++) {
      // Load first, then any moment: a kill while nobody works would prove nothing.
      const before = heard.receipts.size
      while (heard.receipts.size < before + 5) await wait(2)
      // Now at once, now after errands of many steps came to their end.
      await wait(chance.below(chance.pick([50, 400, 4_000])))
      // Every fifth time the node is killed again while it is still getting up.
      falls++
      await node.crash(kills % 5 === 4 ? chance.below(900) : undefined)
      falls++
    }
    // The kills may be over before chance came to what is rare.
    while (!came(load, ERRANDS) && timeLeft(0.9)) await wait(50)
    await load.stop()
    t.diagnostic(`${kills} kills; done: ${JSON.stringify(load.done)}; cut: ${JSON.stringify(load.ended)}`)
    assert.deepEqual([...load.unexplained], [], 'what ended an errand was the fall of the node, or a race')
    const seen = await checkSurvivors(real.dir, heard, logKeys(node.desk.device.roots))
    t.diagnostic(`verified: ${JSON.stringify(seen)}`)
    assert.ok(seen.acknowledged > 5 * kills && seen.sizes > kills && seen.height > kills)
    assert.ok(came(load, ERRANDS), JSON.stringify(load.done))
    for (const patient of load.patients) {
      Object.assign(patient, { link: await patientLink(patient, node) })
      await sync(patient)
      let opened = 0
      for await (const one of openOwn(patient)) if (one.fhir) opened++
      assert.equal(opened, Object.values(patient.book.records).length, 'each patient opens every record')
    }
    await t.test(`all ${KILLS} kills`, (all) => {
      if (kills < KILLS) all.skip(`${KILLS - kills} kills left, the time was used up`)
    })
  } finally {
    await real.stop()
  }
})
