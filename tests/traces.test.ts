/** What stays and what goes: rebuilding, erasing, and what a thief of the disk reads. Where identifiers may never be: privacy.test.ts. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { verifyReceipt } from '@salus/journal/verify'
import { composeNode } from '@salus/node-app/compose'
import { rebuildViews } from '@salus/node-app/rebuild'
import { startNode } from '@salus/node-app/testing'
import { erase } from '@salus/records/device/patient'
import { recordEndpoints } from '@salus/records/endpoints'
import { deskAuthor, newPatient, request, world, write } from './people.ts'
import { bytesOf, dump, needlesOf, unfolded } from './scan.ts'
import { story, traits } from './story.ts'

test('rule 5: views dropped and rebuilt from the sources are the same, row for row, also after an erasure', async () => {
  const at = await startNode()
  const w = world(at)
  const { other } = await story(w)
  await write(await deskAuthor(w), other.keys.handle, 'problems', { n: 1 })
  await erase(other)
  const before = await dump(at.node.views)
  assert.ok((before.record?.length ?? 0) >= 3 && (before.grant_given?.length ?? 0) >= 2)
  await at.node.close()
  const ports = { dir: at.dir, clock: systemClock, random: systemRandom, log: () => {} }
  const size = await rebuildViews(ports)
  assert.ok(size > 20)
  const again = await composeNode(ports)
  assert.deepEqual(await dump(again.views), before)
  await again.close()
})

test('R8 erasing leaves no ciphertext, statement, salt, packet, index or freed page; others still verify', async () => {
  const at = await startNode()
  const w = world(at)
  const { patient, other, doctor } = await story(w)
  const { handle } = patient.keys
  const desk = await deskAuthor(w)
  const kept = await write(desk, other.keys.handle, 'problems', { n: 2 })
  const needles = await needlesOf(at.node, patient)
  assert.ok(needles.length > 40)
  const before = bytesOf(at.dir)
  assert.ok(
    needles.every((one) => before.includes(one)),
    'the scan finds what is there',
  )
  const pending = await request(w, doctor, handle, ['plans'])
  const { receipt, statement } = await erase(patient)
  const after = bytesOf(at.dir)
  for (const [i, one] of [...needles, Buffer.from(pending)].entries())
    assert.ok(!after.includes(one), `needle ${i} is gone`)
  await verifyReceipt(statement, receipt, desk.link.logs)
  const index = await at.node.sources.tx(async (s) =>
    s.get<{ idx: number }>('SELECT idx FROM statement WHERE token = ?', kept.item.statement),
  )
  const proof = await at.node.journal.receiptAt(index?.idx ?? -1)
  assert.ok(proof)
  await verifyReceipt(kept.item.statement, proof.receipt, desk.link.logs)
  await assert.rejects(
    patient.link.call(recordEndpoints.own, {}),
    { code: 'session-invalid' },
    'sessions die with the person',
  )
  await at.node.close()
})

test('P21 a thief of the whole disk, desk and devices aside, reads no clinical word and no name', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'salus-thief-'))
  const at = await startNode({ dir })
  const w = world(at)
  await story(w)
  const patient = await newPatient(w)
  await write(await deskAuthor(w), patient.keys.handle, 'problems', {
    resourceType: 'Condition',
    note: 'Zygomycosis-sample',
  })
  await at.node.close()
  const bytes = unfolded(bytesOf(dir))
  assert.ok(bytes.includes('RecordDeposited'), 'the scan reads inside tokens')
  for (const word of ['Zygomycosis-sample', traits.family, traits.birthDate, 'AllergyIntolerance']) {
    assert.ok(!bytes.includes(Buffer.from(word)), word)
  }
})
