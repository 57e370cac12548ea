/** A whole day on one node, for tests that look at what it left behind: every kind of statement happens once at least. */
import { seconds } from '@salus/base/clock'
import type { Handle } from '@salus/base/ids'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { generateX25519 } from '@salus/crypto/keys'
import { personKeys } from '@salus/crypto/testing'
import { changeTeam, enterTraits, revokeCredential, startTeam } from '@salus/directory/device/desk'
import { changeWays, type NewWay } from '@salus/directory/device/keychain'
import { admitDevice, beginJoin, readInvite } from '@salus/directory/device/restore'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { dispute, withdraw } from '@salus/records/device/mend'
import { approve, hide, type PatientDevice, sync, takeBack, turnDown } from '@salus/records/device/patient'
import { renew } from '@salus/records/device/renew'
import {
  claim,
  deskAuthor,
  deskOf,
  intake,
  linkTo,
  newPatient,
  newPro,
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
  const register = generateX25519(w.random)
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
  const record = Object.values(patient.book.records)[0]?.record ?? ''
  await hide(patient, [record])
  await mistakes(w, patient)
  await keyChanges(w, patient)
  await takeBack(patient, standing.grant)
  const { professionals } = await link.call(directoryEndpoints.professionals)
  const credential = professionals.find((one) => one.handle === leaver.keys.handle)?.credential
  await revokeCredential(link, officer, leaver.keys.handle, credential?.id ?? '')
  return {
    patient,
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

export type Story = Awaited<ReturnType<typeof story>>
