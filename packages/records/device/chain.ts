/**
 * R11 What an entry of one's own chain must be before a device obeys it. The node writes the chain, and its rules are only
 * its word: a statement that somebody else signed, about somebody else or of a kind that is not theirs to make, would have
 * the device hand keys out by itself.
 */
import { AppError } from '@salus/base/errors'
import { verifyEd25519 } from '@salus/crypto/jws'
import { orgKey } from '@salus/directory/consortium'
import type { Keyring } from '@salus/directory/contract'
import type { Link } from '@salus/directory/device/link'
import { ownKeyring } from '@salus/directory/device/patient'
import { issuerKeys } from '@salus/directory/device/verify'
import { deviceOf, deviceThumbprint, representativeBy, signedOnce } from '@salus/directory/keyring'
import type { ChainEntry, JournalCode } from '@salus/journal/contract'
import { parseStatement } from '@salus/journal/statement'

/** Who makes a statement: the person, the desk of an organisation, another person, either of these two, or anybody who may write. */
type Maker = 'own' | 'desk' | 'other' | 'staff' | 'author'

/** Every kind that a patient's chain holds, and who makes it. The node's table says the same (tested). */
export const makers: Readonly<Record<string, Maker>> = {
  KeyringStarted: 'desk',
  ClaimCodeIssued: 'desk',
  ClaimApproved: 'desk',
  IdentityMerged: 'desk',
  IdentityJoined: 'desk',
  IdentityUnmerged: 'desk',
  KeyringClaimed: 'own',
  EpochOpened: 'own',
  DevicesChanged: 'own',
  RecoveryChanged: 'own',
  KeyringRenewed: 'own',
  RepresentativesChanged: 'own',
  RecordDeposited: 'author',
  RecordWithdrawn: 'author',
  RecordDisputed: 'own',
  RetentionHeld: 'desk',
  RetentionReleased: 'desk',
  RecordsRewrapped: 'own',
  AccessRequested: 'other',
  RequestRefused: 'own',
  GrantGiven: 'own',
  GrantRevoked: 'own',
  RecordRead: 'other',
  EmergencyChosen: 'own',
  BreakGlass: 'other',
  BreakGlassSeconded: 'staff',
  BreakGlassEnded: 'own',
  EmergencyReleased: 'other',
  BreakGlassReviewed: 'desk',
}

/** What a representative signs in the name of whom he or she acts for. */
const entrusted: ReadonlySet<string> = new Set([
  ...['EpochOpened', 'RequestRefused', 'GrantGiven', 'GrantRevoked', 'RecordDisputed', 'RecordRead'],
])

const broken = () => new AppError<JournalCode>('chain-broken')

/** Checks entries of `handle`'s chain; `device` is that person's, where it is. Keeps looked-up keys for one errand. */
export function createChainCheck(
  link: Link,
  handle: string,
  device: string | undefined,
): (entry: ChainEntry) => Promise<void> {
  const others = issuerKeys(link)
  let own: Promise<Keyring> | undefined
  const ownKey = async (kid: string, type: string, at: number): Promise<string | undefined> => {
    if (device !== undefined && deviceThumbprint(device) === kid) return type === 'RecordRead' ? undefined : device
    // Another device of the same person, an earlier one, the recovery key, or who acts for the person: the own keyring says.
    own ??= ownKeyring(link, handle as never)
    const keyring = await own
    const row = entrusted.has(type) ? representativeBy(keyring, kid, at, 'ever') : undefined
    if (row) return deviceOf(row, kid)
    const recovery = keyring.recovery?.key
    if (type === 'RecordRead') return undefined
    return signedOnce(keyring, kid) ?? (recovery && deviceThumbprint(recovery) === kid ? recovery : undefined)
  }
  return async (entry) => {
    const { type, iss, sub, aud, kid, signingInput, signature } = parseStatement(entry.statement)
    const desk = orgKey(link.roots, iss) !== undefined
    const maker = iss === handle ? 'own' : desk ? 'desk' : 'other'
    const founding = type === 'KeyringStarted' && entry.number === 1 && sub === undefined
    const wanted = Object.hasOwn(makers, type) ? makers[type] : undefined
    const fits =
      wanted === maker ||
      wanted === 'author' ||
      (wanted === 'staff' && maker !== 'own') ||
      (maker === 'own' && type === 'RecordRead')
    // A kind this app does not know changes nothing here, whoever signed it: it is shown, and that is all.
    const known = wanted !== undefined
    if ((known && !fits) || !(founding || sub === handle) || aud !== link.origin) throw broken()
    const key = maker === 'own' ? await ownKey(kid, type, entry.at) : await others(iss, kid)
    if (!key || !(await verifyEd25519(key, signingInput, signature))) {
      throw new AppError<JournalCode>('signature-invalid')
    }
  }
}
