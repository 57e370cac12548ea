/** Two hospitals: one's checkpoints are cosigned by the other. Receipts, misses and rollbacks as devices see them. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { seconds } from '@salus/base/clock'
import { manualClock } from '@salus/base/testing'
import { logKeys } from '@salus/directory/consortium'
import { formatVkey } from '@salus/journal/note'
import { parsePolicy } from '@salus/journal/policy'
import { witnessedBy } from '@salus/journal/verify'
import { type AskText, WITNESS_DEADLINE } from '@salus/journal/witnessing'
import { startNode, type TestNode } from '@salus/node-app/testing'
import { approve, sync } from '@salus/records/device/patient'
import { deskAuthor, newPatient, newPro, request, world, write } from './people.ts'

/** A hospital whose log a neighbour cosigns, over the neighbour's own HTTP edge. */
async function neighbours() {
  const { clock, advance } = manualClock()
  let other: TestNode = await startNode({ clock, origin: 'journal.lilas.example' })
  const line = `witness lilas ${formatVkey(other.node.witnessKey)} http://lilas.test/witness`
  const state = { up: true }
  const ask: AskText = async (url, body) => {
    if (!state.up) throw new Error('no route')
    const answer = await other.fetch(url, body === undefined ? {} : { method: 'POST', body })
    return { status: answer.status, body: await answer.text() }
  }
  const at = await startNode({ clock, policy: `${line}\nquorum lilas\n`, ask })
  other = await other.reopen({ follows: logKeys(at.node.roots) })
  return { at, other: () => other, clock, advance, ask, state, policy: parsePolicy(at.node.roots.policy) }
}

/** Rounds run off the request path: waits until the newest receipt is witnessed, or gives up. */
async function settled(at: TestNode): Promise<string> {
  for (let i = 0; i < 100; i++) {
    const last = await at.node.journal.receiptAt(at.node.journal.log.size() - 1)
    if (last?.receipt.status === 'witnessed') return 'witnessed'
    await new Promise((done) => setTimeout(done, 10))
  }
  return 'provisional'
}

test('J21 receipts are provisional and then witnessed by the other hospital; what nobody saw in time is shown as missed', async () => {
  const { at, other, clock, advance, state, policy } = await neighbours()
  const w = world(at, clock)
  const [patient, doctor] = [await newPatient(w), await newPro(w)]
  await write(await deskAuthor(w), patient.keys.handle, 'results', { n: 1 })
  const give = async () => approve(patient, await request(w, doctor, patient.keys.handle, ['results']), {})
  const { receipts } = await give()
  assert.equal(receipts[0]?.status, 'provisional')
  assert.equal(await settled(at), 'witnessed')
  await sync(patient)
  assert.equal(patient.book.unwitnessed?.length, 0, 'the device counted the signatures itself')
  state.up = false
  const later = await give()
  const [receipt] = later.receipts
  assert.ok(receipt)
  await sync(patient)
  const waiting = () => (patient.book.unwitnessed ?? []).map((one) => one.missed ?? false)
  assert.deepEqual(waiting(), [false], 'not yet')
  advance((WITNESS_DEADLINE + 1) * 1000)
  await sync(patient)
  assert.deepEqual(waiting(), [true])
  assert.equal(await witnessedBy(receipt, policy, seconds(clock())), 'missed')
  await other().node.close()
  await at.node.close()
})

test('J21 yesterday’s folder, ledger and all, is found by the witness: nothing is served any more', async () => {
  const { at, other, clock, ask, policy } = await neighbours()
  const w = world(at, clock)
  const patient = await newPatient(w)
  assert.equal(await settled(at), 'witnessed')
  const { node, organisations, dir } = at
  assert.ok(policy.quorum !== 'none' && organisations.length > 0)
  await node.close()
  const copy = mkdtempSync(join(tmpdir(), 'salus-old-'))
  cpSync(dir, copy, { recursive: true })
  const grown = { ...(await startNode({ dir, clock, ask })), organisations }
  await write(await deskAuthor(world(grown, clock)), patient.keys.handle, 'results', { n: 1 })
  assert.equal(await settled(grown), 'witnessed')
  await grown.node.close()
  const old = await startNode({ dir: copy, clock, ask })
  const again = world({ ...old, organisations }, clock)
  const writing = async () => write(await deskAuthor(again), patient.keys.handle, 'results', { n: 2 })
  await writing().catch(() => undefined)
  let code = ''
  for (let i = 0; i < 100 && code !== 'journal-closed'; i++) {
    await new Promise((done) => setTimeout(done, 10))
    code = await writing().then(
      () => '',
      (error: { code: string }) => error.code,
    )
  }
  assert.equal(code, 'journal-closed')
  const answer = await old.fetch('http://node.test/consortium.json', {})
  assert.equal(answer.status, 503)
  await old.node.close()
  await other().node.close()
})
