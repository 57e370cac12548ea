/** Nouns of the directory: keyrings, credentials, claims; the statements that change them; error codes; ports. */
import type { Handle, OrgId } from '@salus/base/ids'
import { field, z } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'
import { wrapWays } from '@salus/crypto/keychain'
import type { PersonPublic } from '@salus/crypto/keys'
import { professions } from './matrix.ts'
import { shownWords } from './name.ts'

/** Everything the directory refuses with; words for people stand in ui. */
export type DirectoryCode =
  | 'keyring-unknown'
  /** A record is not known at the hospitals that answered, and not all did. */
  | 'hospital-silent'
  /** A copy of the record is found, its home is not. */
  | 'home-away'
  /** The own record is at home with another hospital now; or on its way there, and not there yet. */
  | 'home-moved'
  | 'home-arriving'
  /** People act for this person, from records of their own at the old home. */
  | 'home-represented'
  /** A hospital that may not become the home: it is already, it keeps no copy yet, or it has no node. */
  | 'home-already'
  | 'home-no-copy'
  | 'home-no-node'
  | 'keyring-exists'
  | 'keyring-broken'
  | 'keyring-moved'
  /** A desk has another key than the roots that its device trusts: nobody could verify what it signs. */
  | 'desk-key-unnamed'
  | 'keyring-claimed'
  | 'key-refused'
  | 'epoch-refused'
  | 'member-unknown'
  | 'device-refused'
  | 'recovery-refused'
  | 'keychain-unknown'
  | 'card-locked'
  | 'invite-wrong'
  | 'recovery-missing'
  | 'representative-refused'
  | 'merge-refused'
  | 'identity-merged'
  | 'enrolment-full'
  | 'credential-missing'
  | 'credential-unknown'
  | 'claim-code-wrong'
  | 'claim-code-locked'
  | 'claim-unknown'
  | 'claim-not-approved'
  | 'organisation-unknown'
  | 'organisation-other'
  | 'roots-chain'
  | 'roots-older'
  | 'roots-skipped'
  | 'roots-minority'
  | 'session-missing'
  | 'session-invalid'
  | 'challenge-invalid'
  | 'not-allowed'
  | 'not-found'

/**
 * A person key as a JWK: RSA-OAEP-3072 (RFC 7518 §6.3; exactly 384 bytes of modulus, exponent 65537) in suite 1, X-Wing as an
 * algorithm key pair in suite 2.
 */
export const personKey = z.discriminatedUnion('kty', [
  z.strictObject({ kty: z.literal('RSA'), n: z.string().regex(/^[A-Za-z0-9_-]{512}$/), e: z.literal('AQAB') }),
  z.strictObject({
    kty: z.literal('AKP'),
    alg: z.literal('X-Wing'),
    pub: z.string().regex(/^[A-Za-z0-9_-]{1622}$/),
  }),
]) satisfies z.ZodType<PersonPublic>

/** D36 What people and teams are called on a screen: their own words, so it stands only in erasable statements. */
export const displayName = shownWords(80)

/** One compartment's key pair for one span of time (architecture §3): `until` absent means "until another is opened". */
export const epoch = z.strictObject({
  compartment: field.compartment,
  epoch: z.int().min(1).max(1_000_000),
  key: field.packetKey,
  from: field.time,
  until: field.time.optional(),
})
export type Epoch = z.infer<typeof epoch>

/** An epoch with the number of the keyring entry that announced it. */
export type Announced = Epoch & { readonly entry: number }

const nonce = field.statementId
const packets = z.array(field.digest).max(2_000)
const link = { n: z.int().min(2).max(1_000_000), prev: field.digest }

/** First entry of a keyring. A patient's and a team's are signed by the desk, a professional's by the own device. */
export const keyringStarted = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('patient'),
    org: field.org,
    nonce,
    epochs: z.array(epoch).min(1).max(18),
  }),
  z.strictObject({
    kind: z.literal('professional'),
    org: field.org,
    nonce,
    device: field.key32,
    person: personKey,
    name: displayName,
  }),
  z.strictObject({
    kind: z.literal('team'),
    org: field.org,
    nonce,
    person: personKey,
    name: displayName,
    members: z.array(field.handle).max(500),
    packets,
  }),
])
export type KeyringStarted = z.infer<typeof keyringStarted>

/** The desk has compared the new device's fingerprint: this device may take the keyring over. */
export const claimApproved = z.strictObject({
  claim: field.statementId,
  device: field.key32,
  prev: field.digest,
  packets: z.array(field.digest).length(1),
})

/** The patient's device becomes the keyring's only signer; `approval` is the desk's countersignature, whole. */
export const keyringClaimed = z.strictObject({
  ...link,
  device: field.key32,
  person: personKey,
  inbox: field.packetKey,
  epochs: z.array(epoch).min(1).max(36),
  approval: z.string().max(8_000),
  packets: z.array(field.digest).length(1),
})

/**
 * New and coming epochs, with the packets that give their keys to the readers still entitled then. The packet after the
 * readers' is the own one: the same keys for the person's own devices.
 */
const opening = {
  epochs: z.array(epoch).min(1).max(2_000),
  /** One row a packet, in the packets' order: which grant's reader it is for and which of `epochs` (by place) it opens. */
  readers: z
    .array(
      z.strictObject({
        grant: field.grantId,
        from: field.time,
        epochs: z.array(z.int().min(0).max(1_999)).min(1).max(100),
      }),
    )
    .max(1_999),
  packets: z.array(field.digest).min(1).max(2_000),
}
export const epochOpened = z.strictObject({ ...link, ...opening })

/** Device keys one person may have in use. */
export const MAX_DEVICES = 10

/**
 * The devices that may sign from now on. Signed by one of them, or by the recovery key after a loss. `locator` (a digest) and
 * the packet hand the keychain over to a device that was just taken in.
 */
export const devicesChanged = z.strictObject({
  ...link,
  devices: z.array(field.key32).min(1).max(MAX_DEVICES),
  locator: field.digest.optional(),
  packets: z.array(field.digest).max(1),
})

/** A way to restore, as the keyring shows it: its kind and where its keychain is found (a digest); never its secret. */
export const recoveryWay = z.strictObject({
  way: z.enum(wrapWays),
  locator: field.digest,
  /** Guardians: how many shares are needed, of how many. */
  need: z.int().min(2).max(20).optional(),
  of: z.int().min(2).max(20).optional(),
  /** A card: digest of the id that wrong PINs are counted by. */
  card: field.digest.optional(),
})
export type RecoveryWay = z.infer<typeof recoveryWay>

const recovery = {
  /** Ed25519 key that lies in the keychain: whoever restores it may bring a new device in. */
  recovery: field.key32,
  ways: z.array(recoveryWay).min(1).max(12),
  /** Digest of the keychain file (keychain and wraps), which comes along as the content. */
  keychain: field.digest,
}
/** Which ways of restoring there are, with the keychain file itself. */
export const recoveryChanged = z.strictObject({ ...link, ...recovery })

/** After a loss: everything that the lost thing knew is replaced at once. The signing device is the only one left. */
export const keyringRenewed = z.strictObject({
  ...link,
  device: field.key32,
  person: personKey,
  inbox: field.packetKey,
  ...recovery,
  ...opening,
})
export type KeyringRenewed = z.infer<typeof keyringRenewed>

/** People who may act for one person at a time. */
export const MAX_REPRESENTATIVES = 5
/** Longest appointment, seconds: five years. A child's parent, or a guardian, is appointed again. */
export const MAX_APPOINTMENT = 5 * 366 * 86_400

/**
 * Somebody who acts for this person until a date (a parent, a grown child, a guardian): the own keyring at that organisation,
 * the device keys that sign, the person key that packets go to. The id names the appointment and everything given with it.
 */
export const representative = z.strictObject({
  id: field.grantId,
  handle: field.handle,
  devices: z.array(field.key32).min(1).max(MAX_DEVICES),
  key: field.thumbprint,
  until: field.time,
})
export type Representative = z.infer<typeof representative>

/**
 * Who represents this person from now on. Every compartment but `hidden` turns over; after the own packet stands one for each
 * newcomer, with the keys of the epochs so far.
 */
export const representativesChanged = z.strictObject({
  ...link,
  representatives: z.array(representative).max(MAX_REPRESENTATIVES),
  ...opening,
})
export type RepresentativesChanged = z.infer<typeof representativesChanged>

/** The keychain file: what the master key seals, and the master key wrapped each way, by the way's locator digest. */
export const keychainFile = z.strictObject({
  keychain: z.string().max(60_000),
  wraps: z.record(field.digest, z.string().max(4_000)),
})
export type KeychainFile = z.infer<typeof keychainFile>

/** Members now; a new person key whenever somebody leaves. Packets hand team keys to members. */
export const teamChanged = z.strictObject({
  ...link,
  members: z.array(field.handle).max(500),
  person: personKey.optional(),
  packets,
})

/**
 * Two keyrings of one organisation turned out to be one person (FHIR Patient.link, replaced-by): said in both chains. Nothing
 * moves, so that taking it back loses nothing: new documents are filed under `into`, both are asked for.
 */
export const identityMerged = z.strictObject({ merge: field.statementId, into: field.handle })
/** The same, in the chain of the one that goes on. */
export const identityJoined = z.strictObject({ merge: field.statementId, from: field.handle })
/** It was a mistake: said in both chains too. */
export const identityUnmerged = z.strictObject({ merge: field.statementId })

/** Organisations a patient may name beside those that hold part of the record. */
export const MAX_CIRCLE = 50
/** The organisations that keep a copy of this record beside those that hold part of it: the whole list at once. */
export const careCircleSet = z.strictObject({ organisations: z.array(field.org).max(MAX_CIRCLE) })

/**
 * The last word of a record at the hospital where it is at home: from here on it is at home with `org`, whose node keeps the journal
 * `origin`.
 */
export const homeMoved = z.strictObject({ org: field.org, origin: z.string().min(3).max(100) })

/** A one-time code for a patient's claim, by its digest: 80 random bits, so the digest gives nothing away. */
export const claimCodeIssued = z.strictObject({ code: field.digest, until: field.time })

/** The officer vouches: this professional, this profession, until then. */
export const credentialIssued = z.strictObject({
  profession: z.enum(professions),
  name: displayName,
  until: field.time,
  keyring: field.digest,
  /** A keeper's only: the X25519 key of the desk that whoever breaks the glass seals free text to. */
  review: field.key32.optional(),
})
/** Taken back, by its id, at once. */
export const credentialRevoked = z.strictObject({ credential: field.statementId })

/** An entry of a keyring's chain, as the folding rule reads it. */
export type KeyringEntry =
  | { readonly type: 'KeyringStarted'; readonly body: KeyringStarted }
  | { readonly type: 'KeyringClaimed'; readonly body: z.infer<typeof keyringClaimed> }
  | { readonly type: 'EpochOpened'; readonly body: z.infer<typeof epochOpened> }
  | { readonly type: 'TeamChanged'; readonly body: z.infer<typeof teamChanged> }
  | { readonly type: 'DevicesChanged'; readonly body: z.infer<typeof devicesChanged> }
  | { readonly type: 'RecoveryChanged'; readonly body: z.infer<typeof recoveryChanged> }
  | { readonly type: 'KeyringRenewed'; readonly body: KeyringRenewed }
  | { readonly type: 'RepresentativesChanged'; readonly body: RepresentativesChanged }
/** Statements that are entries of a keyring, each with its schema. */
export const keyringEntries = {
  KeyringStarted: keyringStarted,
  KeyringClaimed: keyringClaimed,
  EpochOpened: epochOpened,
  TeamChanged: teamChanged,
  DevicesChanged: devicesChanged,
  RecoveryChanged: recoveryChanged,
  KeyringRenewed: keyringRenewed,
  RepresentativesChanged: representativesChanged,
} as const

/** Where a keyring stands after its last entry. */
export type Keyring = {
  readonly handle: Handle
  readonly kind: KeyringStarted['kind']
  readonly org: OrgId
  readonly n: number
  /** Digest of the last entry. */
  readonly head: string
  /** Ed25519 device keys that may sign; none while the desk keeps a patient's intake keyring, and for teams. */
  readonly devices: readonly string[]
  /** Keys that might sign once: what they signed then stays verifiable, nothing new is taken from them. */
  readonly past: readonly string[]
  /** Which ways of restoring there are; absent until the first was made. */
  readonly recovery?: { readonly key: string; readonly ways: readonly RecoveryWay[]; readonly keychain: string }
  readonly person?: PersonPublic
  /** X25519 key for what arrives while no epoch runs; only the patient opens it. */
  readonly inbox?: string
  readonly epochs: readonly Announced[]
  readonly members: readonly Handle[]
  /** Who acts for this person: a row counts until its date. */
  readonly representatives?: readonly Representative[]
  /** Rows that were taken back: what was signed then stays verifiable. */
  readonly pastRepresentatives?: readonly Representative[]
  readonly name?: string
}

/** What vouches for a professional, as verifiers and rules see it. */
export type Credential = {
  readonly id: string
  readonly handle: Handle
  readonly org: OrgId
  readonly profession: (typeof professions)[number]
  readonly name: string
  readonly until: number
  /** As a device reads it in a keeper's credential: where text for the review goes. */
  readonly review?: string
}

/** Port other slices declare they need: who is who, as of `now` (seconds). */
export interface DirectoryPort {
  keyring(views: Tx, handle: string): Promise<Keyring | undefined>
  /** The professional's credential in force; undefined when there is none, it ended or was revoked. */
  credential(views: Tx, handle: string, now: number): Promise<Credential | undefined>
  /** D33 The same of an emergency keeper; a keeper is no professional to anybody else's question. */
  keeper(views: Tx, handle: string, now: number): Promise<Credential | undefined>
  /** Did a desk ever vouch for this professional, also where that has ended? */
  vouched(views: Tx, handle: string): Promise<boolean>
  /** Teams that `handle` is a member of now. */
  teams(views: Tx, handle: string): Promise<Handle[]>
  /** Where new documents about `handle` are filed since a merge; undefined where none stands. */
  mergedInto(views: Tx, handle: string): Promise<Handle | undefined>
  /** The appointment by which this device key acts for `handle` now, if it is a representative's (D29). */
  representative(views: Tx, handle: string, kid: string, now: number): Promise<Representative | undefined>
}

/** Port filled by the ledger: an admitted organisation's signing key (its desk's), undefined when not a member. */
export interface OrganisationPort {
  key(org: string): string | undefined
  /** The key that `kid` names, if the organisation once signed with it at `iat` (D43). */
  earlier?(org: string, kid: string, iat: number): string | undefined
}

/** Is an organisation the consortium's, or was it at that time (seconds)? */
export type Knows = (org: string, at: number) => boolean
