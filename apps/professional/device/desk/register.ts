/** The desk's own register: who was registered here, opened with the register key, and how somebody new is. */
import { fromBase64url, text } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { parseWith, z } from '@salus/base/schema'
import { openWithKey } from '@salus/crypto/packet'
import { draftIntake, enterTraits, issueCode } from '@salus/directory/device/desk'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { submit } from '@salus/journal/device'
import { type AtDesk, atDesk, dropSeeds, heldSeeds, keepSeed } from './open.ts'

const identifier = z.strictObject({ system: z.string(), value: z.string() })
/** What a register's line says; more that another version wrote is passed over. */
const traits = z.object({
  ...{ family: z.string().default(''), given: z.array(z.string()).default([]) },
  ...{ birthDate: z.string().default(''), gender: z.string().default('') },
  identifiers: z.array(identifier).default([]),
})
export type Traits = z.infer<typeof traits>

/** Somebody of the register. `held`: the intake keys are in this browser, so that a claim can be confirmed here. */
export type Registered = Traits & {
  readonly handle: Handle
  readonly name: string
  readonly claimed: boolean
  readonly held: boolean
}

/** Lines that were opened once: the same ciphertext says the same. */
const opened = new Map<string, Traits>()
const nobody: Traits = { family: '', given: [], birthDate: '', gender: '', identifiers: [] }

async function openLine({ keys }: AtDesk, sealed: string): Promise<Traits> {
  const known = opened.get(sealed)
  if (known) return known
  const key = fromBase64url(keys.register.privateKey)
  try {
    const plain = text(await openWithKey(key, sealed, { kind: 'wrap', purpose: 'register' }))
    const read = parseWith(traits, plain)
    opened.set(sealed, read)
    return read
  } catch (error) {
    // A line that another key sealed, or that says something else: the handle is shown without a name.
    if (isAppError(error)) return nobody
    throw error
  }
}

const nameOf = ({ given, family }: Traits): string => [...given, family].filter(Boolean).join(' ')

/** Everybody of the register, by family name. Seeds of those who have claimed since are forgotten. */
export async function registerOf(at: AtDesk): Promise<Registered[]> {
  const { people } = await at.link.call(directoryEndpoints.register)
  await dropSeeds(
    at,
    people.flatMap(({ handle, claimed }) => (claimed ? [handle] : [])),
  )
  const held = await heldSeeds(at)
  const all = await Promise.all(
    people.map(async ({ handle, sealed, claimed }) => {
      const said = await openLine(at, sealed)
      return { ...said, handle, claimed, name: nameOf(said), held: held.has(handle) }
    }),
  )
  return all.sort((a, b) => a.family.localeCompare(b.family) || a.name.localeCompare(b.name))
}

export const register = async (): Promise<Registered[]> => registerOf(await atDesk())

/** Names of the register by handle: for lists of other things. */
export const namesOf = async (at: AtDesk): Promise<ReadonlyMap<string, Registered>> =>
  new Map((await registerOf(at)).map((one) => [one.handle, one]))

const sameIdentifier = (a: Traits, b: Traits): boolean =>
  a.identifiers.some((one) =>
    b.identifiers.some((other) => other.system === one.system && other.value === one.value && one.system !== ''),
  )

/** Registers somebody new. The seed of the intake keys is kept before anything is sent. */
export async function newPatient(who: Traits): Promise<Handle> {
  const at = await atDesk()
  if ((await registerOf(at)).some((one) => sameIdentifier(one, who))) throw new AppError('identifier-known')
  const { link, desk, keys } = at
  const seed = link.random(32)
  const { handle, statement } = await draftIntake(link, desk, seed)
  await keepSeed(at, handle, seed)
  await submit(link.call, link.logs, [{ statement }])
  await enterTraits(link, keys.register.publicKey, handle, who)
  return handle
}

/** A one-time code, as printed and as the sheet's QR holds it: with the ledger it belongs to. */
export async function claimCode(handle: Handle): Promise<{ code: string; qr: string }> {
  const { link, desk } = await atDesk()
  const code = await issueCode(link, desk, handle)
  return { code, qr: `salus-claim:1:${code}.${link.roots.genesis}` }
}
