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

/** A folder as it was, the same node after `more` entries that its witness has cosigned, and who writes to it. */
async function yesterday(more: number) {
  const { at, other, clock, ask, state } = await neighbours()
  const patient = await newPatient(world(at, clock))
  assert.equal(await settled(at), 'witnessed')
  const { node, organisations, dir } = at
  await node.close()
  const copy = mkdtempSync(join(tmpdir(), 'salus-old-'))
  cpSync(dir, copy, { recursive: true })
  const grown = { ...(await startNode({ dir, clock, ask })), organisations }
  const writeTo = async (to: TestNode) =>
    write(await deskAuthor(world({ ...to, organisations }, clock)), patient.keys.handle, 'results', { n: 1 })
  for (let i = 0; i < more; i++) await writeTo(grown)
  assert.equal(await settled(grown), 'witnessed')
  await grown.node.close()
  const open = () => startNode({ dir: copy, clock, ask })
  return { open, writeTo, state, end: () => other().node.close() }
}

const statusOf = async (at: TestNode) => (await at.fetch('http://node.test/consortium.json', {})).status

/** Rounds run off the request path: waits until it serves nothing, or gives up. */
async function shut(at: TestNode): Promise<boolean> {
  for (let i = 0; i < 100 && (await statusOf(at)) !== 503; i++) await new Promise((done) => setTimeout(done, 10))
  return (await statusOf(at)) === 503
}

for (const [more, how] of [
  [2, 'holds more than it'],
  [1, 'holds another of the same size'],
] as const) {
  test(`J21 yesterday’s folder, ledger and all, is found when it is written to: its witness ${how}`, async () => {
    const { open, writeTo, state, end } = await yesterday(more)
    // Nobody answers at its start: it is found all the same when it next asks.
    state.up = false
    const old = await open()
    await old.node.witness()
    assert.equal(await statusOf(old), 200)
    state.up = true
    await writeTo(old)
    assert.ok(await shut(old))
    await assert.rejects(writeTo(old), { code: 'journal-closed' })
    await old.node.close()
    await end()
  })
}

test('J21 yesterday’s folder is found at its start, before anything is written to it', async () => {
  const { open, end } = await yesterday(1)
  const old = await open()
  assert.ok(await shut(old))
  await old.node.close()
  await end()
})

test('J21 a witness that was away is asked again, though nothing was written since', async () => {
  const { at, other, clock, state } = await neighbours()
  state.up = false
  await newPatient(world(at, clock))
  await at.node.witness()
  const waiting = async () => {
    const health = (await (await at.fetch('http://node.test/health', {})).json()) as { size: number; witnessed: number }
    return health.size - health.witnessed
  }
  assert.ok((await waiting()) > 0)
  state.up = true
  await at.node.witness()
  assert.equal(await waiting(), 0)
  await at.node.close()
  await other().node.close()
})
