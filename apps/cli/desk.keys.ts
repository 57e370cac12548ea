/** What an organisation's desk keeps on its device. */
import { base64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import type { OrgId } from '@salus/base/ids'
import { generateKeyPair } from '@salus/crypto/keys'
import { newDevicePair, type Pair } from '@salus/directory/device/patient'

/** Its signing key, the register key, and each team's keys. Intake seeds: desk.db. */
export type DeskKeys = {
  org: OrgId
  device: Pair
  register: Pair
  teams: Record<string, readonly string[]>
  /** Made to follow `device`; the ledger may have it or not (N38). */
  next?: Pair
  /** The one before `device`, until the roots name that: it votes for them. `until` (seconds): it signs nothing else from then on. */
  before?: Pair & { until: number }
}

/** Fresh keys for an organisation's desk. */
export async function newDeskKeys(org: OrgId): Promise<DeskKeys> {
  const register = generateKeyPair(systemRandom)
  const pair = { publicKey: register.publicKey, privateKey: base64url(register.privateKey) }
  return { org, device: await newDevicePair(), register: pair, teams: {} }
}
