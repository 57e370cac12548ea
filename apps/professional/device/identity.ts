/** Who one is to patients: credential, teams, and what the profession may ask for. */
import { type Category, categories } from '@salus/base/categories'
import { findKeyring, inForce } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { fingerprint } from '@salus/directory/keyring'
import { mayAsk, mayBreakGlass, type Profession } from '@salus/directory/matrix'
import { type Profile, theOpened } from './open.ts'

export type Identity = {
  readonly profile: Profile
  readonly handle: string
  readonly fingerprint: string
  /** Absent until the desk has vouched, and again when it took that back. */
  readonly credential: { readonly profession: Profession; readonly until: number } | undefined
  readonly teams: readonly { readonly handle: string; readonly name: string }[]
  /** What this profession may ask for, and what it may not. */
  readonly may: readonly Category[]
  readonly mayNot: readonly Category[]
  readonly emergency: boolean
}

/** Who one is now. */
export async function identity(): Promise<Identity> {
  const who = await theOpened()
  const { profile, link } = who
  const none = { teams: [], may: [], mayNot: [], emergency: false, credential: undefined }
  if (who.kind === 'desk') {
    return { profile, handle: '', fingerprint: fingerprint(who.keys.device.publicKey), ...none }
  }
  const { handle } = who.keys
  const { credentials } = await findKeyring(link, handle)
  const held = inForce(link, credentials)
  const named = { profile, handle, fingerprint: fingerprint(who.keys.device.publicKey) }
  if (!held) return { ...named, ...none }
  const { teams } = await link.call(directoryEndpoints.teams)
  const { profession, until } = held
  return {
    ...named,
    credential: { profession, until },
    teams: teams.map((one) => ({ handle: one.handle, name: one.name })),
    may: categories.filter((one) => mayAsk(profession, one)),
    mayNot: categories.filter((one) => !mayAsk(profession, one)),
    emergency: mayBreakGlass(profession),
  }
}
