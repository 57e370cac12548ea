/** What came with an appointment: the epoch keys that open the record of whom one acts for. */
import { fromBase64url, text } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import { importPersonKey } from '@salus/crypto/keys'
import { openWithPerson, packetHeader } from '@salus/crypto/packet'
import type { DirectoryCode, Keyring } from '@salus/directory/contract'
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
    const { kind } = packetHeader(packet).bind
    const expected = kind === 'epoch' ? { kind, grant: appointment } : { kind: 'representative', id: appointment }
    const plain = text(await openWithPerson(person, packet, expected as never))
    for (const one of parseWith(epochKeys, plain).keys) found.set(`${one.compartment}:${one.epoch}`, one.key)
  }
  const known = new Set(keys.epochs.map((one) => one.key))
  for (const { entry: _, ...epoch } of keyring.epochs) {
    const privateKey = found.get(`${epoch.compartment}:${epoch.epoch}`)
    if (privateKey && !known.has(epoch.key)) keys.epochs.push({ ...epoch, privateKey } as EpochKey)
  }
}
