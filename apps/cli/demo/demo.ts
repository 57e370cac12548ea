/**
 * The demonstration: a hospital, a practice and a pharmacy on one node, with people to be. Everything goes the way a real
 * user's does: devices in folders of their own, statements over the app's edge. Interrupted, it goes on where it was.
 */
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fromBase64url } from '@salus/base/bytes'
import { systemClock } from '@salus/base/clock'
import type { Handle } from '@salus/base/ids'
import { importDeviceKey } from '@salus/crypto/keys'
import type { SuiteId } from '@salus/crypto/suites'
import { type Consortium, type Roots, signRoots } from '@salus/directory/consortium'
import { approveClaim, issueCode, issueCredential } from '@salus/directory/device/desk'
import { beginClaim, collectClaim, finishClaim, type PatientKeys } from '@salus/directory/device/patient'
import { enrol, type ProfessionalKeys } from '@salus/directory/device/professional'
import { foundTeam } from '@salus/directory/device/team'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { readBundle } from '@salus/fhir/bundle'
import { emergencyCategories } from '@salus/grants/emergency/contract'
import { fileKeys } from '@salus/keeper-app/file'
import { foundNode } from '@salus/node-app/found'
import type { Listening } from '@salus/node-app/listen'
import { chooseEmergency } from '@salus/records/device/emergency'
import { sync } from '@salus/records/device/patient'
import { type DeskKeys, newDeskKeys } from '../desk.keys.ts'
import { openDeskStore } from '../desk.store.ts'
import { type Device, isDevice, makeDevice, openDevice, plainLink, type Reach } from '../device.ts'
import { misuse } from '../errors.ts'
import { handleFor, importResources } from '../import.ts'
import { type OpenDesk, openDesk, openPatient } from '../people.ts'
import { newCode, tryWay } from '../recovery.ts'
import { teamDesk } from '../team.ts'
import type { Screen } from '../verb.ts'
import { initKeeper, keyFile } from '../verbs/keeper.ts'
import { type Cast, demoCast, demoOrganisations, type SampleProfessional } from './organisations.ts'
import { sampleBundle, samplePatients } from './records.ts'

/** What the tour needs to name: who is where. */
export type DemoPeople = {
  patients: Record<string, string>
  professionals: Record<string, string>
  code: string | undefined
  /** Samples: these people do not exist, and their codes are no secret. */
  recovery: Record<string, string>
}

const CHAIN = 'salus-demo'
const ORIGIN = 'journal.saint-roch.example'
const devices = (dir: string, name: string) => join(dir, 'devices', name)

/** SALUS_SUITE: in which suite a new demonstration makes its keys (docs/suites.md). */
function suiteFromEnvironment(): { suite?: SuiteId } {
  const { SALUS_SUITE: wanted } = process.env
  if (!wanted) return {}
  if (wanted !== '1' && wanted !== '2') {
    throw misuse({ en: 'SALUS_SUITE knows two words: 1 and 2.', fr: 'SALUS_SUITE ne connaît que deux mots : 1 et 2.' })
  }
  return { suite: wanted === '1' ? 1 : 2 }
}

/** Founds the node: the desks' keys are made first, in their own folders, and sign the roots. */
export async function foundDemo(dir: string): Promise<void> {
  const desks = new Map<string, DeskKeys>()
  for (const { org } of demoOrganisations) desks.set(org, await newDeskKeys(org as never))
  let roots: Roots | undefined
  await foundNode(dir, {
    ...{ chain: CHAIN, origin: ORIGIN, operator: 'saint-roch-node', time: systemClock() },
    ...suiteFromEnvironment(),
    demonstration: true,
    organisations: demoOrganisations.map((one) => ({
      ...one,
      org: one.org as never,
      key: desks.get(one.org)?.device.publicKey ?? '',
    })),
    async sign(document) {
      roots = document
      const signatures: string[] = []
      for (const keys of desks.values()) {
        const privateKey = await importDeviceKey(fromBase64url(keys.device.privateKey))
        signatures.push(await signRoots(document, privateKey, keys.device.publicKey))
      }
      const file = { roots: document, signatures }
      for (const [org, keys] of desks) await keepDesk(dir, org, keys, file, { base: address(), origin: ORIGIN })
      return signatures
    },
  })
  if (!roots) throw new Error('the roots were not signed')
}

/** A founding that was cut short left folders of keys nobody uses: they are moved aside, not overwritten. */
export async function keepDesk(
  dir: string,
  org: string,
  keys: DeskKeys,
  file: Consortium,
  at: { base: string; origin: string },
) {
  const path = devices(dir, `desk-${org}`)
  if (existsSync(path)) await rename(path, `${path}.unused-${Date.now()}`)
  const folder = await makeDevice(path, 'desk', { ...at, fetch: (url, init) => fetch(url, init) }, file)
  await folder.write('keys', keys)
}

const address = () => `http://${process.env.SALUS_HOST ?? '127.0.0.1'}:${process.env.SALUS_PORT ?? '8080'}`

type At = {
  dir: string
  cast: Cast
  reach: Reach
  desk: (org: string) => Promise<OpenDesk>
  /** Recovery codes of the sample patients, by folder. */
  codes: Record<string, string>
}

async function professional(at: At, one: SampleProfessional): Promise<Handle> {
  const path = devices(at.dir, one.file)
  const folder = isDevice(path)
    ? await openDevice(path, 'professional')
    : await makeDevice(path, 'professional', at.reach)
  const existing = await folder.read<ProfessionalKeys>('keys')
  const link = plainLink(folder, at.reach)
  const keys =
    existing ?? (await enrol(link, { org: one.org as never, name: one.name }, (made) => folder.write('keys', made)))
  const { link: deskLink, desk } = await at.desk(one.org)
  const { professionals } = await deskLink.call(directoryEndpoints.professionals)
  if (!professionals.some((each) => each.handle === keys.handle && each.credential)) {
    const until = Math.floor(systemClock() / 1000) + 365 * 86_400
    await issueCredential(deskLink, desk, { handle: keys.handle, profession: one.profession, name: one.name, until })
  }
  return keys.handle
}

async function* bundleOf(p: (typeof samplePatients)[number]) {
  for (const one of readBundle(sampleBundle(p) as never)) yield one
}

/** Imports a patient's records at the hospital's desk and finds the handle the desk gave. */
async function patientRecords(at: At, p: (typeof samplePatients)[number]): Promise<Handle> {
  const desk = await at.desk(at.cast.hospital)
  const store = openDeskStore(desk)
  try {
    // The samples are ours and records.test.ts validates them; loading the definitions would triple the first start.
    await importResources({ at: desk, store, validate: () => {}, progress: () => {} }, bundleOf(p))
    return (await handleFor(desk, store, `Patient/${p.id}`)) as Handle
  } finally {
    await store.close()
  }
}

async function claimed(at: At, p: (typeof samplePatients)[number], handle: Handle): Promise<void> {
  const path = devices(at.dir, p.file)
  const folder = isDevice(path) ? await openDevice(path, 'patient') : await makeDevice(path, 'patient', at.reach)
  if (await folder.read<PatientKeys>('keys')) return finished(at, folder)
  const hospital = await at.desk(at.cast.hospital)
  const { link, desk } = hospital
  const plain = plainLink(folder, at.reach)
  const pending = await beginClaim(plain, await issueCode(link, desk, handle))
  const { claims } = await link.call(directoryEndpoints.claims)
  const waiting = claims.find((one) => one.claim === pending.claim)
  const store = openDeskStore(hospital)
  const seed = await store.seedOf(handle)
  await store.close()
  if (!waiting || !seed) throw new Error('the demonstration’s claim was lost')
  await approveClaim(link, desk, waiting, seed)
  const approved = await collectClaim(plain, pending)
  if (!approved) throw new Error('the demonstration’s claim was not approved')
  await finishClaim(plain, pending, approved, (made) => folder.write('keys', made))
  await finished(at, folder)
}

/** A claim is finished when one way of restoring was made and tried: the sample's code stands in demo.json. */
async function finished({ reach, codes }: At, folder: Device): Promise<void> {
  const patient = await openPatient(folder.dir, reach, 'unfinished')
  await sync(patient)
  const code = await newCode(patient)
  if (!(await tryWay(folder, patient.keys.handle, { way: 'code', code }, reach))) throw new Error('no way back')
  codes[basename(folder.dir)] = code
}

/** The hospital's emergency keeper, in a folder of its own; `salus keeper` runs it. */
async function keeperOf(at: At, name: string): Promise<void> {
  const { hospital } = at.cast
  const path = devices(at.dir, 'keeper')
  const known = isDevice(path) && existsSync(keyFile(path)) ? (await fileKeys(keyFile(path))).handle : undefined
  if (known === undefined && existsSync(path)) await rename(path, `${path}.unused-${Date.now()}`)
  const handle = known ?? (await initKeeper(path, hospital, name, at.reach)).handle
  const { link, desk, keys } = await at.desk(hospital)
  const { professionals } = await link.call(directoryEndpoints.professionals)
  if (professionals.some((each) => each.handle === handle && each.credential)) return
  const until = Math.floor(systemClock() / 1000) + 365 * 86_400
  const review = keys.register.publicKey
  await issueCredential(link, desk, { handle, profession: 'keeper', name, until, review })
}

/** One sample patient has chosen what an emergency may open. */
async function chosen(at: At, file: string): Promise<void> {
  const patient = await openPatient(devices(at.dir, file), at.reach)
  if (!patient.book.emergency) await chooseEmergency(patient, emergencyCategories)
}

/** Adds what is still missing of the demonstration, once. */
export async function seedDemo(
  dir: string,
  running: Listening,
  screen: Screen,
  cast: Cast = demoCast,
): Promise<DemoPeople> {
  const done = join(dir, 'demo.json')
  if (existsSync(done)) return JSON.parse(await readFile(done, 'utf8')) as DemoPeople
  const reach: Reach = { base: running.url, fetch: async (url, init) => running.node.app.fetch(new Request(url, init)) }
  const open = new Map<string, Promise<OpenDesk>>()
  const desk = (org: string) => {
    const found = open.get(org) ?? openDesk(devices(dir, `desk-${org}`), reach)
    open.set(org, found)
    return found
  }
  const people: DemoPeople = { patients: {}, professionals: {}, code: undefined, recovery: {} }
  const at: At = { dir, cast, reach, desk, codes: people.recovery }
  screen.progress(screen.language === 'fr' ? 'préparation de la démonstration…' : 'preparing the demonstration…')
  for (const one of cast.professionals) people.professionals[one.file] = await professional(at, one)
  await demoTeamOf(at, people)
  if (cast.keeper) await keeperOf(at, cast.keeper.name)
  const patients = samplePatients.filter(({ file }) => cast.patients.includes(file))
  for (const [i, p] of patients.entries()) {
    const handle = await patientRecords(at, p)
    people.patients[p.file] = handle
    if (!cast.toClaim || i < patients.length - 1) await claimed(at, p, handle)
    else people.code = await issueCode((await desk(cast.hospital)).link, (await desk(cast.hospital)).desk, handle)
  }
  if (cast.keeper) await chosen(at, cast.keeper.choosing)
  await writeFile(`${done}.new`, JSON.stringify(people), { mode: 0o600, flush: true })
  await rename(`${done}.new`, done)
  return people
}

async function demoTeamOf(at: At, people: DemoPeople): Promise<void> {
  const { team, hospital: org } = at.cast
  if (!team) return
  const hospital = await at.desk(org)
  if (Object.keys(hospital.keys.teams).length > 0) return
  const members = team.members.map((file) => people.professionals[file] as Handle)
  await foundTeam(teamDesk(hospital), team.name, members)
}
