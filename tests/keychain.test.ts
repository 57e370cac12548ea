/** Bad days with keys on a whole node: second devices, every way back, and what a thief's bytes open afterwards: nothing new. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { joinShares, splitSecret } from '@salus/crypto/guardians'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { importPersonKey, personThumbprint } from '@salus/crypto/keys'
import { changeWays, type NewWay, readKeychain } from '@salus/directory/device/keychain'
import { type PatientKeys, signerOf } from '@salus/directory/device/patient'
import {
  admitDevice,
  beginJoin,
  findKeychain,
  finishJoin,
  readInvite,
  removeDevice,
  type Secret,
  takeOver,
} from '@salus/directory/device/restore'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { emptyBook } from '@salus/records/device/own'
import { approve, hide, openOwn, type PatientDevice, sync } from '@salus/records/device/patient'
import { renew } from '@salus/records/device/renew'
import { emptyLoot, openable, steal } from './attack.ts'
import { byPatient, outcome } from './craft.ts'
import { startDay } from './day.ts'
import { linkTo, newPatient, readAll, request, write } from './people.ts'

const { advance, at, w, desk, doctor } = await startDay()
const nothing = async () => {}
const second = () => advance(2_000)

const add = (patient: PatientDevice, ...ways: NewWay[]) =>
  changeWays(patient.link, patient.keys, { add: ways, keep: () => true }, nothing)
const newCode = () => newRecoveryCode(systemRandom)

/** A patient with two records and a recovery code. */
async function withCode() {
  const patient = await newPatient(w)
  await write(desk, patient.keys.handle, 'allergies', { n: 1 })
  await write(desk, patient.keys.handle, 'social', { n: 2 })
  await sync(patient)
  const code = newCode()
  await add(patient, { way: 'code', code })
  return { patient, code, handle: patient.keys.handle }
}

const deviceWith = async (keys: PatientKeys): Promise<PatientDevice> => ({
  ...{ keys, link: await linkTo(w, await signerOf(keys.device), keys.handle), book: emptyBook(), save: nothing },
})

/** An empty device that comes back by `secret`, and renews with a fresh code. */
async function restored(secret: Secret) {
  const link = await linkTo(w)
  const found = await findKeychain(link, secret)
  const device = await deviceWith(await takeOver(link, found, nothing))
  await sync(device)
  const code = newCode()
  second()
  await renew(device, [{ way: 'code', code }])
  return { device, code }
}

async function own(patient: PatientDevice): Promise<number[]> {
  await sync(patient)
  const out = []
  for await (const one of openOwn(patient)) out.push(JSON.parse(one.fhir).n)
  return out.sort()
}

/** Every private key of `keys` that a packet can be sealed to, as a thief would use them. */
async function thiefOf(keys: PatientKeys) {
  const person = await importPersonKey(fromBase64url(keys.person.privateKey))
  const raw = [keys.inbox, ...keys.inboxes, ...keys.epochs].map((one) => one.privateKey)
  return { person: new Map([[personThumbprint(keys.person.publicKey), person]]), raw }
}

test('D23 each way restores on an empty device, with everything readable and every grant in force', async () => {
  const { patient, code, handle } = await withCode()
  second()
  const standing = (await approve(patient, await request(w, doctor, handle, ['allergies']), { standing: true })).grant
  const prf = systemRandom(32)
  const secret = systemRandom(32)
  const card = systemRandom(32)
  await add(patient, { way: 'passkey', prf }, { way: 'guardians', secret, need: 2, of: 3 })
  await add(patient, { way: 'card', card, pin: '4711' })
  const [first, , third] = await splitSecret(secret, 2, 3)
  const joined = await joinShares([first, third] as string[])
  const ways: Secret[] = [
    { way: 'code', code: code.toLowerCase() },
    { way: 'passkey', secret: prf },
    { way: 'guardians', secret: joined },
    { way: 'card', card, pin: '4711' },
  ]
  for (const way of ways) {
    const { keychain } = await findKeychain(await linkTo(w), way)
    assert.equal(keychain.handle, handle, way.way)
    assert.deepEqual(keychain.person.publicKey, patient.keys.person.publicKey)
  }
  const { device } = await restored({ way: 'guardians', secret: joined })
  assert.deepEqual(await own(device), [1, 2])
  second()
  await write(desk, handle, 'allergies', { n: 3 })
  assert.deepEqual(await own(device), [1, 2, 3])
  assert.equal((await readAll(doctor, standing, handle)).length, 2, 'a standing grant goes on')
  for (const way of ways) {
    await assert.rejects(findKeychain(await linkTo(w), way), { code: 'keychain-unknown' }, 'every wrap was renewed')
  }
})

test('D23 a wrong secret finds nothing, whatever is wrong', async () => {
  const { code } = await withCode()
  const link = await linkTo(w)
  await assert.rejects(findKeychain(link, { way: 'code', code: newCode() }), { code: 'keychain-unknown' })
  await assert.rejects(findKeychain(link, { way: 'passkey', secret: systemRandom(32) }), { code: 'keychain-unknown' })
  await assert.rejects(findKeychain(link, { way: 'code', code: code.slice(1) }), { code: 'code-mistyped' })
})

test('D24 after a loss the stolen device signs nothing, finds nothing, and its bytes open nothing that comes later', async () => {
  const { patient, code, handle } = await withCode()
  const stolen = structuredClone(patient.keys)
  const loot = await steal(at, emptyLoot())
  const thief = await thiefOf(stolen)
  const before = await openable(loot, thief.person, thief.raw)
  assert.equal(before.size, 2, 'the thief could open what was there')
  second()
  const { device } = await restored({ way: 'code', code })
  await write(desk, handle, 'allergies', { n: 3 })
  await write(desk, handle, 'results', { n: 4 })
  await hide(device, [Object.values(device.book.records)[0]?.record ?? ''])
  await steal(at, loot)
  assert.deepEqual(await openable(loot, thief.person, thief.raw), before)
  const master = fromBase64url(stolen.keychain?.master ?? '')
  for (const content of loot.contents.values()) {
    if (content.startsWith('{')) {
      const opened = await readKeychain(content, master).catch(() => undefined)
      assert.ok(!opened || opened.recovery.publicKey === stolen.keychain?.recovery.publicKey, 'only the old one opens')
    }
  }
  const body = { n: 9, prev: device.book.keyring?.head, devices: [stolen.device.publicKey], packets: [] }
  const thieving: PatientDevice = { ...patient, keys: stolen }
  assert.equal(await outcome(at, [await byPatient(thieving, 'DevicesChanged', body)]), 'signer-unknown')
  const recovery = { ...stolen, device: stolen.keychain?.recovery ?? stolen.device }
  const byRecovery = await byPatient({ ...patient, keys: recovery }, 'DevicesChanged', body)
  assert.equal(await outcome(at, [byRecovery]), 'signer-unknown')
  await assert.rejects(patient.link.call(directoryEndpoints.keychain, { query: { after: 0 } }), {
    code: 'session-invalid',
  })
  assert.deepEqual(await own(device), [1, 2, 3, 4])
})

test('D24 a dismissed guardian’s share, with all the others of its set, opens nothing after the renewal', async () => {
  const { patient, handle } = await withCode()
  const [old, fresh] = [systemRandom(32), systemRandom(32)]
  await add(patient, { way: 'guardians', secret: old, need: 2, of: 3 })
  const shares = await splitSecret(old, 2, 3)
  second()
  await renew(patient, [{ way: 'guardians', secret: fresh, need: 2, of: 2 }])
  const secret = await joinShares(shares)
  await assert.rejects(findKeychain(await linkTo(w), { way: 'guardians', secret }), { code: 'keychain-unknown' })
  const mixed = await joinShares([shares[0] ?? '', (await splitSecret(fresh, 2, 2))[1] ?? ''])
  await assert.rejects(findKeychain(await linkTo(w), { way: 'guardians', secret: mixed }), { code: 'keychain-unknown' })
  const again = await findKeychain(await linkTo(w), { way: 'guardians', secret: fresh })
  assert.equal(again.keychain.handle, handle)
  const loot = await steal(at, emptyLoot())
  const files = [...loot.contents.values()].filter((one) => one.includes(`"keychain"`))
  for (const file of files) assert.ok(!file.includes(JSON.stringify(old)))
})

test('D27 a second device is taken in by the first, reads the same record, and keeps in step both ways', async () => {
  const { patient, handle } = await withCode()
  const link = await linkTo(w)
  const { joining, invite, fingerprint } = await beginJoin(link)
  assert.equal(await finishJoin(link, joining), undefined, 'not before the first device approves')
  assert.equal(readInvite(` ${invite}\n`).fingerprint, fingerprint)
  for (const wrong of ['', invite.slice(0, -1), `${invite}x`, 'salus-device:2:a.b.c']) {
    assert.throws(() => readInvite(wrong), { code: 'invite-wrong' })
  }
  await admitDevice(patient.link, patient.keys, readInvite(invite))
  const keys = await finishJoin(link, joining)
  assert.ok(keys)
  const tablet = await deviceWith(keys)
  assert.deepEqual(await own(tablet), [1, 2])
  second()
  const grant = (await approve(tablet, await request(w, doctor, handle, ['allergies']), { standing: true })).grant
  await write(desk, handle, 'allergies', { n: 3 })
  assert.deepEqual(await own(patient), [1, 2, 3], 'the first opens what came under the epochs of the second')
  assert.deepEqual(await own(tablet), [1, 2, 3])
  assert.equal((await readAll(doctor, grant, handle)).length, 2)
  assert.ok(patient.book.log.some((one) => one.type === 'DevicesChanged'))
  await removeDevice(patient.link, patient.keys, tablet.keys.device.publicKey)
  await assert.rejects(sync(tablet), { code: 'session-invalid' })
  assert.deepEqual(await own(patient), [1, 2, 3])
})

test('D27 a hand-over opens for the invited device alone, and for a quarter of an hour', async () => {
  const { patient } = await withCode()
  const link = await linkTo(w)
  const { joining, invite } = await beginJoin(link)
  await admitDevice(patient.link, patient.keys, readInvite(invite))
  const other = (await beginJoin(link)).joining
  const peeping = { ...other, locator: joining.locator }
  await assert.rejects(finishJoin(link, peeping), { code: 'cannot-open' }, 'whoever photographed the QR')
  advance(16 * 60_000)
  assert.equal(await finishJoin(link, joining), undefined)
})

test('D25 five wrong PINs close a card; the other ways still open', async () => {
  const { patient, code } = await withCode()
  const card = systemRandom(32)
  await add(patient, { way: 'card', card, pin: '4711' })
  const link = await linkTo(w)
  const tryPin = (pin: string) => findKeychain(link, { way: 'card', card, pin })
  for (let i = 0; i < 4; i++) await assert.rejects(tryPin(`000${i}`), { code: 'keychain-unknown' })
  assert.ok(await tryPin('4711'), 'a right one clears the count')
  for (let i = 0; i < 5; i++) await assert.rejects(tryPin(`000${i}`), { code: 'keychain-unknown' })
  await assert.rejects(tryPin('4711'), { code: 'card-locked' })
  assert.ok(await findKeychain(link, { way: 'code', code }))
})

test('D22 who is not in the keyring takes nobody in; the recovery key does no more than bring a device', async () => {
  const { patient, handle } = await withCode()
  const { keyring } = await findKeyring(patient.link, handle)
  const links = { n: keyring.n + 1, prev: keyring.head }
  const recovery = { ...patient.keys, device: patient.keys.keychain?.recovery ?? patient.keys.device }
  const byRecovery = { ...patient, keys: recovery }
  const refusal = { request: 'A'.repeat(22), reason: 'other' }
  assert.equal(await outcome(at, [await byPatient(byRecovery, 'RequestRefused', refusal)]), 'signer-not-allowed')
  assert.equal(
    await outcome(at, [await byPatient(byRecovery, 'PersonErased', { confirm: 'erase-everything' })]),
    'signer-not-allowed',
  )
  const same = { ...links, devices: keyring.devices, packets: [] }
  assert.equal(await outcome(at, [await byPatient(patient, 'DevicesChanged', same)]), 'device-refused')
  const twice = { ...links, devices: [...keyring.devices, ...keyring.devices], packets: [] }
  assert.equal(await outcome(at, [await byPatient(patient, 'DevicesChanged', twice)]), 'device-refused')
  const keyAsDevice = { ...links, devices: [...keyring.devices, keyring.recovery?.key], packets: [] }
  assert.equal(await outcome(at, [await byPatient(patient, 'DevicesChanged', keyAsDevice)]), 'device-refused')
})

test('D24 a renewal cut off before it arrived loses nothing: the old keys go on, the next try succeeds', async () => {
  const { patient, handle } = await withCode()
  let down = true
  const failing: typeof at.fetch = (url, init) =>
    down && new URL(url).pathname === '/statements' ? Promise.reject(new Error('no route')) : at.fetch(url, init)
  const link = await linkTo({ ...w, at: { ...at, fetch: failing } }, await signerOf(patient.keys.device), handle)
  const device: PatientDevice = { ...patient, link }
  second()
  await assert.rejects(renew(device, [{ way: 'code', code: newCode() }]), { code: 'node-unreachable' })
  down = false
  await write(desk, handle, 'results', { n: 3 })
  assert.deepEqual(await own(device), [1, 2, 3])
  const code = newCode()
  await renew(device, [{ way: 'code', code }])
  await write(desk, handle, 'results', { n: 4 })
  assert.deepEqual(await own(device), [1, 2, 3, 4])
  assert.equal((await findKeychain(await linkTo(w), { way: 'code', code })).keychain.handle, handle)
})
