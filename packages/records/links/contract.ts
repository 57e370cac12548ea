/** Nouns of links: a document shared with somebody who has no account (SMART Health Links); error codes. */
import { field, z } from '@salus/base/schema'

/** Everything links refuse with; words for people stand in ui. */
export type LinkCode =
  /** The text is no SMART Health Link, or of a version to come. */
  | 'link-invalid'
  /** An address that a link may not have: not https, too long. */
  | 'link-address'
  | 'link-refused'
  /** Nobody's, ended, past its date, opened often enough, closed by wrong passcodes: all of these look alike. */
  | 'link-unknown'
  | 'passcode-missing'
  /** facts: remainingAttempts, as the protocol names it. */
  | 'passcode-wrong'
  | 'passcode-short'
  /** Whoever keeps the file answers something else than the protocol says. */
  | 'link-unreadable'

/** Wrong passcodes in a link's whole life. */
export const MAX_WRONG = 5
/** Links of one person that stand at once. */
export const MAX_LINKS = 50
/** Longest life of a link, seconds: a year. */
export const MAX_LINK_LIFE = 366 * 86_400
/** Openings of one link that are told one by one; more are only counted. */
export const MAX_TOLD = 200
/** Largest content of a link, letters. */
export const MAX_SHARED = 8 * 1024 * 1024
/** Letters of a passcode, at least and at most. */
export const PASSCODE = { least: 4, most: 64 } as const

/** The patient shares a document by a link: what was chosen for it, until when. Neither key nor passcode stands here. */
export const linkShared = z.strictObject({
  /** Digest of the random part of the link's address: who reads the statement does not have the address. */
  link: field.digest,
  /** Digest of what the node keeps for it (`sharedFile`). */
  content: field.digest,
  categories: z.array(field.category).min(1).max(16),
  until: field.time,
  passcode: z.boolean(),
  /** How often it opens at most. */
  opens: z.int().min(1).max(1_000).optional(),
})
export type LinkShared = z.infer<typeof linkShared>

/** The patient ends a link before its date; `link`: the statement that shared it. */
export const linkEnded = z.strictObject({ link: field.statementId })

/** What a passcode is held against: PBKDF2 with HMAC-SHA-256, salted on the patient's device. Slow to guess at, and no passcode. */
export const passcodeVerifier = z.strictObject({
  salt: field.key32,
  rounds: z.int().min(600_000).max(1_000_000),
  hash: field.key32,
})
export type PasscodeVerifier = z.infer<typeof passcodeVerifier>

/** What the node keeps for a link: the sealed file, where the patient's device reaches the node, and what a passcode is held against. */
export const sharedFile = z.strictObject({
  base: z.string().max(80),
  file: z.string().regex(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/),
  passcode: passcodeVerifier.optional(),
})
export type SharedFile = z.infer<typeof sharedFile>
