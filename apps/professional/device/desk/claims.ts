/** Claims that wait for the desk: fingerprints are compared, then the record's keys are handed to the new device. */
import { AppError } from '@salus/base/errors'
import { approveClaim } from '@salus/directory/device/desk'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { fingerprint } from '@salus/directory/keyring'
import { atDesk, seedOf } from './open.ts'
import { namesOf } from './register.ts'

/** A claim with what is compared. `held`: this browser has the keys to hand over. */
export type Claiming = {
  readonly claim: string
  readonly handle: string
  readonly name: string
  readonly birthDate: string
  readonly fingerprint: string
  readonly at: number
  readonly held: boolean
}

/** What waits, oldest first: somebody stands at the counter. */
export async function claims(): Promise<Claiming[]> {
  const at = await atDesk()
  const { claims: all } = await at.link.call(directoryEndpoints.claims)
  if (all.length === 0) return []
  const known = await namesOf(at)
  return all
    .map(({ claim, handle, device, at: when }) => {
      const { name = '', birthDate = '', held = false } = known.get(handle) ?? {}
      return { claim, handle, name, birthDate, held, fingerprint: fingerprint(device), at: when }
    })
    .sort((a, b) => a.at - b.at)
}

/** Confirms the claim whose fingerprint was compared: `compared` is what stood on this screen. */
export async function confirmClaim(claim: string, compared: string): Promise<void> {
  const at = await atDesk()
  const { claims: all } = await at.link.call(directoryEndpoints.claims)
  const found = all.find((one) => one.claim === claim)
  if (!found) throw new AppError('claim-none')
  // Asked anew, the node might name another device: what was compared is what is confirmed.
  if (fingerprint(found.device) !== compared) throw new AppError('fingerprint-unknown')
  const seed = await seedOf(at, found.handle)
  if (!seed) throw new AppError('claim-unknown')
  await approveClaim(at.link, at.desk, found, seed)
}
