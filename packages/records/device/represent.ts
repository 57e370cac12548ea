/**
 * Representatives: a person names who acts for him or her until a date, and takes it back; on the other side, a device opens
 * the record of whom it acts for. The same verbs serve both (`approve`, `takeBack`, …): the log names who signed.
 */
import type { Clock } from '@salus/base/clock'
import { seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { type GrantId, type Handle, newId } from '@salus/base/ids'
import { personThumbprint } from '@salus/crypto/keys'
import type { DirectoryCode, Keyring, Representative } from '@salus/directory/contract'
import type { PatientKeys } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { type Newcomer, nameRepresentatives, type StandingReader } from '@salus/grants/device'
import type { Receipt } from '@salus/journal/contract'
import {
  acting,
  freshKeyring,
  type PatientDevice,
  publish,
  representativeReaders,
  standingReaders,
  sync,
} from './sync.ts'

const refused = () => new AppError<DirectoryCode>('representative-refused')

/** Names `handle`, a patient of this node with a device, until `until` (seconds). An earlier appointment of the same is replaced. */
export async function appoint(device: PatientDevice, handle: Handle, until: number): Promise<Receipt> {
  await sync(device)
  const { link } = device
  const { keyring: other } = await findKeyring(link, handle)
  const { person, devices, kind } = other
  if (kind !== 'patient' || !person || devices.length === 0) throw refused()
  const id = newId<GrantId>(link.random)
  const row: Representative = { id, handle, devices: [...devices], key: personThumbprint(person), until }
  return change(device, (rows) => [...rows.filter((one) => one.handle !== handle), row], [{ id, person }])
}

/** Takes an appointment back, at once: what comes later opens with nothing that this one holds. */
export async function dismiss(device: PatientDevice, handle: string): Promise<Receipt> {
  await sync(device)
  const named = (await freshKeyring(device)).representatives?.some((one) => one.handle === handle)
  if (!named) throw refused()
  return change(device, (rows) => rows.filter((one) => one.handle !== handle), [])
}

async function change(
  device: PatientDevice,
  to: (rows: readonly Representative[]) => Representative[],
  newcomers: readonly Newcomer[],
): Promise<Receipt> {
  const { link, keys } = device
  const now = seconds(link.clock())
  const keyring = await freshKeyring(device)
  // A row whose time is over has nothing left to end.
  const rows = to((keyring.representatives ?? []).filter((one) => one.until > now))
  const after: Keyring = { ...keyring, representatives: rows }
  const grants = (await standingReaders(device)).filter((one) => !isAppointment(keyring, one))
  const readers = [...grants, ...(await representativeReaders(link, after, now))]
  const patient = { ...(await acting(device)), keyring }
  const made = await nameRepresentatives(link, patient, rows, newcomers, keys.epochs, readers)
  const [receipt] = await publish(device, made)
  return receipt as Receipt
}

const isAppointment = ({ representatives = [] }: Keyring, { grant }: StandingReader): boolean =>
  representatives.some((one) => one.id === grant)

/** The keys by which `own` acts for `handle`: what opens the record comes at the first contact. */
export const keysFor = (own: PatientKeys, handle: Handle, org: PatientKeys['org']): PatientKeys => ({
  ...{ handle, org, device: own.device, person: own.person, by: own.handle },
  ...{ inbox: { publicKey: '', privateKey: '' }, inboxes: [], epochs: [] },
})

/** Those who act for this person now, with the days that are left. */
export const representativesNow = ({ representatives = [] }: Keyring, clock: Clock): Representative[] =>
  representatives.filter((one) => one.until > seconds(clock()))
