/** A whole day on one node, for tests that look at what it left behind: every kind of statement happens once at least. */
import { base64url, text } from '@salus/base/bytes'
import { seconds } from '@salus/base/clock'
import type { Handle } from '@salus/base/ids'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { generateKeyPair } from '@salus/crypto/keys'
import { personKeys } from '@salus/crypto/testing'
import { setCircle } from '@salus/directory/device/circle'
import {
  changeTeam,
  enterTraits,
  mergeIdentities,
  revokeCredential,
  startTeam,
  unmergeIdentities,
} from '@salus/directory/device/desk'
import { changeWays, type NewWay } from '@salus/directory/device/keychain'
import { admitDevice, beginJoin, readInvite } from '@salus/directory/device/restore'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { emergencyCategories } from '@salus/grants/emergency/contract'
import { review } from '@salus/grants/emergency/device'
import { submit } from '@salus/journal/device'
import { chooseResearch } from '@salus/records/device/choices'
import { chooseEmergency, endEmergency } from '@salus/records/device/emergency'
import { hold, openKept, release } from '@salus/records/device/hold'
import { endLink, shareLink } from '@salus/records/device/links'
import { dispute, withdraw } from '@salus/records/device/mend'
import { openLink } from '@salus/records/device/openlink'
import {
  approve,
  erase,
  hide,
  openOwn,
  type PatientDevice,
  sync,
  takeBack,
  turnDown,
} from '@salus/records/device/patient'
import { answerQuestion, questionAccess } from '@salus/records/device/question'
import { renew } from '@salus/records/device/renew'
import { appoint } from '@salus/records/device/represent'
import { ownSummary } from '@salus/records/device/summary'
import { recordEndpoints } from '@salus/records/endpoints'
import { readLink } from '@salus/records/links/format'
import { answered, broken, newKeeper, seconded } from './keeper.ts'
import {
  actingFor,
  claim,
  deskAuthor,
  deskOf,
  intake,
  linkTo,
  newPatient,
  newPro,
  type Pro,
  proAuthor,
  readAll,
  request,
  type World,
  write,
} from './people.ts'

/** Traits that must never be found where they may not be: invented. */
export const traits = { family: 'Quillonfeuille', given: ['Théodrade'], birthDate: '1931-02-17', identifiers: [] }

export async function story(w: World) {
  const desk = await deskAuthor(w)
  const { desk: officer, link } = await deskOf(w)
  const person = await intake(w)
  const register = generateKeyPair(w.random)
  await enterTraits(link, register.publicKey, person.handle, traits)
  await write(desk, person.handle, 'people', {
    resourceType: 'Patient',
    name: [{ family: traits.family }],
    birthDate: traits.birthDate,
  })
  await write(desk, person.handle, 'allergies', { resourceType: 'AllergyIntolerance', note: [{ text: traits.family }] })
  const patient = await claim(w, person)
  await sync(patient)
  const [doctor, nurse, leaver] = [await newPro(w), await newPro(w, 'nurse'), await newPro(w, 'nurse')]
  const [first, second] = await personKeys(2)
  const members: Handle[] = [nurse.keys.handle, leaver.keys.handle]
  const team = await startTeam(link, officer, { name: 'Ward (sample)', members, pair: first as never })
  const own = patient.keys.handle
  const given = await approve(patient, await request(w, doctor, own, ['allergies', 'results']), {})
  await readAll(doctor, given.grant, own)
  const standing = await approve(patient, await request(w, nurse, own, ['allergies'], { team: team.handle }), {
    standing: true,
  })
  await write(proAuthor(doctor), own, 'results', { resourceType: 'Observation', note: 'sample' })
  await readAll(nurse, standing.grant, own)
  await changeTeam(link, officer, {
    handle: team.handle,
    members: [nurse.keys.handle],
    keys: team.keys,
    pair: second as never,
  })
  await turnDown(patient, await request(w, doctor, own, ['social']), 'too-much')
  await asking(w, patient)
  const record = Object.values(patient.book.records)[0]?.record ?? ''
  await hide(patient, [record])
  await mistakes(w, patient)
  const shared = await sharing(w, patient)
  await keyChanges(w, patient)
  const acting = await entrust(w, patient)
  await keeping(w)
  await merging(w)
  const glass = await emergencies(w, patient, [doctor, nurse])
  await takeBack(patient, standing.grant)
  const { professionals } = await link.call(directoryEndpoints.professionals)
  const credential = professionals.find((one) => one.handle === leaver.keys.handle)?.credential
  await revokeCredential(link, officer, leaver.keys.handle, credential?.id ?? '')
  return {
    patient,
    acting,
    glass,
    shared,
    other: await newPatient(w),
    doctor,
    nurse,
    leaver,
    team: team.handle,
    given,
    standing,
    at: seconds(w.clock()),
  }
}
/** A summary shared by two links: somebody outside opens both, one is ended, the other stands. */
async function sharing(w: World, patient: PatientDevice): Promise<string> {
  const { bytes } = await ownSummary(patient, 'en', ['allergies'])
  const what = { fhir: text(bytes), categories: ['allergies'], base: 'https://node.test' } as const
  const until = seconds(w.clock()) + 86_400
  const shared = []
  for (let n = 0; n < 2; n++) shared.push(await shareLink(patient, { ...what, until }))
  for (const { link } of shared) await openLink(link, { recipient: 'Dr Outside (sample)', fetch: w.at.fetch })
  await endLink(patient, shared[0]?.id ?? '')
  return (
    readLink(shared[1]?.link ?? '')
      .url.split('/')
      .at(-1) ?? ''
  )
}

/** Choices in advance; an access is questioned, and its organisation answers in words. */
async function asking(w: World, patient: PatientDevice): Promise<void> {
  await chooseResearch(patient, ['cardiovascular', 'public-health'])
  await setCircle(patient.link, patient.keys, ['cabinet-lilas' as never])
  const read = patient.book.log.find((one) => one.type === 'RecordRead')
  const asked = await questionAccess(patient, read?.number ?? 0, { reason: 'surprised' })
  const desk = await deskAuthor(w)
  const answer = { question: asked.question, patient: patient.keys.handle, found: 'explained' } as const
  await answerQuestion(desk.link, desk, { ...answer, words: 'On duty that night (sample)' })
  await sync(patient)
}

/** One document is disputed and answered, another withdrawn. */
async function mistakes(w: World, patient: PatientDevice): Promise<void> {
  const desk = await deskAuthor(w)
  const { handle } = patient.keys
  const wrong = await write(desk, handle, 'results', { resourceType: 'Observation', note: 'wrong (sample)' })
  await dispute(patient, wrong.record, 'wrong')
  const other = await write(desk, handle, 'results', { resourceType: 'Observation', note: 'of another (sample)' })
  await withdraw(desk.link, desk, { patient: handle, record: other.record, reason: 'wrong-patient' })
  await sync(patient)
}

/** A way of restoring, a second device, and a renewal after it was lost. */
async function keyChanges(w: World, patient: PatientDevice): Promise<void> {
  const code = (): NewWay => ({ way: 'code', code: newRecoveryCode(w.random) })
  await changeWays(patient.link, patient.keys, { add: [code()], keep: () => true }, patient.save)
  const link = await linkTo(w)
  const { invite } = await beginJoin(link)
  await admitDevice(patient.link, patient.keys, readInvite(invite))
  await renew(patient, [code()])
}

/** Two records that are one person, and a mistake. */
async function merging(w: World): Promise<void> {
  const { desk, link } = await deskOf(w)
  const both = [(await intake(w)).handle, (await intake(w)).handle] as const
  const merge = await mergeIdentities(link, desk, ...both)
  await unmergeIdentities(link, desk, merge, both)
}

/** What the law has the desk keep of somebody who erases: held, let go, held again; the erasure leaves it; the desk looks. */
async function keeping(w: World): Promise<void> {
  const desk = await deskAuthor(w)
  const person = await newPatient(w)
  const { handle } = person.keys
  const archive = generateKeyPair(w.random)
  await write(desk, handle, 'results', { resourceType: 'Observation', note: 'kept (sample)' })
  const until = seconds(w.clock()) + 86_400
  const what = { patient: handle, records: [], reason: 'medical-record', until, key: archive.publicKey } as const
  const { id } = await hold(desk.link, desk, what)
  await release(desk.link, desk, handle, id as never)
  await hold(desk.link, desk, what)
  await erase(person)
  const { kept } = await desk.link.call(recordEndpoints.holds)
  for await (const _ of openKept(desk.link, desk, kept[0]?.id ?? '', base64url(archive.privateKey))) break
}

/** Somebody acts for the patient, and looks. */
async function entrust(w: World, patient: PatientDevice): Promise<PatientDevice> {
  const parent = await newPatient(w)
  await appoint(patient, parent.keys.handle, seconds(w.clock()) + 86_400)
  const acting = await actingFor(w, parent, patient.keys)
  await sync(acting)
  for await (const _ of openOwn(acting)) break
  return acting
}

/** An emergency from the choice to the review, and one that the patient ends. */
async function emergencies(w: World, patient: PatientDevice, [doctor, nurse]: [Pro, Pro]): Promise<string> {
  const { handle } = patient.keys
  const keeper = await newKeeper(w)
  await chooseEmergency(patient, emergencyCategories)
  const glass = await broken(w, doctor, handle)
  await seconded(nurse, glass)
  const [release = ''] = await answered(keeper)
  await readAll(doctor, release, handle)
  const { desk, link } = await deskOf(w)
  const found = { glass, patient: handle, found: 'justified' } as const
  await submit(link.call, link.logs, [await review(link, { handle: desk.org, signer: desk.signer }, found)])
  await endEmergency(patient, await broken(w, doctor, handle))
  return glass
}

export type Story = Awaited<ReturnType<typeof story>>
