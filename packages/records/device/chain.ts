/**
 * R11 What an entry of one's own chain must be before a device obeys it. The node writes the chain, and its rules are only
 * its word: a statement that somebody else signed, about somebody else or of a kind that is not theirs to make, would have
 * the device hand keys out by itself.
 */
import { AppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import { isOrg } from '@salus/directory/consortium'
import {
  devicesChanged,
  homeMoved,
  type Keyring,
  keyringClaimed,
  keyringRenewed,
  type Representative,
  recoveryChanged,
  representativesChanged,
} from '@salus/directory/contract'
import type { Link } from '@salus/directory/device/link'
import { issuerKeys } from '@salus/directory/device/verify'
import { deviceThumbprint } from '@salus/directory/keyring'
import { type ChainEntry, CLOCK_SKEW, type JournalCode, MAX_LIFE } from '@salus/journal/contract'
import { parseStatement, type Statement } from '@salus/journal/statement'

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
  LinkShared: 'own',
  LinkEnded: 'own',
  ChoicesMade: 'own',
  CareCircleSet: 'own',
  HomeMoved: 'own',
  AccessQuestioned: 'own',
  QuestionAnswered: 'desk',
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

/** Whose keys speak for the person at one place of the chain: what was replaced there signs nothing that comes after. */
export type Signing = {
  readonly devices: readonly string[]
  readonly recovery?: string
  readonly representatives: readonly Pick<Representative, 'devices' | 'until'>[]
}

/** What is known at one place of the chain of what stands before it. */
export type Followed = {
  readonly signing?: Signing
  /** Every statement so far, by name (`nameOf`): each stands once. */
  readonly seen?: ReadonlySet<string>
  /** Seconds: when this device last saw the chain's end. What it has not seen by then is newer. */
  readonly at?: number
  /** The journal that was the chain's home there. */
  readonly home?: string
}

/** By which a statement is known again: its exact bytes, 132 bits of their digest. */
export const nameOf = (token: string): string => digest(token).slice(0, 22)

const nobody: Signing = { devices: [], representatives: [] }

/** As a checked keyring stands: where a book was kept before places were followed. */
export const signingOf = ({ devices, recovery, representatives = [] }: Keyring): Signing => ({
  ...{ devices, representatives },
  ...(recovery ? { recovery: recovery.key } : {}),
})

/** What a keyring entry makes of it. */
function advance(at: Signing, { type, body }: Statement): Signing {
  switch (type) {
    case 'KeyringStarted':
      return nobody
    case 'KeyringClaimed':
      return { ...at, devices: [checkWith(keyringClaimed, body).device] }
    case 'DevicesChanged':
      return { ...at, devices: checkWith(devicesChanged, body).devices }
    case 'RecoveryChanged':
      return { ...at, recovery: checkWith(recoveryChanged, body).recovery }
    case 'KeyringRenewed': {
      const { device, recovery } = checkWith(keyringRenewed, body)
      return { ...at, devices: [device], recovery }
    }
    case 'RepresentativesChanged':
      return { ...at, representatives: checkWith(representativesChanged, body).representatives }
    default:
      return at
  }
}

/**
 * The key by which `statement` is the person's own act there; none for one that was not the signer's to make. `at`: when the
 * node says it came; `after`: before when it cannot have come, so that nobody acts today under a date of yesterday.
 */
function ownKey({ devices, recovery, representatives }: Signing, statement: Statement, at: number, after: number) {
  const { type, kid, body, exp } = statement
  const named = (keys: readonly string[]) => keys.find((one) => deviceThumbprint(one) === kid)
  if (type === 'KeyringClaimed')
    return devices.length === 0 ? named([checkWith(keyringClaimed, body).device]) : undefined
  const standing = representatives.filter((one) => at < one.until).flatMap((one) => one.devices)
  const entrustedKey = entrusted.has(type) && exp > after ? named(standing) : undefined
  // Only who acts for somebody signs reads of that record; the person opens the own one without.
  if (type === 'RecordRead') return entrustedKey
  const brings = type === 'DevicesChanged' && recovery !== undefined ? [recovery] : []
  return named([...devices, ...brings]) ?? entrustedKey
}

/** May that maker have made it? A kind this app does not know changes nothing here, whoever signed it: it is shown, and that is all. */
function fits(type: string, maker: 'own' | 'desk' | 'other'): boolean {
  const wanted = Object.hasOwn(makers, type) ? makers[type] : undefined
  if (wanted === undefined || wanted === maker || wanted === 'author') return true
  return (wanted === 'staff' && maker !== 'own') || (maker === 'own' && type === 'RecordRead')
}

/** What stands there was meant for the journal that was its home then; what was read at another hospital of the roots, for that one's. */
const isMeant = ({ roots }: Link, home: string, { type, aud }: Statement): boolean =>
  (aud === home || type === 'RecordRead') && roots.journals.some((one) => one.origin === aud)

/**
 * Checks entries of `handle`'s chain, which must come in order from the place where `from` stood. What a replaced device, or a
 * dismissed representative, signs there counts for nothing, whatever the node says of when it came; and a statement that stands
 * in the chain already is no entry: a node could take back with it what came since.
 */
export function createChainCheck(link: Link, handle: string, from: Followed = {}) {
  const others = issuerKeys(link)
  const seen = new Set(from.seen)
  // A device's clock and the node's may differ by as much as a statement lives.
  let after = (from.at ?? 0) - MAX_LIFE
  let signing = from.signing ?? nobody
  // D46 It begins wherever it was founded, and goes where the person said.
  let home = from.home ?? (from.signing ? link.origin : undefined)
  const check = async (entry: ChainEntry): Promise<void> => {
    const statement = parseStatement(entry.statement)
    const { type, iss, sub, aud, kid, iat, exp, body, signingInput, signature } = statement
    const desk = isOrg(link.roots, iss)
    const maker = iss === handle ? 'own' : desk ? 'desk' : 'other'
    const founding = type === 'KeyringStarted' && entry.number === 1 && sub === undefined
    if (founding) home ??= aud
    if (!fits(type, maker) || !(founding || sub === handle) || !isMeant(link, home ?? '', statement)) throw broken()
    if (type === 'HomeMoved') home = checkWith(homeMoved, body).origin
    const name = nameOf(entry.statement)
    // No node takes a statement before its time or after it: neither is a node that says so believed.
    if (seen.has(name) || entry.at < iat - CLOCK_SKEW || entry.at >= exp) throw broken()
    seen.add(name)
    // Before anything is awaited: the next entry is looked at as this one leaves the keys.
    const own = maker === 'own' ? ownKey(signing, statement, entry.at, after) : undefined
    if (maker === 'own' || founding) signing = advance(signing, statement)
    after = Math.max(after, iat - CLOCK_SKEW)
    const key = maker === 'own' ? own : await others(iss, kid, iat)
    if (!key || !(await verifyEd25519(key, signingInput, signature))) {
      throw new AppError<JournalCode>('signature-invalid')
    }
  }
  return { check, signing: () => signing, home: () => home, seen: (): ReadonlySet<string> => seen }
}
