/** Nouns of questions: a patient is surprised by an access, the organisation whose member acted answers. */
import { field, z } from '@salus/base/schema'

/** Everything questions refuse with; words for people stand in ui. */
export type QuestionCode = 'question-wrong' | 'question-asked' | 'question-unknown' | 'question-answered'

/** Acts of others that a patient may question: somebody asked, opened, or took part in an emergency. A document that is wrong is disputed instead (R24). */
export const questionable = [
  ...(['AccessRequested', 'RecordRead', 'BreakGlass', 'BreakGlassSeconded', 'EmergencyReleased'] as const),
] as const
export const isQuestionable = (type: string): boolean => (questionable as readonly string[]).includes(type)

/** Why, in closed words; anything more goes sealed to the organisation that is asked. */
export const questionReasons = ['surprised', 'not-treating-me', 'too-much', 'wrong-person', 'other'] as const
export type QuestionReason = (typeof questionReasons)[number]

/** "This surprises me": about one entry of the own chain, to the organisation whose member acted. */
export const accessQuestioned = z.strictObject({
  /** Number of the entry, and the digest of the statement that stands there. */
  entry: z.int().min(1),
  statement: field.digest,
  org: field.org,
  reason: z.enum(questionReasons),
  packets: z.array(field.digest).max(1),
})
export type AccessQuestioned = z.infer<typeof accessQuestioned>

/** What that organisation found. */
export const answers = ['explained', 'mistake', 'violation'] as const
export type Answer = (typeof answers)[number]

/** The answer; words go sealed to the patient's inbox key. */
export const questionAnswered = z.strictObject({
  question: field.statementId,
  found: z.enum(answers),
  packets: z.array(field.digest).max(1),
})
export type QuestionAnswered = z.infer<typeof questionAnswered>

/** Longest text of either side, letters. */
export const MAX_WORDS = 2_000
