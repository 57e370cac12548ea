/** How a device reaches its node, and what it trusts: the pinned roots, never the node's word. */
import type { Clock, Random } from '@salus/base/clock'
import type { Call } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import { defaultSuite, type SuiteId } from '@salus/crypto/suites'
import type { NoteKey } from '@salus/journal/note'
import { type Draft, type Signer, signStatement } from '@salus/journal/statement'
import { logKeys, orgKey, type Roots } from '../consortium.ts'
import type { DirectoryCode } from '../contract.ts'
import { deviceThumbprint } from '../thumbprint.ts'

/** A device key as it is held: its private half as PKCS #8 (base64url), or as a key that cannot be read out. */
export type DevicePair = { publicKey: string; privateKey: string | CryptoKey }

/** One device's way to one node. */
export type Link = {
  readonly call: Call
  readonly roots: Roots
  /** The journal statements are addressed to (`aud`) and the keys its checkpoints must carry. */
  readonly origin: string
  readonly logs: readonly NoteKey[]
  /** The suite new keys are made in. */
  readonly suite: SuiteId
  readonly clock: Clock
  readonly random: Random
  /** Asks another hospital's node, without a session; absent where a device has no way to it. */
  readonly elsewhere?: (base: string) => Call
  /** Makes a device key as this platform keeps one: as bytes when not given (a command's own file). */
  readonly newDevice?: () => Promise<DevicePair>
}

/** A link to the node that keeps journal `origin`; without one, the first of the roots. */
export function createLink(
  call: Call,
  roots: Roots,
  at: Pick<Link, 'clock' | 'random' | 'newDevice' | 'elsewhere'> & Partial<Pick<Link, 'origin'>>,
): Link {
  const origin = at.origin ?? roots.journals[0]?.origin ?? ''
  return { call, roots, logs: logKeys(roots), suite: roots.suite ?? defaultSuite, ...at, origin }
}

/**
 * Signs a statement for the linked journal. D44 Throws `desk-key-unnamed` where a desk has another key than the roots say: those who
 * hold it against them would take it for a forgery.
 */
export async function sign(link: Link, signer: Signer, draft: Omit<Draft, 'aud'>): Promise<string> {
  const key = orgKey(link.roots, draft.iss)
  if (key !== undefined && deviceThumbprint(key) !== signer.kid) throw new AppError<DirectoryCode>('desk-key-unnamed')
  return signStatement(signer, { ...draft, aud: link.origin }, link)
}
