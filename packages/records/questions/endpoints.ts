/** The endpoints of questions, as data: the desk sees what it was asked, the patient fetches answers in words. */
import type { Endpoint } from '@salus/base/endpoint'
import { field, z } from '@salus/base/schema'
import { answers, questionReasons } from './contract.ts'

/** A question as the desk it went to sees it; both statements come along, to be checked. */
export const questionView = z.strictObject({
  question: field.statementId,
  patient: field.handle,
  reason: z.enum(questionReasons),
  at: field.time,
  /** The question's own statement, and the one it is about with the time the node took it. */
  statement: z.string(),
  about: z.string(),
  aboutAt: field.time,
  /** Words sealed to the desk. */
  text: z.string().nullable(),
  found: z.enum(answers).nullable(),
  answered: field.time.nullable(),
})
export type QuestionView = z.infer<typeof questionView>

/** One row an endpoint: router, client, OpenAPI and the authorisation test read it. */
export const questionEndpoints = {
  list: {
    name: 'questions.list',
    method: 'GET',
    path: '/questions',
    allow: { desk: 'any' },
    output: z.strictObject({ questions: z.array(questionView) }),
    summary: "What patients asked the caller's own organisation about accesses of its people; unanswered ones first.",
  },
  answers: {
    name: 'questions.answers',
    method: 'GET',
    path: '/questions/answers',
    allow: { patient: 'any' },
    output: z.strictObject({ answers: z.array(z.strictObject({ question: field.statementId, packet: z.string() })) }),
    summary: "Answers in words to the caller's own questions, sealed to the caller's inbox.",
  },
} as const satisfies Record<string, Endpoint>
