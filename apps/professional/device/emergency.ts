/** An emergency: one breaks the glass with a reason, a colleague signs second, the keeper releases, the patient is told. */
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { type GlassReason, MAX_GLASS } from '@salus/grants/emergency/contract'
import { breakGlass, findGlass, second as signSecond } from '@salus/grants/emergency/device'
import { submit } from '@salus/journal/device'
import { findKeepers } from '@salus/records/device/keepers'
import { theBrowser, theProfessional } from './open.ts'
import { keepSent } from './requests.ts'

/** Begins one; `text` goes to the review alone, sealed to the desk's key. Gives the number that a colleague types. */
export async function begin(patient: string, reason: GlassReason, text: string): Promise<string> {
  const who = await theProfessional()
  const { link, keys } = who
  const [keeper] = await findKeepers({ link } as never, [keys.org])
  const review = keeper?.keeper.find((one) => one.review !== undefined)?.review
  const { keyring } = await findKeyring(link, keys.handle)
  const asker = { handle: keys.handle, signer: await signerOf(keys.device), keyring }
  // A minute less than the longest: the node's clock may be a little behind this one.
  const until = Math.floor(link.clock() / 1000) + MAX_GLASS - 60
  const words = text.trim() && review ? { text: { text: text.slice(0, 2_000), review } } : {}
  const { id, item } = await breakGlass(link, asker, { patient, reason, until, ...words })
  await keepSent(who, id, patient)
  await submit(link.call, link.logs, [item])
  const { store } = await theBrowser()
  const all = (await store.read<string[]>(`glass-${who.profile.id}`)) ?? []
  await store.write(`glass-${who.profile.id}`, [id, ...all])
  return id
}

/** An emergency as people of the same organisation see it. */
export type Glass = {
  readonly id: string
  readonly patient: string
  readonly asker: string
  readonly askerName: string
  readonly reason: string
  readonly at: number
  readonly until: number
  readonly seconded: boolean
  readonly released: boolean
  readonly ended: boolean
  readonly mine: boolean
}

/** One emergency, held against the asker's own signature. */
export async function glass(id: string): Promise<Glass> {
  const { link, keys, parties } = await theProfessional()
  const found = await findGlass(link, id.trim())
  const { name } = await parties(found.asker)
  return {
    ...{ id: found.glass, patient: found.patient, asker: found.asker, askerName: name ?? found.asker },
    ...{ reason: found.reason, at: found.at, until: found.until, ended: found.ended },
    ...{ seconded: found.second !== null, released: found.release !== null, mine: found.asker === keys.handle },
  }
}

/** The emergencies that were begun in this browser, newest first. */
export async function emergencies(): Promise<Glass[]> {
  const { profile } = await theProfessional()
  const { store } = await theBrowser()
  const ids = (await store.read<string[]>(`glass-${profile.id}`)) ?? []
  const all = await Promise.all(ids.slice(0, 20).map((id) => glass(id).catch(() => undefined)))
  return all.flatMap((one) => one ?? [])
}

/** Signs second: one has looked, and agrees. */
export async function second(id: string): Promise<void> {
  const { link, keys } = await theProfessional()
  const found = await findGlass(link, id.trim())
  const item = await signSecond(link, { handle: keys.handle, signer: await signerOf(keys.device) }, found)
  await submit(link.call, link.logs, [item])
}
