/** Professionals of this organisation: who is there, whom the desk vouches for; and its teams. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { issueCredential, revokeCredential } from '@salus/directory/device/desk'
import { foundTeam as found, type StagedTeam, setTeam as set, type TeamDesk } from '@salus/directory/device/team'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { fingerprint } from '@salus/directory/keyring'
import type { Profession } from '@salus/directory/matrix'
import { type AtDesk, alone, atDesk, keepKeys } from './open.ts'

/** Somebody whose keyring is at this organisation. */
export type Member = {
  readonly handle: Handle
  readonly name: string
  readonly fingerprint: string
  readonly credential: { readonly profession: string; readonly until: number } | undefined
}

/** Those who wait to be vouched for come first. */
export async function staff(): Promise<Member[]> {
  const { link } = await atDesk()
  const { professionals } = await link.call(directoryEndpoints.professionals)
  return professionals
    .map(({ handle, name, device, credential }) => ({
      ...{ handle, name, fingerprint: fingerprint(device) },
      credential: credential ? { profession: credential.profession, until: credential.until } : undefined,
    }))
    .sort(
      (a, b) => Number(a.credential !== undefined) - Number(b.credential !== undefined) || a.name.localeCompare(b.name),
    )
}

export type Vouching = {
  readonly handle: Handle
  readonly profession: Profession
  /** Seconds. */
  readonly until: number
  /** What the professional read out. */
  readonly fingerprint: string
}

const letters = (text: string): string => text.toUpperCase().replace(/[^0-9A-Z]/g, '')

/** Vouches for somebody whose device shows the fingerprint that was read out: held against the checked keyring. */
export async function vouch({ handle, profession, until, fingerprint: read }: Vouching): Promise<void> {
  const { link, desk, keys } = await atDesk()
  const { keyring } = await findKeyring(link, handle)
  if (letters(fingerprint(keyring.devices[0] ?? '')) !== letters(read)) throw new AppError('fingerprint-unknown')
  // Whoever breaks the glass seals words for the review to this desk: a keeper's credential says to which key.
  const review = profession === 'keeper' ? { review: keys.register.publicKey } : {}
  await issueCredential(link, desk, { handle, profession, name: keyring.name ?? '', until, ...review })
}

/** Takes a credential back, at once. */
export async function takeCredential(handle: Handle): Promise<void> {
  const { link, desk } = await atDesk()
  const { professionals } = await link.call(directoryEndpoints.professionals)
  const credential = professionals.find((one) => one.handle === handle)?.credential
  if (!credential) throw new AppError('credential-unknown')
  await revokeCredential(link, desk, handle, credential.id)
}

export type Team = {
  readonly handle: Handle
  readonly name: string
  readonly members: readonly { readonly handle: Handle; readonly name: string }[]
}

/** The teams whose keys this browser holds. */
export async function teams(): Promise<Team[]> {
  const { link, keys, parties } = await atDesk()
  const all = await Promise.all(
    Object.keys(keys.teams).map(async (handle) => {
      const { keyring } = await findKeyring(link, handle)
      const members = await Promise.all(
        keyring.members.map(async (one) => ({ handle: one, name: (await parties(one)).name ?? one })),
      )
      return { handle: keyring.handle, name: keyring.name ?? handle, members }
    }),
  )
  return all.sort((a, b) => a.name.localeCompare(b.name))
}

const teamDesk = (at: AtDesk): TeamDesk => ({
  ...{ link: at.link, desk: at.desk, teams: at.keys.teams, keep: () => keepKeys(at) },
  staged: () => at.store.read<StagedTeam | null>(`team-${at.id}`),
  stage: (change) => at.store.write(`team-${at.id}`, change),
})

/** Founds a team; its keys are kept before they are published. */
export const foundTeam = (name: string, members: readonly Handle[]): Promise<Handle> =>
  alone(async () => found(teamDesk(await atDesk()), name, members))

/** Sets who is in it; whoever leaves keeps the old key, and there is a new one. */
export const setTeam = (team: Handle, members: readonly Handle[]): Promise<{ newKey: boolean }> =>
  alone(async () => set(teamDesk(await atDesk()), team, members))
