/** Nouns of grants: requests, grants, refusals, revocations; what a reader holds; error codes; the port others use. */
import type { Compartment } from '@salus/base/categories'
import { field, z } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'

/** Everything grants refuse with; words for people stand in ui. */
export type GrantCode =
  | 'category-not-for-role'
  | 'credential-missing'
  | 'patient-unknown'
  | 'reader-key-changed'
  | 'team-not-member'
  | 'referral-wrong'
  | 'request-empty'
  | 'request-unknown'
  | 'request-answered'
  | 'request-ended'
  | 'grant-beyond-request'
  | 'grant-packet-wrong'
  | 'grant-too-long'
  | 'grant-unknown'
  | 'grant-ended'
  | 'grant-revoked'
  | 'grant-other-reader'
  | 'policy-head-old'
  | 'not-allowed'

/** Why access is wanted: codes of HL7 v3 PurposeOfUse. */
export const purposes = ['TREAT', 'CAREMGT', 'HPAYMT', 'COVERAGE', 'PATRQT', 'HRESCH', 'PUBHLTH'] as const
export type Purpose = (typeof purposes)[number]

/** Longest grant, seconds: a year. A longer need asks again. */
export const MAX_GRANT = 366 * 86_400

const wanted = {
  categories: z.array(field.category).max(16),
  records: z.array(field.recordId).max(500),
}

/** A professional asks: for what, why, until when, and to which key the answer is to be wrapped. */
export const accessRequested = z.strictObject({
  ...wanted,
  purpose: z.enum(purposes),
  until: field.time,
  team: field.handle.optional(),
  /** A referral: the colleague who is to read instead of the asker. */
  colleague: field.handle.optional(),
  /** Thumbprint of the person key (the asker's, the team's or the colleague's) that packets go to. */
  reader: field.thumbprint,
})
export type AccessRequested = z.infer<typeof accessRequested>

/** Whose grant the answer is: the colleague's, the team's, or the asker's. */
export const readerOf = (request: Pick<AccessRequested, 'team' | 'colleague'> & { readonly asker: string }): string =>
  request.colleague ?? request.team ?? request.asker

/** Why not: closed words, so that no free text stands in a statement. */
export const refusals = ['no-reason', 'not-my-clinician', 'too-much', 'not-now', 'other'] as const
export const requestRefused = z.strictObject({ request: field.requestId, reason: z.enum(refusals) })

/** The patient gives: all or a part of what was asked, to the key the request named, until a date. */
export const grantGiven = z.strictObject({
  request: field.requestId,
  /** The professional, or the team, that may read. */
  reader: field.handle,
  key: field.thumbprint,
  ...wanted,
  /** Records of these categories that the packet does not hold (their own packets could not be opened). */
  except: z.array(field.recordId).max(500),
  /** Last entry of the own chain the device had seen: what was placed later is not in the packet. */
  head: field.count,
  standing: z.boolean(),
  until: field.time,
  /** The policy head: only counts up. */
  policy: z.int().min(1),
  packets: z.array(field.digest).length(1),
})
export type GrantGiven = z.infer<typeof grantGiven>

/** Taken back: which grant, under which policy head. */
export const grantRevoked = z.strictObject({ grant: field.grantId, policy: z.int().min(1) })

/** Plaintext of the one-off packet: the content keys of the records that exist at approval. */
export const grantedKeys = z.strictObject({
  keys: z.array(z.strictObject({ record: field.recordId, version: z.int().min(1), key: field.key32 })),
})

/** Plaintext of an epoch packet: private keys of epochs, for what is deposited while they run. */
export const epochKeys = z.strictObject({
  keys: z.array(z.strictObject({ compartment: field.compartment, epoch: z.int().min(1), key: field.key32 })),
})

/** What the reading rule needs to know of one record version; `records` states it. */
export type Placement = {
  readonly record: string
  readonly version: number
  readonly compartment: Compartment
  /** Epoch its packet is sealed to; 0: the inbox, only the patient opens it. */
  readonly epoch: number
  /** Number, in the patient's chain, of the statement that put it into this compartment. */
  readonly placed: number
  /** Number of the deposit that replaced it; null while it is the newest version. */
  readonly superseded: number | null
}

/** A grant as the rules see it. */
export type Grant = {
  readonly id: string
  readonly patient: string
  readonly reader: string
  readonly categories: readonly string[]
  readonly records: readonly string[]
  readonly except: readonly string[]
  readonly head: number
  readonly standing: boolean
  readonly from: number
  readonly until: number
  readonly revokedAt: number | null
  /** An emergency's release reaches into these compartments only, whatever it lists. */
  readonly within?: readonly string[]
  /** Epochs whose keys this reader was given: `compartment:epoch` to the second it begins. */
  readonly epochs: Readonly<Record<string, number>>
}

/** Port for `records`: the grant, and whether this reader may read this record version by it now. */
export interface ReadingPort {
  grant(views: Tx, id: string): Promise<Grant | undefined>
  /** Throws `grant-…` when the grant is not in force for this reader; else says which packets open what it covers. */
  packetsFor(views: Tx, grant: Grant, now: number): Promise<string[]>
  mayUse(grant: Grant | undefined, reader: { handle: string; teams: readonly string[] }, now: number): Grant
  mayRead(grant: Grant, placement: Placement, now: number): 'packet' | 'epoch' | undefined
}
