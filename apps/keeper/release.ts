/** The release: ONE packet of content keys for the asker, signed by the keeper, journalled in the patient's chain. */
import { AppError } from '@salus/base/errors'
import { type GrantId, newId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { sealToPerson } from '@salus/crypto/packet'
import { paddedJson } from '@salus/crypto/pad'
import { type Link, sign } from '@salus/directory/device/link'
import { type EmergencyCode, MAX_RELEASED } from '@salus/grants/emergency/contract'
import type { Receipt } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import type { Checked } from './checked.ts'
import { type KeeperKeys, signerOf } from './keys.ts'
import type { Found } from './open.ts'

/** K1 Signs and submits; an epoch's key never leaves. The node takes one release for an emergency, whoever asks twice. */
export async function release(
  keys: KeeperKeys,
  link: Link,
  { glass, escrow, asker }: Checked,
  what: { keys: readonly Found[]; head: number },
): Promise<{ release: string; records: number; receipt: Receipt }> {
  const { person } = asker.keyring
  if (!person) throw new AppError<EmergencyCode>('emergency-release-wrong')
  const id = newId<GrantId>(link.random)
  const given = what.keys.slice(0, MAX_RELEASED)
  const plain = { keys: given.map(({ record, version, key }) => ({ record, version, key })) }
  const packet = await sealToPerson(person, { kind: 'grant', grant: id }, paddedJson(plain))
  const body = {
    ...{ glass: glass.id, escrow: escrow.escrow, reader: glass.asker, key: glass.key },
    ...{ records: [...new Set(given.map((one) => one.record))], left: what.keys.length - given.length },
    ...{ head: what.head, until: glass.until, packets: [digest(packet)] },
  }
  const draft = { id, type: 'EmergencyReleased', iss: keys.handle, sub: glass.patient, body }
  const statement = await sign(link, signerOf(keys), draft)
  const [receipt] = await submit(link.call, link.logs, [{ statement, packets: [packet] }])
  return { release: id, records: given.length, receipt: receipt as Receipt }
}
