/** A hospital is wiped: the others hold what was granted, and it is made again from them as exactly the same log. */
import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import { manualClock } from '@salus/base/testing'
import { logKeys } from '@salus/directory/consortium'
import { setCircle } from '@salus/directory/device/circle'
import { signerOf } from '@salus/directory/device/patient'
import { mirroredOf } from '@salus/journal/mirror'
import { parseCheckpoint, parseNote } from '@salus/journal/note'
import type { OwnEntry } from '@salus/journal/replica'
import { verifyReceipt } from '@salus/journal/verify'
import { regainFromPeers } from '@salus/node-app/regain'
import { reachIn, startConsortium, type TestHospital } from '@salus/node-app/testing'
import { approve, erase, sync, takeBack } from '@salus/records/device/patient'
import { at, count, entriesOf, given, quiet, type Three } from './hospitals.ts'
import { intake, linkTo, newPro, proAuthor, readAll, request, type World, world, write } from './people.ts'

const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(isAppError(error), String(error))
  assert.equal(error.code, code)
  return true
}

/** What stands between this hospital and the others. */
type Between = (url: string, answer: Response) => Promise<Response>

/** Three hospitals that cosign each other's logs. */
async function threeWitnesses() {
  const { clock, advance } = manualClock()
  let all: TestHospital[] = []
  /** Where no node is reached, and what the witnesses answered. */
  const [cutOff, answered] = [new Set<string>(), [] as number[]]
  const reach = async (url: string, init: RequestInit) => {
    if ([...cutOff].some((one) => url.startsWith(one))) throw new TypeError('no line')
    return reachIn(all)(url, init)
  }
  const ask = async (url: string, body?: string) => {
    const answer = await reach(url, body === undefined ? {} : { method: 'POST', body })
    answered.push(answer.status)
    return { status: answer.status, body: await answer.text() }
  }
  const names = ['saint-roch', 'cabinet-lilas', 'hopital-nord']
  all = await startConsortium(names, { clock, ask, reach, witnessed: true })
  const [first, b, c] = all as [TestHospital, TestHospital, TestHospital]
  // Devices ask whatever node is at A's address now.
  const a: TestHospital = { ...first, fetch: (url, init) => (all[0] as TestHospital).fetch(url, init) }
  const [wa, wb, wc] = [a, b, c].map((one) => world(one, clock)) as [World, World, World]
  const doctor = await newPro(wb, 'physician', 'cabinet-lilas')
  await quiet(a)
  const there = await at(wa, doctor)
  const close = async () => {
    for (const one of all) await one.node.close()
  }
  return { all, a, b, c, wa, wb, wc, doctor, there, clock, advance, close, reach, cutOff, answered }
}
type Witnesses = Awaited<ReturnType<typeof threeWitnesses>>

/** Everything of a hospital goes but its keys and what everybody signed. */
function wipe({ dir }: TestHospital): void {
  for (const name of ['sources.db', 'views.db', 'ledger.db', 'last.json'])
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `${name}${suffix}`), { force: true })
}

const regain = (
  { a, b, c, clock, wa, reach }: Witnesses,
  between: Between = async (_, answer) => answer,
  who: TestHospital = a,
  peers: readonly TestHospital[] = [b, c],
) =>
  regainFromPeers({
    ...{ dir: who.dir, clock, random: wa.random, peers: peers.map(({ url }) => url) },
    reach: async (url, init) => between(url, await reach(url, init)),
  })

/** Opens A's folder again in the place of the one that was wiped. */
async function open(w: Pick<Witnesses, 'a' | 'all'>): Promise<TestHospital> {
  const again: TestHospital = { ...w.a, ...(await w.a.reopen({ closed: true })) }
  w.all[0] = again
  return again
}

test('N27 A is wiped: B reads what was granted; A is made again from its peers, is the same log, and goes on', async () => {
  const w = await threeWitnesses()
  const { patient: device, handle, grant } = await given(w as unknown as Three)
  const first = await count(w.a, 'SELECT idx AS n FROM statement WHERE chain = ? AND number = 1', handle)
  const early = await w.a.node.journal.receiptAt(first)
  for (const one of [w.b, w.c]) await quiet(one)
  await w.a.node.witness()
  const seen = parseCheckpoint(parseNote(w.a.node.journal.checkpoint()).text)
  const entries = await entriesOf(w.a, handle)
  await w.a.node.close()
  wipe(w.a)
  const here = await at(w.wb, w.doctor)
  const read = await readAll(here, grant, handle)
  assert.deepEqual(
    read.map((one) => JSON.parse(one.fhir).note),
    ['sample'],
    'all that was granted',
  )
  await assert.rejects(
    w.a.reopen({ closed: true }),
    refusedWith('journal-wiped'),
    'it begins no other log under its name',
  )
  const back = await regain(w)
  // What the physician of B signed: that keyring is at home there, and comes with the next round.
  assert.deepEqual([back.entries, back.passed, back.alone], [seen.size, [], 2])
  const again = await open(w)
  assert.equal(again.node.condition(), 'ready')
  assert.equal(await entriesOf(again, handle), entries)
  const now = parseCheckpoint(parseNote(again.node.journal.checkpoint()).text)
  assert.deepEqual(now, seen, 'the same root at the same size')
  await quiet(again)
  const wa = world(again, w.clock)
  assert.ok(early)
  const late = await again.node.journal.receiptAt(first)
  assert.ok(late)
  await verifyReceipt(late.stored.token, late.receipt, logKeys(again.node.roots))
  assert.equal(late.stored.token, early.stored.token)
  // Sessions went with the rest: the device signs in again, with the keys it has.
  const patient = { ...device, link: await linkTo(wa, await signerOf(device.keys.device), handle) }
  // The device has seen a checkpoint of the log before: it believes only one that continues it.
  await sync(patient)
  assert.equal(patient.book.log.filter((one) => one.type === 'RecordRead').length, 1, 'the read at B has come home')
  const there = await at(wa, w.doctor)
  await write(proAuthor(there), handle, 'allergies', { resourceType: 'AllergyIntolerance', note: 'later' })
  await sync(patient)
  const more = await approve(patient, await request(wa, there, handle, ['allergies']), {})
  assert.equal((await readAll(there, more.grant, handle)).length, 2)
  await again.node.witness()
  await again.node.journal.show(w.a.node.journal.checkpoint())
  assert.equal(again.node.condition(), 'ready')
  await w.close().catch(() => undefined)
})

type Said = { entries: string | OwnEntry[]; size: number; notes: string[]; part: string }
const listed = ({ entries }: Said) => entries as OwnEntry[]

/** Changes what B says on one row. */
const lying =
  ({ b }: Witnesses, path: string, change: (said: Said) => unknown): Between =>
  async (url, answer) => {
    if (!url.startsWith(`${b.url}${path}`) || !answer.ok) return answer
    if (answer.headers.get('content-type') === 'application/jose') {
      const said = { part: await answer.text() } as Said
      change(said)
      return new Response(said.part, { headers: answer.headers })
    }
    const said = (await answer.json()) as Said
    change(said)
    return Response.json(said)
  }
const flip = (text: string) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`

test('N27 a peer that lies is named and passed over: wrong entry, shorter log, changed statement, packet, ciphertext', async () => {
  const w = await threeWitnesses()
  const { patient, handle } = await given(w as unknown as Three)
  await setCircle(patient.link, patient.keys, ['hopital-nord'] as never)
  for (const one of [w.b, w.c]) await quiet(one)
  await w.a.node.witness()
  const short = await w.b.node.sources.tx((s) => mirroredOf(s, w.a.origin))
  await sync(patient)
  await setCircle(patient.link, patient.keys, ['hopital-nord', 'cabinet-lilas'] as never)
  for (const one of [w.b, w.c]) await quiet(one)
  await w.a.node.witness()
  const [size, entries] = [w.a.node.journal.log.size(), await entriesOf(w.a, handle)]
  assert.ok(short && short.size < size)
  await w.a.node.close()
  const lies: readonly [code: string, path: string, change: (said: Said) => unknown][] = [
    ['proof-invalid', '/replica/own/leaves', (said) => Object.assign(said, { entries: flip(said.entries as string) })],
    ['journal-behind', '/replica/own?', (said) => Object.assign(said, { size: short.size, notes: [short.note] })],
    ['note-invalid', '/replica/own?', (said) => Object.assign(said, { notes: [`x${said.notes[0]}`] })],
    [
      'home-receipt-invalid',
      '/replica/own/entries',
      (said) => Object.assign(listed(said)[0] ?? {}, { salt: flip(listed(said)[0]?.salt ?? '') }),
    ],
    ['home-receipt-invalid', '/replica/own/entries', (said) => listed(said).shift()],
    [
      'packets-mismatch',
      '/replica/own/entries',
      (said) => {
        for (const one of listed(said)) one.packets.push(...one.packets.slice(0, 1))
      },
    ],
    ['content-mismatch', '/replica/ciphertext', (said) => Object.assign(said, { part: `${said.part.slice(0, -1)}~` })],
  ]
  for (const [code, path, change] of lies) {
    wipe(w.a)
    const back = await regain(w, lying(w, path, change))
    assert.deepEqual(back.passed, [{ peer: w.b.origin, code }], `${path} ${code}`)
    assert.equal(back.entries, size)
    const again = await open(w)
    assert.equal(await entriesOf(again, handle), entries, `${path} ${code}`)
    assert.equal(await count(again, 'SELECT count(*) AS n FROM content WHERE chain = ?', handle), 1)
    await again.node.close()
  }
  wipe(w.a)
  const everybody: Between = async (url, answer) =>
    url.includes('/replica/own/leaves') ? Response.json({ entries: 'A'.repeat(43) }) : answer
  await assert.rejects(regain(w, everybody), refusedWith('rebuild-behind'))
  await assert.rejects(
    regain(w, async () => Promise.reject(new TypeError('nobody answers'))),
    refusedWith('rebuild-nobody'),
  )
  assert.ok(
    !existsSync(join(w.a.dir, 'sources.db')) && !existsSync(join(w.a.dir, 'sources.db.new')),
    'nothing is written',
  )
  for (const one of [w.b, w.c]) await one.node.close()
})

test('N27 who was erased does not come back, where one peer was told and another was not', async () => {
  const w = await threeWitnesses()
  const { patient, handle } = await given(w as unknown as Three)
  await setCircle(patient.link, patient.keys, ['hopital-nord'] as never)
  for (const one of [w.b, w.c]) await quiet(one)
  await erase(patient)
  await quiet(w.b)
  await w.a.node.witness()
  assert.ok((await entriesOf(w.c, handle)) > 0, 'C was not told')
  await w.a.node.close()
  wipe(w.a)
  const back = await regain(w)
  assert.deepEqual([back.erased, back.passed], [1, []])
  const again = await open(w)
  assert.equal(await entriesOf(again, handle), 0)
  for (const one of [again, w.b, w.c]) await one.node.close()
})

test('N27 R39 made again it knows whose author each is: what is taken back then reaches the copy', async () => {
  const w = await threeWitnesses()
  const { patient, handle, grant } = await given(w as unknown as Three)
  for (const one of [w.b, w.c, w.a]) await quiet(one)
  await w.a.node.witness()
  const orgs = ({ node }: TestHospital) => node.views.tx((v) => v.all<{ org: string }>('SELECT org FROM record'))
  const before = await orgs(w.a)
  await w.a.node.close()
  wipe(w.a)
  await regain(w)
  const again = await open(w)
  for (const one of [again, w.b, w.c]) await quiet(one)
  assert.deepEqual(await orgs(again), before)
  const child = { ...patient, link: await linkTo(w.wa, await signerOf(patient.keys.device), handle) }
  await sync(child)
  await takeBack(child, grant)
  await quiet(w.b)
  assert.equal(await entriesOf(w.b, handle), await entriesOf(again, handle))
  const here = await at(w.wb, w.doctor)
  await assert.rejects(readAll(here, grant, handle), refusedWith('grant-revoked'))
  for (const one of [again, w.b, w.c]) await one.node.close()
})

test('N27 J32 a hospital made again has the entries of the others’ logs before it counts what they say', async () => {
  const w = await threeWitnesses()
  await intake(w.wa)
  await w.a.node.witness()
  await w.b.node.close()
  wipe(w.b)
  // Nobody cosigns this one: one is being made again, the other is not reached.
  w.cutOff.add(w.c.url)
  await intake(w.wa)
  await w.a.node.witness()
  w.cutOff.clear()
  const size = w.a.node.journal.log.size()
  await regain(w, undefined, w.b, [w.a, w.c])
  w.all[1] = { ...w.b, ...(await w.b.reopen({ closed: true })) }
  await w.a.node.close()
  wipe(w.a)
  assert.equal((await regain(w)).entries, size)
  const again = await open(w)
  await again.node.witness()
  assert.equal(again.node.condition(), 'ready')
  for (const one of [again, w.all[1], w.c]) await one.node.close()
})

test('J32 what a witness cosigns it has: the entries come before the line goes out, without a round', async () => {
  const w = await threeWitnesses()
  await intake(w.wa)
  await w.a.node.witness()
  const size = w.a.node.journal.log.size()
  for (const one of [w.b, w.c]) assert.equal((await one.node.sources.tx((s) => mirroredOf(s, w.a.origin)))?.size, size)
  await w.close()
})

test('J32 what a witness cannot fetch it does not cosign, and the ledger is told no more than what was cosigned: a log can be made again', async () => {
  const w = await threeWitnesses()
  await intake(w.wa)
  await w.a.node.witness()
  await w.a.node.advance()
  const size = w.a.node.journal.log.size()
  const headAt = async ({ node, origin }: TestHospital) =>
    ((await node.ledger.query('checkpoints/head', origin)) as { size: number }).size
  assert.equal(await headAt(w.a), size)
  // Its tiles do not go out any more, the moment before it is wiped.
  w.cutOff.add(w.a.url)
  await intake(w.wa)
  await w.a.node.witness()
  await w.a.node.advance()
  assert.ok(w.a.node.journal.log.size() > size)
  assert.deepEqual([await headAt(w.a), w.answered.at(-1)], [size, 503])
  await w.a.node.close()
  wipe(w.a)
  w.cutOff.clear()
  assert.equal((await regain(w)).entries, size)
  const again = await open(w)
  await intake(w.wa)
  await again.node.witness()
  await again.node.advance()
  assert.equal(await headAt(again), again.node.journal.log.size(), 'it goes on')
  for (const one of [again, w.b, w.c]) await one.node.close()
})

test('J33 what opens an entry at its home is kept with what was adopted, and goes with it', async () => {
  const w = await threeWitnesses()
  const { patient, handle } = await given(w as unknown as Three)
  await quiet(w.b)
  const salts = () => count(w.b, 'SELECT count(*) AS n FROM home_salt WHERE chain = ?', handle)
  assert.equal(await salts(), await entriesOf(w.a, handle))
  await erase(patient)
  await quiet(w.b)
  assert.equal(await salts(), 0)
  await w.close()
})
