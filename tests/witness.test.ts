/** Two hospitals: one's checkpoints are cosigned by the other. Receipts, misses and rollbacks as devices see them. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { seconds } from '@salus/base/clock'
import { manualClock } from '@salus/base/testing'
import { logKeys } from '@salus/directory/consortium'
import { journalEndpoints, MAX_LIFE, WITNESS_DEADLINE } from '@salus/journal/contract'
import { formatVkey } from '@salus/journal/note'
import { parsePolicy } from '@salus/journal/policy'
import { witnessedBy } from '@salus/journal/verify'
import type { AskText } from '@salus/journal/witnessing'
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

/** Rounds run off the request path, and one that runs takes nothing newer along: asks until the newest is witnessed, or gives up. */
async function settled(at: TestNode): Promise<string> {
  for (let i = 0; i < 100; i++) {
    await at.node.witness()
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
  const { index } = receipt
  await sync(patient)
  const waiting = () => (patient.book.unwitnessed ?? []).map((one) => one.missed ?? false)
  assert.deepEqual(waiting(), [false], 'not yet')
  advance((WITNESS_DEADLINE + 1) * 1000)
  await sync(patient)
  assert.deepEqual(waiting(), [true])
  const said = await patient.link.call(journalEndpoints.receipt, { params: { index } })
  assert.equal(await witnessedBy(said.statement, receipt, policy, seconds(clock())), 'missed')
  // The other hospital is back, and cosigns: too late, which its own clock says. That stays, and the rest is struck off.
  state.up = true
  const after = await give()
  assert.equal(await settled(at), 'witnessed')
  for (let i = 0; i < 2; i++) {
    await sync(patient)
    assert.deepEqual(
      patient.book.unwitnessed?.map((one) => [one.index, one.missed, one.late]),
      [[index, true, true]],
    )
  }
  assert.notEqual(after.receipts[0]?.index, index)
  await other().node.close()
  await at.node.close()
})

/** What a lying node makes of an honest answer, once `on` is set. */
type Lie = (path: string, said: { receipts?: Said[]; receipt?: Said }, earlier: object) => object
type Said = { by?: number; status: string; index: number }

const each =
  (change: (one: Said) => Said): Lie =>
  (_, { receipts, receipt, ...rest }) => ({
    ...rest,
    ...(receipts ? { receipts: receipts.map(change) } : {}),
    ...(receipt ? { receipt: change(receipt) } : {}),
  })
const lies: Record<string, Lie> = {
  'says of no time': each(({ by: _, ...one }) => one),
  'says that nobody is asked': each(({ by: _, ...one }) => ({ ...one, status: 'not-witnessed' })),
  'says that it is witnessed': each(({ by: _, ...one }) => ({ ...one, status: 'witnessed' })),
  'says a time far away': each((one) => ({ ...one, by: 9_999_999_999 })),
  'shows another entry’s receipt, which is witnessed': (path, said, earlier) =>
    path.startsWith('/receipts/') ? earlier : said,
  'shows another entry’s receipt under this one’s place': (path, said, earlier) =>
    path.startsWith('/receipts/')
      ? { ...earlier, receipt: { ...(earlier as { receipt: Said }).receipt, index: said.receipt?.index } }
      : said,
  'shows nothing that can be read': (path, said) => (path.startsWith('/receipts/') ? {} : said),
}

for (const [how, lie] of Object.entries(lies)) {
  test(`J21 a miss is shown by the device’s own reckoning: its node ${how}`, async () => {
    const { at, other, clock, advance, state } = await neighbours()
    let earlier: object | undefined
    const fetch: TestNode['fetch'] = async (url, init) => {
      const answer = await at.fetch(url, init)
      const { pathname } = new URL(url)
      if (!earlier || !answer.ok || !/^\/(statements|receipts\/)/.test(pathname)) return answer
      const told = lie(pathname, (await answer.json()) as never, earlier)
      return new Response(JSON.stringify(told), { headers: { 'content-type': 'application/json' } })
    }
    const w = world({ ...at, fetch }, clock)
    const [patient, doctor] = [await newPatient(w), await newPro(w)]
    await write(await deskAuthor(w), patient.keys.handle, 'results', { n: 1 })
    const give = async () => approve(patient, await request(w, doctor, patient.keys.handle, ['results']), {})
    const index = (await give()).receipts[0]?.index ?? 0
    assert.equal(await settled(at), 'witnessed')
    const witnessed = await patient.link.call(journalEndpoints.receipt, { params: { index } })
    await sync(patient)
    assert.equal(patient.book.unwitnessed?.length, 0)
    state.up = false
    earlier = witnessed
    const hidden = (await give()).receipts[0]?.index
    await sync(patient)
    assert.deepEqual(
      patient.book.unwitnessed?.map((one) => [one.index, one.missed ?? false]),
      [[hidden, false]],
    )
    advance((MAX_LIFE + WITNESS_DEADLINE + 1) * 1000)
    await sync(patient)
    assert.deepEqual(
      patient.book.unwitnessed?.map((one) => [one.index, one.missed ?? false]),
      [[hidden, true]],
    )
    await other().node.close()
    await at.node.close()
  })
}

test('J21 a receipt of the same statement at another place strikes nothing off', async () => {
  const { at, other, clock, advance } = await neighbours()
  const shown = new Map<string, object>()
  const fetch: TestNode['fetch'] = async (url, init) => {
    const answer = shown.get(new URL(url).pathname)
    return answer ? Response.json(answer) : at.fetch(url, init)
  }
  const w = world({ ...at, fetch }, clock)
  const [patient, doctor] = [await newPatient(w), await newPro(w)]
  await write(await deskAuthor(w), patient.keys.handle, 'results', { n: 1 })
  await approve(patient, await request(w, doctor, patient.keys.handle, ['results']), {})
  assert.equal(await settled(at), 'witnessed')
  // As if the entry this device was given a receipt for were further on, and the node showed the statement where it is.
  const waiting = patient.book.unwitnessed ?? []
  assert.ok(waiting.length > 0)
  for (const { index } of waiting)
    shown.set(`/receipts/${index + 1_000}`, await patient.link.call(journalEndpoints.receipt, { params: { index } }))
  patient.book.unwitnessed = waiting.map((one) => ({ ...one, index: one.index + 1_000 }))
  advance((MAX_LIFE + WITNESS_DEADLINE + 1) * 1000)
  await sync(patient)
  assert.deepEqual(
    patient.book.unwitnessed?.map((one) => one.missed),
    waiting.map(() => true),
  )
  await other().node.close()
  await at.node.close()
})

test('J21 the device knows a miss once its own time is over, though the node’s clock stands still', async () => {
  const { at, other, clock, state } = await neighbours()
  const w = world(at, clock)
  const [patient, doctor] = [await newPatient(w), await newPro(w)]
  await write(await deskAuthor(w), patient.keys.handle, 'results', { n: 1 })
  state.up = false
  const { receipts } = await approve(patient, await request(w, doctor, patient.keys.handle, ['results']), {})
  const ahead = { ...patient, link: { ...patient.link, clock: () => clock() + (WITNESS_DEADLINE + 1) * 1000 } }
  await sync(ahead)
  assert.ok(patient.book.unwitnessed?.some((one) => one.index === receipts[0]?.index && one.missed && !one.late))
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
