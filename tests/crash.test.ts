/** kill -9 of the node under load: nothing that was acknowledged is lost, the log never forks, the rebuilt views are the same. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { inFlight } from '@salus/cli/bench/line'
import { benchPatient, makeDeposits, type Reach, startBenchNode } from '@salus/cli/bench/world'
import { openDesk } from '@salus/cli/people'
import { logKeys, openConsortium } from '@salus/directory/consortium'
import { createCall } from '@salus/directory/device/http'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { journalEndpoints } from '@salus/journal/contract'
import { openOwn, sync } from '@salus/records/device/patient'
import { checkSurvivors, recorded } from './crashed.ts'
import { deskLink, patientLink } from './relink.ts'

const ROUNDS = 5

test('kill -9 of the node under load, five times, loses nothing acknowledged', async () => {
  const node = await startBenchNode()
  try {
    const patient = await benchPatient(node)
    const { reach, heard } = recorded(node.reach)
    const call = createCall({ ...reach, clock: systemClock, random: systemRandom })
    const logs = logKeys(await openConsortium(JSON.stringify(await call(directoryEndpoints.consortium))))
    let lost = 0
    for (let round = 0; round < ROUNDS; round++) {
      const made = await makeDeposits({ ...node, desk: await deskLink(node) }, patient.keys.handle, 240)
      const groups = made.map((one) => [one.item])
      let down = false
      const before = heard.receipts.size
      const load = inFlight(groups, 32, async (items) => {
        if (down) return
        await call(journalEndpoints.submit, { input: { items } }).catch(() => void lost++)
      })
      // In the middle of the load, at another place each round; by what was acknowledged, not by the clock.
      while (heard.receipts.size - before < 20 + round * 13) await new Promise((resolve) => setTimeout(resolve, 2))
      down = true
      await node.crash()
      await load
    }
    assert.ok(heard.receipts.size > 50, `${heard.receipts.size} acknowledged`)
    assert.ok(lost > 0, 'some were cut off, or the kill came too late to prove anything')
    await sync(Object.assign(patient, { link: await patientLink(patient, node) }))
    let opened = 0
    for await (const one of openOwn(patient)) if (one.fhir) opened++
    assert.ok(opened >= heard.receipts.size, 'the patient opens all that was acknowledged')
    const { sizes } = await checkSurvivors(node.dir, heard, logs)
    assert.ok(sizes > 10)
  } finally {
    await node.stop()
  }
})

test('N7 a kill signs everybody out, and a device that goes on signs in again by itself', async () => {
  const node = await startBenchNode()
  try {
    let opened = 0
    const reach = { ...node.reach, fetch: counted(node.reach.fetch, () => void opened++) }
    const { link } = await openDesk(join(node.dir, 'desk'), reach)
    await link.call(directoryEndpoints.claims)
    assert.equal(opened, 1)
    await node.crash()
    await link.call(directoryEndpoints.claims)
    await Promise.all([link.call(directoryEndpoints.claims), link.call(directoryEndpoints.keepers)])
    assert.equal(opened, 2)
  } finally {
    await node.stop()
  }
})

/** `fetch`, with an ear for new sessions. */
const counted =
  (fetch: Reach['fetch'], heard: () => void): Reach['fetch'] =>
  (url, init) => {
    if (new URL(url).pathname === directoryEndpoints.session.path) heard()
    return fetch(url, init)
  }
