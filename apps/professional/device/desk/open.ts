/** What every verb of the desk begins with: the organisation's keys, and what this browser keeps for it, sealed. */
import { type Bytes, base64url, fromBase64url } from '@salus/base/bytes'
import type { Desk } from '@salus/directory/device/desk'
import { signerOf } from '@salus/directory/device/patient'
import type { SessionLink } from '@salus/directory/device/reach'
import type { Parties } from '@salus/records/device/fhir'
import type { Store } from '@salus/web-app/store'
import { createTurns } from '@salus/web-app/turns'
import type { DeskKeys } from '../desk.keys.ts'
import { theBrowser, theDesk } from '../open.ts'

/** A desk that is open. `id` names its parts in the store. */
export type AtDesk = {
  readonly id: string
  readonly link: SessionLink
  readonly keys: DeskKeys
  readonly desk: Desk
  readonly store: Store
  readonly parties: Parties
}

export async function atDesk(): Promise<AtDesk> {
  const { link, keys, parties, profile } = await theDesk()
  const { store } = await theBrowser()
  return { id: profile.id, link, keys, parties, store, desk: { org: keys.org, signer: await signerOf(keys.device) } }
}

/** Keys as they are kept: the private half of the device key stands apart, as a key that cannot be read out. */
export const keepKeys = ({ store, id, keys }: AtDesk): Promise<void> =>
  store.write(`keys-${id}`, { ...keys, device: { ...keys.device, privateKey: '' } })

/** One errand at a time changes a part of the store: two would each write back what they had read. */
export const alone = createTurns()

/** Intake seeds by handle, until the patient has taken the record over. */
type Seeds = Readonly<Record<string, string>>
const seedsOf = async ({ store, id }: AtDesk): Promise<Seeds> => (await store.read<Seeds>(`seeds-${id}`)) ?? {}

/** The records whose intake keys this browser holds. */
export const heldSeeds = async (at: AtDesk): Promise<ReadonlySet<string>> => new Set(Object.keys(await seedsOf(at)))

/** The intake seed; undefined once the record was claimed, or when another device of the desk has it. */
export async function seedOf(at: AtDesk, handle: string): Promise<Bytes | undefined> {
  const seed = (await seedsOf(at))[handle]
  return seed === undefined ? undefined : fromBase64url(seed)
}

/** Before anything is sent: a seed that is lost after publication locks the intake for ever. */
export const keepSeed = (at: AtDesk, handle: string, seed: Bytes): Promise<void> =>
  alone(async () => at.store.write(`seeds-${at.id}`, { ...(await seedsOf(at)), [handle]: base64url(seed) }))

/** Seeds of records that were taken over are forgotten. */
export const dropSeeds = (at: AtDesk, claimed: readonly string[]): Promise<void> =>
  alone(async () => {
    const before = await seedsOf(at)
    if (!claimed.some((handle) => handle in before)) return
    const gone = new Set(claimed)
    const rest = Object.entries(before).filter(([handle]) => !gone.has(handle))
    await at.store.write(`seeds-${at.id}`, Object.fromEntries(rest))
  })
