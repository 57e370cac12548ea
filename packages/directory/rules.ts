/** Decisions of the directory that are not the keyring's own folding. Pure: no I/O, no clock. */
import { AppError } from '@salus/base/errors'
import type { Credential, DirectoryCode, Keyring } from './contract.ts'

const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

/** D6 A desk acts for its own organisation only. */
export function ownOrganisation(state: Keyring | undefined, org: string): Keyring {
  if (!state) throw fail('keyring-unknown')
  if (state.org !== org) throw fail('organisation-other')
  return state
}

/** D7 A claim takes over an intake keyring once, with the device and the head that the desk countersigned. */
export function claimable(
  state: Keyring | undefined,
  approval: { device: string; prev: string } | undefined,
  body: { device: string; prev: string },
): void {
  if (state?.kind !== 'patient') throw fail('keyring-unknown')
  if (state.devices.length > 0) throw fail('keyring-claimed')
  if (!approval || approval.device !== body.device || approval.prev !== body.prev) throw fail('claim-not-approved')
}

/**
 * D8 A credential counts while it is neither ended nor revoked: looked at in the very transaction it is needed in. What a home took
 * earlier is asked as of then (D37).
 */
export const credentialInForce = (credential: Credential & { revokedAt: number | null }, now: number): boolean =>
  (credential.revokedAt === null || credential.revokedAt > now) && credential.until > now
