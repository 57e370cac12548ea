/** kill -9 of the node under load: nothing that was acknowledged is lost, the log never forks, the rebuilt views are the same. */
import assert from 'node:assert/strict'
import { cp, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { inFlight } from '@salus/cli/bench/line'
import { benchPatient, makeDeposits, startBenchNode } from '@salus/cli/bench/world'
import { logKeys, openConsortium } from '@salus/directory/consortium'
import { createCall } from '@salus/directory/device/http'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { journalEndpoints, type Receipt } from '@salus/journal/contract'
import { parseProof } from '@salus/journal/proof'
import { verifyCheckpoint, verifyReceipt } from '@salus/journal/verify'
import { composeNode } from '@salus/node-app/compose'
import { openOwn, sync } from '@salus/records/device/patient'
import { deskLink, patientLink } from './relink.ts'

const ROUNDS = 5

test('kill -9 of the node under load, five times, loses nothing acknowledged', async () => {
  const node = await startBenchNode()
  const acked: { statement: string; receipt: Receipt }[] = []
  try {
    const patient = await benchPatient(node)
    const wire = { ...node.reach, clock: systemClock, random: systemRandom }
    const call = createCall(wire)
    const logs = logKeys(await openConsortium(JSON.stringify(await call(directoryEndpoints.consortium))))
    let lost = 0
    for (let round = 0; round < ROUNDS; round++) {
      const made = await makeDeposits({ ...node, desk: await deskLink(node) }, patient.keys.handle, 240)
      const groups = made.map((one) => [one.item])
      let down = false
      const before = acked.length
      const load = inFlight(groups, 32, async (items) => {
        if (down) return
        const answer = await call(journalEndpoints.submit, { input: { items } }).catch(() => undefined)
        const receipt = answer?.receipts[0]
        if (receipt) acked.push({ statement: items[0]?.statement ?? '', receipt })
        else lost++
      })
      // In the middle of the load, at another place each round; by what was acknowledged, not by the clock.
      while (acked.length - before < 20 + round * 13) await new Promise((resolve) => setTimeout(resolve, 2))
      down = true
      await node.crash()
      await load
    }
    assert.ok(acked.length > 50, `${acked.length} acknowledged`)
    assert.ok(lost > 0, 'some were cut off, or the kill came too late to prove anything')
    const desk = await deskLink(node)
    for (const { statement, receipt } of acked) {
      const again = await desk.link.call(journalEndpoints.receipt, { params: { index: receipt.index } })
      assert.equal(again.statement, statement)
      await verifyReceipt(statement, again.receipt, logs)
    }
    await sync(Object.assign(patient, { link: await patientLink(patient, node) }))
    let opened = 0
    for await (const one of openOwn(patient)) if (one.fhir) opened++
    assert.ok(opened >= acked.length, 'the patient opens all that was acknowledged')
    await checkHistory(node.dir, acked, logs)
  } finally {
    await node.stop()
  }
})

/** Every checkpoint that was ever handed out is consistent with the log as it stands: no fork, no rewind. */
async function checkHistory(
  dir: string,
  acked: readonly { receipt: Receipt }[],
  logs: Parameters<typeof verifyCheckpoint>[1],
) {
  const at = await composeNode({ dir: await copyOf(dir), clock: systemClock, random: systemRandom, log: () => {} })
  const sizes = new Map<number, Uint8Array>()
  for (const { receipt } of acked) {
    const { size, root } = await verifyCheckpoint(parseProof(receipt.proof).checkpoint, logs)
    sizes.set(size, root)
  }
  assert.ok(sizes.size > 10)
  for (const [size, root] of sizes) {
    assert.deepEqual(await at.views.tx((v) => at.journal.log.root(v, size)), new Uint8Array(root), `size ${size}`)
  }
  await at.ledger.verify()
  await at.close()
}

/** A copy, as a crash leaves it: the running node keeps its own files. */
async function copyOf(dir: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'salus-copy-'))
  await cp(dir, copy, { recursive: true })
  return copy
}
