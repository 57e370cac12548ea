/** The hybrid suite on a whole node: every key, packet and way back is X-Wing's, and everything works as in suite 1. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { manualClock } from '@salus/base/testing'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { suiteOfKey } from '@salus/crypto/keys'
import { packetHeader } from '@salus/crypto/packet'
import { changeWays } from '@salus/directory/device/keychain'
import { findKeychain } from '@salus/directory/device/restore'
import { findKeyring } from '@salus/directory/device/verify'
import { startNode } from '@salus/node-app/testing'
import { approve, openOwn, suiteOfRecords, sync, takeBack } from '@salus/records/device/patient'
import { renew } from '@salus/records/device/renew'
import { appoint } from '@salus/records/device/represent'
import { emptyLoot, openable, steal } from './attack.ts'
import { actingFor, deskAuthor, linkTo, newPatient, newPro, readAll, request, world, write } from './people.ts'

const { clock, advance } = manualClock()
const at = await startNode({ clock, suite: 2 })
const w = world(at, clock)
after(() => at.node.close())
const desk = await deskAuthor(w)
const doctor = await newPro(w)

test('C15 ask, give, read, take back: no key and no packet of suite 1 anywhere', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  await write(desk, handle, 'results', { n: 1 })
  await write(desk, handle, 'allergies', { n: 2 })
  advance(2_000)
  const once = await approve(patient, await request(w, doctor, handle, ['results']), {})
  const standing = await approve(patient, await request(w, doctor, handle, ['allergies']), { standing: true })
  await write(desk, handle, 'allergies', { n: 3 })
  const numbers = async (grant: string) => (await readAll(doctor, grant, handle)).map((one) => JSON.parse(one.fhir).n)
  assert.deepEqual(await numbers(once.grant), [1])
  assert.deepEqual(await numbers(standing.grant), [2, 3])
  const { keyring } = await findKeyring(doctor.link, handle)
  assert.equal(keyring.person?.kty, 'AKP')
  assert.equal((await findKeyring(doctor.link, doctor.keys.handle)).keyring.person?.kty, 'AKP')
  assert.ok(keyring.epochs.every((one) => suiteOfKey(one.key) === 2) && suiteOfKey(keyring.inbox ?? '') === 2)
  const loot = await steal(at, emptyLoot())
  const suites = new Set([...loot.packets].map((one) => `${packetHeader(one).suite} ${packetHeader(one).alg}`))
  assert.deepEqual([...suites], ['2 X-Wing'])
  assert.equal((await openable(loot, (await doctor.reader()).keys)).size, 3)
  await takeBack(patient, standing.grant)
  await write(desk, handle, 'allergies', { n: 4 })
  assert.equal(
    (await openable(await steal(at, loot), (await doctor.reader()).keys)).size,
    3,
    'what came later stays shut',
  )
})

test('C15 restored by its code, renewed after a loss, represented: the same in the hybrid suite', async () => {
  const patient = await newPatient(w)
  const parent = await newPatient(w)
  await write(desk, patient.keys.handle, 'results', { n: 1 })
  const code = newRecoveryCode(w.random)
  await changeWays(patient.link, patient.keys, { add: [{ way: 'code', code }], keep: () => true }, patient.save)
  await sync(patient)
  const found = await findKeychain(await linkTo(w), { way: 'code', code })
  assert.equal(found.keychain.person.publicKey.kty, 'AKP')
  await renew(patient, [{ way: 'code', code: newRecoveryCode(w.random) }])
  await appoint(patient, parent.keys.handle, Math.floor(clock() / 1000) + 86_400)
  const acting = await actingFor(w, parent, patient.keys)
  await sync(acting)
  const seen = []
  for await (const one of openOwn(acting)) seen.push(JSON.parse(one.fhir).n)
  assert.deepEqual(seen, [1])
})

test('C15 a consortium that moves on: new keys are of the new suite, what was sealed before stays marked', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  // The same node, seen by a patient's app whose roots still said 1 when the record was taken over.
  const early = { ...patient, link: { ...patient.link, suite: 1 as const } }
  await sync(early)
  await renew(early, [{ way: 'code', code: newRecoveryCode(w.random) }])
  assert.equal((await findKeyring(doctor.link, handle)).keyring.person?.kty, 'RSA')
  const before = await write(desk, handle, 'results', { n: 1 })
  await sync(early)
  const now = { ...early, link: patient.link }
  await renew(now, [{ way: 'code', code: newRecoveryCode(w.random) }])
  const after = await write(desk, handle, 'results', { n: 2 })
  await sync(now)
  const suiteOf = suiteOfRecords(now)
  const marks = Object.values(now.book.records).map((one) => [one.record, suiteOf(one)])
  assert.deepEqual(Object.fromEntries(marks), { [before.record]: 1, [after.record]: 2 })
  assert.equal((await findKeyring(doctor.link, handle)).keyring.person?.kty, 'AKP')
})
