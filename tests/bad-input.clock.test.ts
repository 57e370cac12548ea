/** A clock that jumps, ahead and back: what is refused meanwhile says why, what was acknowledged stays, and all goes on when it is right. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@salus/base/testing'
import { sign } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { openingKeys } from '@salus/directory/device/professional'
import { verifyReceipt } from '@salus/journal/verify'
import { startNode } from '@salus/node-app/testing'
import { approve, openOwn, type PatientDevice, sync, takeBack } from '@salus/records/device/patient'
import { recordEndpoints } from '@salus/records/endpoints'
import { assertWords, createGuard, refused } from './bad-input.ts'
import { outcome } from './craft.ts'
import { deskAuthor, linkTo, newPro, proAuthor, readAll, request, type World, world, write } from './people.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const YEAR = 365 * DAY

test('a clock that jumps: statements and sessions are refused meanwhile, and good again afterwards', async () => {
  const [node, people] = [manualClock(), manualClock()]
  const at = await startNode({ clock: node.clock })
  const guard = await createGuard(world(at, people.clock))
  const { w, person } = guard
  const { keys, link } = person
  const signer = await signerOf(keys.device)
  const own = () => link.call(recordEndpoints.own)
  for (const [by, code] of [
    [HOUR, 'statement-expired'],
    [11 * HOUR, 'statement-expired'],
    [-HOUR, 'statement-from-the-future'],
    [-20 * YEAR, 'statement-from-the-future'],
  ] as const) {
    const size = at.node.journal.log.size()
    const draft = { type: 'RequestRefused', iss: keys.handle, sub: keys.handle }
    const statement = await sign(link, signer, {
      ...draft,
      body: { request: 'AAAAAAAAAAAAAAAAAAAAAA', reason: 'other' },
    })
    node.advance(by)
    assert.equal(await outcome(at, [{ statement }]), code)
    assertWords(code)
    await refused(own(), 'session-invalid', 'a proof is for two minutes around the node’s time')
    assert.equal(at.node.journal.log.size(), size)
    node.advance(-by)
    assert.equal(await outcome(at, [{ statement }]), 'request-unknown', 'the very same statement is read again')
    assert.ok((await own()).records, 'the very same session')
    await guard.goesOn()
  }
  node.advance(13 * HOUR)
  people.advance(13 * HOUR)
  await refused(own(), 'session-invalid', 'twelve hours are over')
  const again = await linkTo(w, signer, keys.handle)
  node.advance(-13 * HOUR)
  people.advance(-13 * HOUR)
  assert.ok((await again.call(recordEndpoints.own)).records)
  await guard.goesOn()
  await at.node.close()
})

/** Everybody's clock together: what a rule says at each time. */
async function together() {
  const { clock, advance } = manualClock()
  const at = await startNode({ clock })
  const guard = await createGuard(world(at, clock))
  const { w, person } = guard
  const [doctor, desk] = [await newPro(w), await deskAuthor(w)]
  // Sessions end with a day: whoever comes after a jump signs in again.
  const again = async (): Promise<{ doctor: typeof doctor; patient: PatientDevice; desk: typeof desk }> => {
    const patient = { ...person, link: await linkTo(w, await signerOf(person.keys.device), person.keys.handle) }
    const link = await linkTo(w, doctor.signer, doctor.keys.handle)
    const { handle, signer } = { ...doctor, handle: doctor.keys.handle }
    const reader = async () => ({ handle, signer, keys: await openingKeys(link, doctor.keys) })
    return { doctor: { ...doctor, link, reader }, patient, desk: await deskAuthor(w) }
  }
  return { at, guard, w, handle: person.keys.handle, advance, again, person, doctor, desk }
}

const given = async (w: World, doctor: Awaited<ReturnType<typeof newPro>>, patient: PatientDevice, more = {}) =>
  (await approve(patient, await request(w, doctor, patient.keys.handle, ['results'], { hours: 24 * 7 }), more)).grant

test('a clock that jumps: grants end and stand by it, and a revocation does not come undone', async () => {
  const { at, guard, w, handle, advance, again, person, doctor, desk } = await together()
  await write(desk, handle, 'results', { n: 1 })
  const [stands, revoked] = [await given(w, doctor, person), await given(w, doctor, person)]
  await takeBack(person, revoked)
  assert.equal((await readAll(doctor, stands, handle)).length, 1)
  advance(8 * DAY)
  const later = await again()
  await refused(readAll(later.doctor, stands, handle), 'grant-ended')
  await refused(readAll(later.doctor, revoked, handle), 'grant-revoked')
  advance(-8 * DAY)
  const now = await again()
  assert.equal((await readAll(now.doctor, stands, handle)).length, 1)
  await refused(readAll(now.doctor, revoked, handle), 'grant-revoked')
  advance(-30 * DAY)
  const before = await again()
  // The credential and the grant begin later than that.
  await refused(readAll(before.doctor, stands, handle), 'grant-ended')
  await refused(readAll(before.doctor, revoked, handle), 'grant-revoked')
  advance(30 * DAY)
  assert.equal((await readAll((await again()).doctor, stands, handle)).length, 1)
  await guard.goesOn()
  await at.node.close()
})

test('a clock that jumps: what is deposited meanwhile opens for the patient, and for nobody whom it should not', async () => {
  const { at, guard, w, handle, advance, again, person, doctor } = await together()
  const grant = await given(w, doctor, person, { standing: true })
  let wrote = 0
  for (const by of [3 * DAY, -2 * DAY, -40 * DAY, 45 * DAY, 60 * DAY, -66 * DAY]) {
    advance(by)
    const { desk } = await again()
    await write(desk, handle, 'results', { resourceType: 'Observation', n: wrote++ })
  }
  const { patient, doctor: reader } = await again()
  await sync(patient)
  const opened = []
  for await (const one of openOwn(patient)) opened.push(JSON.parse(one.fhir).n)
  assert.deepEqual(opened.filter((one) => one !== undefined).sort(), [0, 1, 2, 3, 4, 5])
  assert.ok(Object.values(patient.book.records).every((one) => !one.broken))
  // The grant's week: what came in the sixtieth day after it was sealed to an epoch that its reader never had.
  const read = (await readAll(reader, grant, handle)).map((one) => JSON.parse(one.fhir).n)
  assert.ok(!read.includes(4), 'past the end of the grant')
  assert.ok(read.includes(0), 'within it')
  await write(proAuthor(reader), handle, 'results', { resourceType: 'Observation' })
  await guard.goesOn()
  await at.node.close()
})

test('a clock that jumps: receipts, the chain and the ledger hold, whatever time stands in them', async () => {
  const { at, guard, w, handle, advance, again } = await together()
  for (const by of [2 * YEAR, -2 * YEAR, -YEAR, 3 * YEAR, -2 * YEAR]) {
    advance(by)
    const { desk, patient } = await again()
    await write(desk, handle, 'results', { resourceType: 'Observation' })
    await at.node.advance()
    // Followed from entry to entry: numbers make a chain, times do not.
    await sync(patient)
  }
  const { height } = await at.node.ledger.verify()
  assert.ok(height >= 5)
  const times = (await at.node.ledger.blocks(1)).map((one) => one.time)
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
    'the ledger’s time never goes back (L9)',
  )
  const found = await at.node.journal.receiptAt(at.node.journal.log.size() - 1)
  assert.ok(found)
  await verifyReceipt(found.stored.token, found.receipt, guard.person.link.logs)
  const next = await at.reopen()
  await guard.goesOn({ ...w, at: { ...next, organisations: at.organisations } })
  await next.node.close()
})
