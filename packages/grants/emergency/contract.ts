/** Nouns of emergency access: what a patient chose, broken glass, its second signature, release, end and review. */
import type { Category } from '@salus/base/categories'
import { field, z } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'

/** Everything emergency access refuses with; words for people stand in ui. */
export type EmergencyCode =
  | 'emergency-not-chosen'
  | 'emergency-choice-wrong'
  | 'emergency-not-for-role'
  | 'emergency-text-missing'
  | 'emergency-too-long'
  | 'emergency-unknown'
  | 'emergency-over'
  | 'emergency-same-person'
  | 'emergency-seconded'
  | 'emergency-not-seconded'
  | 'emergency-released'
  | 'emergency-reviewed'
  | 'emergency-release-wrong'
  | 'keeper-unknown'

/** What an emergency opens unless the patient chose otherwise. */
export const emergencyCategories: readonly Category[] = ['allergies', 'problems', 'medications', 'devices']

/** Longest emergency, seconds; a longer need breaks the glass again. */
export const MAX_GLASS = 2 * 3_600
/** Records in one release; the newest ones where there are more. */
export const MAX_RELEASED = 2_000

/** What one keeper holds for one patient: an escrow, under an id of its own, sealed to the key of this thumbprint. */
export const escrow = z.strictObject({ keeper: field.handle, key: field.thumbprint, escrow: field.grantId })
export type Escrow = z.infer<typeof escrow>

/**
 * The patient's choice, which replaces the one before: these categories, held by these keepers; none of either is a choice
 * against. Each keeper's packet holds the content keys of what exists; epoch packets (EpochOpened) hold what comes.
 */
export const emergencyChosen = z.strictObject({
  categories: z.array(field.category).max(16),
  keepers: z.array(escrow).max(8),
  /** The policy head: an older choice found in a drawer changes nothing (G5). */
  policy: z.int().min(1),
  packets: z.array(field.digest).max(8),
})
export type EmergencyChosen = z.infer<typeof emergencyChosen>

/** Why the glass is broken: closed words; `other` comes with text, sealed to the desk that reviews it. */
export const glassReasons = ['unconscious', 'life-threatening', 'cannot-reach-patient', 'other'] as const
export type GlassReason = (typeof glassReasons)[number]

/** A professional needs the record now, and nobody can be asked. */
export const glassBroken = z.strictObject({
  reason: z.enum(glassReasons),
  /** Thumbprint of the person key that a release is sealed to. */
  reader: field.thumbprint,
  until: field.time,
  packets: z.array(field.digest).max(1),
})
export type GlassBroken = z.infer<typeof glassBroken>

/** Somebody else of the same organisation has looked and agrees: to this very statement. */
export const glassSeconded = z.strictObject({ glass: field.statementId, statement: field.digest })

/** The patient ends it: nothing more is served. */
export const glassEnded = z.strictObject({ glass: field.statementId, policy: z.int().min(1) })

/** The keeper's answer: ONE packet with the content keys of these records, never an epoch's. Its id is read under like a grant's. */
export const emergencyReleased = z.strictObject({
  glass: field.statementId,
  escrow: field.grantId,
  reader: field.handle,
  key: field.thumbprint,
  records: z.array(field.recordId).max(MAX_RELEASED),
  /** How many more there were than fit. */
  left: field.count,
  /** Last entry of the patient's chain that the keeper has checked. */
  head: field.count,
  until: field.time,
  packets: z.array(field.digest).length(1),
})
export type EmergencyReleased = z.infer<typeof emergencyReleased>

/** What the privacy officer found. */
export const findings = ['justified', 'unjustified'] as const
export const glassReviewed = z.strictObject({ glass: field.statementId, found: z.enum(findings) })

/** Broken glass as the rules see it, on the node, on the patient's device and in the keeper's process. */
export type Glass = {
  readonly id: string
  readonly patient: string
  readonly asker: string
  readonly org: string
  readonly reason: GlassReason
  /** Thumbprint of the asker's person key. */
  readonly key: string
  readonly at: number
  readonly until: number
  /** Digest of the statement: what a second signature is for. */
  readonly statement: string
  readonly second: { readonly who: string; readonly at: number } | null
  /** The release, by its id. */
  readonly release: string | null
  readonly endedAt: number | null
  readonly review: { readonly found: (typeof findings)[number]; readonly who: string; readonly at: number } | null
}

/** Port for `records`: which patient's records a keeper may fetch packets of; throws `emergency-unknown`. */
export interface KeepingPort {
  open(
    views: Tx,
    glass: string,
    keeper: string,
    now: number,
  ): Promise<{ readonly patient: string; readonly escrow: string; readonly categories: readonly string[] }>
}
