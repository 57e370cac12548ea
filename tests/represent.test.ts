/** Representatives on a whole node: a parent acts for a child until a date, sees all but what is hidden, and the log says so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64url } from '@salus/base/bytes'
import { seconds } from '@salus/base/clock'
import { digest } from '@salus/crypto/hash'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { generateKeyPair, importPersonKey, type PersonPrivate, personThumbprint } from '@salus/crypto/keys'
import { sign } from '@salus/directory/device/link'
import { sealOwn, signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { journalEndpoints } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { parseStatement } from '@salus/journal/statement'
import { dispute } from '@salus/records/device/mend'
import { approve, erase, hide, openOwn, type PatientDevice, sync, takeBack } from '@salus/records/device/patient'
import { renew } from '@salus/records/device/renew'
import { appoint, dismiss } from '@salus/records/device/represent'
import { recordEndpoints } from '@salus/records/endpoints'
import { emptyLoot, openable, steal } from './attack.ts'
import { replace } from './craft.ts'
import { startDay } from './day.ts'
import { actingFor, deskAuthor, linkTo, newPatient, newPro, readAll, request, write } from './people.ts'

const { clock, advance, at, w, desk, doctor } = await startDay()
const inDays = (days: number) => seconds(clock()) + days * 86_400

async function texts(device: PatientDevice): Promise<number[]> {
  await sync(device)
  const out: number[] = []
  for await (const one of openOwn(device)) out.push(JSON.parse(one.fhir).n)
  return out.sort((a, b) => a - b)
}

/** Every person key a device holds, as an attacker who took it would try them. */
const personKeysOf = async ({ keys: { person } }: PatientDevice): Promise<Map<string, PersonPrivate>> =>
  new Map([[personThumbprint(person.publicKey), await importPersonKey(fromBase64url(person.privateKey))]])

test('D29 R25 a parent sees all but what is hidden, before and after; each look is in the log under the own name', async () => {
  const child = await newPatient(w)
  const parent = await newPatient(w)
  const { handle } = child.keys
  await write(desk, handle, 'results', { n: 1 })
  const secret = await write(desk, handle, 'pregnancy', { n: 2 })
  await sync(child)
  await hide(child, [secret.record])
  await appoint(child, parent.keys.handle, inDays(30))
  const device = await actingFor(w, parent, child.keys)
  assert.deepEqual(await texts(device), [1])
  await write(desk, handle, 'allergies', { n: 3 })
  assert.deepEqual(await texts(device), [1, 3], 'what comes later too')
  await replace(desk, handle, 'pregnancy', secret, { n: 4 })
  await sync(child)
  assert.deepEqual(await texts(device), [1, 3], 'nor the next version of what is hidden')
  assert.deepEqual(await texts(child), [1, 3, 4])
  const looks = child.book.log.filter((one) => one.type === 'RecordRead')
  assert.ok(looks.length >= 2 && looks.every((one) => one.who === handle && one.by === parent.keys.handle))
  // With every byte of the node and of the parent's device, the hidden record stays shut.
  const opened = await openable(await steal(at, emptyLoot()), await personKeysOf(parent))
  const versions = Object.values(child.book.records)
  assert.ok(versions.filter((one) => one.record !== secret.record).every((one) => opened.has(one.content)))
  assert.ok(!versions.some((one) => one.record === secret.record && opened.has(one.content)))
})

test('D29 the parent answers requests, takes grants back, disputes; the log names the parent', async () => {
  const child = await newPatient(w)
  const parent = await newPatient(w)
  const { handle } = child.keys
  const made = await write(desk, handle, 'results', { n: 1 })
  await appoint(child, parent.keys.handle, inDays(30))
  const device = await actingFor(w, parent, child.keys)
  advance(2_000)
  const { grant } = await approve(device, await request(w, doctor, handle, ['results']), { standing: true })
  await write(desk, handle, 'results', { n: 2 })
  assert.equal((await readAll(doctor, grant, handle)).length, 2, 'a standing grant by a parent works as any')
  assert.deepEqual(await texts(child), [1, 2], 'the child’s own device follows')
  await takeBack(device, grant)
  await assert.rejects(readAll(doctor, grant, handle))
  await dispute(device, made.record, 'wrong')
  await sync(child)
  for (const type of ['GrantGiven', 'GrantRevoked', 'RecordDisputed', 'EpochOpened']) {
    assert.equal(child.book.log.findLast((one) => one.type === type)?.by, parent.keys.handle, type)
  }
})

test('D29 no key, device, recovery way, appointment, erasure or writing is a representative’s to decide', async () => {
  const child = await newPatient(w)
  const parent = await newPatient(w)
  const other = await newPatient(w)
  await write(desk, child.keys.handle, 'results', { n: 1 })
  await appoint(child, parent.keys.handle, inDays(30))
  const device = await actingFor(w, parent, child.keys)
  await sync(device)
  const refused = { code: 'signer-not-allowed' }
  await assert.rejects(erase(device), refused)
  await assert.rejects(appoint(device, other.keys.handle, inDays(3)), refused)
  await assert.rejects(dismiss(device, parent.keys.handle), refused)
  await assert.rejects(hide(device, [Object.values(device.book.records)[0]?.record ?? '']), refused)
  const me = { iss: child.keys.handle, signer: await signerOf(device.keys.device), link: device.link }
  await assert.rejects(write(me, child.keys.handle, 'social', { n: 5 }), refused)
  await assert.rejects(renew(device, [{ way: 'code', code: newRecoveryCode(w.random) }]))
})

test('R25 a read made by hand opens nothing hidden, nothing under another name, nothing of others', async () => {
  const desk = await deskAuthor(w)
  const [child, parent, other] = [await newPatient(w), await newPatient(w), await newPatient(w)]
  const { handle } = child.keys
  const made = await write(desk, handle, 'results', { n: 1 })
  const secret = await write(desk, handle, 'pregnancy', { n: 2 })
  const theirs = await write(desk, other.keys.handle, 'results', { n: 3 })
  await sync(child)
  await hide(child, [secret.record])
  await appoint(child, parent.keys.handle, inDays(30))
  const device = await actingFor(w, parent, child.keys)
  await sync(device)
  const signer = await signerOf(device.keys.device)
  const grant = (await findKeyring(child.link, handle)).keyring.representatives?.[0]?.id ?? ''
  const reading = async (record: string, under = grant, by = signer) => {
    const body = { grant: under, records: [{ record, version: 1 }] }
    const statement = await sign(device.link, by, { type: 'RecordRead', iss: handle, sub: handle, body })
    return device.link.call(recordEndpoints.read, { input: { statement } })
  }
  assert.equal((await reading(made.record)).records.length, 1)
  await assert.rejects(reading(secret.record), { code: 'not-granted' })
  await assert.rejects(reading(theirs.record), { code: 'not-granted' })
  await assert.rejects(reading(made.record, 'GGGGGGGGGGGGGGGGGGGGGA'), { code: 'not-granted' })
  await assert.rejects(reading(made.record, grant, await signerOf(child.keys.device)), { code: 'signer-not-allowed' })
  const { records } = await device.link.call(recordEndpoints.own)
  assert.ok(records.some((one) => one.record === made.record) && !records.some((one) => one.record === secret.record))
})

test('D31 taken back: nothing more is served, and what comes later opens with nothing the parent has', async () => {
  const child = await newPatient(w)
  const parent = await newPatient(w)
  const { handle } = child.keys
  await write(desk, handle, 'results', { n: 1 })
  await appoint(child, parent.keys.handle, inDays(30))
  const device = await actingFor(w, parent, child.keys)
  await texts(device)
  await dismiss(child, parent.keys.handle)
  await assert.rejects(sync(device), { code: 'session-invalid' })
  await assert.rejects(actingFor(w, parent, child.keys), { code: 'challenge-invalid' })
  const later = await write(desk, handle, 'results', { n: 2 })
  await sync(child)
  const epoch = Object.values(child.book.records).find((one) => one.record === later.record)?.epoch
  assert.ok(!device.keys.epochs.some((one) => one.compartment === 'results' && one.epoch === epoch))
  assert.deepEqual(await texts(child), [1, 2])
})

test('D30 the date ends it by itself: epochs that come after are for others', async () => {
  const child = await newPatient(w)
  const parent = await newPatient(w)
  const { handle } = child.keys
  await appoint(child, parent.keys.handle, inDays(1))
  const device = await actingFor(w, parent, child.keys)
  await texts(device)
  advance(86_401_000)
  await assert.rejects(actingFor(w, parent, child.keys), { code: 'challenge-invalid' })
  const later = await write(await deskAuthor(w), handle, 'results', { n: 2 })
  const fresh = { ...child, link: await linkTo(w, await signerOf(child.keys.device), handle) }
  await sync(fresh)
  const epoch = Object.values(child.book.records).find((one) => one.record === later.record)?.epoch
  assert.ok(epoch && !device.keys.epochs.some((one) => one.compartment === 'results' && one.epoch === epoch))
})

test('D30 what a parent opens ends with the appointment, whatever the parent’s device says', async () => {
  const [doctor, child, parent] = [await newPro(w), await newPatient(w), await newPatient(w)]
  const { handle } = child.keys
  await appoint(child, parent.keys.handle, inDays(1))
  const device = await actingFor(w, parent, child.keys)
  await sync(device)
  const asked = await request(w, doctor, handle, ['results'], { hours: 72 })
  await approve(device, asked, { standing: true })
  const end = inDays(1)
  const { keyring } = await findKeyring(child.link, handle)
  const opened = keyring.epochs.filter((one) => one.entry === keyring.n)
  assert.ok(opened.length > 0 && opened.every((one) => one.until !== undefined && one.until <= end))
  // One without an end, made by hand: the node refuses it, and so would every verifier.
  const epochs = opened.map(({ entry: _, until: __, ...one }) => ({
    ...one,
    epoch: one.epoch + 1,
    key: generateKeyPair(w.random).publicKey,
  }))
  const own = await sealOwn(keyring.person as never, keyring.n + 1, [])
  const body = { n: keyring.n + 1, prev: keyring.head, epochs, readers: [], packets: [digest(own)] }
  const signer = await signerOf(device.keys.device)
  const statement = await sign(device.link, signer, { type: 'EpochOpened', iss: handle, sub: handle, body })
  await assert.rejects(submit(device.link.call, device.link.logs, [{ statement, packets: [own] }]), {
    code: 'representative-refused',
  })
  advance(86_400_000)
  const later = await write(await deskAuthor(w), handle, 'results', { n: 9 })
  const fresh = { ...child, link: await linkTo(w, await signerOf(child.keys.device), handle) }
  await sync(fresh)
  assert.deepEqual(await texts(fresh), [9])
  const epoch = Object.values(child.book.records).find((one) => one.record === later.record)
  assert.ok(!device.keys.epochs.some((one) => one.compartment === 'results' && one.epoch === epoch?.epoch))
})

test('D29 a parent who lost the phone acts with it no more; the child’s epochs turn over at the next contact', async () => {
  const desk = await deskAuthor(w)
  const child = await newPatient(w)
  const parent = await newPatient(w)
  const { handle } = child.keys
  await write(desk, handle, 'results', { n: 1 })
  await appoint(child, parent.keys.handle, inDays(30))
  const device = await actingFor(w, parent, child.keys)
  await texts(device)
  // The keys of the lost phone, as they were.
  const lost = structuredClone(device.keys)
  await renew(parent, [{ way: 'code', code: newRecoveryCode(w.random) }])
  await assert.rejects(linkTo(w, await signerOf(lost.device), handle), { code: 'challenge-invalid' })
  await sync(child)
  const later = await write(desk, handle, 'results', { n: 2 })
  await sync(child)
  const epoch = Object.values(child.book.records).find((one) => one.record === later.record)?.epoch
  assert.ok(!lost.epochs.some((one) => one.compartment === 'results' && one.epoch === epoch))
  await appoint(child, parent.keys.handle, inDays(30))
  assert.deepEqual(await texts(await actingFor(w, parent, child.keys)), [1, 2], 'appointed anew with the keys of now')
})

test('D30 who got a new key is given nothing until appointed anew: no epoch is sealed to a key the person did not name', async () => {
  const [child, parent, other] = [await newPatient(w), await newPatient(w), await newPatient(w)]
  const { handle } = child.keys
  for (const one of [parent, other]) await appoint(child, one.keys.handle, inDays(30))
  const { representatives = [] } = (await findKeyring(child.link, handle)).keyring
  const grantOf = (one: PatientDevice) => representatives.find((row) => row.handle === one.keys.handle)?.id
  await renew(parent, [{ way: 'code', code: newRecoveryCode(w.random) }])
  const { head } = await child.link.call(journalEndpoints.chain, { query: { after: 0 } })
  await sync(child)
  const { entries } = await child.link.call(journalEndpoints.chain, { query: { after: head } })
  const opened = entries.map((one) => parseStatement(one.statement)).filter((one) => one.type === 'EpochOpened')
  const readers = opened.flatMap(({ body }) =>
    (body as { readers: { grant: string }[] }).readers.map((one) => one.grant),
  )
  assert.ok(grantOf(parent) && readers.includes(grantOf(other) ?? ''), 'the epochs turned over')
  assert.ok(!readers.includes(grantOf(parent) ?? ''))
})

test('D29 nobody is appointed who is no patient here, oneself, or for longer than five years', async () => {
  const child = await newPatient(w)
  const parent = await newPatient(w)
  const refused = { code: 'representative-refused' }
  await assert.rejects(appoint(child, doctor.keys.handle, inDays(3)), refused)
  await assert.rejects(appoint(child, child.keys.handle, inDays(3)), refused)
  await assert.rejects(appoint(child, parent.keys.handle, inDays(6 * 366)), refused)
  await assert.rejects(appoint(child, parent.keys.handle, inDays(-1)))
})
