/** Choices made in advance on a real node: the whole set at once, and people whose requests are refused at the door. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { seconds } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { signerOf } from '@salus/directory/device/patient'
import { makeChoices } from '@salus/grants/choices/device'
import { submit } from '@salus/journal/device'
import { signStatement } from '@salus/journal/statement'
import { rebuildViews } from '@salus/node-app/rebuild'
import { startNode } from '@salus/node-app/testing'
import { block, changeChoices, choicesInForce, chooseResearch, unblock } from '@salus/records/device/choices'
import { requestsWaiting } from '@salus/records/device/own'
import { erase, sync } from '@salus/records/device/patient'
import { appoint } from '@salus/records/device/represent'
import { actingFor, linkTo, newPatient, newPro, request, world } from './people.ts'

const at = await startNode()
const w = world(at)
after(() => at.node.close())

const waiting = ({ book }: { book: Parameters<typeof requestsWaiting>[0] }) =>
  requestsWaiting(book, seconds(w.clock())).map((one) => one.asker)

test('G17 each set takes the place of the one before, under the next policy head, on every device', async () => {
  const patient = await newPatient(w)
  const doctor = await newPro(w)
  await chooseResearch(patient, ['cancer', 'rare-disease'])
  await block(patient, doctor.keys.handle)
  assert.deepEqual(choicesInForce(patient), { research: ['cancer', 'rare-disease'], blocked: [doctor.keys.handle] })
  const before = patient.book.policy
  await chooseResearch(patient, [])
  assert.deepEqual(choicesInForce(patient), { research: [], blocked: [doctor.keys.handle] })
  assert.equal(patient.book.policy, before + 1)
  assert.equal(patient.book.log.at(-1)?.type, 'ChoicesMade')
  const another = await newPatient(w)
  assert.deepEqual(choicesInForce(another), { research: [], blocked: [] })
})

test('G17 an older set, another’s, or a representative’s is refused', async () => {
  const [patient, parent] = [await newPatient(w), await newPatient(w)]
  const signer = await signerOf(patient.keys.device)
  const own = { handle: patient.keys.handle, signer }
  await chooseResearch(patient, ['cancer'])
  const old = await makeChoices(patient.link, own, { research: ['commercial'], blocked: [] }, patient.book.policy - 1)
  await assert.rejects(submit(patient.link.call, patient.link.logs, [old]), { code: 'policy-head-old' })
  await appoint(patient, parent.keys.handle, seconds(w.clock()) + 86_400)
  const acting = await actingFor(w, parent, patient.keys)
  await assert.rejects(chooseResearch(acting, ['commercial']), { code: 'signer-not-allowed' })
  const draft = { type: 'ChoicesMade', iss: parent.keys.handle, aud: at.origin, sub: patient.keys.handle }
  const body = { research: ['commercial'], blocked: [], policy: 1 }
  const forged = await signStatement(await signerOf(parent.keys.device), { ...draft, body }, w)
  await assert.rejects(submit(parent.link.call, parent.link.logs, [{ statement: forged }]), { code: 'not-allowed' })
  const twice = changeChoices(patient, () => ({ research: ['cancer', 'cancer'], blocked: [] }))
  await assert.rejects(twice, { code: 'choices-wrong' })
  await sync(patient)
  assert.deepEqual(choicesInForce(patient).research, ['cancer'])
})

test('G18 a blocked asker is refused at the door, as asker and as colleague; the answer names nobody; nothing enters the chain', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const [doctor, other] = [await newPro(w), await newPro(w)]
  await block(patient, doctor.keys.handle)
  const entries = patient.book.chain.number
  const refused = await request(w, doctor, handle, ['allergies']).catch((error) => error)
  assert.ok(isAppError(refused))
  assert.deepEqual([refused.code, refused.facts], ['request-refused-beforehand', {}])
  const forBlocked = request(w, other, handle, ['allergies'], { colleague: doctor.keys.handle })
  await assert.rejects(forBlocked, { code: 'request-refused-beforehand' })
  await sync(patient)
  assert.equal(patient.book.chain.number, entries)
  // Everybody else asks as before, and so does the blocked one of everybody else.
  await request(w, other, handle, ['allergies'])
  await request(w, doctor, (await newPatient(w)).keys.handle, ['allergies'])
  await sync(patient)
  assert.deepEqual(waiting(patient), [other.keys.handle])
  // Whoever asks wrongly hears of that, and of nothing else.
  await assert.rejects(request(w, doctor, handle, ['allergies'], { hours: 24 * 400 }), { code: 'grant-too-long' })
  await unblock(patient, doctor.keys.handle)
  await request(w, doctor, handle, ['allergies'])
  await sync(patient)
  assert.deepEqual(waiting(patient).sort(), [other.keys.handle, doctor.keys.handle].sort())
})

test('G18 what waited when the block came is not shown any more, and comes back when it is lifted', async () => {
  const patient = await newPatient(w)
  const doctor = await newPro(w)
  await request(w, doctor, patient.keys.handle, ['allergies'])
  await sync(patient)
  assert.deepEqual(waiting(patient), [doctor.keys.handle])
  await block(patient, doctor.keys.handle)
  assert.deepEqual(waiting(patient), [])
  await unblock(patient, doctor.keys.handle)
  assert.deepEqual(waiting(patient), [doctor.keys.handle])
})

test('G18 the block stands after the views were made again, and goes with the person', async () => {
  let one = await startNode()
  const { dir } = one
  const patient = await newPatient(world(one))
  const doctor = await newPro(world(one))
  await block(patient, doctor.keys.handle)
  const rows = () => one.node.views.tx((v) => v.all('SELECT * FROM choice'))
  const before = await rows()
  assert.equal(before.length, 1)
  await one.node.close()
  await rebuildViews({ dir, clock: w.clock, random: w.random, log: () => {} })
  one = await startNode({ dir })
  assert.deepEqual(await rows(), before)
  const link = await linkTo(world(one), doctor.signer, doctor.keys.handle)
  const again = request(world(one), { ...doctor, link }, patient.keys.handle, ['allergies'])
  await assert.rejects(again, { code: 'request-refused-beforehand' })
  const own = await linkTo(world(one), await signerOf(patient.keys.device), patient.keys.handle)
  await erase({ ...patient, link: own })
  assert.deepEqual(await rows(), [])
  await one.node.close()
})
