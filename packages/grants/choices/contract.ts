/** Nouns of choices made in advance: what research may use, and whose requests are refused beforehand. */
import { field, z } from '@salus/base/schema'

/** Everything choices refuse with; words for people stand in ui. */
export type ChoiceCode = 'choices-wrong' | 'request-refused-beforehand'

/** For which research: a short closed list after GA4GH's Data Use Ontology (disease-specific, public health, for profit or not). */
export const researchPurposes = [
  ...(['cardiovascular', 'cancer', 'rare-disease', 'public-health', 'any-non-commercial', 'commercial'] as const),
] as const
export type ResearchPurpose = (typeof researchPurposes)[number]

/** Most people blocked by one patient. */
export const MAX_BLOCKED = 200

/** The whole set, which takes the place of the one before: the purposes that are allowed, and who is blocked. Nothing named is nothing allowed. */
export const choicesMade = z.strictObject({
  research: z.array(z.enum(researchPurposes)).max(researchPurposes.length),
  blocked: z.array(field.handle).max(MAX_BLOCKED),
  /** The policy head: an older set found in a drawer changes nothing (G5). */
  policy: z.int().min(1),
})
export type ChoicesMade = z.infer<typeof choicesMade>

/** A set as people choose it. */
export type Choices = Pick<ChoicesMade, 'research' | 'blocked'>
