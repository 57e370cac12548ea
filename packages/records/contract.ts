/** Nouns of records: deposits, packets sealed again, reads, erasure; error codes. */
import { field, z } from '@salus/base/schema'

/** Everything records refuse with; words for people stand in ui. */
export type RecordCode =
  | 'record-unknown'
  | 'record-exists'
  | 'version-wrong'
  | 'author-other'
  | 'patient-unknown'
  | 'credential-missing'
  | 'deposit-key-wrong'
  | 'deposit-packet-wrong'
  | 'rewrap-wrong'
  | 'read-empty'
  | 'read-twice'
  | 'answer-too-large'
  | 'not-granted'
  | 'not-for-role'
  | 'author-kept'
  | 'erasures-full'
  | 'dispute-own'
  | 'dispute-open'
  | 'records-held'
  | 'hold-refused'
  | 'hold-unknown'
  | 'waits-for-patient-device'
  | 'document-invalid'
  | 'content-too-large'
  | 'not-allowed'
  | 'not-found'

/** Ciphertext that leaves in one answer, letters: more is asked for in smaller parts. */
export const MAX_ANSWER = 32 * 1024 * 1024
/** Largest ciphertext of one record, letters. */
export const MAX_CONTENT = 24 * 1024 * 1024

const version = z.int().min(1).max(1_000_000)

/** A sealed record enters a compartment. The author signs which keyring state and key it was sealed for. */
export const recordDeposited = z.strictObject({
  record: field.recordId,
  version,
  /** Digest of the statement that deposited the version before; absent for the first. */
  previous: field.digest.optional(),
  category: field.filing,
  /** Digest of the ciphertext. */
  content: field.digest,
  /** Last entry of the patient's keyring the author had checked. */
  keyring: field.digest,
  /** Thumbprint of the X25519 key the packet is sealed to, and its epoch (0: the inbox). */
  key: field.thumbprint,
  epoch: z.int().min(0).max(1_000_000),
  packets: z.array(field.digest).length(1),
})
export type RecordDeposited = z.infer<typeof recordDeposited>

/** The patient's device seals packets again (contents stay): after a claim, from the inbox, or into `hidden`. */
export const recordsRewrapped = z.strictObject({
  items: z
    .array(
      z.strictObject({
        record: field.recordId,
        version,
        compartment: field.compartment,
        epoch: z.int().min(1).max(1_000_000),
      }),
    )
    .min(1)
    .max(500),
  packets: z.array(field.digest).min(1).max(500),
})
export type RecordsRewrapped = z.infer<typeof recordsRewrapped>

/** Names one version of one record. */
export const recordVersion = z.strictObject({ record: field.recordId, version })
export type RecordVersion = z.infer<typeof recordVersion>

/** A reader opens record versions under a grant. Journalled before a byte leaves; the signature is the reader's own. */
export const recordRead = z.strictObject({ grant: field.grantId, records: z.array(recordVersion).min(1).max(500) })

/** Why a record is withdrawn; closed words, so that nothing about the person stands in the statement. */
export const withdrawalReasons = ['wrong-patient', 'entered-in-error'] as const
export type WithdrawalReason = (typeof withdrawalReasons)[number]
export const recordWithdrawn = z.strictObject({ record: field.recordId, reason: z.enum(withdrawalReasons) })

/** What a patient says against a record. */
export const disputeReasons = ['not-mine', 'wrong', 'outdated'] as const
export type DisputeReason = (typeof disputeReasons)[number]
export const recordDisputed = z.strictObject({ record: field.recordId, version, reason: z.enum(disputeReasons) })

/** Legal reasons to keep what a patient erases (GDPR art. 17(3)): closed words, each with its law in ui. */
export const holdReasons = ['medical-record', 'legal-claim', 'public-health', 'traceability'] as const
export type HoldReason = (typeof holdReasons)[number]
/** Longest hold, seconds: thirty years. */
export const MAX_HOLD = 30 * 366 * 86_400
/** Holds in force on one record, and of one organisation among them: an erasure names each. */
export const MAX_HOLDS = 20
export const MAX_HOLDS_OF_ONE = 4

/** An organisation's desk holds what it wrote in a record: these, or all of it where none is named. `key`: who opens what is kept. */
export const retentionHeld = z.strictObject({
  records: z.array(field.recordId).max(500),
  reason: z.enum(holdReasons),
  until: field.time,
  key: field.packetKey,
})
export type RetentionHeld = z.infer<typeof retentionHeld>
export const retentionReleased = z.strictObject({ hold: field.statementId })

/** Plaintext of what an erasure leaves for a hold: content keys of the held versions. */
export const keptKeys = z.strictObject({
  keys: z.array(z.strictObject({ record: field.recordId, version, key: field.key32 })),
})

/** A desk opens what was kept. Journalled under the name of what is kept, and erased with it. */
export const keptOpened = z.strictObject({ kept: field.handle })

/** A patient erases everything this organisation's node holds; a desk, what it began and nobody took over. */
export const personErased = z.strictObject({
  confirm: z.literal('erase-everything'),
  /** Holds in force, each with a packet that leaves its organisation the keys of what it keeps. */
  kept: z.array(field.statementId).max(MAX_HOLDS).optional(),
  packets: z.array(field.digest).max(MAX_HOLDS).optional(),
})

/** One version as lists show it: nothing that opens it. */
export const recordRow = z.strictObject({
  record: field.recordId,
  version,
  category: field.filing,
  compartment: field.compartment,
  epoch: z.int(),
  /** Digest of the ciphertext. */
  content: field.digest,
  /** Index in the log of the deposit. */
  index: field.count,
  at: field.time,
  superseded: z.boolean(),
  author: z.string(),
})
export type RecordRow = z.infer<typeof recordRow>
