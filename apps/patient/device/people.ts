/** Representatives: who acts for this person, and for whom this person acts. */
import { systemClock } from '@salus/base/clock'
import { ownKeyring } from '@salus/directory/device/patient'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { representativesNow } from '@salus/records/device/represent'
import { current, theOwn } from './open.ts'

/** Those who act for this person, and those this person acts for: handles, each with its end. */
export async function people(): Promise<{
  handle: string
  acting: string | undefined
  representatives: { handle: string; until: number }[]
  represented: { handle: string; until: number }[]
}> {
  const own = await theOwn()
  const { keys } = await current()
  const keyring = await ownKeyring(own.link, own.keys.handle)
  const { represented } = await own.link.call(directoryEndpoints.represented)
  return {
    handle: own.keys.handle,
    acting: keys.by === undefined ? undefined : keys.handle,
    representatives: representativesNow(keyring, systemClock).map(({ handle, until }) => ({ handle, until })),
    represented,
  }
}
