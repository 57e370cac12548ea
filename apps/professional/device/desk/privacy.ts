/** What the privacy officer looks at: emergencies to review, what patients dispute, what the law has kept. */
import { fromBase64url, text } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { openWithKey } from '@salus/crypto/packet'
import type { findings } from '@salus/grants/emergency/contract'
import { findGlass, review as sign } from '@salus/grants/emergency/device'
import { emergencyEndpoints } from '@salus/grants/emergency/endpoints'
import { submit } from '@salus/journal/device'
import { recordEndpoints } from '@salus/records/endpoints'
import { type AtDesk, atDesk } from './open.ts'
import { namesOf } from './register.ts'

export type Finding = (typeof findings)[number]

/** An emergency of this organisation, with the words that were sealed for its review. */
export type Review = {
  readonly glass: string
  readonly patient: string
  readonly asker: string
  readonly second: string | undefined
  readonly reason: string
  readonly text: string | undefined
  readonly at: number
  readonly released: boolean
  readonly found: Finding | undefined
}

/** The asker's words, where the desk's key opens them. */
async function said({ keys }: AtDesk, glass: string, sealed: string | null): Promise<string | undefined> {
  if (sealed === null) return undefined
  try {
    const key = fromBase64url(keys.register.privateKey)
    return text(await openWithKey(key, sealed, { kind: 'emergency', glass })).trimEnd()
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}

/** Newest first; those nobody has looked at before the others. */
export async function reviews(): Promise<Review[]> {
  const at = await atDesk()
  const [{ emergencies }, known] = await Promise.all([at.link.call(emergencyEndpoints.reviews), namesOf(at)])
  const nameOf = async (id: string) => known.get(id)?.name || (await at.parties(id)).name || id
  const all = await Promise.all(
    emergencies.map(async ({ glass, patient, asker, second, reason, text: sealed, at: when, release, found }) => ({
      ...{ glass, reason, at: when, released: release !== null, found: found ?? undefined },
      ...{ patient: await nameOf(patient), asker: await nameOf(asker) },
      second: second === null ? undefined : await nameOf(second),
      text: await said(at, glass, sealed),
    })),
  )
  return all.sort((a, b) => Number(a.found !== undefined) - Number(b.found !== undefined) || b.at - a.at)
}

/** Says what the review found; the patient sees it. */
export async function review(glass: string, found: Finding): Promise<void> {
  const { link, desk } = await atDesk()
  const { patient } = await findGlass(link, glass)
  const item = await sign(link, { handle: desk.org, signer: desk.signer }, { glass, patient, found })
  await submit(link.call, link.logs, [item])
}

/** Something a patient says is wrong in a document of this organisation, and nobody has answered. */
export type Correction = {
  readonly record: string
  readonly patient: string
  readonly name: string
  readonly author: string
  readonly category: string
  readonly reason: string
  readonly at: number
}

export async function corrections(): Promise<Correction[]> {
  const at = await atDesk()
  const [{ disputes }, known] = await Promise.all([at.link.call(recordEndpoints.disputes), namesOf(at)])
  return Promise.all(
    disputes.map(async ({ record, patient, author, category, reason, at: when }) => ({
      ...{ record, patient, category, reason, at: when, name: known.get(patient)?.name || patient },
      author: (await at.parties(author)).name ?? author,
    })),
  )
}

/** What an erasure left because the law has it kept. */
export type KeptPart = {
  readonly id: string
  readonly reason: string
  readonly until: number
  readonly versions: number
}

export async function keptParts(): Promise<KeptPart[]> {
  const { link } = await atDesk()
  const { kept } = await link.call(recordEndpoints.holds)
  return kept.map(({ id, reason, until, versions }) => ({ id, reason, until, versions }))
}
