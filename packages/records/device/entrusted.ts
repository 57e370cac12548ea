/** What came with an appointment: the epoch keys that open the record of whom one acts for. */
import { fromBase64url, text } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { parseWith, type z } from '@salus/base/schema'
import { importPersonKey, type PersonPrivate } from '@salus/crypto/keys'
import { openWithPerson, packetHeader } from '@salus/crypto/packet'
import type { DirectoryCode, Keyring } from '@salus/directory/contract'
import { isHalfOf } from '@salus/directory/device/keychain'
import type { Link } from '@salus/directory/device/link'
import type { EpochKey, PatientKeys } from '@salus/directory/device/patient'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { epochKeys } from '@salus/grants/contract'

/** The appointment by which `keys.by` acts, as the checked keyring says; refused when there is none (any more). */
export function appointmentOf(keyring: Keyring, keys: Pick<PatientKeys, 'by'>, now: number) {
  const row = keyring.representatives?.find((one) => one.handle === keys.by && one.until > now)
  if (!row) throw new AppError<DirectoryCode>('representative-refused')
  return row
}

/** Opens the packets of the appointment; only keys of epochs that the checked keyring announces are kept. */
export async function collectEntrusted(link: Link, keys: PatientKeys, keyring: Keyring): Promise<void> {
  const { appointment, packets } = await link.call(directoryEndpoints.entrusted)
  const person = await importPersonKey(fromBase64url(keys.person.privateKey))
  const found = new Map<string, string>()
  for (const packet of packets) {
    for (const one of await keysIn(person, packet, appointment)) found.set(`${one.compartment}:${one.epoch}`, one.key)
  }
  const known = new Set(keys.epochs.map((one) => one.key))
  for (const { entry: _, ...epoch } of keyring.epochs) {
    const privateKey = found.get(`${epoch.compartment}:${epoch.epoch}`)
    if (privateKey && !known.has(epoch.key) && isHalfOf(privateKey, epoch.key))
      keys.epochs.push({ ...epoch, privateKey } as EpochKey)
  }
}

/** One packet that does not open, or holds what nobody can read, locks nothing else away. */
async function keysIn(person: PersonPrivate, packet: string, id: string): Promise<z.output<typeof epochKeys>['keys']> {
  try {
    const { kind } = packetHeader(packet).bind
    const expected = kind === 'epoch' ? { kind, grant: id } : { kind: 'representative', id }
    return parseWith(epochKeys, text(await openWithPerson(person, packet, expected as never))).keys
  } catch (error) {
    if (isAppError(error)) return []
    throw error
  }
}
