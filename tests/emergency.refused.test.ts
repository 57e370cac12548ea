/** Emergency access against those who know the protocol: what the node refuses, and what stops when it must. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fromBase64url, text, utf8 } from '@salus/base/bytes'
import { seconds, systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { generateKeyPair, importPersonKey, personThumbprint } from '@salus/crypto/keys'
import { openWithKey, sealToPerson } from '@salus/crypto/packet'
import { revokeCredential } from '@salus/directory/device/desk'
import { sign } from '@salus/directory/device/link'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { emergencyCategories } from '@salus/grants/emergency/contract'
import { findGlass, review, second } from '@salus/grants/emergency/device'
import { emergencyEndpoints } from '@salus/grants/emergency/endpoints'
import { parseStatement } from '@salus/journal/statement'
import { signerOf } from '@salus/keeper-app/keys'
import { startNode } from '@salus/node-app/testing'
import { chooseEmergency, endEmergency } from '@salus/records/device/emergency'
import { hide, type PatientDevice, sync } from '@salus/records/device/patient'
import { listGranted } from '@salus/records/device/reader'
import { renew } from '@salus/records/device/renew'
import { recordEndpoints } from '@salus/records/endpoints'
import { emptyLoot, openable, steal } from './attack.ts'
import { byPatient, outcome } from './craft.ts'
import { answered, broken, type Keeper, newKeeper, seconded } from './keeper.ts'
import {
  deskAuthor,
  deskOf,
  newPatient,
  newPro,
  type Pro,
  proAuthor,
  readAll,
  request,
  world,
  write,
} from './people.ts'

const { clock, advance } = manualClock()
const at = await startNode({ clock })
const w = world(at, clock)
after(() => at.node.close())
const reviewing = generateKeyPair(w.random)
const keeper = await newKeeper(w, 'saint-roch', reviewing.publicKey)
const [doctor, nurse] = [await newPro(w, 'emergency-physician'), await newPro(w, 'nurse')]
const desk = await deskAuthor(w)
const now = () => seconds(clock())

/** A patient with one record of each category, who has chosen emergency access. */
async function chosen(categories: readonly string[] = ['allergies', 'results']): Promise<PatientDevice> {
  const patient = await newPatient(w)
  for (const category of categories) await write(desk, patient.keys.handle, category, { category })
  await chooseEmergency(patient, emergencyCategories)
  return patient
}

const refused = (work: Promise<unknown>, code: string) => assert.rejects(work, { code }, code)
const keeperKeys = async ({ dir, keys }: Keeper) => {
  const file = JSON.parse(await readFile(join(dir, 'keys.json'), 'utf8'))
  return new Map([[keys.person as string, await importPersonKey(fromBase64url(file.person.privateKey))]])
}
const by = (pro: Pro, type: string, sub: string, body: object, id?: string) =>
  sign(pro.link, pro.signer, { type, iss: pro.keys.handle, sub, body, ...(id ? { id } : {}) })

test('E1 a choice names keepers that are vouched for, each once, with a packet that only they open', async () => {
  const patient = await newPatient(w)
  await sync(patient)
  const { person } = (await findKeyring(patient.link, keeper.keys.handle)).keyring
  const escrow = newId(systemRandom)
  const packet = await sealToPerson(person as never, { kind: 'emergency', escrow }, utf8('{"keys":[]}'))
  const row = { keeper: keeper.keys.handle, key: keeper.keys.person, escrow }
  const choice = async (over: object, packets: string[] = [packet]) => {
    const body = { categories: ['allergies'], keepers: [row], policy: 1, packets: packets.map((one) => digest(one)) }
    return outcome(at, [await byPatient(patient, 'EmergencyChosen', { ...body, ...over }, { packets })])
  }
  assert.equal(await choice({ categories: [] }), 'emergency-choice-wrong')
  assert.equal(await choice({ categories: ['allergies', 'allergies'] }), 'emergency-choice-wrong')
  assert.equal(await choice({ keepers: [row, row] }), 'emergency-choice-wrong')
  assert.equal(await choice({ keepers: [], packets: [] }, []), 'emergency-choice-wrong')
  const other = { keeper: nurse.keys.handle, key: personThumbprint(nurse.keys.person.publicKey), escrow }
  assert.equal(await choice({ keepers: [other] }), 'keeper-unknown')
  assert.equal(await choice({ keepers: [{ ...row, key: other.key }] }), 'keeper-unknown')
  assert.equal(await choice({ keepers: [{ ...row, escrow: newId(systemRandom) }] }), 'emergency-choice-wrong')
  assert.equal(await choice({ policy: 2 }), 'policy-head-old')
  assert.equal(await choice({}), 'accepted')
  assert.equal(await choice({}), 'policy-head-old')
  const thief = await newPatient(w)
  const body = { categories: ['allergies'], keepers: [row], policy: 1, packets: [digest(packet)] }
  const stolen = await byPatient(thief, 'EmergencyChosen', body, { packets: [packet] })
  assert.equal(await outcome(at, [stolen]), 'not-allowed', 'an escrow’s id is one patient’s')
})

test('E2 who may not, for whom nothing was chosen, for too long, with another key: refused', async () => {
  const patient = await chosen()
  const { handle } = patient.keys
  const pharmacist = await newPro(w, 'pharmacist')
  await refused(broken(w, pharmacist, handle), 'emergency-not-for-role')
  const [other, elsewhere] = [await newPatient(w), await newPro(w, 'physician', 'cabinet-lilas')]
  await refused(broken(w, doctor, other.keys.handle), 'emergency-not-chosen')
  await refused(broken(w, elsewhere, handle), 'emergency-not-chosen')
  await refused(broken(w, doctor, handle, { hours: 3 }), 'emergency-too-long')
  await refused(broken(w, doctor, handle, { hours: 0 }), 'emergency-over')
  await refused(broken(w, doctor, handle, { reason: 'other' }), 'emergency-text-missing')
  const key = personThumbprint(nurse.keys.person.publicKey)
  const body = { reason: 'unconscious', reader: key, until: now() + 60, packets: [] }
  assert.equal(
    await outcome(at, [{ statement: await by(doctor, 'BreakGlass', handle, body) }]),
    'emergency-release-wrong',
  )
  await chooseEmergency(patient, [])
  await refused(broken(w, doctor, handle), 'emergency-not-chosen')
})

test('E4 the second is another person, of that organisation, of a role that may, once, for that statement', async () => {
  const { handle } = (await chosen()).keys
  const glass = await broken(w, doctor, handle)
  await refused(seconded(doctor, glass), 'emergency-same-person')
  const [secretary, elsewhere] = [await newPro(w, 'secretary'), await newPro(w, 'physician', 'cabinet-lilas')]
  await refused(seconded(secretary, glass), 'emergency-not-for-role')
  await refused(seconded(elsewhere, glass), 'emergency-unknown')
  const body = { glass, statement: (await findGlass(doctor.link, glass)).statement }
  const told = await by(elsewhere, 'BreakGlassSeconded', handle, { ...body, statement: digest(body.statement) })
  assert.equal(await outcome(at, [{ statement: told }]), 'emergency-unknown')
  const wrong = await by(nurse, 'BreakGlassSeconded', handle, { ...body, statement: digest('another') })
  assert.equal(await outcome(at, [{ statement: wrong }]), 'emergency-unknown')
  const { desk: officer, link } = await deskOf(w)
  const signing = { handle: officer.org, signer: officer.signer }
  const view = await findGlass(link, glass)
  assert.equal(await outcome(at, [await second(link, signing, view)]), 'accepted', 'an officer may')
  await refused(seconded(nurse, glass), 'emergency-seconded')
  const lilas = await deskOf(w, 'cabinet-lilas')
  await refused(findGlass(lilas.link, glass), 'emergency-unknown')
})

test('E5 only the chosen keeper of that organisation releases, once, when seconded, to the asker, no longer than asked', async () => {
  const { handle } = (await chosen()).keys
  const lilas = await newKeeper(w, 'cabinet-lilas')
  const glass = await broken(w, doctor, handle, { hours: 1 })
  const link = await keeper.link()
  const escrow = (await held(handle)).find((one) => one.keeper === keeper.keys.handle)?.id ?? ''
  const doctorKey = doctor.keys.person.publicKey
  const released = async (over: object, to: Keeper | Pro = keeper, person = doctorKey) => {
    const id = newId(systemRandom)
    const packet = await sealToPerson(person, { kind: 'grant', grant: id }, utf8('{"keys":[]}'))
    const body = {
      ...{ glass, escrow, reader: doctor.keys.handle, key: personThumbprint(doctorKey), records: [], left: 0, head: 1 },
      ...{ until: now() + 600, packets: [digest(packet)], ...over },
    }
    const signer = 'signer' in to ? to.signer : signerOf(to.keys)
    const draft = { id, type: 'EmergencyReleased', iss: to.keys.handle, sub: handle, body }
    return outcome(at, [{ statement: await sign(link, signer, draft), packets: [packet] }])
  }
  assert.equal(await released({}), 'emergency-not-seconded')
  await seconded(nurse, glass)
  assert.equal(await released({}, nurse), 'keeper-unknown')
  assert.equal(await released({}, lilas), 'emergency-not-chosen')
  assert.equal(await released({ until: now() + 3_700 }), 'emergency-release-wrong')
  assert.equal(await released({ reader: nurse.keys.handle }), 'emergency-release-wrong')
  const key = personThumbprint(nurse.keys.person.publicKey)
  assert.equal(await released({ key }, keeper, nurse.keys.person.publicKey), 'emergency-release-wrong')
  assert.equal(await released({}, keeper, nurse.keys.person.publicKey), 'emergency-release-wrong')
  assert.equal(await released({ head: 1_000 }), 'emergency-release-wrong')
  assert.equal(await released({ escrow: newId(systemRandom) }), 'emergency-release-wrong')
  assert.equal(await released({}), 'accepted')
  assert.equal(await released({}), 'emergency-released')
})

const held = (patient: string) =>
  at.node.views.tx((v) =>
    v.all<{ id: string; keeper: string; packet: string | null }>('SELECT * FROM escrow WHERE patient = ?', patient),
  )

test('E10 a release reaches into the chosen categories only, whatever its keeper lists', async () => {
  const patient = await chosen(['allergies', 'results', 'people'])
  const { handle } = patient.keys
  const glass = await broken(w, doctor, handle)
  await seconded(nurse, glass)
  const [escrow] = (await held(handle)).filter((one) => one.keeper === keeper.keys.handle)
  const id = newId(systemRandom)
  const person = doctor.keys.person.publicKey
  const packet = await sealToPerson(person, { kind: 'grant', grant: id }, utf8('{"keys":[]}'))
  const records = Object.values(patient.book.records).map((one) => one.record)
  const body = {
    ...{ glass, escrow: escrow?.id, reader: doctor.keys.handle, key: personThumbprint(person), records, left: 0 },
    ...{ head: patient.book.chain.number, until: now() + 600, packets: [digest(packet)] },
  }
  const draft = { id, type: 'EmergencyReleased', iss: keeper.keys.handle, sub: handle, body }
  const statement = await sign(await keeper.link(), signerOf(keeper.keys), draft)
  assert.equal(await outcome(at, [{ statement, packets: [packet] }]), 'accepted')
  assert.equal(records.length, 3)
  assert.deepEqual(
    (await listGranted(doctor.link, id)).map((one) => one.compartment),
    ['allergies'],
  )
})

test('E6 a choice against destroys what keepers hold, and nothing that comes later opens for them', async () => {
  const patient = await chosen()
  const { handle } = patient.keys
  const [row] = await held(handle)
  const loot = await steal(at, emptyLoot())
  const before = await openable(loot, await keeperKeys(keeper))
  advance(5_000)
  await chooseEmergency(patient, [])
  const packets = 'SELECT count(*) AS n FROM packet WHERE chain = ? AND kid = ?'
  const left = await at.node.sources.tx((s) => s.get<{ n: number }>(packets, handle, keeper.keys.person))
  assert.equal(left?.n, 0)
  assert.deepEqual(await held(handle), [])
  assert.ok(row)
  advance(5_000)
  await write(desk, handle, 'allergies', { later: true })
  assert.deepEqual(await openable(await steal(at, loot), await keeperKeys(keeper)), before, 'old copies included')
})

test('E6 what is hidden is in no keeper’s packet from then on, and in no release', async () => {
  const patient = await chosen(['allergies', 'problems'])
  const { handle } = patient.keys
  const secret = Object.values(patient.book.records).find((one) => one.category === 'problems')
  assert.ok(secret)
  await hide(patient, [secret.record])
  const loot = await steal(at, emptyLoot())
  assert.ok(!(await openable(loot, await keeperKeys(keeper))).has(secret.content))
  const glass = await broken(w, doctor, handle)
  await seconded(nurse, glass)
  const [release = ''] = await answered(keeper, glass)
  assert.deepEqual(
    (await readAll(doctor, release, handle)).map((one) => one.row.category),
    ['allergies'],
  )
  const body = { grant: release, records: [{ record: secret.record, version: 1 }] }
  const read = await by(doctor, 'RecordRead', handle, body)
  assert.equal(await outcome(at, [{ statement: read }]), 'not-granted')
})

test('E6 keepers keep up with renewals and other choices; one that is vouched for no more gets nothing more', async () => {
  const patient = await chosen([])
  const { handle } = patient.keys
  advance(2_000)
  await renew(patient, [{ way: 'code', code: newRecoveryCode(w.random) }])
  await write(desk, handle, 'allergies', { after: 'renewal' })
  await chooseEmergency(patient, ['vitals'])
  await write(desk, handle, 'vitals', { after: 'choice' })
  await write(desk, handle, 'allergies', { after: 'choice' })
  const glass = await broken(w, doctor, handle)
  await seconded(nurse, glass)
  const [release = ''] = await answered(keeper, glass)
  assert.deepEqual(
    (await readAll(doctor, release, handle)).map((one) => one.row.category),
    ['vitals'],
  )
  const leaving = await newKeeper(w)
  const other = await newPatient(w)
  await chooseEmergency(other, ['results'])
  assert.equal((await held(other.keys.handle)).length, 2)
  const { desk: officer, link } = await deskOf(w)
  const { professionals } = await link.call(directoryEndpoints.professionals)
  const credential = professionals.find((one) => one.handle === leaving.keys.handle)?.credential?.id ?? ''
  await revokeCredential(link, officer, leaving.keys.handle, credential)
  advance(2_000)
  const loot = await steal(at, emptyLoot())
  const before = await openable(loot, await keeperKeys(leaving))
  await sync(other)
  await write(desk, other.keys.handle, 'results', { later: true })
  assert.deepEqual(await openable(await steal(at, loot), await keeperKeys(leaving)), before)
})

test('E7 the patient ends it: before the release nothing comes, after it nothing is served and the packet is gone', async () => {
  const patient = await chosen()
  const { handle } = patient.keys
  const early = await broken(w, doctor, handle)
  await seconded(nurse, early)
  await endEmergency(patient, early)
  assert.deepEqual(await answered(keeper, early), [])
  const glass = await broken(w, doctor, handle)
  await seconded(nurse, glass)
  const [release = ''] = await answered(keeper, glass)
  assert.equal((await readAll(doctor, release, handle)).length, 1)
  await endEmergency(patient, release)
  await refused(readAll(doctor, release, handle), 'grant-revoked')
  const bound = "SELECT count(*) AS n FROM packet WHERE json_extract(bind, '$.grant') = ?"
  assert.equal((await at.node.sources.tx((s) => s.get<{ n: number }>(bound, release)))?.n, 0)
  await refused(endEmergency(patient, release), 'emergency-over')
  const other = await newPatient(w)
  const ended = await byPatient(other, 'BreakGlassEnded', { glass, policy: 1 })
  assert.equal(await outcome(at, [ended]), 'emergency-unknown')
})

test('E8 the officer of that organisation reads the text and reviews, once; the patient sees what was found', async () => {
  const patient = await chosen()
  const { handle } = patient.keys
  const text1 = { text: 'Found in the street (sample)', review: reviewing.publicKey }
  const glass = await broken(w, doctor, handle, { reason: 'other', text: text1 })
  const { desk: officer, link } = await deskOf(w)
  const { emergencies } = await link.call(emergencyEndpoints.reviews)
  const row = emergencies.find((one) => one.glass === glass)
  const plain = await openWithKey(reviewing.privateKey, row?.text ?? '', { kind: 'emergency', glass })
  assert.equal(text(plain), text1.text)
  assert.equal(row?.found, null)
  const lilas = await deskOf(w, 'cabinet-lilas')
  assert.deepEqual((await lilas.link.call(emergencyEndpoints.reviews)).emergencies, [])
  const reviewed = (by: typeof officer) =>
    review(link, { handle: by.org, signer: by.signer }, { glass, patient: handle, found: 'unjustified' })
  assert.equal(await outcome(at, [await reviewed(lilas.desk)]), 'emergency-unknown')
  assert.equal(await outcome(at, [await reviewed(officer)]), 'accepted')
  assert.equal(await outcome(at, [await reviewed(officer)]), 'emergency-reviewed')
  await sync(patient)
  assert.equal(patient.book.glass?.[glass]?.review?.found, 'unjustified')
  assert.equal(patient.book.log.at(-1)?.type, 'BreakGlassReviewed')
})

test('E9 the keeper’s doors open to the keeper that is to answer, while it is to answer', async () => {
  const { handle } = (await chosen()).keys
  const glass = await broken(w, doctor, handle)
  const lilas = await newKeeper(w, 'cabinet-lilas')
  const doors = [emergencyEndpoints.chain, emergencyEndpoints.packets, recordEndpoints.escrowed]
  const closed = async (link: Pro['link']) => {
    for (const door of doors) await refused(link.call(door, { params: { glass } }), 'emergency-unknown')
  }
  const link = await keeper.link()
  await closed(link)
  await seconded(nurse, glass)
  await closed(doctor.link)
  await closed(await lilas.link())
  for (const door of doors) await link.call(door, { params: { glass } })
  await answered(keeper, glass)
  await closed(link)
})

test('D33 a keeper reads nothing, asks for nothing, writes nothing, seconds nobody', async () => {
  const patient = await chosen()
  const { handle } = patient.keys
  const { keys } = keeper
  const signer = signerOf(keys)
  const link = await keeper.link()
  const pro: Pro = { keys: { handle: keys.handle } as never, link, signer, reader: doctor.reader }
  await refused(write(proAuthor(pro), handle, 'allergies', {}), 'credential-missing')
  const [record] = Object.values(patient.book.records)
  const records = [record?.record ?? '']
  await refused(request(w, pro, handle, [], { records }), 'credential-missing')
  const glass = await broken(w, doctor, handle)
  const second1 = await second(link, { handle: keys.handle, signer }, await findGlass(link, glass))
  assert.equal(await outcome(at, [second1]), 'emergency-not-for-role')
  await seconded(nurse, glass)
  const [release = ''] = await answered(keeper, glass)
  await refused(link.call(recordEndpoints.granted, { params: { grant: release } }), 'not-found')
  const body = { grant: release, records: [{ record: records[0], version: 1 }] }
  const read = await by(pro, 'RecordRead', handle, body)
  assert.equal(await outcome(at, [{ statement: read }]), 'credential-missing')
  assert.equal(parseStatement(read).iss, keys.handle)
})

test('G13 an emergency’s id that somebody took is refused', async () => {
  const { handle } = (await chosen()).keys
  const glass = await broken(w, doctor, handle)
  const reader = personThumbprint(nurse.keys.person.publicKey)
  const body = { reason: 'unconscious', reader, until: now() + 60, packets: [] }
  const copied = await by(nurse, 'BreakGlass', handle, body, glass)
  assert.equal(await outcome(at, [{ statement: copied }]), 'not-allowed')
})
