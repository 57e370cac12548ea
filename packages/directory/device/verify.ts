/** Checking a keyring before sealing to it or believing it (architecture §3): every signature, every link, its receipt. */
import { seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import { verifyEd25519 } from '@salus/crypto/jws'
import type { NoteKey } from '@salus/journal/note'
import { parseStatement, type Statement } from '@salus/journal/statement'
import { verifyReceipt } from '@salus/journal/verify'
import { isOrg, orgKey, orgKeyAt, type Roots } from '../consortium.ts'
import {
  type Credential,
  claimApproved,
  credentialIssued,
  type DirectoryCode,
  identityJoined,
  type Keyring,
  type KeyringEntry,
  keyringEntries,
} from '../contract.ts'
import { directoryEndpoints, type KeyringView } from '../endpoints.ts'
import {
  deviceOf,
  deviceThumbprint,
  extendKeyring,
  mayOpen,
  representativeBy,
  signedOnce,
  startKeyring,
} from '../keyring.ts'
import type { Link } from './link.ts'

const broken = () => new AppError<DirectoryCode>('keyring-broken')

async function signedBy(statement: Statement, publicKey: string | undefined): Promise<void> {
  const named = publicKey !== undefined && deviceThumbprint(publicKey) === statement.kid
  if (!named || !(await verifyEd25519(publicKey, statement.signingInput, statement.signature))) throw broken()
}

/** D43 Signed by an organisation, with the key it had then. */
const signedByOrg = (statement: Statement, org: string, roots: Roots): Promise<void> =>
  signedBy(statement, orgKeyAt(roots, org, statement.kid, statement.iat))

function entryOf(statement: Statement): KeyringEntry {
  const { type, body } = statement
  if (!Object.hasOwn(keyringEntries, type)) throw broken()
  const schema = keyringEntries[type as keyof typeof keyringEntries]
  return { type, body: checkWith(schema as never, body) } as KeyringEntry
}

/** The desk's countersignature, checked with the organisation's pinned keys. */
async function checkApproval(token: string, state: Keyring, device: string, roots: Roots): Promise<void> {
  const approval = parseStatement(token)
  const body = checkWith(claimApproved, approval.body)
  const same = approval.iss === state.org && approval.sub === state.handle && approval.type === 'ClaimApproved'
  if (!same || body.device !== device || body.prev !== state.head) throw broken()
  await signedByOrg(approval, state.org, roots)
}

/**
 * D9 Whose key signs an entry: the team's desk, one of the person's devices; the recovery key brings devices in, no more; a
 * representative's opens epochs, none hidden, none beyond the appointment (D30).
 */
function signerIn(state: Keyring, entry: KeyringEntry, { kid, iat }: Statement, roots: Roots): string | undefined {
  if (entry.type === 'TeamChanged') return orgKeyAt(roots, state.org, kid, iat)
  const recovery = entry.type === 'DevicesChanged' && state.recovery ? [state.recovery.key] : []
  const found = [...state.devices, ...recovery].find((one) => deviceThumbprint(one) === kid)
  if (!found && entry.type === 'EpochOpened') {
    const row = representativeBy(state, kid, iat)
    return row && mayOpen(row, entry.body.epochs) ? deviceOf(row, kid) : undefined
  }
  return entry.type === 'KeyringRenewed' && entry.body.device !== found ? undefined : found
}

async function step(state: Keyring | undefined, token: string, roots: Roots): Promise<Keyring> {
  const statement = parseStatement(token)
  const entry = entryOf(statement)
  if (!state) {
    if (entry.type !== 'KeyringStarted') throw broken()
    const own = entry.body.kind === 'professional'
    if (statement.iss !== (own ? 'self' : entry.body.org)) throw broken()
    if (own) await signedBy(statement, entry.body.device)
    else await signedByOrg(statement, entry.body.org, roots)
    return startKeyring(token, entry.body)
  }
  if (statement.sub !== state.handle) throw broken()
  if (entry.type === 'KeyringClaimed') {
    await checkApproval(entry.body.approval, state, entry.body.device, roots)
    await signedBy(statement, entry.body.device)
  } else await signedBy(statement, signerIn(state, entry, statement, roots))
  return extendKeyring(state, token, entry)
}

/** D13 Folds a keyring from its entries, checking each; throws `keyring-broken`, whatever is wrong. */
export async function foldKeyring(entries: readonly string[], handle: string, roots: Roots): Promise<Keyring> {
  try {
    let state: Keyring | undefined
    for (const token of entries) state = await step(state, token, roots)
    if (!state || state.handle !== handle) throw broken()
    return state
  } catch (error) {
    throw isAppError(error) ? broken() : error
  }
}

/**
 * Credentials that the own organisation signed for this keyring and that the view does not call revoked; of a keeper apart
 * (D33). `vouched`: was there ever one that makes it a professional's?
 */
async function checkCredentials(
  view: KeyringView,
  state: Keyring,
  roots: Roots,
): Promise<Omit<Known, 'keyring' | 'sameAs'>> {
  const credentials: Credential[] = []
  const keeper: Credential[] = []
  let vouched = false
  for (const { statement: token, revoked } of view.credentials) {
    const statement = parseStatement(token)
    const own = statement.sub === state.handle && statement.iss === state.org
    if (statement.type !== 'CredentialIssued' || !own) throw broken()
    await signedByOrg(statement, statement.iss, roots)
    const { keyring: _, ...said } = checkWith(credentialIssued, statement.body)
    const person = said.profession !== 'keeper'
    vouched ||= person
    if (revoked) continue
    const org = statement.iss as Credential['org']
    ;(person ? credentials : keeper).push({ id: statement.id, handle: state.handle, org, ...said } as Credential)
  }
  return { credentials, keeper, vouched }
}

/** D32 Signed by the own organisation's desk, for this very keyring. */
async function checkMerges(view: KeyringView, state: Keyring, roots: Roots): Promise<Handle[]> {
  const found: Handle[] = []
  for (const token of view.merges) {
    const statement = parseStatement(token)
    const own = statement.type === 'IdentityJoined' && statement.sub === state.handle && statement.iss === state.org
    if (!own) throw broken()
    await signedByOrg(statement, statement.iss, roots)
    found.push(checkWith(identityJoined, statement.body).from)
  }
  return found
}

/** A keyring that was checked, and the credentials in its view; ended ones are for the caller to leave out. */
export type Known = {
  readonly keyring: Keyring
  readonly credentials: readonly Credential[]
  /** What makes it an emergency keeper's: such a keyring reads and writes nothing. */
  readonly keeper: readonly Credential[]
  /** Did the own organisation ever vouch for it? Also where the credential has ended or was taken back since. */
  readonly vouched: boolean
  /** Handles that the own organisation's desk says are the same person. Newest state is the node's word, as with `revoked`. */
  readonly sameAs: readonly Handle[]
}

/** D45 The one of these credentials that is in force now: none of an organisation that has left, which takes back nothing any more. */
export const inForce = ({ roots, clock }: Pick<Link, 'roots' | 'clock'>, held: readonly Credential[]) =>
  held.find((one) => one.until > seconds(clock()) && orgKey(roots, one.org) !== undefined)

/** Checks a view end to end: chain, credentials, and the newest entry's receipt against the pinned log keys. */
export async function checkKeyring(
  view: KeyringView,
  handle: string,
  roots: Roots,
  logs: readonly NoteKey[],
): Promise<Known> {
  try {
    if (view.handle !== handle) throw broken()
    const keyring = await foldKeyring(view.entries, handle, roots)
    await verifyReceipt(view.entries.at(-1) ?? '', view.receipt, logs)
    const sameAs = await checkMerges(view, keyring, roots)
    return { keyring, ...(await checkCredentials(view, keyring, roots)), sameAs }
  } catch (error) {
    throw isAppError(error) ? broken() : error
  }
}

/** Fetches and checks a keyring. */
export async function findKeyring(link: Link, handle: string): Promise<Known> {
  const view = await link.call(directoryEndpoints.keyring, { input: { handle } })
  return checkKeyring(view, handle, link.roots, link.logs)
}

/** Remembers checked keyrings for one errand, so that a thousand records of one author cost one check. */
export function createKeyrings(link: Link): (handle: string) => Promise<Known> {
  const known = new Map<string, Promise<Known>>()
  return (handle) => {
    let found = known.get(handle)
    if (!found) {
      found = findKeyring(link, handle)
      known.set(handle, found)
    }
    return found
  }
}

/**
 * The Ed25519 key an author signs, or once signed, with: one of an organisation's pinned keys or a checked keyring's device. What a
 * replaced device or key signed while it was in use stays its owner's; the node takes nothing new from it. `iat` (seconds): when it
 * was signed, where that is said.
 */
export function issuerKeys(link: Link, keyrings = createKeyrings(link)) {
  return async (issuer: string, kid: string, iat?: number): Promise<string | undefined> =>
    isOrg(link.roots, issuer)
      ? orgKeyAt(link.roots, issuer, kid, iat)
      : signedOnce((await keyrings(issuer as Handle)).keyring, kid)
}

/**
 * The key of a document's author in `patient`'s record: as `issuerKeys`, of the patient, or of a professional whom the own
 * organisation has vouched for, now or once. Anybody may found a keyring under any name; only a desk's signature makes it a professional's.
 */
export function authorKeys(link: Link, patient: string, keyrings = createKeyrings(link)) {
  const keys = issuerKeys(link, keyrings)
  return async (issuer: string, kid: string): Promise<string | undefined> => {
    const known = isOrg(link.roots, issuer) ? undefined : await keyrings(issuer as Handle)
    return known === undefined || mayWrite(known, patient) ? keys(issuer, kid) : undefined
  }
}

/** R1 as a verifier can see it: patients write in their own record, professionals where a desk has vouched for them. */
export const mayWrite = ({ keyring, vouched }: Known, patient: string): boolean =>
  keyring.kind === 'professional' ? vouched : keyring.handle === patient
