/** Attacks that worked once: a representative who turns hostile, a stolen device beside a lying node, guessed PINs, ids taken twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, fromBase64url, utf8 } from '@salus/base/bytes'
import { seconds, systemRandom } from '@salus/base/clock'
import { digest } from '@salus/crypto/hash'
import { cardIdOf, cardSecret, locatorOf, newRecoveryCode } from '@salus/crypto/keychain'
import { generateKeyPair, personThumbprint } from '@salus/crypto/keys'
import { sealToPerson } from '@salus/crypto/packet'
import type { Epoch } from '@salus/directory/contract'
import { changeWays, makeKeychain, newKeychainKeys } from '@salus/directory/device/keychain'
import { sign } from '@salus/directory/device/link'
import { sealOwn, signerOf } from '@salus/directory/device/patient'
import { findKeychain, takeOver } from '@salus/directory/device/restore'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { lastEpoch } from '@salus/directory/keyring'
import { nameRepresentatives } from '@salus/grants/device'
import { emergencyCategories } from '@salus/grants/emergency/contract'
import { submit } from '@salus/journal/device'
import type { Signer } from '@salus/journal/statement'
import { chooseEmergency } from '@salus/records/device/emergency'
import { hold } from '@salus/records/device/hold'
import { emptyBook } from '@salus/records/device/own'
import { approve, erase, openOwn, type PatientDevice, sync, takeBack } from '@salus/records/device/patient'
import { renew } from '@salus/records/device/renew'
import { appoint, dismiss } from '@salus/records/device/represent'
import { adding } from './craft.ts'
import { startDay } from './day.ts'
import { answered, broken, newKeeper, seconded } from './keeper.ts'
import { actingFor, linkTo, newPatient, newPro, readAll, request, write } from './people.ts'

const { clock, advance, at, w, desk, doctor } = await startDay()
const nurse = await newPro(w, 'nurse')
const keeper = await newKeeper(w)
const inDays = (days: number) => seconds(clock()) + days * 86_400
const anyCode = () => ({ way: 'code', code: newRecoveryCode(w.random) }) as const

/** A child, a parent who acts for it, and the parent's device in step. */
async function family() {
  const [child, parent] = [await newPatient(w), await newPatient(w)]
  const { handle } = child.keys
  await write(desk, handle, 'allergies', { n: 1 })
  await appoint(child, parent.keys.handle, inDays(30))
  const device = await actingFor(w, parent, child.keys)
  await sync(device)
  return { child, parent, device, handle }
}

/** Announces one epoch in the child's name, with packets of the parent's choice; answers it. */
async function announce(
  { device, handle }: Awaited<ReturnType<typeof family>>,
  compartment: Epoch['compartment'],
  packetsOf: (epoch: Epoch, n: number) => Promise<{ readers: object[]; packets: string[] }>,
): Promise<void> {
  const { keyring } = await findKeyring(device.link, handle)
  const from = seconds(clock())
  const key = generateKeyPair(w.random).publicKey
  const epoch = { compartment, epoch: lastEpoch(keyring, compartment) + 1, key, from, until: from + 1_000 }
  const { readers, packets } = await packetsOf(epoch, keyring.n + 1)
  const digests = packets.map((one) => digest(one))
  const body = { n: keyring.n + 1, prev: keyring.head, epochs: [epoch], readers, packets: digests }
  const draft = { type: 'EpochOpened', iss: handle, sub: handle, body }
  const statement = await sign(device.link, await signerOf(device.keys.device), draft)
  await submit(device.link.call, device.link.logs, [{ statement, packets }])
}

const personOf = async (handle: string) => (await findKeyring(doctor.link, handle)).keyring.person as never

async function numbers(patient: PatientDevice): Promise<number[]> {
  await sync(patient)
  const out: number[] = []
  for await (const one of openOwn(patient)) out.push(JSON.parse(one.fhir).n)
  return out.sort((a, b) => a - b)
}

test('D26 rubbish in an own packet locks nobody out: the child goes on, sends the parent away, and what comes next opens', async () => {
  const all = await family()
  const { child, parent, handle } = all
  await announce(all, 'results', async (_, n) => {
    return { readers: [], packets: [await sealToPerson(await personOf(handle), { kind: 'own', n }, utf8('rubbish'))] }
  })
  await sync(child)
  await write(desk, handle, 'results', { n: 2 })
  assert.deepEqual(await numbers(child), [1, 2])
  await dismiss(child, parent.keys.handle)
  await renew(child, [anyCode()])
})

test('D26 a private half that is not the published one is not believed, and its epoch is turned over', async () => {
  const all = await family()
  const { child, handle } = all
  await announce(all, 'results', async (epoch, n) => {
    const wrong = { ...epoch, privateKey: base64url(w.random(32)) }
    return { readers: [], packets: [await sealOwn(await personOf(handle), n, [wrong])] }
  })
  await write(desk, handle, 'results', { n: 2 })
  await sync(child)
  assert.ok(
    Object.values(child.book.records).every((one) => !one.broken),
    'nothing is given up for good',
  )
  await write(desk, handle, 'results', { n: 3 })
  assert.deepEqual(await numbers(child), [1, 3])
})

test('K3 rubbish in an escrow’s packet does not stand in the way of an emergency', async () => {
  const all = await family()
  const { child, handle } = all
  await chooseEmergency(child, emergencyCategories)
  const escrow = child.book.emergency?.keepers[0]
  assert.ok(escrow)
  const to = await personOf(escrow.keeper)
  await announce(all, 'allergies', async (epoch, n) => {
    const bind = { kind: 'epoch', grant: escrow.escrow, from: epoch.from } as const
    const own = await sealOwn(await personOf(handle), n, [])
    const readers = [{ grant: escrow.escrow, from: epoch.from, epochs: [0] }]
    return { readers, packets: [await sealToPerson(to, bind, utf8('rubbish')), own] }
  })
  const glass = await broken(w, doctor, handle)
  await seconded(nurse, glass)
  assert.ok(await answered(keeper, glass))
})

/** A grant of results to the doctor, made by hand. */
async function grantBy(
  patient: PatientDevice,
  signer: Signer,
  id: string,
  asked: string,
): Promise<{ statement: string; packets: string[] }> {
  const { publicKey } = doctor.keys.person
  const packet = await sealToPerson(publicKey, { kind: 'grant', grant: id }, utf8('{"keys":[]}'))
  const { handle } = patient.keys
  const scope = { categories: ['results'], records: [], except: [], head: patient.book.chain.number, standing: true }
  const to = { request: asked, reader: doctor.keys.handle, key: personThumbprint(publicKey) }
  const body = {
    ...to,
    ...scope,
    until: seconds(clock()) + 3_000,
    policy: patient.book.policy + 1,
    packets: [digest(packet)],
  }
  const draft = { id, type: 'GrantGiven', iss: handle, sub: handle, body }
  return { statement: await sign(patient.link, signer, draft as never), packets: [packet] }
}

test('G13 a grant takes the id of no escrow and of no appointment', async () => {
  const { child, device, handle } = await family()
  await chooseEmergency(child, emergencyCategories)
  const asked = await request(w, doctor, handle, ['results'])
  await sync(device)
  const rows = (await findKeyring(device.link, handle)).keyring.representatives ?? []
  for (const id of [child.book.emergency?.keepers[0]?.escrow, rows[0]?.id]) {
    const item = await grantBy(device, await signerOf(device.keys.device), id ?? '', asked)
    await assert.rejects(submit(device.link.call, device.link.logs, [item]), { code: 'not-allowed' })
  }
})

test('G11 G12 an appointment leaves standing grants whole, and taking one back destroys everything of it', async () => {
  const [child, parent] = [await newPatient(w), await newPatient(w)]
  const { handle } = child.keys
  const asked = await request(w, doctor, handle, ['results'], { hours: 72 })
  const { grant } = await approve(child, asked, { standing: true })
  await write(desk, handle, 'results', { n: 1 })
  advance(2_000)
  await appoint(child, parent.keys.handle, inDays(30))
  await write(desk, handle, 'results', { n: 2 })
  assert.equal((await readAll(doctor, grant, handle)).length, 2)
  await takeBack(child, grant)
  const sql = 'SELECT count(*) AS n FROM packet WHERE chain = ? AND bind LIKE ?'
  const left = await at.node.sources.tx((s) => s.get<{ n: number }>(sql, handle, `%${grant}%`))
  assert.equal(left?.n, 0)
})

test('G16 a representative gives for no longer than the appointment', async () => {
  const { device, handle } = await family()
  const asked = await request(w, doctor, handle, ['results'], { hours: 24 * 300 })
  const { until } = await approve(device, asked, { standing: true })
  assert.ok(until <= inDays(30))
})

/** The patient's device before a node that adds one statement at the end of the chain. */
async function lied(patient: PatientDevice, extra: string): Promise<PatientDevice> {
  let told: number | undefined
  const fetch: typeof at.fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url)
    const response = await at.fetch(url, init)
    if (pathname !== '/chain') return response
    const page = (await response.json()) as { entries: { number: number }[] }
    if (told !== undefined && Number(searchParams.get('after')) >= told) {
      return Response.json({ ...page, entries: [], head: told })
    }
    const last = page.entries.at(-1)
    if (!last) return Response.json(page)
    told = last.number + 1
    return Response.json(await adding(at, page as never, extra))
  }
  const link = await linkTo({ ...w, at: { ...at, fetch } }, await signerOf(patient.keys.device), patient.keys.handle)
  return { ...patient, link, book: emptyBook() }
}

test('R11 what a stolen, replaced device signs afterwards counts for nothing, even where the node is in it', async () => {
  const patient = await newPatient(w)
  await write(desk, patient.keys.handle, 'results', { n: 1 })
  await sync(patient)
  const stolen = structuredClone(patient.keys)
  const way = anyCode()
  await changeWays(patient.link, patient.keys, { add: [way], keep: () => true }, async () => {})
  const plain = await linkTo(w)
  const keys = await takeOver(plain, await findKeychain(plain, way), async () => {})
  const link = await linkTo(w, await signerOf(keys.device), keys.handle)
  const back: PatientDevice = { link, keys, book: emptyBook(), save: async () => {} }
  await renew(back, [anyCode()])
  const asked = await request(w, doctor, keys.handle, ['results'])
  await sync(back)
  const forged = await grantBy(back, await signerOf(stolen.device), 'GGGGGGGGGGGGGGGGGGGGGA', asked)
  const victim = await lied(back, forged.statement)
  await assert.rejects(sync(victim), { code: 'signature-invalid' })
  assert.deepEqual(victim.book.grants, {})
})

test('R11 nor what a dismissed representative signs', async () => {
  const { child, parent, handle } = await family()
  await dismiss(child, parent.keys.handle)
  const asked = await request(w, doctor, handle, ['results'])
  await sync(child)
  const forged = await grantBy(child, await signerOf(parent.keys.device), 'GGGGGGGGGGGGGGGGGGGGGQ', asked)
  await assert.rejects(sync(await lied(child, forged.statement)), { code: 'signature-invalid' })
})

test('D25 nobody clears the count of another’s card; erasing takes the count along', async () => {
  const [victim, thief] = [await newPatient(w), await newPatient(w)]
  const [card, own] = [systemRandom(32), systemRandom(32)]
  await changeWays(
    victim.link,
    victim.keys,
    { add: [{ way: 'card', card, pin: '4711' }], keep: () => true },
    async () => {},
  )
  // The thief names the stolen card beside a locator that leads to the thief.
  const chain = await newKeychainKeys(thief.link)
  const made = await makeKeychain(thief.link, thief.keys as never, chain, [{ way: 'card', card: own, pin: '0' }])
  const ways = made.body.ways.map((one) => ({ ...one, card: digest(fromBase64url(cardIdOf(card))) }))
  const { handle, device } = thief.keys
  const { keyring } = await findKeyring(thief.link, handle)
  const body = { n: keyring.n + 1, prev: keyring.head, ...made.body, ways }
  const draft = { type: 'RecoveryChanged', iss: handle, sub: handle, body }
  const statement = await sign(thief.link, await signerOf(device), draft)
  const sent = submit(thief.link.call, thief.link.logs, [{ statement, content: made.content }])
  await assert.rejects(sent, { code: 'recovery-refused' })
  const link = await linkTo(w)
  const locator = locatorOf('card', await cardSecret(own, '0'))
  for (let i = 0; i < 6; i++) {
    await assert.rejects(findKeychain(link, { way: 'card', card, pin: String(1_000 + i) }))
    const input = { locator, card: cardIdOf(card) }
    await assert.rejects(link.call(directoryEndpoints.findKeychain, { input }))
  }
  await assert.rejects(findKeychain(link, { way: 'card', card, pin: '4711' }), { code: 'card-locked' })
  await erase(victim)
  assert.deepEqual(await at.node.sources.tx((s) => s.all('SELECT * FROM card_try')), [])
})

test('D25 a card’s keychain is found only with the card, so that each try is counted', async () => {
  const patient = await newPatient(w)
  const card = systemRandom(32)
  await changeWays(
    patient.link,
    patient.keys,
    { add: [{ way: 'card', card, pin: '4711' }], keep: () => true },
    async () => {},
  )
  const link = await linkTo(w)
  const locator = locatorOf('card', await cardSecret(card, '4711'))
  const bare = link.call(directoryEndpoints.findKeychain, { input: { locator } })
  await assert.rejects(bare, { code: 'keychain-unknown' })
  assert.ok(await findKeychain(link, { way: 'card', card, pin: '4711' }))
})

test('R26 a desk cannot make erasing impossible', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  await write(desk, handle, 'results', { n: 1 })
  const key = generateKeyPair(w.random).publicKey
  const what = { patient: handle, records: [], reason: 'medical-record', until: inDays(3_000), key } as const
  await assert.rejects(hold(desk.link, desk, { ...what, key: base64url(new Uint8Array(32)) }), { code: 'key-weak' })
  for (let i = 0; i < 4; i++) await hold(desk.link, desk, what)
  await assert.rejects(hold(desk.link, desk, what), { code: 'hold-refused' })
  assert.equal((await erase(patient)).kept.length, 4)
})

test('D29 an appointment’s id names it within one record only: two people may have the same, and the node starts again', async () => {
  const people = [await newPatient(w), await newPatient(w), await newPatient(w)]
  const [a, b, one] = people as [PatientDevice, PatientDevice, PatientDevice]
  const id = 'AAAAAAAAAAAAAAAAAAAAAA'
  for (const who of [a, b]) {
    await sync(who)
    const { keyring } = await findKeyring(who.link, who.keys.handle)
    const { keyring: other } = await findKeyring(who.link, one.keys.handle)
    const person = other.person as never
    const row = { id, handle: other.handle, devices: other.devices, key: personThumbprint(person), until: inDays(3) }
    const patient = { handle: who.keys.handle, signer: await signerOf(who.keys.device), keyring }
    const made = await nameRepresentatives(who.link, patient, [row] as never, [{ id, person }], who.keys.epochs, [])
    await submit(who.link.call, who.link.logs, made.items)
  }
  for (const who of [a, b]) assert.deepEqual(await numbers(await actingFor(w, one, who.keys)), [])
})

test('D29 a session ends with the appointment, however long it was given for', async () => {
  const { child, parent, device } = await family()
  await appoint(child, parent.keys.handle, seconds(clock()) + 60)
  advance(61_000)
  await assert.rejects(sync(device), { code: 'session-invalid' })
})
